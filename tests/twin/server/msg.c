/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes to messages, and messages to bytes.
 *
 * Descriptors belong to the message with whose first byte they were sent, and
 * recvmsg(2) returns them with bytes of at most one sendmsg(2), the last of
 * its own.  The sure way to tell whose they are is to receive headers by
 * themselves; that is two calls for every register access.  Here the first
 * call takes VFU_CHUNK bytes, which hold a read of a register, or a write of 4
 * bytes, whole.  Since no message that may have descriptors is shorter, those
 * that come with a chunk belong to the last message that begins in it.
 *
 * What does not fit is received without room for descriptors, so the kernel
 * closes those that hide there.
 */
#include "tests/twin/server/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "base/fd.h"

enum { HEAD = sizeof(struct userwire_header) };

static_assert(VFU_CHUNK <= HEAD + sizeof(struct userwire_irq_set) &&
		      VFU_CHUNK <= HEAD + sizeof(struct userwire_map),
	      "descriptors of a message could be taken for the next one's");

int vfu_msg_init(struct vfu_session *s)
{
	s->in = (struct vfu_in){.msg = {.body = malloc(VFU_MSG_MAX)}};
	s->out = (struct vfu_out){.fd = -1};
	s->reply = malloc(VFU_MSG_MAX);
	return s->in.msg.body && s->reply ? 0 : -ENOMEM;
}

static void close_fds(int *fds, unsigned *n)
{
	while (*n)
		fd_close(&fds[--*n]);
}

void vfu_msg_done(struct vfu_msg *m)
{
	close_fds(m->fds, &m->nfds);
	m->fds_lost = false;
}

void vfu_msg_fini(struct vfu_session *s)
{
	vfu_msg_done(&s->in.msg);
	close_fds(s->in.fds, &s->in.nfds);
	free(s->in.msg.body);
	free(s->reply);
	free(s->out.buf);
	s->in.msg.body = s->reply = s->out.buf = NULL;
	s->out.from = s->out.to = s->out.cap = 0;
	s->out.fd = -1;
}

static void keep_fd(int *fds, unsigned *n, bool *lost, int fd)
{
	if (*n < VFU_MSG_FDS) {
		fds[(*n)++] = fd;
		return;
	}
	*lost = true;
	fd_close(&fd);
}

/* What came beside the bytes of a chunk */
static void take_fds(struct vfu_in *in, struct msghdr *mh)
{
	if (mh->msg_flags & MSG_CTRUNC)
		in->fds_lost = true;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c; c = CMSG_NXTHDR(mh, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++)
			keep_fd(in->fds, &in->nfds, &in->fds_lost,
				(int)le_get(CMSG_DATA(c) + i * sizeof(int),
					    sizeof(int)));
	}
}

static ssize_t receive_chunk(struct vfu_session *s)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(VFU_MSG_FDS * sizeof(int))];
	} control;
	struct iovec iov = {s->in.chunk, VFU_CHUNK};
	struct msghdr mh = {.msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control.buf,
			    .msg_controllen = sizeof(control.buf)};
	ssize_t n = recvmsg(s->fd, &mh, MSG_CMSG_CLOEXEC);

	if (n > 0) {
		take_fds(&s->in, &mh);
		s->in.from = 0;
		s->in.to = (size_t)n;
	}
	return n;
}

/* Straight to where it belongs: a body that did not fit the chunk */
static ssize_t receive_body(struct vfu_session *s)
{
	struct vfu_in *in = &s->in;
	size_t done = in->got - HEAD;
	ssize_t n = recv(s->fd, in->msg.body + done,
			 in->msg.head.size - HEAD - done, 0);

	if (n > 0)
		in->got += (size_t)n;
	return n;
}

static ssize_t throw_away(struct vfu_session *s)
{
	uint64_t len = min_u64(s->in.skip, VFU_MSG_MAX);
	ssize_t n = recv(s->fd, s->in.msg.body, len, 0);

	if (n > 0)
		s->in.skip -= (uint64_t)n;
	return n;
}

/* What a receiving call returned: 1, or what vfu_msg_receive() shall return */
static int outcome(ssize_t n)
{
	if (n > 0)
		return 1;
	if (n == 0)
		return -ECONNRESET;
	return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

/* As many bytes of the chunk as are left and wanted, to @p */
static size_t take(struct vfu_in *in, void *p, size_t want)
{
	size_t n = min_u64(in->to - in->from, want);

	memcpy(p, in->chunk + in->from, n);
	in->from += n;
	in->got += n;
	return n;
}

/* The chunk ends in this message, so what came with it is this one's. */
static void adopt_fds(struct vfu_in *in)
{
	struct vfu_msg *m = &in->msg;

	for (unsigned i = 0; i < in->nfds; i++)
		keep_fd(m->fds, &m->nfds, &m->fds_lost, in->fds[i]);
	m->fds_lost |= in->fds_lost;
	in->nfds = 0;
	in->fds_lost = false;
}

/* Bytes of the chunk to the message; is it whole now, or hopeless? */
static bool assemble(struct vfu_in *in)
{
	struct userwire_header *h = &in->msg.head;

	if (in->got < HEAD)
		take(in, (uint8_t *)h + in->got, HEAD - in->got);
	if (in->got >= HEAD && h->size > HEAD && h->size <= VFU_MSG_MAX)
		take(in, in->msg.body + (in->got - HEAD), h->size - in->got);
	if (in->from == in->to)
		adopt_fds(in);
	if (in->got < HEAD)
		return false;
	in->msg.len = in->got - HEAD;
	if (h->size <= VFU_MSG_MAX)
		return in->got >= h->size;
	in->skip = h->size - HEAD;
	return true;
}

/* Bytes of a message too long, first those that are here; 1: all gone */
static int skip(struct vfu_session *s)
{
	struct vfu_in *in = &s->in;
	uint64_t n = min_u64(in->to - in->from, in->skip);
	int rc = 1;

	in->from += n;
	in->skip -= n;
	if (n && in->from == in->to) {
		close_fds(in->fds, &in->nfds);
		in->fds_lost = false;
	}
	if (in->skip)
		rc = outcome(throw_away(s));
	return rc > 0 && in->skip ? 0 : rc; /* others' turn first */
}

bool vfu_msg_buffered(const struct vfu_session *s)
{
	return s->in.from < s->in.to;
}

int vfu_msg_receive(struct vfu_session *s)
{
	struct vfu_in *in = &s->in;
	int rc = skip(s);

	while (rc > 0) {
		if ((vfu_msg_buffered(s) || in->got > HEAD) && assemble(in)) {
			in->got = 0;
			return 1;
		}
		rc = outcome(in->got < HEAD ? receive_chunk(s)
					    : receive_body(s));
	}
	return rc;
}

size_t vfu_msg_waiting(const struct vfu_session *s)
{
	return s->out.to - s->out.from;
}

bool vfu_msg_full(const struct vfu_session *s)
{
	return vfu_msg_waiting(s) >= VFU_OUT_MAX || s->out.fd >= 0;
}

/* Bytes that went out, 0 when there is no room, or -errno; @fd: -1 none */
static ssize_t send_some(struct vfu_session *s, const void *p, size_t len,
			 int fd)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec iov = {(void *)p, len};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n;

	if (fd >= 0) {
		mh.msg_control = control.buf;
		mh.msg_controllen = sizeof(control.buf);
		*CMSG_FIRSTHDR(&mh) =
			(struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)),
					 .cmsg_level = SOL_SOCKET,
					 .cmsg_type = SCM_RIGHTS};
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&mh)), &fd, sizeof(int));
	}
	n = sendmsg(s->fd, &mh, MSG_NOSIGNAL);
	if (n >= 0)
		return n;
	return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

/* Up to the message with the descriptor, then from it on */
static ssize_t flush_some(struct vfu_session *s)
{
	struct vfu_out *o = &s->out;
	bool now = o->fd >= 0 && o->from == o->fd_at;
	size_t end = o->fd >= 0 && !now ? o->fd_at : o->to;
	ssize_t n =
		send_some(s, o->buf + o->from, end - o->from, now ? o->fd : -1);

	if (n > 0 && now)
		o->fd = -1;
	return n;
}

int vfu_msg_flush(struct vfu_session *s)
{
	struct vfu_out *o = &s->out;

	while (o->from < o->to) {
		ssize_t n = flush_some(s);

		if (n <= 0)
			return (int)n;
		o->from += (size_t)n;
	}
	o->from = o->to = 0;
	return 0;
}

/* Behind what waits already */
static int append(struct vfu_out *o, const uint8_t *p, size_t len, int fd)
{
	if (o->from) {
		memmove(o->buf, o->buf + o->from, o->to - o->from);
		o->to -= o->from;
		o->fd_at -= o->fd >= 0 ? o->from : 0;
		o->from = 0;
	}
	if (o->cap - o->to < len) {
		size_t cap = max_u64(2 * o->cap, o->to + len);
		uint8_t *buf = realloc(o->buf, cap);

		if (!buf)
			return -ENOMEM;
		o->buf = buf;
		o->cap = cap;
	}
	if (fd >= 0) {
		o->fd = fd;
		o->fd_at = o->to;
	}
	memcpy(o->buf + o->to, p, len);
	o->to += len;
	return 0;
}

int vfu_msg_send(struct vfu_session *s, const void *msg, size_t len, int fd)
{
	ssize_t n = 0;

	if (fd >= 0 && s->out.fd >= 0)
		return -EBUSY;
	if (!vfu_msg_waiting(s))
		n = send_some(s, msg, len, fd);
	if (n < 0)
		return (int)n;
	if ((size_t)n == len)
		return 0;
	return append(&s->out, (const uint8_t *)msg + n, len - (size_t)n,
		      n ? -1 : fd);
}
