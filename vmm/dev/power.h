/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ways a guest turns the machine off or resets it: ACPI PM1 blocks, the
 * reset control register and the keyboard controller's reset line.
 *
 * Four little port windows on one state; where they lie is platform.h's to
 * say.  There is no keyboard, no power button and no event: only requests.
 */
#ifndef VMM_DEV_POWER_H
#define VMM_DEV_POWER_H

#include <stdint.h>

#include "vmm/dev/stop.h"

#define POWER_EVT_NPORTS 4 /* PM1_STS, PM1_EN */
#define POWER_CNT_NPORTS 2 /* PM1_CNT */
#define POWER_RST_NPORTS 1 /* 0xcf9, in the middle of PCI's CF8 window */
#define POWER_KBD_NPORTS 5 /* 0x60 and 0x64; what lies between is not ours */

struct power {
	stop_fn *stop;
	void *opaque;
	uint8_t pm1_en[2];
	uint8_t pm1_cnt[2];
	uint8_t reset;
};

/**
 * power_init - the state after reset
 * @p:      filled
 * @stop:   told STOP_POWEROFF or STOP_RESET
 * @opaque: handed to @stop
 */
void power_init(struct power *p, stop_fn *stop, void *opaque);

/**
 * power_evt_read - PM1 event block: status reads 0, enable what was written
 * @off:  0..3; ports beyond read 0xff
 * @size: bytes, 1, 2 or 4, here and in all that follow; more than one is so
 *        many byte accesses in order
 *
 * Return: the bytes read, the first in the low bits.
 * Source: ACPI 6.4, 4.8.3.1 PM1 Event Grouping.
 */
uint32_t power_evt_read(struct power *p, unsigned off, unsigned size);

/** power_evt_write - PM1 event block: enable is stored, the rest ignored */
void power_evt_write(struct power *p, unsigned off, unsigned size,
		     uint32_t value);

/**
 * power_cnt_read - PM1 control: SCI_EN always 1, SLP_EN always 0
 * @off: 0..1; ports beyond read 0xff
 *
 * Source: ACPI 6.4, 4.8.3.2.1 PM1 Control Registers.
 */
uint32_t power_cnt_read(struct power *p, unsigned off, unsigned size);

/** power_cnt_write - PM1 control: SLP_EN with SLP_TYP of S5 powers off */
void power_cnt_write(struct power *p, unsigned off, unsigned size,
		     uint32_t value);

/** power_rst_read - 0xcf9: what was written, less the trigger bit */
uint32_t power_rst_read(struct power *p, unsigned off, unsigned size);

/**
 * power_rst_write - 0xcf9: bit 2 set (values 6, 0xe, 4) resets
 *
 * Only single-byte accesses at 0xcf9 belong here: a 4-byte write at 0xcf8 is
 * PCI's address register, although it covers this port.
 */
void power_rst_write(struct power *p, unsigned off, unsigned size,
		     uint32_t value);

/**
 * power_kbd_read - ports 0x60 (@off 0) and 0x64 (@off 4); others read 0xff
 *
 * The status is "output full, input empty" for ever: a driver that flushes the
 * controller gives up after a few bytes instead of waiting for time-outs, and
 * one that waits for its turn to send the reset command sends it at once.
 */
uint32_t power_kbd_read(struct power *p, unsigned off, unsigned size);

/** power_kbd_write - command 0xfe at 0x64 resets; the rest is ignored */
void power_kbd_write(struct power *p, unsigned off, unsigned size,
		     uint32_t value);

#endif
