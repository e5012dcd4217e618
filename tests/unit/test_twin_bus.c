/* SPDX-License-Identifier: BSD-2-Clause */
/* Regions, sizes and widths of bus accesses to the software BCM5720. */
#include "tests/unit/test_twin_body.h"

TestSuite(twin_bus, .init = setup, .fini = teardown);

Test(twin_bus, sizes_of_the_regions)
{
	cr_assert_eq(bcm_region_size(BCM_BAR0), 0x10000);
	cr_assert_eq(bcm_region_size(BCM_BAR2), 0x10000);
	cr_assert_eq(bcm_region_size(BCM_BAR4), 0x10000);
	cr_assert_eq(bcm_region_size(BCM_ROM), 0x40000);
	cr_assert_eq(bcm_region_size(BCM_CONFIG), 0x1000);
	cr_assert_eq(bcm_region_size((enum bcm_region)1), 0);
	cr_assert_eq(bcm_region_size((enum bcm_region)8), 0);
	cr_assert_eq(bcm_region_size((enum bcm_region) - 1), 0);
}

static void refused(unsigned int fn, int r, uint64_t off, size_t len)
{
	static uint8_t b[BCM_CFG_SIZE + 8];

	memset(b, 0, sizeof(b));
	cr_expect_eq(bcm_read(chip, fn, (enum bcm_region)r, off, b, len),
		     -EINVAL, "read of region %d at %llx", r,
		     (unsigned long long)off);
	for (size_t i = 0; i < len; i++)
		cr_expect_eq(b[i], 0xff, "byte %zu", i);
	cr_expect_eq(b[len], 0, "behind the buffer");
	cr_expect_eq(bcm_write(chip, fn, (enum bcm_region)r, off, b, len),
		     -EINVAL);
}

Test(twin_bus, beyond_the_end_of_each_region)
{
	static const struct {
		enum bcm_region r;
		uint64_t size;
	} row[] = {{BCM_BAR0, 0x10000},
		   {BCM_BAR2, 0x10000},
		   {BCM_BAR4, 0x10000},
		   {BCM_ROM, 0x40000},
		   {BCM_CONFIG, 0x1000}};

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		refused(0, (int)row[i].r, row[i].size, 1);
		refused(0, (int)row[i].r, row[i].size - 2, 4);
		refused(1, (int)row[i].r, UINT64_MAX, 1);
		refused(1, (int)row[i].r, UINT64_MAX - 3, 8);
		refused(1, (int)row[i].r, row[i].size << 32, 4);
	}
}

Test(twin_bus, unknown_regions_and_functions)
{
	refused(0, 1, 0, 4);
	refused(0, 3, 0, 4);
	refused(0, 5, 0, 4);
	refused(0, 8, 0, 4);
	refused(0, -1, 0, 4);
	refused(2, BCM_CONFIG, 0, 4);
	refused(UINT32_MAX, BCM_CONFIG, 0, 4);
}

Test(twin_bus, lengths_of_none_and_too_many)
{
	refused(0, BCM_CONFIG, 0, 0);
	refused(0, BCM_BAR0, 0, BCM_CFG_SIZE + 1);
}

Test(twin_bus, every_width_and_alignment_shows_the_same_bytes)
{
	uint8_t whole[64];
	uint8_t b[8];

	cr_assert_eq(bcm_read(chip, 0, BCM_CONFIG, 0, whole, 64), 0);
	for (uint64_t off = 0; off < 56; off++)
		for (size_t len = 1; len <= 8; len++) {
			bcm_read(chip, 0, BCM_CONFIG, off, b, len);
			cr_assert_eq(memcmp(b, whole + off, len), 0);
			bcm_read(chip, 0, BCM_BAR0, off, b, len);
			cr_assert_eq(memcmp(b, whole + off, len), 0);
		}
}

Test(twin_bus, narrow_write_changes_its_bytes_of_a_register)
{
	set(0, 0x414, 0x11223344);
	put(0, BCM_BAR0, 0x415, 1, 0xaa);
	cr_assert_eq(reg(0, 0x414), 0x1122aa44);
	put(0, BCM_BAR0, 0x416, 2, 0xbbcc);
	cr_assert_eq(reg(0, 0x414), 0xbbccaa44);
	cr_assert_eq(get(0, BCM_BAR0, 0x417, 1), 0xbb);
}

Test(twin_bus, unaligned_write_across_two_registers)
{
	set(0, 0x470, 0);
	set(0, 0x474, 0);
	put(0, BCM_BAR0, 0x472, 4, 0x44332211);
	cr_assert_eq(reg(0, 0x470), 0x22110000);
	cr_assert_eq(reg(0, 0x474), 0x00004433);
}

Test(twin_bus, eight_bytes_are_two_registers)
{
	uint64_t val = UINT64_C(0x8877665544332211);

	cr_assert_eq(bcm_write(chip, 0, BCM_BAR0, 0x470, &val, 8), 0);
	cr_assert_eq(reg(0, 0x470), 0x44332211);
	cr_assert_eq(reg(0, 0x474), 0x88776655);
	val = 0;
	cr_assert_eq(bcm_read(chip, 0, BCM_BAR0, 0x470, &val, 8), 0);
	cr_assert_eq(val, UINT64_C(0x8877665544332211));
}

Test(twin_bus, rom_has_an_image_that_hosts_accept)
{
	uint32_t data = get(0, BCM_ROM, 0x18, 2);
	uint8_t sum = 0;

	cr_assert_eq(get(0, BCM_ROM, 0, 2), 0xaa55);
	cr_assert_eq(get(0, BCM_ROM, 2, 1), 1, "512 bytes");
	cr_assert_eq(get(0, BCM_ROM, 3, 1), 0xcb, "returns at once");
	cr_assert_eq(get(0, BCM_ROM, data, 4), 0x52494350);
	cr_assert_eq(get(0, BCM_ROM, data + 4, 4), cfg(0, 0));
	cr_assert_eq(get(0, BCM_ROM, data + 0xa, 2), 0x18);
	cr_assert_eq(get(0, BCM_ROM, data + 0xd, 4) & 0xffffff, 0x020000);
	cr_assert_eq(get(0, BCM_ROM, data + 0x10, 2), 1);
	cr_assert_eq(get(0, BCM_ROM, data + 0x15, 1) & 0x80, 0x80);
	for (uint32_t at = 0; at < 512; at++)
		sum = (uint8_t)(sum + get(0, BCM_ROM, at, 1));
	cr_assert_eq(sum, 0);
}

Test(twin_bus, rom_is_blank_behind_it_and_ignores_writes)
{
	put(0, BCM_ROM, 0, 4, 0);
	put(0, BCM_ROM, 0x200, 4, 0);
	cr_assert_eq(get(0, BCM_ROM, 0, 2), 0xaa55);
	cr_assert_eq(get(0, BCM_ROM, 0x200, 4), UINT32_MAX);
	cr_assert_eq(get(0, BCM_ROM, BCM_ROM_SIZE - 1, 1), 0xff);
}

Test(twin_bus, functions_have_registers_of_their_own)
{
	set(0, 0x470, 1);
	set(1, 0x470, 2);
	cr_assert_eq(reg(0, 0x470), 1);
	cr_assert_eq(reg(1, 0x470), 2);
}

Test(twin_bus, asleep_in_d3_only_configuration_space_answers)
{
	set(0, 0x470, 5);
	put(0, BCM_CONFIG, 0x4c, 2, 3);
	cr_assert_eq(reg(0, 0x470), UINT32_MAX);
	cr_assert_eq(ape(0, 0x4000), UINT32_MAX);
	set(0, 0x470, 6);
	cr_assert_eq(cfg(0, 0), 0x165f14e4);
	cr_assert_neq(reg(1, 0x470), UINT32_MAX);
	put(0, BCM_CONFIG, 0x4c, 2, 0);
	cr_assert_eq(reg(0, 0x470), 5, "nothing is lost");
}

Test(twin_bus, without_memory_decoding_no_bar_answers)
{
	put(0, BCM_CONFIG, 0x04, 2, 4);
	cr_assert_eq(reg(0, 0x400), UINT32_MAX);
	cr_assert_eq(ape(0, 0x4000), UINT32_MAX);
	cr_assert_eq(get(0, BCM_BAR4, 0x0c, 4), UINT32_MAX);
	set(0, 0x470, 5);
	put(0, BCM_BAR0, 0x04, 2, 6);
	cr_assert_eq(reg(0, 0x400), UINT32_MAX, "nor its mirror");
	put(0, BCM_CONFIG, 0x04, 2, 2);
	cr_assert_eq(reg(0, 0x470), 0);
}

Test(twin_bus, msix_entries_start_masked_and_keep_what_exists)
{
	for (unsigned int v = 0; v < 17; v++)
		cr_assert_eq(get(1, BCM_BAR4, 16 * v + 12, 4), 1);
	for (uint32_t off = 0; off < 0x20; off += 4)
		put(0, BCM_BAR4, off, 4, UINT32_MAX);
	cr_assert_eq(get(0, BCM_BAR4, 0x10, 4), 0xfffffffc);
	cr_assert_eq(get(0, BCM_BAR4, 0x14, 4), UINT32_MAX);
	cr_assert_eq(get(0, BCM_BAR4, 0x18, 4), UINT32_MAX);
	cr_assert_eq(get(0, BCM_BAR4, 0x1c, 4), 1);
}

Test(twin_bus, msix_pending_bits_and_the_rest_are_read_only)
{
	put(0, BCM_BAR4, 0x1000, 4, UINT32_MAX);
	put(0, BCM_BAR4, 17 * 16, 4, UINT32_MAX);
	put(0, BCM_BAR4, 0xfffc, 4, UINT32_MAX);
	cr_assert_eq(get(0, BCM_BAR4, 0x1000, 4), 0);
	cr_assert_eq(get(0, BCM_BAR4, 17 * 16, 4), 0);
	cr_assert_eq(get(1, BCM_BAR4, 17 * 16 + 12, 4), 0, "no 18th entry");
	cr_assert_eq(get(0, BCM_BAR4, 0xfffc, 4), 0);
}

Test(twin_bus, flr_clears_the_whole_msix_table_and_what_was_pending)
{
	for (uint32_t off = 0; off < 17 * 16; off += 4)
		put(0, BCM_BAR4, off, 4, UINT32_MAX);
	chip->func[0].msix[0x1000 / 4] = 3;
	flr(0);
	for (uint32_t off = 0; off < 0x1010; off += 4)
		cr_assert_eq(get(0, BCM_BAR4, off, 4),
			     off < 17 * 16 && off % 16 == 12, "%x", off);
}
