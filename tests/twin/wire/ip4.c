/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPv4 on its way in (RFC 791, RFC 1122 3.2.1): a header that holds, an
 * address that is ours or everybody's, a source that can be answered.  Options
 * are skipped.  What comes after the header belongs to others.
 */
#include <string.h>

#include "base/bytes.h"
#include "tests/twin/wire/csum.h"
#include "tests/twin/wire/stack.h"

#define MTU_MIN     576 /* RFC 791: everybody takes that much */
#define FRAG_MORE   0x2000
#define FRAG_OFFSET 0x1fff

#define ALL_HOSTS        0xe0000001u /* 224.0.0.1 */
#define BROADCAST        0xffffffffu
#define SUBNET_BROADCAST 0x0a0002ffu /* 10.0.2.255 */

/* Length of the header, or 0 when header and packet do not fit. */
static size_t header(const uint8_t *ip, size_t len)
{
	size_t head;

	if (len < WIRE_IP4_HEAD || ip[0] >> 4 != 4)
		return 0;
	head = 4u * (ip[0] & 15);
	if (head < WIRE_IP4_HEAD || head > wire_get16(ip + 2) ||
	    wire_get16(ip + 2) > len)
		return 0;
	return head;
}

/* RFC 1122 3.2.1.3: neither multicast nor loopback, and not ourselves. */
static bool source_ok(const uint8_t *src)
{
	return src[0] < 224 && src[0] != 127 &&
	       memcmp(src, wire_ip4_self, 4) != 0;
}

static bool everybody(uint32_t dst)
{
	return dst == BROADCAST || dst == SUBNET_BROADCAST || dst == ALL_HOSTS;
}

static void deliver(struct wire_resp *r, struct wire_pkt *p, const uint8_t *ip)
{
	uint16_t frag = wire_get16(ip + 6);
	struct wire_piece piece = {
		.id = wire_get16(ip + 4),
		.at = 8u * (frag & FRAG_OFFSET),
		.more = frag & FRAG_MORE,
	};

	if ((piece.at || piece.more) && !wire_frag_input(r, p, &piece))
		return;
	wire_ip_input(r, p);
}

void wire_ip4_input(struct wire_resp *r, struct wire_pkt *p,
		    const uint8_t *data, size_t len)
{
	size_t head = header(data, len);
	bool all;

	if (!head || !source_ok(data + 12)) {
		r->counts.bad_form++;
		return;
	}
	if (!wire_sum_ok(wire_sum(0, data, head))) {
		r->counts.bad_sums++;
		return;
	}
	all = everybody(wire_get32(data + 16));
	if (!all && memcmp(data + 16, wire_ip4_self, 4) != 0) {
		r->counts.not_ours++;
		return;
	}
	len = wire_get16(data + 2); /* the rest is padding */
	p->group |= all;
	p->hops = data[8];
	p->proto = data[9];
	p->mtu = max_u64(len, MTU_MIN);
	p->ip = data;
	p->ip_len = len;
	p->data = data + head;
	p->len = len - head;
	memcpy(p->path.local, data + 16, 4);
	memcpy(p->path.peer, data + 12, 4);
	deliver(r, p, data);
}
