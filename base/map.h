/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sorted, disjoint address ranges, each with a value.
 *
 * Serves the I/O buses (who answers at this address?), memory slots and IOVA
 * bookkeeping.  Lookup is a binary search; a change moves the tail.  No lock:
 * whoever owns the map serialises it.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/range.h"

struct map_entry {
	struct range r;
	void *val;
};

struct map {
	struct map_entry *v; /* sorted by r.start, never overlapping */
	size_t n;
	size_t cap;
};

/** map_init - make @m empty; owns nothing yet */
void map_init(struct map *m);

/** map_fini - free what @m holds; the values are the caller's */
void map_fini(struct map *m);

/**
 * map_add - add @r with @val (may be NULL)
 *
 * Return: 0; -EINVAL for an empty or wrapping range; -EEXIST when it overlaps
 *         one that is there; -ENOMEM.  Sets no message.
 */
int map_add(struct map *m, struct range r, void *val)
	__attribute__((warn_unused_result));

/**
 * map_del - remove the entry that starts at @start
 *
 * Return: 0, or -ENOENT.  Sets no message.
 */
int map_del(struct map *m, uint64_t start);

/** map_find - the entry that has address @a, or NULL; valid until a change */
const struct map_entry *map_find(const struct map *m, uint64_t a);

/** map_overlap - an entry that overlaps @r, or NULL; valid until a change */
const struct map_entry *map_overlap(const struct map *m, struct range r);

#endif
