/* SPDX-License-Identifier: BSD-2-Clause */
/* A scripted peer of the responder; see test_wire_peer.h. */
#include "tests/unit/test_wire_peer.h"

#include <criterion/criterion.h>
#include <string.h>

static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
static const uint8_t resp_mac[6] = {0x52, 0x55, 0x0a, 0, 2, 2};

static void put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static uint32_t get16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t get32(const uint8_t *p)
{
	return get16(p) << 16 | get16(p + 2);
}

static uint32_t add(uint32_t sum, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		sum += i & 1 ? p[i] : (uint32_t)p[i] << 8;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return sum;
}

static uint32_t pseudo(bool v6, const uint8_t *from, const uint8_t *to,
		       uint8_t proto, size_t len)
{
	size_t n = v6 ? 16 : 4;
	uint8_t tail[4] = {0, proto};

	put16(tail + 2, len);
	return add(add(add(0, from, n), to, n), tail, 4);
}

void wire_peer_open(struct wire_peer *p, bool v6)
{
	static const uint8_t ip4[2][4] = {{10, 0, 2, 15}, {10, 0, 2, 2}};
	static const uint8_t ip6[2][16] = {{0xfd, [15] = 0x15},
					   {0xfd, [15] = 2}};

	*p = (struct wire_peer){.v6 = v6, .now = 1, .sport = 40000};
	memcpy(p->mac_to, resp_mac, 6);
	memcpy(p->from, v6 ? ip6[0] : ip4[0], v6 ? 16 : 4);
	memcpy(p->to, v6 ? ip6[1] : ip4[1], v6 ? 16 : 4);
	cr_assert_eq(wire_queue_init(&p->queue), 0);
	cr_assert_eq(wire_resp_open(&p->resp, &p->queue, p->now), 0);
}

void wire_peer_close(struct wire_peer *p)
{
	wire_resp_close(&p->resp);
	wire_queue_fini(&p->queue);
}

struct wire_counts wire_peer_counts(const struct wire_peer *p)
{
	struct wire_counts c = {0};

	wire_resp_count(p->resp, &c);
	return c;
}

/* Headers up to the type; returns their length. */
static size_t eth(struct wire_peer *p, uint16_t type)
{
	size_t head = p->tag ? 18 : 14;

	memcpy(p->frame, p->mac_to, 6);
	memcpy(p->frame + 6, mac, 6);
	if (p->tag)
		put32(p->frame + 12, p->tag);
	put16(p->frame + head - 2, type);
	return head;
}

static void send_frame(struct wire_peer *p, size_t len)
{
	uint8_t *exact = malloc(len); /* for the address sanitizer */

	memcpy(exact, p->frame, len);
	wire_resp_input(p->resp, exact, len, p->now);
	free(exact);
}

void wire_peer_eth(struct wire_peer *p, uint16_t type, const void *data,
		   size_t len)
{
	size_t head = eth(p, type);

	if (len)
		memcpy(p->frame + head, data, len);
	send_frame(p, head + len);
}

void wire_peer_seal(const struct wire_peer *p, uint8_t proto, uint8_t *data,
		    size_t len)
{
	size_t at = proto == PEER_TCP ? 16 : proto == PEER_UDP ? 6 : 2;
	uint32_t sum = proto == PEER_ICMP
			       ? 0
			       : pseudo(p->v6, p->from, p->to, proto, len);

	put16(data + at, 0);
	put16(data + at, 0xffff ^ add(sum, data, len));
	if (p->bad_sum)
		data[at] ^= 1;
}

static size_t ip_head(struct wire_peer *p, uint8_t *h, uint8_t proto,
		      size_t len)
{
	if (p->v6) {
		put32(h, 0x60000000);
		put16(h + 4, len);
		h[6] = proto;
		h[7] = 255;
		memcpy(h + 8, p->from, 16);
		memcpy(h + 24, p->to, 16);
		return 40;
	}
	memset(h, 0, 20);
	h[0] = 0x45;
	put16(h + 2, 20 + len);
	put16(h + 4, p->id);
	put16(h + 6, p->frag);
	h[8] = 64;
	h[9] = proto;
	memcpy(h + 12, p->from, 4);
	memcpy(h + 16, p->to, 4);
	put16(h + 10, 0xffff ^ add(0, h, 20));
	return 20;
}

void wire_peer_ip(struct wire_peer *p, uint8_t proto, const void *data,
		  size_t len)
{
	size_t head = eth(p, p->v6 ? 0x86dd : 0x0800);
	bool known = proto == PEER_ICMP || proto == PEER_TCP ||
		     proto == PEER_UDP || proto == PEER_ICMP6;

	head += ip_head(p, p->frame + head, proto, len);
	memcpy(p->frame + head, data, len);
	if (known && !p->frag && len >= 8)
		wire_peer_seal(p, proto, p->frame + head, len);
	send_frame(p, head + len);
}

void wire_peer_udp(struct wire_peer *p, uint16_t dport, const void *data,
		   size_t len)
{
	static uint8_t udp[65536];

	put16(udp, p->sport);
	put16(udp + 2, dport);
	put16(udp + 4, len + 8);
	memcpy(udp + 8, data, len);
	wire_peer_ip(p, PEER_UDP, udp, len + 8);
}

/* What every packet of the responder has to keep to. */
static void check_ip(struct wire_got *g)
{
	bool v6 = g->type == 0x86dd;
	size_t room = g->len - (size_t)(g->ip - g->frame);
	size_t head = v6 ? 40 : 20;
	const uint8_t *from = g->ip + (v6 ? 8 : 12);
	bool whole;

	cr_assert(room >= head);
	g->proto = g->ip[v6 ? 6 : 9];
	g->data = g->ip + head;
	g->data_len = get16(g->ip + (v6 ? 4 : 2)) - (v6 ? 0 : head);
	cr_assert(head + g->data_len <= room);
	g->frag = v6 ? 0 : (uint16_t)get16(g->ip + 6);
	if (!v6)
		cr_assert_eq(add(0, g->ip, 20), 0xffff);
	whole = !(g->frag & 0x3fff) && g->proto != 44;
	if (whole)
		cr_assert_eq(add(g->proto == PEER_ICMP
					 ? 0
					 : pseudo(v6, from,
						  from + (v6 ? 16 : 4),
						  g->proto, g->data_len),
				 g->data, g->data_len),
			     0xffff, "checksum of protocol %u", g->proto);
}

bool wire_peer_get(struct wire_peer *p, struct wire_got *g)
{
	const uint8_t *f;
	size_t head = 14;

	if (!p->queue.frames)
		wire_resp_pull(p->resp);
	f = wire_queue_peek(&p->queue, &g->len);
	if (!f)
		return false;
	memcpy(g->frame, f, g->len);
	wire_queue_pop(&p->queue);
	cr_assert(g->len >= 60);
	cr_assert_arr_eq(g->frame + 6, resp_mac, 6);
	g->tag = 0;
	g->type = (uint16_t)get16(g->frame + 12);
	if (g->type == 0x8100) {
		g->tag = get32(g->frame + 12);
		g->type = (uint16_t)get16(g->frame + 16);
		head = 18;
	}
	g->ip = g->frame + head;
	if (g->type == 0x0800 || g->type == 0x86dd)
		check_ip(g);
	return true;
}

bool wire_peer_silent(struct wire_peer *p)
{
	static struct wire_got g;
	bool any = false;

	while (wire_peer_get(p, &g))
		any = true;
	return !any;
}

void wire_peer_wait(struct wire_peer *p, uint64_t ms)
{
	uint64_t end = p->now + ms * PEER_MS;
	uint64_t at;

	do {
		wire_resp_pull(p->resp);
		at = wire_resp_deadline(p->resp);
		p->now = at < p->now ? p->now : at < end ? at : end;
		wire_resp_tick(p->resp, p->now);
	} while (p->now != end);
}

static void segment(struct wire_peer *p, uint8_t *h, uint8_t flags,
		    const uint32_t seq_ack[2], size_t opt_len)
{
	put16(h, p->sport);
	put16(h + 2, p->dport);
	put32(h + 4, seq_ack[0]);
	put32(h + 8, seq_ack[1]);
	h[12] = (uint8_t)((20 + opt_len) / 4 << 4);
	h[13] = flags;
	put16(h + 14, 0xffff);
	put32(h + 16, 0);
}

void wire_peer_tcp(struct wire_peer *p, uint8_t flags, uint32_t seq,
		   uint32_t ack, const void *data, size_t len)
{
	static uint8_t h[65536];

	segment(p, h, flags, (uint32_t[]){seq, ack}, 0);
	if (len)
		memcpy(h + 20, data, len);
	wire_peer_ip(p, PEER_TCP, h, 20 + len);
}

void wire_peer_tcp_wnd(struct wire_peer *p, uint8_t flags, uint32_t seq,
		       uint32_t ack, uint16_t wnd)
{
	uint8_t h[20];

	segment(p, h, flags, (uint32_t[]){seq, ack}, 0);
	put16(h + 14, wnd);
	wire_peer_ip(p, PEER_TCP, h, 20);
}

void wire_peer_syn(struct wire_peer *p, uint32_t seq, const void *opt,
		   size_t opt_len)
{
	uint8_t h[60];

	segment(p, h, PEER_SYN, (uint32_t[]){seq, 0}, opt_len);
	memcpy(h + 20, opt, opt_len);
	wire_peer_ip(p, PEER_TCP, h, 20 + opt_len);
}

bool wire_peer_get_tcp(struct wire_peer *p, struct wire_tcp_got *g)
{
	static struct wire_got f;
	size_t head;

	if (!wire_peer_get(p, &f))
		return false;
	cr_assert_eq(f.proto, PEER_TCP);
	cr_assert_eq(get16(f.data), p->dport);
	head = 4u * (f.data[12] >> 4);
	g->seq = get32(f.data + 4);
	g->ack = get32(f.data + 8);
	g->flags = f.data[13];
	g->wnd = get16(f.data + 14);
	g->opt_len = head - 20;
	memcpy(g->opt, f.data + 20, g->opt_len);
	g->len = f.data_len - head;
	memcpy(g->data, f.data + head, g->len);
	return true;
}

uint32_t wire_peer_connect(struct wire_peer *p, uint16_t port, uint16_t mss,
			   uint32_t seq)
{
	uint8_t opt[8] = {2, 4, 0, 0, 1, 3, 3, 4};
	struct wire_tcp_got g;

	p->dport = port;
	put16(opt + 2, mss);
	wire_peer_syn(p, seq, opt, sizeof(opt));
	cr_assert(wire_peer_get_tcp(p, &g));
	cr_assert_eq(g.flags, PEER_SYN | PEER_ACK);
	cr_assert_eq(g.ack, seq + 1);
	wire_peer_tcp(p, PEER_ACK, seq + 1, g.seq + 1, NULL, 0);
	return g.seq;
}

uint8_t wire_chargen(uint64_t i)
{
	uint64_t col = i % 74;

	if (col >= 72)
		return col == 72 ? '\r' : '\n';
	return (uint8_t)(32 + (i / 74 + col) % 95);
}
