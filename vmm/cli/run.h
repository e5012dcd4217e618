/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest's whole run, for the commands that have one.
 */
#ifndef VMM_CLI_RUN_H
#define VMM_CLI_RUN_H

#include "vmm/cli/opts.h"
#include "vmm/machine/legacy.h"

/* Where the guest's ports write, in place of our own streams and --console */
struct run_streams {
	int out_fd[LEGACY_COMS]; /* -1: nowhere */
};

/**
 * run_guest - bind if asked, boot, wait, give back
 * @o:       from opts_parse_run(), without .help; borrowed
 * @streams: borrowed; the guest gets no terminal then.  NULL: our own
 *
 * Prints its own errors.
 * Context: the main thread, which blocks the signals that end a run from here
 *          on.
 * Return:  exit status, as cmd_run().
 */
int run_guest(const struct run_opts *o, const struct run_streams *streams);

#endif
