/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Host coalescing: status blocks, their tags, and when they are written.
 *
 * A block is written whenever something it tells of has changed, even while
 * its vector is masked: drivers poll it.  Links and errors are told as long as
 * they are pending, since one block overwrites the other before the host has
 * looked.  Coalescing timers only remember; news are told at once.
 */
#include <errno.h>

#include "tests/twin/model/rings.h"

enum {
	NOW = 8,           /* vector 0 */
	NOW_VEC1 = 0x2000, /* vector n: shifted left by n - 1 */
	NOW_BITS = 0x1e008,
	MODE_RESET = 1,
	SB_ADDR = 0x3c38,
	SB_ADDR_VEC1 = 0x3d00, /* + 8 * (n - 1) */
	JMB_CONS = 0x3c50,
	STD_CONS = 0x3c54,
	RET_PROD = 0x3c80,
	SND_CONS = 0x3cc0,
	LINK_CHANGED = 0x1000,  /* MAC_STATUS, MAC_EVENT */
	IRQ_ON_MAC = 0x4000000, /* GRC_MODE */
};

static void mode_write(struct bcm_func *f, uint32_t off, uint32_t val)
{
	bcm_block_write(f, off, val);
	if (!bcm_enabled(f, off)) {
		for (unsigned int v = 0; v < BCM_VECTORS; v++)
			f->vec[v].dirty = f->vec[v].fire = false;
		return;
	}
	if (val & NOW)
		bcm_dirty(f, 0, 0);
	for (unsigned int v = 1; v < BCM_VECTORS; v++)
		if (val & (uint32_t)NOW_VEC1 << (v - 1))
			bcm_dirty(f, v, 0);
}

/* Where the rings are, for register dumps */
static uint32_t index_read(struct bcm_func *f, uint32_t off)
{
	const struct bcm_rings *r = &f->ring;

	if (off == JMB_CONS)
		return r->jmb_cons;
	if (off == STD_CONS)
		return r->std_cons;
	if (off >= RET_PROD && off < RET_PROD + 4 * BCM_RX_RINGS)
		return r->ret_prod[(off - RET_PROD) / 4];
	if (off >= SND_CONS && off < SND_CONS + 4 * BCM_TX_RINGS)
		return r->tx_cons[(off - SND_CONS) / 4];
	return 0;
}

/* clang-format off */
#define ROW(first, last, reset, wmask, name, read, write) \
	{ first, last, reset, wmask, BCM_DOM_CORE, name, read, write }

const struct bcm_reg bcm_status_regs[] = {
	ROW(0x3c00, 0x3c00, 0, ~(uint32_t)(NOW_BITS | MODE_RESET),
	    "HOSTCC_MODE", NULL, mode_write),
	ROW(0x3c04, 0x3c04, 0, 0, "HOSTCC_STATUS", NULL, NULL),
	ROW(0x3c08, 0x3c0c, 0, 0x3ff, "HOSTCC ticks", NULL, NULL),
	ROW(0x3c10, 0x3c14, 0, 0xff, "HOSTCC frames", NULL, NULL),
	ROW(0x3c18, 0x3c1c, 0, 0x3ff, "HOSTCC ticks in interrupt", NULL, NULL),
	ROW(0x3c20, 0x3c24, 0, 0xff, "HOSTCC frames in interrupt", NULL, NULL),
	ROW(0x3c28, 0x3c2c, 0, 0xffffffff, "HOSTCC_STAT_TICKS", NULL, NULL),
	ROW(0x3c30, 0x3c3c, 0, 0xffffffff, "HOSTCC addresses", NULL, NULL),
	ROW(0x3c40, 0x3c40, 0x300, 0, "HOSTCC_STATS_NIC", NULL, NULL),
	ROW(0x3c44, 0x3c44, 0xb00, 0, "HOSTCC_STATUS_NIC", NULL, NULL),
	ROW(BCM_FLOW_ATTN, BCM_FLOW_ATTN, 0, 0, "HOSTCC_FLOW_ATTN", NULL,
	    bcm_w1c_write),
	ROW(0x3c50, 0x3c58, 0, 0, "HOSTCC consumers", index_read, NULL),
	ROW(0x3c80, 0x3cbc, 0, 0, "HOSTCC producers", index_read, NULL),
	ROW(0x3cc0, 0x3cfc, 0, 0, "HOSTCC consumers", index_read, NULL),
	ROW(0x3d00, 0x3d7c, 0, 0xffffffff, "HOSTCC blocks", NULL, NULL),
	ROW(0x3d80, 0x3dfc, 0, 0xffffffff, "HOSTCC vectors", NULL, NULL),
	{ .name = NULL },
};
/* clang-format on */

void bcm_vec_reset(struct bcm_func *f)
{
	for (unsigned int v = 0; v < BCM_VECTORS; v++)
		f->vec[v] = (struct bcm_vec){0};
	f->intx = false;
}

void bcm_dirty(struct bcm_func *f, unsigned int v, uint32_t status)
{
	f->vec[v].status |= status;
	f->vec[v].dirty = true;
}

static bool link_pending(const struct bcm_func *f)
{
	return bcm_reg(f, BCM_MAC_STATUS) & bcm_reg(f, BCM_MAC_EVENT) &
		       LINK_CHANGED &&
	       bcm_reg(f, BCM_GRC_MODE) & IRQ_ON_MAC;
}

static bool error_pending(const struct bcm_func *f)
{
	return bcm_reg(f, BCM_RDMAC_STATUS) || bcm_reg(f, BCM_WDMAC_STATUS) ||
	       bcm_reg(f, BCM_FLOW_ATTN) & ~(uint32_t)BCM_FLOW_LOW;
}

static uint32_t status_word(const struct bcm_func *f, unsigned int v)
{
	uint32_t status = BCM_SD_UPDATED | f->vec[v].status;

	if (v)
		return status;
	return status | (link_pending(f) ? BCM_SD_LINK : 0) |
	       (error_pending(f) ? BCM_SD_ERROR : 0);
}

/*
 * Indices wander among the halves of a block's dwords: with RSS, vectors 2 to 4
 * have their return ring's producer where vector 0 has something else.
 */
static void block_fill(const struct bcm_func *f, unsigned int v,
		       uint32_t dw[BCM_STATUS_SIZE / 4])
{
	const struct bcm_rings *r = &f->ring;
	bool rss = bcm_vector_rx(f, 0);
	bool multi = bcm_vector_tx(f, 0);

	dw[0] = status_word(f, v);
	dw[1] = f->vec[v].tag;
	dw[2] = r->std_cons << 16 |
		(rss && v == 2 ? r->ret_prod[1] : r->jmb_cons);
	if (rss && v == 3)
		dw[3] = r->ret_prod[2] << 16;
	if (rss && v == 4)
		dw[3] = r->ret_prod[3];
	if (v == bcm_vector_rx(f, 0))
		dw[4] = r->ret_prod[0];
	if (multi && v)
		dw[4] |= r->tx_cons[v - 1] << 16;
	if (!multi && !v)
		dw[4] |= r->tx_cons[0] << 16;
}

static uint64_t block_addr(const struct bcm_func *f, unsigned int v)
{
	uint32_t at = v ? SB_ADDR_VEC1 + 8 * (v - 1) : (uint32_t)SB_ADDR;

	return (uint64_t)bcm_reg(f, at) << 32 | bcm_reg(f, at + 4);
}

static void tag_next(struct bcm_vec *vec)
{
	vec->tag++;
	if (!vec->tag)
		vec->tag = 1;
}

/* Write the block of @v and note an interrupt; -ECANCELED: stop */
static int block_write(struct bcm_func *f, unsigned int v)
{
	struct bcm_vec *vec = &f->vec[v];
	uint32_t dw[BCM_STATUS_SIZE / 4] = {0};
	uint64_t iova = block_addr(f, v);
	uint32_t told = vec->status;
	int rc;

	vec->dirty = false;
	if (!iova)
		return 0;
	tag_next(vec);
	block_fill(f, v, dw);
	vec->status = 0;
	rc = bcm_dma_write(f, iova, dw, sizeof(dw));
	if (rc == -ECANCELED)
		return rc;
	if (rc) {
		/* A block that cannot be written cannot tell of that either. */
		vec->status |= told;
		vec->dirty = rc == -EACCES;
		return 0;
	}
	vec->missed = vec->masked;
	vec->fire = !vec->masked;
	return 0;
}

static bool ready(const struct bcm_func *f)
{
	return bcm_enabled(f, BCM_HOSTCC_MODE) &&
	       bcm_enabled(f, BCM_WDMAC_MODE) && bcm_bus_master(f);
}

void bcm_status_run(struct bcm_func *f)
{
	if (ready(f))
		for (unsigned int v = 0; v < BCM_VECTORS; v++)
			if (f->vec[v].dirty && block_write(f, v))
				return;
	for (unsigned int v = 0; v < BCM_VECTORS; v++)
		if (f->vec[v].fire && bcm_irq_ready(f)) {
			f->vec[v].fire = false;
			bcm_irq_message(f, v);
		}
}

bool bcm_status_pending(const struct bcm_func *f)
{
	bool written = ready(f);

	for (unsigned int v = 0; v < BCM_VECTORS; v++)
		if ((f->vec[v].dirty && written) ||
		    (f->vec[v].fire && bcm_irq_ready(f)))
			return true;
	return false;
}
