/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guest physical memory as this process sees it: which GPA lies at which HVA,
 * and in which file, for processes that are to see the same memory.
 *
 * At most two pieces of RAM (below the PCI hole and above 4 GiB).  Every use
 * of a guest address goes through gmem_at(), which is the bounds check.
 * Allocation and memory slots are somebody else's.
 */
#ifndef BASE_GMEM_H
#define BASE_GMEM_H

#include <stddef.h>
#include <stdint.h>

#include "base/range.h"

#define GMEM_MAX 2

struct gmem_part {
	struct range gpa;
	uint8_t *hva;       /* gpa.len bytes; borrowed */
	int fd;             /* the file that holds it, borrowed; -1: none */
	uint64_t fd_offset; /* where in it */
};

struct gmem {
	struct gmem_part part[GMEM_MAX];
	unsigned n;
};

/**
 * gmem_at - host address of @len bytes of guest memory at @gpa
 *
 * Return: pointer, or NULL when not all of the bytes lie in one piece of RAM
 *         (or @len is 0).
 */
void *gmem_at(const struct gmem *m, uint64_t gpa, uint64_t len);

/**
 * gmem_cut - the part of RAM that is at @gpa, as a part by itself
 *
 * Return: with .gpa.len == 0 when not all of @gpa lies in one piece of RAM.
 */
struct gmem_part gmem_cut(const struct gmem *m, struct range gpa);

/**
 * gmem_write - copy @len bytes from @src to guest memory at @gpa
 *
 * Return: 0, or -EFAULT (no message) when the range is not all RAM.
 */
int gmem_write(const struct gmem *m, uint64_t gpa, const void *src, size_t len)
	__attribute__((warn_unused_result));

#endif
