/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stream socket with QEMU's framing; see stream.h.  What the text after
 * "socket:" means is in streamaddr.c.
 *
 *   LISTENING --accept--> UP --peer gone--> LISTENING
 *   LISTENING --no descriptor free--> WAITING --1 s--> LISTENING
 *   WAITING --1 s--> CONNECTING --> UP --peer gone, refused--> WAITING
 *
 * The peer may be hostile: a frame that claims to be longer than any can be
 * ends the connection.
 */
#include "tests/twin/wire/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/fd.h"
#include "tests/twin/wire/csum.h"
#include "tests/twin/wire/queue.h"
#include "tests/twin/wire/streamaddr.h"
#include "tests/twin/wire/wire.h"

#define RETRY_NS  UINT64_C(1000000000)
#define PREFIX    4
#define IN_BYTES  ((size_t)1 << 18)
#define OUT_BYTES ((size_t)1 << 20)

static_assert(IN_BYTES >= PREFIX + WIRE_FRAME_MAX, "a frame fits");

enum state {
	LISTENING,
	WAITING,
	CONNECTING,
	UP,
};

struct wire_stream {
	enum state state;
	struct wire_addr addr;
	int listen_fd;
	int fd;
	uint64_t retry_at;
	size_t in_at; /* in[in_at..in_end): received, not yet frames */
	size_t in_end;
	size_t out_at; /* out[out_at..out_end): not yet sent */
	size_t out_end;
	uint8_t in[IN_BYTES];
	uint8_t out[OUT_BYTES];
};

static void come_up(struct wire_stream *s)
{
	const int on = 1;

	/* no use on a UNIX socket, and no harm */
	setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	s->state = UP;
	s->in_at = s->in_end = s->out_at = s->out_end = 0;
}

static void go_down(struct wire_stream *s, uint64_t now_ns)
{
	fd_close(&s->fd);
	s->state = s->addr.listens ? LISTENING : WAITING;
	s->retry_at = s->addr.listens ? UINT64_MAX : now_ns + RETRY_NS;
}

static int new_socket(const struct wire_addr *a)
{
	return socket(a->sa.ss_family,
		      SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static const struct sockaddr *sa(const struct wire_addr *a)
{
	return (const struct sockaddr *)&a->sa;
}

static void begin_connect(struct wire_stream *s, uint64_t now_ns)
{
	s->retry_at = UINT64_MAX;
	s->fd = new_socket(&s->addr);
	if (s->fd < 0 || (connect(s->fd, sa(&s->addr), s->addr.len) < 0 &&
			  errno != EINPROGRESS))
		go_down(s, now_ns);
	else
		s->state = CONNECTING; /* POLLOUT says how it ended */
}

static int begin_listen(struct wire_stream *s, const char *spec)
{
	const int on = 1;
	const char *call = "socket";
	int rc = wire_addr_clear(&s->addr);

	if (rc)
		return rc;
	s->listen_fd = new_socket(&s->addr);
	if (s->listen_fd < 0)
		goto fail;
	setsockopt(s->listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	call = "bind";
	if (bind(s->listen_fd, sa(&s->addr), s->addr.len) < 0)
		goto fail;
	s->addr.bound = true;
	call = "listen";
	if (listen(s->listen_fd, 1) < 0)
		goto fail;
	s->state = LISTENING;
	return 0;
fail:
	return err_call(errno, spec, call,
			"give --net socket: another port or path");
}

int wire_stream_open(struct wire_stream **s, const char *spec, uint64_t now_ns)
{
	struct wire_stream *n = calloc(1, sizeof(*n));
	int rc;

	*s = n;
	if (!n)
		return err_set(ENOMEM, "--net socket:%s: no memory", spec);
	n->fd = n->listen_fd = -1;
	n->retry_at = UINT64_MAX;
	rc = wire_addr_parse(&n->addr, spec);
	if (!rc && n->addr.listens)
		rc = begin_listen(n, spec);
	else if (!rc)
		begin_connect(n, now_ns);
	if (rc)
		wire_stream_close(s);
	return rc;
}

void wire_stream_close(struct wire_stream **s)
{
	if (!*s)
		return;
	fd_close(&(*s)->fd);
	fd_close(&(*s)->listen_fd);
	if ((*s)->addr.bound)
		wire_addr_remove(&(*s)->addr);
	free(*s);
	*s = NULL;
}

int wire_stream_fd(const struct wire_stream *s, bool room, short *events)
{
	switch (s->state) {
	case LISTENING:
		*events = POLLIN;
		return s->listen_fd;
	case CONNECTING:
		*events = POLLOUT;
		return s->fd;
	case UP:
		*events = (short)((room ? POLLIN : 0) |
				  (s->out_end ? POLLOUT : 0));
		return *events ? s->fd : -1;
	case WAITING:
	default:
		return -1;
	}
}

/* Send on what was kept; false when the peer is gone. */
static bool flush(struct wire_stream *s)
{
	ssize_t n;

	while (s->out_at < s->out_end) {
		n = send(s->fd, s->out + s->out_at, s->out_end - s->out_at,
			 MSG_NOSIGNAL);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		s->out_at += (size_t)n;
	}
	s->out_at = s->out_end = 0;
	return true;
}

/* Keep the bytes of @iov from @from on; there is room for them. */
static void keep(struct wire_stream *s, const struct iovec iov[2], size_t from)
{
	for (int i = 0; i < 2; i++) {
		size_t skip = min_u64(from, iov[i].iov_len);
		const uint8_t *base = iov[i].iov_base;

		memcpy(s->out + s->out_end, base + skip, iov[i].iov_len - skip);
		s->out_end += iov[i].iov_len - skip;
		from -= skip;
	}
}

/* Whether @len bytes can be kept.  What is moved is at most as much as was sent
 * since the last time. */
static bool make_room(struct wire_stream *s, size_t len)
{
	if (s->out_at >= OUT_BYTES / 2) {
		s->out_end -= s->out_at;
		memmove(s->out, s->out + s->out_at, s->out_end);
		s->out_at = 0;
	}
	return OUT_BYTES - s->out_end >= len;
}

bool wire_stream_send(struct wire_stream *s, const void *frame, size_t len,
		      uint64_t now_ns)
{
	uint8_t prefix[PREFIX];
	struct iovec iov[2] = {{prefix, PREFIX}, {(void *)frame, len}};
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};
	ssize_t n = 0;

	if (s->state != UP || !make_room(s, PREFIX + len))
		return false;
	wire_put32(prefix, len);
	if (!s->out_end)
		n = sendmsg(s->fd, &msg, MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		go_down(s, now_ns);
		return false;
	}
	if (n < (ssize_t)(PREFIX + len))
		keep(s, iov, n < 0 ? 0 : (size_t)n);
	return true;
}

/* Whole frames from the buffer to @q; false: there can be no such frame. */
static bool frames(struct wire_stream *s, struct wire_queue *q)
{
	size_t len;

	while (s->in_end - s->in_at >= PREFIX) {
		len = wire_get32(s->in + s->in_at);
		if (len > WIRE_FRAME_MAX)
			return false;
		if (s->in_end - s->in_at < PREFIX + len)
			break;
		if (len >= WIRE_FRAME_MIN)
			wire_queue_push(q, s->in + s->in_at + PREFIX, len);
		s->in_at += PREFIX + len;
	}
	memmove(s->in, s->in + s->in_at, s->in_end - s->in_at);
	s->in_end -= s->in_at;
	s->in_at = 0;
	return true;
}

/* False when the peer is gone. */
static bool receive(struct wire_stream *s, struct wire_queue *q)
{
	ssize_t n = recv(s->fd, s->in + s->in_end, IN_BYTES - s->in_end, 0);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	s->in_end += (size_t)n;
	return n > 0 && frames(s, q);
}

/* Whether the connection that was begun came to be. */
static bool connected(const struct wire_stream *s)
{
	socklen_t len = sizeof(int);
	int err = 0;

	return getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &err, &len) == 0 &&
	       err == 0;
}

/* A peer that nothing can be done for stays ready: look away for a while. */
static void accept_one(struct wire_stream *s, uint64_t now_ns)
{
	s->fd = accept4(s->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (s->fd >= 0) {
		come_up(s);
	} else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
		s->state = WAITING;
		s->retry_at = now_ns + RETRY_NS;
	}
}

void wire_stream_ready(struct wire_stream *s, struct wire_queue *q,
		       uint64_t now_ns)
{
	switch (s->state) {
	case LISTENING:
		accept_one(s, now_ns);
		break;
	case CONNECTING:
		if (connected(s))
			come_up(s);
		else
			go_down(s, now_ns);
		break;
	case UP:
		if (!flush(s) || (wire_queue_room(q) && !receive(s, q)))
			go_down(s, now_ns);
		break;
	case WAITING:
	default:
		break;
	}
}

uint64_t wire_stream_deadline(const struct wire_stream *s)
{
	return s->retry_at;
}

void wire_stream_tick(struct wire_stream *s, uint64_t now_ns)
{
	if (s->state != WAITING || now_ns < s->retry_at)
		return;
	if (s->addr.listens)
		go_down(s, now_ns); /* which is to listen */
	else
		begin_connect(s, now_ns);
}
