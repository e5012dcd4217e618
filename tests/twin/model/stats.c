/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counters that clear when they are read.
 */
#include <errno.h>
#include <stddef.h>

#include "tests/twin/model/chip.h"

/* clang-format off */
const struct bcm_reg bcm_stats_regs[] = {
	{ 0x0800, 0x08bc, 0x0, 0xffffffff, BCM_DOM_CORE, "MAC statistics", NULL, NULL },
	{ 0x2240, 0x2258, 0x0, 0xffffffff, BCM_DOM_CORE, "RCVLPC counters", NULL, NULL },
	{ .name = NULL }
};
/* clang-format on */

void bcm_stat_add(struct bcm_func *f, uint32_t off, uint32_t n)
{
	f->reg[off / 4] += n;
}

void bcm_stats_clear(struct bcm_func *f, uint32_t mac_mode)
{
	(void)f;
	(void)mac_mode;
}
