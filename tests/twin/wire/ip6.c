/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPv6 on its way in (RFC 8200): the header, the extension headers one after
 * the other, and fragments.  What comes after them belongs to others.
 *
 * Ours are fd00::2, the link-local address, ff02::1 and the solicited-node
 * addresses of both.
 */
#include <string.h>

#include "base/bytes.h"
#include "tests/twin/wire/csum.h"
#include "tests/twin/wire/stack.h"

#define MTU_MIN     1280 /* RFC 8200 section 5 */
#define HOP_BY_HOP  0
#define ROUTING     43
#define DESTINATION 60

/* ff02::1:ff00:0/104, all but the last three bytes */
static const uint8_t solicited[13] = {0xff, 2, [11] = 1, [12] = 0xff};
static const uint8_t all_nodes[16] = {0xff, 2, [15] = 1};

static bool group_ours(const uint8_t *dst)
{
	if (memcmp(dst, all_nodes, 16) == 0)
		return true;
	return memcmp(dst, solicited, 13) == 0 &&
	       (memcmp(dst + 13, wire_ip6_self + 13, 3) == 0 ||
		memcmp(dst + 13, wire_ip6_link + 13, 3) == 0);
}

static bool unicast_ours(const uint8_t *dst)
{
	return memcmp(dst, wire_ip6_self, 16) == 0 ||
	       memcmp(dst, wire_ip6_link, 16) == 0;
}

static void step(struct wire_pkt *p, size_t n)
{
	p->proto = p->data[0];
	p->data += n;
	p->len -= n;
}

/* Over one extension header, or false when it is broken. */
static bool skip(struct wire_pkt *p)
{
	size_t n;

	if (p->len < 8)
		return false;
	n = 8u * (p->data[1] + 1u);
	if (n > p->len)
		return false;
	if (p->proto == ROUTING && p->data[3] != 0) /* still on its way */
		return false;
	step(p, n);
	return true;
}

/*
 * One fragment: true when @p is whole now.  What was put together from
 * fragments (it has no header that could be quoted) holds no further ones.
 */
static bool fragment(struct wire_resp *r, struct wire_pkt *p)
{
	struct wire_piece piece;

	if (p->len < 8 || !p->ip_len) {
		r->counts.bad_form++;
		return false;
	}
	piece.at = wire_get16(p->data + 2) & ~7u;
	piece.more = p->data[3] & 1;
	piece.id = wire_get32(p->data + 4);
	step(p, 8);
	if (!piece.at && !piece.more) /* RFC 6946: in one piece */
		return true;
	return wire_frag_input(r, p, &piece);
}

/* Extension headers take at least 8 bytes each, so this ends. */
static void walk(struct wire_resp *r, struct wire_pkt *p)
{
	for (;;) {
		switch (p->proto) {
		case HOP_BY_HOP:
		case ROUTING:
		case DESTINATION:
			if (skip(p))
				break;
			r->counts.bad_form++;
			return;
		case WIRE_PROTO_FRAG6:
			if (fragment(r, p))
				break;
			return;
		default:
			wire_ip_input(r, p);
			return;
		}
	}
}

void wire_ip6_input(struct wire_resp *r, struct wire_pkt *p,
		    const uint8_t *data, size_t len)
{
	if (len < WIRE_IP6_HEAD || data[0] >> 4 != 6 || data[8] == 0xff ||
	    wire_get16(data + 4) > len - WIRE_IP6_HEAD ||
	    unicast_ours(data + 8)) {
		r->counts.bad_form++;
		return;
	}
	if (!unicast_ours(data + 24) && !group_ours(data + 24)) {
		r->counts.not_ours++;
		return;
	}
	memcpy(p->path.local, data + 24, 16);
	memcpy(p->path.peer, data + 8, 16);
	p->group |= data[24] == 0xff;
	p->hops = data[7];
	p->proto = data[6];
	p->data = data + WIRE_IP6_HEAD;
	p->len = wire_get16(data + 4);
	p->ip = data;
	p->ip_len = WIRE_IP6_HEAD + p->len;
	p->mtu = max_u64(p->ip_len, MTU_MIN);
	walk(r, p);
}
