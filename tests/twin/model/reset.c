/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The resets, and what each takes along.
 *
 *			core reset   FLR          bus reset
 *  registers		CORE         CORE, FLR    all three domains
 *  rings, vectors	yes          yes          yes
 *  NVRAM request	yes          yes          yes
 *  config space	no           not sticky   all
 *  MSI-X table		no           yes          yes
 *  APE locks		no           yes          yes
 *  PHY and link	no           no           yes
 *  NVRAM, APE memory	no           no           no
 *
 * Then boot code runs again.  A core reset is a write to a register, an FLR
 * one to configuration space; a bus reset comes from outside, to both
 * functions.
 */
#include <string.h>

#include "tests/twin/model/chip.h"

enum {
	GRC_MISC_CFG = 0x6804,
	MISC_CFG_CORE_RESET = 1,
};

/* What every reset has in common */
static void reset(struct bcm_func *f, enum bcm_domain d)
{
	f->epoch++;
	bcm_nvram_release(f);
	bcm_regs_reset(f, d);
	bcm_rings_reset(f);
	bcm_vec_reset(f);
	bcm_irq_update(f);
}

void bcm_core_reset(struct bcm_func *f)
{
	reset(f, BCM_DOM_CORE);
	bcm_boot(f);
}

void bcm_flr(struct bcm_chip *chip, unsigned int fn)
{
	struct bcm_func *f = &chip->func[fn];

	bcm_log(f, "function level reset");
	bcm_cfg_reset(f);
	bcm_msix_reset(f);
	bcm_ape_release(f);
	reset(f, BCM_DOM_FLR);
	bcm_boot(f);
	if (bcm_fault_hit(f, BCM_FAULT_FLR_HANG))
		f->dead = true;
}

static void bus_reset(struct bcm_func *f)
{
	f->dead = false;
	f->fault_at[BCM_FAULT_NO_BOOT] = 0;
	f->fault_at[BCM_FAULT_FLR_HANG] = 0;
	bcm_cfg_init(f);
	bcm_msix_reset(f);
	bcm_ape_release(f);
	memset(f->sram, 0, sizeof(f->sram));
	reset(f, BCM_DOM_BUS);
	bcm_phy_reset(f);
	bcm_boot(f);
}

void bcm_bus_reset(struct bcm_chip *chip)
{
	for (unsigned int fn = 0; fn < BCM_FUNCS; fn++)
		bus_reset(&chip->func[fn]);
}

static void misc_cfg_write(struct bcm_func *f, uint32_t off, uint32_t val)
{
	if (val & MISC_CFG_CORE_RESET)
		bcm_core_reset(f);
	else
		bcm_reg_store(f, off, val);
}

/* clang-format off */
const struct bcm_reg bcm_reset_regs[] = {
	{ GRC_MISC_CFG, GRC_MISC_CFG, 0, 0xfffffffe, BCM_DOM_CORE,
	  "GRC_MISC_CFG", NULL, misc_cfg_write },
	{ 0 },
};
/* clang-format on */
