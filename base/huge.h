/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's counts of huge pages of 2 MiB, below a sysfs that may be a
 * test's.
 */
#ifndef BASE_HUGE_H
#define BASE_HUGE_H

#include <stdint.h>

/**
 * huge_count - one of the counts
 * @sys:  where sysfs is mounted
 * @leaf: "nr_hugepages", "free_hugepages", ...
 *
 * Return: pages; 0 also when the kernel has no such count.
 * Source: Documentation/admin-guide/mm/hugetlbpage.rst
 */
uint64_t huge_count(const char *sys, const char *leaf);

/**
 * huge_available - pages that somebody may still have
 * @sys: where sysfs is mounted
 *
 * Those that are free may be promised to somebody who has not touched them.
 */
uint64_t huge_available(const char *sys);

#endif
