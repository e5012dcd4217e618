/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TCP segments on their way out.  They are made when the queue has run empty
 * and not when there is something to say, so a slow receiver makes no queue,
 * and one acknowledgement answers all that came in the meantime.
 */
#include <string.h>

#include "base/bytes.h"
#include "tests/twin/wire/csum.h"
#include "tests/twin/wire/tcp.h"

#define BATCH   64 /* frames made at once; at 9000 bytes they fit the queue */
#define OPT_LEN 8

/* Not for anyone to run out of: chargen always has this much more. */
#define ENDLESS (1u << 30)

uint32_t wire_tcp_end(const struct wire_conn *c)
{
	if (c->local_port == WIRE_PORT_CHARGEN)
		return c->una + ENDLESS;
	return c->una + c->held;
}

/* @len bytes of the stream from @seq on, which are not acknowledged yet. */
static void copy(const struct wire_resp *r, const struct wire_conn *c,
		 uint8_t *to, uint32_t seq, size_t len)
{
	uint64_t at = c->una_at + (seq - c->una);
	size_t off = at % WIRE_TCP_WINDOW;
	size_t part = min_u64(len, WIRE_TCP_WINDOW - off);

	if (c->local_port == WIRE_PORT_CHARGEN) {
		memcpy(to, r->chargen + at % WIRE_CHARGEN_PERIOD, len);
	} else if (len) {
		memcpy(to, c->ring + off, part);
		memcpy(to + part, c->ring, len - part);
	}
}

/* MSS and, if the peer scales, our scale; in all OPT_LEN bytes. */
static void syn_options(uint8_t *p, const struct wire_conn *c)
{
	size_t head =
		WIRE_TCP_HEAD + (c->path.v6 ? WIRE_IP6_HEAD : WIRE_IP4_HEAD);

	wire_put32(p, 0x02040000 | (WIRE_MTU_JUMBO - head));
	wire_put32(p + 4, c->scaled ? 0x01030300 | WIRE_TCP_SCALE : 0);
}

/* The window field: never scaled in a SYN. */
static uint32_t advertise(struct wire_conn *c, uint8_t flags)
{
	unsigned shift =
		c->scaled && !(flags & WIRE_TCP_SYN) ? WIRE_TCP_SCALE : 0;
	uint32_t wnd = (uint32_t)min_u64(wire_tcp_room(c) >> shift, 0xffff);

	c->edge = c->rcv + (wnd << shift);
	return wnd;
}

/* One segment with ACK; false when there is no room for it. */
static bool emit(struct wire_resp *r, struct wire_conn *c, uint32_t seq,
		 size_t len, uint8_t flags)
{
	size_t opt = flags & WIRE_TCP_SYN ? OPT_LEN : 0;
	size_t head = WIRE_TCP_HEAD + opt;
	uint8_t *p = wire_out_ip(r, &c->path, WIRE_PROTO_TCP, head + len);
	uint64_t sum;

	if (!p)
		return false;
	wire_put16(p, c->local_port);
	wire_put16(p + 2, c->peer_port);
	wire_put32(p + 4, seq);
	wire_put32(p + 8, c->rcv);
	p[12] = (uint8_t)(head / 4 << 4);
	p[13] = flags | WIRE_TCP_ACK;
	wire_put16(p + 14, advertise(c, flags));
	wire_put32(p + 16, 0);
	if (opt)
		syn_options(p + WIRE_TCP_HEAD, c);
	copy(r, c, p + head, seq, len);
	sum = wire_ip_pseudo(&c->path, WIRE_PROTO_TCP, head + len);
	wire_sum_put(p + 16, wire_sum(sum, p, head + len));
	wire_queue_commit(r->out);
	c->acks = (uint8_t)(c->acks - (c->acks > 0));
	c->unacked = 0;
	c->ack_at = WIRE_NEVER;
	return true;
}

void wire_tcp_reset(struct wire_resp *r, const struct wire_pkt *p,
		    const struct wire_seg *s)
{
	bool acked = s->flags & WIRE_TCP_ACK;
	uint32_t end = s->seq + (uint32_t)s->len + !!(s->flags & WIRE_TCP_SYN) +
		       !!(s->flags & WIRE_TCP_FIN);
	uint8_t *o = wire_out_ip(r, &p->path, WIRE_PROTO_TCP, WIRE_TCP_HEAD);
	uint64_t sum;

	if (!o)
		return;
	memset(o, 0, WIRE_TCP_HEAD);
	memcpy(o, p->data + 2, 2);
	memcpy(o + 2, p->data, 2);
	wire_put32(o + 4, acked ? s->ack : 0);
	wire_put32(o + 8, acked ? 0 : end);
	o[12] = WIRE_TCP_HEAD / 4 << 4;
	o[13] = WIRE_TCP_RST | (acked ? 0 : WIRE_TCP_ACK);
	sum = wire_ip_pseudo(&p->path, WIRE_PROTO_TCP, WIRE_TCP_HEAD);
	wire_sum_put(o + 16, wire_sum(sum, o, WIRE_TCP_HEAD));
	wire_queue_commit(r->out);
}

void wire_tcp_abort(struct wire_resp *r, struct wire_conn *c)
{
	emit(r, c, c->nxt, 0, WIRE_TCP_RST);
	wire_tcp_free(r, c);
}

/* Of a sequence number the peer has: it answers with its window. */
void wire_tcp_probe(struct wire_resp *r, struct wire_conn *c)
{
	emit(r, c, c->una - 1, 0, 0);
}

/* Whether the service is through when all its bytes are sent. */
static bool closes(const struct wire_conn *c)
{
	return c->local_port != WIRE_PORT_CHARGEN &&
	       (c->state == WIRE_TCP_CLOSE_WAIT ||
		c->state == WIRE_TCP_LAST_ACK);
}

/* Account for what was just sent from nxt on. */
static void sent(struct wire_resp *r, struct wire_conn *c, uint32_t n)
{
	if (wire_seq_lt(c->nxt, c->max)) {
		r->counts.tcp_resent++;
	} else if (!c->timing) {
		c->timing = true;
		c->timed_seq = c->nxt;
		c->timed_at = r->now;
	}
	c->nxt += n;
	if (wire_seq_lt(c->max, c->nxt))
		c->max = c->nxt;
	if (c->resend_at == WIRE_NEVER)
		wire_tcp_arm(r, &c->resend_at, r->now + c->rto);
}

static bool send_syn(struct wire_resp *r, struct wire_conn *c)
{
	if (!c->resend)
		return true;
	if (!emit(r, c, c->una, 0, WIRE_TCP_SYN))
		return false;
	c->resend = false;
	c->nxt = c->una;
	sent(r, c, 1);
	return true;
}

/* The segment at una once more, after a loss. */
static bool send_again(struct wire_resp *r, struct wire_conn *c)
{
	size_t len = min_u64(c->mss, wire_tcp_end(c) - c->una);
	bool fin;

	len = min_u64(len, c->max - c->una);
	fin = c->state == WIRE_TCP_LAST_ACK &&
	      c->una + (uint32_t)len == wire_tcp_end(c);
	if ((len || fin) &&
	    !emit(r, c, c->una, len, fin ? WIRE_TCP_FIN : WIRE_TCP_PSH))
		return false;
	c->resend = false;
	r->counts.tcp_resent++;
	return true;
}

/* What may go out next: @len bytes, and FIN.  False: nothing. */
static bool next(const struct wire_conn *c, size_t *len, bool *fin)
{
	uint32_t flight = c->nxt - c->una;
	uint32_t most = (uint32_t)min_u64(c->wnd, c->cwnd);
	uint32_t end = wire_tcp_end(c);
	uint32_t left = wire_seq_lt(c->nxt, end) ? end - c->nxt : 0;

	most = most > flight ? most - flight : 0;
	*len = min_u64(min_u64(left, c->mss), most);
	if (*len < left && *len < c->mss && flight) /* RFC 9293 3.8.6.2.1 */
		*len = 0;
	*fin = closes(c) && *len == left && wire_seq_le(c->nxt, end);
	return *len || *fin;
}

/* True when all is sent that may be sent. */
static bool send_new(struct wire_resp *r, struct wire_conn *c)
{
	uint8_t flags;
	size_t len;
	bool fin;

	while (next(c, &len, &fin)) {
		if (r->out->frames >= BATCH)
			return false;
		flags = fin ? WIRE_TCP_FIN : 0;
		if (c->nxt + (uint32_t)len == wire_tcp_end(c))
			flags |= WIRE_TCP_PSH;
		if (!emit(r, c, c->nxt, len, flags))
			return false;
		if (fin)
			c->state = WIRE_TCP_LAST_ACK;
		sent(r, c, (uint32_t)len + fin);
	}
	return true;
}

static bool send_acks(struct wire_resp *r, struct wire_conn *c, uint8_t leave)
{
	while (c->acks > leave)
		if (!emit(r, c, c->nxt, 0, 0))
			return false;
	return true;
}

/* Everything waits for the peer's window: ask for it from time to time. */
static void persist(struct wire_resp *r, struct wire_conn *c)
{
	if (c->max == c->una && c->resend_at == WIRE_NEVER &&
	    wire_seq_lt(c->nxt, wire_tcp_end(c)))
		wire_tcp_arm(r, &c->resend_at, r->now + c->rto);
}

/* True when the connection has nothing to send at the moment. */
static bool output(struct wire_resp *r, struct wire_conn *c)
{
	if (c->state == WIRE_TCP_SYN_RCVD)
		return send_syn(r, c);
	if (!send_acks(r, c, 1)) /* the last can go with data */
		return false;
	if (c->resend && !send_again(r, c))
		return false;
	if (!send_new(r, c) || !send_acks(r, c, 0))
		return false;
	persist(r, c);
	return true;
}

void wire_tcp_pull(struct wire_resp *r)
{
	struct wire_tcp *t = r->tcp;
	uint64_t mine;

	while (t->ready && r->out->frames < BATCH) {
		mine = t->ready & ~(ones(8) >> (63 - t->turn));
		t->turn = (unsigned)__builtin_ctzll(mine ? mine : t->ready);
		if (!output(r, &t->conn[t->turn]))
			return;
		t->ready &= ~(UINT64_C(1) << t->turn);
	}
}
