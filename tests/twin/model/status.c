/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Host coalescing: status blocks, their tags, and when they are written.
 */
#include <errno.h>
#include <stddef.h>

#include "tests/twin/model/chip.h"

/* clang-format off */
const struct bcm_reg bcm_status_regs[] = {
	{ 0x3c00, 0x3c00, 0x0, 0xffffffff, BCM_DOM_CORE, "HOSTCC_MODE", NULL, NULL },
	{ 0x3c04, 0x3c04, 0x0, 0x0, BCM_DOM_CORE, "HOSTCC_STATUS", NULL, NULL },
	{ 0x3c08, 0x3c2c, 0x0, 0xffffffff, BCM_DOM_CORE, "HOSTCC coalescing", NULL, NULL },
	{ 0x3c30, 0x3c3c, 0x0, 0xffffffff, BCM_DOM_CORE, "HOSTCC host addresses", NULL, NULL },
	{ 0x3c40, 0x3c40, 0x300, 0x0, BCM_DOM_CORE, "HOSTCC_STATS_BLK_NIC_ADDR", NULL, NULL },
	{ 0x3c44, 0x3c44, 0xb00, 0x0, BCM_DOM_CORE, "HOSTCC_STATUS_BLK_NIC_ADDR", NULL, NULL },
	{ 0x3c48, 0x3c48, 0x0, 0x0, BCM_DOM_CORE, "HOSTCC_FLOW_ATTN", NULL, NULL },
	{ 0x3c50, 0x3c58, 0x0, 0x0, BCM_DOM_CORE, "HOSTCC consumers", NULL, NULL },
	{ 0x3c80, 0x3cbc, 0x0, 0x0, BCM_DOM_CORE, "HOSTCC return producers", NULL, NULL },
	{ 0x3cc0, 0x3cfc, 0x0, 0x0, BCM_DOM_CORE, "HOSTCC send consumers", NULL, NULL },
	{ 0x3d00, 0x3d7c, 0x0, 0xffffffff, BCM_DOM_CORE, "HOSTCC status blocks", NULL, NULL },
	{ 0x3d80, 0x3dfc, 0x0, 0xffffffff, BCM_DOM_CORE, "HOSTCC coalescing of vectors", NULL, NULL },
	{ .name = NULL }
};
/* clang-format on */

void bcm_vec_reset(struct bcm_func *f)
{
	for (unsigned int v = 0; v < BCM_VECTORS; v++)
		f->vec[v] = (struct bcm_vec){0};
}

void bcm_dirty(struct bcm_func *f, unsigned int v, uint32_t status)
{
	f->vec[v].status |= status;
	f->vec[v].dirty = true;
}

void bcm_status_run(struct bcm_func *f)
{
	for (unsigned int v = 0; v < BCM_VECTORS; v++)
		f->vec[v].dirty = false;
}

bool bcm_status_pending(const struct bcm_func *f)
{
	(void)f;
	return false;
}
