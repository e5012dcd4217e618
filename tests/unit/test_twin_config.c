/* SPDX-License-Identifier: BSD-2-Clause */
/* Configuration space of the software BCM5720. */
#include "tests/unit/test_twin_body.h"

TestSuite(twin_config, .init = setup, .fini = teardown);

/* clang-format off */
static const struct {
	uint32_t off;
	uint32_t val;   /* after power-on */
	uint32_t wmask; /* what a write changes */
} image[] = {
	{ 0x00, 0x165f14e4, 0 },          { 0x08, 0x02000000, 0 },
	{ 0x0c, 0x00800000, 0xff },       { 0x10, 0x0000000c, 0xffff0000 },
	{ 0x14, 0, 0xffffffff },          { 0x18, 0x0000000c, 0xffff0000 },
	{ 0x1c, 0, 0xffffffff },          { 0x20, 0x0000000c, 0xffff0000 },
	{ 0x24, 0, 0xffffffff },          { 0x28, 0, 0 },
	{ 0x2c, 0x1f5b1028, 0 },          { 0x30, 0, 0xfffc0001 },
	{ 0x34, 0x00000048, 0 },          { 0x38, 0, 0 },
	{ 0x48, 0xc8035001, 0 },          { 0x58, 0x0086a005, 0x00710000 },
	{ 0x5c, 0, 0xfffffffc },          { 0x60, 0, 0xffffffff },
	{ 0x64, 0, 0xffff },              { 0x68, 0xf0000000, 0xffff },
	{ 0x6c, 0, 0xffffffff },          { 0x74, 0, 0xffffffff },
	{ 0xa0, 0x0010ac11, 0xc0000000 }, { 0xa4, 0x00000004, 0 },
	{ 0xa8, 0x00001004, 0 },          { 0xac, 0x00020010, 0 },
	{ 0xb0, 0x10648d81, 0 },          { 0xb8, 0x0004cc22, 0 },
	{ 0xd0, 0x0000001f, 0 },          { 0xf4, 0x05720000, 0 },
	{ 0x100, 0x13c10001, 0 },         { 0x104, 0, 0 },
	{ 0x108, 0x00010000, 0x1ff010 },  { 0x10c, 0x000ef030, 0x1ff010 },
	{ 0x110, 0, 0 },                  { 0x114, 0x000031c0, 0x31c1 },
	{ 0x118, 0x000000a0, 0x140 },     { 0x13c, 0x15010003, 0 },
	{ 0x144, 0x00003417, 0 },         { 0x150, 0x16010004, 0 },
	{ 0x160, 0x00010002, 0 },         { 0x174, 0x800000ff, 0xfe },
	{ 0x88, 0, 0 },                   { 0xe0, 0, 0 },
	{ 0x17c, 0, 0 },                  { 0xffc, 0, 0 },
};
/* clang-format on */

Test(twin_config, values_after_power_on)
{
	for (size_t i = 0; i < ARRAY_SIZE(image); i++)
		for (unsigned int fn = 0; fn < BCM_FUNCS; fn++)
			cr_expect_eq(cfg(fn, image[i].off), image[i].val,
				     "%x of %u: %x", image[i].off, fn,
				     cfg(fn, image[i].off));
}

Test(twin_config, masks_of_writes)
{
	uint32_t fixed;

	for (size_t i = 0; i < ARRAY_SIZE(image); i++) {
		fixed = image[i].val & ~image[i].wmask;
		cfg_set(0, image[i].off, UINT32_MAX);
		cr_expect_eq(cfg(0, image[i].off), fixed | image[i].wmask,
			     "ones to %x: %x", image[i].off,
			     cfg(0, image[i].off));
		cfg_set(0, image[i].off, 0);
		cr_expect_eq(cfg(0, image[i].off), fixed, "zeros to %x",
			     image[i].off);
	}
}

Test(twin_config, functions_differ_in_pin_and_serial_number)
{
	cr_assert_eq(get(0, BCM_CONFIG, 0x3d, 1), 1);
	cr_assert_eq(get(1, BCM_CONFIG, 0x3d, 1), 2);
	cr_assert_eq(cfg(0, 0x140), 0xebf0dce3);
	cr_assert_eq(cfg(1, 0x140), 0xebf0dce4);
}

static const uint8_t caps[] = {0x48, 0x50, 0x58, 0xa0, 0xac, 0};
static const uint16_t ext_caps[] = {0x100, 0x13c, 0x150, 0x160, 0};

Test(twin_config, chains_of_capabilities)
{
	uint32_t at = get(0, BCM_CONFIG, 0x34, 1);

	for (size_t i = 0; i < ARRAY_SIZE(caps); i++) {
		cr_assert_eq(at, caps[i]);
		if (at)
			at = get(0, BCM_CONFIG, at + 1, 1);
	}
	at = 0x100;
	for (size_t i = 0; i < ARRAY_SIZE(ext_caps); i++) {
		cr_assert_eq(at, ext_caps[i]);
		if (at)
			at = cfg(0, at) >> 20;
	}
}

Test(twin_config, command_keeps_what_the_device_has)
{
	put(0, BCM_CONFIG, 0x04, 2, 0xffff);
	cr_assert_eq(get(0, BCM_CONFIG, 0x04, 2), 0x0556);
	cr_assert_eq(get(0, BCM_CONFIG, 0x06, 2), 0x0010);
}

Test(twin_config, bar_sizing)
{
	for (uint32_t off = 0x10; off < 0x28; off += 8) {
		cfg_set(1, off, UINT32_MAX);
		cfg_set(1, off + 4, UINT32_MAX);
		cr_assert_eq(cfg(1, off), 0xffff000c);
		cr_assert_eq(cfg(1, off + 4), UINT32_MAX);
	}
	cfg_set(1, 0x30, UINT32_MAX);
	cr_assert_eq(cfg(1, 0x30), 0xfffc0001);
}

Test(twin_config, narrow_writes_touch_only_their_bytes)
{
	cfg_set(0, 0x5c, 0x11223344);
	put(0, BCM_CONFIG, 0x5d, 1, 0xff);
	cr_assert_eq(cfg(0, 0x5c), 0x1122ff44);
	put(0, BCM_CONFIG, 0x5e, 2, 0xeedd);
	cr_assert_eq(cfg(0, 0x5c), 0xeeddff44);
}

Test(twin_config, read_only_bytes_ignore_writes)
{
	for (uint32_t off = 0; off < 4; off++)
		put(0, BCM_CONFIG, off, 1, 0);
	cr_assert_eq(cfg(0, 0), 0x165f14e4);
}

Test(twin_config, mirror_in_bar0_is_the_same_space)
{
	for (uint32_t off = 0; off < 0x100; off += 4)
		if (off != 0x80 && off != 0x84)
			cr_expect_eq(reg(0, off), cfg(0, off), "%x", off);
	put(0, BCM_BAR0, 0x3c, 1, 0x55);
	cr_assert_eq(get(0, BCM_CONFIG, 0x3c, 1), 0x55);
	set(0, 0x6c, 0x12345678);
	cr_assert_eq(cfg(0, 0x6c), 0x12345678);
}

Test(twin_config, interrupt_is_inactive_at_rest)
{
	cr_assert_eq(cfg(0, 0x70) & 2, 2);
	cr_assert_eq(get(0, BCM_CONFIG, 0x06, 2) & 8, 0);
	cfg_set(0, 0x70, 0x70060);
	cr_assert_eq(cfg(0, 0x70), 0x70062, "bit 1 is live");
}

Test(twin_config, power_state_and_no_soft_reset)
{
	cr_assert_eq(cfg(0, 0x4c), 0x2008);
	put(0, BCM_CONFIG, 0x4c, 2, 0x0103);
	cr_assert_eq(cfg(0, 0x4c), 0x210b);
	put(0, BCM_CONFIG, 0x4c, 2, 0);
	cr_assert_eq(cfg(0, 0x4c), 0x2008);
}

Test(twin_config, device_control_flr_bit_reads_0)
{
	put(0, BCM_CONFIG, 0xb4, 2, 0x242e);
	cr_assert_eq(cfg(0, 0xb4), 0x0010242e);
	put(0, BCM_CONFIG, 0xb4, 2, 0xa42e);
	cr_assert_eq(get(0, BCM_CONFIG, 0xb4, 2) & 0x8000, 0);
}

Test(twin_config, link_control_keeps_and_link_status_is_fixed)
{
	cfg_set(0, 0xbc, 0x00000140);
	cr_assert_eq(cfg(0, 0xbc), 0x10220140);
	put(0, BCM_CONFIG, 0xdc, 2, 1);
	cr_assert_eq(get(0, BCM_CONFIG, 0xdc, 2), 1);
}

/* ---- indirect access --------------------------------------------------- */

Test(twin_config, register_window)
{
	cfg_set(0, 0x78, 0x470);
	cfg_set(0, 0x80, 0xabcd1234);
	cr_assert_eq(reg(0, 0x470), 0xabcd1234);
	set(0, 0x474, 77);
	cfg_set(0, 0x78, 0x474);
	cr_assert_eq(cfg(0, 0x80), 77);
}

Test(twin_config, register_window_works_asleep)
{
	set(0, 0x470, 3);
	put(0, BCM_CONFIG, 0x4c, 2, 3);
	cfg_set(0, 0x78, 0x470);
	cr_assert_eq(cfg(0, 0x80), 3);
}

Test(twin_config, register_window_on_itself_ends)
{
	for (uint32_t base = 0x78; base <= 0x84; base += 4) {
		cfg_set(0, 0x78, base);
		cfg_set(0, 0x80, 0x80);
		(void)cfg(0, 0x80);
		cr_assert_eq(cfg(0, 0x78), base);
	}
}

Test(twin_config, register_window_into_the_memory_window)
{
	mem_set(0, 0x12344, 0xfeedbeef);
	cfg_set(0, 0x7c, 0x10000);
	cfg_set(0, 0x78, 0x8000 + 0x2344);
	cr_assert_eq(cfg(0, 0x80), 0xfeedbeef);
	cfg_set(0, 0x80, 1);
	cr_assert_eq(mem(0, 0x12344), 1);
}

Test(twin_config, memory_window_by_configuration_space)
{
	cfg_set(1, 0x7c, 0x300);
	cfg_set(1, 0x84, 0x01020304);
	cr_assert_eq(cfg(1, 0x84), 0x01020304);
	cr_assert_eq(mem(1, 0x300), 0x01020304);
}

Test(twin_config, narrow_writes_through_the_windows)
{
	set(0, 0x470, 0x11223344);
	cfg_set(0, 0x78, 0x470);
	put(0, BCM_CONFIG, 0x81, 1, 0xaa);
	cr_assert_eq(reg(0, 0x470), 0x1122aa44);
	mem_set(0, 0x10000, 0x11223344);
	put(0, BCM_CONFIG, 0x86, 2, 0xbbcc);
	cr_assert_eq(mem(0, 0x10000), 0xbbcc3344);
	cfg_set(0, 0x78, 0x8000);
	put(0, BCM_CONFIG, 0x80, 1, 0xdd);
	cr_assert_eq(mem(0, 0x10000), 0xbbcc33dd);
}

/* ---- VPD ---------------------------------------------------------------- */

static uint32_t vpd(uint16_t addr)
{
	put(0, BCM_CONFIG, 0x52, 2, addr);
	cr_assert_eq(get(0, BCM_CONFIG, 0x52, 2), addr | 0x8000);
	return cfg(0, 0x54);
}

Test(twin_config, vpd_read_sets_the_flag)
{
	cr_assert_eq(vpd(0) & 0xff, 0x82);
	cr_assert_eq(vpd(4) & 0xff, 'r', "id string: B o r-o-a-d");
}

Test(twin_config, vpd_address_as_a_dword_with_the_header)
{
	cfg_set(0, 0x50, 0x00080000);
	cr_assert_eq(cfg(0, 0x50), 0x80085803);
}

Test(twin_config, vpd_low_byte_of_the_address_alone_does_nothing)
{
	put(0, BCM_CONFIG, 0x52, 2, 0);
	put(0, BCM_CONFIG, 0x52, 1, 8);
	cr_assert_eq(get(0, BCM_CONFIG, 0x52, 2), 0x8008);
	cr_assert_eq(cfg(0, 0x54) & 0xff, 0x82, "still the old data");
}

Test(twin_config, vpd_write_is_taken_and_ignored)
{
	uint32_t before = vpd(0x20);

	cfg_set(0, 0x54, 0);
	put(0, BCM_CONFIG, 0x52, 2, 0x8020);
	cr_assert_eq(get(0, BCM_CONFIG, 0x52, 2), 0x0020, "flag cleared");
	cr_assert_eq(vpd(0x20), before);
}

Test(twin_config, vpd_address_beyond_the_end_reads_0)
{
	cr_assert_eq(vpd(0x7ffc), 0);
	cr_assert_eq(vpd(0x200), 0);
}

Test(twin_config, bus_mastering_needs_the_bit_and_d0)
{
	struct bcm_func *f = &chip->func[0];

	cr_assert_not(bcm_bus_master(f));
	put(0, BCM_CONFIG, 0x04, 2, 6);
	cr_assert(bcm_bus_master(f));
	put(0, BCM_CONFIG, 0x4c, 2, 3);
	cr_assert_not(bcm_bus_master(f));
}

Test(twin_config, waking_up_looks_for_work_left)
{
	put(0, BCM_CONFIG, 0x4c, 2, 3);
	chip->func[0].ring.tx_pending = 0;
	put(0, BCM_CONFIG, 0x4c, 2, 0);
	cr_assert_eq(bcm_deadline(chip), 0);
	bcm_run(chip);
	cr_assert_neq(bcm_deadline(chip), 0);
}
