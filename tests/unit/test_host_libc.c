/* SPDX-License-Identifier: BSD-2-Clause */
/* Each is the real one with a question before it. */
#include "test_host_libc.h"

#include <dirent.h>
#include <errno.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>

static struct {
	unsigned calls;
	unsigned fail_at; /* 0: never */
	int err;
	bool paused;
	char failed[16];
	char on[512];
} libc;

void libc_fail(unsigned n, int err)
{
	libc.calls = 0;
	libc.fail_at = n;
	libc.err = err;
	libc.failed[0] = libc.on[0] = '\0';
}

const char *libc_failed(void)
{
	return libc.failed;
}

const char *libc_failed_on(void)
{
	return libc.on;
}

void libc_pause(bool on)
{
	libc.paused = on;
}

bool libc_enter(const char *name, const char *path)
{
	if (!libc.fail_at || libc.paused || ++libc.calls != libc.fail_at)
		return true;
	snprintf(libc.failed, sizeof(libc.failed), "%s", name);
	snprintf(libc.on, sizeof(libc.on), "%s", path);
	errno = libc.err;
	return false;
}

#define WRAP(type, bad, name, path, params, args)                              \
	type __real_##name params;                                             \
	type __wrap_##name params;                                             \
	type __wrap_##name params                                              \
	{                                                                      \
		return libc_enter(#name, path) ? __real_##name args : bad;     \
	}

WRAP(ssize_t, -1, read, "", (int fd, void *buf, size_t n), (fd, buf, n))
WRAP(ssize_t, -1, write, "", (int fd, const void *buf, size_t n), (fd, buf, n))
WRAP(ssize_t, -1, readlink, path, (const char *path, char *buf, size_t n),
     (path, buf, n))
WRAP(int, -1, fstat, "", (int fd, struct stat *st), (fd, st))
WRAP(int, -1, flock, "", (int fd, int op), (fd, op))
WRAP(int, -1, mkdir, path, (const char *path, mode_t mode), (path, mode))
WRAP(int, -1, rename, from, (const char *from, const char *to), (from, to))
WRAP(int, -1, unlink, path, (const char *path), (path))
WRAP(int, -1, access, path, (const char *path, int mode), (path, mode))
WRAP(DIR *, NULL, opendir, path, (const char *path), (path))
WRAP(FILE *, NULL, fopen, path, (const char *path, const char *mode),
     (path, mode))

WRAP(int, REG_ESPACE, regexec, "",
     (const regex_t *re, const char *s, size_t n, regmatch_t *at, int flags),
     (re, s, n, at, flags))

/* Nobody here sees whether it is done, and it takes its time. */
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
	return libc_enter("fsync", "") && fd >= 0 ? 0 : -1;
}

int __real_open(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = va_arg(ap, mode_t); /* of no meaning when it is not given */
	va_end(ap);
	return libc_enter("open", path) ? __real_open(path, flags, mode) : -1;
}
