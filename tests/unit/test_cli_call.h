/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls a command as main() does, with arguments that it may change. */
#ifndef TESTS_UNIT_TEST_CLI_CALL_H
#define TESTS_UNIT_TEST_CLI_CALL_H

#include <stdio.h>

#define ARGS_MAX 4

/**
 * call - @cmd with copies of @args
 * @args: at most ARGS_MAX strings of less than 64 bytes, then NULL
 *
 * Return: its exit status.
 */
static inline int call(int (*cmd)(int argc, char **argv),
		       const char *const args[])
{
	char text[ARGS_MAX][64], *argv[ARGS_MAX + 1];
	int n = 0;

	for (; n < ARGS_MAX && args[n]; n++) {
		snprintf(text[n], sizeof(text[n]), "%s", args[n]);
		argv[n] = text[n];
	}
	argv[n] = NULL;
	return cmd(n, argv);
}

#endif
