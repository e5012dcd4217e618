/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock of deadlines and durations: one that nobody sets.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define CLOCK_MS  UINT64_C(1000000) /* in ns */
#define CLOCK_SEC UINT64_C(1000000000)

/** clock_now_ns - CLOCK_MONOTONIC */
static inline uint64_t clock_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * CLOCK_SEC + (uint64_t)t.tv_nsec;
}

#endif
