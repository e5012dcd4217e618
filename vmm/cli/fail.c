/* SPDX-License-Identifier: BSD-2-Clause */
/* The one place that prints an error. */
#include "vmm/cli/fail.h"

#include <assert.h>
#include <stdio.h>

#include "base/err.h"
#include "vmm/cli/cmd.h"
#include "vmm/dev/stop.h"

static_assert(EXIT_OWN_ERROR == STOP_STATUS_ERROR,
	      "a command and a machine that fail exit alike");

int cli_fail(void)
{
	const char *what = err_last();

	fprintf(stderr, "passthru: %s\n", *what ? what : "unknown error");
	return STOP_STATUS_ERROR;
}
