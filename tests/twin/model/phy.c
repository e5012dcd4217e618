/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The copper PHY of a function, and the MDIO register that leads to it.
 *
 * Registers 0 to 15 are IEEE's (22.2.4), 16 and up Broadcom's: a DSP behind
 * an address and a data register, and "shadows", several registers behind one
 * number.  This file keeps them; when there is a link, and at what speed, is
 * link.c's.  A transaction is over before the next bus access.
 */
#include <string.h>

#include "tests/twin/model/chip.h"
#include "tests/twin/model/phy.h"

enum {
	MI_COM = 0x44c,
	MI_START = 0x20000000,
	MI_FAILED = 0x10000000,
	MI_READ = 0x08000000,
	MI_WRITE = 0x04000000,
	MI_PHY_SHIFT = 21,
	MI_REG_SHIFT = 16,
	MAC_STATUS = 0x404,
	MAC_STATUS_MI_DONE = 0x400000,
};

/* Registers whose value is made up when read, or that cannot be written */
enum {
	PHY_BMSR = 1,
	PHY_ID1 = 2,
	PHY_ID2 = 3,
	PHY_LPA = 5,
	PHY_EXPANSION = 6,
	PHY_STAT1000 = 10,
	PHY_MMD_CTRL = 13,
	PHY_MMD_DATA = 14,
	PHY_ESTATUS = 15,
	PHY_EXT_STATUS = 0x11,
	PHY_RX_COUNTERS = 0x14,
	PHY_DSP_DATA = 0x15,
	PHY_DSP_CONTROL = 0x16,
	PHY_DSP_ADDR = 0x17,
	PHY_AUXCTL = 0x18,
	PHY_AUX_STATUS = 0x19,
	PHY_ISTATUS = 0x1a,
	PHY_MISC = 0x1c,
};

enum {
	BMCR_RESET = 0x8000,
	BMCR_RESTART = 0x200,
	BMSR_DOWN = 0x7949,
	BMSR_UP = 0x796d,
	EXT_STATUS_MDIX = 0x2000,
	AUXCTL_MISC = 7,
	AUXCTL_WRITE = 0x8000,
	AUXCTL_SELECT_SHIFT = 12,
	MISC_WRITE = 0x8000,
	MISC_SELECT_SHIFT = 10,
	DSP_BUSY = 0x1000,
	MMD_ADDRESS = 0,
	MMD_DATA = 1,
};

void bcm_phy_defaults(struct bcm_func *f)
{
	struct bcm_phy *p = &f->phy;

	memset(p->reg, 0, sizeof(p->reg));
	memset(p->aux, 0, sizeof(p->aux));
	memset(p->misc, 0, sizeof(p->misc));
	memset(p->dsp, 0, sizeof(p->dsp));
	memset(p->mmd, 0, sizeof(p->mmd));
	p->mmd_addr = 0;
	p->aux_sel = 0;
	p->misc_sel = 0;
	p->reg[PHY_BMCR] = BMCR_ANENABLE | BMCR_SPEED1000 | BMCR_FULLDPLX;
	p->reg[PHY_ADV] = 0x01e1;
	p->reg[7] = 0x2001;
	p->reg[PHY_CTRL1000] = 0x0300;
}

void bcm_phy_reset(struct bcm_func *f)
{
	bcm_phy_defaults(f);
	bcm_link_restart(f);
}

bool bcm_phy_loopback(const struct bcm_func *f)
{
	return f->phy.reg[PHY_BMCR] & BMCR_LOOPBACK;
}

/* ---- MMD, the registers of clause 45 ---------------------------------- */

static uint16_t *mmd_at(struct bcm_phy *p)
{
	unsigned int dev = p->reg[PHY_MMD_CTRL] & 0x1f;

	return p->mmd_addr < 256 ? &p->mmd[dev][p->mmd_addr] : NULL;
}

static uint16_t mmd_read(struct bcm_func *f)
{
	struct bcm_phy *p = &f->phy;
	unsigned int dev = p->reg[PHY_MMD_CTRL] & 0x1f;
	const uint16_t *at = mmd_at(p);

	if (p->reg[PHY_MMD_CTRL] >> 14 == MMD_ADDRESS)
		return p->mmd_addr;
	if (dev == MMD_AN && p->mmd_addr == MMD_AN_EEE_LP)
		return p->lp_eee;
	if (dev == MMD_AN && p->mmd_addr == MMD_AN_EEE_RESULT)
		return p->eee;
	return at ? *at : 0;
}

static void mmd_write(struct bcm_phy *p, uint16_t val)
{
	unsigned int function = p->reg[PHY_MMD_CTRL] >> 14;
	uint16_t *at;

	if (function == MMD_ADDRESS) {
		p->mmd_addr = val;
		return;
	}
	at = mmd_at(p);
	if (at)
		*at = val;
	if (function > MMD_DATA)
		p->mmd_addr++;
}

/* ---- shadows ---------------------------------------------------------- */

static void auxctl_write(struct bcm_phy *p, uint16_t val)
{
	unsigned int shadow = val & 7;

	if (shadow == AUXCTL_MISC && !(val & AUXCTL_WRITE))
		p->aux_sel = val >> AUXCTL_SELECT_SHIFT & 7;
	else if (shadow == AUXCTL_MISC)
		p->aux[shadow] = val & 0x0ff8;
	else
		p->aux[shadow] = val & 0xfff8;
}

static void misc_write(struct bcm_phy *p, uint16_t val)
{
	p->misc_sel = val >> MISC_SELECT_SHIFT & 0x1f;
	if (val & MISC_WRITE)
		p->misc[p->misc_sel] = val & 0x3ff;
}

/* ---- registers -------------------------------------------------------- */

static void bmcr_write(struct bcm_func *f, uint16_t val)
{
	const uint16_t decides = BMCR_ANENABLE | BMCR_SPEED100 | BMCR_FULLDPLX |
				 BMCR_SPEED1000 | BMCR_LOOPBACK | BMCR_PDOWN;
	uint16_t old = f->phy.reg[PHY_BMCR];

	if (val & BMCR_RESET) {
		bcm_phy_reset(f);
		return;
	}
	f->phy.reg[PHY_BMCR] = val & (uint16_t)~BMCR_RESTART;
	if (((old ^ val) & decides) ||
	    ((val & BMCR_RESTART) && (val & BMCR_ANENABLE)))
		bcm_link_restart(f);
}

static void phy_write(struct bcm_func *f, unsigned int reg, uint16_t val)
{
	struct bcm_phy *p = &f->phy;

	switch (reg) {
	case PHY_BMCR:
		bmcr_write(f, val);
		break;
	case PHY_MMD_DATA:
		mmd_write(p, val);
		break;
	case PHY_DSP_DATA:
		p->dsp[p->reg[PHY_DSP_ADDR]] = val;
		break;
	case PHY_AUXCTL:
		auxctl_write(p, val);
		break;
	case PHY_MISC:
		misc_write(p, val);
		break;
	default: /* read-only ones are never read from here */
		p->reg[reg] = val;
		break;
	}
}

static uint16_t istatus_read(struct bcm_phy *p)
{
	uint16_t val = p->istatus;

	p->istatus = 0;
	return val;
}

/* What the link says of itself */
static uint16_t status_read(const struct bcm_phy *p, unsigned int reg)
{
	switch (reg) {
	case PHY_BMSR:
		return p->up ? BMSR_UP : BMSR_DOWN;
	case PHY_LPA:
		return p->lpa;
	case PHY_EXPANSION:
		return p->up ? 0x0005 : 0x0004;
	case PHY_STAT1000:
		return p->stat1000;
	case PHY_EXT_STATUS:
		return p->up ? EXT_STATUS_MDIX : 0;
	default:
		return p->aux_status;
	}
}

static uint16_t phy_read(struct bcm_func *f, unsigned int reg)
{
	struct bcm_phy *p = &f->phy;

	switch (reg) {
	case PHY_BMSR:
	case PHY_LPA:
	case PHY_EXPANSION:
	case PHY_STAT1000:
	case PHY_EXT_STATUS:
	case PHY_AUX_STATUS:
		return status_read(p, reg);
	case PHY_ID1:
		return 0x0362;
	case PHY_ID2:
		return 0x5f60;
	case PHY_MMD_DATA:
		return mmd_read(f);
	case PHY_ESTATUS:
		return 0x3000;
	case PHY_RX_COUNTERS:
		return 0;
	case PHY_DSP_DATA:
		return p->dsp[p->reg[PHY_DSP_ADDR]];
	case PHY_DSP_CONTROL:
		return p->reg[reg] & (uint16_t)~DSP_BUSY;
	case PHY_AUXCTL:
		return (uint16_t)(p->aux[p->aux_sel] | p->aux_sel);
	case PHY_ISTATUS:
		return istatus_read(p);
	case PHY_MISC:
		return (uint16_t)(p->misc_sel << MISC_SELECT_SHIFT |
				  p->misc[p->misc_sel]);
	default:
		return p->reg[reg];
	}
}

/* ---- MDIO ------------------------------------------------------------- */

static void mi_com_write(struct bcm_func *f, uint32_t off, uint32_t val)
{
	unsigned int phy = val >> MI_PHY_SHIFT & 0x1f;
	unsigned int reg = val >> MI_REG_SHIFT & 0x1f;
	uint32_t done = val & ~(uint32_t)(MI_START | MI_FAILED);

	if (val & MI_START)
		f->reg[MAC_STATUS / 4] |= MAC_STATUS_MI_DONE;
	if ((val & MI_START) && (val & MI_READ)) {
		done &= 0xffff0000;
		if (phy == f->fn + 1)
			done |= phy_read(f, reg);
		else
			done |= MI_FAILED | 0xffff;
	} else if ((val & MI_START) && (val & MI_WRITE) && phy == f->fn + 1) {
		phy_write(f, reg, (uint16_t)val);
	}
	bcm_reg_store(f, off, done);
}

/* clang-format off */
const struct bcm_reg bcm_phy_regs[] = {
	{ MI_COM, MI_COM, 0, 0xffffffff, BCM_DOM_CORE,
	  "MAC_MI_COM", NULL, mi_com_write },
	{ 0 },
};
/* clang-format on */
