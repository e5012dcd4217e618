/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock of IEEE 1588, and the time stamps that are taken from it.
 *
 * The clock is the host's, plus what it was set to, faster or slower by the
 * correction register.  It runs on through every reset.  A received stamp is
 * held until it is read; frames that come meanwhile have none.
 */
#include "tests/twin/model/rings.h"

enum {
	TX_STAMP = 0x5c0,
	RX_STAMP = 0x6b0,
	CLOCK_LSB = 0x6900,
	CLOCK_MSB = 0x6904,
	CLOCK_CTL = 0x6908,
	CTL_STOP = 2,
	CTL_RESUME = 4,
	CLOCK_CORRECT = 0x6928,
	V2_L2 = 0x800000, /* RX_PTP_CTL */
	V2_L4 = 0x1000000,
	V1_L4 = 0x2000000,
	TYPE_PTP = 0x88f7,
	PORT_EVENT = 319,
	STAT_V1 = 0x10, /* flags of a return BD */
	STAT_V2 = 0x200,
};

#define CORRECT_ON  0x80000000u
#define CORRECT_NEG 0x40000000u
#define CORRECT_MAX 0xffffffu /* in units of 2^-24 */

uint64_t bcm_ptp_now(struct bcm_func *f)
{
	uint64_t past = f->chip->ops->now_ns(f->chip->ctx) - f->ptp_base;
	uint32_t by = f->ptp_correct;
	uint64_t part;

	if (f->ptp_stopped)
		return f->ptp_offset;
	if (!(by & CORRECT_ON))
		return f->ptp_offset + past;
	part = (past >> 24) * (by & CORRECT_MAX) +
	       ((past & CORRECT_MAX) * (by & CORRECT_MAX) >> 24);
	return f->ptp_offset + (by & CORRECT_NEG ? past - part : past + part);
}

/* From now on the clock counts on from what it shows. */
static void rebase(struct bcm_func *f)
{
	f->ptp_offset = bcm_ptp_now(f);
	f->ptp_base = f->chip->ops->now_ns(f->chip->ctx);
}

/* The upper half is that of the last read of the lower. */
static uint32_t clock_read(struct bcm_func *f, uint32_t off)
{
	uint64_t now = bcm_ptp_now(f);

	(void)off;
	f->reg[CLOCK_MSB / 4] = (uint32_t)(now >> 32);
	return (uint32_t)now;
}

static void clock_write(struct bcm_func *f, uint32_t off, uint32_t val)
{
	rebase(f);
	le_put((uint8_t *)&f->ptp_offset + (off - CLOCK_LSB), 4, val);
}

static void ctl_write(struct bcm_func *f, uint32_t off, uint32_t val)
{
	rebase(f);
	if (val & CTL_STOP)
		f->ptp_stopped = true;
	if (val & CTL_RESUME)
		f->ptp_stopped = false;
	bcm_reg_store(f, off, val);
}

/* Not in f->reg[]: a reset would make the clock jump. */
static uint32_t correct_read(struct bcm_func *f, uint32_t off)
{
	(void)off;
	return f->ptp_correct;
}

static void correct_write(struct bcm_func *f, uint32_t off, uint32_t val)
{
	(void)off;
	rebase(f);
	f->ptp_correct = val;
}

static uint32_t rx_stamp_read(struct bcm_func *f, uint32_t off)
{
	f->ptp_rx_held = false;
	return bcm_reg(f, off);
}

/* clang-format off */
#define ROW(first, last, wmask, name, read, write) \
	{ first, last, 0, wmask, BCM_DOM_CORE, name, read, write }

const struct bcm_reg bcm_ptp_regs[] = {
	ROW(TX_STAMP, TX_STAMP + 4, 0, "TX_TSTAMP", NULL, NULL),
	ROW(RX_STAMP, RX_STAMP, 0, "RX_TSTAMP_LSB", NULL, NULL),
	ROW(RX_STAMP + 4, RX_STAMP + 4, 0, "RX_TSTAMP_MSB", rx_stamp_read,
	    NULL),
	ROW(BCM_RX_PTP_CTL, BCM_RX_PTP_CTL, 0xffffffff, "RX_PTP_CTL", NULL,
	    NULL),
	ROW(CLOCK_LSB, CLOCK_LSB, 0, "REF_CLCK_LSB", clock_read, clock_write),
	ROW(CLOCK_MSB, CLOCK_MSB, 0, "REF_CLCK_MSB", NULL, clock_write),
	ROW(CLOCK_CTL, CLOCK_CTL, ~(uint32_t)(CTL_STOP | CTL_RESUME),
	    "REF_CLCK_CTL", NULL, ctl_write),
	ROW(0x690c, 0x6924, 0xffffffff, "EAV", NULL, NULL),
	ROW(CLOCK_CORRECT, CLOCK_CORRECT, 0, "REF_CLK_CORRECT", correct_read,
	    correct_write),
	{ .name = NULL },
};
/* clang-format on */

static void stamp(struct bcm_func *f, uint32_t off)
{
	uint64_t now = bcm_ptp_now(f);

	f->reg[off / 4] = (uint32_t)now;
	f->reg[off / 4 + 1] = (uint32_t)(now >> 32);
}

void bcm_ptp_tx(struct bcm_func *f)
{
	stamp(f, TX_STAMP);
}

/*
 * Kind of the PTP event message at @p as a bit of RX_PTP_CTL, and its version;
 * 0: none.  Version 1 has the kind in its control field.
 */
static unsigned int message(const uint8_t *p, size_t len, unsigned int *version)
{
	if (len < 34)
		return 0;
	*version = p[1] & 0xf;
	if (*version == 1 && p[32] <= 1)
		return 1u << p[32];
	return *version == 2 && (p[0] & 0xf) < 4 ? 1u << (p[0] & 0xf) : 0;
}

static unsigned int wanted(uint32_t ctl, bool l2, unsigned int version)
{
	if (version == 1)
		return ctl & V1_L4 && !l2 ? ctl & 3 : 0;
	return ctl & (l2 ? V2_L2 : V2_L4) ? ctl & 0xf : 0;
}

uint32_t bcm_ptp_rx(struct bcm_func *f, const uint8_t *frame, size_t len,
		    const struct bcm_pkt *k)
{
	uint32_t ctl = bcm_reg(f, BCM_RX_PTP_CTL);
	unsigned int version = 0;
	size_t at = k->l3;
	bool l2 = k->type == TYPE_PTP;

	if (!(ctl & (V1_L4 | V2_L2 | V2_L4)) || f->ptp_rx_held)
		return 0;
	if (!l2) {
		if (!k->ip || k->proto != 17 || k->end < k->l4 + 8 ||
		    (frame[k->l4 + 2] << 8 | frame[k->l4 + 3]) != PORT_EVENT)
			return 0;
		at = k->l4 + 8;
		len = k->end;
	}
	if (at > len || !(message(frame + at, len - at, &version) &
			  wanted(ctl, l2, version)))
		return 0;
	stamp(f, RX_STAMP);
	f->ptp_rx_held = true;
	return version == 1 ? STAT_V1 : STAT_V2;
}
