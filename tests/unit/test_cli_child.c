/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's process: how it ends reaches its parent, signals reach it. */
#include <criterion/criterion.h>

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "vmm/cli/child.h"
#include "vmm/machine/loop.h"

static void setup(void)
{
	sigset_t set;

	alarm(20);
	loop_signals(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

TestSuite(cli_child, .init = setup);

static struct child_end run(child_fn *fn, void *arg)
{
	struct child c;

	cr_assert_eq(child_start(&c, fn, arg), 0);
	return child_wait(&c);
}

static void leave(int status, void *arg)
{
	(void)arg;
	_exit(status);
}

/*
 * LeakSanitizer, at the exit of a child, misses the thread that was forked, and
 * writes a report of that.
 */
static void no_leak_check(void)
{
	cr_assert_eq(on_exit(leave, NULL), 0);
}

static int ends_with(void *arg, bool *again)
{
	no_leak_check();
	*again = *(int *)arg == 0;
	return *(int *)arg;
}

Test(cli_child, its_status_is_handed_up)
{
	for (int status = 0; status < 256; status += 51) {
		struct child_end end = run(ends_with, &status);

		cr_assert_eq(end.status, status);
		cr_assert_eq(end.signal, 0);
		cr_assert_eq(end.again, status == 0);
	}
}

Test(cli_child, what_it_changes_is_its_own)
{
	int status = 3;
	struct child c;

	cr_assert_eq(child_start(&c, ends_with, &status), 0);
	status = 4;
	cr_assert_eq(child_wait(&c).status, 3);
}

static int dies(void *arg, bool *again)
{
	*again = true;
	raise(*(int *)arg);
	return 0;
}

Test(cli_child, a_signal_that_kills_it_is_told)
{
	int sig = SIGSYS;
	struct child_end end = run(dies, &sig);

	cr_assert_eq(end.signal, SIGSYS);
	cr_assert_eq(end.status, 128 + SIGSYS);
	cr_assert_not(end.again);
}

/* Takes the signals that are blocked, as the event loop does; again unless
 * one came */
static int waits_for_signal(void *arg, bool *again)
{
	sigset_t set;

	(void)arg;
	(void)again;
	no_leak_check();
	loop_signals(&set);
	return sigwaitinfo(&set, NULL);
}

Test(cli_child, a_signal_that_waited_already_is_handed_down)
{
	raise(SIGHUP);
	cr_assert_eq(run(waits_for_signal, NULL).status, SIGHUP);
}

static void *sends_term(void *arg)
{
	usleep(50000);
	kill(*(pid_t *)arg, SIGTERM);
	return NULL;
}

Test(cli_child, a_signal_that_comes_is_handed_down)
{
	pid_t self = getpid();
	struct child c;
	pthread_t t;

	cr_assert_eq(child_start(&c, waits_for_signal, NULL), 0);
	cr_assert_eq(pthread_create(&t, NULL, sends_term, &self), 0);
	cr_assert_eq(child_wait(&c).status, SIGTERM);
	pthread_join(t, NULL);
}

/* One that looks no more at signals when one comes */
static int wants_again(void *arg, bool *again)
{
	sigset_t set;

	(void)arg;
	no_leak_check();
	loop_signals(&set);
	while (sigpending(&set) || !sigismember(&set, SIGTERM))
		usleep(1000);
	*again = true;
	return 0;
}

Test(cli_child, no_other_life_after_a_signal)
{
	struct child_end end;

	raise(SIGTERM);
	end = run(wants_again, NULL);
	cr_assert_not(end.again);
	cr_assert_eq(end.status, 128 + SIGTERM);
}

/* Asked for statistics, it prints them and goes on. */
static int tells_and_wants_again(void *arg, bool *again)
{
	sigset_t set;

	(void)arg;
	no_leak_check();
	loop_all_signals(&set);
	*again = sigwaitinfo(&set, NULL) == SIGUSR1;
	return 0;
}

Test(cli_child, a_question_is_handed_down_and_is_no_end)
{
	struct child_end end;
	sigset_t set;

	loop_all_signals(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	end = run(tells_and_wants_again, NULL);
	cr_assert_eq(end.status, 0);
	cr_assert(end.again);
}

Test(cli_child, an_ignored_sigchld_is_no_matter)
{
	int status = 5;

	signal(SIGCHLD, SIG_IGN);
	cr_assert_eq(run(ends_with, &status).status, 5);
}

static int sleeps(void *arg, bool *again)
{
	(void)again;
	if (write(*(int *)arg, "x", 1) != 1)
		return 1;
	pause();
	return 0;
}

Test(cli_child, it_dies_with_its_parent)
{
	struct child c;
	int ends[2];
	pid_t pid;
	char byte;

	cr_assert_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		_exit(child_start(&c, sleeps, &ends[1]) ? 1 : (int)pause() + 1);
	}
	close(ends[1]);
	cr_assert_eq(read(ends[0], &byte, 1), 1);
	kill(pid, SIGKILL);
	/* the writing end is closed when the last of the two is gone */
	cr_assert_eq(read(ends[0], &byte, 1), 0);
}
