/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the engines of the rings share: names of registers and bits that more
 * than one of them looks at, and the helpers between them.
 *
 * mbox.c -> tx.c -> offload.c -> (wire or rx.c) -> status.c -> irq.c
 *                                rx.c -> filter.c, offload.c, ptp.c
 */
#ifndef TWIN_MODEL_RINGS_H
#define TWIN_MODEL_RINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "tests/twin/model/chip.h"

enum {
	BCM_MISC_HOST_CTRL = 0x68, /* in configuration space */
	BCM_MBOX_IRQ = 0x204,      /* + 8 * vector */
	BCM_MBOX_STD = 0x26c,
	BCM_MBOX_JMB = 0x274,
	BCM_MBOX_RET = 0x284, /* + 8 * ring */
	BCM_MBOX_TX = 0x300,  /* ring n at + 4 * (n ^ 1) */
	BCM_MAC_MODE = 0x400,
	BCM_MAC_STATUS = 0x404,
	BCM_MAC_EVENT = 0x408,
	BCM_MAC_RX_MTU = 0x43c,
	BCM_MAC_TX_MODE = 0x45c,
	BCM_MAC_RX_MODE = 0x468,
	BCM_RX_PTP_CTL = 0x6c8,
	BCM_SNDDATAI_MODE = 0xc00,
	BCM_SNDBDI_MODE = 0x1800,
	BCM_RCVDBDI_MODE = 0x2400,
	BCM_RCB_JMB = 0x2440,
	BCM_RCB_STD = 0x2450,
	BCM_RCVBDI_MODE = 0x2c00,
	BCM_HOSTCC_MODE = 0x3c00,
	BCM_FLOW_ATTN = 0x3c48,
	BCM_RDMAC_MODE = 0x4800,
	BCM_RDMAC_STATUS = 0x4804,
	BCM_WDMAC_MODE = 0x4c00,
	BCM_WDMAC_STATUS = 0x4c04,
	BCM_MSGINT_MODE = 0x6000,
	BCM_MSGINT_STATUS = 0x6004,
	BCM_GRC_MODE = 0x6800,

	BCM_SRAM_TX_RCB = 0x100, /* + 16 * ring */
	BCM_SRAM_RET_RCB = 0x200,

	BCM_ENABLE = 2, /* of every block's mode register */
	BCM_MULTI_TXQ = 0x20,
	BCM_RSS_ON = 0x800000,
	BCM_MASTER_ABORT = 8, /* RDMAC_STATUS, WDMAC_STATUS */
	BCM_FLOW_LOW = 0x40,  /* out of buffers: not an error */

	BCM_STAT_TX_OCTETS = 0x800,
	BCM_STAT_TX_ERRORS = 0x818,
	BCM_STAT_TX_UCAST = 0x86c, /* then multicast, broadcast */
	BCM_STAT_RX_OCTETS = 0x880,
	BCM_STAT_RX_UCAST = 0x88c, /* then multicast, broadcast */
	BCM_STAT_RX_XON = 0x8a0,
	BCM_STAT_RX_XOFF = 0x8a4,
	BCM_STAT_RX_CTRL = 0x8a8,
	BCM_STAT_RX_LONG = 0x8b0,
	BCM_STAT_RX_UNDER = 0x8b8,
	BCM_STAT_NO_BD = 0x224c,
	BCM_STAT_DISCARDS = 0x2250,
	BCM_STAT_ERRORS = 0x2254,

	BCM_ETH_MIN = 60, /* shortest frame on the wire, without FCS */
	BCM_FCS = 4,
	BCM_LSO_HDR = 1023 + 18, /* longest header of a large send */
};

/* A ring control block that was looked at and found good */
struct bcm_rcb {
	uint64_t iova;
	uint32_t size; /* BDs; 0: no such ring */
	uint32_t flags;
};

/** bcm_enabled - is the ENABLE bit of mode register @off set? */
static inline bool bcm_enabled(const struct bcm_func *f, uint32_t off)
{
	return bcm_reg(f, off) & BCM_ENABLE;
}

/**
 * bcm_block_write - hook of a block's mode register
 *
 * Whoever stops a block frees its memory next: work in hand ends here.
 */
void bcm_block_write(struct bcm_func *f, uint32_t off, uint32_t val);

/** bcm_w1c_write - hook of a register whose bits clear by writing ones */
void bcm_w1c_write(struct bcm_func *f, uint32_t off, uint32_t val);

/** bcm_rcb_sram - the ring control block at SRAM address @at, @max BDs */
struct bcm_rcb bcm_rcb_sram(const struct bcm_func *f, uint32_t at,
			    uint32_t max);

/** bcm_rcb_reg - the ring control block at register @at, @max BDs */
struct bcm_rcb bcm_rcb_reg(const struct bcm_func *f, uint32_t at, uint32_t max);

/** bcm_mbox_index - index of mailbox @off in a ring of @size BDs */
uint32_t bcm_mbox_index(const struct bcm_func *f, uint32_t off, uint32_t size);

/** bcm_vector_tx - the vector that tells of send ring @ring */
unsigned int bcm_vector_tx(const struct bcm_func *f, unsigned int ring);

/** bcm_vector_rx - the vector that tells of return ring @ring */
unsigned int bcm_vector_rx(const struct bcm_func *f, unsigned int ring);

/** bcm_rx_forget - drop BDs that were fetched ahead */
void bcm_rx_forget(struct bcm_func *f);

/** bcm_irq_ready - could a message (or level) leave now? */
bool bcm_irq_ready(const struct bcm_func *f);

/** bcm_stat_frame - count a frame's octets and kind at @octets, @ucast */
void bcm_stat_frame(struct bcm_func *f, uint32_t octets, uint32_t ucast,
		    const uint8_t *frame, size_t len);

/* ---- offload.c -------------------------------------------------------- */

/* Where the headers of a frame are; offsets in bytes from its start */
struct bcm_pkt {
	uint16_t type; /* Ethernet type behind a VLAN tag */
	uint8_t ip;    /* 4, 6, or 0: not IP */
	uint8_t proto; /* of layer 4; 0 in fragments, else as in the header */
	uint32_t l3;
	uint32_t l4;
	uint32_t end; /* of the IP datagram */
};

/** bcm_pkt_parse - look at @frame; everything it says is checked */
struct bcm_pkt bcm_pkt_parse(const uint8_t *frame, size_t len);

/** bcm_csum_add - one's complement sum of @len bytes at @p, not folded */
uint64_t bcm_csum_add(uint64_t sum, const void *p, size_t len);

/** bcm_csum_fold - fold a sum to 16 bits, byte order of memory */
uint16_t bcm_csum_fold(uint64_t sum);

/** bcm_csum_pseudo - sum of the pseudo-header of @k, layer 4 length too */
uint64_t bcm_csum_pseudo(const uint8_t *frame, const struct bcm_pkt *k);

/**
 * bcm_tx_csum - fill in checksums
 * @flags: BD flags: 1 TCP or UDP, seeded by the host; 2 IPv4 header
 */
void bcm_tx_csum(uint8_t *frame, size_t len, uint32_t flags);

/**
 * bcm_rx_csum - check what can be checked
 * @ipv6: layer 4 of IPv6 too
 * @csum: filled as the field of a return BD
 *
 * Return: BD flags 0x1000 IP header checked, 0x2000 layer 4, 0x4000 it is TCP.
 */
uint32_t bcm_rx_csum(const uint8_t *frame, const struct bcm_pkt *k, bool ipv6,
		     uint32_t *csum);

/* A large send that is being cut up, in place */
struct bcm_lso {
	uint8_t *frame;
	size_t len;
	struct bcm_pkt k;
	uint32_t hdr; /* bytes of all headers */
	uint32_t mss;
	size_t at; /* payload done */
	uint32_t n;
	uint8_t saved[BCM_LSO_HDR];
};

/**
 * bcm_lso_begin - check a large send
 * @frame: destroyed by bcm_lso_next()
 * @mss:   payload of a segment
 * @hdr:   bytes of IP and TCP header
 *
 * Return: false when it makes no sense: drop it.
 */
bool bcm_lso_begin(struct bcm_lso *s, uint8_t *frame, size_t len, uint32_t mss,
		   uint32_t hdr);

/** bcm_lso_next - next segment and its @len, good until the next call; NULL */
uint8_t *bcm_lso_next(struct bcm_lso *s, size_t *len);

/** bcm_vlan_insert - @frame has BCM_TX_ROOM bytes before it; new start */
uint8_t *bcm_vlan_insert(uint8_t *frame, uint16_t tag);

/* ---- filter.c, ptp.c -------------------------------------------------- */

/** bcm_filter_pass - does the MAC of @f take a frame to address @dst? */
bool bcm_filter_pass(const struct bcm_func *f, const uint8_t *dst);

/** bcm_rss_ring - return ring for a frame; 0 without RSS */
unsigned int bcm_rss_ring(const struct bcm_func *f, const uint8_t *frame,
			  const struct bcm_pkt *k);

/** bcm_ptp_tx - a frame that asked for a time stamp leaves */
void bcm_ptp_tx(struct bcm_func *f);

/** bcm_ptp_rx - stamp a received frame if it is one of those; BD flags */
uint32_t bcm_ptp_rx(struct bcm_func *f, const uint8_t *frame, size_t len,
		    const struct bcm_pkt *k);

#endif
