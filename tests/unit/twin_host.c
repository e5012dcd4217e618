/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host for the software BCM5720, see twin_host.h.
 *
 * Sets registers up in the order and with the values of a driver; knows nothing
 * of the model's inside.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "tests/unit/twin_host.h"

/* ---- callbacks -------------------------------------------------------- */

static struct th_event *note(struct th *h, enum th_kind kind, unsigned int fn)
{
	struct th_event *e = &h->log[h->nlog < TH_LOG ? h->nlog++ : TH_LOG - 1];

	*e = (struct th_event){.kind = kind, .fn = fn};
	return e;
}

static uint8_t *memory(struct th *h, unsigned int fn, bool write, uint64_t iova,
		       size_t len)
{
	struct th_event *e = note(h, write ? TH_WRITE : TH_READ, fn);

	e->iova = iova - TH_BASE;
	e->len = len;
	if (h->on_dma)
		h->on_dma(h, write, iova - TH_BASE, len);
	if (write ? h->fail_write : h->fail_read)
		return NULL;
	if (iova < TH_BASE || iova - TH_BASE > TH_MEM ||
	    len > TH_MEM - (iova - TH_BASE))
		return NULL;
	return h->mem + (iova - TH_BASE);
}

static int dma_read(void *ctx, unsigned int fn, uint64_t iova, void *buf,
		    size_t len)
{
	struct th *h = ctx;
	const uint8_t *p = memory(h, fn, false, iova, len);

	if (!p)
		return h->fail_rc ? h->fail_rc : -EFAULT;
	memcpy(buf, p, len);
	return 0;
}

static int dma_write(void *ctx, unsigned int fn, uint64_t iova, const void *buf,
		     size_t len)
{
	struct th *h = ctx;
	uint8_t *p = memory(h, fn, true, iova, len);

	if (!p)
		return h->fail_rc ? h->fail_rc : -EFAULT;
	memcpy(p, buf, len);
	return 0;
}

static void irq(void *ctx, unsigned int fn, enum bcm_irq how,
		unsigned int vector, bool level)
{
	struct th_event *e = note(ctx, TH_IRQ, fn);

	e->how = how;
	e->vector = vector;
	e->level = level;
}

static void frame_out(void *ctx, unsigned int fn, const void *frame, size_t len)
{
	struct th *h = ctx;
	struct th_frame *f = &h->frame[h->nframes];

	note(h, TH_FRAME, fn)->len = len;
	cr_assert_leq(len, BCM_FRAME_MAX);
	if (h->nframes == TH_FRAMES || h->arena_used + len > TH_ARENA)
		return;
	memcpy(h->arena + h->arena_used, frame, len);
	*f = (struct th_frame){h->arena + h->arena_used, len, fn};
	h->arena_used += len;
	h->nframes++;
}

static uint64_t now_ns(void *ctx)
{
	return ((struct th *)ctx)->now;
}

static const struct bcm_ops ops = {
	.dma_read = dma_read,
	.dma_write = dma_write,
	.irq = irq,
	.frame_out = frame_out,
	.now_ns = now_ns,
};

/* ---- life ------------------------------------------------------------- */

struct th *th_new(void)
{
	struct bcm_options o = bcm_options_default();
	struct th *h = calloc(1, sizeof(*h));

	h->mem = calloc(1, TH_MEM);
	h->arena = calloc(1, TH_ARENA);
	h->now = 1000;
	h->chip = bcm_create(&ops, h, &o);
	cr_assert(h->mem && h->arena && h->chip);
	th_later(h, 2 * o.link_ns);
	return h;
}

void th_free(struct th *h)
{
	bcm_destroy(h->chip);
	free(h->arena);
	free(h->mem);
	free(h);
}

void th_run(struct th *h)
{
	for (unsigned int i = 0; bcm_deadline(h->chip) <= h->now; i++) {
		cr_assert_lt(i, 100000, "the chip never has enough");
		bcm_run(h->chip);
	}
}

void th_later(struct th *h, uint64_t ns)
{
	h->now += ns;
	th_run(h);
}

uint32_t th_rd(struct th *h, uint32_t off)
{
	uint32_t val = 0;

	cr_assert_eq(bcm_read(h->chip, h->fn, BCM_BAR0, off, &val, 4), 0);
	return val;
}

void th_wr_quiet(struct th *h, uint32_t off, uint32_t val)
{
	cr_assert_eq(bcm_write(h->chip, h->fn, BCM_BAR0, off, &val, 4), 0);
}

void th_wr(struct th *h, uint32_t off, uint32_t val)
{
	th_wr_quiet(h, off, val);
	th_run(h);
}

uint32_t th_cfg(struct th *h, uint32_t off, size_t len)
{
	uint32_t val = 0;

	cr_assert_eq(bcm_read(h->chip, h->fn, BCM_CONFIG, off, &val, len), 0);
	return val;
}

void th_cfg_wr(struct th *h, uint32_t off, uint32_t val, size_t len)
{
	cr_assert_eq(bcm_write(h->chip, h->fn, BCM_CONFIG, off, &val, len), 0);
	th_run(h);
}

void th_sram_wr(struct th *h, uint32_t at, uint32_t val)
{
	th_cfg_wr(h, 0x7c, at, 4);
	th_cfg_wr(h, 0x84, val, 4);
	th_cfg_wr(h, 0x7c, 0, 4);
}

/* ---- bringing it up --------------------------------------------------- */

static void addr(struct th *h, uint32_t off, uint64_t at)
{
	th_wr(h, off, (uint32_t)((TH_BASE + at) >> 32));
	th_wr(h, off + 4, (uint32_t)(TH_BASE + at));
}

static void sram_rcb(struct th *h, uint32_t at, uint64_t ring, uint32_t size)
{
	th_sram_wr(h, at, (uint32_t)((TH_BASE + ring) >> 32));
	th_sram_wr(h, at + 4, (uint32_t)(TH_BASE + ring));
	th_sram_wr(h, at + 8, size << 16);
}

static void std_bd(struct th *h, uint32_t i)
{
	uint64_t at = TH_BASE + TH_STDBUF + UINT64_C(0x800) * i;
	uint8_t *bd = h->mem + TH_STD + 32 * i;

	le_put(bd, 4, at >> 32);
	le_put(bd + 4, 4, at);
	le_put(bd + 8, 4, i << 16 | 1536);
	le_put(bd + 12, 4, 4);
	le_put(bd + 28, 4, 0x10000 | i);
}

static void jmb_bd(struct th *h, uint32_t i)
{
	uint64_t at = TH_BASE + TH_JMBBUF + UINT64_C(0x4000) * (i % 128);
	uint8_t *bd = h->mem + TH_JMB + 64 * i + 32;

	le_put(bd, 4, at >> 32);
	le_put(bd + 4, 4, at);
	le_put(bd + 8, 4, i << 16 | 9046);
	le_put(bd + 12, 4, 4 | 0x20);
	le_put(bd + 28, 4, 0x20000 | i);
}

void th_post_std(struct th *h, unsigned int n)
{
	h->std_prod = (h->std_prod + n) % 2048;
	th_wr(h, 0x26c, h->std_prod);
}

void th_post_jmb(struct th *h, unsigned int n)
{
	h->jmb_prod = (h->jmb_prod + n) % 1024;
	th_wr(h, 0x274, h->jmb_prod);
}

void th_irq_on(struct th *h, enum bcm_irq how)
{
	uint32_t entry = 0;

	th_cfg_wr(h, 0x5a, how == BCM_IRQ_MSI, 2);
	th_cfg_wr(h, 0xa2, how == BCM_IRQ_MSIX ? 0x8000 : 0, 2);
	th_cfg_wr(h, 0x04, how == BCM_IRQ_INTX ? 0x0006 : 0x0406, 2);
	for (unsigned int v = 0; v < BCM_VECTORS; v++)
		bcm_write(h->chip, h->fn, BCM_BAR4, 16 * v + 12, &entry, 4);
}

static void receive_up(struct th *h, const struct th_conf *c, uint32_t mtu)
{
	for (uint32_t i = 0; i < 2048; i++)
		std_bd(h, i);
	for (uint32_t i = 0; i < 1024; i++)
		jmb_bd(h, i);
	addr(h, 0x2450, TH_STD);
	if (mtu > 1500) {
		addr(h, 0x2440, TH_JMB);
		th_wr(h, 0x2448, 1024u << 16 | 1);
	} else {
		th_wr(h, 0x2448, 2);
	}
	th_wr(h, 0x2458, 2048u << 16 | 1536 << 2);
	h->std_prod = h->jmb_prod = 0;
	th_post_std(h, TH_STD_POSTED);
	th_post_jmb(h, mtu > 1500 ? TH_JMB_POSTED : 0);
	for (uint32_t i = 0; i < 17; i++)
		th_sram_wr(h, 0x208 + 16 * i, 2);
	for (uint32_t q = 0; q < (c->vectors > 1 ? c->vectors - 1 : 1); q++) {
		th_wr(h, 0x284 + 8 * q, 0);
		h->ret_cons[q] = 0;
		sram_rcb(h, 0x200 + 16 * q, TH_RET + 0x20000 * q, TH_RETN);
	}
	th_wr(h, 0x410, 0x3417);
	th_wr(h, 0x414, 0xebf0dce3);
	th_wr(h, 0x43c, mtu + 22);
}

static void send_up(struct th *h, const struct th_conf *c)
{
	uint32_t rings = c->multi_tx ? c->vectors - 1 : 1;

	for (uint32_t r = 0; r < 4; r++) {
		th_wr(h, 0x300 + 4 * (r ^ 1), 0);
		th_sram_wr(h, 0x108 + 16 * r, 2);
		h->tx_prod[r] = 0;
	}
	for (uint32_t r = 0; r < rings; r++)
		sram_rcb(h, 0x100 + 16 * r, TH_TX + 0x2000 * r, TH_TXN);
}

static void rss_up(struct th *h, unsigned int rings)
{
	uint32_t val = 0;

	for (uint32_t i = 0; i < 128; i++) {
		val = val << 4 | i % rings;
		if (i % 8 == 7)
			th_wr(h, 0x630 + 4 * (i / 8), val);
	}
	for (uint32_t i = 0; i < 10; i++)
		th_wr(h, 0x670 + 4 * i, 0x6d5a56da * (2 * i + 1));
}

static void engines_up(struct th *h, const struct th_conf *c)
{
	static const uint32_t mode[] = {0x3000, 0x2000, 0x4c00, 0x4800, 0x2800,
					0x1000, 0x1c00, 0x2c00, 0x2400, 0x0c00};

	th_wr(h, 0x3c00, 0x2 | 0x704);
	th_wr(h, 0x400, 0x00e04808 | 0x9000);
	if (c->irq == BCM_IRQ_MSIX)
		th_wr(h, 0x6000,
		      th_rd(h, 0x6000) | 2 | (c->vectors > 1 ? 0x80 : 0));
	for (size_t i = 0; i < ARRAY_SIZE(mode); i++)
		th_wr(h, mode[i], 2);
	th_wr(h, 0x1800, 2 | (c->multi_tx ? 0x20 : 0));
	th_wr(h, 0x1400, 2);
	th_wr(h, 0x45c, 2);
	if (c->vectors > 1)
		rss_up(h, c->vectors - 1);
	th_wr(h, 0x468, 0x01000002 | (c->vectors > 1 ? 0x00ff0000 : 0));
}

void th_up(struct th *h, struct th_conf c)
{
	uint32_t mtu = c.mtu ? c.mtu : 1500;

	c.irq = c.irq ? c.irq : BCM_IRQ_INTX;
	c.vectors = c.vectors ? c.vectors : 1;
	th_cfg_wr(h, 0x04, 0x0406, 2);
	th_cfg_wr(h, 0x68, 0x29a, 4);
	th_wr(h, 0x6804, 0x20000001);
	th_irq_on(h, c.irq);
	th_wr(h, 0x6800, 0x041b0034);
	receive_up(h, &c, mtu);
	send_up(h, &c);
	addr(h, 0x3c38, TH_SB);
	for (uint32_t v = 1; v < c.vectors; v++)
		addr(h, 0x3d00 + 8 * (v - 1), TH_SB + 0x100 * v);
	engines_up(h, &c);
	th_cfg_wr(h, 0x68, 0x298, 4);
	for (uint32_t v = 0; v < c.vectors; v++)
		th_wr(h, 0x204 + 8 * v, 0);
	th_forget(h);
}

/* ---- frames ----------------------------------------------------------- */

void th_bd(struct th *h, unsigned int ring, uint64_t iova, uint32_t len_flags,
	   uint32_t mss_vlan)
{
	uint8_t *bd = h->mem + TH_TX + 0x2000 * ring + 16 * h->tx_prod[ring];

	le_put(bd, 4, iova >> 32);
	le_put(bd + 4, 4, iova);
	le_put(bd + 8, 4, len_flags);
	le_put(bd + 12, 4, mss_vlan);
	h->tx_prod[ring] = (h->tx_prod[ring] + 1) % TH_TXN;
}

void th_kick(struct th *h, unsigned int ring)
{
	th_wr(h, 0x300 + 4 * (ring ^ 1), h->tx_prod[ring]);
}

uint64_t th_put(struct th *h, const void *p, size_t len)
{
	uint64_t at;

	cr_assert_leq(len, 0x100000);
	if (h->txbuf + len > 0x100000)
		h->txbuf = 0;
	at = TH_TXBUF + h->txbuf;
	memcpy(h->mem + at, p, len);
	h->txbuf += len;
	return TH_BASE + at;
}

void th_tx(struct th *h, const void *p, size_t len, uint32_t flags,
	   uint32_t mss_vlan)
{
	th_bd(h, 0, th_put(h, p, len), (uint32_t)len << 16 | 4 | flags,
	      mss_vlan);
	th_kick(h, 0);
}

void th_rx(struct th *h, const void *p, size_t len)
{
	bcm_frame_in(h->chip, h->fn, p, len);
	th_run(h);
}

/* ---- looking ---------------------------------------------------------- */

uint32_t th_sb(const struct th *h, unsigned int v, unsigned int i)
{
	return (uint32_t)le_get(h->mem + TH_SB + 0x100 * v + 4 * i, 4);
}

unsigned int th_tx_cons(const struct th *h, unsigned int v)
{
	return th_sb(h, v, 4) >> 16;
}

unsigned int th_ret_prod(const struct th *h, unsigned int ring, bool rss)
{
	if (!rss || ring == 0)
		return th_sb(h, rss, 4) & 0xffff;
	if (ring == 1)
		return th_sb(h, 2, 2) & 0xffff;
	return ring == 2 ? th_sb(h, 3, 3) >> 16 : th_sb(h, 4, 3) & 0xffff;
}

uint32_t th_ret(const struct th *h, unsigned int ring, unsigned int index,
		unsigned int i)
{
	return (uint32_t)le_get(
		h->mem + TH_RET + 0x20000 * ring + 32 * index + 4 * i, 4);
}

const uint8_t *th_buf(const struct th *h, unsigned int ring, unsigned int index)
{
	uint32_t opaque = th_ret(h, ring, index, 7);

	if (opaque & 0x20000)
		return h->mem + TH_JMBBUF + 0x4000 * (opaque % 128);
	return h->mem + TH_STDBUF + 0x800 * (opaque & 0xffff);
}

unsigned int th_count(const struct th *h, enum th_kind kind)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < h->nlog; i++)
		n += h->log[i].kind == kind;
	return n;
}

unsigned int th_irqs(const struct th *h, unsigned int vector)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < h->nlog; i++)
		n += h->log[i].kind == TH_IRQ && h->log[i].vector == vector &&
		     h->log[i].level;
	return n;
}

void th_forget(struct th *h)
{
	h->nlog = 0;
	h->nframes = 0;
	h->arena_used = 0;
}
