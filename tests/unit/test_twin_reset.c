/* SPDX-License-Identifier: BSD-2-Clause */
/* The resets of the software BCM5720: what each takes along, what it leaves. */
#include "tests/unit/test_twin_body.h"

TestSuite(twin_reset, .init = setup, .fini = teardown);

/* One thing that is set up in function 0 and looked at after a reset */
struct thing {
	const char *name;
	void (*make)(void);
	bool (*there)(void);
	bool core; /* survives: core reset, FLR, bus reset */
	bool flr;
	bool bus;
};

#define REGISTER(name, off, val)                                               \
	static void make_##name(void)                                          \
	{                                                                      \
		set(0, off, val);                                              \
	}                                                                      \
	static bool there_##name(void)                                         \
	{                                                                      \
		return reg(0, off) == (val);                                   \
	}

#define CONFIG(name, off, val)                                                 \
	static void make_##name(void)                                          \
	{                                                                      \
		cfg_set(0, off, val);                                          \
	}                                                                      \
	static bool there_##name(void)                                         \
	{                                                                      \
		return cfg(0, off) == (val);                                   \
	}

#define MEMORY(name, off, val)                                                 \
	static void make_##name(void)                                          \
	{                                                                      \
		mem_set(0, off, val);                                          \
	}                                                                      \
	static bool there_##name(void)                                         \
	{                                                                      \
		return mem(0, off) == (val);                                   \
	}

REGISTER(mac_mode, 0x400, 0x00e04808)
REGISTER(mailbox, 0x26c, 0x20)
REGISTER(ring, 0x2454, 0x12340000)
REGISTER(dma, 0x4800, 0x2)
REGISTER(coalescing, 0x3c08, 0x48)
REGISTER(buffers, 0x4400, 0x6)
REGISTER(grc, 0x6800, 0x130034)
REGISTER(timer, 0x6804, 0x82)
REGISTER(eee_mode, 0x36b0, 0x0040013c)
REGISTER(eee_timer, 0x36b4, 0x07ff07ff)
REGISTER(clock, 0x3624, 0x80000000)
CONFIG(bar, 0x10, 0x92b3000c)
CONFIG(command, 0x04, 0x00100406)
CONFIG(msi_address, 0x5c, 0xfee01000)
CONFIG(msix_enable, 0xa0, 0x8010ac11)
CONFIG(misc_host, 0x68, 0xf0000298)
CONFIG(link_control, 0xbc, 0x10220143)
CONFIG(aer_mask, 0x108, 0x00018000)
MEMORY(buffer, 0x10000, 0x12345678)
MEMORY(driver_state, 0xc04, 1)

static void make_errors(void)
{
	chip->func[0].cfg[0x111] = 0x10; /* AER: correctable, replay timer */
}

static bool there_errors(void)
{
	return cfg(0, 0x110) == 0x1000;
}

static void make_msix_entry(void)
{
	put(0, BCM_BAR4, 0x0c, 4, 0);
	put(0, BCM_BAR4, 0x00, 4, 0xfee00000);
}

static bool there_msix_entry(void)
{
	return get(0, BCM_BAR4, 0x0c, 4) == 0 &&
	       get(0, BCM_BAR4, 0x00, 4) == 0xfee00000;
}

static void make_nvram_request(void)
{
	set(0, 0x7020, 2);
}

static bool there_nvram_request(void)
{
	return reg(0, 0x7020) == 0x2200;
}

static void make_lock(void)
{
	ape_set(0, 0x8404, 0x1000);
}

static bool there_lock(void)
{
	return ape(0, 0x8424) == 0x1000;
}

static void make_segment(void)
{
	ape_set(0, 0x4210, 1);
}

static bool there_segment(void)
{
	return ape(0, 0x4210) == 1;
}

static void make_flash(void)
{
	chip->nvram[0x5000] = 0x42;
}

static bool there_flash(void)
{
	return chip->nvram[0x5000] == 0x42;
}

static void make_phy_register(void)
{
	phy_set(0, 4, 0x0de1);
}

static bool there_phy_register(void)
{
	return phy(0, 4) == 0x0de1;
}

static void make_link(void)
{
	pass_ms(100);
}

static bool there_link(void)
{
	return phy(0, 1) == 0x796d && (reg(0, 0x460) & 8);
}

#define THING(name, core, flr, bus)                                            \
	{                                                                      \
#name, make_##name, there_##name, core, flr, bus               \
	}

static const struct thing things[] = {
	THING(mac_mode, false, false, false),
	THING(mailbox, false, false, false),
	THING(ring, false, false, false),
	THING(dma, false, false, false),
	THING(coalescing, false, false, false),
	THING(buffers, false, false, false),
	THING(grc, false, false, false),
	THING(timer, false, false, false),
	THING(nvram_request, false, false, false),
	THING(bar, true, false, false),
	THING(command, true, false, false),
	THING(msi_address, true, false, false),
	THING(msix_enable, true, false, false),
	THING(misc_host, true, false, false),
	THING(msix_entry, true, false, false),
	THING(lock, true, false, false),
	THING(eee_mode, true, true, false),
	THING(eee_timer, true, true, false),
	THING(clock, true, true, false),
	THING(link_control, true, true, false),
	THING(aer_mask, true, true, false),
	THING(errors, true, true, false),
	THING(buffer, true, true, false),
	THING(driver_state, true, true, false),
	THING(phy_register, true, true, false),
	THING(link, true, true, false),
	THING(segment, true, true, true),
	THING(flash, true, true, true),
};

static void make_all(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(things); i++) {
		things[i].make();
		cr_assert(things[i].there(), "%s is not even there before",
			  things[i].name);
	}
}

Test(twin_reset, core_reset_takes_engines_and_leaves_the_rest)
{
	make_all();
	core_reset(0);
	for (size_t i = 0; i < ARRAY_SIZE(things); i++)
		cr_expect_eq(things[i].there(), things[i].core, "%s",
			     things[i].name);
}

Test(twin_reset, flr_takes_configuration_too)
{
	make_all();
	put(0, BCM_CONFIG, 0xb4, 2, 0x8000);
	decode();
	for (size_t i = 0; i < ARRAY_SIZE(things); i++)
		cr_expect_eq(things[i].there(), things[i].flr, "%s",
			     things[i].name);
}

Test(twin_reset, bus_reset_leaves_only_flash_and_firmware)
{
	make_all();
	bus_reset();
	for (size_t i = 0; i < ARRAY_SIZE(things); i++)
		cr_expect_eq(things[i].there(), things[i].bus, "%s",
			     things[i].name);
}

/* The things are function 0's: resets of function 1 are none of their care. */
Test(twin_reset, core_reset_and_flr_leave_the_other_function_alone)
{
	make_all();
	core_reset(1);
	bcm_flr(chip, 1);
	for (size_t i = 0; i < ARRAY_SIZE(things); i++)
		cr_expect(things[i].there(), "%s", things[i].name);
}

Test(twin_reset, bus_reset_takes_both_functions)
{
	set(1, 0x470, 5);
	cfg_set(1, 0x5c, 0xfee00000);
	bus_reset();
	cr_assert_eq(reg(1, 0x470), 0);
	cr_assert_eq(cfg(1, 0x5c), 0);
}

Test(twin_reset, flr_through_the_mirror_in_bar0)
{
	set(0, 0x470, 5);
	put(0, BCM_BAR0, 0xb4, 2, 0x8000);
	cr_assert_eq(reg(0, 0x470), UINT32_MAX, "no decoding");
	decode();
	cr_assert_eq(reg(0, 0x470), 0);
}

Test(twin_reset, flr_through_the_register_of_device_status_only)
{
	set(0, 0x470, 5);
	put(0, BCM_CONFIG, 0xb6, 2, 0x8000);
	cr_assert_eq(reg(0, 0x470), 5, "that is another register");
}

Test(twin_reset, self_clearing_bit_and_the_one_that_spares_pcie)
{
	set(0, 0x6804, 0x20000000);
	cr_assert_eq(reg(0, 0x6804), 0x20000000);
	set(0, 0x6804, 0x20000001);
	cr_assert_eq(reg(0, 0x6804) & 1, 0);
}

Test(twin_reset, messages_are_enabled_after_each)
{
	set(0, 0x6000, 0);
	core_reset(0);
	cr_assert_eq(reg(0, 0x6000) & 2, 2);
}

Test(twin_reset, work_in_hand_can_see_each)
{
	uint32_t epoch = chip->func[0].epoch;

	core_reset(0);
	cr_assert_neq(chip->func[0].epoch, epoch);
	epoch = chip->func[0].epoch;
	flr(0);
	cr_assert_neq(chip->func[0].epoch, epoch);
	epoch = chip->func[0].epoch;
	bus_reset();
	cr_assert_neq(chip->func[0].epoch, epoch);
}

Test(twin_reset, flr_restores_the_handshake_and_mac)
{
	mem_set(0, 0xb50, 0);
	mem_set(0, 0xc14, 0);
	set(0, 0x410, 0);
	flr(0);
	cr_assert_eq(mem(0, 0xb50), 0xb49a89ab);
	cr_assert_eq(mem(0, 0xc14), 0x484b3417);
	cr_assert_eq(reg(0, 0x410), 0x3417);
}

Test(twin_reset, an_flr_that_hangs_is_over_with_a_bus_reset)
{
	bcm_fault(chip, 0, BCM_FAULT_FLR_HANG, 1);
	put(0, BCM_CONFIG, 0xb4, 2, 0x8000);
	cr_assert_eq(cfg(0, 0), UINT32_MAX);
	cr_assert_eq(reg(0, 0x400), UINT32_MAX);
	cr_assert_eq(ape(0, 0x4200), UINT32_MAX);
	put(0, BCM_CONFIG, 0x04, 2, 6);
	cr_assert_eq(cfg(1, 0), 0x165f14e4, "the other one lives");
	flr(0);
	cr_assert_eq(cfg(0, 0), UINT32_MAX);
	bcm_bus_reset(chip);
	cr_assert_eq(cfg(0, 0), 0x165f14e4);
	cr_assert_eq(cfg(0, 4), 0x00100000);
}

Test(twin_reset, a_hundred_of_each_leave_the_chip_as_new)
{
	for (int i = 0; i < 100; i++) {
		make_all();
		core_reset(0);
		flr(0);
		bus_reset();
	}
	cr_assert_eq(mem(0, 0xb50), 0xb49a89ab);
	cr_assert_eq(cfg(0, 0x10), 0x0000000c);
}

Test(twin_reset, names_of_faults)
{
	cr_assert_str_eq(bcm_fault_name(BCM_FAULT_DMA), "dma");
	cr_assert_str_eq(bcm_fault_name(BCM_FAULT_LOST_IRQ), "lost-irq");
	cr_assert_str_eq(bcm_fault_name(BCM_FAULT_NO_BOOT), "no-boot");
	cr_assert_str_eq(bcm_fault_name(BCM_FAULT_LINK_FLAP), "link-flap");
	cr_assert_str_eq(bcm_fault_name(BCM_FAULT_FLR_HANG), "flr-hang");
	cr_assert_null(bcm_fault_name(BCM_FAULT_COUNT));
	cr_assert_null(bcm_fault_name((enum bcm_fault) - 1));
}

Test(twin_reset, faults_of_nobody_are_ignored)
{
	bcm_fault(chip, 2, BCM_FAULT_FLR_HANG, 1);
	bcm_fault(chip, 0, BCM_FAULT_COUNT, 1);
	bcm_fault(chip, 0, (enum bcm_fault) - 1, 1);
	flr(0);
	cr_assert_eq(cfg(0, 0), 0x165f14e4);
}
