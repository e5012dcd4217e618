/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of TCP connections, and how one begins; tcp.h has the whole.
 *
 * When the table is full a newcomer takes the place of the one that was heard
 * of least lately, if that never came to be or said nothing for a minute; else
 * it is refused.  A flood of SYNs so costs only other half-open connections.
 */
#include "tests/twin/wire/tcp.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/twin/wire/csum.h"

#define STALE_NS  (60000 * WIRE_MS)
#define RTO_FIRST (1000 * WIRE_MS) /* RFC 6298 2.1 */
#define TAG_ID    0xffff0fff       /* without priority and DEI */

/* clang-format off */
enum {
	OPT_END = 0, OPT_NOP = 1, OPT_MSS = 2, OPT_SCALE = 3,

	MSS_MIN = 64,
	MSS_DEFAULT4 = 536, MSS_DEFAULT6 = 1220,
	SCALE_MAX = 14,
	FIRST_SEGMENTS = 10, /* RFC 6928 */
};
/* clang-format on */

struct wire_tcp *wire_tcp_open(void)
{
	struct wire_tcp *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	memset(t->bucket, WIRE_TCP_NONE, sizeof(t->bucket));
	t->next_at = WIRE_NEVER;
	return t;
}

void wire_tcp_close(struct wire_tcp *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < WIRE_TCP_CONNS; i++)
		free(t->conn[i].ring);
	free(t);
}

static unsigned hash(const struct wire_path *path, uint32_t ports)
{
	uint32_t h = ports ^ path->tag ^ wire_get32(path->peer) ^
		     wire_get32(path->peer + 12);

	return h * 0x9e3779b1u >> 26;
}

static_assert(WIRE_TCP_CONNS == 1 << (32 - 26), "hash() makes 6 bits");

static uint32_t ports(const struct wire_conn *c)
{
	return (uint32_t)c->peer_port << 16 | c->local_port;
}

static bool same(const struct wire_conn *c, const struct wire_path *path,
		 uint32_t src_dst)
{
	return ports(c) == src_dst && c->path.v6 == path->v6 &&
	       !((c->path.tag ^ path->tag) & TAG_ID) &&
	       memcmp(c->path.peer, path->peer, 16) == 0 &&
	       memcmp(c->path.local, path->local, 16) == 0;
}

static struct wire_conn *find(struct wire_tcp *t, const struct wire_path *path,
			      uint32_t src_dst)
{
	struct wire_path untagged = *path;
	uint8_t i;

	untagged.tag &= TAG_ID;
	i = t->bucket[hash(&untagged, src_dst)];
	while (i != WIRE_TCP_NONE && !same(&t->conn[i], path, src_dst))
		i = t->conn[i].chain;
	return i == WIRE_TCP_NONE ? NULL : &t->conn[i];
}

static uint8_t *bucket(struct wire_tcp *t, const struct wire_conn *c)
{
	struct wire_path untagged = c->path;

	untagged.tag &= TAG_ID;
	return &t->bucket[hash(&untagged, ports(c))];
}

void wire_tcp_ready(struct wire_resp *r, struct wire_conn *c)
{
	r->tcp->ready |= UINT64_C(1) << (c - r->tcp->conn);
}

void wire_tcp_free(struct wire_resp *r, struct wire_conn *c)
{
	size_t self = (size_t)(c - r->tcp->conn);
	uint8_t *link = bucket(r->tcp, c);

	while (*link != self)
		link = &r->tcp->conn[*link].chain;
	*link = c->chain;
	r->tcp->ready &= ~(UINT64_C(1) << self);
	free(c->ring);
	*c = (struct wire_conn){.state = WIRE_TCP_FREE};
}

uint32_t wire_tcp_room(const struct wire_conn *c)
{
	uint32_t room = WIRE_TCP_WINDOW - c->held;

	return c->scaled ? room : (uint32_t)min_u64(room, 0xffff);
}

/* Higher: rather to be given up for a newcomer; 0: not at all. */
static uint64_t staleness(const struct wire_resp *r, const struct wire_conn *c)
{
	uint64_t age = r->now - c->seen_at;

	if (c->state == WIRE_TCP_FREE)
		return UINT64_MAX;
	if (c->state == WIRE_TCP_SYN_RCVD)
		return UINT64_MAX / 2 + age;
	return age > STALE_NS ? age : 0;
}

/* A place in the table, or NULL. */
static struct wire_conn *take(struct wire_resp *r)
{
	struct wire_conn *best = NULL;
	uint64_t most = 0;

	for (size_t i = 0; i < WIRE_TCP_CONNS; i++) {
		struct wire_conn *c = &r->tcp->conn[i];
		uint64_t s = staleness(r, c);

		if (s > most) {
			most = s;
			best = c;
		}
	}
	if (best && best->state != WIRE_TCP_FREE)
		wire_tcp_free(r, best);
	return best;
}

/* What the peer's SYN says of itself; what is broken is left alone. */
static void options(struct wire_conn *c, const uint8_t *p, size_t len)
{
	size_t n;

	for (; len && *p != OPT_END; p += n, len -= n) {
		n = 1;
		if (*p == OPT_NOP)
			continue;
		if (len < 2 || p[1] < 2 || p[1] > len)
			return;
		n = p[1];
		if (p[0] == OPT_MSS && n == 4) {
			c->mss = wire_get16(p + 2);
		} else if (p[0] == OPT_SCALE && n == 3) {
			c->scaled = true;
			c->peer_scale = p[2] < SCALE_MAX ? p[2] : SCALE_MAX;
		}
	}
}

static uint32_t mss_max(const struct wire_path *path)
{
	return (uint32_t)(WIRE_MTU_JUMBO - WIRE_TCP_HEAD -
			  (path->v6 ? WIRE_IP6_HEAD : WIRE_IP4_HEAD));
}

/* Other than the last one on the same ports: RFC 9293 3.4.1, 4 us a step. */
static uint32_t first_seq(const struct wire_resp *r, uint32_t src_dst)
{
	return (uint32_t)(r->now >> 12) + src_dst * 0x9e3779b1u;
}

static void begin(struct wire_resp *r, struct wire_conn *c,
		  const struct wire_pkt *p, const struct wire_seg *s)
{
	uint8_t *head;

	*c = (struct wire_conn){
		.state = WIRE_TCP_SYN_RCVD,
		.peer_port = wire_get16(p->data),
		.local_port = wire_get16(p->data + 2),
		.path = p->path,
		.seen_at = r->now,
		.mss = p->path.v6 ? MSS_DEFAULT6 : MSS_DEFAULT4,
		.wnd = s->wnd,
		.wl1 = s->seq,
		.ssthresh = UINT32_MAX / 2,
		.rto = RTO_FIRST,
		.rcv = s->seq + 1,
		.resend = true,
		.resend_at = WIRE_NEVER,
		.ack_at = WIRE_NEVER,
	};
	options(c, s->opt, s->opt_len);
	c->mss = (uint32_t)max_u64(min_u64(c->mss, mss_max(&c->path)), MSS_MIN);
	c->cwnd = FIRST_SEGMENTS * c->mss;
	c->una = c->nxt = c->max = first_seq(r, ports(c));
	head = bucket(r->tcp, c);
	c->chain = *head;
	*head = (uint8_t)(c - r->tcp->conn);
	wire_tcp_ready(r, c);
}

static bool served(uint16_t port)
{
	return port == WIRE_PORT_ECHO || port == WIRE_PORT_DISCARD ||
	       port == WIRE_PORT_CHARGEN;
}

/* RFC 9293 3.10.7.1 and .2: a segment that belongs to no connection. */
static void listen_input(struct wire_resp *r, const struct wire_pkt *p,
			 const struct wire_seg *s)
{
	const uint8_t kind = WIRE_TCP_SYN | WIRE_TCP_ACK | WIRE_TCP_FIN;
	struct wire_conn *c = NULL;

	if (s->flags & WIRE_TCP_RST)
		return;
	if ((s->flags & kind) == WIRE_TCP_SYN &&
	    served(wire_get16(p->data + 2)))
		c = take(r);
	if (c)
		begin(r, c, p, s);
	else
		wire_tcp_reset(r, p, s);
}

void wire_tcp_input(struct wire_resp *r, const struct wire_pkt *p)
{
	size_t head = p->len < WIRE_TCP_HEAD ? 0 : 4u * (p->data[12] >> 4);
	struct wire_conn *c;
	struct wire_seg s;
	uint64_t sum;

	if (head < WIRE_TCP_HEAD || head > p->len || p->group) {
		r->counts.bad_form++;
		return;
	}
	sum = wire_ip_pseudo(&p->path, WIRE_PROTO_TCP, p->len);
	if (!wire_sum_ok(wire_sum(sum, p->data, p->len))) {
		r->counts.bad_sums++;
		return;
	}
	s = (struct wire_seg){
		.seq = wire_get32(p->data + 4),
		.ack = wire_get32(p->data + 8),
		.wnd = wire_get16(p->data + 14),
		.flags = p->data[13],
		.data = p->data + head,
		.len = p->len - head,
		.opt = p->data + WIRE_TCP_HEAD,
		.opt_len = head - WIRE_TCP_HEAD,
	};
	c = find(r->tcp, &p->path, wire_get32(p->data));
	if (c)
		wire_tcp_segment(r, c, &s);
	else
		listen_input(r, p, &s);
}
