/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `passthru test` found, for people and for their CI: TAP or JUnit XML.
 *
 * Whatever the guest printed, it is a string in there and no more: bytes that
 * are not printable UTF-8 come out as \xNN.
 */
#ifndef VMM_CLI_REPORT_H
#define VMM_CLI_REPORT_H

#include <stdio.h>

#include "vmm/cli/result.h"
#include "vmm/cli/table.h"
#include "vmm/cli/verdict.h"

#define REPORT_OUTPUT_MAX 4096 /* bytes of a row's output that are shown */

struct report {
	const struct table *t;
	const struct result *result;   /* .t->n, those whose verdict is there */
	const struct verdict *verdict; /* .t->n */
	const char *log;               /* the console's, kept; NULL: none is */
};

/** report_fn - print a report */
typedef void report_fn(FILE *f, const struct report *r);

/**
 * report_tap - as TAP 13
 *
 * Source: testanything.org, "TAP 13"; diagnostics are YAML blocks with one
 * string in double quotes behind each key.
 */
void report_tap(FILE *f, const struct report *r);

/**
 * report_junit - as JUnit XML
 *
 * A row is a testcase; a miss is a failure, no result is an error.
 * Source: the elements that Jenkins, GitLab and GitHub's readers agree on;
 * tests/golden/junit.xsd has them.
 */
void report_junit(FILE *f, const struct report *r);

/** report_misses - how many rows are not ok */
unsigned report_misses(const struct report *r);

#endif
