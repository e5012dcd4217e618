/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TCP's clocks.  A timer that is stopped or put off leaves next_at as it was:
 * the tick comes too early then, finds nothing, and looks for the next.
 */
#include "base/bytes.h"
#include "tests/twin/wire/tcp.h"

#define TRIES_SYN  4
#define TRIES_DATA 12 /* about a minute and a half */
#define RTO_MAX    (8000 * WIRE_MS)

void wire_tcp_arm(struct wire_resp *r, uint64_t *timer, uint64_t at)
{
	*timer = at;
	r->tcp->next_at = min_u64(r->tcp->next_at, at);
}

uint64_t wire_tcp_deadline(const struct wire_resp *r)
{
	return r->tcp->next_at;
}

/* RFC 6298 5.4 to 5.7; RFC 5681 3.1: begin again where the peer stands. */
static void lost(struct wire_conn *c)
{
	if (c->tries == 1)
		c->ssthresh =
			(uint32_t)max_u64((c->max - c->una) / 2, 2 * c->mss);
	c->cwnd = c->mss;
	c->nxt = c->una;
	c->recovering = false;
	c->dups = 0;
}

static void resend_due(struct wire_resp *r, struct wire_conn *c)
{
	bool syn = c->state == WIRE_TCP_SYN_RCVD;

	c->resend_at = WIRE_NEVER;
	if (++c->tries > (syn ? TRIES_SYN : TRIES_DATA)) {
		wire_tcp_abort(r, c);
		return;
	}
	c->rto = min_u64(2 * c->rto, RTO_MAX);
	c->timing = false;
	if (syn)
		c->resend = true;
	else if (c->max != c->una)
		lost(c);
	else /* persist, RFC 9293 3.8.6.1 */
		wire_tcp_probe(r, c);
	wire_tcp_ready(r, c);
}

static void run(struct wire_resp *r, struct wire_conn *c)
{
	if (c->ack_at <= r->now) {
		c->ack_at = WIRE_NEVER;
		c->acks = (uint8_t)max_u64(c->acks, 1);
		wire_tcp_ready(r, c);
	}
	if (c->resend_at <= r->now)
		resend_due(r, c);
}

void wire_tcp_tick(struct wire_resp *r)
{
	uint64_t next = WIRE_NEVER;

	if (r->now < r->tcp->next_at)
		return;
	for (size_t i = 0; i < WIRE_TCP_CONNS; i++) {
		struct wire_conn *c = &r->tcp->conn[i];

		if (c->state != WIRE_TCP_FREE)
			run(r, c);
		if (c->state != WIRE_TCP_FREE)
			next = min_u64(next, min_u64(c->ack_at, c->resend_at));
	}
	r->tcp->next_at = next;
}
