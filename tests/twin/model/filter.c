/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which frames are ours, and which return ring a frame goes to.
 */
#include <errno.h>
#include <stddef.h>

#include "tests/twin/model/chip.h"

/* clang-format off */
const struct bcm_reg bcm_filter_regs[] = {
	{ 0x0410, 0x042c, 0x0, 0xffffffff, BCM_DOM_CORE, "MAC_ADDR", NULL, NULL },
	{ 0x0438, 0x0438, 0x0, 0xffffffff, BCM_DOM_CORE, "MAC_TX_BACKOFF_SEED", NULL, NULL },
	{ 0x0470, 0x047c, 0x0, 0xffffffff, BCM_DOM_CORE, "MAC_HASH", NULL, NULL },
	{ 0x0480, 0x04fc, 0x0, 0xffffffff, BCM_DOM_CORE, "MAC_RCV_RULE", NULL, NULL },
	{ 0x0500, 0x0504, 0x0, 0xffffffff, BCM_DOM_CORE, "MAC_RCV_RULE_CFG", NULL, NULL },
	{ 0x0520, 0x058c, 0x0, 0xffffffff, BCM_DOM_CORE, "MAC_EXTADDR", NULL, NULL },
	{ 0x0630, 0x066c, 0x0, 0xffffffff, BCM_DOM_CORE, "MAC_RSS_INDIR_TBL", NULL, NULL },
	{ 0x0670, 0x0694, 0x0, 0xffffffff, BCM_DOM_CORE, "MAC_RSS_HASH_KEY", NULL, NULL },
	{ .name = NULL }
};
/* clang-format on */
