/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line of `passthru test`: its own options, and what is left of it
 * for the parser of run's.
 */
#ifndef VMM_CLI_TESTOPTS_H
#define VMM_CLI_TESTOPTS_H

#include <stdbool.h>

#include "vmm/cli/opts.h"
#include "vmm/cli/report.h"
#include "vmm/cli/table.h"

#define TESTOPTS_TIMEOUT_S 300

struct testopts {
	const char *file;   /* the table's */
	const char *output; /* NULL: standard output */
	report_fn *format;
	bool help;   /* the rest is not checked */
	char **rest; /* owned: argv[1..] without the above, NULL-terminated */
	int nrest;
};

/**
 * testopts_parse - find what is test's own
 * @o:    filled; free with testopts_fini(), also after a failure
 * @argc: number of strings in @argv
 * @argv: argv[0] is the command's name; borrowed by @o
 *
 * The file comes first.  A --format or --output may stand anywhere behind it.
 * Return: 0, or -EINVAL, -ENOMEM with a message.
 */
int testopts_parse(struct testopts *o, int argc, char **argv)
	__attribute__((warn_unused_result));

/**
 * testopts_run - the options of the run
 * @o: parsed
 * @t: the table: its devices come before those of the command line
 * @r: filled; refused is what has no place in a test
 *
 * Without --timeout it is TESTOPTS_TIMEOUT_S.
 * Return: 0, or as opts_parse_run().
 */
int testopts_run(const struct testopts *o, const struct table *t,
		 struct run_opts *r) __attribute__((warn_unused_result));

/** testopts_fini - free what @o holds; repeatable */
void testopts_fini(struct testopts *o);

#endif
