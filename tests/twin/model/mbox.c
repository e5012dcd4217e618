/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mailboxes: where the host says how far it got with its rings and interrupts.
 * And what all blocks of the data path have in common: mode registers, ring
 * control blocks, which vector tells of which ring.
 *
 * The mailboxes stand twice, at 0x200 and at 0x5800; what is written in one
 * place is read in the other.  A mailbox is 64 bits wide, but of the send rings
 * each half is one: ring 1 has the upper half of ring 0's.
 */
#include <string.h>

#include "tests/twin/model/rings.h"

enum {
	MBOX = 0x200,
	MBOX_ALIAS = 0x5800,
	ALIAS_OFFSET = 0x5600,
	RCB_DISABLED = 2,
};

static uint32_t mbox_offset(uint32_t off)
{
	return off < MBOX_ALIAS ? off : off - ALIAS_OFFSET;
}

static uint32_t mbox_read(struct bcm_func *f, uint32_t off)
{
	return bcm_reg(f, mbox_offset(off));
}

static void mbox_write(struct bcm_func *f, uint32_t off, uint32_t val)
{
	uint32_t at = mbox_offset(off);
	uint32_t v = (at - BCM_MBOX_IRQ) / 8;

	f->reg[at / 4] = val;
	if (at >= BCM_MBOX_TX && at < BCM_MBOX_TX + 4 * BCM_TX_RINGS)
		bcm_tx_kick(f, ((at - BCM_MBOX_TX) / 4) ^ 1);
	else if (at >= BCM_MBOX_IRQ && at % 8 == 4 && v < BCM_VECTORS)
		bcm_mbox_irq_write(f, v, val);
}

/* clang-format off */
const struct bcm_reg bcm_mbox_regs[] = {
	{ MBOX, 0x03fc, 0, 0xffffffff, BCM_DOM_CORE,
	  "mailbox", NULL, mbox_write },
	{ MBOX_ALIAS, 0x59fc, 0, 0xffffffff, BCM_DOM_CORE,
	  "mailbox alias", mbox_read, mbox_write },
	{ .name = NULL },
};
/* clang-format on */

void bcm_block_write(struct bcm_func *f, uint32_t off, uint32_t val)
{
	bool was = bcm_enabled(f, off);

	bcm_reg_store(f, off, val);
	if (was && !bcm_enabled(f, off))
		f->epoch++;
}

void bcm_w1c_write(struct bcm_func *f, uint32_t off, uint32_t val)
{
	f->reg[off / 4] &= ~val;
}

static struct bcm_rcb rcb(const uint32_t dw[3], uint32_t max)
{
	uint32_t size = dw[2] >> 16;

	if (dw[2] & RCB_DISABLED)
		size = 0;
	return (struct bcm_rcb){
		.iova = (uint64_t)dw[0] << 32 | dw[1],
		.size = size < max ? size : max,
		.flags = dw[2] & 0xffff,
	};
}

struct bcm_rcb bcm_rcb_sram(const struct bcm_func *f, uint32_t at, uint32_t max)
{
	return rcb(&f->sram[at / 4], max);
}

struct bcm_rcb bcm_rcb_reg(const struct bcm_func *f, uint32_t at, uint32_t max)
{
	return rcb(&f->reg[at / 4], max);
}

uint32_t bcm_mbox_index(const struct bcm_func *f, uint32_t off, uint32_t size)
{
	return (bcm_reg(f, off) & 0xffff) % size;
}

unsigned int bcm_vector_tx(const struct bcm_func *f, unsigned int ring)
{
	return bcm_reg(f, BCM_SNDBDI_MODE) & BCM_MULTI_TXQ ? ring + 1 : 0;
}

unsigned int bcm_vector_rx(const struct bcm_func *f, unsigned int ring)
{
	return bcm_reg(f, BCM_MAC_RX_MODE) & BCM_RSS_ON ? ring + 1 : 0;
}

void bcm_rings_reset(struct bcm_func *f)
{
	memset(&f->ring, 0, sizeof(f->ring));
	bcm_rx_forget(f);
	f->ptp_rx_held = false;
}
