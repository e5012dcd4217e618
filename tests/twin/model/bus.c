/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The chip as seen from the bus: which region, is it inside, how wide.
 *
 * An access is taken apart into aligned 4-, 2- and 1-byte ones.  Only
 * configuration space (and its mirror at the start of BAR0) is written
 * narrower than a dword by hardware; elsewhere a narrow write changes its
 * bytes of the dword.  What an offset means is known by the files below.
 */
#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/twin/model/chip.h"

enum { CFG_MIRROR = 0x100 };

uint64_t bcm_region_size(enum bcm_region r)
{
	switch (r) {
	case BCM_BAR0:
	case BCM_BAR2:
	case BCM_BAR4:
		return BCM_BAR_SIZE;
	case BCM_ROM:
		return BCM_ROM_SIZE;
	case BCM_CONFIG:
		return BCM_CFG_SIZE;
	default:
		return 0;
	}
}

static uint32_t bar0_read(struct bcm_func *f, uint32_t off)
{
	if (off >= BCM_REG_END)
		return bcm_window_read(f, off - BCM_REG_END);
	return bcm_reg_read(f, off);
}

static void bar0_write(struct bcm_func *f, uint32_t off, uint32_t val)
{
	if (off >= BCM_REG_END)
		bcm_window_write(f, off - BCM_REG_END, val);
	else
		bcm_reg_write(f, off, val);
}

static uint32_t dword_read(struct bcm_func *f, enum bcm_region r, uint32_t off)
{
	switch (r) {
	case BCM_BAR0:
		return bar0_read(f, off);
	case BCM_BAR2:
		return bcm_ape_read(f, off);
	case BCM_BAR4:
		return bcm_msix_read(f, off);
	case BCM_ROM:
		return bcm_rom_read(f->chip, off);
	case BCM_CONFIG:
	default:
		return UINT32_MAX;
	}
}

static void dword_write(struct bcm_func *f, enum bcm_region r, uint32_t off,
			uint32_t val)
{
	switch (r) {
	case BCM_BAR0:
		bar0_write(f, off, val);
		break;
	case BCM_BAR2:
		bcm_ape_write(f, off, val);
		break;
	case BCM_BAR4:
		bcm_msix_write(f, off, val);
		break;
	case BCM_ROM:
	case BCM_CONFIG:
	default:
		break;
	}
}

static bool is_cfg(enum bcm_region r, uint32_t off)
{
	return r == BCM_CONFIG || (r == BCM_BAR0 && off < CFG_MIRROR);
}

/* Who hangs does not answer; BARs need decoding on and power state D0. */
static bool answers(const struct bcm_func *f, enum bcm_region r)
{
	bool bar = r == BCM_BAR0 || r == BCM_BAR2 || r == BCM_BAR4;

	return !f->dead && (!bar || bcm_cfg_decodes(f));
}

static uint32_t read_one(struct bcm_func *f, enum bcm_region r, uint32_t off,
			 unsigned int len)
{
	if (!answers(f, r))
		return UINT32_MAX;
	if (is_cfg(r, off))
		return bcm_cfg_read(f, off, len);
	return dword_read(f, r, off & ~3u) >> (8 * (off & 3));
}

/* What a narrow write leaves of a dword: no hooks, a read may have effects */
static uint32_t dword_peek(struct bcm_func *f, enum bcm_region r, uint32_t off)
{
	if (r == BCM_BAR0 && off < BCM_REG_END)
		return bcm_reg(f, off);
	return dword_read(f, r, off);
}

static void write_one(struct bcm_func *f, enum bcm_region r, uint32_t off,
		      uint32_t val, unsigned int len)
{
	unsigned int shift = 8 * (off & 3);
	uint32_t mask;

	if (!answers(f, r))
		return;
	if (is_cfg(r, off)) {
		bcm_cfg_write(f, off, val, len);
		return;
	}
	off &= ~3u;
	if (len < 4) {
		mask = (uint32_t)ones(len) << shift;
		val = (dword_peek(f, r, off) & ~mask) | (val << shift & mask);
	}
	dword_write(f, r, off, val);
}

/* Widest natural access at @off that fits in @len */
static unsigned int natural(uint64_t off, size_t len)
{
	if (!(off & 3) && len >= 4)
		return 4;
	return !(off & 1) && len >= 2 ? 2 : 1;
}

static bool inside(unsigned int fn, enum bcm_region r, uint64_t off, size_t len)
{
	uint64_t size = bcm_region_size(r);

	return fn < BCM_FUNCS && len > 0 && len <= BCM_CFG_SIZE && off < size &&
	       len <= size - off;
}

int bcm_read(struct bcm_chip *chip, unsigned int fn, enum bcm_region r,
	     uint64_t off, void *buf, size_t len)
{
	uint8_t *p = buf;
	unsigned int n;
	uint32_t val;

	if (!inside(fn, r, off, len)) {
		memset(buf, 0xff, len);
		return -EINVAL;
	}
	for (; len; len -= n, off += n, p += n) {
		n = natural(off, len);
		val = read_one(&chip->func[fn], r, (uint32_t)off, n);
		le_put(p, n, val);
	}
	return 0;
}

int bcm_write(struct bcm_chip *chip, unsigned int fn, enum bcm_region r,
	      uint64_t off, const void *buf, size_t len)
{
	const uint8_t *p = buf;
	unsigned int n;

	if (!inside(fn, r, off, len))
		return -EINVAL;
	for (; len; len -= n, off += n, p += n) {
		n = natural(off, len);
		write_one(&chip->func[fn], r, (uint32_t)off,
			  (uint32_t)le_get(p, n), n);
	}
	return 0;
}
