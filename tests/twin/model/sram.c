/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Internal memory of a function, its windows, and what boot code leaves there.
 *
 * Boot code is the firmware of an internal CPU.  To a host it is some words of
 * memory (its general communication area) that are right after each reset, and
 * the answer to a handshake: the host writes a magic number before a reset and
 * finds its complement afterwards.  Ring control blocks live in this memory
 * too, but rx.c and tx.c read them.
 */
#include "base/bytes.h"
#include "tests/twin/model/chip.h"

enum {
	CFG_MEM_BASE = 0x7c,
	WINDOW_MASK = BCM_REG_END - 1,
	NVRAM_MAC = 0x7c, /* of function 0; two bytes of padding first */
	NVRAM_MAC_NEXT = 0x50,
	MAC_ADDR_0 = 0x410,
};

/* Words of the communication area */
enum {
	MBOX_BOOT = 0xb50,
	MBOX_BOOT_MAGIC = 0x4b657654,
	DATA_SIG = 0xb54,
	DATA_SIG_MAGIC = 0x4b657654,
	DATA_CFG = 0xb58,
	DATA_VER = 0xb5c,
	DATA_PHY_ID = 0xb74,
	MBOX_ASF = 0xc00,
	MBOX_MAC_HIGH = 0xc14,
	MBOX_MAC_LOW = 0xc18,
	MAC_SIG = 0x484b0000,
	DATA_CFG_2 = 0xd38,
	CPMU_STATUS = 0xe00,
	CPMU_STATUS_SIG = 0x362c,
};

enum {
	CFG_LOM = 0x114,    /* on the mainboard, copper, LED by PHY */
	CFG_ASF = 0x200194, /* and management firmware with APE events */
	VER_1 = 0x10000,
	PHY_5720C = 0x03625f60,
	CFG_2_APD = 0x4014,
};

uint32_t bcm_sram_read(const struct bcm_func *f, uint32_t addr)
{
	return addr < BCM_SRAM_SIZE ? f->sram[addr / 4] : 0;
}

void bcm_sram_write(struct bcm_func *f, uint32_t addr, uint32_t val)
{
	if (addr < BCM_SRAM_SIZE)
		f->sram[addr / 4] = val;
}

static uint32_t window(const struct bcm_func *f, uint32_t x)
{
	uint32_t base = (uint32_t)le_get(&f->cfg[CFG_MEM_BASE], 4);

	return (base & ~(uint32_t)WINDOW_MASK) + x;
}

uint32_t bcm_window_read(const struct bcm_func *f, uint32_t x)
{
	return bcm_sram_read(f, window(f, x));
}

void bcm_window_write(struct bcm_func *f, uint32_t x, uint32_t val)
{
	bcm_sram_write(f, window(f, x), val);
}

/* The address that a write to the NVRAM may have changed since last time */
static void boot_mac(struct bcm_func *f)
{
	const uint8_t *mac =
		&f->chip->nvram[NVRAM_MAC + 2 + NVRAM_MAC_NEXT * f->fn];
	uint32_t high = (uint32_t)mac[0] << 8 | mac[1];
	uint32_t low = (uint32_t)mac[2] << 24 | (uint32_t)mac[3] << 16 |
		       (uint32_t)mac[4] << 8 | mac[5];

	bcm_sram_write(f, MBOX_MAC_HIGH, MAC_SIG | high);
	bcm_sram_write(f, MBOX_MAC_LOW, low);
	f->reg[MAC_ADDR_0 / 4] = high;
	f->reg[MAC_ADDR_0 / 4 + 1] = low;
}

void bcm_boot(struct bcm_func *f)
{
	if (bcm_fault_hit(f, BCM_FAULT_NO_BOOT))
		return;
	bcm_sram_write(f, MBOX_BOOT, ~(uint32_t)MBOX_BOOT_MAGIC);
	bcm_sram_write(f, DATA_SIG, DATA_SIG_MAGIC);
	bcm_sram_write(f, DATA_CFG, f->chip->opt.asf ? CFG_ASF : CFG_LOM);
	bcm_sram_write(f, DATA_VER, VER_1);
	bcm_sram_write(f, DATA_PHY_ID, PHY_5720C);
	bcm_sram_write(f, MBOX_ASF, ~(uint32_t)MBOX_BOOT_MAGIC);
	bcm_sram_write(f, DATA_CFG_2, CFG_2_APD);
	bcm_sram_write(f, CPMU_STATUS, f->fn << 30 | CPMU_STATUS_SIG);
	boot_mac(f);
}
