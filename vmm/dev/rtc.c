/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The MC146818: ten registers are time, the rest is memory.
 *
 * Time is not kept in the registers.  A read breaks down now() + shift; a
 * write puts the broken-down time into the registers, changes one, and turns
 * them back into a new shift.  Register B's SET bit freezes them in between,
 * so that a guest can write all of them as one time.
 */
#include "vmm/dev/rtc.h"

#include <stdbool.h>
#include <string.h>

#include "vmm/dev/port.h"

/* clang-format off */
enum {
	SEC = 0x00, MIN = 0x02, HOUR = 0x04,
	WDAY = 0x06, MDAY = 0x07, MON = 0x08, YEAR = 0x09,
	REG_A = 0x0a, REG_B = 0x0b, REG_C = 0x0c, REG_D = 0x0d,
	CENTURY = RTC_REG_CENTURY,
};
/* clang-format on */

#define A_UIP     0x80 /* update in progress: never */
#define A_DEFAULT 0x26 /* 32768 Hz crystal, 1024 Hz periodic rate */
#define B_SET     0x80
#define B_BINARY  0x04
#define B_24H     0x02
#define D_VRT     0x80 /* battery good */
#define HOUR_PM   0x80

static bool is_time_reg(uint8_t reg)
{
	return reg == SEC || reg == MIN || reg == HOUR ||
	       (reg >= WDAY && reg <= YEAR) || reg == CENTURY;
}

static bool is_frozen(const struct rtc *r)
{
	return r->cmos[REG_B] & B_SET;
}

static uint8_t encode(const struct rtc *r, int v)
{
	if (r->cmos[REG_B] & B_BINARY)
		return (uint8_t)v;
	return (uint8_t)((v / 10 % 10) << 4 | v % 10);
}

static int decode(const struct rtc *r, uint8_t v)
{
	return (r->cmos[REG_B] & B_BINARY) ? v : (v >> 4) * 10 + (v & 15);
}

/* 12-hour mode: 12, 1..11 with the top bit for the afternoon */
static uint8_t encode_hour(const struct rtc *r, int hour)
{
	uint8_t pm = hour >= 12 ? HOUR_PM : 0;

	if (r->cmos[REG_B] & B_24H)
		return encode(r, hour);
	return encode(r, hour % 12 ? hour % 12 : 12) | pm;
}

static int decode_hour(const struct rtc *r, uint8_t v)
{
	if (r->cmos[REG_B] & B_24H)
		return decode(r, v);
	return decode(r, v & (uint8_t)~HOUR_PM) % 12 + (v & HOUR_PM ? 12 : 0);
}

/* registers := now() + shift */
static void latch_time(struct rtc *r)
{
	time_t t = (time_t)((int64_t)r->now(r->opaque) + r->shift_s);
	int year;
	struct tm tm;

	if (!gmtime_r(&t, &tm))
		return;
	year = tm.tm_year + 1900;
	r->cmos[SEC] = encode(r, tm.tm_sec);
	r->cmos[MIN] = encode(r, tm.tm_min);
	r->cmos[HOUR] = encode_hour(r, tm.tm_hour);
	r->cmos[WDAY] = encode(r, tm.tm_wday + 1);
	r->cmos[MDAY] = encode(r, tm.tm_mday);
	r->cmos[MON] = encode(r, tm.tm_mon + 1);
	r->cmos[YEAR] = encode(r, year % 100);
	r->cmos[CENTURY] = encode(r, year / 100);
}

/* shift := registers - now(); nonsense in them is carried over, as 61 s is */
static void settle_time(struct rtc *r)
{
	struct tm tm = {
		.tm_sec = decode(r, r->cmos[SEC]),
		.tm_min = decode(r, r->cmos[MIN]),
		.tm_hour = decode_hour(r, r->cmos[HOUR]),
		.tm_mday = decode(r, r->cmos[MDAY]),
		.tm_mon = decode(r, r->cmos[MON]) - 1,
		.tm_year = decode(r, r->cmos[CENTURY]) * 100 +
			   decode(r, r->cmos[YEAR]) - 1900,
	};

	r->shift_s = (int64_t)timegm(&tm) - (int64_t)r->now(r->opaque);
}

static void write_time(struct rtc *r, uint8_t byte)
{
	if (!is_frozen(r))
		latch_time(r);
	r->cmos[r->index] = byte;
	if (!is_frozen(r))
		settle_time(r);
}

static void write_b(struct rtc *r, uint8_t byte)
{
	bool was_frozen = is_frozen(r);

	r->cmos[REG_B] = byte;
	if (!was_frozen && is_frozen(r))
		latch_time(r);
	else if (was_frozen && !is_frozen(r))
		settle_time(r);
}

static uint8_t read_data(struct rtc *r)
{
	if (is_time_reg(r->index) && !is_frozen(r))
		latch_time(r);
	return r->cmos[r->index];
}

static void write_data(struct rtc *r, uint8_t byte)
{
	if (is_time_reg(r->index)) {
		write_time(r, byte);
	} else if (r->index == REG_A) {
		r->cmos[REG_A] = byte & (uint8_t)~A_UIP;
	} else if (r->index == REG_B) {
		write_b(r, byte);
	} else if (r->index != REG_C && r->index != REG_D) {
		r->cmos[r->index] = byte;
	}
}

static uint8_t get(void *dev, uint64_t off)
{
	return off == 1 ? read_data(dev) : 0xff;
}

static void put(void *dev, uint64_t off, uint8_t byte)
{
	struct rtc *r = dev;

	if (off == 0)
		r->index = byte & (RTC_CMOS_LEN - 1);
	else if (off == 1)
		write_data(r, byte);
}

void rtc_init(struct rtc *r, time_t (*now)(void *opaque), void *opaque)
{
	memset(r, 0, sizeof(*r));
	r->now = now;
	r->opaque = opaque;
	r->cmos[REG_A] = A_DEFAULT;
	r->cmos[REG_B] = B_24H;
	r->cmos[REG_D] = D_VRT;
}

uint32_t rtc_read(struct rtc *r, unsigned off, unsigned size)
{
	return port_read(get, r, off, size);
}

void rtc_write(struct rtc *r, unsigned off, unsigned size, uint32_t value)
{
	port_write(put, r, off, size, value);
}
