/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines for the person at the terminal, on standard error.
 *
 * Errors do not come here: they travel as err_last() to main().  This is for
 * what happened beside the way: a warning, a step of a long job.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

/** log_warn - print "PROGRAM: warning: ..." and a newline */
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** log_info - print "PROGRAM: ..." and a newline */
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
