/* SPDX-License-Identifier: BSD-2-Clause */
/* Not there yet: DHCP, TCP and stream sockets. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "base/err.h"
#include "tests/twin/wire/stack.h"
#include "tests/twin/wire/stream.h"

int wire_stream_open(struct wire_stream **s, const char *spec, uint64_t now_ns)
{
	(void)now_ns;
	*s = NULL;
	return err_set(ENOTSUP, "--net socket:%s: not there yet", spec);
}
void wire_stream_close(struct wire_stream **s)
{
	*s = NULL;
}
int wire_stream_fd(const struct wire_stream *s, bool room, short *events)
{
	(void)s, (void)room, (void)events;
	return -1;
}
void wire_stream_ready(struct wire_stream *s, struct wire_queue *q,
		       uint64_t now_ns)
{
	(void)s, (void)q, (void)now_ns;
}
bool wire_stream_send(struct wire_stream *s, const void *frame, size_t len,
		      uint64_t now_ns)
{
	(void)s, (void)frame, (void)len, (void)now_ns;
	return false;
}
uint64_t wire_stream_deadline(const struct wire_stream *s)
{
	(void)s;
	return UINT64_MAX;
}
void wire_stream_tick(struct wire_stream *s, uint64_t now_ns)
{
	(void)s, (void)now_ns;
}
