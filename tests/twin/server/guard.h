/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies from and to memory that somebody else may take away.
 *
 * A client's file is mapped whole and its length is checked, but nothing stops
 * the client from truncating it afterwards (only memfd seals do, and not every
 * client seals).  Touching such a page raises SIGBUS; here that becomes
 * -EFAULT.
 */
#ifndef TESTS_TWIN_SERVER_GUARD_H
#define TESTS_TWIN_SERVER_GUARD_H

#include <stddef.h>

/**
 * vfu_guard_install - take SIGBUS over, for the process
 *
 * A SIGBUS outside of vfu_guard_copy() kills as if it had not been taken.
 */
void vfu_guard_install(void);

/**
 * vfu_guard_copy - memcpy() that survives; the first eight bytes, if aligned at
 *                  @dst, are written last and at once
 *
 * Return: 0, or -EFAULT (no message) when a page was gone; then some bytes
 *         may have been copied.
 */
int vfu_guard_copy(void *dst, const void *src, size_t len)
	__attribute__((warn_unused_result));

#endif
