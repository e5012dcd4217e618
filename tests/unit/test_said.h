/* SPDX-License-Identifier: BSD-2-Clause */
/* What the code under test prints on standard error, for tests to read. */
#ifndef TESTS_UNIT_TEST_SAID_H
#define TESTS_UNIT_TEST_SAID_H

/** said_begin - from now on it goes into a pipe, 64 KiB at most */
void said_begin(void);

/** said - what came since the last time; static text, valid until the next */
const char *said(void);

/** said_stall - nobody reads: the pipe is full, and a write to it waits */
void said_stall(void);

/** said_end - back to where it went before; what is unread is lost */
void said_end(void);

/** said_lines - how many lines of @text end */
unsigned said_lines(const char *text);

#endif
