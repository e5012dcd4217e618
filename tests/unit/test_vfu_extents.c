/* SPDX-License-Identifier: BSD-2-Clause */
/* Extents: joins, cuts, the end of the address space, and any order of both. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <criterion/criterion.h>

#include "tests/twin/server/extents.h"

enum { PAGE = 0x1000 };

static struct vfu_extent ext(uint64_t iova, uint64_t len, uint64_t off)
{
	return (struct vfu_extent){.iova = iova,
				   .last = iova + len - 1,
				   .file = (void *)8,
				   .off = off,
				   .prot = 3};
}

static void add(struct vfu_extents *x, struct vfu_extent e)
{
	cr_assert_eq(vfu_extents_add(x, e), 0);
}

static uint64_t cut(struct vfu_extents *x, uint64_t iova, uint64_t last)
{
	uint64_t bytes = 0;

	cr_assert_eq(vfu_extents_cut(x, iova, last, &bytes), 0);
	return bytes;
}

/* File offset that @iova is mapped to, or -1 */
static int64_t where(const struct vfu_extents *x, uint64_t iova)
{
	const struct vfu_extent *e = vfu_extents_find(x, iova);

	return e ? (int64_t)(e->off + (iova - e->iova)) : -1;
}

Test(test_vfu_extents, nothing_is_found_in_nothing)
{
	struct vfu_extents x = {0};

	cr_assert_null(vfu_extents_find(&x, 0));
	cr_assert_eq(cut(&x, 0, UINT64_MAX), 0);
	vfu_extents_fini(&x);
}

Test(test_vfu_extents, neighbours_that_continue_each_other_are_one)
{
	struct vfu_extents x = {0};

	add(&x, ext(PAGE, PAGE, PAGE));
	add(&x, ext(3 * PAGE, PAGE, 3 * PAGE));
	cr_assert_eq(x.n, 2);
	add(&x, ext(2 * PAGE, PAGE, 2 * PAGE));
	cr_assert_eq(x.n, 1, "the gap is filled");
	add(&x, ext(0, PAGE, 0));
	add(&x, ext(4 * PAGE, PAGE, 4 * PAGE));
	cr_assert_eq(x.n, 1);
	for (uint64_t a = 0; a < 5 * PAGE; a += 0x800)
		cr_assert_eq(where(&x, a), (int64_t)a);
	cr_assert_eq(where(&x, 5 * PAGE), -1);
	vfu_extents_fini(&x);
}

Test(test_vfu_extents, neighbours_of_other_file_offset_or_rights_are_not)
{
	struct vfu_extents x = {0};
	struct vfu_extent e = ext(PAGE, PAGE, PAGE);

	add(&x, ext(0, PAGE, 0));
	e.off = 0;
	add(&x, e);
	e = ext(2 * PAGE, PAGE, PAGE);
	e.file = (void *)16;
	add(&x, e);
	e = ext(3 * PAGE, PAGE, 2 * PAGE);
	e.file = (void *)16;
	e.prot = 1;
	add(&x, e);
	cr_assert_eq(x.n, 4);
	vfu_extents_fini(&x);
}

Test(test_vfu_extents, without_a_file_offsets_do_not_matter)
{
	struct vfu_extents x = {0};
	struct vfu_extent e = ext(0, PAGE, 0);

	e.file = NULL;
	add(&x, e);
	e.iova = PAGE;
	e.last = 2 * PAGE - 1;
	add(&x, e);
	cr_assert_eq(x.n, 1);
	vfu_extents_fini(&x);
}

Test(test_vfu_extents, overlap_is_refused)
{
	struct vfu_extents x = {0};

	add(&x, ext(PAGE, 2 * PAGE, 0));
	cr_assert_eq(vfu_extents_add(&x, ext(PAGE, 2 * PAGE, 0)), -EEXIST);
	cr_assert_eq(vfu_extents_add(&x, ext(0, PAGE + 1, 0)), -EEXIST);
	cr_assert_eq(vfu_extents_add(&x, ext(3 * PAGE - 1, PAGE, 0)), -EEXIST);
	cr_assert_eq(vfu_extents_add(&x, ext(0, 8 * PAGE, 0)), -EEXIST);
	cr_assert_eq(vfu_extents_add(&x, ext(PAGE + 1, 1, 0)), -EEXIST);
	cr_assert_eq(x.n, 1);
	vfu_extents_fini(&x);
}

Test(test_vfu_extents, cut_in_the_middle_makes_two)
{
	struct vfu_extents x = {0};

	add(&x, ext(0, 8 * PAGE, 0x100000));
	cr_assert_eq(cut(&x, 3 * PAGE, 4 * PAGE - 1), PAGE);
	cr_assert_eq(x.n, 2);
	cr_assert_eq(where(&x, 3 * PAGE - 1), 0x100000 + 3 * PAGE - 1);
	cr_assert_eq(where(&x, 3 * PAGE), -1);
	cr_assert_eq(where(&x, 4 * PAGE - 1), -1);
	cr_assert_eq(where(&x, 4 * PAGE), 0x100000 + 4 * PAGE);
	vfu_extents_fini(&x);
}

Test(test_vfu_extents, cut_at_both_ends)
{
	struct vfu_extents x = {0};

	add(&x, ext(PAGE, 4 * PAGE, 0));
	cr_assert_eq(cut(&x, 0, 2 * PAGE - 1), PAGE);
	cr_assert_eq(cut(&x, 4 * PAGE, 9 * PAGE), PAGE);
	cr_assert_eq(where(&x, 2 * PAGE), PAGE);
	cr_assert_eq(where(&x, 4 * PAGE), -1);
	cr_assert_eq(x.n, 1);
	vfu_extents_fini(&x);
}

Test(test_vfu_extents, up_to_the_end_of_all_addresses)
{
	struct vfu_extents x = {0};
	uint64_t top = UINT64_MAX - PAGE + 1;

	add(&x, ext(top, PAGE, 0));
	add(&x, ext(0, PAGE, PAGE));
	cr_assert_eq(x.n, 2, "2^64 does not continue at 0");
	cr_assert_eq(where(&x, UINT64_MAX), PAGE - 1);
	cr_assert_eq(cut(&x, PAGE, UINT64_MAX), PAGE);
	cr_assert_eq(where(&x, UINT64_MAX), -1);
	cr_assert_eq(cut(&x, 0, UINT64_MAX), PAGE);
	add(&x, (struct vfu_extent){.last = UINT64_MAX});
	cr_assert_not_null(vfu_extents_find(&x, 1));
	cr_assert_eq(cut(&x, 1, UINT64_MAX - 1), UINT64_MAX - 1);
	cr_assert_eq(x.n, 2);
	vfu_extents_fini(&x);
}

Test(test_vfu_extents, last_below_first)
{
	struct vfu_extents x = {0};
	struct vfu_extent e = {.iova = 1};

	cr_assert_eq(vfu_extents_add(&x, e), -EINVAL);
	vfu_extents_fini(&x);
}

static void count(void *ctx, struct vfu_file *file, int change)
{
	(void)file;
	*(long *)ctx += change;
}

/* Any order of adds and cuts, held against an array of a small space */
Test(test_vfu_extents, like_an_array_whatever_happens)
{
	enum { SPACE = 4096, STEPS = 60000 };
	static int64_t model[SPACE];
	struct vfu_extents x = {.count = count};
	long refs = 0;

	x.ctx = &refs;
	srand(5720);
	memset(model, -1, sizeof(model));
	for (unsigned i = 0; i < STEPS; i++) {
		uint64_t a = (uint64_t)rand() % SPACE;
		uint64_t n = 1 + (uint64_t)rand() % (rand() % 50 ? 3 : 600);
		uint64_t z = a + n < SPACE ? a + n : SPACE;
		uint64_t off = rand() % 2 ? a : 7 * a;
		uint64_t had = 0;

		for (uint64_t k = a; k < z; k++)
			had += model[k] >= 0;
		if (rand() % 3) {
			int rc = vfu_extents_add(&x, ext(a, z - a, off));

			cr_assert_eq(rc, had ? -EEXIST : 0);
			for (uint64_t k = a; k < z && !rc; k++)
				model[k] = (int64_t)(off + (k - a));
		} else {
			cr_assert_eq(cut(&x, a, z - 1), had);
			for (uint64_t k = a; k < z; k++)
				model[k] = -1;
		}
		a = (uint64_t)rand() % SPACE;
		cr_assert_eq(where(&x, a), model[a], "step %u", i);
		cr_assert_eq(refs, (long)x.n);
	}
	for (uint64_t k = 0; k < SPACE; k++)
		cr_assert_eq(where(&x, k), model[k]);
	vfu_extents_fini(&x);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Scattered pages, addresses that fall: the worst order for an array */
Test(test_vfu_extents, hundred_thousand_pages_in_little_time)
{
	enum { N = 100000 };
	struct vfu_extents x = {0};
	double start = seconds();

	for (uint64_t i = N; i > 0; i--)
		add(&x, ext(i * PAGE, PAGE, (i * 7919 % N) * PAGE));
	cr_assert_eq(x.n, N);
	for (uint64_t i = N; i > 0; i--)
		cr_assert_eq(where(&x, i * PAGE + 5),
			     (int64_t)((i * 7919 % N) * PAGE + 5));
	for (uint64_t i = N; i > 0; i--)
		cr_assert_eq(cut(&x, i * PAGE, i * PAGE + PAGE - 1), PAGE);
	cr_assert_eq(x.n, 0);
	cr_assert_lt(seconds() - start, 5.0, "%f s", seconds() - start);
	vfu_extents_fini(&x);
}
