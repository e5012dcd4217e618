/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Receive rings: from frames to buffers of the host.
 *
 * The host offers buffers in two producer rings, for standard and for jumbo
 * frames; a frame is stored in one of them with its FCS and told in a return
 * ring, where the BD comes back with its opaque part untouched.  A frame
 * without a place is counted and dropped.  BDs are fetched ahead; whatever
 * changes a producer ring drops them again.
 */
#include <errno.h>

#include <libdeflate.h>

#include "tests/twin/model/rings.h"

enum {
	BD_SIZE = 32,
	EXT_SIZE = 64, /* with three more buffers before the standard part */
	RCB_EXT = 1,
	RX_KEEP_CONTROL = 8, /* RX_MODE */
	RX_KEEP_PAUSE = 0x10,
	RX_OVERSIZED = 0x20,
	RX_KEEP_VLAN = 0x400,
	RX_IPV6_CSUM = 0x1000000,
	RXD_END = 4, /* flags of a return BD */
	RXD_JUMBO = 0x20,
	RXD_VLAN = 0x40,
	TYPE_VLAN = 0x8100,
	TYPE_CONTROL = 0x8808,
	ETH_HLEN = 14,
	BUFFERS = 4,
	DW_LEN = 8, /* byte offsets in a BD */
	DW_FLAGS = 12,
	DW_CSUM = 16,
	DW_TAG = 20,
};

/* A producer ring */
struct producer {
	struct bcm_rcb rcb;
	struct bcm_ahead *ahead;
	uint32_t *cons;
	uint32_t prod;
	uint32_t bd_size;
};

/* A frame on its way to the host: what the return BD will say */
struct arrival {
	size_t len; /* with FCS, in rx_buf */
	uint32_t flags;
	uint32_t csum;
	uint32_t tag;
	unsigned int ring;
};

/* A buffer of an extended BD */
struct buffer {
	uint64_t iova;
	size_t len;
};

static void mode_write(struct bcm_func *f, uint32_t off, uint32_t val)
{
	bcm_block_write(f, off, val);
	if (!bcm_enabled(f, off))
		bcm_rx_forget(f);
}

static void rcb_write(struct bcm_func *f, uint32_t off, uint32_t val)
{
	bcm_reg_store(f, off, val);
	bcm_rx_forget(f);
}

/* clang-format off */
#define ROW(first, last, wmask, name, write) \
	{ first, last, 0, wmask, BCM_DOM_CORE, name, NULL, write }
#define MODE(off, name) ROW(off, off, 0xfffffffe, name, mode_write)
#define RO(first, last, name) ROW(first, last, 0, name, NULL)
#define RW(first, last, name) ROW(first, last, 0xffffffff, name, NULL)

const struct bcm_reg bcm_rx_regs[] = {
	ROW(BCM_MAC_RX_MTU, BCM_MAC_RX_MTU, 0xffff, "MAC_RX_MTU_SIZE", NULL),
	MODE(BCM_MAC_RX_MODE, "MAC_RX_MODE"),
	RO(0x046c, 0x046c, "MAC_RX_STATUS"),
	MODE(0x2000, "RCVLPC_MODE"),
	RO(0x2004, 0x200c, "RCVLPC_STATUS"),
	RW(0x2010, 0x201c, "RCVLPC_CONFIG"),
	RW(0x2100, 0x223c, "RCVLPC lists"),
	MODE(BCM_RCVDBDI_MODE, "RCVDBDI_MODE"),
	RO(0x2404, 0x2404, "RCVDBDI_STATUS"),
	RW(0x2408, 0x2408, "RCVDBDI_SPLIT"),
	ROW(BCM_RCB_JMB, 0x246c, 0xffffffff, "receive RCB", rcb_write),
	RO(0x2470, 0x2478, "RCVDBDI_CON_IDX"),
	RO(0x2480, 0x24c0, "RCVDBDI_PROD_IDX"),
	MODE(0x2800, "RCVDCC_MODE"),
	MODE(BCM_RCVBDI_MODE, "RCVBDI_MODE"),
	RO(0x2c04, 0x2c10, "RCVBDI_PROD_IDX"),
	RW(0x2c14, 0x2c1c, "RCVBDI thresholds"),
	RW(0x2d00, 0x2d04, "REPLENISH_LWM"),
	MODE(0x3000, "RCVCC_MODE"),
	RO(0x3004, 0x3010, "RCVCC_STATUS"),
	MODE(0x3400, "RCVLSC_MODE"),
	RO(0x3404, 0x3404, "RCVLSC_STATUS"),
	MODE(BCM_WDMAC_MODE, "WDMAC_MODE"),
	ROW(BCM_WDMAC_STATUS, BCM_WDMAC_STATUS, 0, "WDMAC_STATUS",
	    bcm_w1c_write),
	RW(0x4c08, 0x4ffc, "WDMAC"),
	{ .name = NULL },
};
/* clang-format on */

void bcm_rx_forget(struct bcm_func *f)
{
	f->std_ahead.left = 0;
	f->jmb_ahead.left = 0;
	f->epoch++; /* a frame on its way would go by them */
}

/* ---- producer rings --------------------------------------------------- */

static struct producer producer_std(struct bcm_func *f)
{
	struct producer p = {
		.rcb = bcm_rcb_reg(f, BCM_RCB_STD, BCM_RX_STD_SIZE),
		.ahead = &f->std_ahead,
		.cons = &f->ring.std_cons,
		.bd_size = BD_SIZE,
	};

	if (p.rcb.size)
		p.prod = bcm_mbox_index(f, BCM_MBOX_STD, p.rcb.size);
	return p;
}

static struct producer producer_jmb(struct bcm_func *f)
{
	struct producer p = {
		.rcb = bcm_rcb_reg(f, BCM_RCB_JMB, BCM_RX_JMB_SIZE),
		.ahead = &f->jmb_ahead,
		.cons = &f->ring.jmb_cons,
	};

	p.bd_size = p.rcb.flags & RCB_EXT ? EXT_SIZE : BD_SIZE;
	if (p.rcb.size)
		p.prod = bcm_mbox_index(f, BCM_MBOX_JMB, p.rcb.size);
	return p;
}

/* Longest frame, with FCS, of the standard ring */
static uint32_t std_max(const struct bcm_func *f)
{
	return (bcm_reg(f, BCM_RCB_STD + 8) & 0xffff) >> 2;
}

static struct producer producer_for(struct bcm_func *f, size_t len)
{
	return len <= std_max(f) ? producer_std(f) : producer_jmb(f);
}

static bool has_bd(const struct producer *p)
{
	return p->rcb.size && *p->cons < p->rcb.size && *p->cons != p->prod;
}

/* The next BD, fetched if need be; it stays until producer_advance() */
static int producer_peek(struct bcm_func *f, const struct producer *p,
			 uint8_t bd[EXT_SIZE])
{
	struct bcm_ahead *a = p->ahead;
	uint32_t end = p->prod > *p->cons ? p->prod : p->rcb.size;
	uint32_t n = (end - *p->cons) * p->bd_size;
	int rc;

	if (a->left < p->bd_size) {
		n = n < BCM_RX_AHEAD ? n : BCM_RX_AHEAD;
		a->left = 0;
		rc = bcm_dma_read(f, p->rcb.iova + *p->cons * p->bd_size,
				  a->raw, n);
		if (rc)
			return rc;
		a->at = 0;
		a->left = n;
	}
	memcpy(bd, a->raw + a->at, p->bd_size);
	return 0;
}

static void producer_advance(const struct producer *p)
{
	*p->cons = (*p->cons + 1) % p->rcb.size;
	p->ahead->at += p->bd_size;
	p->ahead->left -= p->bd_size;
}

/* The buffers of @bd in the order they are filled; how many */
static unsigned int buffers(const struct producer *p, const uint8_t *bd,
			    struct buffer b[BUFFERS])
{
	const uint8_t *std = bd + p->bd_size - BD_SIZE;
	const uint8_t *lens = bd + 24;

	b[0].iova = le_get(std, 4) << 32 | le_get(std + 4, 4);
	b[0].len = le_get(std + DW_LEN, 2);
	if (p->bd_size != EXT_SIZE)
		return 1;
	for (unsigned int i = 0; i < 3; i++) {
		b[i + 1].iova =
			le_get(bd + 8 * i, 4) << 32 | le_get(bd + 8 * i + 4, 4);
		b[i + 1].len = le_get(lens + 2 * i, 2);
	}
	return BUFFERS;
}

/* ---- one frame -------------------------------------------------------- */

static int data_write(struct bcm_func *f, const struct buffer *b,
		      unsigned int n, size_t len)
{
	size_t room = 0, part;
	const uint8_t *p = f->rx_buf;
	int rc = 0;

	for (unsigned int i = 0; i < n; i++)
		room += b[i].len;
	if (room < len)
		return -EMSGSIZE;
	for (unsigned int i = 0; i < n && len && !rc; i++) {
		part = len < b[i].len ? len : b[i].len;
		if (part)
			rc = bcm_dma_write(f, b[i].iova, p, part);
		p += part;
		len -= part;
	}
	return rc;
}

/* The producer's BD, as the host gets it back */
static void return_fill(uint8_t bd[BD_SIZE], const struct arrival *a)
{
	le_put(bd + DW_LEN, 2, a->len);
	le_put(bd + DW_FLAGS, 2, a->flags);
	le_put(bd + DW_CSUM, 4, a->csum);
	le_put(bd + DW_TAG, 4, a->tag);
}

static bool return_full(const struct bcm_func *f, const struct bcm_rcb *rcb,
			unsigned int ring)
{
	uint32_t next = (f->ring.ret_prod[ring] + 1) % rcb->size;

	return next == bcm_mbox_index(f, BCM_MBOX_RET + 8 * ring, rcb->size);
}

/* Data and BD of @a to the host, then the indices; -ENOBUFS: no place */
static int deliver(struct bcm_func *f, const struct arrival *a)
{
	struct bcm_rcb ret = bcm_rcb_sram(f, BCM_SRAM_RET_RCB + 16 * a->ring,
					  BCM_RX_RET_SIZE);
	struct producer p = producer_for(f, a->len);
	uint32_t *prod = &f->ring.ret_prod[a->ring];
	struct buffer b[BUFFERS];
	uint8_t bd[EXT_SIZE];
	uint8_t *std = bd + p.bd_size - BD_SIZE;
	int rc;

	if (!ret.size || *prod >= ret.size || !has_bd(&p) ||
	    return_full(f, &ret, a->ring))
		return -ENOBUFS;
	rc = producer_peek(f, &p, bd);
	if (!rc)
		rc = data_write(f, b, buffers(&p, bd, b), a->len);
	if (rc)
		return rc;
	return_fill(std, a);
	rc = bcm_dma_write(f, ret.iova + *prod * BD_SIZE, std, BD_SIZE);
	if (rc)
		return rc;
	producer_advance(&p);
	*prod = (*prod + 1) % ret.size;
	bcm_dirty(f, bcm_vector_rx(f, a->ring), 0);
	return 0;
}

/* Pause and other MAC control frames end here, unless the host wants them. */
static bool control_frame(struct bcm_func *f, const uint8_t *frame, size_t len)
{
	bool pause = len >= ETH_HLEN + 4 && frame[14] == 0 && frame[15] == 1;
	uint32_t keep = pause ? RX_KEEP_PAUSE : RX_KEEP_CONTROL;

	if ((frame[12] << 8 | frame[13]) != TYPE_CONTROL)
		return false;
	bcm_stat_add(f, BCM_STAT_RX_CTRL, 1);
	if (pause)
		bcm_stat_add(f,
			     frame[16] | frame[17] ? BCM_STAT_RX_XOFF
						   : BCM_STAT_RX_XON,
			     1);
	return !(bcm_reg(f, BCM_MAC_RX_MODE) & keep);
}

/* Copy to rx_buf, without VLAN tag if so set, padded, with FCS */
static void arrange(struct bcm_func *f, struct arrival *a, const uint8_t *frame,
		    size_t len)
{
	uint8_t *p = f->rx_buf;
	bool strip = (frame[12] << 8 | frame[13]) == TYPE_VLAN &&
		     len >= ETH_HLEN + 4 &&
		     !(bcm_reg(f, BCM_MAC_RX_MODE) & RX_KEEP_VLAN);
	size_t skip = strip ? 4 : 0;

	if (strip) {
		a->tag = (uint32_t)(frame[14] << 8 | frame[15]);
		a->flags |= RXD_VLAN;
	}
	memcpy(p, frame, 12);
	memcpy(p + 12, frame + 12 + skip, len - 12 - skip);
	len -= skip;
	if (len < BCM_ETH_MIN) {
		memset(p + len, 0, BCM_ETH_MIN - len);
		len = BCM_ETH_MIN;
	}
	le_put(p + len, BCM_FCS, libdeflate_crc32(0, p, len));
	a->len = len + BCM_FCS;
	if (a->len > std_max(f))
		a->flags |= RXD_JUMBO;
}

static bool mac_up(const struct bcm_func *f, bool loopback)
{
	return bcm_enabled(f, BCM_MAC_RX_MODE) &&
	       (loopback || (f->link && !bcm_phy_loopback(f)));
}

static bool engine_up(const struct bcm_func *f)
{
	return bcm_enabled(f, BCM_RCVBDI_MODE) &&
	       bcm_enabled(f, BCM_WDMAC_MODE) &&
	       !bcm_reg(f, BCM_RDMAC_STATUS) && !bcm_reg(f, BCM_WDMAC_STATUS) &&
	       bcm_bus_master(f);
}

/* Is the frame for us, and of a good length?  Counts it. */
static bool mac_takes(struct bcm_func *f, const uint8_t *frame, size_t len)
{
	bool oversized = bcm_reg(f, BCM_MAC_RX_MODE) & RX_OVERSIZED;

	if (len < ETH_HLEN) {
		bcm_stat_add(f, BCM_STAT_RX_UNDER, 1);
		return false;
	}
	if (len > BCM_FRAME_MAX ||
	    (len + BCM_FCS > bcm_reg(f, BCM_MAC_RX_MTU) && !oversized)) {
		bcm_stat_add(f, BCM_STAT_RX_LONG, 1);
		return false;
	}
	if (!bcm_filter_pass(f, frame))
		return false;
	bcm_stat_frame(f, BCM_STAT_RX_OCTETS, BCM_STAT_RX_UCAST, frame, len);
	return !control_frame(f, frame, len);
}

/* What became of a frame that the MAC took */
static void account(struct bcm_func *f, int rc)
{
	if (rc == -ENOBUFS) {
		bcm_stat_add(f, BCM_STAT_NO_BD, 1);
		f->reg[BCM_FLOW_ATTN / 4] |= BCM_FLOW_LOW;
	} else if (rc == -EMSGSIZE) {
		bcm_stat_add(f, BCM_STAT_ERRORS, 1);
	}
}

void bcm_rx_frame(struct bcm_func *f, const uint8_t *frame, size_t len,
		  bool loopback)
{
	struct arrival a = {.flags = RXD_END};
	struct bcm_pkt k;
	bool ipv6 = bcm_reg(f, BCM_MAC_RX_MODE) & RX_IPV6_CSUM;

	if (!mac_up(f, loopback) || !mac_takes(f, frame, len))
		return;
	if (!engine_up(f)) {
		bcm_stat_add(f, BCM_STAT_DISCARDS, 1);
		return;
	}
	arrange(f, &a, frame, len);
	k = bcm_pkt_parse(f->rx_buf, a.len - BCM_FCS);
	a.flags |= bcm_rx_csum(f->rx_buf, &k, ipv6, &a.csum);
	a.flags |= bcm_ptp_rx(f, f->rx_buf, a.len - BCM_FCS, &k);
	a.ring = bcm_rss_ring(f, f->rx_buf, &k);
	account(f, deliver(f, &a));
}

void bcm_frame_in(struct bcm_chip *chip, unsigned int fn, const void *frame,
		  size_t len)
{
	struct bcm_func *f;

	if (fn >= BCM_FUNCS || chip->func[fn].dead)
		return;
	f = &chip->func[fn];
	bcm_rx_frame(f, frame, len, false);
}

bool bcm_rx_room(const struct bcm_chip *chip, unsigned int fn, size_t len)
{
	struct bcm_func *f;
	struct bcm_rcb ret;
	struct producer p;

	if (fn >= BCM_FUNCS)
		return true;
	f = (struct bcm_func *)&chip->func[fn]; /* only looked at */
	if (f->dead || !mac_up(f, false) || !engine_up(f))
		return true;
	len = (len < BCM_ETH_MIN ? BCM_ETH_MIN : len) + BCM_FCS;
	p = producer_for(f, len);
	if (!p.rcb.size)
		return true;
	if (!has_bd(&p))
		return false;
	/* Which return ring it will be, RSS decides: look at the one without.
	 */
	if (bcm_vector_rx(f, 0))
		return true;
	ret = bcm_rcb_sram(f, BCM_SRAM_RET_RCB, BCM_RX_RET_SIZE);
	return !ret.size || !return_full(f, &ret, 0);
}
