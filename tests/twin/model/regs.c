/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The register file of BAR0 below the SRAM window.
 *
 * Knows how the blocks' tables become one index by offset, and how a row's
 * write mask, reset value and hooks are used.  Does not know a single
 * register; those are in the blocks' files.
 */
#include <string.h>

#include "base/bytes.h"
#include "tests/twin/model/chip.h"

/* The plain registers come last: a block's own row is the better one. */
static const struct bcm_reg *const tables[] = {
	bcm_reset_regs,  bcm_nvram_regs,  bcm_phy_regs,   bcm_link_regs,
	bcm_mbox_regs,   bcm_status_regs, bcm_tx_regs,    bcm_rx_regs,
	bcm_filter_regs, bcm_irq_regs,    bcm_stats_regs, bcm_ptp_regs,
	bcm_core_regs,
};

void bcm_regs_index(struct bcm_chip *chip)
{
	const struct bcm_reg *row;

	memset(chip->index, 0, sizeof(chip->index));
	for (unsigned int t = 0; t < ARRAY_SIZE(tables); t++)
		for (row = tables[t]; row->name; row++)
			for (uint32_t off = row->first; off <= row->last;
			     off += 4)
				if (!chip->index[off / 4])
					chip->index[off / 4] = row;
}

void bcm_regs_reset(struct bcm_func *f, enum bcm_domain d)
{
	const struct bcm_reg *row;

	for (unsigned int i = 0; i < BCM_REG_END / 4; i++) {
		row = f->chip->index[i];
		if (row && row->domain <= d)
			f->reg[i] = row->reset;
	}
}

static bool mark(struct bcm_chip *chip, bool write, uint32_t off)
{
	uint32_t *word = &chip->unknown_logged[write][off / 4 / 32];
	uint32_t bit = UINT32_C(1) << (off / 4 % 32);
	bool first = !(*word & bit);

	*word |= bit;
	return first;
}

static bool gap(const struct bcm_chip *chip, uint32_t off)
{
	return off < BCM_REG_END && !chip->index[off / 4];
}

/* Told once for the whole gap: a driver that dumps registers reads them all. */
static void unknown_read(struct bcm_func *f, uint32_t off)
{
	struct bcm_chip *chip = f->chip;
	uint32_t first = off;
	uint32_t end = off;

	if (!mark(chip, false, off))
		return;
	while (gap(chip, first - 4))
		mark(chip, false, first -= 4);
	while (gap(chip, end))
		mark(chip, false, end), end += 4;
	bcm_log(f, "register 0x%04x: unknown, reads 0, as all of 0x%04x-0x%04x",
		off, first, end - 4);
}

uint32_t bcm_reg_read(struct bcm_func *f, uint32_t off)
{
	const struct bcm_reg *row = f->chip->index[off / 4];

	if (row)
		return row->read ? row->read(f, off) : f->reg[off / 4];
	unknown_read(f, off);
	return 0;
}

void bcm_reg_write(struct bcm_func *f, uint32_t off, uint32_t val)
{
	const struct bcm_reg *row = f->chip->index[off / 4];

	if (row && row->write)
		row->write(f, off, val);
	else if (row)
		bcm_reg_store(f, off, val);
	else if (mark(f->chip, true, off))
		bcm_log(f, "register 0x%04x: unknown, 0x%x not written", off,
			val);
}

void bcm_reg_store(struct bcm_func *f, uint32_t off, uint32_t val)
{
	const struct bcm_reg *row = f->chip->index[off / 4];
	uint32_t mask = row ? row->wmask : 0;

	f->reg[off / 4] = (f->reg[off / 4] & ~mask) | (val & mask);
}
