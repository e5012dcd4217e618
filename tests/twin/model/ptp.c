/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock of IEEE 1588, and the time stamps that are taken from it.
 */
#include <errno.h>
#include <stddef.h>

#include "tests/twin/model/chip.h"

/* clang-format off */
const struct bcm_reg bcm_ptp_regs[] = {
	{ 0x05c0, 0x05c4, 0x0, 0x0, BCM_DOM_CORE, "TX_TSTAMP", NULL, NULL },
	{ 0x06b0, 0x06b4, 0x0, 0x0, BCM_DOM_CORE, "RX_TSTAMP", NULL, NULL },
	{ 0x06c8, 0x06c8, 0x0, 0xffffffff, BCM_DOM_CORE, "RX_PTP_CTL", NULL, NULL },
	{ 0x6900, 0x6928, 0x0, 0xffffffff, BCM_DOM_CORE, "EAV_REF_CLCK", NULL, NULL },
	{ .name = NULL }
};
/* clang-format on */

uint64_t bcm_ptp_now(struct bcm_func *f)
{
	return f->chip->ops->now_ns(f->chip->ctx);
}
