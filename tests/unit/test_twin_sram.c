/* SPDX-License-Identifier: BSD-2-Clause */
/* Internal memory of the software BCM5720 and what boot code leaves there. */
#include "tests/unit/test_twin_body.h"

TestSuite(twin_sram, .init = setup, .fini = teardown);

static const uint32_t patterns[] = {0, 0xffffffff, 0xaa55a55a};

/* The ranges and patterns of the driver's own memory test */
static void memory_test(uint32_t from, uint32_t len)
{
	for (size_t p = 0; p < ARRAY_SIZE(patterns); p++)
		for (uint32_t at = from; at < from + len; at += 4) {
			mem_set(0, at, patterns[p]);
			cr_assert_eq(mem(0, at), patterns[p], "%x", at);
		}
}

Test(twin_sram, holds_patterns_as_the_self_test_writes_them)
{
	memory_test(0x200, 8);
	memory_test(0x10000, 0xa000);
	memory_test(0x20000, 0x13c00);
}

Test(twin_sram, words_do_not_alias)
{
	for (uint32_t at = 0x10000; at < BCM_SRAM_SIZE; at += 4)
		mem_set(1, at, at);
	for (uint32_t at = 0x10000; at < BCM_SRAM_SIZE; at += 4)
		cr_assert_eq(mem(1, at), at);
}

Test(twin_sram, window_shows_32_kib_at_the_base)
{
	mem_set(0, 0x18004, 0x11111111);
	set(0, 0x7c, 0x18000);
	cr_assert_eq(reg(0, 0x8004), 0x11111111);
	set(0, 0xfffc, 0x22222222);
	cr_assert_eq(mem(0, 0x1fffc), 0x22222222);
	set(0, 0x7c, 0x18ab0);
	cr_assert_eq(reg(0, 0x8004), 0x11111111, "low bits do not count");
}

Test(twin_sram, beyond_the_end_reads_0_and_ignores_writes)
{
	static const uint32_t beyond[] = {BCM_SRAM_SIZE, 0x80000000,
					  0xfffffffc};

	for (size_t i = 0; i < ARRAY_SIZE(beyond); i++) {
		mem_set(0, beyond[i], 0x55555555);
		cr_assert_eq(mem(0, beyond[i]), 0);
		set(0, 0x7c, beyond[i]);
		set(0, 0x8000, 1);
		cr_assert_eq(reg(0, 0x8000), 0);
		cr_assert_eq(reg(0, 0xfffc), 0);
	}
}

Test(twin_sram, functions_have_memory_of_their_own)
{
	mem_set(0, 0x10000, 1);
	mem_set(1, 0x10000, 2);
	cr_assert_eq(mem(0, 0x10000), 1);
}

Test(twin_sram, boot_code_has_answered_after_power_on)
{
	cr_assert_eq(mem(0, 0xb50), 0xb49a89ab);
	cr_assert_eq(mem(0, 0xc00), 0xb49a89ab);
	cr_assert_eq(mem(0, 0xb54), 0x4b657654);
	cr_assert_eq(mem(0, 0xb58), 0x114);
	cr_assert_eq(mem(0, 0xb5c), 0x10000);
	cr_assert_eq(mem(0, 0xb74), 0x03625f60);
	cr_assert_eq(mem(0, 0xd38), 0x4014);
	cr_assert_eq(mem(0, 0xd3c), 0);
	cr_assert_eq(mem(0, 0xe0c), 0);
}

Test(twin_sram, function_number_and_mac_are_per_function)
{
	cr_assert_eq(mem(0, 0xe00), 0x0000362c);
	cr_assert_eq(mem(1, 0xe00), 0x4000362c);
	cr_assert_eq(mem(0, 0xc14), 0x484b3417);
	cr_assert_eq(mem(0, 0xc18), 0xebf0dce3);
	cr_assert_eq(mem(1, 0xc18), 0xebf0dce4);
	cr_assert_eq(reg(1, 0x410), 0x3417);
	cr_assert_eq(reg(1, 0x414), 0xebf0dce4);
}

Test(twin_sram, macs_of_the_options_arrive_everywhere)
{
	struct bcm_options o = bcm_options_default();

	memcpy(o.mac[1], "\x02\x11\x22\x33\x44\x55", 6);
	power_on(&o);
	cr_assert_eq(mem(1, 0xc14), 0x484b0211);
	cr_assert_eq(mem(1, 0xc18), 0x22334455);
	cr_assert_eq(reg(1, 0x410), 0x0211);
	cr_assert_eq(cfg(1, 0x140), 0x22334455);
	cr_assert_eq(cfg(1, 0x144), 0x00000211);
	cr_assert_eq(memcmp(chip->nvram + 0xce, o.mac[1], 6), 0);
	cr_assert_eq(memcmp(chip->nvram + 0x7e, o.mac[0], 6), 0);
}

Test(twin_sram, asf_shows_in_the_configuration_word)
{
	struct bcm_options o = bcm_options_default();

	o.asf = true;
	power_on(&o);
	cr_assert_eq(mem(0, 0xb58), 0x200194);
	cr_assert_eq(mem(1, 0xb58), 0x200194);
}

Test(twin_sram, handshake_of_a_reset)
{
	mem_set(0, 0xb50, 0x4b657654);
	cr_assert_eq(mem(0, 0xb50), 0x4b657654);
	core_reset(0);
	cr_assert_eq(mem(0, 0xb50), 0xb49a89ab);
}

Test(twin_sram, no_answer_when_boot_code_is_gone)
{
	bcm_fault(chip, 0, BCM_FAULT_NO_BOOT, 2);
	mem_set(0, 0xb50, 0x4b657654);
	core_reset(0);
	cr_assert_eq(mem(0, 0xb50), 0xb49a89ab, "the second one fails");
	for (int i = 0; i < 3; i++) {
		mem_set(0, 0xb50, 0x4b657654);
		core_reset(0);
		cr_assert_eq(mem(0, 0xb50), 0x4b657654, "and all after it");
	}
	mem_set(1, 0xb50, 0x4b657654);
	core_reset(1);
	cr_assert_eq(mem(1, 0xb50), 0xb49a89ab, "only of function 0");
	bus_reset();
	cr_assert_eq(mem(0, 0xb50), 0xb49a89ab);
}
