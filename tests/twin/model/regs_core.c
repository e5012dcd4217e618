/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers that only remember, and a few constants.
 *
 * Buffer manager, memory arbiter, internal CPUs, queues, clocks and power,
 * GPIO: a driver sets them up and reads them back, and nothing else follows
 * from them here.  Clock and power registers live through everything but a
 * bus reset.  Reset values other than 0 were seen on real chips.
 */
#include <stddef.h>

#include "tests/twin/model/chip.h"

enum {
	CPMU_DRV_STATUS = 0x344c,
	CPMU_STATUS = 0x362c,
	CPMU_LINK_SHIFT = 19,
	CPMU_FN_SHIFT = 30,
	GRC_RX_CPU_EVENT = 0x6810,
	RX_CPU_DRIVER_EVENT = 0x4000,
};

/* Which function this is, and bits 20:19: 0 to 2 for 10 to 1000, 3 down */
static uint32_t cpmu_status(struct bcm_func *f, uint32_t off)
{
	static const uint32_t speed[] = {
		[BCM_LINK_DOWN] = 3,
		[BCM_LINK_100] = 1,
		[BCM_LINK_1000] = 2,
	};

	(void)off;
	return f->fn << CPMU_FN_SHIFT | speed[bcm_link_speed(f)]
						<< CPMU_LINK_SHIFT;
}

/* Drivers of both functions leave notes to each other in this one. */
static uint32_t shared_read(struct bcm_func *f, uint32_t off)
{
	return bcm_reg(&f->chip->func[0], off);
}

static void shared_write(struct bcm_func *f, uint32_t off, uint32_t val)
{
	bcm_reg_store(&f->chip->func[0], off, val);
}

/* Management firmware takes notice of an event at once. */
static void event_write(struct bcm_func *f, uint32_t off, uint32_t val)
{
	bcm_reg_store(f, off, val & ~(uint32_t)RX_CPU_DRIVER_EVENT);
}

/* clang-format off */
#define PLAIN(first, last, name) \
	{ first, last, 0, 0xffffffff, BCM_DOM_CORE, name, NULL, NULL }
#define CLOCK(first, last, reset, name) \
	{ first, last, reset, 0xffffffff, BCM_DOM_BUS, name, NULL, NULL }
#define FIXED(first, last, reset, name) \
	{ first, last, reset, 0, BCM_DOM_CORE, name, NULL, NULL }
#define MASKED(off, wmask, name) \
	{ off, off, 0, wmask, BCM_DOM_CORE, name, NULL, NULL }

const struct bcm_reg bcm_core_regs[] = {
	PLAIN(0x040c, 0x040c, "MAC_LED_CTRL"),
	PLAIN(0x0430, 0x0434, "MAC_ACPI"),
	PLAIN(0x0440, 0x0448, "MAC_AUTO_NEG"),
	PLAIN(0x0450, 0x0458, "MAC_MI"),
	PLAIN(0x0590, 0x05ac, "MAC_SERDES"),
	PLAIN(0x05b0, 0x05b0, "SG_DIG_CTRL"),
	FIXED(0x05b4, 0x05b4, 8, "SG_DIG_STATUS"), /* bit 8: SerDes */
	FIXED(0x0600, 0x062c, 0, "MAC state"),
	{ CPMU_DRV_STATUS, CPMU_DRV_STATUS, 0, 0xffffffff, BCM_DOM_BUS,
	  "CPMU_DRV_STATUS", shared_read, shared_write },
	CLOCK(0x3600, 0x3600, 0x4000, "CPMU_CTRL"),
	CLOCK(0x3604, 0x3628, 0, "CPMU clocks"),
	{ CPMU_STATUS, CPMU_STATUS, 0, 0, BCM_DOM_BUS, "CPMU_STATUS",
	  cpmu_status, NULL },
	CLOCK(0x3630, 0x3660, 0, "CPMU"),
	FIXED(0x3664, 0x3664, 0, "CPMU_PHY_STRAP"), /* bit 5: SerDes */
	CLOCK(0x3668, 0x36ac, 0, "CPMU"),
	CLOCK(0x36b0, 0x36d0, 0, "CPMU_EEE"),
	CLOCK(0x36d4, 0x36fc, 0, "CPMU"),
	PLAIN(0x3800, 0x3804, "MBFREE"),
	PLAIN(0x4000, 0x400c, "MEMARB"),
	MASKED(0x4400, 0xfffffffe, "BUFMGR_MODE"),
	FIXED(0x4404, 0x4404, 0, "BUFMGR_STATUS"),
	PLAIN(0x4408, 0x440c, "BUFMGR_MB_POOL"),
	MASKED(0x4410, 0x0000003f, "BUFMGR_MB_RDMA_LOW_WATER"),
	MASKED(0x4414, 0x000001ff, "BUFMGR_MB_MACRX_LOW_WATER"),
	MASKED(0x4418, 0x000001ff, "BUFMGR_MB_HIGH_WATER"),
	FIXED(0x441c, 0x4430, 0, "BUFMGR"),
	PLAIN(0x4434, 0x4438, "BUFMGR_DMA_WATER"),
	FIXED(0x443c, 0x4454, 0, "BUFMGR"),
	PLAIN(0x5000, 0x507c, "RX_CPU"),
	PLAIN(0x5200, 0x527c, "RX_CPU registers"),
	PLAIN(0x5400, 0x547c, "TX_CPU"),
	PLAIN(0x5c00, 0x5d1c, "FTQ"),
	MASKED(0x6400, 0xfffffffe, "DMAC_MODE"),
	MASKED(0x6808, 0xfffff8f8, "GRC_LOCAL_CTRL"),
	PLAIN(0x680c, 0x680c, "GRC_TIMER"),
	{ GRC_RX_CPU_EVENT, GRC_RX_CPU_EVENT, 0, 0xffffffff, BCM_DOM_CORE,
	  "GRC_RX_CPU_EVENT", NULL, event_write },
	PLAIN(0x6814, 0x6834, "GRC"),
	PLAIN(0x6840, 0x68fc, "GRC"),
	PLAIN(0x7c00, 0x7ffc, "PCIe"),
	{ 0 },
};
/* clang-format on */
