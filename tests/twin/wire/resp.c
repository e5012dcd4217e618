/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The responder as a whole: its addresses, its life, and the first look at a
 * frame.  What is inside of it is the business of arp.c, ip4.c and ip6.c.
 */
#include "tests/twin/wire/resp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "tests/twin/wire/csum.h"
#include "tests/twin/wire/stack.h"

/* clang-format off */
const uint8_t wire_mac[6] = { 0x52, 0x55, 0x0a, 0x00, 0x02, 0x02 };
const uint8_t wire_ip4_self[4] = { 10, 0, 2, 2 };
const uint8_t wire_ip4_guest[4] = { 10, 0, 2, 15 };
const uint8_t wire_ip6_self[16] = { 0xfd, [15] = 2 };
/* the MAC address as an interface identifier, RFC 4291 appendix A */
const uint8_t wire_ip6_link[16] = {
	0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0x50, 0x55, 0x0a, 0xff, 0xfe, 0, 2, 2,
};
/* clang-format on */

/* RFC 864: a line shows 72 of the 95 characters, which stand in a ring, and
 * each begins one further than the last. */
static void draw_chargen(uint8_t *p, size_t len)
{
	uint8_t ring[95 + WIRE_CHARGEN_LINE];
	uint8_t line[WIRE_CHARGEN_LINE];

	for (size_t i = 0; i < sizeof(ring); i++)
		ring[i] = (uint8_t)(' ' + i % 95);
	for (size_t at = 0; at < len; at += sizeof(line)) {
		memcpy(line, ring + at / sizeof(line) % 95, sizeof(line));
		line[72] = '\r';
		line[73] = '\n';
		memcpy(p + at, line, min_u64(sizeof(line), len - at));
	}
}

int wire_resp_open(struct wire_resp **r, struct wire_queue *out,
		   uint64_t now_ns)
{
	struct wire_resp *n = calloc(1, sizeof(*n));

	*r = n;
	if (!n)
		return err_set(ENOMEM, "wire: no memory for a responder");
	n->out = out;
	n->now = now_ns;
	n->frag = wire_frag_open();
	n->tcp = wire_tcp_open();
	if (!n->frag || !n->tcp) {
		wire_resp_close(r);
		return err_set(ENOMEM, "wire: no memory for a responder");
	}
	draw_chargen(n->chargen, sizeof(n->chargen));
	return 0;
}

void wire_resp_close(struct wire_resp **r)
{
	if (!*r)
		return;
	wire_tcp_close((*r)->tcp);
	wire_frag_close((*r)->frag);
	free(*r);
	*r = NULL;
}

static void dispatch(struct wire_resp *r, struct wire_pkt *p, uint16_t type,
		     const uint8_t *data, size_t len)
{
	switch (type) {
	case WIRE_ETH_ARP:
		wire_arp_input(r, &p->path, data, len);
		break;
	case WIRE_ETH_IP4:
		wire_ip4_input(r, p, data, len);
		break;
	case WIRE_ETH_IP6:
		p->path.v6 = true;
		wire_ip6_input(r, p, data, len);
		break;
	default:
		r->counts.not_ours++;
		break;
	}
}

void wire_resp_input(struct wire_resp *r, const uint8_t *frame, size_t len,
		     uint64_t now_ns)
{
	struct wire_pkt p = {.group = frame[0] & 1};
	uint16_t type = wire_get16(frame + 12);
	size_t head = WIRE_ETH_HEAD;

	r->now = now_ns;
	if (!p.group && memcmp(frame, wire_mac, sizeof(wire_mac)) != 0) {
		r->counts.not_ours++;
		return;
	}
	if (type == WIRE_ETH_VLAN) {
		head += 4;
		if (len < head) {
			r->counts.bad_form++;
			return;
		}
		p.path.tag = wire_get32(frame + 12);
		type = wire_get16(frame + 16);
	}
	memcpy(p.path.mac, frame + 6, sizeof(p.path.mac));
	if (p.path.mac[0] & 1) /* nobody can be answered there */
		r->counts.bad_form++;
	else
		dispatch(r, &p, type, frame + head, len - head);
}

void wire_resp_pull(struct wire_resp *r)
{
	wire_tcp_pull(r);
}

uint64_t wire_resp_deadline(const struct wire_resp *r)
{
	return wire_tcp_deadline(r);
}

void wire_resp_tick(struct wire_resp *r, uint64_t now_ns)
{
	r->now = now_ns;
	wire_tcp_tick(r);
}

void wire_resp_count(const struct wire_resp *r, struct wire_counts *c)
{
	c->bad_sums = r->counts.bad_sums;
	c->bad_form = r->counts.bad_form;
	c->not_ours = r->counts.not_ours;
	c->tcp_opens = r->counts.tcp_opens;
	c->tcp_resent = r->counts.tcp_resent;
}
