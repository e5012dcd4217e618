/* SPDX-License-Identifier: BSD-2-Clause */
/* The text after --net, taken apart; see net.h. */
#include "tests/twin/wire/net.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"

/* Every port the same thing, without a name. */
static int all(struct wire_net *net, enum wire_kind kind, unsigned nports)
{
	for (unsigned i = 0; i < nports; i++)
		net->kind[i] = kind;
	return 0;
}

static int pair(struct wire_net *net, unsigned nports)
{
	if (nports != WIRE_PORTS)
		return err_set(EINVAL, "--net pair: crosses two ports over, "
				       "but there is one; give --socket twice");
	return all(net, WIRE_PAIR, nports);
}

/* One name of a list, @len characters of it. */
static int name(char *to, const char *from, size_t len, const char *form)
{
	if (!len || len >= WIRE_NET_NAME_MAX)
		return err_set(EINVAL,
			       "--net: a name is empty or over %d characters; "
			       "type --net %s",
			       WIRE_NET_NAME_MAX - 1, form);
	memcpy(to, from, len);
	to[len] = 0;
	return 0;
}

/* A name for port 0, and after a comma one for port 1. */
static int names(struct wire_net *net, enum wire_kind kind, const char *list,
		 unsigned nports, const char *form)
{
	for (unsigned i = 0; i < nports; i++) {
		size_t len = strcspn(list, ",");
		int rc = name(net->name[i], list, len, form);

		if (rc)
			return rc;
		net->kind[i] = kind;
		list += len;
		if (!*list)
			return 0;
		list++;
	}
	return err_set(EINVAL,
		       "--net: \"%s\" is left over: there are ports for %u "
		       "names; type --net %s",
		       list, nports, form);
}

int wire_net_parse(struct wire_net *net, const char *text, unsigned nports)
{
	*net = (struct wire_net){0};
	if (nports < 1 || nports > WIRE_PORTS)
		return err_set(EINVAL, "--net: %u ports; there can be 1 or %d",
			       nports, WIRE_PORTS);
	if (strcmp(text, "responder") == 0)
		return all(net, WIRE_RESPONDER, nports);
	if (strcmp(text, "pair") == 0)
		return pair(net, nports);
	if (strncmp(text, "tap:", 4) == 0)
		return names(net, WIRE_TAP, text + 4, nports,
			     "tap:NAME[,NAME1]");
	if (strncmp(text, "socket:", 7) == 0)
		return names(net, WIRE_SOCKET, text + 7, nports,
			     "socket:connect=HOST:PORT (or listen=HOST:PORT, "
			     "unix=PATH, unix-listen=PATH)");
	return err_set(EINVAL,
		       "--net %s: unknown; type --net responder, pair, "
		       "tap:NAME or socket:connect=HOST:PORT",
		       text);
}
