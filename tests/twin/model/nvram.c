/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The flash chip beside the Ethernet chip: arbiter and commands.
 *
 * Both functions share the flash.  Each has four agents (a driver is agent 1)
 * that ask for it in SWARB and get it in turn; a command without the grant or
 * without access enabled is not carried out and never gets DONE.  Addresses
 * wrap at the size of the flash, as on the real one.  What is in there is
 * nvimage.c's business.
 */
#include "base/bytes.h"
#include "tests/twin/model/chip.h"

enum {
	NVRAM_CMD = 0x7000,
	CMD_DONE = 0x8,
	CMD_GO = 0x10,
	CMD_WR = 0x20,
	CMD_ERASE = 0x40,
	CMD_LAST = 0x100,
	CMD_WREN = 0x10000,
	CMD_WRDI = 0x20000,
	CMD_MASK = 0x301e8,
	NVRAM_WRDATA = 0x7008,
	NVRAM_ADDR = 0x700c,
	ADDR_MASK = 0x07ffffff,
	NVRAM_RDDATA = 0x7010,
	NVRAM_CFG1 = 0x7014,
	CFG1_M45PE10 = 0x03000000, /* 128 KiB, pages of 256 bytes */
	NVRAM_SWARB = 0x7020,
	SWARB_SET = 0xf,
	SWARB_CLR_SHIFT = 4,
	SWARB_GNT_SHIFT = 8,
	SWARB_REQ_SHIFT = 12,
	NVRAM_ACCESS = 0x7024,
	ACCESS_ENABLE = 1,
	ACCESS_WR = 2,
	GRC_MODE = 0x6800,
	GRC_MODE_NVRAM_WR = 0x200000,
	GRC_EEPROM_ADDR = 0x6838,
	EEPROM_READ = 0x80000000,
	EEPROM_COMPLETE = 0x40000000,
	EEPROM_START = 0x02000000,
	EEPROM_DATA = 0x683c,
	AGENTS = 4,
	PAGE = 256,
};

/* Who asks: bit per agent of each function, function 1 above function 0 */
static uint32_t requests(const struct bcm_chip *chip)
{
	uint32_t r = 0;

	for (unsigned int fn = 0; fn < BCM_FUNCS; fn++)
		r |= bcm_reg(&chip->func[fn], NVRAM_SWARB) << (AGENTS * fn);
	return r;
}

/* The flash stays with who has it; when free, the lowest agent gets it. */
static void arbitrate(struct bcm_chip *chip)
{
	uint32_t r = requests(chip);

	if (chip->nvram_owner && r & (1u << (chip->nvram_owner - 1)))
		return;
	chip->nvram_owner = (uint32_t)__builtin_ffs((int)r);
}

/* Grant bits of function @f, bit per agent */
static uint32_t granted(const struct bcm_func *f)
{
	uint32_t owner = f->chip->nvram_owner;

	if (!owner || (owner - 1) / AGENTS != f->fn)
		return 0;
	return 1u << (owner - 1) % AGENTS;
}

void bcm_nvram_release(struct bcm_func *f)
{
	f->reg[NVRAM_SWARB / 4] = 0;
	arbitrate(f->chip);
}

static uint32_t swarb_read(struct bcm_func *f, uint32_t off)
{
	return granted(f) << SWARB_GNT_SHIFT | bcm_reg(f, off)
						       << SWARB_REQ_SHIFT;
}

/* The stored value is only the requests, from bit 0. */
static void swarb_write(struct bcm_func *f, uint32_t off, uint32_t val)
{
	uint32_t r = bcm_reg(f, off) | (val & SWARB_SET);

	f->reg[off / 4] = r & ~(val >> SWARB_CLR_SHIFT & SWARB_SET);
	arbitrate(f->chip);
}

static uint8_t *flash(const struct bcm_func *f, uint32_t addr)
{
	return (uint8_t *)&f->chip->nvram[addr % BCM_NVRAM_SIZE & ~3u];
}

static uint32_t be32_get(const uint8_t *p)
{
	return __builtin_bswap32((uint32_t)le_get(p, 4));
}

/* ACCESS_WR is of no account: drivers open this lock and no other. */
static bool may_write(const struct bcm_func *f)
{
	return bcm_reg(f, GRC_MODE) & GRC_MODE_NVRAM_WR;
}

static bool execute(struct bcm_func *f, uint32_t cmd)
{
	uint32_t addr = bcm_reg(f, NVRAM_ADDR);
	uint32_t word;

	if (!granted(f) || !(bcm_reg(f, NVRAM_ACCESS) & ACCESS_ENABLE))
		return false;
	if ((cmd & (CMD_WR | CMD_ERASE)) && !may_write(f))
		return false;
	if (cmd & (CMD_WREN | CMD_WRDI))
		return true;
	if (cmd & CMD_ERASE) {
		memset(flash(f, addr & ~(uint32_t)(PAGE - 1)), 0xff, PAGE);
		return true;
	}
	if (cmd & CMD_WR) {
		word = __builtin_bswap32(bcm_reg(f, NVRAM_WRDATA));
		le_put(flash(f, addr), 4, word);
	} else {
		f->reg[NVRAM_RDDATA / 4] = be32_get(flash(f, addr));
	}
	/* In a burst the driver gives the address once. */
	if (!(cmd & CMD_LAST))
		f->reg[NVRAM_ADDR / 4] = (addr + 4) & ADDR_MASK;
	return true;
}

static void cmd_write(struct bcm_func *f, uint32_t off, uint32_t val)
{
	uint32_t cmd = val & CMD_MASK & ~(uint32_t)CMD_DONE;

	if (!(val & CMD_GO)) {
		bcm_reg_store(f, off, cmd);
		return;
	}
	if (execute(f, val))
		cmd |= CMD_DONE;
	else
		bcm_log(f, "NVRAM command 0x%x: no grant or no access", val);
	bcm_reg_store(f, off, cmd);
}

/* The older way, by a serial EEPROM's protocol: reads only */
static void eeprom_write(struct bcm_func *f, uint32_t off, uint32_t val)
{
	if ((val & EEPROM_START) && (val & EEPROM_READ))
		f->reg[EEPROM_DATA / 4] =
			(uint32_t)le_get(flash(f, val & 0xffff), 4);
	if (val & EEPROM_START)
		val |= EEPROM_COMPLETE;
	bcm_reg_store(f, off, val & ~(uint32_t)EEPROM_START);
}

/* clang-format off */
const struct bcm_reg bcm_nvram_regs[] = {
	{ NVRAM_CMD, NVRAM_CMD, 0, CMD_MASK, BCM_DOM_CORE,
	  "NVRAM_CMD", NULL, cmd_write },
	{ 0x7004, 0x7004, 0, 0, BCM_DOM_CORE, "NVRAM_STAT", NULL, NULL },
	{ NVRAM_WRDATA, NVRAM_WRDATA, 0, 0xffffffff, BCM_DOM_CORE,
	  "NVRAM_WRDATA", NULL, NULL },
	{ NVRAM_ADDR, NVRAM_ADDR, 0, ADDR_MASK, BCM_DOM_CORE,
	  "NVRAM_ADDR", NULL, NULL },
	{ NVRAM_RDDATA, NVRAM_RDDATA, 0, 0, BCM_DOM_CORE,
	  "NVRAM_RDDATA", NULL, NULL },
	{ NVRAM_CFG1, NVRAM_CFG1, CFG1_M45PE10, 0, BCM_DOM_CORE,
	  "NVRAM_CFG1", NULL, NULL },
	{ 0x7018, 0x701c, 0, 0xffffffff, BCM_DOM_CORE,
	  "NVRAM_CFG", NULL, NULL },
	{ NVRAM_SWARB, NVRAM_SWARB, 0, 0, BCM_DOM_CORE,
	  "NVRAM_SWARB", swarb_read, swarb_write },
	{ NVRAM_ACCESS, NVRAM_ACCESS, 0, ACCESS_ENABLE | ACCESS_WR,
	  BCM_DOM_CORE, "NVRAM_ACCESS", NULL, NULL },
	{ 0x7028, 0x7038, 0, 0xffffffff, BCM_DOM_CORE,
	  "NVRAM_WRITE1", NULL, NULL },
	{ GRC_EEPROM_ADDR, GRC_EEPROM_ADDR, 0, 0xffffffff, BCM_DOM_CORE,
	  "GRC_EEPROM_ADDR", NULL, eeprom_write },
	{ EEPROM_DATA, EEPROM_DATA, 0, 0xffffffff, BCM_DOM_CORE,
	  "GRC_EEPROM_DATA", NULL, NULL },
	{ 0 },
};
/* clang-format on */
