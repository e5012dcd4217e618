/* SPDX-License-Identifier: BSD-2-Clause */
/* Open addressing with a short look: the cost of an exit stays what it was. */
#include "base/tally.h"

#include <stdbool.h>

#define LOOKS 16

static bool is_free(const struct tally_row *r)
{
	return !r->reads && !r->writes;
}

static struct tally_row *find(struct tally *t, uint64_t key)
{
	/* Fibonacci hashing: neighbours of a register land apart */
	uint64_t at = key * UINT64_C(0x9e3779b97f4a7c15) >> 32;

	for (unsigned i = 0; i < LOOKS; i++) {
		struct tally_row *r = &t->row[(at + i) % TALLY_ROWS];

		if (is_free(r))
			r->key = key;
		if (r->key == key)
			return r;
	}
	return &t->other;
}

void tally_read(struct tally *t, uint64_t key)
{
	find(t, key)->reads++;
}

void tally_write(struct tally *t, uint64_t key)
{
	find(t, key)->writes++;
}

static bool before(const struct tally_row *a, const struct tally_row *b)
{
	uint64_t na = a->reads + a->writes;
	uint64_t nb = b->reads + b->writes;

	return na != nb ? na > nb : a->key < b->key;
}

/* Puts @r at its place among @n sorted rows; the last one may fall out. */
static unsigned insert(struct tally_row *out, unsigned n, unsigned max,
		       const struct tally_row *r)
{
	unsigned at = n;

	while (at && before(r, &out[at - 1]))
		at--;
	if (at == max)
		return n;
	if (n < max)
		n++;
	for (unsigned i = n - 1; i > at; i--)
		out[i] = out[i - 1];
	out[at] = *r;
	return n;
}

unsigned tally_top(const struct tally *t, struct tally_row *out, unsigned max)
{
	unsigned n = 0;

	for (unsigned i = 0; i < TALLY_ROWS; i++)
		if (!is_free(&t->row[i]))
			n = insert(out, n, max, &t->row[i]);
	return n;
}

struct tally_row tally_rest(const struct tally *t, const struct tally_row *top,
			    unsigned n)
{
	struct tally_row sum = t->other;

	for (unsigned i = 0; i < TALLY_ROWS; i++) {
		sum.reads += t->row[i].reads;
		sum.writes += t->row[i].writes;
	}
	for (unsigned i = 0; i < n; i++) {
		sum.reads -= top[i].reads;
		sum.writes -= top[i].writes;
	}
	sum.key = 0;
	return sum;
}
