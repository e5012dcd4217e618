/* SPDX-License-Identifier: BSD-2-Clause */
/* MDIO and the registers of the PHY. */
#include "tests/unit/test_twin_body.h"

TestSuite(twin_phy, .init = setup, .fini = teardown);

enum { BMCR, BMSR, ADV = 4, CTRL1000 = 9, MMD_CTRL = 13, MMD_DATA = 14 };

static void mmd_at(unsigned int dev, uint16_t addr, unsigned int function)
{
	phy_set(0, MMD_CTRL, (uint16_t)dev);
	phy_set(0, MMD_DATA, addr);
	phy_set(0, MMD_CTRL, (uint16_t)(function << 14 | dev));
}

static uint16_t mmd(unsigned int dev, uint16_t addr)
{
	mmd_at(dev, addr, 1);
	return phy(0, MMD_DATA);
}

static void mmd_set(unsigned int dev, uint16_t addr, uint16_t val)
{
	mmd_at(dev, addr, 1);
	phy_set(0, MMD_DATA, val);
}

Test(twin_phy, identity_and_defaults)
{
	for (unsigned int fn = 0; fn < BCM_FUNCS; fn++) {
		cr_expect_eq(phy(fn, 2), 0x0362);
		cr_expect_eq(phy(fn, 3), 0x5f60);
		cr_expect_eq(phy(fn, BMCR), 0x1140);
		cr_expect_eq(phy(fn, BMSR), 0x7949);
		cr_expect_eq(phy(fn, ADV), 0x01e1);
		cr_expect_eq(phy(fn, CTRL1000), 0x0300);
		cr_expect_eq(phy(fn, 15), 0x3000);
	}
}

Test(twin_phy, start_clears_at_once_and_completion_shows)
{
	set(0, 0x404, 0x400000);
	cr_assert_eq(reg(0, 0x404), 0);
	set(0, 0x44c, 0x28000000 | 1 << 21 | 2 << 16);
	cr_assert_eq(reg(0, 0x44c), 0x08000000 | 1 << 21 | 2 << 16 | 0x0362);
	cr_assert_eq(reg(0, 0x404), 0x400000);
}

Test(twin_phy, other_addresses_fail)
{
	for (uint32_t addr = 0; addr < 32; addr++) {
		if (addr == 1)
			continue;
		set(0, 0x44c, 0x28000000 | addr << 21 | 2 << 16);
		cr_expect_eq(reg(0, 0x44c) & 0x1000ffff, 0x1000ffff, "%u",
			     addr);
		set(0, 0x44c, 0x24000000 | addr << 21 | ADV << 16 | 0x5555);
	}
	cr_assert_eq(phy(0, ADV), 0x01e1);
	cr_assert_eq(phy(1, ADV), 0x01e1);
}

Test(twin_phy, command_without_start_does_nothing)
{
	set(0, 0x44c, 0x04000000 | 1 << 21 | ADV << 16 | 0x5555);
	cr_assert_eq(phy(0, ADV), 0x01e1);
}

Test(twin_phy, start_without_command_or_with_both_is_survived)
{
	set(0, 0x44c, 0x20000000 | 1 << 21 | ADV << 16 | 0x5555);
	cr_assert_eq(phy(0, ADV), 0x01e1);
	set(0, 0x44c, 0x2c000000 | 1 << 21 | ADV << 16 | 0x5555);
	cr_assert_eq(phy(0, ADV), 0x01e1, "a read wins");
	set(0, 0x44c, UINT32_MAX);
	cr_assert_eq(reg(0, 0x44c) & 0x20000000, 0);
}

Test(twin_phy, registers_that_store)
{
	static const uint8_t stores[] = {4, 7, 8, 9, 11, 12, 0x10, 0x1b, 0x1e};

	for (size_t i = 0; i < ARRAY_SIZE(stores); i++) {
		phy_set(0, stores[i], 0xa5c3);
		cr_expect_eq(phy(0, stores[i]), 0xa5c3, "%x", stores[i]);
	}
}

Test(twin_phy, registers_that_do_not)
{
	static const uint8_t fixed[] = {1,  2,  3,    5,    6,
					10, 15, 0x11, 0x14, 0x19};
	uint16_t before;

	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++) {
		before = phy(0, fixed[i]);
		phy_set(0, fixed[i], (uint16_t)~before);
		cr_expect_eq(phy(0, fixed[i]), before, "%x", fixed[i]);
	}
}

Test(twin_phy, every_register_of_every_value_is_survived)
{
	for (unsigned int r = 0; r < 32; r++)
		for (uint32_t v = 0; v < 0x10000; v += 0x111) {
			phy_set(0, r, (uint16_t)v);
			(void)phy(0, r);
		}
	phy_set(0, BMCR, 0x8000);
	cr_assert_eq(phy(0, BMCR), 0x1140);
}

Test(twin_phy, reset_clears_itself_and_restores_defaults)
{
	phy_set(0, ADV, 0x0de1);
	mmd_set(7, 0x3c, 6);
	phy_set(0, BMCR, 0x8000);
	cr_assert_eq(phy(0, BMCR), 0x1140);
	cr_assert_eq(phy(0, ADV), 0x01e1);
	cr_assert_eq(mmd(7, 0x3c), 0);
}

Test(twin_phy, restart_clears_itself)
{
	phy_set(0, BMCR, 0x1200);
	cr_assert_eq(phy(0, BMCR), 0x1000);
}

Test(twin_phy, mmd_registers)
{
	mmd_set(7, 0x3c, 6);
	mmd_set(3, 0x3c, 9);
	cr_assert_eq(mmd(7, 0x3c), 6);
	cr_assert_eq(mmd(3, 0x3c), 9);
	phy_set(0, MMD_CTRL, 7);
	cr_assert_eq(phy(0, MMD_DATA), 0x3c, "function 0 is the address");
}

Test(twin_phy, mmd_address_that_counts)
{
	mmd_at(7, 0x10, 2);
	phy_set(0, MMD_DATA, 1);
	phy_set(0, MMD_DATA, 2);
	cr_assert_eq(mmd(7, 0x10), 1);
	cr_assert_eq(mmd(7, 0x11), 2);
}

Test(twin_phy, mmd_registers_that_nobody_has_read_0)
{
	mmd_set(7, 0x100, 1);
	mmd_set(31, 0xffff, 1);
	cr_assert_eq(mmd(7, 0x100), 0);
	cr_assert_eq(mmd(31, 0xffff), 0);
	mmd_at(31, 0xffff, 2);
	phy_set(0, MMD_DATA, 5);
	phy_set(0, MMD_DATA, 6);
	cr_assert_eq(mmd(31, 0), 6, "the address wraps");
}

Test(twin_phy, eee_results_are_read_only)
{
	mmd_set(7, 0x803e, 4);
	mmd_set(7, 0x3d, 4);
	cr_assert_eq(mmd(7, 0x803e), 0);
	cr_assert_eq(mmd(7, 0x3d), 0);
}

Test(twin_phy, dsp_is_an_array_behind_an_address)
{
	static const uint16_t at[] = {0x0000, 0x000a, 0x001a, 0x201f,
				      0x401f, 0x4022, 0xffff};

	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		phy_set(0, 0x17, at[i]);
		phy_set(0, 0x15, (uint16_t)(at[i] ^ 0x5a5a));
	}
	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		phy_set(0, 0x17, at[i]);
		cr_assert_eq(phy(0, 0x15), at[i] ^ 0x5a5a);
	}
	phy_set(0, 0x16, 0xffff);
	cr_assert_eq(phy(0, 0x16) & 0x1000, 0, "never busy");
}

static uint16_t auxctl(unsigned int shadow)
{
	phy_set(0, 0x18, (uint16_t)(shadow << 12 | 7));
	return phy(0, 0x18);
}

Test(twin_phy, auxiliary_control_shadows)
{
	phy_set(0, 0x18, 0x0c00 | 0);
	phy_set(0, 0x18, 0x0180 | 2);
	phy_set(0, 0x18, 0x8000 | 0x0210 | 7);
	cr_assert_eq(auxctl(0), 0x0c00);
	cr_assert_eq(auxctl(2), 0x0182);
	cr_assert_eq(auxctl(7), 0x0217);
	cr_assert_eq(auxctl(4), 0x0004);
	phy_set(0, 0x18, 0x7ff7 & ~0x7000);
	cr_assert_eq(auxctl(7), 0x0217, "not written without bit 15");
}

Test(twin_phy, misc_shadows)
{
	phy_set(0, 0x1c, 0x8000 | 5 << 10 | 0x13);
	phy_set(0, 0x1c, 0x8000 | 10 << 10 | 0x21);
	phy_set(0, 0x1c, 5 << 10 | 0x3ff);
	cr_assert_eq(phy(0, 0x1c), 5 << 10 | 0x13, "a selection only");
	phy_set(0, 0x1c, 10 << 10);
	cr_assert_eq(phy(0, 0x1c), 10 << 10 | 0x21);
}

Test(twin_phy, interrupt_status_is_cleared_by_reading)
{
	pass_ms(100);
	cr_assert_eq(phy(0, 0x1a), 2);
	cr_assert_eq(phy(0, 0x1a), 0);
}

Test(twin_phy, loopback_bit)
{
	cr_assert_not(bcm_phy_loopback(&chip->func[0]));
	phy_set(0, BMCR, 0x4140);
	cr_assert(bcm_phy_loopback(&chip->func[0]));
	cr_assert_eq(reg(0, 0x460) & 8, 8, "the MAC sees a link");
	cr_assert_eq(phy(0, BMSR) & 4, 0, "the PHY does not");
}
