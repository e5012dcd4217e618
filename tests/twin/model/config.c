/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PCI configuration space: values, write masks, and the writes that act.
 *
 * One table holds for each dword its value after power-on (boot code has
 * run), which bits a write stores, which bits a 1 clears, and which survive a
 * function level reset.  Dwords that have no row read 0.  The same bytes show
 * at the start of BAR0.  Does not know what MSI or the windows are good for.
 *
 * Values are those of public lspci dumps of two servers with this chip; where
 * they differ, of one.  Rows marked "guess" have no public source: what a
 * driver needs, or the plainest value that lspci decodes.
 *
 * Capabilities: 48 PM, 50 VPD, 58 MSI, a0 MSI-X, ac PCI Express; then from
 * 100 AER, 13c serial number, 150 power budgeting, 160 virtual channel.
 */
#include "base/bytes.h"
#include "tests/twin/model/chip.h"

enum {
	CFG_CMD = 0x04,
	CMD_MEMORY = 0x2,
	CMD_MASTER = 0x4,
	STATUS_INTX = 0x80000,
	CFG_PIN = 0x3d,
	CFG_PMCSR = 0x4c,
	CFG_VPD = 0x50,
	CFG_VPD_DATA = 0x54,
	CFG_MSI = 0x58,
	CFG_MISC_HOST = 0x68,
	CFG_PCISTATE = 0x70,
	PCISTATE_INT_OFF = 0x2,
	CFG_REG_BASE = 0x78,
	CFG_MEM_BASE = 0x7c,
	CFG_REG_DATA = 0x80,
	CFG_MEM_DATA = 0x84,
	CFG_MSIX = 0xa0,
	CFG_DEVCTL = 0xb4,
	DEVCTL_FLR = 0x8000,
	CFG_DSN = 0x140,
	CFG_MIRROR = 0x100,
};

struct cfg_row {
	uint16_t off;
	uint32_t reset;
	uint32_t wmask;
	uint32_t w1c;
	uint32_t sticky;
};

/* clang-format off */
static const struct cfg_row rows[] = {
	{ 0x000, 0x165f14e4, 0x00000000, 0x00000000, 0 },
	{ 0x004, 0x00100000, 0x00000556, 0xf9000000, 0 },
	{ 0x008, 0x02000000, 0x00000000, 0x00000000, 0 },
	{ 0x00c, 0x00800000, 0x000000ff, 0x00000000, 0 },
	{ 0x010, 0x0000000c, 0xffff0000, 0x00000000, 0 }, /* BAR0 */
	{ 0x014, 0x00000000, 0xffffffff, 0x00000000, 0 },
	{ 0x018, 0x0000000c, 0xffff0000, 0x00000000, 0 }, /* BAR2 */
	{ 0x01c, 0x00000000, 0xffffffff, 0x00000000, 0 },
	{ 0x020, 0x0000000c, 0xffff0000, 0x00000000, 0 }, /* BAR4 */
	{ 0x024, 0x00000000, 0xffffffff, 0x00000000, 0 },
	{ 0x02c, 0x1f5b1028, 0x00000000, 0x00000000, 0 },
	{ 0x030, 0x00000000, 0xfffc0001, 0x00000000, 0 }, /* ROM */
	{ 0x034, 0x00000048, 0x00000000, 0x00000000, 0 },
	{ 0x03c, 0x00000100, 0x000000ff, 0x00000000, 0 },
	{ 0x048, 0xc8035001, 0x00000000, 0x00000000, 0 }, /* PM */
	{ 0x04c, 0x00002008, 0x00001f03, 0x00008000, 0x8100 },
	{ 0x050, 0x00005803, 0x7fff0000, 0x00000000, 0 }, /* VPD */
	{ 0x054, 0x00000000, 0xffffffff, 0x00000000, 0 },
	{ 0x058, 0x0086a005, 0x00710000, 0x00000000, 0 }, /* MSI */
	{ 0x05c, 0x00000000, 0xfffffffc, 0x00000000, 0 },
	{ 0x060, 0x00000000, 0xffffffff, 0x00000000, 0 },
	{ 0x064, 0x00000000, 0x0000ffff, 0x00000000, 0 },
	{ 0x068, 0xf0000000, 0x0000ffff, 0x00000000, 0 }, /* MISC_HOST_CTRL: guess */
	{ 0x06c, 0x00000000, 0xffffffff, 0x00000000, 0 }, /* DMA_RW_CTRL: guess */
	{ 0x070, 0x00000002, 0x0007ffe0, 0x00000000, 0 }, /* PCISTATE: guess */
	{ 0x074, 0x00000000, 0xffffffff, 0x00000000, 0 }, /* CLOCK_CTRL: guess */
	{ 0x078, 0x00000000, 0x0000fffc, 0x00000000, 0 }, /* REG_BASE */
	{ 0x07c, 0x00000000, 0xfffffffc, 0x00000000, 0 }, /* MEM_WIN_BASE */
	{ 0x0a0, 0x0010ac11, 0xc0000000, 0x00000000, 0 }, /* MSI-X */
	{ 0x0a4, 0x00000004, 0x00000000, 0x00000000, 0 },
	{ 0x0a8, 0x00001004, 0x00000000, 0x00000000, 0 },
	{ 0x0ac, 0x00020010, 0x00000000, 0x00000000, 0 }, /* PCI Express */
	{ 0x0b0, 0x10648d81, 0x00000000, 0x00000000, 0 },
	/* Boot code sets AuxPwrEn; MPS and AuxPwrEn outlive an FLR. */
	{ 0x0b4, 0x00102c10, 0x00007cff, 0x000f0000, 0x04e0 },
	{ 0x0b8, 0x0004cc22, 0x00000000, 0x00000000, 0 },
	{ 0x0bc, 0x10220040, 0x000003cb, 0x00000000, 0x3cb },
	{ 0x0d0, 0x0000001f, 0x00000000, 0x00000000, 0 },
	/* Timeout as firmware left it: nothing in a PC sets it. */
	{ 0x0d4, 0x00000006, 0x0000001f, 0x00000000, 0 },
	{ 0x0dc, 0x00000002, 0x00001fff, 0x00000000, 0x1fff },
	{ 0x0f4, 0x05720000, 0x00000000, 0x00000000, 0 }, /* 5720 A0 */
	{ 0x100, 0x13c10001, 0x00000000, 0x00000000, 0 }, /* AER */
	{ 0x104, 0x00000000, 0x00000000, 0x001ff010, 0x001ff010 },
	{ 0x108, 0x00010000, 0x001ff010, 0x00000000, 0x001ff010 },
	{ 0x10c, 0x000ef030, 0x001ff010, 0x00000000, 0x001ff010 },
	{ 0x110, 0x00000000, 0x00000000, 0x000031c1, 0x000031c1 },
	{ 0x114, 0x000031c0, 0x000031c1, 0x00000000, 0x000031c1 },
	{ 0x118, 0x000000a0, 0x00000140, 0x00000000, 0x00000140 },
	{ 0x13c, 0x15010003, 0x00000000, 0x00000000, 0 }, /* serial number */
	{ 0x140, 0x00000000, 0x00000000, 0x00000000, 0 },
	{ 0x144, 0x00000000, 0x00000000, 0x00000000, 0 },
	{ 0x150, 0x16010004, 0x00000000, 0x00000000, 0 }, /* power budget: data is a guess */
	{ 0x154, 0x00000000, 0x000000ff, 0x00000000, 0 },
	{ 0x160, 0x00010002, 0x00000000, 0x00000000, 0 }, /* VC */
	{ 0x174, 0x800000ff, 0x000000fe, 0x00000000, 0x000000fe },
};
/* clang-format on */

static uint32_t stored(const struct bcm_func *f, uint32_t off)
{
	return (uint32_t)le_get(&f->cfg[off], 4);
}

static void store(struct bcm_func *f, uint32_t off, uint32_t val)
{
	le_put(&f->cfg[off], 4, val);
}

static const struct cfg_row *find(uint32_t off)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].off == off)
			return &rows[i];
	return NULL;
}

void bcm_cfg_init(struct bcm_func *f)
{
	const uint8_t *mac = f->chip->opt.mac[f->fn];

	memset(f->cfg, 0, sizeof(f->cfg));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		store(f, rows[i].off, rows[i].reset);
	f->cfg[CFG_PIN] = (uint8_t)(f->fn + 1);
	for (int i = 0; i < 4; i++)
		f->cfg[CFG_DSN + i] = mac[5 - i];
	f->cfg[CFG_DSN + 4] = mac[1];
	f->cfg[CFG_DSN + 5] = mac[0];
}

void bcm_cfg_reset(struct bcm_func *f)
{
	uint32_t lost;
	uint32_t old;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		lost = (rows[i].wmask | rows[i].w1c) & ~rows[i].sticky;
		old = stored(f, rows[i].off);
		store(f, rows[i].off, (old & ~lost) | (rows[i].reset & lost));
	}
	f->cfg[CFG_VPD + 3] = 0;
}

static bool awake(const struct bcm_func *f)
{
	return !(f->cfg[CFG_PMCSR] & 3);
}

bool bcm_cfg_decodes(const struct bcm_func *f)
{
	return awake(f) && (f->cfg[CFG_CMD] & CMD_MEMORY);
}

bool bcm_bus_master(const struct bcm_func *f)
{
	return !f->dead && awake(f) && (f->cfg[CFG_CMD] & CMD_MASTER);
}

/*
 * REG_BASE and REG_DATA: any register, even with BARs off.  The mirror of
 * configuration space is left out, or REG_DATA could point at itself.
 */
static uint32_t indirect_read(struct bcm_func *f)
{
	uint32_t off = stored(f, CFG_REG_BASE);

	if (off >= BCM_REG_END)
		return bcm_window_read(f, off - BCM_REG_END);
	return off < CFG_MIRROR ? stored(f, off) : bcm_reg_read(f, off);
}

/* Of a narrow write the other bytes (@keep) stay as they are stored. */
static void indirect_write(struct bcm_func *f, uint32_t val, uint32_t keep)
{
	uint32_t off = stored(f, CFG_REG_BASE);

	if (off >= BCM_REG_END) {
		off -= BCM_REG_END;
		val |= bcm_window_read(f, off) & keep;
		bcm_window_write(f, off, val);
	} else if (off >= CFG_MIRROR) {
		bcm_reg_write(f, off, val | (bcm_reg(f, off) & keep));
	}
}

static void memory_write(struct bcm_func *f, uint32_t val, uint32_t keep)
{
	uint32_t addr = stored(f, CFG_MEM_BASE);

	bcm_sram_write(f, addr, val | (bcm_sram_read(f, addr) & keep));
}

static uint32_t dword_read(struct bcm_func *f, uint32_t off)
{
	switch (off) {
	case CFG_CMD:
		return stored(f, off) |
		       (bcm_intx_asserted(f) ? STATUS_INTX : 0);
	case CFG_PCISTATE:
		return (stored(f, off) & ~(uint32_t)PCISTATE_INT_OFF) |
		       (bcm_intx_asserted(f) ? 0 : PCISTATE_INT_OFF);
	case CFG_REG_DATA:
		return indirect_read(f);
	case CFG_MEM_DATA:
		return bcm_sram_read(f, stored(f, CFG_MEM_BASE));
	default:
		return stored(f, off);
	}
}

uint32_t bcm_cfg_read(struct bcm_func *f, uint32_t off, unsigned int len)
{
	return (dword_read(f, off & ~3u) >> (8 * (off & 3))) &
	       (uint32_t)ones(len);
}

/*
 * The flag in bit 31 says whose turn it is: a read is asked for with 0 and
 * answered by 1, a write with 1 and 0.  There is no writable part.
 */
static void vpd_access(struct bcm_func *f, bool write)
{
	uint32_t addr = stored(f, CFG_VPD) >> 16 & 0x7fff;

	if (!write)
		store(f, CFG_VPD_DATA, bcm_vpd_read(f->chip, addr & ~3u));
	f->cfg[CFG_VPD + 3] &= 0x7f;
	f->cfg[CFG_VPD + 3] |= write ? 0 : 0x80;
}

/* @val was written to the dword at @off, which was @old */
static void acts(struct bcm_func *f, uint32_t off, uint32_t old, uint32_t val)
{
	bool mastered = !(old & CMD_MASTER) && (val & CMD_MASTER);

	switch (off) {
	case CFG_CMD:
		if (mastered)
			bcm_tx_kick_all(f);
		bcm_irq_update(f);
		break;
	case CFG_PMCSR: /* awake again, there may be work left */
		bcm_tx_kick_all(f);
		bcm_irq_update(f);
		break;
	case CFG_MSI:
	case CFG_MISC_HOST:
	case CFG_PCISTATE:
	case CFG_MSIX:
		bcm_irq_update(f);
		break;
	case CFG_DEVCTL:
		if (val & DEVCTL_FLR)
			bcm_flr(f->chip, f->fn);
		break;
	default:
		break;
	}
}

void bcm_cfg_write(struct bcm_func *f, uint32_t off, uint32_t val,
		   unsigned int len)
{
	unsigned int shift = 8 * (off & 3);
	uint32_t be = (uint32_t)ones(len) << shift;
	const struct cfg_row *row = find(off & ~3u);
	uint32_t old = stored(f, off & ~3u);
	uint32_t new;

	val = val << shift & be;
	off &= ~3u;
	if (row) {
		new = (old & ~(row->wmask & be)) | (val & row->wmask);
		store(f, off, new & ~(val & row->w1c));
	}
	if (off == CFG_VPD && be >> 31)
		vpd_access(f, val >> 31);
	else if (off == CFG_REG_DATA)
		indirect_write(f, val, ~be);
	else if (off == CFG_MEM_DATA)
		memory_write(f, val, ~be);
	else
		acts(f, off, old, val);
}
