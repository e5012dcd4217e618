/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest's whole run, for the commands that have one.
 */
#ifndef VMM_CLI_RUN_H
#define VMM_CLI_RUN_H

#include <stdbool.h>

#include "vmm/cli/opts.h"
#include "vmm/machine/legacy.h"

#define EXIT_GUEST_FAILED 1 /* in place of a status that the guest chose */

struct machine;

/* Where the guest's ports write, in place of our own streams and --console */
struct run_streams {
	int out_fd[LEGACY_COMS];       /* -1: nowhere */
	uint64_t out_max[LEGACY_COMS]; /* bytes of a file; 0: any number */
};

/**
 * run_status - what the program exits with when a machine has stopped
 * @m:       closed
 * @command: the guest's status is that of a command, and passed on.  Else
 *           EXIT_GUEST_FAILED stands for any but 0, said in a line of the log:
 *           whoever reads 121..125 shall know that they are not the guest's.
 *
 * Return: 0..255, as machine_exit_status().
 */
int run_status(const struct machine *m, bool command);

/**
 * run_guest - bind if asked, boot, wait, give back
 * @o:       from opts_parse_run(), without .help; borrowed
 * @streams: borrowed; the guest gets no terminal then.  NULL: our own
 *
 * Prints its own errors.  With @streams, no status is the guest's own: see
 * run_status().
 * Context: the main thread, which blocks the signals that end a run from here
 *          on.
 * Return:  exit status, as cmd_run().
 */
int run_guest(const struct run_opts *o, const struct run_streams *streams);

#endif
