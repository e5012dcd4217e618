/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What can be made to go wrong, counted.
 *
 * Each fault has occasions: a DMA access, an interrupt, a boot, a link that
 * comes up, an FLR.  This file counts them down; what then happens is in the
 * files that ask bcm_fault_hit().
 */
#include "tests/twin/model/chip.h"

static const char *const names[BCM_FAULT_COUNT] = {
	[BCM_FAULT_NONE] = "none",           [BCM_FAULT_DMA] = "dma",
	[BCM_FAULT_LOST_IRQ] = "lost-irq",   [BCM_FAULT_NO_BOOT] = "no-boot",
	[BCM_FAULT_LINK_FLAP] = "link-flap", [BCM_FAULT_FLR_HANG] = "flr-hang",
	[BCM_FAULT_LOST_MSI] = "lost-msi",
};

const char *bcm_fault_name(enum bcm_fault what)
{
	if ((unsigned int)what >= BCM_FAULT_COUNT)
		return NULL;
	return names[what];
}

void bcm_fault(struct bcm_chip *chip, unsigned int fn, enum bcm_fault what,
	       unsigned int at)
{
	if (fn >= BCM_FUNCS || (unsigned int)what >= BCM_FAULT_COUNT)
		return;
	chip->func[fn].fault_at[what] = at;
	if (what == BCM_FAULT_LINK_FLAP)
		bcm_link_flap(&chip->func[fn]);
}

/* These stay: a boot code that is gone does not come back by itself. */
static bool lasts(enum bcm_fault what)
{
	return what == BCM_FAULT_NO_BOOT || what == BCM_FAULT_FLR_HANG ||
	       what == BCM_FAULT_LOST_MSI;
}

bool bcm_fault_hit(struct bcm_func *f, enum bcm_fault what)
{
	unsigned int *at = &f->fault_at[what];

	if (!*at)
		return false;
	if (*at > 1) {
		(*at)--;
		return false;
	}
	if (!lasts(what))
		*at = 0;
	bcm_log(f, "fault: %s", names[what]);
	return true;
}
