/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PM1 blocks, 0xcf9 and the keyboard controller, byte by byte.
 *
 * SLP_TYP and SLP_EN share the high byte of PM1_CNT, so a sleep request is
 * always one byte, whatever the width of the guest's write.
 */
#include "vmm/dev/power.h"

#include <string.h>

#include "vmm/boot/platform.h"
#include "vmm/dev/port.h"

#define PM1_EN_OFF     2    /* behind the two bytes of PM1_STS */
#define CNT_SCI_EN     0x01 /* low byte: ACPI mode, the only one here */
#define CNT_SLP_TYP(v) (((v) >> 2) & 7) /* high byte */
#define CNT_SLP_EN     0x20             /* high byte */
#define RST_TRIGGER    0x04
#define KBD_DATA       0
#define KBD_STATUS     4    /* command when written */
#define KBD_OUT_FULL   0x01 /* status bit 0; bit 1, input full, stays 0 */
#define KBD_CMD_RESET  0xfe

static uint8_t evt_get(void *dev, uint64_t off)
{
	const struct power *p = dev;

	if (off < PM1_EN_OFF)
		return 0;
	return off < POWER_EVT_NPORTS ? p->pm1_en[off - PM1_EN_OFF] : 0xff;
}

static void evt_put(void *dev, uint64_t off, uint8_t byte)
{
	struct power *p = dev;

	if (off >= PM1_EN_OFF && off < POWER_EVT_NPORTS)
		p->pm1_en[off - PM1_EN_OFF] = byte;
}

static uint8_t cnt_get(void *dev, uint64_t off)
{
	const struct power *p = dev;

	if (off == 0)
		return p->pm1_cnt[0] | CNT_SCI_EN;
	return off == 1 ? p->pm1_cnt[1] : 0xff;
}

static void cnt_put(void *dev, uint64_t off, uint8_t byte)
{
	struct power *p = dev;

	if (off == 0) {
		p->pm1_cnt[0] = byte;
	} else if (off == 1) {
		p->pm1_cnt[1] = byte & (uint8_t)~CNT_SLP_EN;
		if ((byte & CNT_SLP_EN) && CNT_SLP_TYP(byte) == PLAT_SLP_TYP_S5)
			p->stop(p->opaque, (struct stop){STOP_POWEROFF, 0});
	}
}

static uint8_t rst_get(void *dev, uint64_t off)
{
	const struct power *p = dev;

	return off == 0 ? p->reset : 0xff;
}

static void rst_put(void *dev, uint64_t off, uint8_t byte)
{
	struct power *p = dev;

	if (off != 0)
		return;
	p->reset = byte & (uint8_t)~RST_TRIGGER;
	if (byte & RST_TRIGGER)
		p->stop(p->opaque, (struct stop){STOP_RESET, 0});
}

static uint8_t kbd_get(void *dev, uint64_t off)
{
	(void)dev;
	return off == KBD_STATUS ? KBD_OUT_FULL : 0xff;
}

static void kbd_put(void *dev, uint64_t off, uint8_t byte)
{
	struct power *p = dev;

	if (off == KBD_STATUS && byte == KBD_CMD_RESET)
		p->stop(p->opaque, (struct stop){STOP_RESET, 0});
}

void power_init(struct power *p, stop_fn *stop, void *opaque)
{
	memset(p, 0, sizeof(*p));
	p->stop = stop;
	p->opaque = opaque;
}

uint32_t power_evt_read(struct power *p, unsigned off, unsigned size)
{
	return port_read(evt_get, p, off, size);
}

void power_evt_write(struct power *p, unsigned off, unsigned size,
		     uint32_t value)
{
	port_write(evt_put, p, off, size, value);
}

uint32_t power_cnt_read(struct power *p, unsigned off, unsigned size)
{
	return port_read(cnt_get, p, off, size);
}

void power_cnt_write(struct power *p, unsigned off, unsigned size,
		     uint32_t value)
{
	port_write(cnt_put, p, off, size, value);
}

uint32_t power_rst_read(struct power *p, unsigned off, unsigned size)
{
	return port_read(rst_get, p, off, size);
}

void power_rst_write(struct power *p, unsigned off, unsigned size,
		     uint32_t value)
{
	port_write(rst_put, p, off, size, value);
}

uint32_t power_kbd_read(struct power *p, unsigned off, unsigned size)
{
	return port_read(kbd_get, p, off, size);
}

void power_kbd_write(struct power *p, unsigned off, unsigned size,
		     uint32_t value)
{
	port_write(kbd_put, p, off, size, value);
}
