/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PHY registers that phy.c (which keeps them) and link.c (which decides by
 * them) both know.
 */
#ifndef TWIN_MODEL_PHY_H
#define TWIN_MODEL_PHY_H

#include "tests/twin/model/chip.h"

/* Registers by number: IEEE 802.3, clause 22 */
enum {
	PHY_BMCR = 0,
	PHY_ADV = 4,
	PHY_CTRL1000 = 9,
};

/* Bits of PHY_BMCR */
enum {
	BMCR_LOOPBACK = 0x4000,
	BMCR_SPEED100 = 0x2000,
	BMCR_ANENABLE = 0x1000,
	BMCR_PDOWN = 0x0800,
	BMCR_FULLDPLX = 0x0100,
	BMCR_SPEED1000 = 0x0040,
};

/* Autonegotiation's registers of clause 45, those for EEE */
enum {
	MMD_AN = 7,
	MMD_AN_EEE_ADV = 0x3c,
	MMD_AN_EEE_LP = 0x3d,
	MMD_AN_EEE_RESULT = 0x803e,
	EEE_100TX = 0x2,
	EEE_1000T = 0x4,
};

/** bcm_phy_defaults - what BMCR_RESET does to the registers, not to the link */
void bcm_phy_defaults(struct bcm_func *f);

#endif
