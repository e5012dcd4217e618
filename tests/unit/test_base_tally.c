/* SPDX-License-Identifier: BSD-2-Clause */
/* What is counted is found again, in order, and nothing is lost when it is
 * full.
 */
#include <criterion/criterion.h>

#include "base/bytes.h"
#include "base/tally.h"

static struct tally t;

Test(base_tally, empty)
{
	struct tally_row top[4];

	cr_assert_eq(tally_top(&t, top, 4), 0);
	cr_assert_eq(tally_rest(&t, top, 0).reads, 0);
}

Test(base_tally, the_most_used_come_first)
{
	struct tally_row top[2];
	struct tally_row rest;

	tally_read(&t, 0);
	for (unsigned i = 0; i < 3; i++)
		tally_write(&t, 0x6804);
	tally_read(&t, 0x6804);
	tally_read(&t, 7);
	tally_write(&t, 7);
	cr_assert_eq(tally_top(&t, top, 2), 2);
	cr_assert_eq(top[0].key, 0x6804);
	cr_assert_eq(top[0].reads, 1);
	cr_assert_eq(top[0].writes, 3);
	cr_assert_eq(top[1].key, 7);
	rest = tally_rest(&t, top, 2);
	cr_assert_eq(rest.reads, 1, "key 0 is a key");
	cr_assert_eq(rest.writes, 0);
}

Test(base_tally, equal_ones_by_key)
{
	static const uint64_t keys[] = {9, 3, 5};
	struct tally_row top[3];

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		tally_read(&t, keys[i]);
	cr_assert_eq(tally_top(&t, top, 3), 3);
	cr_assert_eq(top[0].key, 3);
	cr_assert_eq(top[1].key, 5);
	cr_assert_eq(top[2].key, 9);
}

Test(base_tally, a_full_table_still_sums_up)
{
	static struct tally_row top[2 * TALLY_ROWS];
	unsigned n;
	uint64_t sum = 0;

	for (uint64_t key = 0; key < 10 * TALLY_ROWS; key++) {
		tally_read(&t, key << 2);
		tally_write(&t, key << 2);
	}
	n = tally_top(&t, top, ARRAY_SIZE(top));
	cr_assert_gt(n, TALLY_ROWS / 2);
	cr_assert_leq(n, TALLY_ROWS);
	for (unsigned i = 0; i < n; i++)
		sum += top[i].reads;
	cr_assert_eq(sum + tally_rest(&t, top, n).reads, 10 * TALLY_ROWS);
	cr_assert_eq(sum + tally_rest(&t, top, n).writes, 10 * TALLY_ROWS);
	cr_assert_gt(tally_rest(&t, top, n).reads, 0);
	cr_assert_eq(tally_top(&t, top, 5), 5);
}
