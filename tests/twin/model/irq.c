/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts: mailbox masks, one-shot, INTx, MSI and MSI-X.
 */
#include <errno.h>
#include <stddef.h>

#include "tests/twin/model/chip.h"

/* clang-format off */
const struct bcm_reg bcm_irq_regs[] = {
	{ 0x6000, 0x6000, 0x2, 0xffffffff, BCM_DOM_CORE, "MSGINT_MODE", NULL, NULL },
	{ 0x6004, 0x6004, 0x0, 0x0, BCM_DOM_CORE, "MSGINT_STATUS", NULL, NULL },
	{ 0x6008, 0x6008, 0x0, 0xffffffff, BCM_DOM_CORE, "MSGINT_FIFO", NULL, NULL },
	{ .name = NULL }
};
/* clang-format on */

void bcm_mbox_irq_write(struct bcm_func *f, unsigned int v, uint32_t val)
{
	f->vec[v].masked = val & 0xffffff;
}

void bcm_irq_message(struct bcm_func *f, unsigned int v)
{
	(void)f;
	(void)v;
}

void bcm_irq_update(struct bcm_func *f)
{
	(void)f;
}

bool bcm_intx_asserted(const struct bcm_func *f)
{
	(void)f;
	return false;
}
