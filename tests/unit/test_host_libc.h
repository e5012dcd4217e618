/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls of libc that can be told to fail, for code that has no sys.c of its
 * own: what finds devices in sysfs and keeps records.
 *
 * The linker puts these in the place of the real ones (tests.mk, WRAPPED);
 * they go through to them unless the test says otherwise.
 */
#ifndef TESTS_UNIT_TEST_HOST_LIBC_H
#define TESTS_UNIT_TEST_HOST_LIBC_H

#include <stdbool.h>

/** libc_fail - fail the @n-th call from now with @err; 0: none */
void libc_fail(unsigned n, int err);

/** libc_failed - name of the call that failed; "" when none did */
const char *libc_failed(void);

/** libc_failed_on - the path it was made with; "" where it has none */
const char *libc_failed_on(void);

/** libc_pause - count nothing and fail nothing: the test's own calls follow */
void libc_pause(bool on);

/** libc_enter - count a call that is not libc's; false: it shall fail, errno */
bool libc_enter(const char *name, const char *path);

#endif
