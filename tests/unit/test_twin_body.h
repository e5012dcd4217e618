/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A chip on a bench: no memory behind DMA, a clock that the test turns, and
 * the last things it said.  For the tests of everything but the rings.
 */
#ifndef TEST_TWIN_BODY_H
#define TEST_TWIN_BODY_H

#include <criterion/criterion.h>

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/twin/model/chip.h"

static struct bcm_chip *chip;
static uint64_t now;
static unsigned int logs;
static char said[200];

static int no_read(void *ctx, unsigned int fn, uint64_t iova, void *buf,
		   size_t len)
{
	(void)ctx, (void)fn, (void)iova;
	memset(buf, 0, len);
	return 0;
}

static int no_write(void *ctx, unsigned int fn, uint64_t iova, const void *buf,
		    size_t len)
{
	(void)ctx, (void)fn, (void)iova, (void)buf, (void)len;
	return 0;
}

static void no_irq(void *ctx, unsigned int fn, enum bcm_irq how,
		   unsigned int vector, bool level)
{
	(void)ctx, (void)fn, (void)how, (void)vector, (void)level;
}

static void no_frame(void *ctx, unsigned int fn, const void *frame, size_t len)
{
	(void)ctx, (void)fn, (void)frame, (void)len;
}

static uint64_t clock_ns(void *ctx)
{
	(void)ctx;
	return now;
}

static void hear(void *ctx, unsigned int fn, const char *line)
{
	(void)ctx, (void)fn;
	logs++;
	strncpy(said, line, sizeof(said) - 1);
}

static const struct bcm_ops bench = {
	.dma_read = no_read,
	.dma_write = no_write,
	.irq = no_irq,
	.frame_out = no_frame,
	.now_ns = clock_ns,
	.log = hear,
};

/* What a host does first, and again after FLR or bus reset: memory decoding */
static inline void decode(void)
{
	static const uint16_t memory = 2;

	bcm_write(chip, 0, BCM_CONFIG, 0x04, &memory, 2);
	bcm_write(chip, 1, BCM_CONFIG, 0x04, &memory, 2);
}

static inline void power_on(const struct bcm_options *o)
{
	bcm_destroy(chip);
	now = 1000;
	chip = bcm_create(&bench, NULL, o);
	cr_assert_not_null(chip);
	decode();
}

static inline void setup(void)
{
	struct bcm_options o = bcm_options_default();

	power_on(&o);
}

static inline void teardown(void)
{
	bcm_destroy(chip);
	chip = NULL;
}

/* Resets from outside; the host then sets decoding up again. */
static inline void flr(unsigned int fn)
{
	bcm_flr(chip, fn);
	decode();
}

static inline void bus_reset(void)
{
	bcm_bus_reset(chip);
	decode();
}

/* ---- bus accesses of function @fn; they must be answered --------------- */

static inline uint32_t get(unsigned int fn, enum bcm_region r, uint32_t off,
			   size_t len)
{
	uint8_t b[4] = {0};

	cr_assert_eq(bcm_read(chip, fn, r, off, b, len), 0, "read of %x", off);
	return (uint32_t)le_get(b, 4);
}

static inline void put(unsigned int fn, enum bcm_region r, uint32_t off,
		       size_t len, uint32_t val)
{
	cr_assert_eq(bcm_write(chip, fn, r, off, &val, len), 0, "write of %x",
		     off);
}

static inline uint32_t reg(unsigned int fn, uint32_t off)
{
	return get(fn, BCM_BAR0, off, 4);
}

static inline void set(unsigned int fn, uint32_t off, uint32_t val)
{
	put(fn, BCM_BAR0, off, 4, val);
}

static inline uint32_t cfg(unsigned int fn, uint32_t off)
{
	return get(fn, BCM_CONFIG, off, 4);
}

static inline void cfg_set(unsigned int fn, uint32_t off, uint32_t val)
{
	put(fn, BCM_CONFIG, off, 4, val);
}

/* As drivers do it: the window's registers in the mirror */
static inline uint32_t mem(unsigned int fn, uint32_t addr)
{
	set(fn, 0x7c, addr);
	return reg(fn, 0x84);
}

static inline void mem_set(unsigned int fn, uint32_t addr, uint32_t val)
{
	set(fn, 0x7c, addr);
	set(fn, 0x84, val);
}

static inline uint32_t ape(unsigned int fn, uint32_t off)
{
	return get(fn, BCM_BAR2, off, 4);
}

static inline void ape_set(unsigned int fn, uint32_t off, uint32_t val)
{
	put(fn, BCM_BAR2, off, 4, val);
}

static inline void core_reset(unsigned int fn)
{
	set(fn, 0x6804, 0x20000001);
}

/* MDIO of the function's own PHY */
static inline uint16_t phy(unsigned int fn, unsigned int r)
{
	set(fn, 0x44c, 0x28000000 | (fn + 1) << 21 | r << 16);
	cr_assert_eq(reg(fn, 0x44c) & 0x30000000, 0, "MDIO read of %x", r);
	return (uint16_t)reg(fn, 0x44c);
}

static inline void phy_set(unsigned int fn, unsigned int r, uint16_t val)
{
	set(fn, 0x44c, 0x24000000 | (fn + 1) << 21 | r << 16 | val);
	cr_assert_eq(reg(fn, 0x44c) & 0x30000000, 0, "MDIO write of %x", r);
}

/* Time passes; whoever waited for it gets his turn. */
static inline void pass_ms(unsigned int ms)
{
	now += ms * UINT64_C(1000000);
	bcm_run(chip);
}

#endif
