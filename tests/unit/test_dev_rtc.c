/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock: what a kernel reads of it, what it gives back after being set.
 */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "vmm/dev/rtc.h"

#define LEAP_DAY 1709251199 /* 2024-02-29 23:59:59 UTC */

static time_t on_now(void *opaque)
{
	return *(time_t *)opaque;
}

static uint8_t get(struct rtc *r, uint8_t reg)
{
	rtc_write(r, 0, 1, reg);
	return (uint8_t)rtc_read(r, 1, 1);
}

static void put(struct rtc *r, uint8_t reg, uint8_t byte)
{
	rtc_write(r, 0, 1, reg);
	rtc_write(r, 1, 1, byte);
}

/* seconds, minutes, hours, weekday, day, month, year, century */
static const uint8_t regs[8] = {0, 2, 4, 6, 7, 8, 9, RTC_REG_CENTURY};

static void check_time(struct rtc *r, const uint8_t want[8])
{
	for (size_t i = 0; i < ARRAY_SIZE(regs); i++)
		cr_assert_eq(get(r, regs[i]), want[i],
			     "register %#x: %#x, not %#x", regs[i],
			     get(r, regs[i]), want[i]);
}

/* clang-format off */
static const struct {
	time_t now;
	uint8_t b; /* register B */
	uint8_t want[8];
} times[] = {
	{LEAP_DAY,     0x02, {0x59, 0x59, 0x23, 5, 0x29, 0x02, 0x24, 0x20}},
	{LEAP_DAY + 1, 0x02, {0x00, 0x00, 0x00, 6, 0x01, 0x03, 0x24, 0x20}},
	{LEAP_DAY,     0x06, {59, 59, 23, 5, 29, 2, 24, 20}},
	{LEAP_DAY,     0x00, {0x59, 0x59, 0x91, 5, 0x29, 0x02, 0x24, 0x20}},
	{LEAP_DAY + 1, 0x00, {0x00, 0x00, 0x12, 6, 0x01, 0x03, 0x24, 0x20}},
	{LEAP_DAY + 1, 0x04, {0, 0, 12, 6, 1, 3, 24, 20}},
	{LEAP_DAY + 1 + 12 * 3600, 0x04, {0, 0, 12 + 0x80, 6, 1, 3, 24, 20}},
	{0,            0x02, {0x00, 0x00, 0x00, 5, 0x01, 0x01, 0x70, 0x19}},
};
/* clang-format on */

Test(dev_rtc, time_in_every_format)
{
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		time_t now = times[i].now;
		struct rtc r;

		rtc_init(&r, on_now, &now);
		put(&r, 0x0b, times[i].b);
		check_time(&r, times[i].want);
	}
}

Test(dev_rtc, every_time_register_alone_is_fresh)
{
	static const uint8_t want[8] = {0x59, 0x59, 0x23, 5,
					0x29, 0x02, 0x24, 0x20};
	time_t now = LEAP_DAY;

	for (size_t i = 0; i < ARRAY_SIZE(regs); i++) {
		struct rtc r;

		rtc_init(&r, on_now, &now);
		cr_assert_eq(get(&r, regs[i]), want[i], "register %#x",
			     regs[i]);
	}
}

Test(dev_rtc, what_a_driver_expects_of_the_control_registers)
{
	time_t now = LEAP_DAY;
	struct rtc r;

	rtc_init(&r, on_now, &now);
	cr_assert_eq(get(&r, 0x0a) & 0x80, 0, "no update in progress");
	cr_assert_eq(get(&r, 0x0b), 0x02, "BCD, 24 hours, no interrupts");
	cr_assert_eq(get(&r, 0x0c), 0);
	cr_assert_eq(get(&r, 0x0d), 0x80, "battery good, bit 6 clear");
	put(&r, 0x0a, 0xff);
	cr_assert_eq(get(&r, 0x0a), 0x7f, "UIP is not the guest's to set");
	put(&r, 0x0c, 0xff);
	put(&r, 0x0d, 0x00);
	cr_assert_eq(get(&r, 0x0c), 0);
	cr_assert_eq(get(&r, 0x0d), 0x80);
}

Test(dev_rtc, alarm_and_memory_keep_what_is_written)
{
	static const uint8_t mem[] = {0x01, 0x03, 0x05, 0x0e, 0x33, 0x7f};
	time_t now = LEAP_DAY;
	struct rtc r;

	rtc_init(&r, on_now, &now);
	for (size_t i = 0; i < sizeof(mem); i++) {
		cr_assert_eq(get(&r, mem[i]), 0);
		put(&r, mem[i], (uint8_t)(0xc0 + i));
	}
	for (size_t i = 0; i < sizeof(mem); i++)
		cr_assert_eq(get(&r, mem[i]), 0xc0 + i);
}

Test(dev_rtc, nmi_bit_of_the_index_is_ignored)
{
	time_t now = LEAP_DAY;
	struct rtc r;

	rtc_init(&r, on_now, &now);
	put(&r, 0x80 | 0x33, 0x42);
	cr_assert_eq(get(&r, 0x33), 0x42);
}

Test(dev_rtc, setting_under_SET_takes_hold_when_it_is_cleared)
{
	/* 2031-12-31 08:15:30, a Wednesday */
	static const uint8_t set[8] = {0x30, 0x15, 0x08, 4,
				       0x31, 0x12, 0x31, 0x20};
	time_t now = LEAP_DAY;
	struct rtc r;

	rtc_init(&r, on_now, &now);
	put(&r, 0x0b, 0x82);
	now += 100; /* the registers stand still */
	cr_assert_eq(get(&r, 0), 0x59);
	for (size_t i = 0; i < ARRAY_SIZE(regs); i++)
		put(&r, regs[i], set[i]);
	check_time(&r, set);
	put(&r, 0x0b, 0x02);
	check_time(&r, set);
	now += 15;
	cr_assert_eq(get(&r, 0), 0x45, "and it runs");
}

Test(dev_rtc, setting_one_register_moves_the_clock)
{
	time_t now = LEAP_DAY;
	struct rtc r;

	rtc_init(&r, on_now, &now);
	put(&r, 4, 0x07);
	cr_assert_eq(get(&r, 4), 0x07);
	cr_assert_eq(get(&r, 2), 0x59);
	cr_assert_eq(r.shift_s, -16 * 3600);
}

Test(dev_rtc, twelve_hour_mode_can_be_set)
{
	static const uint8_t hour[] = {0x12, 0x01, 0x11, 0x92, 0x81, 0x91};
	time_t now = LEAP_DAY;
	struct rtc r;

	rtc_init(&r, on_now, &now);
	put(&r, 0x0b, 0x00);
	for (size_t i = 0; i < sizeof(hour); i++) {
		put(&r, 4, hour[i]);
		cr_assert_eq(get(&r, 4), hour[i]);
	}
}

Test(dev_rtc, wide_and_outside_accesses)
{
	time_t now = LEAP_DAY;
	struct rtc r;

	rtc_init(&r, on_now, &now);
	rtc_write(&r, 0, 2, 0x5533); /* index, data */
	cr_assert_eq(get(&r, 0x33), 0x55);
	cr_assert_eq(rtc_read(&r, 0, 2), 0x55ff);
	cr_assert_eq(rtc_read(&r, 2, 4), UINT32_MAX);
	cr_assert_eq(rtc_read(&r, UINT32_MAX, 4), UINT32_MAX,
		     "an offset wrapped");
	rtc_write(&r, UINT32_MAX, 4, 0x11111111);
	cr_assert_eq(rtc_read(&r, 1, 1), 0x55);
}

Test(dev_rtc, anything_at_random)
{
	struct {
		uint64_t before;
		struct rtc r;
		uint64_t after;
	} box = {.before = 0x5a5a5a5a, .after = 0xa5a5a5a5};
	time_t now = LEAP_DAY;

	rtc_init(&box.r, on_now, &now);
	srandom(3);
	for (unsigned i = 0; i < 200000; i++) {
		unsigned off = (unsigned)random() % 4;
		unsigned size = (unsigned)random() % 6;

		if (random() & 1)
			rtc_write(&box.r, off, size, (uint32_t)random());
		else
			rtc_read(&box.r, off, size);
		now += random() % 100;
		cr_assert_lt(box.r.index, RTC_CMOS_LEN);
		cr_assert_eq(box.r.cmos[0x0a] & 0x80, 0);
	}
	cr_assert_eq(box.before, 0x5a5a5a5a);
	cr_assert_eq(box.after, 0xa5a5a5a5);
}
