/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process that is the machine, apart from the one that was typed.
 *
 * The parent binds and gives back drivers and starts servers, and never looks
 * at anything of the guest's.  The child has the guest, and nothing that the
 * host needs depends on how it ends.  What the two do is cmd_run.c's to know.
 */
#ifndef VMM_CLI_CHILD_H
#define VMM_CLI_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/**
 * child_fn - what the child does
 * @again: false; true on return: the parent is to start one more like it
 *
 * Return: 0..255, the child's exit status.
 */
typedef int child_fn(void *arg, bool *again);

struct child {
	pid_t pid;
	int told_fd;      /* one byte in it: again */
	sigset_t outside; /* signals that were blocked before */
};

struct child_end {
	int status; /* 0..255; 128 + the signal that ended it or came too late
		     */
	int signal; /* that ended it; 0: it ended by itself */
	bool again;
};

/**
 * child_start - run @fn in a child
 * @c:   filled on success; child_wait() is due
 * @fn:  called in the child, which exits with what it returns
 * @arg: for @fn; the child has a copy of everything
 *
 * What loop_all_signals() names must be blocked and stays so in both.  A child
 * whose parent dies is killed.
 *
 * Context: a process without threads beside this one.
 * Return:  0, or -errno of pipe2(2) or fork(2) with a message.
 * Source:  prctl(2) PR_SET_PDEATHSIG.
 */
int child_start(struct child *c, child_fn *fn, void *arg)
	__attribute__((warn_unused_result));

/**
 * child_wait - wait for the child's end
 *
 * A signal of loop_all_signals() that comes here meanwhile, or waited already,
 * is handed to the child: it is the one who ends in order.  There is no "again"
 * after one of loop_signals().
 */
struct child_end child_wait(struct child *c);

#endif
