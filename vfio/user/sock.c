/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes and descriptors through a socket, before a deadline.
 *
 * A deadline is for the whole of what is sent or received, so that a peer
 * which moves a byte a second gains nothing by it.  Descriptors come only with
 * a header, because headers are received by themselves.
 */
#include "vfio/user/user.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/fd.h"

/* ---- connect ---------------------------------------------------------- */

static int connect_failed(int err, const char *path, const char *name)
{
	struct stat st;

	if ((err == ECONNREFUSED || err == EACCES) && !stat(path, &st) &&
	    !S_ISSOCK(st.st_mode))
		return err_call(ENOTSOCK, name, "connect",
				"name the socket that the server was given");
	switch (err) {
	case ENOENT:
		return err_set(err,
			       "%s: connect: ENOENT (no such file); start the "
			       "server first, e.g.: build/bcm5720 --socket %s",
			       name, path);
	case ECONNREFUSED:
		return err_call(err, name, "connect",
				"nobody listens there any more; start the "
				"server again");
	case EAGAIN:
		return err_set(ETIMEDOUT,
			       "%s: connect: ETIMEDOUT (the server accepts "
			       "nobody); another client may be connected: a "
			       "server takes one at a time",
			       name);
	case EACCES:
		return err_call(err, name, "connect",
				"give this user write permission to the "
				"socket");
	default:
		return err_call(err, name, "connect",
				"name the socket of a vfio-user server");
	}
}

static struct timeval timeval_ms(unsigned ms)
{
	return (struct timeval){.tv_sec = ms / 1000,
				.tv_usec = ms % 1000 * 1000};
}

int user_sock_connect(const char *path, const char *name, unsigned ms)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct timeval tv = timeval_ms(ms);
	int fd, err;

	if (strlen(path) >= sizeof(a.sun_path))
		return err_set(ENAMETOOLONG,
			       "%s: a socket's path has at most %zu "
			       "characters; give the server a shorter one",
			       name, sizeof(a.sun_path) - 1);
	memcpy(a.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_call(errno, name, "socket",
				"raise the limit: ulimit -n 4096");
	/* connect(2) waits for room in the server's queue, for so long */
	if (!setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)) &&
	    !connect(fd, (const struct sockaddr *)&a, sizeof(a)))
		return fd;
	err = errno;
	fd_close(&fd);
	return connect_failed(err, path, name);
}

/* ---- send and receive ------------------------------------------------- */

/* Until @fd is ready, or -ETIMEDOUT */
static int wait_for(int fd, short events, uint64_t until)
{
	struct pollfd p = {.fd = fd, .events = events};
	uint64_t now = clock_now_ns();
	struct timespec t;

	if (now >= until)
		return -ETIMEDOUT;
	t.tv_sec = (time_t)((until - now) / CLOCK_SEC);
	t.tv_nsec = (long)((until - now) % CLOCK_SEC);
	if (ppoll(&p, 1, &t, NULL) < 0 && errno != EINTR)
		return -errno;
	return 0;
}

/* @done bytes of *@v have been dealt with */
static void advance(struct iovec **v, unsigned *n, size_t done)
{
	while (*n && done >= (*v)->iov_len) {
		done -= (*v)->iov_len;
		(*v)++;
		(*n)--;
	}
	if (*n) {
		(*v)->iov_base = (uint8_t *)(*v)->iov_base + done;
		(*v)->iov_len -= done;
	}
}

static size_t total(const struct iovec *v, unsigned n)
{
	size_t len = 0;

	while (n--)
		len += v[n].iov_len;
	return len;
}

enum { KERNEL_FDS = 253 }; /* in a message: SCM_MAX_FD of the kernel */

/* For all that may come, so that it is we who close what is not wanted */
union control {
	struct cmsghdr head;
	uint8_t buf[CMSG_SPACE(KERNEL_FDS * sizeof(int))];
};

void user_sock_discard(const int *fds, unsigned n)
{
	const struct linger none = {.l_onoff = 1};

	for (unsigned i = 0; i < n; i++) {
		int fd = fds[i];

		(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &none,
				 sizeof(none));
		fd_close(&fd);
	}
}

static void put_fds(struct msghdr *mh, union control *c, const int *fds,
		    unsigned nfds)
{
	memset(c, 0, CMSG_SPACE(USER_FDS * sizeof(int)));
	c->head.cmsg_level = SOL_SOCKET;
	c->head.cmsg_type = SCM_RIGHTS;
	c->head.cmsg_len = CMSG_LEN(nfds * sizeof(int));
	memcpy(CMSG_DATA(&c->head), fds, nfds * sizeof(int));
	mh->msg_control = c->buf;
	mh->msg_controllen = CMSG_SPACE(nfds * sizeof(int));
}

int user_sock_send(int fd, struct iovec *v, unsigned n, const int *fds,
		   unsigned nfds, uint64_t until)
{
	union control control;
	struct msghdr mh = {.msg_iov = v, .msg_iovlen = n};
	size_t left = total(v, n);
	size_t all = left;

	if (nfds)
		put_fds(&mh, &control, fds, nfds);
	while (left) {
		ssize_t done = sendmsg(fd, &mh, MSG_NOSIGNAL | MSG_DONTWAIT);
		int rc = 0;

		if (done < 0 && errno == EAGAIN)
			rc = until || left < all ? wait_for(fd, POLLOUT, until)
						 : -EAGAIN;
		else if (done < 0 && errno != EINTR)
			rc = errno == EPIPE ? -ECONNRESET : -errno;
		if (rc)
			return rc;
		if (done <= 0)
			continue;
		left -= (size_t)done;
		advance(&v, &n, (size_t)done);
		mh = (struct msghdr){.msg_iov = v, .msg_iovlen = n};
	}
	return 0;
}

/*
 * Some bytes to @mh.  Blocks in the call itself only if it @may: that is one
 * system call for the usual case, that of a reply which is not there yet.
 */
static ssize_t receive(int fd, struct msghdr *mh, uint64_t until, bool may)
{
	size_t room = mh->msg_controllen;

	for (;;) {
		int flags = MSG_CMSG_CLOEXEC | (may ? 0 : MSG_DONTWAIT);
		ssize_t n = recvmsg(fd, mh, flags);
		int rc;

		if (n > 0)
			return n;
		if (n == 0)
			return -ECONNRESET;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		rc = wait_for(fd, POLLIN, until);
		if (rc)
			return rc;
		may = false;
		mh->msg_controllen = room;
	}
}

static void keep_fd(struct user_in *in, int fd)
{
	if (in->nfds < USER_FDS) {
		in->fds[in->nfds++] = fd;
		return;
	}
	in->fds_lost = true;
	user_sock_discard(&fd, 1);
}

static void take_fds(struct user_in *in, struct msghdr *mh)
{
	if (mh->msg_flags & MSG_CTRUNC)
		in->fds_lost = true;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c; c = CMSG_NXTHDR(mh, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++)
			keep_fd(in, (int)le_get(CMSG_DATA(c) + i * sizeof(int),
						sizeof(int)));
	}
}

int user_sock_head(int fd, struct user_in *in, uint64_t until, bool fresh)
{
	union control control;
	size_t got = 0;

	in->nfds = 0;
	in->fds_lost = false;
	while (got < USER_HEAD) {
		struct iovec v = {(uint8_t *)&in->h + got, USER_HEAD - got};
		struct msghdr mh = {.msg_iov = &v,
				    .msg_iovlen = 1,
				    .msg_control = control.buf,
				    .msg_controllen = sizeof(control.buf)};
		ssize_t n = receive(fd, &mh, until, fresh && !got);

		if (n < 0)
			return (int)n;
		take_fds(in, &mh);
		got += (size_t)n;
	}
	return 0;
}

/* Room for @len bytes and no more: the next message's stay where they are. */
static void trim(struct iovec *v, unsigned *n, size_t len)
{
	unsigned i = 0;

	while (i < *n && v[i].iov_len < len)
		len -= v[i++].iov_len;
	if (i < *n) {
		v[i].iov_len = len;
		*n = i + 1;
	}
}

int user_sock_body(int fd, struct iovec *v, unsigned n, size_t len,
		   uint64_t until)
{
	struct user_in in = {.nfds = 0};
	union control control;

	trim(v, &n, len);
	while (len) {
		struct msghdr mh = {.msg_iov = v,
				    .msg_iovlen = n,
				    .msg_control = control.buf,
				    .msg_controllen = sizeof(control.buf)};
		ssize_t done = receive(fd, &mh, until, false);

		if (done < 0)
			return (int)done;
		take_fds(&in, &mh);
		user_sock_discard(in.fds, in.nfds);
		if (in.nfds || in.fds_lost)
			return -EPROTO;
		len -= (size_t)done;
		advance(&v, &n, (size_t)done);
	}
	return 0;
}

int user_sock_skip(int fd, size_t len, uint64_t until)
{
	uint8_t buf[4096] = {0};
	int rc = 0;

	while (len && !rc) {
		struct iovec v = {buf, min_u64(len, sizeof(buf))};

		len -= v.iov_len;
		rc = user_sock_body(fd, &v, 1, v.iov_len, until);
	}
	return rc;
}
