/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One address range: the only place where an offset and a length are added.
 *
 * A range never wraps once range_ok() said so; the empty range is legal and
 * contains nothing.  What space the addresses belong to (GPA, IOVA, file
 * offset) is the variable's name to tell.
 */
#ifndef BASE_RANGE_H
#define BASE_RANGE_H

#include <stdbool.h>
#include <stdint.h>

struct range {
	uint64_t start;
	uint64_t len;
};

/** range_ok - true when the last byte of @r is representable */
static inline bool range_ok(struct range r)
{
	return r.len == 0 || r.start + (r.len - 1) >= r.start;
}

/** range_last - address of the last byte of @r, which is ok and not empty */
static inline uint64_t range_last(struct range r)
{
	return r.start + (r.len - 1);
}

/** range_end - address behind the last byte; 0 when @r ends at 2^64 */
static inline uint64_t range_end(struct range r)
{
	return r.start + r.len;
}

/** range_has - true when address @a lies in @r */
static inline bool range_has(struct range r, uint64_t a)
{
	return a >= r.start && a - r.start < r.len;
}

/** range_in - true when @inner (not empty) lies wholly in @outer */
static inline bool range_in(struct range inner, struct range outer)
{
	return inner.len && range_ok(inner) && range_has(outer, inner.start) &&
	       range_has(outer, range_last(inner));
}

/** range_overlaps - true when @a and @b share a byte */
static inline bool range_overlaps(struct range a, struct range b)
{
	return a.len && b.len &&
	       (range_has(a, b.start) || range_has(b, a.start));
}

#endif
