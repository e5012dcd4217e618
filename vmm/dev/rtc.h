/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An MC146818 clock with 128 bytes of CMOS memory, ports 0x70 and 0x71.
 *
 * The time is the callback's (seconds since 1970, UTC) plus what the guest
 * moved it by.  An update is never in progress, so a guest does not wait for
 * one; alarm and periodic settings are stored and never raise an interrupt.
 */
#ifndef VMM_DEV_RTC_H
#define VMM_DEV_RTC_H

#include <stdint.h>
#include <time.h>

#define RTC_NPORTS      2
#define RTC_CMOS_LEN    128
#define RTC_REG_CENTURY 0x32 /* BCD or binary; the FADT must name it */

struct rtc {
	time_t (*now)(void *opaque);
	void *opaque;
	int64_t shift_s; /* guest's time minus now() */
	uint8_t index;   /* 0..127 */
	uint8_t cmos[RTC_CMOS_LEN];
};

/**
 * rtc_init - a running clock in BCD and 24-hour mode, battery good
 * @r:      filled
 * @now:    seconds since 1970-01-01 00:00 UTC; called at reads and writes
 * @opaque: handed to @now
 */
void rtc_init(struct rtc *r, time_t (*now)(void *opaque), void *opaque);

/**
 * rtc_read - guest reads
 * @off:  0 is port 0x70 (reads 0xff), 1 is 0x71, ports beyond read 0xff
 * @size: bytes, 1, 2 or 4; more than one is so many byte accesses in order
 *
 * Return: the bytes read, the first in the low bits.
 * Source: Motorola MC146818 data sheet, "Registers"; register 0x32 is the
 *         century by PC convention.
 */
uint32_t rtc_read(struct rtc *r, unsigned off, unsigned size);

/**
 * rtc_write - guest writes
 * @off:   0 selects a register (bit 7, the NMI gate, is ignored), 1 is data
 * @size:  bytes, 1, 2 or 4
 * @value: the first byte in the low bits
 */
void rtc_write(struct rtc *r, unsigned off, unsigned size, uint32_t value);

#endif
