/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Receive rings: from frames to buffers of the host.
 */
#include <errno.h>
#include <stddef.h>

#include "tests/twin/model/chip.h"

/* clang-format off */
const struct bcm_reg bcm_rx_regs[] = {
	{ 0x043c, 0x043c, 0x0, 0xffff, BCM_DOM_CORE, "MAC_RX_MTU_SIZE", NULL, NULL },
	{ 0x0468, 0x0468, 0x0, 0xffffffff, BCM_DOM_CORE, "MAC_RX_MODE", NULL, NULL },
	{ 0x046c, 0x046c, 0x0, 0x0, BCM_DOM_CORE, "MAC_RX_STATUS", NULL, NULL },
	{ 0x2000, 0x2000, 0x0, 0xffffffff, BCM_DOM_CORE, "RCVLPC_MODE", NULL, NULL },
	{ 0x2004, 0x200c, 0x0, 0x0, BCM_DOM_CORE, "RCVLPC", NULL, NULL },
	{ 0x2010, 0x201c, 0x0, 0xffffffff, BCM_DOM_CORE, "RCVLPC", NULL, NULL },
	{ 0x2100, 0x223c, 0x0, 0xffffffff, BCM_DOM_CORE, "RCVLPC lists", NULL, NULL },
	{ 0x2400, 0x2400, 0x0, 0xffffffff, BCM_DOM_CORE, "RCVDBDI_MODE", NULL, NULL },
	{ 0x2404, 0x2404, 0x0, 0x0, BCM_DOM_CORE, "RCVDBDI_STATUS", NULL, NULL },
	{ 0x2408, 0x2408, 0x0, 0xffffffff, BCM_DOM_CORE, "RCVDBDI_SPLIT", NULL, NULL },
	{ 0x2440, 0x246c, 0x0, 0xffffffff, BCM_DOM_CORE, "receive RCBs", NULL, NULL },
	{ 0x2470, 0x2478, 0x0, 0x0, BCM_DOM_CORE, "RCVDBDI consumers", NULL, NULL },
	{ 0x2480, 0x24c0, 0x0, 0x0, BCM_DOM_CORE, "RCVDBDI producers", NULL, NULL },
	{ 0x2800, 0x2800, 0x0, 0xffffffff, BCM_DOM_CORE, "RCVDCC_MODE", NULL, NULL },
	{ 0x2c00, 0x2c00, 0x0, 0xffffffff, BCM_DOM_CORE, "RCVBDI_MODE", NULL, NULL },
	{ 0x2c04, 0x2c10, 0x0, 0x0, BCM_DOM_CORE, "RCVBDI producers", NULL, NULL },
	{ 0x2c14, 0x2c1c, 0x0, 0xffffffff, BCM_DOM_CORE, "RCVBDI thresholds", NULL, NULL },
	{ 0x2d00, 0x2d04, 0x0, 0xffffffff, BCM_DOM_CORE, "replenish watermarks", NULL, NULL },
	{ 0x3000, 0x3000, 0x0, 0xffffffff, BCM_DOM_CORE, "RCVCC_MODE", NULL, NULL },
	{ 0x3004, 0x3010, 0x0, 0x0, BCM_DOM_CORE, "RCVCC", NULL, NULL },
	{ 0x3400, 0x3400, 0x0, 0xffffffff, BCM_DOM_CORE, "RCVLSC_MODE", NULL, NULL },
	{ 0x3404, 0x3404, 0x0, 0x0, BCM_DOM_CORE, "RCVLSC_STATUS", NULL, NULL },
	{ 0x4c00, 0x4c00, 0x0, 0xffffffff, BCM_DOM_CORE, "WDMAC_MODE", NULL, NULL },
	{ 0x4c04, 0x4c04, 0x0, 0x0, BCM_DOM_CORE, "WDMAC_STATUS", NULL, NULL },
	{ 0x4c08, 0x4ffc, 0x0, 0xffffffff, BCM_DOM_CORE, "WDMAC", NULL, NULL },
	{ .name = NULL }
};
/* clang-format on */

void bcm_rx_frame(struct bcm_func *f, const uint8_t *frame, size_t len,
		  bool loopback)
{
	(void)f;
	(void)frame;
	(void)len;
	(void)loopback;
}

bool bcm_rx_room(const struct bcm_chip *chip, unsigned int fn, size_t len)
{
	(void)chip;
	(void)fn;
	(void)len;
	return true;
}
