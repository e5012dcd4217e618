/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A row of the table beside what the guest answered.
 *
 * Judges; how it is told is report.c's to know.
 */
#ifndef VMM_CLI_VERDICT_H
#define VMM_CLI_VERDICT_H

#include <stdbool.h>

#include "vmm/cli/result.h"
#include "vmm/cli/table.h"

struct verdict {
	bool ok;
	bool there;    /* there is a result; else .why says why not */
	char why[256]; /* what was wanted, when not ok; none of the guest's
			* bytes are in it */
};

/**
 * verdict_of - is this what was wanted?
 * @row: borrowed
 * @r:   its result
 * @v:   filled
 */
void verdict_of(const struct table_row *row, const struct result *r,
		struct verdict *v);

/**
 * verdict_none - there is no result
 * @why: words for the user
 * @v:   filled
 */
void verdict_none(const char *why, struct verdict *v);

#endif
