/* SPDX-License-Identifier: BSD-2-Clause */
/* Locks, shared memory and events of the management processor. */
#include "tests/unit/test_twin_body.h"

TestSuite(twin_ape, .init = setup, .fini = teardown);

enum { GRC = 1, MEM = 4, GPIO = 7, FN0 = 0x1000, FN1 = 2 };

static void ask(unsigned int fn, unsigned int lock, uint32_t bit)
{
	ape_set(fn, 0x8400 + 4 * lock, bit);
}

static void give_back(unsigned int fn, unsigned int lock, uint32_t bit)
{
	ape_set(fn, 0x8420 + 4 * lock, bit);
}

static uint32_t owner(unsigned int lock)
{
	uint32_t bit = ape(0, 0x8420 + 4 * lock);

	cr_assert_eq(ape(1, 0x8420 + 4 * lock), bit, "both see the same");
	return bit;
}

Test(twin_ape, every_lock_is_taken_and_given_back)
{
	for (unsigned int l = 0; l < BCM_APE_LOCKS; l++) {
		cr_assert_eq(owner(l), 0);
		ask(0, l, FN0);
		cr_assert_eq(owner(l), FN0);
		give_back(0, l, FN0);
		cr_assert_eq(owner(l), 0);
	}
}

Test(twin_ape, the_other_function_waits_for_its_turn)
{
	ask(0, GRC, FN0);
	ask(1, GRC, FN1);
	cr_assert_eq(owner(GRC), FN0);
	give_back(0, GRC, FN0);
	cr_assert_eq(owner(GRC), FN1);
	give_back(1, GRC, FN1);
	cr_assert_eq(owner(GRC), 0);
}

Test(twin_ape, a_wish_taken_back_is_not_granted)
{
	ask(0, MEM, FN0);
	ask(1, MEM, FN1);
	give_back(1, MEM, FN1);
	give_back(0, MEM, FN0);
	cr_assert_eq(owner(MEM), 0);
}

Test(twin_ape, order_is_the_order_of_asking)
{
	ask(0, GPIO, 1);
	for (uint32_t bit = 2; bit <= 0x100; bit <<= 1)
		ask(0, GPIO, bit);
	for (uint32_t bit = 1; bit <= 0x100; bit <<= 1) {
		cr_assert_eq(owner(GPIO), bit);
		give_back(0, GPIO, bit);
	}
	cr_assert_eq(owner(GPIO), 0);
}

Test(twin_ape, asking_again_changes_nothing)
{
	ask(0, GRC, FN0);
	for (int i = 0; i < 100; i++) {
		ask(0, GRC, FN0);
		ask(1, GRC, FN1);
	}
	give_back(0, GRC, FN0);
	give_back(1, GRC, FN1);
	cr_assert_eq(owner(GRC), 0);
}

Test(twin_ape, a_stale_release_of_a_free_lock_does_nothing)
{
	for (unsigned int l = 0; l < BCM_APE_LOCKS; l++)
		give_back(1, l, FN1);
	ask(0, GRC, FN0);
	give_back(1, GRC, FN1);
	cr_assert_eq(owner(GRC), FN0);
}

Test(twin_ape, more_wishes_than_places_are_forgotten)
{
	for (uint32_t i = 1; i < 10000; i++)
		ask(0, GRC, i);
	cr_assert_eq(owner(GRC), 1);
	for (uint32_t i = 1; i < 10000; i++)
		give_back(0, GRC, i);
	cr_assert_eq(owner(GRC), 0);
}

Test(twin_ape, asking_with_nothing_is_no_wish)
{
	ask(0, GRC, 0);
	cr_assert_eq(owner(GRC), 0);
	give_back(0, GRC, 0);
	ask(1, GRC, FN1);
	cr_assert_eq(owner(GRC), FN1);
}

Test(twin_ape, flr_gives_up_what_the_function_held_and_wanted)
{
	ask(1, 2, 0x1000); /* the lock of PHY 1 */
	ask(1, GRC, FN1);
	ask(0, MEM, FN0);
	ask(1, MEM, FN1);
	ask(0, GPIO, FN0);
	ask(0, 0, 0x1000);
	flr(1);
	cr_assert_eq(owner(2), 0);
	cr_assert_eq(owner(GRC), 0);
	cr_assert_eq(owner(MEM), FN0);
	cr_assert_eq(owner(GPIO), FN0);
	cr_assert_eq(owner(0), 0x1000);
	give_back(0, MEM, FN0);
	cr_assert_eq(owner(MEM), 0);
}

Test(twin_ape, flr_frees_locks_taken_with_any_bit)
{
	ask(1, 0, 0x1000); /* not the lock of its own PHY */
	ask(1, GRC, 0x80000000);
	ask(1, MEM, FN0);
	ask(0, GPIO, FN0);
	ask(1, GPIO, 0x4000);
	bcm_flr(chip, 1);
	decode();
	cr_assert_eq(owner(0), 0);
	cr_assert_eq(owner(GRC), 0);
	cr_assert_eq(owner(MEM), 0);
	give_back(0, GPIO, FN0);
	cr_assert_eq(owner(GPIO), 0);
}

Test(twin_ape, bus_reset_frees_every_lock)
{
	for (unsigned int l = 0; l < BCM_APE_LOCKS; l++) {
		ask(l % 2, l, 1 << l);
		ask(!(l % 2), l, 0x8000);
	}
	bus_reset();
	for (unsigned int l = 0; l < BCM_APE_LOCKS; l++)
		cr_assert_eq(owner(l), 0);
}

/* At probe a driver gives back all locks of all PHYs, not only of its own. */
Test(twin_ape, nobody_gives_back_what_the_other_function_has)
{
	ask(0, 0, 0x1000);
	give_back(1, 0, 0x1000);
	cr_assert_eq(owner(0), 0x1000);
	give_back(0, 0, 0x1000);
	cr_assert_eq(owner(0), 0);
}

Test(twin_ape, core_reset_leaves_locks_alone)
{
	ask(0, GRC, FN0);
	core_reset(0);
	cr_assert_eq(owner(GRC), FN0);
}

Test(twin_ape, without_firmware_shared_memory_is_silent)
{
	cr_assert_eq(ape(0, 0x4000), 0);
	cr_assert_eq(ape(0, 0x400c), 0);
	ape_set(0, 0x4300, 0x80000000);
	ape_set(0, 0x000c, 1);
	cr_assert_eq(ape(0, 0x4300), 0x80000000, "nobody is there");
}

Test(twin_ape, firmware_introduces_itself_and_takes_events)
{
	struct bcm_options o = bcm_options_default();

	o.asf = true;
	power_on(&o);
	cr_assert_eq(ape(0, 0x4000), 0x41504521);
	cr_assert_eq(ape(1, 0x400c) & 0x100, 0x100);
	cr_assert_eq(ape(0, 0x4010) & 2, 0, "no NC-SI");
	cr_assert_neq(ape(0, 0x4018), 0);
	ape_set(0, 0x4300, 0x80010510);
	cr_assert_eq(ape(0, 0x4300), 0x80010510);
	ape_set(0, 0x000c, 1);
	cr_assert_eq(ape(0, 0x4300), 0x00010510);
	cr_assert_eq(ape(0, 0x000c), 0);
}

Test(twin_ape, hosts_write_their_segment_and_nothing_else)
{
	for (uint32_t off = 0; off < 0x8400; off += 4)
		ape_set(0, off, UINT32_MAX);
	for (uint32_t off = 0x8440; off < BCM_BAR_SIZE; off += 4)
		ape_set(0, off, UINT32_MAX);
	cr_assert_eq(ape(1, 0x4200), UINT32_MAX, "shared");
	cr_assert_eq(ape(1, 0x4224), UINT32_MAX);
	cr_assert_eq(ape(0, 0x4000), 0);
	cr_assert_eq(ape(0, 0x41fc), 0);
	cr_assert_eq(ape(0, 0x5000), 0);
	cr_assert_eq(ape(0, 0x0000), 0);
	cr_assert_eq(ape(0, 0xfffc), 0);
	cr_assert_eq(owner(GRC), 0);
}

Test(twin_ape, shared_memory_outlives_resets)
{
	ape_set(0, 0x4208, 7);
	core_reset(0);
	flr(0);
	bus_reset();
	cr_assert_eq(ape(0, 0x4208), 7);
}

/* The owner's memory in place of the chip's: all of it, and nothing beside it
 */
Test(twin_ape, shared_memory_lies_where_its_owner_wants_it)
{
	static uint32_t shm[1 + BCM_SHM_SIZE / 4 + 1];
	struct bcm_options o = bcm_options_default();

	o.asf = true;
	o.shm = shm + 1;
	power_on(&o);
	cr_assert_eq(shm[1], 0x41504521, "firmware introduces itself there");
	ape_set(0, 0x4200, 0x11111111);
	ape_set(1, 0x4ffc, 0x22222222);
	cr_assert_eq(shm[1 + 0x200 / 4], 0x11111111);
	cr_assert_eq(shm[1 + 0xffc / 4], 0x22222222);
	shm[1 + 0x204 / 4] = 0x33333333;
	cr_assert_eq(ape(0, 0x4204), 0x33333333);
	cr_assert_eq(ape(1, 0x4204), 0x33333333);
	cr_assert_eq(shm[0], 0);
	cr_assert_eq(shm[1 + BCM_SHM_SIZE / 4], 0);
	cr_assert_eq(ape(0, 0x3ffc), 0);
	cr_assert_eq(ape(0, 0x5000), 0);
}

/* What a driver wrote there unseen is what the next event is about. */
Test(twin_ape, event_in_memory_that_was_written_unseen)
{
	static uint32_t shm[BCM_SHM_SIZE / 4];
	struct bcm_options o = bcm_options_default();

	o.asf = true;
	o.shm = shm;
	power_on(&o);
	shm[0x300 / 4] = 0x80010510;
	cr_assert_eq(ape(1, 0x4300), 0x80010510);
	ape_set(1, 0x000c, 1);
	cr_assert_eq(shm[0x300 / 4], 0x00010510);
}
