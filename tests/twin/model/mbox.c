/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mailboxes: where the host says how far it got with its rings and interrupts.
 *
 * The block stands twice, at 0x200 and at 0x5800; what is written in one place
 * is read in the other.
 */
#include <errno.h>
#include <stddef.h>

#include "tests/twin/model/chip.h"

/* clang-format off */
const struct bcm_reg bcm_mbox_regs[] = {
	{ 0x0200, 0x03fc, 0x0, 0xffffffff, BCM_DOM_CORE, "mailbox", NULL, NULL },
	{ 0x5800, 0x59fc, 0x0, 0xffffffff, BCM_DOM_CORE, "mailbox alias", NULL, NULL },
	{ .name = NULL }
};
/* clang-format on */

void bcm_rings_reset(struct bcm_func *f)
{
	f->ring = (struct bcm_rings){0};
}
