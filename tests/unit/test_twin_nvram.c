/* SPDX-License-Identifier: BSD-2-Clause */
/* The flash of the software BCM5720: arbiter, commands, and what is in it. */
#include "tests/unit/test_twin_body.h"

TestSuite(twin_nvram, .init = setup, .fini = teardown);

enum {
	CMD = 0x7000,
	WRDATA = 0x7008,
	ADDR = 0x700c,
	RDDATA = 0x7010,
	SWARB = 0x7020,
	ACCESS = 0x7024,
	DONE = 0x8,
	READ = 0x198, /* GO, FIRST, LAST and the bit that clears DONE */
	WRITE = 0x38,
	FIRST = 0x80,
	LAST = 0x100,
	ERASE = 0x40,
};

static void take(unsigned int fn)
{
	set(fn, SWARB, 2);
	cr_assert_eq(reg(fn, SWARB) & 0x200, 0x200);
	set(fn, ACCESS, 1);
}

static void writable(unsigned int fn)
{
	set(fn, 0x6800, 0x200000);
}

static bool command(unsigned int fn, uint32_t cmd)
{
	set(fn, CMD, cmd);
	return reg(fn, CMD) & DONE;
}

static uint32_t word(uint32_t addr)
{
	set(0, ADDR, addr);
	cr_assert(command(0, READ), "read of %x", addr);
	return reg(0, RDDATA);
}

/* ---- arbiter ------------------------------------------------------------ */

Test(twin_nvram, arbiter_grants_and_takes_back)
{
	cr_assert_eq(reg(0, SWARB), 0);
	set(0, SWARB, 2);
	cr_assert_eq(reg(0, SWARB), 0x2200);
	set(0, SWARB, 0x20);
	cr_assert_eq(reg(0, SWARB), 0);
}

Test(twin_nvram, arbiter_serves_one_function_at_a_time)
{
	set(0, SWARB, 2);
	set(1, SWARB, 2);
	cr_assert_eq(reg(1, SWARB), 0x2000, "asked, not granted");
	set(0, SWARB, 0x20);
	cr_assert_eq(reg(1, SWARB), 0x2200);
	cr_assert_eq(reg(0, SWARB), 0);
}

Test(twin_nvram, arbiter_serves_one_agent_at_a_time)
{
	set(0, SWARB, 1);
	cr_assert_eq(reg(0, SWARB), 0x1100);
	set(0, SWARB, 2);
	cr_assert_eq(reg(0, SWARB), 0x3100);
	set(0, SWARB, 0x10);
	cr_assert_eq(reg(0, SWARB), 0x2200);
	set(0, SWARB, 0xc);
	set(0, SWARB, 0xf0);
	cr_assert_eq(reg(0, SWARB), 0);
}

Test(twin_nvram, arbiter_forgets_a_function_that_is_reset)
{
	set(0, SWARB, 2);
	set(1, SWARB, 2);
	core_reset(0);
	cr_assert_eq(reg(0, SWARB), 0);
	cr_assert_eq(reg(1, SWARB), 0x2200);
	flr(1);
	cr_assert_eq(reg(1, SWARB), 0);
}

/* ---- commands ----------------------------------------------------------- */

Test(twin_nvram, read_is_big_endian)
{
	take(0);
	cr_assert_eq(word(0), 0x669955aa);
	cr_assert_eq(chip->nvram[0], 0x66);
}

Test(twin_nvram, no_command_without_grant)
{
	set(0, ACCESS, 1);
	cr_assert_not(command(0, READ));
	set(1, SWARB, 2);
	cr_assert_not(command(0, READ), "the other one has it");
}

Test(twin_nvram, no_command_without_access)
{
	take(0);
	set(0, ACCESS, 0);
	cr_assert_not(command(0, READ));
}

Test(twin_nvram, no_write_unless_the_lock_is_open)
{
	take(0);
	set(0, ADDR, 0x1000);
	set(0, WRDATA, 0x01020304);
	cr_assert_not(command(0, WRITE | FIRST | LAST));
	cr_assert_not(command(0, 0x10 | ERASE));
	cr_assert_eq(chip->nvram[0x1000], 0xff);
}

Test(twin_nvram, write_and_read_back)
{
	take(0);
	writable(0);
	set(0, ADDR, 0x1000);
	set(0, WRDATA, 0x01020304);
	cr_assert(command(0, WRITE | FIRST | LAST));
	cr_assert_eq(word(0x1000), 0x01020304);
	cr_assert_eq(chip->nvram[0x1000], 1);
}

Test(twin_nvram, burst_gives_its_address_once)
{
	take(0);
	writable(0);
	set(0, ADDR, 0x2000);
	for (uint32_t i = 0; i < 64; i++) {
		set(0, WRDATA, i);
		cr_assert(command(0, WRITE | (i == 0 ? FIRST : 0) |
					     (i == 63 ? LAST : 0)));
	}
	for (uint32_t i = 0; i < 64; i++)
		cr_assert_eq(word(0x2000 + 4 * i), i);
	cr_assert_eq(word(0x2100), UINT32_MAX);
}

Test(twin_nvram, erase_clears_a_page)
{
	take(0);
	writable(0);
	set(0, ADDR, 0x80);
	cr_assert(command(0, 0x10 | ERASE));
	cr_assert_eq(word(0x00), UINT32_MAX);
	cr_assert_eq(word(0xfc), UINT32_MAX);
	cr_assert_neq(word(0x100), UINT32_MAX);
}

Test(twin_nvram, write_enable_commands_are_done)
{
	take(0);
	cr_assert(command(0, 0x10010));
	cr_assert(command(0, 0x20010));
}

Test(twin_nvram, addresses_out_of_range_wrap_as_the_chip_does)
{
	take(0);
	cr_assert_eq(word(BCM_NVRAM_SIZE), 0x669955aa);
	cr_assert_eq(word(0x07fe0000), 0x669955aa);
	cr_assert_eq(word(UINT32_MAX - 3), UINT32_MAX);
	cr_assert_eq(word(3), 0x669955aa, "unaligned");
	writable(0);
	set(0, ADDR, UINT32_MAX);
	set(0, WRDATA, 0);
	cr_assert(command(0, WRITE));
	cr_assert(command(0, WRITE));
	cr_assert(command(0, 0x10 | ERASE));
}

Test(twin_nvram, done_is_cleared_by_the_next_command)
{
	take(0);
	cr_assert(command(0, READ));
	set(0, SWARB, 0x20);
	cr_assert_not(command(0, READ));
}

Test(twin_nvram, serial_eeprom_way_reads_the_same)
{
	set(0, 0x6838, 0x82000000 | 0x7c);
	cr_assert_eq(reg(0, 0x6838) & 0x42000000, 0x40000000);
	take(0);
	cr_assert_eq(reg(0, 0x683c), __builtin_bswap32(word(0x7c)));
}

Test(twin_nvram, what_is_written_outlives_resets_and_is_used)
{
	take(1);
	writable(1);
	set(1, ADDR, 0xcc);
	set(1, WRDATA, 0x00000211);
	cr_assert(command(1, WRITE | FIRST | LAST));
	core_reset(1);
	cr_assert_eq(mem(1, 0xc14), 0x484b0211);
	bus_reset();
	cr_assert_eq(mem(1, 0xc14), 0x484b0211);
	cr_assert_eq(mem(0, 0xc14), 0x484b3417);
}

/* ---- image -------------------------------------------------------------- */

static uint32_t image_word(uint32_t off)
{
	return __builtin_bswap32((uint32_t)le_get(chip->nvram + off, 4));
}

/* By long division, most significant bit first, over reflected bytes */
static uint32_t crc(const uint8_t *p, size_t len)
{
	uint64_t rest = 0;
	uint32_t out = 0;
	unsigned int bit;

	for (size_t i = 0; i < 8 * (len + 4); i++) {
		bit = i < 8 * len ? (unsigned int)p[i / 8] >> i % 8 & 1 : 0;
		if (i < 32)
			bit ^= 1;
		rest = rest << 1 | bit;
		if (rest >> 32)
			rest ^= UINT64_C(0x104c11db7);
	}
	for (int i = 0; i < 32; i++)
		out |= (uint32_t)(rest >> i & 1) << (31 - i);
	return ~out;
}

Test(twin_nvram, crc_of_the_test_is_the_one_of_ethernet)
{
	cr_assert_eq(crc((const uint8_t *)"123456789", 9), 0xcbf43926);
}

Test(twin_nvram, both_checksums_are_right)
{
	cr_assert_eq(le_get(chip->nvram + 0x10, 4), crc(chip->nvram, 0x10));
	cr_assert_eq(le_get(chip->nvram + 0xfc, 4),
		     crc(chip->nvram + 0x74, 0x88));
}

Test(twin_nvram, manufacturing_data)
{
	cr_assert_eq(memcmp(chip->nvram + 0x84, "BCM95720\0\0", 10), 0);
	cr_assert_eq(image_word(0xa0), cfg(0, 0x00));
	cr_assert_eq(image_word(0xa4), cfg(0, 0x2c));
	cr_assert_eq(image_word(0xf0) & 0xffff, BCM_NVRAM_SIZE / 1024);
}

Test(twin_nvram, boot_code_has_its_version_where_its_head_says)
{
	uint32_t boot = image_word(0x0c);
	uint32_t load = image_word(0x04);

	cr_assert_eq(image_word(boot) & 0xfc000000, 0x0c000000);
	cr_assert_eq(image_word(boot + 4), 0);
	boot += image_word(boot + 8) - load;
	cr_assert_eq(memcmp(chip->nvram + boot, "5720-v1.39\0\0\0\0\0", 16), 0);
}

/* Offset and length of the VPD by the directory */
static const uint8_t *find_vpd(size_t *len)
{
	uint32_t entry;

	for (uint32_t off = 0x18; off < 0x78; off += 0xc) {
		entry = image_word(off);
		if (entry >> 24 != 20)
			continue;
		*len = 4 * (entry & 0x3fffff);
		cr_assert_leq(image_word(off + 4) + *len, BCM_NVRAM_SIZE);
		return chip->nvram + image_word(off + 4);
	}
	cr_assert_fail("no extended VPD in the directory");
	return NULL;
}

/* Item @key of the read-only list of @vpd, its length in @len */
static const uint8_t *item(const uint8_t *vpd, const char *key, size_t *len)
{
	size_t at = 3 + le_get(vpd + 1, 2);
	size_t end = at + 3 + le_get(vpd + at + 1, 2);

	cr_assert_eq(vpd[0], 0x82);
	cr_assert_eq(vpd[at], 0x90);
	cr_assert_eq(vpd[end], 0x78);
	for (at += 3; at < end; at += 3 + *len) {
		*len = vpd[at + 2];
		cr_assert_leq(at + 3 + *len, end);
		if (!memcmp(vpd + at, key, 2))
			return vpd + at + 3;
	}
	return NULL;
}

static bool item_is(const uint8_t *vpd, const char *key, const char *text)
{
	size_t len = 0;
	const uint8_t *p = item(vpd, key, &len);

	return p && len == strlen(text) && !memcmp(p, text, len);
}

static uint8_t sum_to_checksum(const uint8_t *vpd)
{
	size_t len = 0;
	const uint8_t *rv = item(vpd, "RV", &len);
	uint8_t sum = 0;

	cr_assert_not_null(rv);
	for (const uint8_t *p = vpd; p <= rv; p++)
		sum = (uint8_t)(sum + *p);
	return sum;
}

static void vpd_is_right(const uint8_t *vpd, const char *pn, const char *v0)
{
	cr_assert(item_is(vpd, "PN", pn));
	cr_assert(item_is(vpd, "MN", "1028"));
	cr_assert(item_is(vpd, "V0", v0));
	cr_assert_eq(sum_to_checksum(vpd), 0);
}

Test(twin_nvram, vpd_whole_and_short)
{
	size_t len = 0;
	const uint8_t *vpd = find_vpd(&len);

	vpd_is_right(vpd, "BCM95720", "FFV21.40.21");
	vpd_is_right(chip->nvram + 0x100, "BCM95720", "FFV21.40.21");
	cr_assert(item_is(vpd, "V4", "NMVBroadcom Corp"));
	cr_assert(item_is(vpd, "V6", "DCM1001008d452101008d45"));
	item(vpd, "RV", &len);
	cr_assert_eq(len, 234, "a checksum and 233 reserved bytes");
}

Test(twin_nvram, vpd_with_longest_options_fits)
{
	struct bcm_options o = bcm_options_default();
	size_t len = 0;
	const uint8_t *vpd;

	o.partno = "0123456789abcdefTOOLONG";
	o.vpd_v0 = "0123456789abTOOLONG";
	power_on(&o);
	vpd = find_vpd(&len);
	vpd_is_right(vpd, "0123456789abcdef", "0123456789ab");
	vpd_is_right(chip->nvram + 0x100, "0123456789abcdef", "0123456789ab");
	cr_assert_eq(le_get(chip->nvram + 0xfc, 4),
		     crc(chip->nvram + 0x74, 0x88));
	cr_assert_eq(image_word(0x28c) >> 24, 0x0c);
}

Test(twin_nvram, vpd_with_no_options_is_still_valid)
{
	struct bcm_options o = bcm_options_default();
	size_t len = 0;

	o.partno = NULL;
	o.vpd_v0 = NULL;
	power_on(&o);
	vpd_is_right(find_vpd(&len), "", "");
}

Test(twin_nvram, vpd_of_the_capability_is_the_one_in_flash)
{
	size_t len = 0;
	const uint8_t *vpd = find_vpd(&len);

	for (uint32_t at = 0; at < len; at += 4) {
		put(1, BCM_CONFIG, 0x52, 2, at);
		cr_assert_eq(cfg(1, 0x54), le_get(vpd + at, 4), "%x", at);
	}
}
