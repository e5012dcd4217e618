/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a stream socket connects to or listens, taken from text. */
#ifndef TESTS_TWIN_WIRE_STREAMADDR_H
#define TESTS_TWIN_WIRE_STREAMADDR_H

#include <stdbool.h>
#include <sys/socket.h>

struct wire_addr {
	bool listens;
	bool bound; /* set by who binds; the file of a UNIX socket is ours */
	struct sockaddr_storage sa;
	socklen_t len;
};

/**
 * wire_addr_parse - connect=HOST:PORT, listen=HOST:PORT, unix=PATH or
 *                   unix-listen=PATH
 * @a:    filled
 * @spec: the text; [HOST] for IPv6 addresses
 *
 * Context: asks the resolver when HOST is a name; may take as long as that.
 * Return: 0, or -EINVAL with a message.
 */
int wire_addr_parse(struct wire_addr *a, const char *spec)
	__attribute__((warn_unused_result));

/** wire_addr_clear - unsock_clear() for a UNIX socket; 0 for others */
int wire_addr_clear(const struct wire_addr *a)
	__attribute__((warn_unused_result));

/** wire_addr_remove - remove the file of a UNIX socket that was bound */
void wire_addr_remove(const struct wire_addr *a);

#endif
