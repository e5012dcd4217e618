/* SPDX-License-Identifier: BSD-2-Clause */
/* Small helpers over open, read, write and close. */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"

void fd_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

void fd_raise_limit(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim))
		return;
	lim.rlim_cur = lim.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &lim);
}

ssize_t fd_read_text(const char *path, char *buf, size_t cap)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	size_t len = 0;

	buf[0] = '\0';
	if (fd < 0)
		return -errno;
	while (len < cap - 1) {
		n = read(fd, buf + len, cap - 1 - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			n = -errno;
			fd_close(&fd);
			return n;
		}
		if (n == 0)
			break;
		len += (size_t)n;
	}
	fd_close(&fd);
	while (len && buf[len - 1] == '\n')
		len--;
	buf[len] = '\0';
	return (ssize_t)len;
}

int fd_write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int rc = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		rc = -errno;
	fd_close(&fd);
	return rc;
}

int fd_write_all(int fd, const void *buf, size_t len)
{
	const char *p = buf;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static uint64_t later(unsigned ms)
{
	return clock_now_ns() + ms * CLOCK_MS;
}

static int await_until(int fd, uint64_t until)
{
	struct pollfd p = {fd, POLLOUT, 0};
	int n;

	do {
		uint64_t now = clock_now_ns();
		uint64_t left = until > now ? until - now : 0;

		n = poll(&p, 1, (int)((left + CLOCK_MS - 1) / CLOCK_MS));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n ? 0 : -ETIMEDOUT;
}

int fd_await_room(int fd, unsigned ms)
{
	return await_until(fd, later(ms));
}

struct fd_sink fd_sink(int fd)
{
	struct fd_sink s = {fd, isatty(fd) == 1, PIPE_BUF};
	char path[32];

	if (!s.terminal)
		return s;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	s.fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (s.fd < 0)
		s = (struct fd_sink){fd, true, 1};
	return s;
}

static ssize_t write_until(int fd, const char *p, size_t len, uint64_t until)
{
	ssize_t n;
	int rc;

	do {
		rc = await_until(fd, until);
		if (rc)
			return rc;
		n = write(fd, p, len);
		rc = n < 0 ? -errno : 0;
	} while ((rc == -EINTR || rc == -EAGAIN) && clock_now_ns() < until);
	if (rc == -EAGAIN)
		return -ETIMEDOUT;
	return rc ? rc : n;
}

int fd_sink_write(const struct fd_sink *to, const void *buf, size_t len,
		  unsigned ms)
{
	const char *p = buf;

	while (len) {
		size_t piece = min_u64(len, to->piece);
		ssize_t n = write_until(to->fd, p, piece, later(ms));

		if (n < 0)
			return (int)n;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}
