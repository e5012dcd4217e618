/* SPDX-License-Identifier: BSD-2-Clause */
/* The register file: masks that a driver's self test tries, tables, constants.
 */
#include "tests/unit/test_twin_body.h"

TestSuite(twin_regs, .init = setup, .fini = teardown);

/*
 * Registers that the self test of a driver writes zeros and ones to: bits that
 * must hold both, and bits that must not change.
 */
/* clang-format off */
static const struct {
	uint32_t off;
	uint32_t fixed;
	uint32_t held;
} tried[] = {
	{ 0x0400, 0x00000000, 0x01ef6b8c }, { 0x0404, 0x03800100, 0x00000000 },
	{ 0x0410, 0x00000000, 0x0000ffff }, { 0x0414, 0x00000000, 0xffffffff },
	{ 0x043c, 0x00000000, 0x0000ffff }, { 0x045c, 0x00000000, 0x00000070 },
	{ 0x0464, 0x00000000, 0x00003fff }, { 0x0468, 0x00000000, 0x000007dc },
	{ 0x0470, 0x00000000, 0xffffffff }, { 0x0474, 0x00000000, 0xffffffff },
	{ 0x0478, 0x00000000, 0xffffffff }, { 0x047c, 0x00000000, 0xffffffff },
	{ 0x2450, 0x00000000, 0xffffffff }, { 0x2454, 0x00000000, 0xffffffff },
	{ 0x2458, 0x00000000, 0xffff0002 }, { 0x245c, 0x00000000, 0xffffffff },
	{ 0x2c18, 0x00000000, 0x000003ff }, { 0x3c00, 0x00000000, 0x000000f6 },
	{ 0x3c08, 0x00000000, 0x000003ff }, { 0x3c0c, 0x00000000, 0x000003ff },
	{ 0x3c10, 0x00000000, 0x000000ff }, { 0x3c14, 0x00000000, 0x000000ff },
	{ 0x3c20, 0x00000000, 0x000000ff }, { 0x3c24, 0x00000000, 0x000000ff },
	{ 0x3c38, 0x00000000, 0xffffffff }, { 0x3c3c, 0x00000000, 0xffffffff },
	{ 0x3c40, 0xffffffff, 0x00000000 }, { 0x3c44, 0xffffffff, 0x00000000 },
	{ 0x4410, 0x00000000, 0x0000003f }, { 0x4414, 0x00000000, 0x000001ff },
	{ 0x4418, 0x00000000, 0x000001ff }, { 0x586c, 0x00000000, 0x000001ff },
	{ 0x5884, 0x00000000, 0x000007ff }, { 0x5904, 0x00000000, 0x000001ff },
};
/* clang-format on */

static void try_pattern(unsigned int fn, size_t i, uint32_t held)
{
	uint32_t off = tried[i].off;
	uint32_t fixed = reg(fn, off) & tried[i].fixed;
	uint32_t val;

	set(fn, off, held | (held ? tried[i].fixed : 0));
	val = reg(fn, off);
	cr_expect_eq(val & tried[i].fixed, fixed, "%x changed: %x", off, val);
	cr_expect_eq(val & tried[i].held, held, "%x: wrote %x, read %x", off,
		     held, val);
}

Test(twin_regs, self_test_of_the_driver)
{
	uint32_t before;

	for (unsigned int fn = 0; fn < BCM_FUNCS; fn++)
		for (size_t i = 0; i < ARRAY_SIZE(tried); i++) {
			before = reg(fn, tried[i].off);
			try_pattern(fn, i, 0);
			try_pattern(fn, i, tried[i].held);
			try_pattern(fn, i, tried[i].held & 0xaa55a55a);
			set(fn, tried[i].off, before);
		}
}

/* Blocks whose ENABLE must read back, and read 0 once cleared */
static const uint16_t blocks[] = {
	0x0c00, 0x1000, 0x1400, 0x1800, 0x1c00, 0x2000, 0x2400, 0x2800, 0x2c00,
	0x3000, 0x3c00, 0x4000, 0x4400, 0x4800, 0x4c00, 0x045c, 0x0468,
};

Test(twin_regs, blocks_start_and_stop_at_once)
{
	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++) {
		cr_expect_eq(reg(0, blocks[i]) & 2, 0, "%x", blocks[i]);
		set(0, blocks[i], 6);
		cr_expect_eq(reg(0, blocks[i]) & 2, 2, "%x", blocks[i]);
		set(0, blocks[i], 4);
		cr_expect_eq(reg(0, blocks[i]) & 2, 0, "%x", blocks[i]);
	}
}

static const struct {
	uint32_t off;
	uint32_t val;
} constants[] = {
	{0x005b4, 0x8},    {0x7014, 0x03000000}, {0x0404, 0x00400000},
	{0x03600, 0x4000}, {0x6000, 0x2},        {0x3664, 0},
	{0x04be0, 0},      {0x4bec, 0},          {0x6004, 0},
};

Test(twin_regs, constants_that_drivers_look_at)
{
	for (size_t i = 0; i < ARRAY_SIZE(constants); i++)
		cr_expect_eq(reg(0, constants[i].off), constants[i].val, "%x",
			     constants[i].off);
}

Test(twin_regs, read_only_ones_ignore_writes)
{
	set(0, 0x5b4, UINT32_MAX);
	cr_assert_eq(reg(0, 0x5b4), 8);
	set(0, 0x7014, 0);
	cr_assert_eq(reg(0, 0x7014), 0x03000000);
	set(0, 0x362c, UINT32_MAX);
	cr_assert_eq(reg(0, 0x362c) >> 30, 0);
}

Test(twin_regs, function_number)
{
	cr_assert_eq(reg(0, 0x362c) >> 30, 0);
	cr_assert_eq(reg(1, 0x362c) >> 30, 1);
}

Test(twin_regs, unknown_ones_read_0_and_are_told_once)
{
	unsigned int before = logs;

	cr_assert_null(chip->index[0x7ac0 / 4]);
	for (int i = 0; i < 10; i++)
		cr_assert_eq(reg(0, 0x7ac0), 0);
	cr_assert_eq(logs, before + 1);
	cr_assert_not_null(strstr(said, "0x7ac0"), "%s", said);
	for (int i = 0; i < 10; i++)
		set(0, 0x7ac0, UINT32_MAX);
	cr_assert_eq(reg(0, 0x7ac0), 0);
	cr_assert_eq(logs, before + 2);
	cr_assert_not_null(strstr(said, "not written"), "%s", said);
}

Test(twin_regs, reading_a_whole_gap_is_told_once)
{
	unsigned int before = logs;

	for (uint32_t off = 0x7400; off < 0x7c00; off += 4)
		cr_assert_eq(reg(1, off), 0, "%x", off);
	cr_assert_eq(logs, before + 1);
}

Test(twin_regs, every_offset_can_be_read_and_written)
{
	put(0, BCM_CONFIG, 0x04, 2, 6);
	for (uint32_t off = 0; off < BCM_BAR_SIZE; off += 4) {
		if (off == 0x4c || off == 4) /* or it does not answer */
			continue;
		(void)reg(0, off);
		set(0, off, UINT32_MAX);
		set(0, off, 0xa5a5a5a5);
		set(0, off, 0);
	}
	bus_reset();
	cr_assert_eq(mem(0, 0xb50), 0xb49a89ab);
}

/* Every row's reset value is what a read shows, but for those made up */
Test(twin_regs, stored_values_are_reset_values)
{
	const struct bcm_reg *row;

	for (uint32_t off = 0x100; off < BCM_REG_END; off += 4) {
		row = chip->index[off / 4];
		if (row && !row->read && (off < 0x410 || off > 0x414))
			cr_expect_eq(reg(0, off), row->reset, "%s at %x",
				     row->name, off);
	}
}

/* Every block's table */
static const struct bcm_reg *const tables[] = {
	bcm_reset_regs,  bcm_nvram_regs,  bcm_phy_regs,   bcm_link_regs,
	bcm_mbox_regs,   bcm_status_regs, bcm_tx_regs,    bcm_rx_regs,
	bcm_filter_regs, bcm_irq_regs,    bcm_stats_regs, bcm_ptp_regs,
	bcm_core_regs,
};

Test(twin_regs, no_register_has_two_rows)
{
	const struct bcm_reg *row;

	for (size_t t = 0; t < ARRAY_SIZE(tables); t++)
		for (row = tables[t]; row->name; row++)
			for (uint32_t off = row->first; off <= row->last;
			     off += 4)
				cr_expect_eq(chip->index[off / 4], row,
					     "%s at %x is also %s", row->name,
					     off, chip->index[off / 4]->name);
}

Test(twin_regs, rows_are_aligned_and_in_order)
{
	const struct bcm_reg *row;

	for (uint32_t off = 0; off < BCM_REG_END; off += 4) {
		row = chip->index[off / 4];
		if (!row)
			continue;
		cr_expect_eq(row->first % 4, 0, "%s", row->name);
		cr_expect_eq(row->last % 4, 0, "%s", row->name);
		cr_expect_leq(row->first, row->last, "%s", row->name);
	}
}

Test(twin_regs, event_to_firmware_is_taken_at_once)
{
	set(0, 0x6810, 0x4002);
	cr_assert_eq(reg(0, 0x6810), 2);
}

Test(twin_regs, internal_cpu_halts)
{
	set(0, 0x5000, 0x400);
	cr_assert_eq(reg(0, 0x5000) & 0x400, 0x400);
}

Test(twin_regs, driver_status_is_shared_by_the_functions)
{
	set(1, 0x344c, 0x21);
	cr_assert_eq(reg(0, 0x344c), 0x21);
}

Test(twin_regs, gpio_setting_reads_back)
{
	set(0, 0x6808, 0x0101b800);
	cr_assert_eq(reg(0, 0x6808), 0x0101b800);
}

Test(twin_regs, statistics_are_cleared_by_mac_mode)
{
	chip->func[0].reg[0x86c / 4] = 5;
	chip->func[0].reg[0x88c / 4] = 6;
	set(0, 0x400, 0x8000);
	cr_assert_eq(chip->func[0].reg[0x86c / 4], 0);
	cr_assert_eq(chip->func[0].reg[0x88c / 4], 6);
	set(0, 0x400, 0x1000);
	cr_assert_eq(chip->func[0].reg[0x88c / 4], 0);
	cr_assert_eq(reg(0, 0x400) & 0x9000, 0, "both clear themselves");
}
