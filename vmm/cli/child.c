/* SPDX-License-Identifier: BSD-2-Clause */
/* fork(), signals handed down, and how it ended handed up. */
#include "vmm/cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "vmm/machine/loop.h"

#define NAME "machine's process"

/* A status has no room for it: one byte in a pipe says "again". */
static void live(child_fn *fn, void *arg, int tell_fd, pid_t parent)
{
	bool again = false;
	int status;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		raise(SIGKILL);
	status = fn(arg, &again);
	if (again)
		(void)fd_write_all(tell_fd, "a", 1);
	exit(status);
}

/* SIGCHLD is blocked before there is a child: none of its is missed. */
static void block(struct child *c)
{
	sigset_t set;

	signal(SIGCHLD, SIG_DFL); /* inherited as ignored: no status for us */
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &c->outside);
}

int child_start(struct child *c, child_fn *fn, void *arg)
{
	pid_t parent = getpid();
	int tell[2];
	int rc = 0;

	if (pipe2(tell, O_CLOEXEC | O_NONBLOCK))
		return err_call(errno, NAME, "pipe2",
				"raise the limit: ulimit -n 4096");
	fflush(NULL); /* or the child prints it again */
	block(c);
	c->told_fd = tell[0];
	c->pid = fork();
	if (c->pid == 0) {
		sigprocmask(SIG_SETMASK, &c->outside, NULL);
		live(fn, arg, tell[1], parent);
	}
	if (c->pid < 0) {
		rc = err_call(errno, NAME, "fork",
			      "raise the limit: ulimit -u");
		sigprocmask(SIG_SETMASK, &c->outside, NULL);
		fd_close(&c->told_fd);
	}
	fd_close(&tell[1]);
	return rc;
}

static bool was_told(const struct child *c)
{
	char byte;

	return read(c->told_fd, &byte, 1) == 1;
}

struct child_end child_wait(struct child *c)
{
	struct child_end end;
	int handed = 0;
	sigset_t set;
	int status;

	loop_all_signals(&set);
	sigaddset(&set, SIGCHLD);
	while (waitpid(c->pid, &status, WNOHANG) != c->pid) {
		int sig = sigwaitinfo(&set, NULL);

		if (sig <= 0 || sig == SIGCHLD)
			continue;
		if (sig != SIGUSR1)
			handed = sig;
		kill(c->pid, sig);
	}
	sigprocmask(SIG_SETMASK, &c->outside, NULL);
	end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	end.status = end.signal ? 128 + end.signal : WEXITSTATUS(status);
	end.again = !end.signal && was_told(c);
	if (end.again && handed) { /* which came too late for this one */
		end.again = false;
		end.status = 128 + handed;
	}
	fd_close(&c->told_fd);
	return end;
}
