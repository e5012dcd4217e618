/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answers on their way down: Ethernet and IP headers, and fragments where the
 * peer's packets came in fragments too.  What is above IP is filled in, with
 * its checksum, by those who know it.
 */
#include <string.h>

#include "base/bytes.h"
#include "tests/twin/wire/csum.h"
#include "tests/twin/wire/stack.h"

#define HOPS       64
#define HOPS_ND    255 /* RFC 4861 11.2; harmless for the rest of ICMPv6 */
#define IP4_MORE   0x2000
#define FRAG6_HEAD 8

/* What of a packet this frame is. */
struct slice {
	size_t at;
	size_t len;
	bool more;
};

uint8_t *wire_out_eth(struct wire_resp *r, const struct wire_path *to,
		      uint16_t type, size_t len)
{
	size_t head = WIRE_ETH_HEAD + (to->tag ? 4 : 0);
	uint8_t *p = wire_queue_reserve(r->out, head + len);

	if (!p)
		return NULL;
	memcpy(p, to->mac, 6);
	memcpy(p + 6, wire_mac, 6);
	if (to->tag)
		wire_put32(p + 12, to->tag);
	wire_put16(p + head - 2, type);
	return p + head;
}

static uint8_t *head4(struct wire_resp *r, const struct wire_path *to,
		      uint8_t proto, const struct slice *s)
{
	uint8_t *p = wire_out_eth(r, to, WIRE_ETH_IP4, WIRE_IP4_HEAD + s->len);

	if (!p)
		return NULL;
	memset(p, 0, WIRE_IP4_HEAD);
	p[0] = 0x45;
	wire_put16(p + 2, WIRE_IP4_HEAD + s->len);
	wire_put16(p + 4, r->next_id);
	wire_put16(p + 6, s->at / 8 | (s->more ? IP4_MORE : 0));
	p[8] = HOPS;
	p[9] = proto;
	memcpy(p + 12, to->local, 4);
	memcpy(p + 16, to->peer, 4);
	wire_sum_put(p + 10, wire_sum(0, p, WIRE_IP4_HEAD));
	return p + WIRE_IP4_HEAD;
}

/* With a fragment header unless the slice is all there is. */
static uint8_t *head6(struct wire_resp *r, const struct wire_path *to,
		      uint8_t proto, const struct slice *s)
{
	size_t extra = s->at || s->more ? FRAG6_HEAD : 0;
	uint8_t *p = wire_out_eth(r, to, WIRE_ETH_IP6,
				  WIRE_IP6_HEAD + extra + s->len);

	if (!p)
		return NULL;
	wire_put32(p, 0x60000000);
	wire_put16(p + 4, extra + s->len);
	p[6] = extra ? WIRE_PROTO_FRAG6 : proto;
	p[7] = proto == WIRE_PROTO_ICMP6 ? HOPS_ND : HOPS;
	memcpy(p + 8, to->local, 16);
	memcpy(p + 24, to->peer, 16);
	p += WIRE_IP6_HEAD;
	if (!extra)
		return p;
	wire_put16(p, (uint32_t)proto << 8);
	wire_put16(p + 2, s->at | s->more);
	wire_put32(p + 4, r->next_id);
	return p + FRAG6_HEAD;
}

static uint8_t *head(struct wire_resp *r, const struct wire_path *to,
		     uint8_t proto, const struct slice *s)
{
	return to->v6 ? head6(r, to, proto, s) : head4(r, to, proto, s);
}

uint8_t *wire_out_ip(struct wire_resp *r, const struct wire_path *to,
		     uint8_t proto, size_t len)
{
	r->next_id++;
	return head(r, to, proto, &(struct slice){.len = len});
}

/* Bytes for one frame of a packet of @len bytes. */
static size_t slice_max(const struct wire_path *to, size_t len, size_t mtu)
{
	size_t head_len = to->v6 ? WIRE_IP6_HEAD : WIRE_IP4_HEAD;

	if (head_len + len <= mtu)
		return len;
	if (to->v6)
		head_len += FRAG6_HEAD;
	return align_down(max_u64(mtu, head_len + 8) - head_len, 8);
}

void wire_out_send(struct wire_resp *r, const struct wire_path *to,
		   uint8_t proto, size_t len, size_t mtu)
{
	size_t most = slice_max(to, len, mtu);
	struct slice s = {.len = most, .more = most < len};
	uint8_t *p;

	r->next_id++;
	for (;;) {
		p = head(r, to, proto, &s);
		if (!p)
			return;
		memcpy(p, r->scratch + s.at, s.len);
		wire_queue_commit(r->out);
		s.at += s.len;
		if (s.at >= len)
			return;
		s.len = min_u64(len - s.at, most);
		s.more = s.at + s.len < len;
	}
}
