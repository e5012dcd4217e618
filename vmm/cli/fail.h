/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of every command that failed.
 */
#ifndef VMM_CLI_FAIL_H
#define VMM_CLI_FAIL_H

/**
 * cli_fail - print "passthru: " and err_last() as one line on standard error
 *
 * Return: STOP_STATUS_ERROR (125), so that `return cli_fail();` reads well.
 */
int cli_fail(void);

#endif
