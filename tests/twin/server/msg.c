/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes to messages, and messages to bytes.
 *
 * A header is received by itself and in one call of exactly its size: that is
 * what ties descriptors to the message they came with.  A body is received
 * without room for descriptors, so the kernel closes those that hide there.
 */
#include "tests/twin/server/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "base/fd.h"

enum { HEAD = sizeof(struct userwire_header) };

int vfu_msg_init(struct vfu_session *s)
{
	s->in = (struct vfu_in){.msg = {.body = malloc(VFU_MSG_MAX)}};
	s->out = (struct vfu_out){.buf = NULL};
	s->reply = malloc(VFU_MSG_MAX);
	return s->in.msg.body && s->reply ? 0 : -ENOMEM;
}

void vfu_msg_done(struct vfu_msg *m)
{
	for (unsigned i = 0; i < m->nfds; i++)
		fd_close(&m->fds[i]);
	m->nfds = 0;
	m->fds_lost = false;
}

void vfu_msg_fini(struct vfu_session *s)
{
	vfu_msg_done(&s->in.msg);
	free(s->in.msg.body);
	free(s->reply);
	free(s->out.buf);
	s->in.msg.body = s->reply = s->out.buf = NULL;
	s->out.from = s->out.to = s->out.cap = 0;
}

/* Descriptors of one recvmsg(2) to those that the message has already */
static void take_fds(struct vfu_msg *m, struct msghdr *mh)
{
	if (mh->msg_flags & MSG_CTRUNC)
		m->fds_lost = true;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c; c = CMSG_NXTHDR(mh, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd = (int)le_get(CMSG_DATA(c) + i * sizeof(fd),
					     sizeof(fd));

			if (m->nfds < VFU_MSG_FDS) {
				m->fds[m->nfds++] = fd;
			} else {
				m->fds_lost = true;
				fd_close(&fd);
			}
		}
	}
}

/* The rest of the header; what recvmsg(2) says */
static ssize_t receive_head(struct vfu_session *s)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(VFU_MSG_FDS * sizeof(int))];
	} control;
	struct iovec iov = {(char *)&s->in.msg.head + s->in.got,
			    HEAD - s->in.got};
	struct msghdr mh = {.msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control.buf,
			    .msg_controllen = sizeof(control.buf)};
	ssize_t n = recvmsg(s->fd, &mh, MSG_CMSG_CLOEXEC);

	if (n > 0)
		take_fds(&s->in.msg, &mh);
	return n;
}

static ssize_t receive_body(struct vfu_session *s)
{
	struct vfu_in *in = &s->in;
	size_t done = in->got - HEAD;

	return recv(s->fd, in->msg.body + done, in->msg.head.size - HEAD - done,
		    0);
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

/* The header is there: is its message whole, or hopeless? */
static bool complete(struct vfu_in *in)
{
	uint32_t size = in->msg.head.size;

	if (size > VFU_MSG_MAX) {
		in->skip = size - HEAD;
		in->msg.len = 0;
		return true;
	}
	in->msg.len = in->got - HEAD;
	return in->got >= size;
}

int vfu_msg_receive(struct vfu_session *s)
{
	struct vfu_in *in = &s->in;
	int rc;

	while (in->skip) {
		rc = outcome(throw_away(s));
		if (rc <= 0)
			return rc;
	}
	for (;;) {
		ssize_t n = in->got < HEAD ? receive_head(s) : receive_body(s);

		rc = outcome(n);
		if (rc <= 0)
			return rc;
		in->got += (size_t)n;
		if (in->got >= HEAD && complete(in)) {
			in->got = 0;
			return 1;
		}
	}
}

size_t vfu_msg_waiting(const struct vfu_session *s)
{
	return s->out.to - s->out.from;
}

/* Bytes that went out, 0 when there is no room, or -errno */
static ssize_t send_some(struct vfu_session *s, const void *p, size_t len)
{
	ssize_t n = send(s->fd, p, len, MSG_NOSIGNAL);

	if (n >= 0)
		return n;
	return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

int vfu_msg_flush(struct vfu_session *s)
{
	struct vfu_out *o = &s->out;

	while (o->from < o->to) {
		ssize_t n = send_some(s, o->buf + o->from, o->to - o->from);

		if (n <= 0)
			return (int)n;
		o->from += (size_t)n;
	}
	o->from = o->to = 0;
	return 0;
}

/* Behind what waits already */
static int append(struct vfu_out *o, const uint8_t *p, size_t len)
{
	if (o->from) {
		memmove(o->buf, o->buf + o->from, o->to - o->from);
		o->to -= o->from;
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
	memcpy(o->buf + o->to, p, len);
	o->to += len;
	return 0;
}

int vfu_msg_send(struct vfu_session *s, const void *msg, size_t len)
{
	ssize_t n = 0;

	if (!vfu_msg_waiting(s))
		n = send_some(s, msg, len);
	if (n < 0)
		return (int)n;
	if ((size_t)n == len)
		return 0;
	return append(&s->out, (const uint8_t *)msg + n, len - (size_t)n);
}
