/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which frames are ours, and which return ring a frame goes to.
 *
 * Four addresses, a hash of multicast addresses, all broadcasts.  With RSS a
 * Toeplitz hash of addresses and TCP ports picks one of 128 table entries.
 */
#include <libdeflate.h>

#include "tests/twin/model/rings.h"

enum {
	MAC_ADDR = 0x410, /* + 8 * n: first two bytes, then four */
	MAC_ADDRS = 4,
	MAC_HASH = 0x470,
	RSS_TABLE = 0x630, /* eight entries a dword, the first on top */
	RSS_KEY = 0x670,
	RSS_ENTRIES = 128,
	RX_PROMISC = 0x100, /* RX_MODE */
	RX_RSS_IPV4 = 0x10000,
	RX_RSS_TCP4 = 0x20000,
	RX_RSS_IPV6 = 0x40000,
	RX_RSS_TCP6 = 0x80000,
	PROTO_TCP = 6,
};

/* clang-format off */
#define ROW(first, last, name) \
	{ first, last, 0, 0xffffffff, BCM_DOM_CORE, name, NULL, NULL }

const struct bcm_reg bcm_filter_regs[] = {
	ROW(MAC_ADDR, 0x042c, "MAC_ADDR"),
	ROW(0x0438, 0x0438, "MAC_TX_BACKOFF_SEED"),
	ROW(MAC_HASH, 0x047c, "MAC_HASH"),
	ROW(0x0480, 0x04fc, "MAC_RCV_RULE"),
	ROW(0x0500, 0x0504, "MAC_RCV_RULE_CFG"),
	ROW(0x0520, 0x058c, "MAC_EXTADDR"),
	ROW(RSS_TABLE, 0x066c, "MAC_RSS_INDIR_TBL"),
	ROW(RSS_KEY, 0x0694, "MAC_RSS_HASH_KEY"),
	{ .name = NULL },
};
/* clang-format on */

/* The six bytes as a number, first byte on top */
static uint64_t mac_number(const uint8_t *p)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < 6; i++)
		n = n << 8 | p[i];
	return n;
}

static bool unicast_pass(const struct bcm_func *f, uint64_t dst)
{
	uint32_t at = MAC_ADDR;

	for (unsigned int i = 0; i < MAC_ADDRS; i++, at += 8)
		if (dst == ((uint64_t)(bcm_reg(f, at) & 0xffff) << 32 |
			    bcm_reg(f, at + 4)))
			return true;
	return false;
}

/* CRC-32 as of a frame, not inverted at the end: its low 7 bits pick the bit */
static bool multicast_pass(const struct bcm_func *f, const uint8_t *dst)
{
	uint32_t crc = ~libdeflate_crc32(0, dst, 6);

	return bcm_reg(f, MAC_HASH + 4 * (crc >> 5 & 3)) >> (crc & 31) & 1;
}

bool bcm_filter_pass(const struct bcm_func *f, const uint8_t *dst)
{
	uint64_t n = mac_number(dst);

	if (bcm_reg(f, BCM_MAC_RX_MODE) & RX_PROMISC ||
	    n == UINT64_C(0xffffffffffff))
		return true;
	return dst[0] & 1 ? multicast_pass(f, dst) : unicast_pass(f, n);
}

/* Behind the 40 bytes of the key come zeros. */
static uint8_t key_byte(const struct bcm_func *f, unsigned int i)
{
	if (i >= 40)
		return 0;
	return (uint8_t)(bcm_reg(f, RSS_KEY + (i & ~3u)) >> (24 - 8 * (i & 3)));
}

/* For each bit of the data that is 1, the 32 bits of the key that begin there
 */
static uint32_t toeplitz(const struct bcm_func *f, const uint8_t *p, size_t len)
{
	uint32_t hash = 0;
	uint64_t key = 0;

	for (unsigned int i = 0; i < 4; i++)
		key = key << 8 | key_byte(f, i);
	for (unsigned int i = 0; i < len; i++) {
		key = key << 8 | key_byte(f, i + 4);
		for (unsigned int bit = 0; bit < 8; bit++)
			if (p[i] << bit & 0x80)
				hash ^= (uint32_t)(key >> (8 - bit));
	}
	return hash;
}

/* Bytes to hash, from the source address on: none, addresses, ports too */
static size_t hashed(uint32_t rx_mode, const struct bcm_pkt *k)
{
	size_t addresses = k->ip == 4 ? 8 : 32;
	uint32_t by_tcp = k->ip == 4 ? RX_RSS_TCP4 : RX_RSS_TCP6;
	uint32_t by_ip = k->ip == 4 ? RX_RSS_IPV4 : RX_RSS_IPV6;

	if (rx_mode & by_tcp && k->proto == PROTO_TCP && k->end >= k->l4 + 4)
		return addresses + 4;
	return rx_mode & by_ip ? addresses : 0;
}

unsigned int bcm_rss_ring(const struct bcm_func *f, const uint8_t *frame,
			  const struct bcm_pkt *k)
{
	uint32_t rx_mode = bcm_reg(f, BCM_MAC_RX_MODE);
	uint8_t tuple[36] = {0};
	uint32_t entry;
	size_t n;

	if (!(rx_mode & BCM_RSS_ON) || !k->ip)
		return 0;
	n = hashed(rx_mode, k);
	if (!n)
		return 0;
	memcpy(tuple, frame + k->l3 + (k->ip == 4 ? 12 : 8), n & ~4u);
	if (n & 4)
		memcpy(tuple + (n & ~4u), frame + k->l4, 4);
	entry = toeplitz(f, tuple, n) % RSS_ENTRIES;
	return bcm_reg(f, RSS_TABLE + 4 * (entry / 8)) >>
		       (28 - 4 * (entry % 8)) &
	       (BCM_RX_RINGS - 1);
}
