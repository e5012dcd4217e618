/* SPDX-License-Identifier: BSD-2-Clause */
/* One write(2) per line, so that a killed server leaves whole ones. */
#include "tests/twin/server/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"

int vfu_log_open(struct vfu_log *l, const char *path, bool verbose)
{
	*l = (struct vfu_log){.fd = STDERR_FILENO,
			      .verbose = verbose,
			      .start = clock_now_ns(),
			      .left = VFU_LOG_LINES};
	l->last = l->start;
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

static void put(struct vfu_log *l, uint64_t now, const char *name,
		const char *fmt, va_list ap)
	__attribute__((format(printf, 4, 0)));

static void put(struct vfu_log *l, uint64_t now, const char *name,
		const char *fmt, va_list ap)
{
	uint64_t us = (now - l->start) / 1000;
	char buf[512];
	int head;
	size_t n;

	head = snprintf(buf, sizeof(buf) / 2,
			"%5u.%06u %s: ", (unsigned)(us / 1000000),
			(unsigned)(us % 1000000), name);
	vsnprintf(buf + head, sizeof(buf) - (size_t)head - 1, fmt, ap);
	n = strlen(buf);
	buf[n++] = '\n';
	(void)fd_write_all(l->fd, buf, n);
}

static void put_lost(struct vfu_log *l, uint64_t now, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void put_lost(struct vfu_log *l, uint64_t now, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(l, now, "log", fmt, ap);
	va_end(ap);
}

/* May a line be written?  Then say before it how many were not. */
static bool admit(struct vfu_log *l, uint64_t now)
{
	const uint64_t each = UINT64_C(1000000000) / VFU_LOG_RATE;
	uint64_t more = (now - l->last) / each;

	if (more) {
		l->left = (unsigned)min_u64(l->left + more, VFU_LOG_LINES);
		l->last += more * each;
	}
	if (!l->left) {
		l->lost++;
		return false;
	}
	l->left--;
	if (l->lost)
		put_lost(l, now, "%u lines left out", l->lost);
	l->lost = 0;
	return true;
}

void vfu_log_line(struct vfu_log *l, const char *name, const char *fmt, ...)
{
	uint64_t now;
	va_list ap;

	if (!l || l->fd < 0)
		return;
	now = clock_now_ns();
	if (!l->verbose && !admit(l, now))
		return;
	va_start(ap, fmt);
	put(l, now, name, fmt, ap);
	va_end(ap);
}
