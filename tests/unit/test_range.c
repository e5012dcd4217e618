/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ranges and maps of ranges.
 *
 * Both are compared with models too simple to be wrong: range arithmetic with
 * 128-bit integers, the map with an array that says who owns each address.
 */
#include <criterion/criterion.h>

#include <errno.h>

#include "base/bytes.h"
#include "base/map.h"
#include "base/range.h"

#define TOP UINT64_MAX

/* A generator with a fixed seed: a failure comes again */
static uint64_t next_random(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

/* range.h */

Test(base_range, ok_up_to_the_last_address)
{
	cr_assert(range_ok((struct range){0, 0}));
	cr_assert(range_ok((struct range){TOP, 0}));
	cr_assert(range_ok((struct range){TOP, 1}));
	cr_assert(range_ok((struct range){1, TOP}));
	cr_assert(range_ok((struct range){0, TOP}));
	cr_assert_not(range_ok((struct range){TOP, 2}));
	cr_assert_not(range_ok((struct range){2, TOP}));
	cr_assert_not(range_ok((struct range){TOP, TOP}));
}

Test(base_range, ends_at_the_top_of_the_address_space)
{
	struct range r = {TOP - 0xfff, 0x1000};

	cr_assert_eq(range_last(r), TOP);
	cr_assert_eq(range_end(r), 0);
	cr_assert(range_has(r, TOP));
	cr_assert(range_has(r, TOP - 0xfff));
	cr_assert_not(range_has(r, TOP - 0x1000));
	cr_assert_not(range_has(r, 0), "must not wrap to 0");
}

Test(base_range, the_empty_range_has_and_overlaps_nothing)
{
	struct range none = {0x1000, 0};
	struct range all = {0, TOP};

	cr_assert_not(range_has(none, 0x1000));
	cr_assert_not(range_overlaps(none, all));
	cr_assert_not(range_overlaps(all, none));
	cr_assert_not(range_in(none, all));
	cr_assert_not(range_in(all, none));
}

Test(base_range, inside_means_every_byte)
{
	struct range out = {0x1000, 0x1000};

	cr_assert(range_in(out, out));
	cr_assert(range_in((struct range){0x1000, 1}, out));
	cr_assert(range_in((struct range){0x1fff, 1}, out));
	cr_assert_not(range_in((struct range){0x0fff, 2}, out));
	cr_assert_not(range_in((struct range){0x1fff, 2}, out));
	cr_assert_not(range_in((struct range){0x2000, 1}, out));
	/* wraps round to end inside again */
	cr_assert_not(range_in((struct range){0x1800, TOP - 0x3ff}, out));
	cr_assert_not(range_in((struct range){0x1000, TOP}, out));
}

Test(base_range, neighbours_do_not_overlap)
{
	struct range a = {0x1000, 0x1000};

	cr_assert_not(range_overlaps(a, (struct range){0x2000, 0x1000}));
	cr_assert_not(range_overlaps(a, (struct range){0, 0x1000}));
	cr_assert(range_overlaps(a, (struct range){0x1fff, 1}));
	cr_assert(range_overlaps(a, (struct range){0, 0x1001}));
	cr_assert(range_overlaps(a, (struct range){0, TOP}));
	cr_assert(range_overlaps((struct range){0x1800, 1}, a));
}

static bool wide_in(struct range a, struct range b)
{
	unsigned __int128 a_end = (unsigned __int128)a.start + a.len;
	unsigned __int128 b_end = (unsigned __int128)b.start + b.len;

	return a.len && a.start >= b.start && a_end <= b_end;
}

static bool wide_overlaps(struct range a, struct range b)
{
	unsigned __int128 a_end = (unsigned __int128)a.start + a.len;
	unsigned __int128 b_end = (unsigned __int128)b.start + b.len;

	return a.len && b.len && a.start < b_end && b.start < a_end;
}

/* Small ranges that crowd at both ends of the address space */
static struct range random_range(uint64_t *s)
{
	uint64_t start = next_random(s) % 16;
	uint64_t len = next_random(s) % 12;

	if (next_random(s) & 1)
		start = TOP - start;
	return (struct range){start, len};
}

Test(base_range, agrees_with_wide_arithmetic)
{
	uint64_t s = 88172645463325252u;

	for (int i = 0; i < 200000; i++) {
		struct range a = random_range(&s);
		struct range b = random_range(&s);
		unsigned __int128 end = (unsigned __int128)a.start + a.len;

		cr_assert_eq(range_ok(a), end <= (unsigned __int128)TOP + 1);
		if (!range_ok(b))
			continue;
		cr_assert_eq(range_in(a, b), wide_in(a, b),
			     "%#lx+%lu in %#lx+%lu", a.start, a.len, b.start,
			     b.len);
		if (!range_ok(a))
			continue;
		cr_assert_eq(range_overlaps(a, b), wide_overlaps(a, b),
			     "%#lx+%lu over %#lx+%lu", a.start, a.len, b.start,
			     b.len);
	}
}

/* map.h */

Test(base_map, an_empty_map_finds_nothing)
{
	struct map m;

	map_init(&m);
	cr_assert_null(map_find(&m, 0));
	cr_assert_null(map_overlap(&m, (struct range){0, TOP}));
	cr_assert_eq(map_del(&m, 0), -ENOENT);
	map_fini(&m);
	map_fini(&m);
}

Test(base_map, refuses_empty_wrapping_and_overlapping_ranges)
{
	struct map m;

	map_init(&m);
	cr_assert_eq(map_add(&m, (struct range){5, 0}, NULL), -EINVAL);
	cr_assert_eq(map_add(&m, (struct range){TOP, 2}, NULL), -EINVAL);
	cr_assert_eq(map_add(&m, (struct range){0x1000, 0x1000}, &m), 0);
	cr_assert_eq(map_add(&m, (struct range){0x1fff, 1}, NULL), -EEXIST);
	cr_assert_eq(map_add(&m, (struct range){0, 0x1001}, NULL), -EEXIST);
	cr_assert_eq(map_add(&m, (struct range){0, TOP}, NULL), -EEXIST);
	cr_assert_eq(m.n, 1);
	cr_assert_eq(map_find(&m, 0x1000)->val, &m);
	map_fini(&m);
}

Test(base_map, holds_the_last_byte_of_the_address_space)
{
	struct map m;

	map_init(&m);
	cr_assert_eq(map_add(&m, (struct range){TOP, 1}, &m), 0);
	cr_assert_eq(map_add(&m, (struct range){0, 1}, NULL), 0);
	cr_assert_eq(map_find(&m, TOP)->val, &m);
	cr_assert_eq(map_find(&m, 0)->val, NULL);
	cr_assert_null(map_find(&m, 1));
	cr_assert_null(map_find(&m, TOP - 1));
	cr_assert_eq(map_add(&m, (struct range){1, TOP - 1}, NULL), 0);
	cr_assert_eq(map_find(&m, TOP - 1)->r.start, 1);
	map_fini(&m);
}

Test(base_map, removes_by_start_only)
{
	struct map m;

	map_init(&m);
	cr_assert_eq(map_add(&m, (struct range){0x1000, 0x1000}, NULL), 0);
	cr_assert_eq(map_del(&m, 0x1001), -ENOENT);
	cr_assert_eq(map_del(&m, 0xfff), -ENOENT);
	cr_assert_eq(map_del(&m, 0x1000), 0);
	cr_assert_eq(map_del(&m, 0x1000), -ENOENT);
	cr_assert_eq(m.n, 0);
	map_fini(&m);
}

#define SPACE 256 /* addresses of the model */

/* Who owns each address: start of its range + 1, or 0 */
struct model {
	unsigned owner[SPACE];
};

static bool model_free(const struct model *w, struct range r)
{
	for (uint64_t a = r.start; a < r.start + r.len; a++) {
		if (w->owner[a])
			return false;
	}
	return true;
}

static void model_set(struct model *w, struct range r, unsigned owner)
{
	for (uint64_t a = r.start; a < r.start + r.len; a++)
		w->owner[a] = owner;
}

static void try_add(struct map *m, struct model *w, uint64_t *s)
{
	struct range r = {next_random(s) % SPACE, 0};
	unsigned owner = (unsigned)r.start + 1;
	int want;

	r.len = min_u64(next_random(s) % 20, SPACE - r.start);
	want = r.len == 0 ? -EINVAL : model_free(w, r) ? 0 : -EEXIST;
	cr_assert_eq(map_overlap(m, r) != NULL, want == -EEXIST);
	cr_assert_eq(map_add(m, r, &w->owner[r.start]), want);
	if (want == 0)
		model_set(w, r, owner);
}

static void try_del(struct map *m, struct model *w, uint64_t *s)
{
	uint64_t start = next_random(s) % SPACE;
	const struct map_entry *e = map_find(m, start);
	bool there = w->owner[start] == start + 1;
	struct range r = e ? e->r : (struct range){0};

	cr_assert_eq(map_del(m, start), there ? 0 : -ENOENT);
	if (there)
		model_set(w, r, 0);
}

static void compare(const struct map *m, struct model *w)
{
	for (unsigned a = 0; a < SPACE; a++) {
		const struct map_entry *e = map_find(m, a);

		cr_assert_eq(e != NULL, w->owner[a] != 0, "at %u", a);
		if (!e)
			continue;
		cr_assert_eq(e->r.start + 1, w->owner[a]);
		cr_assert_eq(e->val, &w->owner[e->r.start]);
	}
	for (size_t i = 1; i < m->n; i++)
		cr_assert_lt(range_last(m->v[i - 1].r), m->v[i].r.start);
}

Test(base_map, agrees_with_a_naive_model)
{
	uint64_t s = 2463534242u;
	struct model w = {{0}};
	struct map m;

	map_init(&m);
	for (int i = 0; i < 20000; i++) {
		if (next_random(&s) % 3)
			try_add(&m, &w, &s);
		else
			try_del(&m, &w, &s);
		if (i % 16 == 0)
			compare(&m, &w);
	}
	compare(&m, &w);
	map_fini(&m);
	cr_assert_eq(m.n, 0);
	cr_assert_null(m.v);
}
