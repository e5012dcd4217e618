/* SPDX-License-Identifier: BSD-2-Clause */
/* One write(2) per line, so that a killed server leaves whole ones. */
#include "tests/twin/server/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"

uint64_t vfu_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

int vfu_log_open(struct vfu_log *l, const char *path, bool verbose)
{
	*l = (struct vfu_log){
		.fd = STDERR_FILENO, .verbose = verbose, .start = vfu_now_ns()};
	if (!path || !strcmp(path, "-"))
		return 0;
	l->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (l->fd < 0)
		return err_call(errno, path, "open",
				"name a file that can be written: --log FILE");
	return 0;
}

void vfu_log_close(struct vfu_log *l)
{
	if (l->fd == STDERR_FILENO)
		l->fd = -1;
	fd_close(&l->fd);
}

void vfu_log_line(struct vfu_log *l, const char *name, const char *fmt, ...)
{
	char buf[512];
	uint64_t us;
	va_list ap;
	int head;
	size_t n;

	if (!l || l->fd < 0)
		return;
	us = (vfu_now_ns() - l->start) / 1000;
	head = snprintf(buf, sizeof(buf) / 2,
			"%5u.%06u %s: ", (unsigned)(us / 1000000),
			(unsigned)(us % 1000000), name);
	va_start(ap, fmt);
	vsnprintf(buf + head, sizeof(buf) - (size_t)head - 1, fmt, ap);
	va_end(ap);
	n = strlen(buf);
	buf[n++] = '\n';
	(void)fd_write_all(l->fd, buf, n);
}
