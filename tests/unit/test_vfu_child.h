/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server as a child process, and clients of it that wait for each answer.
 */
#ifndef TESTS_UNIT_TEST_VFU_CHILD_H
#define TESTS_UNIT_TEST_VFU_CHILD_H

#include "tests/unit/test_vfu.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/err.h"
#include "tests/twin/server/server.h"

struct child {
	char dir[32];
	char path[2][64];
	char log[64];
	pid_t pid;
	bool tight; /* no descriptor is left for a client */
	bool mmap;  /* --mmap=0 */
};

static inline void no_descriptors(void)
{
	struct rlimit r;

	getrlimit(RLIMIT_NOFILE, &r);
	r.rlim_cur = 64;
	setrlimit(RLIMIT_NOFILE, &r);
	while (dup(STDERR_FILENO) >= 0)
		;
}

static inline void serve(const struct child *c, int ready)
{
	struct vfu_opts o;
	struct vfu_log log;
	struct vfu_server s;
	char *argv[] = {"bcm5720",  "--socket",         (char *)c->path[0],
			"--socket", (char *)c->path[1], "--mmap=0",
			NULL};
	int rc;

	if (!c->mmap)
		argv[5] = NULL;
	rc = vfu_opts_parse(&o, c->mmap ? 6 : 5, argv);

	if (!rc)
		rc = vfu_log_open(&log, c->log, false);
	if (!rc)
		rc = vfu_server_open(&s, &o, &log);
	if (c->tight)
		no_descriptors();
	if (!rc)
		rc = write(ready, "r", 1) == 1 ? vfu_server_run(&s) : -EIO;
	vfu_server_close(&s);
	_exit(rc ? 1 : 0);
}

static inline void start(struct child *c)
{
	char dir[] = "/tmp/test_vfu.XXXXXX";
	int ready[2];
	char r;

	cr_assert(mkdtemp(dir));
	strcpy(c->dir, dir);
	for (int i = 0; i < 2; i++)
		snprintf(c->path[i], sizeof(c->path[i]), "%s/f%d", dir, i);
	snprintf(c->log, sizeof(c->log), "%s/log", dir);
	cr_assert(!pipe(ready));
	c->pid = fork();
	if (!c->pid)
		serve(c, ready[1]);
	close(ready[1]);
	cr_assert_eq(read(ready[0], &r, 1), 1);
	close(ready[0]);
}

/* Ended by @sig: exit status 0, and no socket left behind */
static inline void end(struct child *c, int sig)
{
	struct stat st;
	int status;

	cr_assert(!kill(c->pid, sig));
	cr_assert_eq(waitpid(c->pid, &status, 0), c->pid);
	cr_assert(WIFEXITED(status) && !WEXITSTATUS(status), "%#x", status);
	for (int i = 0; i < 2; i++)
		cr_assert(lstat(c->path[i], &st));
	cr_assert(!unlink(c->log));
	cr_assert(!rmdir(c->dir));
}

/* Is there a line with @word in the log by now? */
static inline bool logged(const struct child *c, const char *word)
{
	static char text[1 << 20];
	FILE *f = fopen(c->log, "r");
	size_t n = fread(text, 1, sizeof(text) - 1, f);

	fclose(f);
	text[n] = '\0';
	return strstr(text, word);
}

static inline int connect_to(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(a.sun_path, path);
	cr_assert(!connect(fd, (struct sockaddr *)&a, sizeof(a)), "%s", path);
	return fd;
}

/* A request and its reply; the errno of it, -1 when there was none */
static inline int call(int fd, uint16_t cmd, const void *body, size_t len,
		       void *out)
{
	uint8_t msg[128];
	struct userwire_header h;
	size_t n = vt_make(msg, 5, cmd, 0, body, len);

	if (send(fd, msg, n, MSG_NOSIGNAL) != (ssize_t)n ||
	    recv(fd, &h, sizeof(h), MSG_WAITALL) != sizeof(h))
		return -1;
	if (h.size > sizeof(h))
		cr_assert_eq(recv(fd, out, h.size - sizeof(h), MSG_WAITALL),
			     (ssize_t)(h.size - sizeof(h)));
	return (int)h.err;
}

static inline int hello(int fd)
{
	uint8_t out[256];

	return call(fd, USERWIRE_VERSION, "\0\0\0", 4, out);
}

static inline uint32_t read_reg(int fd, uint32_t region, uint64_t off)
{
	struct userwire_access a = {off, region, 4};
	uint8_t out[64] = {0};

	cr_assert_eq(call(fd, USERWIRE_REGION_READ, &a, sizeof(a), out), 0);
	return (uint32_t)le_get(out + 16, 4);
}

static inline void write_reg(int fd, uint32_t region, uint64_t off, uint32_t v)
{
	struct userwire_access a = {off, region, 4};
	uint8_t body[20], out[64];

	memcpy(body, &a, sizeof(a));
	le_put(body + 16, 4, v);
	cr_assert_eq(call(fd, USERWIRE_REGION_WRITE, body, 20, out), 0);
}

#endif
