/* SPDX-License-Identifier: BSD-2-Clause */
/* Autonegotiation, the link's timer, and the event that tells a driver. */
#include "tests/unit/test_twin_body.h"

TestSuite(twin_link, .init = setup, .fini = teardown);

enum {
	BMCR,
	BMSR,
	ADV = 4,
	LPA = 5,
	CTRL1000 = 9,
	STAT1000 = 10,
	AUX = 0x19,
	UP = 0x796d,
	DOWN = 0x7949,
	RESTART = 0x1200,
	CHANGED = 0x1000,
};

static uint16_t mmd(uint16_t addr)
{
	phy_set(0, 13, 7);
	phy_set(0, 14, addr);
	phy_set(0, 13, 0x4007);
	return phy(0, 14);
}

static void eee_advertise(uint16_t val)
{
	(void)mmd(0x3c);
	phy_set(0, 14, val);
}

static void wire(enum bcm_link l)
{
	struct bcm_options o = bcm_options_default();

	o.link = l;
	power_on(&o);
}

static bool told(void)
{
	struct bcm_vec *v = &chip->func[0].vec[0];
	bool yes = v->dirty && (v->status & BCM_SD_LINK);

	v->dirty = false;
	v->status = 0;
	return yes;
}

/* As a driver does before and after it looks at the PHY */
static void disarm(void)
{
	set(0, 0x408, 0);
	set(0, 0x404, CHANGED | 0x18);
}

static void arm(void)
{
	set(0, 0x6800, 0x04000000);
	set(0, 0x408, CHANGED);
}

/* ---- timer -------------------------------------------------------------- */

Test(twin_link, comes_up_after_power_on_by_itself)
{
	cr_assert_eq(phy(0, BMSR), DOWN);
	cr_assert_eq(bcm_deadline(chip), now + 100000000);
	pass_ms(99);
	cr_assert_eq(phy(0, BMSR), DOWN);
	pass_ms(1);
	cr_assert_eq(phy(0, BMSR), UP);
	cr_assert_eq(phy(1, BMSR), UP);
	cr_assert_eq(bcm_deadline(chip), UINT64_MAX);
}

Test(twin_link, everything_appears_together)
{
	cr_assert_eq(phy(0, AUX), 0);
	cr_assert_eq(phy(0, LPA), 0);
	cr_assert_eq(phy(0, STAT1000), 0);
	cr_assert_eq(reg(0, 0x460) & 8, 0);
	cr_assert_eq(reg(0, 0x362c) & 0x180000, 0x180000);
	pass_ms(100);
	cr_assert_eq(phy(0, AUX), 0x0700);
	cr_assert_eq(phy(0, LPA), 0xcde1);
	cr_assert_eq(phy(0, STAT1000), 0x3c00);
	cr_assert_eq(reg(0, 0x460) & 8, 8);
	cr_assert_neq(reg(0, 0x362c) & 0x180000, 0x180000);
}

Test(twin_link, restart_drops_it_at_once)
{
	pass_ms(100);
	phy_set(0, BMCR, RESTART);
	cr_assert_eq(phy(0, BMSR), DOWN);
	cr_assert_eq(phy(0, AUX), 0);
	cr_assert_eq(bcm_link_speed(&chip->func[0]), BCM_LINK_DOWN);
	pass_ms(100);
	cr_assert_eq(phy(0, BMSR), UP);
}

Test(twin_link, restart_while_down_starts_the_timer_again)
{
	pass_ms(60);
	phy_set(0, BMCR, RESTART);
	pass_ms(60);
	cr_assert_eq(phy(0, BMSR), DOWN);
	pass_ms(40);
	cr_assert_eq(phy(0, BMSR), UP);
}

Test(twin_link, reset_of_the_phy_drops_it)
{
	pass_ms(100);
	phy_set(0, BMCR, 0x8000);
	cr_assert_eq(phy(0, BMSR), DOWN);
	pass_ms(100);
	cr_assert_eq(phy(0, BMSR), UP);
}

Test(twin_link, power_down_lasts_until_power_up)
{
	pass_ms(100);
	phy_set(0, BMCR, 0x0800);
	cr_assert_eq(phy(0, BMSR), DOWN);
	pass_ms(1000);
	cr_assert_eq(phy(0, BMSR), DOWN);
	phy_set(0, BMCR, 0x1140);
	pass_ms(100);
	cr_assert_eq(phy(0, BMSR), UP);
}

Test(twin_link, writing_the_same_again_does_not_disturb)
{
	pass_ms(100);
	phy_set(0, BMCR, 0x1140);
	phy_set(0, ADV, 0x0de1);
	cr_assert_eq(phy(0, BMSR), UP);
}

Test(twin_link, core_reset_leaves_it_up)
{
	pass_ms(100);
	eee_advertise(6);
	set(0, 0x36b0, 0x40013c);
	set(0, 0x36b4, 0x07ff07ff);
	core_reset(0);
	cr_assert_eq(phy(0, BMSR), UP);
	cr_assert_eq(reg(0, 0x404) & CHANGED, 0);
	cr_assert_eq(mmd(0x3c), 6);
	cr_assert_eq(reg(0, 0x36b0), 0x40013c);
	cr_assert_eq(reg(0, 0x36b4), 0x07ff07ff);
}

/* ---- negotiation --------------------------------------------------------- */

/* clang-format off */
static const struct {
	enum bcm_link wire;
	uint16_t bmcr;
	uint16_t adv;
	uint16_t ctrl1000;
	uint16_t aux;
} modes[] = {
	{ BCM_LINK_1000, 0x1200, 0x01e1, 0x0300, 0x0700 },
	{ BCM_LINK_1000, 0x1200, 0x01e1, 0x0100, 0x0600 },
	{ BCM_LINK_1000, 0x1200, 0x01e1, 0x0000, 0x0500 },
	{ BCM_LINK_1000, 0x1200, 0x0081, 0x0000, 0x0300 },
	{ BCM_LINK_1000, 0x1200, 0x0061, 0x0000, 0x0200 },
	{ BCM_LINK_1000, 0x1200, 0x0021, 0x0000, 0x0100 },
	{ BCM_LINK_1000, 0x1200, 0x0001, 0x0000, 0x0000 },
	{ BCM_LINK_100,  0x1200, 0x01e1, 0x0300, 0x0500 },
	{ BCM_LINK_100,  0x1200, 0x0001, 0x0300, 0x0000 },
	{ BCM_LINK_DOWN, 0x1200, 0x01e1, 0x0300, 0x0000 },
	{ BCM_LINK_1000, 0x0140, 0x0001, 0x0000, 0x0700 }, /* forced */
	{ BCM_LINK_1000, 0x2100, 0x0001, 0x0000, 0x0500 },
	{ BCM_LINK_1000, 0x2000, 0x0001, 0x0000, 0x0300 },
	{ BCM_LINK_1000, 0x0100, 0x0001, 0x0000, 0x0200 },
	{ BCM_LINK_1000, 0x0000, 0x0001, 0x0000, 0x0100 },
	{ BCM_LINK_100,  0x0140, 0x0001, 0x0000, 0x0000 },
	{ BCM_LINK_100,  0x2100, 0x0001, 0x0000, 0x0500 },
};
/* clang-format on */

Test(twin_link, best_mode_of_both_sides)
{
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		wire(modes[i].wire);
		phy_set(0, ADV, modes[i].adv);
		phy_set(0, CTRL1000, modes[i].ctrl1000);
		phy_set(0, BMCR, modes[i].bmcr);
		pass_ms(100);
		cr_expect_eq(phy(0, AUX), modes[i].aux, "row %zu: %x", i,
			     phy(0, AUX));
		cr_expect_eq(phy(0, BMSR), modes[i].aux ? UP : DOWN, "row %zu",
			     i);
	}
}

Test(twin_link, partner_on_a_cable_of_100)
{
	wire(BCM_LINK_100);
	pass_ms(100);
	cr_assert_eq(phy(0, AUX), 0x0500);
	cr_assert_eq(phy(0, LPA), 0x4de1);
	cr_assert_eq(phy(0, STAT1000), 0);
	cr_assert_eq(bcm_link_speed(&chip->func[0]), BCM_LINK_100);
	cr_assert_neq(reg(0, 0x362c) & 0x180000, 0x180000);
}

Test(twin_link, eee_is_what_both_advertise)
{
	eee_advertise(6);
	pass_ms(100);
	cr_assert_eq(mmd(0x803e), 4);
	cr_assert_eq(mmd(0x3d), 6);
	eee_advertise(2);
	phy_set(0, BMCR, RESTART);
	cr_assert_eq(mmd(0x803e), 0);
	pass_ms(100);
	cr_assert_eq(mmd(0x803e), 0, "not at 1000");
	wire(BCM_LINK_100);
	eee_advertise(6);
	pass_ms(100);
	cr_assert_eq(mmd(0x803e), 2);
	cr_assert_eq(mmd(0x3d), 2);
}

/* ---- the cable ----------------------------------------------------------- */

Test(twin_link, cable_pulled_and_put_back)
{
	pass_ms(100);
	bcm_link_set(chip, 0, BCM_LINK_DOWN);
	cr_assert_eq(phy(0, BMSR), DOWN);
	cr_assert_eq(phy(1, BMSR), UP);
	pass_ms(1000);
	cr_assert_eq(phy(0, BMSR), DOWN);
	bcm_link_set(chip, 0, BCM_LINK_1000);
	pass_ms(100);
	cr_assert_eq(phy(0, BMSR), UP);
}

Test(twin_link, the_same_cable_again_is_no_change)
{
	pass_ms(100);
	bcm_link_set(chip, 0, BCM_LINK_1000);
	cr_assert_eq(phy(0, BMSR), UP);
	bcm_link_set(chip, 2, BCM_LINK_DOWN);
}

Test(twin_link, slower_cable_means_to_negotiate_again)
{
	pass_ms(100);
	bcm_link_set(chip, 0, BCM_LINK_100);
	cr_assert_eq(phy(0, BMSR), DOWN);
	pass_ms(100);
	cr_assert_eq(phy(0, AUX), 0x0500);
}

Test(twin_link, flap_when_up_is_at_once)
{
	pass_ms(100);
	bcm_fault(chip, 0, BCM_FAULT_LINK_FLAP, 1);
	cr_assert_eq(bcm_deadline(chip), now);
	pass_ms(0);
	cr_assert_eq(phy(0, BMSR), DOWN);
	pass_ms(100);
	cr_assert_eq(phy(0, BMSR), UP);
	pass_ms(1000);
	cr_assert_eq(phy(0, BMSR), UP, "once only");
}

Test(twin_link, flap_counts_links_that_come_up)
{
	bcm_fault(chip, 0, BCM_FAULT_LINK_FLAP, 2);
	pass_ms(100);
	pass_ms(500);
	cr_assert_eq(phy(0, BMSR), UP, "the first stays");
	phy_set(0, BMCR, RESTART);
	pass_ms(100);
	cr_assert_eq(phy(0, BMSR), UP);
	pass_ms(100);
	cr_assert_eq(phy(0, BMSR), DOWN);
	pass_ms(100);
	cr_assert_eq(phy(0, BMSR), UP);
}

/* ---- the event ------------------------------------------------------------
 */

Test(twin_link, change_is_told_when_armed)
{
	arm();
	cr_assert_not(told());
	now += 100000000;
	bcm_link_run(&chip->func[0], now);
	cr_assert_eq(reg(0, 0x404) & CHANGED, CHANGED);
	cr_assert(told());
}

Test(twin_link, change_in_between_is_told_when_armed_late)
{
	disarm();
	bcm_link_run(&chip->func[0], now + 100000000);
	cr_assert_not(told());
	arm();
	cr_assert(told());
}

Test(twin_link, either_order_of_arming)
{
	bcm_link_run(&chip->func[0], now + 100000000);
	set(0, 0x408, CHANGED);
	cr_assert_not(told());
	set(0, 0x6800, 0x04000000);
	cr_assert(told());
}

Test(twin_link, not_told_unless_armed)
{
	set(0, 0x6800, 0x04000000);
	bcm_link_run(&chip->func[0], now + 100000000);
	cr_assert_not(told());
}

Test(twin_link, status_is_cleared_by_writing_1)
{
	bcm_link_run(&chip->func[0], now + 100000000);
	set(0, 0x404, 0);
	cr_assert_eq(reg(0, 0x404) & CHANGED, CHANGED);
	disarm();
	cr_assert_eq(reg(0, 0x404) & CHANGED, 0);
	arm();
	cr_assert_not(told());
}

Test(twin_link, down_to_down_is_no_change)
{
	arm();
	for (int i = 0; i < 10; i++)
		phy_set(0, BMCR, RESTART);
	phy_set(0, BMCR, 0x8000);
	bcm_link_set(chip, 0, BCM_LINK_DOWN);
	cr_assert_eq(reg(0, 0x404) & CHANGED, 0);
	cr_assert_not(told());
}

Test(twin_link, going_down_is_told_too)
{
	pass_ms(100);
	disarm();
	arm();
	bcm_link_set(chip, 0, BCM_LINK_DOWN);
	cr_assert_eq(reg(0, 0x404) & CHANGED, CHANGED);
	cr_assert(told());
}

Test(twin_link, errors_in_the_status_stay_0)
{
	pass_ms(100);
	cr_assert_eq(reg(0, 0x404) & 0x03800100, 0);
	set(0, 0x404, UINT32_MAX);
	cr_assert_eq(reg(0, 0x404), 0);
}
