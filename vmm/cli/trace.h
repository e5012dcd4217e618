/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --explain and --trace: what is asked for, and where it goes.
 *
 * Knows how to read the words and to open the file; what is told is known by
 * those who do it, see base/tell.h.
 */
#ifndef VMM_CLI_TRACE_H
#define VMM_CLI_TRACE_H

#include <stdbool.h>

struct trace_opts {
	bool explain;
	unsigned areas;   /* bits, 1 << enum tell_area */
	const char *file; /* NULL: standard error */
};

/**
 * trace_parse - the value of --trace: AREA,...[:FILE]
 * @o:    its areas and file are set
 * @text: borrowed, as long as @o
 *
 * Return: 0, or -EINVAL with a message.
 */
int trace_parse(struct trace_opts *o, const char *text)
	__attribute__((warn_unused_result));

/**
 * trace_start - from now on tell what @o asks for
 *
 * The file stays open until the process ends.  Before there is a second thread.
 * Return: 0, or -errno with a message.
 */
int trace_start(const struct trace_opts *o) __attribute__((warn_unused_result));

#endif
