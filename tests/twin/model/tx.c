/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Send rings: from buffer descriptors to frames.
 */
#include <errno.h>
#include <stddef.h>

#include "tests/twin/model/chip.h"

/* clang-format off */
const struct bcm_reg bcm_tx_regs[] = {
	{ 0x045c, 0x045c, 0x0, 0xffffffff, BCM_DOM_CORE, "MAC_TX_MODE", NULL, NULL },
	{ 0x0464, 0x0464, 0x0, 0xffffffff, BCM_DOM_CORE, "MAC_TX_LENGTHS", NULL, NULL },
	{ 0x0c00, 0x0c00, 0x0, 0xffffffff, BCM_DOM_CORE, "SNDDATAI_MODE", NULL, NULL },
	{ 0x0c04, 0x0c20, 0x0, 0xffffffff, BCM_DOM_CORE, "SNDDATAI", NULL, NULL },
	{ 0x0c80, 0x0cdc, 0x0, 0x0, BCM_DOM_CORE, "SNDDATAI counters", NULL, NULL },
	{ 0x1000, 0x1000, 0x0, 0xffffffff, BCM_DOM_CORE, "SNDDATAC_MODE", NULL, NULL },
	{ 0x1400, 0x1400, 0x0, 0xffffffff, BCM_DOM_CORE, "SNDBDS_MODE", NULL, NULL },
	{ 0x1404, 0x1408, 0x0, 0x0, BCM_DOM_CORE, "SNDBDS", NULL, NULL },
	{ 0x1440, 0x147c, 0x0, 0x0, BCM_DOM_CORE, "SNDBDS consumers", NULL, NULL },
	{ 0x1800, 0x1800, 0x0, 0xffffffff, BCM_DOM_CORE, "SNDBDI_MODE", NULL, NULL },
	{ 0x1804, 0x1804, 0x0, 0x0, BCM_DOM_CORE, "SNDBDI_STATUS", NULL, NULL },
	{ 0x1808, 0x1844, 0x0, 0x0, BCM_DOM_CORE, "SNDBDI producers", NULL, NULL },
	{ 0x1c00, 0x1c00, 0x0, 0xffffffff, BCM_DOM_CORE, "SNDBDC_MODE", NULL, NULL },
	{ 0x4800, 0x4800, 0x0, 0xffffffff, BCM_DOM_CORE, "RDMAC_MODE", NULL, NULL },
	{ 0x4804, 0x4804, 0x0, 0x0, BCM_DOM_CORE, "RDMAC_STATUS", NULL, NULL },
	{ 0x4808, 0x4bdc, 0x0, 0xffffffff, BCM_DOM_CORE, "RDMAC", NULL, NULL },
	{ 0x4be0, 0x4bec, 0x0, 0x0, BCM_DOM_CORE, "RDMAC lengths", NULL, NULL },
	{ .name = NULL }
};
/* clang-format on */

void bcm_tx_kick(struct bcm_func *f, unsigned int ring)
{
	f->ring.tx_pending |= 1u << ring;
}

void bcm_tx_kick_all(struct bcm_func *f)
{
	f->ring.tx_pending = (1u << BCM_TX_RINGS) - 1;
}

bool bcm_tx_run(struct bcm_func *f, unsigned int budget)
{
	(void)budget;
	f->ring.tx_pending = 0;
	return false;
}
