/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the chip computes for the host: checksums, large sends, VLAN tags, FCS.
 *
 * Knows the headers of Ethernet, IP, TCP and UDP, and that all of them may lie
 * about their lengths.  Checksums are summed up in the byte order of memory;
 * a one's complement sum does not care.
 */
#include <string.h>

#include "tests/twin/model/rings.h"

enum {
	ETH_HLEN = 14,
	TYPE_VLAN = 0x8100,
	TYPE_IPV4 = 0x0800,
	TYPE_IPV6 = 0x86dd,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	TXD_L4 = 1, /* flags of a send BD */
	TXD_IP = 2,
	RXD_IP = 0x1000, /* flags of a return BD */
	RXD_L4 = 0x2000,
	RXD_TCP = 0x4000,
	TCP_FIN_PSH = 0x09,
	TCP_CWR = 0x80,
};

static uint32_t be16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t be32(const uint8_t *p)
{
	return be16(p) << 16 | be16(p + 2);
}

static void be16_put(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void be32_put(uint8_t *p, uint32_t v)
{
	be16_put(p, v >> 16);
	be16_put(p + 2, v);
}

static bool parse4(const uint8_t *p, size_t room, struct bcm_pkt *k)
{
	uint32_t hdr, total;

	if (room < 20 || p[0] >> 4 != 4)
		return false;
	hdr = (p[0] & 15u) * 4;
	total = be16(p + 2);
	if (hdr < 20 || total < hdr || total > room)
		return false;
	k->l4 = k->l3 + hdr;
	k->end = k->l3 + total;
	k->proto = be16(p + 6) & 0x3fff ? 0 : p[9]; /* 0: a fragment */
	return true;
}

static bool is_extension(uint8_t proto)
{
	return proto == 0 || proto == 43 || proto == 60;
}

static bool parse6(const uint8_t *p, size_t room, struct bcm_pkt *k)
{
	size_t at = 40;

	if (room < 40 || p[0] >> 4 != 6 || room - 40 < be16(p + 4))
		return false;
	room = 40 + be16(p + 4);
	k->proto = p[6];
	while (is_extension(k->proto) && at + 8 <= room) {
		k->proto = p[at];
		at += 8 + 8u * p[at + 1];
	}
	if (at > room)
		return false;
	k->l4 = k->l3 + (uint32_t)at;
	k->end = k->l3 + (uint32_t)room;
	return true;
}

struct bcm_pkt bcm_pkt_parse(const uint8_t *frame, size_t len)
{
	struct bcm_pkt k = {.l3 = ETH_HLEN};

	if (len < ETH_HLEN)
		return k;
	k.type = (uint16_t)be16(frame + 12);
	if (k.type == TYPE_VLAN && len >= ETH_HLEN + 4) {
		k.type = (uint16_t)be16(frame + 16);
		k.l3 += 4;
	}
	if (k.type == TYPE_IPV4 && parse4(frame + k.l3, len - k.l3, &k))
		k.ip = 4;
	if (k.type == TYPE_IPV6 && parse6(frame + k.l3, len - k.l3, &k))
		k.ip = 6;
	return k;
}

/* A sum with its carries apart: 64-bit words need no splitting. */
struct wide {
	uint64_t sum;
	uint64_t carry;
};

static inline void wide_add(struct wide *s, uint64_t w)
{
	s->carry += __builtin_add_overflow(s->sum, w, &s->sum);
}

uint64_t bcm_csum_add(uint64_t sum, const void *p, size_t len)
{
	const uint8_t *b = p;
	struct wide even = {0}, odd = {0};

	for (; len >= 32; len -= 32, b += 32) {
		wide_add(&even, le_get(b, 8));
		wide_add(&odd, le_get(b + 8, 8));
		wide_add(&even, le_get(b + 16, 8));
		wide_add(&odd, le_get(b + 24, 8));
	}
	for (; len >= 4; len -= 4, b += 4)
		wide_add(&even, le_get(b, 4));
	wide_add(&even, odd.sum);
	wide_add(&even, le_get(b, len));
	return sum + (even.sum & UINT32_MAX) + (even.sum >> 32) + even.carry +
	       odd.carry;
}

uint16_t bcm_csum_fold(uint64_t sum)
{
	sum = (sum & UINT32_MAX) + (sum >> 32);
	sum = (sum & UINT32_MAX) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

uint64_t bcm_csum_pseudo(const uint8_t *frame, const struct bcm_pkt *k)
{
	uint8_t tail[4] = {0, k->proto};
	uint64_t sum;

	be16_put(tail + 2, k->end - k->l4);
	sum = bcm_csum_add(0, tail, sizeof(tail));
	if (k->ip == 4)
		return bcm_csum_add(sum, frame + k->l3 + 12, 8);
	return bcm_csum_add(sum, frame + k->l3 + 8, 32);
}

/* Offset of the checksum of layer 4; 0: none, or its header is not whole */
static uint32_t csum_at(const struct bcm_pkt *k)
{
	if (k->ip && k->proto == PROTO_TCP && k->end >= k->l4 + 20)
		return k->l4 + 16;
	if (k->ip && k->proto == PROTO_UDP && k->end >= k->l4 + 8)
		return k->l4 + 6;
	return 0;
}

/* The host has put the sum of the pseudo-header where the checksum goes. */
static void l4_csum(uint8_t *frame, const struct bcm_pkt *k)
{
	uint32_t at = csum_at(k);
	uint16_t csum;

	if (!at)
		return;
	csum = (uint16_t)~bcm_csum_fold(
		bcm_csum_add(0, frame + k->l4, k->end - k->l4));
	if (!csum && k->proto == PROTO_UDP)
		csum = 0xffff;
	memcpy(frame + at, &csum, 2);
}

static void ip_csum(uint8_t *frame, const struct bcm_pkt *k)
{
	uint16_t csum;

	if (k->ip != 4)
		return;
	be16_put(frame + k->l3 + 10, 0);
	csum = (uint16_t)~bcm_csum_fold(
		bcm_csum_add(0, frame + k->l3, k->l4 - k->l3));
	memcpy(frame + k->l3 + 10, &csum, 2);
}

void bcm_tx_csum(uint8_t *frame, size_t len, uint32_t flags)
{
	struct bcm_pkt k = bcm_pkt_parse(frame, len);

	if (flags & TXD_L4)
		l4_csum(frame, &k);
	if (flags & TXD_IP)
		ip_csum(frame, &k);
}

uint32_t bcm_rx_csum(const uint8_t *frame, const struct bcm_pkt *k, bool ipv6,
		     uint32_t *csum)
{
	uint32_t at = csum_at(k);
	uint32_t flags = 0;
	uint64_t sum;

	*csum = 0;
	if (k->ip == 4) {
		sum = bcm_csum_add(0, frame + k->l3, k->l4 - k->l3);
		*csum = (uint32_t)bcm_csum_fold(sum) << 16;
		flags = RXD_IP;
	}
	if (!at || (k->ip == 6 && !ipv6) ||
	    (k->proto == PROTO_UDP && !be16(frame + at)))
		return flags;
	sum = bcm_csum_add(bcm_csum_pseudo(frame, k), frame + k->l4,
			   k->end - k->l4);
	*csum |= bcm_csum_fold(sum);
	return flags | RXD_L4 | (k->proto == PROTO_TCP ? RXD_TCP : 0);
}

/*
 * The host gives the IP header the length of one segment, or (IPv6) of all,
 * so lengths in it are not looked at.
 */
static bool lso_headers(struct bcm_lso *s, uint32_t hdr)
{
	const uint8_t *p = s->frame + s->k.l3;
	uint32_t ip = 40;

	if (s->len < s->k.l3 + hdr || hdr < 40)
		return false;
	if (s->k.type == TYPE_IPV4) {
		s->k.ip = 4;
		ip = (p[0] & 15u) * 4;
		s->k.proto = p[9];
	} else if (s->k.type == TYPE_IPV6) {
		s->k.ip = 6;
		s->k.proto = p[6];
	}
	s->k.l4 = s->k.l3 + ip;
	s->hdr = s->k.l3 + hdr;
	return s->k.ip == p[0] >> 4 && ip >= 20 && s->k.proto == PROTO_TCP &&
	       hdr >= ip + 20 && s->hdr <= BCM_LSO_HDR;
}

bool bcm_lso_begin(struct bcm_lso *s, uint8_t *frame, size_t len, uint32_t mss,
		   uint32_t hdr)
{
	s->frame = frame;
	s->len = len;
	s->mss = mss;
	s->at = 0;
	s->n = 0;
	s->k = bcm_pkt_parse(frame, len);
	s->k.ip = 0;
	if (!mss || !lso_headers(s, hdr) || s->hdr + mss > BCM_FRAME_MAX)
		return false;
	memcpy(s->saved, frame, s->hdr);
	return true;
}

/* Headers of segment @s->n at @p, whose payload ends at @k->end */
static void lso_fill(const struct bcm_lso *s, uint8_t *p,
		     const struct bcm_pkt *k, bool last)
{
	uint8_t *l3 = p + k->l3, *l4 = p + k->l4;
	uint64_t sum;
	uint16_t csum;

	if (k->ip == 4) {
		be16_put(l3 + 2, k->end - k->l3);
		be16_put(l3 + 4, be16(l3 + 4) + s->n);
		ip_csum(p, k);
	} else {
		be16_put(l3 + 4, k->end - k->l4);
	}
	be32_put(l4 + 4, be32(l4 + 4) + (uint32_t)s->at);
	if (!last)
		l4[13] &= (uint8_t)~TCP_FIN_PSH;
	if (s->n)
		l4[13] &= (uint8_t)~TCP_CWR;
	be16_put(l4 + 16, 0);
	sum = bcm_csum_add(bcm_csum_pseudo(p, k), l4, k->end - k->l4);
	csum = (uint16_t)~bcm_csum_fold(sum);
	memcpy(l4 + 16, &csum, 2);
}

/*
 * Payload stays where it is; headers go before it, over the end of the segment
 * that has already left.
 */
uint8_t *bcm_lso_next(struct bcm_lso *s, size_t *len)
{
	size_t left = s->len - s->hdr - s->at;
	size_t part = left < s->mss ? left : s->mss;
	struct bcm_pkt k = s->k;
	uint8_t *p = s->frame + s->at;

	if (s->n && !left)
		return NULL;
	memcpy(p, s->saved, s->hdr);
	k.end = s->hdr + (uint32_t)part;
	lso_fill(s, p, &k, part == left);
	s->at += part;
	s->n++;
	*len = k.end;
	return p;
}

uint8_t *bcm_vlan_insert(uint8_t *frame, uint16_t tag)
{
	uint8_t *start = frame - 4;

	memmove(start, frame, 12);
	be16_put(start + 12, TYPE_VLAN);
	be16_put(start + 14, tag);
	return start;
}
