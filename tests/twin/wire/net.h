/* SPDX-License-Identifier: BSD-2-Clause */
/* The text after --net, taken apart; nothing is opened here. */
#ifndef TESTS_TWIN_WIRE_NET_H
#define TESTS_TWIN_WIRE_NET_H

#include "tests/twin/wire/wire.h"

#define WIRE_NET_NAME_MAX 256

enum wire_kind {
	WIRE_UNPLUGGED,
	WIRE_RESPONDER,
	WIRE_PAIR,
	WIRE_TAP,
	WIRE_SOCKET,
};

/* What each port is plugged into; the name is of the TAP or the socket. */
struct wire_net {
	enum wire_kind kind[WIRE_PORTS];
	char name[WIRE_PORTS][WIRE_NET_NAME_MAX];
};

/**
 * wire_net_parse - take "responder", "pair", "tap:..." or "socket:..." apart
 * @net:    filled; ports that nothing is said of are WIRE_UNPLUGGED
 * @text:   what the user typed
 * @nports: 1 or 2; names for more ports are an error
 *
 * Return: 0, or -EINVAL with a message that shows what to type.
 */
int wire_net_parse(struct wire_net *net, const char *text, unsigned nports)
	__attribute__((warn_unused_result));

#endif
