/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The event loop of the main thread: what ends the machine, and what the user
 * types.  Device interrupts do not come here; KVM takes them.
 */
#ifndef VMM_MACHINE_LOOP_H
#define VMM_MACHINE_LOOP_H

#include <signal.h>

struct machine;

/** loop_signals - the signals that end a run in order; block them early */
void loop_signals(sigset_t *set);

/**
 * loop_all_signals - those, and SIGUSR1, which makes loop_run() print
 * statistics
 *
 * To be blocked together.
 */
void loop_all_signals(sigset_t *set);

/**
 * loop_asked_to_stop - was the run ended before its loop began?
 *
 * Looks at the pending signals and at the deadline, and takes nothing.
 * Return: 0; or with a message and m->stop set -EINTR for a signal, -ETIME when
 *         the deadline is over.
 */
int loop_asked_to_stop(struct machine *m) __attribute__((warn_unused_result));

/**
 * loop_run - wait until machine_stop() was called by somebody
 *
 * Calls it itself for SIGINT, SIGTERM and SIGHUP (blocked in this thread), for
 * the deadline, and when the user leaves.
 * Return: 0, or -errno with a message.
 */
int loop_run(struct machine *m) __attribute__((warn_unused_result));

#endif
