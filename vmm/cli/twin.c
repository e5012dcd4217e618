/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fork, exec, wait for a line, end.  Whatever was made, twin_stop() removes it;
 * so every failure goes through it.
 */
#include "vmm/cli/twin.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "vmm/cli/guest.h"
#include "vmm/machine/loop.h"

#ifndef PREFIX
#define PREFIX "/usr/local"
#endif

#define NAME      "bcm5720"
#define READY     "ready\n"
#define SAID_MAX  (64 * KiB)
#define MAC_FIRST 0xe3 /* last byte, of the first twin's first port */
#define NOT_RUN   127  /* as a shell says it */

/* What fork(2) takes along, made before it */
struct plan {
	const char *program;
	char mac[64];
	pid_t parent;
	int in;    /* /dev/null */
	int ready; /* the pipe's end that it writes to */
	int wait;  /* the one that we read */
	int said;  /* borrowed */
};

void twin_init(struct twin *t)
{
	*t = (struct twin){.said = -1, .ready_ms = 10000, .stop_ms = 5000};
}

int twin_find(char *path, size_t cap)
{
	char exe[GUEST_PATH_MAX / 2];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	const char *dir;

	exe[n < 0 ? 0 : n] = '\0';
	dir = dirname(exe);
	snprintf(path, cap, "%s/" NAME, dir);
	if (!access(path, X_OK))
		return 0;
	snprintf(path, cap, "%s/../lib/passthru/" NAME, dir);
	if (!access(path, X_OK))
		return 0;
	snprintf(path, cap, PREFIX "/lib/passthru/" NAME);
	if (!access(path, X_OK))
		return 0;
	return err_set(ENOENT,
		       "no " NAME " beside %s nor in " PREFIX "/lib/passthru; "
		       "type: make build/" NAME,
		       dir);
}

/*
 * Root has no privilege at the end (vmm/machine/sandbox.h), and could not
 * remove what lies in the directory of somebody else.
 */
static bool is_ours(const char *base)
{
	const mode_t open_to_all = S_ISVTX | S_IWOTH;
	struct stat st;

	if (geteuid() != 0)
		return true;
	return !stat(base, &st) &&
	       (st.st_uid == 0 || (st.st_mode & open_to_all) == open_to_all);
}

/* A directory in @base, if it can be had and a socket's path in it fits */
static bool make_dir_in(struct twin *t, const char *base)
{
	int n;

	if (!base || *base != '/' || !is_ours(base))
		return false;
	n = snprintf(t->dir, sizeof(t->dir), "%s/passthru-XXXXXX", base);
	if (n < 0 || (size_t)n + strlen("/f0") >= sizeof(t->dir))
		errno = ENAMETOOLONG;
	else if (mkdtemp(t->dir))
		return true;
	t->dir[0] = '\0';
	return false;
}

static int make_dir(struct twin *t)
{
	if (!make_dir_in(t, getenv("XDG_RUNTIME_DIR")) &&
	    !make_dir_in(t, getenv("TMPDIR")) && !make_dir_in(t, "/tmp"))
		return err_call(errno, "/tmp", "mkdtemp",
				"name a directory with room in it: TMPDIR=DIR");
	for (unsigned i = 0; i < TWIN_PORTS; i++)
		snprintf(t->path[i], sizeof(t->path[i]), "%.*s/f%u",
			 (int)(sizeof(t->path[i]) - strlen("/f0") - 1), t->dir,
			 i);
	return 0;
}

/*
 * Its standard error as a file in memory that cannot grow: nobody reads it
 * before the end, and a server that says too much must neither wait nor fill
 * the memory.
 */
static int make_said(struct twin *t)
{
	t->said = memfd_create(NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (t->said < 0)
		return err_call(errno, NAME, "memfd_create", NULL);
	if (ftruncate(t->said, (off_t)SAID_MAX) ||
	    fcntl(t->said, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK))
		return err_call(errno, NAME, "F_ADD_SEALS", NULL);
	return 0;
}

/* Its last line, for a message; "nothing" */
static const char *last_said(const struct twin *t, char *buf, size_t cap)
{
	off_t len = lseek(t->said, 0, SEEK_CUR); /* shared with it */
	off_t from = len < (off_t)cap ? 0 : len - (off_t)cap + 1;
	ssize_t n = pread(t->said, buf, cap - 1, from);
	char *line;

	buf[n < 0 ? 0 : n] = '\0';
	for (size_t k = strlen(buf); k && buf[k - 1] == '\n'; k--)
		buf[k - 1] = '\0';
	line = strrchr(buf, '\n');
	line = line ? line + 1 : buf;
	return *line ? line : "nothing";
}

static void how_it_ended(int status, char *buf, size_t cap)
{
	if (WIFSIGNALED(status))
		snprintf(buf, cap, "killed by signal %d", WTERMSIG(status));
	else
		snprintf(buf, cap, "ended with status %d", WEXITSTATUS(status));
}

/*
 * ---- in the child
 */

/* Nothing that we ignore or block is meant for it; 32 and 33 are libc's own. */
static void reset_signals(void)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * 0, 1 and 2, and no others.  All three are moved out of the way first: one may
 * have such a number itself, if we were started without.
 */
static bool set_files(const struct plan *p)
{
	int fd[] = {p->in, p->ready, p->said};

	for (int i = 0; i < (int)ARRAY_SIZE(fd); i++) {
		fd[i] = fcntl(fd[i], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		if (fd[i] < 0)
			return false;
	}
	for (int i = 0; i < (int)ARRAY_SIZE(fd); i++)
		if (dup2(fd[i], i) < 0)
			return false;
	return !close_range(STDERR_FILENO + 1, ~0U, 0);
}

static void exec_server(const struct plan *p, const struct twin *t)
	__attribute__((noreturn));

static void exec_server(const struct plan *p, const struct twin *t)
{
	const char *argv[] = {p->program,  "--socket", t->path[0], "--socket",
			      t->path[1],  "--mac",    p->mac,     "--log",
			      "/dev/null", NULL};

	setpgid(0, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) || getppid() != p->parent)
		_exit(NOT_RUN);
	if (!set_files(p))
		_exit(NOT_RUN);
	reset_signals();
	execv(p->program, (char *const *)(uintptr_t)argv);
	dprintf(STDERR_FILENO, "%s: execv: %s (%s)\n", p->program,
		err_name(errno), strerror(errno));
	_exit(NOT_RUN);
}

/*
 * ---- in the parent
 */

static int make_plan(struct plan *p, struct twin *t, unsigned unit)
{
	unsigned last = MAC_FIRST + unit * TWIN_PORTS;
	int end[2];
	int rc;

	*p = (struct plan){NULL, "", getpid(), -1, -1, -1, -1};
	p->parent = getpid();
	snprintf(p->mac, sizeof(p->mac),
		 "34:17:eb:f0:dc:%02x,34:17:eb:f0:dc:%02x", last & 0xff,
		 (last + 1) & 0xff);
	p->in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (p->in < 0)
		return err_call(errno, "/dev/null", "open", NULL);
	if (pipe2(end, O_CLOEXEC))
		return err_call(errno, NAME, "pipe2", NULL);
	p->wait = end[0];
	p->ready = end[1];
	rc = make_said(t);
	p->said = t->said;
	return rc ? rc : make_dir(t);
}

static void close_plan(struct plan *p)
{
	fd_close(&p->in);
	fd_close(&p->ready);
	fd_close(&p->wait);
}

/* Has it ended, or does it within @ms?  Then it is no more. */
static bool reap(struct twin *t, int ms, int *status)
{
	uint64_t end = clock_now_ns() + (uint64_t)ms * CLOCK_MS;
	const struct timespec nap = {.tv_nsec = 2 * CLOCK_MS};

	for (;;) {
		pid_t pid = waitpid(t->pid, status, WNOHANG);

		if (pid == t->pid || (pid < 0 && errno != EINTR)) {
			t->pid = 0;
			return true;
		}
		if (clock_now_ns() >= end)
			return false;
		nanosleep(&nap, NULL);
	}
}

/* It will not say that it is ready: why?  Its own words say it best. */
static int it_ended(struct twin *t, const char *program)
{
	char how[64] = "closed its standard output";
	char said[512];
	int status = 0;

	if (reap(t, t->stop_ms, &status))
		how_it_ended(status, how, sizeof(how));
	return err_set(ECHILD, "%s: %s before it was ready; it said: %s",
		       program, how, last_said(t, said, sizeof(said)));
}

/* Reads on; 0: it is ready, 1: not all of it has come, or -errno */
static int take(int fd, char *got, size_t *n)
{
	ssize_t k = read(fd, got + *n, strlen(READY) - *n);

	if (k < 0)
		return errno == EINTR ? 1 : err_call(errno, NAME, "read", NULL);
	if (k == 0)
		return -ECHILD;
	*n += (size_t)k;
	if (strncmp(got, READY, *n) != 0)
		return err_set(
			EPROTO,
			"it did not say `ready`; type: make build/" NAME);
	return *n < strlen(READY);
}

static int wait_ready(const struct twin *t, int fd, int sigfd)
{
	uint64_t end = clock_now_ns() + (uint64_t)t->ready_ms * CLOCK_MS;
	struct pollfd p[] = {{fd, POLLIN, 0}, {sigfd, POLLIN, 0}};
	char got[sizeof(READY)] = "";
	size_t len = 0;
	int rc = 1;

	while (rc > 0) {
		int64_t left = (int64_t)(end - clock_now_ns()) / (int)CLOCK_MS;
		int n = poll(p, ARRAY_SIZE(p), left > 0 ? (int)left : 0);

		if (n < 0 && errno != EINTR)
			return err_call(errno, NAME, "poll", NULL);
		if (n == 0)
			return err_set(ETIMEDOUT, "not ready within %d ms",
				       t->ready_ms);
		if (n > 0 && p[1].revents)
			return err_set(EINTR, "a signal came before it was "
					      "ready");
		if (n > 0)
			rc = take(fd, got, &len);
	}
	return rc;
}

static int wait_for(struct twin *t, const struct plan *p)
{
	sigset_t set;
	int sigfd;
	int rc;

	loop_signals(&set);
	sigfd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (sigfd < 0)
		return err_call(errno, NAME, "signalfd",
				"raise the limit: ulimit -n 4096");
	rc = wait_ready(t, p->wait, sigfd);
	fd_close(&sigfd);
	if (rc == -ECHILD)
		return it_ended(t, p->program);
	return rc ? err_prefix(rc, "%s", p->program) : 0;
}

static int start(struct twin *t, struct plan *p)
{
	/* if we inherited it ignored, its status would be lost */
	signal(SIGCHLD, SIG_DFL);
	t->pid = fork();
	if (t->pid == 0)
		exec_server(p, t);
	if (t->pid < 0) {
		t->pid = 0;
		return err_call(errno, p->program, "fork", NULL);
	}
	(void)setpgid(t->pid, t->pid); /* whoever of the two is first */
	fd_close(&p->ready);
	return wait_for(t, p);
}

int twin_start(struct twin *t, const char *program, unsigned unit)
{
	struct plan p;
	int rc = make_plan(&p, t, unit);

	p.program = program;
	if (!rc)
		rc = start(t, &p);
	close_plan(&p);
	if (rc)
		twin_stop(t);
	return rc;
}

/* Its group, in case it has children; SIGCONT, in case it is stopped */
static void end(struct twin *t)
{
	pid_t pid = t->pid;
	int status;

	kill(-pid, SIGTERM);
	kill(-pid, SIGCONT);
	if (reap(t, t->stop_ms, &status))
		return;
	log_warn(NAME ": did not end on SIGTERM within %d ms: killed",
		 t->stop_ms);
	kill(-pid, SIGKILL);
	(void)waitpid(pid, &status, 0);
	t->pid = 0;
}

static void end_or_tell(struct twin *t)
{
	char said[512];
	char how[64];
	int status = 0;

	if (!reap(t, 0, &status)) {
		end(t);
		return;
	}
	how_it_ended(status, how, sizeof(how));
	log_warn(NAME ": %s; it said: %s", how,
		 last_said(t, said, sizeof(said)));
}

void twin_stop(struct twin *t)
{
	if (t->pid > 0)
		end_or_tell(t);
	for (unsigned i = 0; t->dir[0] && i < TWIN_PORTS; i++)
		(void)unlink(t->path[i]);
	if (t->dir[0])
		(void)rmdir(t->dir);
	t->dir[0] = '\0';
	fd_close(&t->said);
}
