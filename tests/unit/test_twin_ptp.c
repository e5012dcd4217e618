/* SPDX-License-Identifier: BSD-2-Clause */
/* The PTP clock of the software BCM5720 and its time stamps. */
#include <criterion/criterion.h>

#include "tests/unit/twin_frames.h"
#include "tests/unit/twin_host.h"

#define SECOND UINT64_C(1000000000)

static struct th *h;
static struct tf f;

static void setup(void)
{
	h = th_new();
	th_up(h, (struct th_conf){.vectors = 1});
}

static void teardown(void)
{
	th_free(h);
}

TestSuite(twin_ptp, .init = setup, .fini = teardown);

static uint64_t clock_get(void)
{
	uint32_t lsb = th_rd(h, 0x6900);

	return (uint64_t)th_rd(h, 0x6904) << 32 | lsb;
}

static void clock_set(uint64_t ns)
{
	uint32_t ctl = th_rd(h, 0x6908);

	th_wr(h, 0x6908, ctl | 2);
	th_wr(h, 0x6900, (uint32_t)ns);
	th_wr(h, 0x6904, (uint32_t)(ns >> 32));
	th_wr(h, 0x6908, ctl | 4);
}

Test(twin_ptp, runs_from_where_it_is_set)
{
	clock_set(UINT64_C(1700000000) * SECOND);
	cr_expect_eq(clock_get(), UINT64_C(1700000000) * SECOND);
	th_later(h, 5 * SECOND);
	cr_expect_eq(clock_get(), UINT64_C(1700000005) * SECOND);
}

Test(twin_ptp, stands_while_stopped)
{
	clock_set(1000);
	th_wr(h, 0x6908, 2);
	th_later(h, SECOND);
	cr_expect_eq(clock_get(), 1000);
	th_wr(h, 0x6908, 4);
	th_later(h, SECOND);
	cr_expect_eq(clock_get(), SECOND + 1000);
	cr_expect_eq(th_rd(h, 0x6908) & 6, 0);
}

Test(twin_ptp, upper_half_belongs_to_the_lower)
{
	uint32_t lsb;

	clock_set(0xfffffffe);
	lsb = th_rd(h, 0x6900);
	th_later(h, 10);
	cr_expect_eq(lsb, 0xfffffffe);
	cr_expect_eq(th_rd(h, 0x6904), 0);
	cr_expect_eq(clock_get(), UINT64_C(0x100000008));
}

Test(twin_ptp, faster_and_slower)
{
	uint32_t ppm100 = 1678; /* 100e-6 * 2^24 */

	clock_set(0);
	th_wr(h, 0x6928, 0x80000000 | ppm100);
	th_later(h, 100 * SECOND);
	cr_expect_leq(clock_get() - 100 * SECOND, 10100000);
	cr_expect_geq(clock_get() - 100 * SECOND, 9900000);
	th_wr(h, 0x6928, 0xc0000000 | ppm100);
	th_later(h, 200 * SECOND);
	cr_expect_leq(300 * SECOND - clock_get(), 10100000);
	cr_expect_geq(300 * SECOND - clock_get(), 9900000);
	th_wr(h, 0x6928, 0);
	clock_set(7);
	th_later(h, SECOND);
	cr_expect_eq(clock_get(), SECOND + 7);
}

Test(twin_ptp, runs_through_a_core_reset)
{
	clock_set(5 * SECOND);
	th_wr(h, 0x6804, 0x20000001);
	th_later(h, SECOND);
	cr_expect_eq(clock_get(), 6 * SECOND);
}

Test(twin_ptp, corrected_clock_does_not_jump_at_a_reset)
{
	uint64_t before;

	clock_set(0);
	th_wr(h, 0x6928, 0x80ffffff);
	th_later(h, 10 * SECOND);
	before = clock_get();
	cr_expect_gt(before, 19 * SECOND);
	th_wr(h, 0x6804, 0x20000001);
	cr_expect_eq(clock_get(), before);
	bcm_bus_reset(h->chip);
	th_cfg_wr(h, 0x04, 6, 2);
	cr_expect_eq(clock_get(), before);
	cr_expect_eq(th_rd(h, 0x6928), 0x80ffffff);
}

Test(twin_ptp, stamp_of_a_sent_frame)
{
	tf_eth(&f, 0x88f7, 60);
	clock_set(UINT64_C(0x500000007));
	th_tx(h, f.p, 60, 0, 0);
	cr_expect_eq(th_rd(h, 0x5c0), 0, "not asked for");
	th_tx(h, f.p, 60, 0x20, 0);
	cr_expect_eq(th_rd(h, 0x5c0), 7);
	cr_expect_eq(th_rd(h, 0x5c4), 5);
}

/* Flags of time stamps that the frame is returned with */
static uint32_t stamped(void)
{
	unsigned int at = th_rd(h, 0x3c80);

	th_rx(h, f.p, f.len);
	cr_assert_eq(th_rd(h, 0x3c80), at + 1);
	return th_ret(h, 0, at, 3) & 0x210;
}

static void sync_message(bool udp, uint8_t kind, uint8_t version)
{
	size_t at = 14;

	if (udp) {
		tf_ip(&f, false, 17, 44);
		tf_be16(f.p + f.l4 + 2, 319);
		at = f.l4 + 8;
	} else {
		tf_eth(&f, 0x88f7, 60);
	}
	memset(f.p + at, 0, 44);
	f.p[at] = version == 2 ? kind : 1;
	f.p[at + 1] = version;
	f.p[at + 32] = version == 1 ? kind : 0;
}

Test(twin_ptp, stamp_of_a_received_frame)
{
	sync_message(false, 0, 2);
	cr_expect_eq(stamped(), 0, "off");
	th_wr(h, 0x6c8, 0x0580000f);
	clock_set(UINT64_C(0x900000003));
	cr_expect_eq(stamped(), 0x200);
	th_later(h, 100);
	cr_expect_eq(stamped(), 0, "the first is held");
	cr_expect_eq(th_rd(h, 0x6b0), 3);
	cr_expect_eq(th_rd(h, 0x6b4), 9);
	cr_expect_eq(stamped(), 0x200, "read, so free again");
	cr_expect_eq(th_rd(h, 0x6b0), 103);
}

Test(twin_ptp, only_the_messages_that_are_asked_for)
{
	static const struct {
		uint32_t ctl;
		bool udp;
		uint8_t kind, version;
		uint32_t flags;
	} row[] = {
		{0x0180000f, false, 3, 2, 0x200}, /* v2, both layers, all */
		{0x0180000f, true, 1, 2, 0x200},
		{0x0180000f, true, 9, 2, 0}, /* management */
		{0x01800001, true, 1, 2, 0}, /* Sync only */
		{0x0080000f, true, 0, 2, 0}, /* layer 2 only */
		{0x0100000f, false, 0, 2, 0},
		{0x0180000f, true, 0, 1, 0},
		{0x02000003, true, 0, 1, 0x10}, /* version 1 */
		{0x02000003, true, 1, 1, 0x10},
		{0x02000001, true, 1, 1, 0},
		{0x02000003, true, 2, 1, 0},
		{0x02000003, true, 0, 2, 0},
		{0x0180000f, true, 0, 3, 0},
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(row); i++) {
		th_wr(h, 0x6c8, row[i].ctl);
		sync_message(row[i].udp, row[i].kind, row[i].version);
		cr_expect_eq(stamped(), row[i].flags, "row %u", i);
		th_rd(h, 0x6b4);
	}
}

Test(twin_ptp, cut_off_messages)
{
	th_wr(h, 0x6c8, 0x0380000f);
	sync_message(true, 0, 1);
	tf_be16(f.p + 16, 20 + 8 + 2); /* IP ends in the PTP header */
	tf_be16(f.p + f.l4 + 4, 10);
	cr_expect_eq(stamped(), 0);
	sync_message(true, 0, 2);
	tf_be16(f.p + f.l4 + 2, 320);
	cr_expect_eq(stamped(), 0, "another port");
	tf_be16(f.p + 16, 24);
	cr_expect_eq(stamped(), 0, "half a UDP header");
}
