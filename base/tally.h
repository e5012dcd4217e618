/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads and writes counted by key, in a table that does not grow.
 *
 * A key that finds no place is counted with the others that found none, so that
 * the sums are right whatever a guest does.  Does not know what a key means.
 * Zeroed memory is an empty table; whoever counts has it to himself.
 */
#ifndef BASE_TALLY_H
#define BASE_TALLY_H

#include <stdint.h>

#define TALLY_ROWS 256 /* a power of two */

struct tally_row {
	uint64_t key;
	uint64_t reads; /* no reads and no writes: the row is free */
	uint64_t writes;
};

struct tally {
	struct tally_row row[TALLY_ROWS];
	struct tally_row other; /* of keys without a row */
};

/** tally_read - count a read of @key */
void tally_read(struct tally *t, uint64_t key);

/** tally_write - count a write of @key */
void tally_write(struct tally *t, uint64_t key);

/**
 * tally_top - the keys with most reads and writes, those first
 * @out: room for @max rows; of equal ones the smaller key comes first
 *
 * Return: rows filled.
 */
unsigned tally_top(const struct tally *t, struct tally_row *out, unsigned max);

/** tally_rest - the sums of everything that is not among the @n rows @top */
struct tally_row tally_rest(const struct tally *t, const struct tally_row *top,
			    unsigned n);

#endif
