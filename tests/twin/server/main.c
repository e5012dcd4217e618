/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bcm5720: parse, serve, and the one place that prints an error.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "base/err.h"
#include "base/fd.h"
#include "tests/twin/server/guard.h"
#include "tests/twin/server/server.h"

enum { FAILED = 125 }; /* as of passthru */

static int fail(void)
{
	fprintf(stderr, "bcm5720: %s\n", err_last());
	return FAILED;
}

/* What was printed must have arrived: who started us waits for it. */
static int print_ready(void)
{
	if (puts("ready") < 0 || fflush(stdout))
		return err_call(errno, "standard output", "write", NULL);
	return 0;
}

static int serve(const struct vfu_opts *o, struct vfu_log *log)
{
	struct vfu_server s;
	int rc = vfu_server_open(&s, o, log);

	if (!rc)
		rc = print_ready();
	if (!rc)
		rc = vfu_server_run(&s);
	vfu_server_close(&s);
	return rc ? fail() : 0;
}

int main(int argc, char **argv)
{
	struct vfu_opts o;
	struct vfu_log log;
	int status;

	if (vfu_opts_parse(&o, argc, argv))
		return fail();
	if (o.help) {
		vfu_help(stdout);
		return 0;
	}
	if (o.version) {
		puts("bcm5720 of passthru");
		return 0;
	}
	if (vfu_log_open(&log, o.log, o.verbose))
		return fail();
	signal(SIGPIPE, SIG_IGN);
	vfu_guard_install();
	fd_raise_limit(); /* a client's descriptors are many for a moment */
	status = serve(&o, &log);
	vfu_log_close(&log);
	return status;
}
