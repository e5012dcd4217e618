/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counters: 32 bits, and reading one sets it to 0.  MAC_MODE clears them too.
 */
#include "tests/twin/model/rings.h"

enum {
	STATS = 0x800,
	STATS_LAST = 0x8bc,
};

static uint32_t clear_on_read(struct bcm_func *f, uint32_t off)
{
	uint32_t n = f->reg[off / 4];

	f->reg[off / 4] = 0;
	return n;
}

/* clang-format off */
const struct bcm_reg bcm_stats_regs[] = {
	{ STATS, STATS_LAST, 0, 0, BCM_DOM_CORE,
	  "MAC statistics", clear_on_read, NULL },
	{ 0x2240, 0x2258, 0, 0, BCM_DOM_CORE,
	  "RCVLPC counters", clear_on_read, NULL },
	{ .name = NULL },
};
/* clang-format on */

void bcm_stat_add(struct bcm_func *f, uint32_t off, uint32_t n)
{
	f->reg[off / 4] += n;
}

void bcm_stat_frame(struct bcm_func *f, uint32_t octets, uint32_t ucast,
		    const uint8_t *frame, size_t len)
{
	bool bcast = !(~le_get(frame, 4) & 0xffffffff) &&
		     !(~le_get(frame + 4, 2) & 0xffff);

	bcm_stat_add(f, octets, (uint32_t)len + BCM_FCS);
	if (!(frame[0] & 1))
		bcm_stat_add(f, ucast, 1);
	else
		bcm_stat_add(f, ucast + (bcast ? 8 : 4), 1);
}
