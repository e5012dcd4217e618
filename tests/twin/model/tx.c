/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Send rings: from buffer descriptors of the host to frames on the wire.
 *
 * A frame is gathered from the BDs up to one with the END flag.  If the
 * producer comes first the rest is still to come, and the ring waits for its
 * mailbox.  What makes no sense (empty, too long, a large send of no TCP) is
 * dropped and counted; its BDs are given back like all others.  Before every
 * step that follows a DMA access: was there a reset?  Then -ECANCELED, and
 * nothing is touched any more.
 */
#include <errno.h>

#include "tests/twin/model/rings.h"

enum {
	BD_SIZE = 16,
	BATCH = 32, /* BDs in one DMA access */
	TXD_CSUM = 3,
	TXD_END = 4,
	TXD_STAMP = 0x20,
	TXD_VLAN = 0x40,
	TXD_LSO = 0x300,
	MAC_LOOPBACK = 0x10, /* MAC_MODE */
};

/* A send BD, taken apart */
struct bd {
	uint64_t iova;
	uint32_t len;
	uint32_t flags;
	uint32_t mss; /* with two bits of a large send's header length */
	uint16_t tag;
};

/* A ring that is being worked at */
struct job {
	struct bcm_func *f;
	struct bcm_rcb rcb;
	unsigned int ring;
	uint32_t epoch;
	uint32_t next; /* BD to be looked at */
	uint32_t prod;
	uint32_t ahead; /* BDs that were read from @next on */
	uint32_t at;    /* of them, in raw[] */
	uint8_t raw[BATCH * BD_SIZE];
};

static void block_write(struct bcm_func *f, uint32_t off, uint32_t val)
{
	bcm_block_write(f, off, val);
	if (bcm_enabled(f, off))
		bcm_tx_kick_all(f);
}

static void rdmac_status_write(struct bcm_func *f, uint32_t off, uint32_t val)
{
	bcm_w1c_write(f, off, val);
	bcm_tx_kick_all(f);
}

/* clang-format off */
#define ROW(first, last, wmask, name, write) \
	{ first, last, 0, wmask, BCM_DOM_CORE, name, NULL, write }
#define MODE(off, name) ROW(off, off, 0xfffffffe, name, block_write)
#define RO(first, last, name) ROW(first, last, 0, name, NULL)

const struct bcm_reg bcm_tx_regs[] = {
	MODE(BCM_MAC_TX_MODE, "MAC_TX_MODE"),
	ROW(0x0464, 0x0464, 0xffffffff, "MAC_TX_LENGTHS", NULL),
	MODE(BCM_SNDDATAI_MODE, "SNDDATAI_MODE"),
	RO(0x0c04, 0x0c04, "SNDDATAI_STATUS"),
	ROW(0x0c08, 0x0c20, 0xffffffff, "SNDDATAI_STATS", NULL),
	RO(0x0c80, 0x0cdc, "SNDDATAI counters"),
	MODE(0x1000, "SNDDATAC_MODE"),
	MODE(0x1400, "SNDBDS_MODE"),
	RO(0x1404, 0x1408, "SNDBDS_STATUS"),
	RO(0x1440, 0x147c, "SNDBDS_SEL_CON"),
	MODE(BCM_SNDBDI_MODE, "SNDBDI_MODE"),
	RO(0x1804, 0x1844, "SNDBDI_IN_PROD"),
	MODE(0x1c00, "SNDBDC_MODE"),
	MODE(BCM_RDMAC_MODE, "RDMAC_MODE"),
	ROW(BCM_RDMAC_STATUS, BCM_RDMAC_STATUS, 0, "RDMAC_STATUS",
	    rdmac_status_write),
	ROW(0x4808, 0x4bdc, 0xffffffff, "RDMAC", NULL),
	RO(0x4be0, 0x4bec, "RDMAC_LENGTH"),
	{ .name = NULL },
};
/* clang-format on */

void bcm_tx_kick(struct bcm_func *f, unsigned int ring)
{
	f->ring.tx_pending |= 1u << ring;
}

void bcm_tx_kick_all(struct bcm_func *f)
{
	f->ring.tx_pending = (1u << BCM_TX_RINGS) - 1;
}

static bool engine_up(const struct bcm_func *f)
{
	return bcm_enabled(f, BCM_RDMAC_MODE) &&
	       bcm_enabled(f, BCM_SNDBDI_MODE) &&
	       bcm_enabled(f, BCM_SNDDATAI_MODE) &&
	       bcm_enabled(f, BCM_MAC_TX_MODE) &&
	       !bcm_reg(f, BCM_RDMAC_STATUS) && bcm_bus_master(f);
}

/* ---- descriptors ------------------------------------------------------ */

static int fetch(struct job *j)
{
	uint32_t room = j->rcb.size - j->next;
	uint32_t n = j->prod > j->next ? j->prod - j->next : room;

	n = n < BATCH ? n : BATCH;
	j->at = 0;
	j->ahead = n;
	return bcm_dma_read(j->f, j->rcb.iova + j->next * BD_SIZE, j->raw,
			    n * BD_SIZE);
}

/* The BD at @j->next; -EAGAIN when the host has not yet filled it */
static int next_bd(struct job *j, struct bd *bd)
{
	const uint8_t *p;
	int rc;

	if (j->next == j->prod)
		return -EAGAIN;
	if (!j->ahead) {
		rc = fetch(j);
		if (rc)
			return rc;
	}
	p = j->raw + j->at * BD_SIZE;
	bd->iova = le_get(p, 4) << 32 | le_get(p + 4, 4);
	bd->flags = (uint32_t)le_get(p + 8, 2);
	bd->len = (uint32_t)le_get(p + 10, 2);
	bd->tag = (uint16_t)le_get(p + 12, 2);
	bd->mss = (uint32_t)le_get(p + 14, 2);
	j->at++;
	j->ahead--;
	j->next = (j->next + 1) % j->rcb.size;
	return 0;
}

/* ---- frames ----------------------------------------------------------- */

/* One frame leaves; false when the world is another one afterwards */
static bool emit(const struct job *j, const uint8_t *frame, size_t len)
{
	struct bcm_func *f = j->f;
	const struct bcm_chip *chip = f->chip;
	uint8_t padded[BCM_ETH_MIN] = {0};
	bool loop =
		bcm_phy_loopback(f) || bcm_reg(f, BCM_MAC_MODE) & MAC_LOOPBACK;

	if (!loop && !f->link)
		return true;
	/* Not in place: behind a segment stands the next one's payload. */
	if (len < BCM_ETH_MIN) {
		memcpy(padded, frame, len);
		frame = padded;
		len = BCM_ETH_MIN;
	}
	bcm_stat_frame(f, BCM_STAT_TX_OCTETS, BCM_STAT_TX_UCAST, frame, len);
	if (loop)
		bcm_rx_frame(f, frame, len, true);
	else
		chip->ops->frame_out(chip->ctx, f->fn, frame, len);
	return f->epoch == j->epoch;
}

/* Header length of a large send lies in three places. */
static uint32_t lso_header(const struct bd *bd)
{
	return (bd->mss >> 14 & 3) << 2 | (bd->flags & 0x10) |
	       (bd->flags >> 10 & 0x1f) << 5;
}

/* Cut up; number of frames, or -ECANCELED */
static int send_large(struct job *j, const struct bd *bd, uint8_t *frame,
		      size_t len)
{
	struct bcm_lso s;
	uint8_t *p;
	size_t n;

	if (!bcm_lso_begin(&s, frame, len, bd->mss & 0x3fff, lso_header(bd))) {
		bcm_stat_add(j->f, BCM_STAT_TX_ERRORS, 1);
		return 1;
	}
	while ((p = bcm_lso_next(&s, &n)))
		if (!emit(j, p, n))
			return -ECANCELED;
	return (int)s.n;
}

/* @len bytes stand in the buffer, described by the first BD @bd */
static int send_frame(struct job *j, const struct bd *bd, size_t len)
{
	uint8_t *frame = j->f->tx_buf + BCM_TX_ROOM;

	if (bd->flags & TXD_STAMP)
		bcm_ptp_tx(j->f);
	if (bd->flags & TXD_VLAN) {
		frame = bcm_vlan_insert(frame, bd->tag);
		len += 4;
	}
	if (bd->flags & TXD_LSO)
		return send_large(j, bd, frame, len);
	if (bd->flags & TXD_CSUM)
		bcm_tx_csum(frame, len, bd->flags);
	return emit(j, frame, len) ? 1 : -ECANCELED;
}

static size_t longest(const struct bd *bd)
{
	return bd->flags & TXD_LSO ? BCM_TX_MAX : BCM_FRAME_MAX - 4;
}

/*
 * Bytes of BD @bd behind the @len that are there; too many are left where they
 * are, and @len grows beyond every limit.
 */
static int gather(struct job *j, const struct bd *bd, size_t max, size_t *len)
{
	size_t at = *len;

	*len += bd->len;
	if (!bd->len || *len > max)
		return 0;
	return bcm_dma_read(j->f, bd->iova, j->f->tx_buf + BCM_TX_ROOM + at,
			    bd->len);
}

/* The next frame: how many went out (1 for a dropped one), or -errno */
static int packet(struct job *j)
{
	struct bd bd, first;
	size_t len = 0;
	int rc;

	rc = next_bd(j, &first);
	if (rc)
		return rc;
	bd = first;
	for (;;) {
		rc = gather(j, &bd, longest(&first), &len);
		if (rc || bd.flags & TXD_END)
			break;
		rc = next_bd(j, &bd);
		if (rc)
			break;
	}
	if (rc)
		return rc;
	if (len >= 14 && len <= longest(&first))
		return send_frame(j, &first, len);
	bcm_stat_add(j->f, BCM_STAT_TX_ERRORS, 1);
	return 1;
}

/* ---- rings ------------------------------------------------------------ */

static bool job_begin(struct job *j, struct bcm_func *f, unsigned int ring)
{
	j->f = f;
	j->ring = ring;
	j->epoch = f->epoch;
	j->ahead = 0;
	j->rcb = bcm_rcb_sram(f, BCM_SRAM_TX_RCB + 16 * ring, BCM_TX_SIZE);
	if (!j->rcb.size || f->ring.tx_cons[ring] >= j->rcb.size)
		return false;
	j->next = f->ring.tx_cons[ring];
	j->prod = bcm_mbox_index(f, BCM_MBOX_TX + 4 * (ring ^ 1), j->rcb.size);
	return true;
}

/* Work at one ring for @budget frames; false: nothing to touch any more */
static bool ring_run(struct bcm_func *f, unsigned int ring, int budget)
{
	struct job j;
	int sent;

	f->ring.tx_pending &= ~(1u << ring);
	if (!job_begin(&j, f, ring))
		return true;
	while (budget > 0) {
		sent = packet(&j);
		if (sent < 0)
			return sent != -ECANCELED;
		budget -= sent;
		f->ring.tx_cons[ring] = j.next;
		bcm_dirty(f, bcm_vector_tx(f, ring), 0);
	}
	if (j.next != j.prod)
		bcm_tx_kick(f, ring);
	return true;
}

bool bcm_tx_run(struct bcm_func *f, unsigned int budget)
{
	uint32_t todo = f->ring.tx_pending;

	for (unsigned int ring = 0; ring < BCM_TX_RINGS && todo; ring++) {
		if (!engine_up(f)) {
			f->ring.tx_pending = 0; /* who starts it kicks it */
			break;
		}
		if (todo & 1u << ring && !ring_run(f, ring, (int)budget))
			break;
	}
	return f->ring.tx_pending;
}
