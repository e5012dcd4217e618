/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages in, honestly; messages out, as struct out says. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/lying/liar.h"

/* Room for the descriptors of one message */
union control {
	struct cmsghdr align;
	char buf[CMSG_SPACE(LIAR_FDS * sizeof(int))];
};

static void say(const char *what, const char *fmt, va_list ap)
{
	fprintf(stderr, "liar: %s", what);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

void liar_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("", fmt, ap);
	va_end(ap);
	exit(2);
}

void liar_bug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("BUG of the client: ", fmt, ap);
	va_end(ap);
	exit(3);
}

void liar_sleep(unsigned ms)
{
	struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};

	nanosleep(&t, NULL);
}

void liar_deaf(struct liar *l)
{
	struct pollfd p = {.fd = l->fd};

	while (poll(&p, 1, -1) < 0)
		;
	exit(0);
}

static void take_fds(struct liar *l, struct msghdr *mh)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c; c = CMSG_NXTHDR(mh, c)) {
		size_t bytes = c->cmsg_len - CMSG_LEN(0);

		if (c->cmsg_type != SCM_RIGHTS)
			continue;
		memcpy(l->in_fd + l->in_nfds, CMSG_DATA(c), bytes);
		l->in_nfds += (unsigned)(bytes / sizeof(int));
	}
}

/* The header alone, so that descriptors are those of this message */
static bool receive_head(struct liar *l, int fd)
{
	union control control;
	struct iovec iov = {&l->head, LIAR_HEAD};
	struct msghdr mh = {.msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control.buf,
			    .msg_controllen = sizeof(control.buf)};
	ssize_t n = recvmsg(fd, &mh, MSG_WAITALL | MSG_CMSG_CLOEXEC);

	l->in_nfds = 0;
	if (n <= 0)
		return false;
	take_fds(l, &mh);
	if (n != LIAR_HEAD)
		liar_bug("%zd bytes of a header, then the end", n);
	return true;
}

bool liar_receive(struct liar *l, int fd)
{
	ssize_t n;

	if (!receive_head(l, fd))
		return false;
	if (l->head.size < LIAR_HEAD || l->head.size - LIAR_HEAD > LIAR_MSG)
		liar_bug("command %u of %u bytes", l->head.cmd, l->head.size);
	l->in_len = l->head.size - LIAR_HEAD;
	if (!l->in_len)
		return true;
	n = recv(fd, l->in, l->in_len, MSG_WAITALL);
	if (n != (ssize_t)l->in_len) /* it gave up in the middle */
		return false;
	return true;
}

void liar_raw(int fd, const void *p, size_t len)
{
	while (len) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n < 0)
			return;
		p = (const uint8_t *)p + n;
		len -= (size_t)n;
	}
}

/* The first bytes, with the descriptors; how many bytes went */
static size_t send_first(const struct out *o, int fd, size_t len)
{
	union control control;
	struct iovec iov = {o->p, len};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n;

	memset(&control, 0, sizeof(control));
	if (o->nfds) {
		mh.msg_control = control.buf;
		mh.msg_controllen = CMSG_SPACE(o->nfds * sizeof(int));
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(o->nfds * sizeof(int));
		memcpy(CMSG_DATA(&control.align), o->fd, o->nfds * sizeof(int));
	}
	n = sendmsg(fd, &mh, MSG_NOSIGNAL);
	return n < 0 ? o->len : (size_t)n;
}

static void send_once(const struct out *o, int fd)
{
	size_t piece = o->piece && o->piece < o->len ? o->piece : o->len;
	size_t at;

	if (!o->len)
		return;
	at = send_first(o, fd, piece);
	while (at < o->len) {
		size_t left = o->len - at;

		if (o->pause)
			liar_sleep(o->pause);
		if (o->piece && left > o->piece)
			left = o->piece;
		liar_raw(fd, o->p + at, left);
		at += left;
	}
}

void liar_send(struct liar *l, int fd)
{
	struct out *o = &l->out;

	for (unsigned i = 0; i < o->copies; i++)
		send_once(o, fd);
	for (unsigned i = 0; o->close_fds && i < o->nfds; i++)
		close(o->fd[i]);
	switch (o->after) {
	case AFTER_CLOSE:
		exit(0);
	case AFTER_DEAF:
		liar_deaf(l);
	case AFTER_KILL:
		raise(SIGKILL);
		break;
	case AFTER_STOP:
		raise(SIGSTOP);
		break;
	case AFTER_GO_ON:
	default:
		break;
	}
}
