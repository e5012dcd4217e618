/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A segment of a TCP connection, in the order of RFC 9293 3.10.7.4: is it in
 * the window, RST, SYN, acknowledgement, data, FIN.  Nothing is sent here: what
 * there is to send is noted, and made when the queue has room.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/twin/wire/tcp.h"

#define CWND_MAX          (1u << 20)
#define DELAY_ACK         (40 * WIRE_MS)
#define RTO_MIN           (200 * WIRE_MS)
#define RTO_MAX           (8000 * WIRE_MS)
#define ACKS_MAX          16 /* duplicates that are worth sending for one gap */
#define DUPS_LOSS         3
#define WINDOW_STEP       (WIRE_TCP_WINDOW / 4)
#define WINDOW_STEP_SMALL (1 << 14) /* of the 64 KiB without scaling */

static void ack_soon(struct wire_resp *r, struct wire_conn *c)
{
	if (!c->acks)
		c->acks = 1;
	wire_tcp_ready(r, c);
}

/* One acknowledgement more: the peer counts them to find its loss. */
static void ack_again(struct wire_resp *r, struct wire_conn *c)
{
	if (c->acks < ACKS_MAX)
		c->acks++;
	wire_tcp_ready(r, c);
}

/*
 * Whether any of it may count.  Wider by one at both ends than the table of
 * RFC 9293 3.10.7.4: an acknowledgement must count although its sender has
 * used up our window, or repeats the last byte it sent.
 */
static bool in_window(const struct wire_conn *c, const struct wire_seg *s)
{
	uint32_t len = (uint32_t)s->len + !!(s->flags & WIRE_TCP_FIN);

	return wire_seq_le(s->seq, c->rcv + wire_tcp_room(c)) &&
	       wire_seq_le(c->rcv, s->seq + len);
}

/* RFC 6298 section 2. */
static void measure(struct wire_conn *c, uint64_t rtt)
{
	uint64_t diff;

	if (!c->srtt) {
		c->srtt = max_u64(rtt, 1);
		c->rttvar = rtt / 2;
	} else {
		diff = rtt > c->srtt ? rtt - c->srtt : c->srtt - rtt;
		c->rttvar = (3 * c->rttvar + diff) / 4;
		c->srtt = max_u64((7 * c->srtt + rtt) / 8, 1);
	}
	c->rto = min_u64(max_u64(c->srtt + 4 * c->rttvar, RTO_MIN), RTO_MAX);
}

/* @n bytes more have arrived there; RFC 5681 3.1, RFC 6582 3.2. */
static void grow(struct wire_conn *c, uint32_t n)
{
	uint32_t more;

	c->dups = 0;
	if (c->recovering && wire_seq_le(c->recover, c->una)) {
		c->recovering = false;
		c->cwnd = c->ssthresh;
	} else if (c->recovering) { /* the next hole */
		c->resend = true;
		c->cwnd -= (uint32_t)min_u64(n, c->cwnd - c->mss);
		c->cwnd += c->mss;
	} else {
		more = c->cwnd < c->ssthresh ? n : c->mss * c->mss / c->cwnd;
		c->cwnd += (uint32_t)max_u64(more, 1);
	}
	c->cwnd = (uint32_t)min_u64(c->cwnd, CWND_MAX);
}

/* RFC 5681 3.2: three acknowledgements of the same are a loss. */
static void duplicate(struct wire_conn *c)
{
	if (c->recovering) {
		c->cwnd = (uint32_t)min_u64(c->cwnd + c->mss, CWND_MAX);
	} else if (++c->dups == DUPS_LOSS) {
		c->ssthresh =
			(uint32_t)max_u64((c->max - c->una) / 2, 2 * c->mss);
		c->cwnd = c->ssthresh + DUPS_LOSS * c->mss;
		c->recover = c->max;
		c->recovering = true;
		c->resend = true;
		c->timing = false;
	}
}

/* Everything up to @ack, which is after una, has arrived. */
static void advance(struct wire_resp *r, struct wire_conn *c, uint32_t ack)
{
	uint32_t n = ack - c->una;

	if (c->local_port == WIRE_PORT_ECHO)
		c->held -= (uint32_t)min_u64(n, c->held);
	c->una = ack;
	c->una_at += n;
	if (wire_seq_lt(c->nxt, ack))
		c->nxt = ack;
	if (c->timing && wire_seq_lt(c->timed_seq, ack)) {
		measure(c, r->now - c->timed_at);
		c->timing = false;
	}
	c->tries = 0;
	grow(c, n);
	wire_tcp_arm(r, &c->resend_at,
		     ack == c->max ? WIRE_NEVER : r->now + c->rto);
}

/* RFC 9293 3.10.7.4, fifth: the newest segment tells the window. */
static bool window(struct wire_conn *c, const struct wire_seg *s)
{
	uint32_t wnd = c->scaled ? s->wnd << c->peer_scale : s->wnd;
	bool same = wnd == c->wnd;

	if (wire_seq_lt(c->wl1, s->seq) ||
	    (c->wl1 == s->seq && wire_seq_le(c->wl2, s->ack))) {
		c->wnd = wnd;
		c->wl1 = s->seq;
		c->wl2 = s->ack;
	}
	return !same;
}

/* What echo frees is told to the peer before it has to ask. */
static void window_opened(struct wire_resp *r, struct wire_conn *c)
{
	uint32_t more = c->rcv + wire_tcp_room(c) - c->edge;

	if ((int32_t)more >= (c->scaled ? WINDOW_STEP : WINDOW_STEP_SMALL) &&
	    c->state == WIRE_TCP_ESTABLISHED)
		ack_soon(r, c);
}

/* False when the segment is not to be looked at any further. */
static bool on_ack(struct wire_resp *r, struct wire_conn *c,
		   const struct wire_seg *s)
{
	bool moved;

	if (wire_seq_lt(c->max, s->ack)) { /* of what was never sent */
		ack_soon(r, c);
		return false;
	}
	if (wire_seq_lt(s->ack, c->una))
		return true;
	moved = window(c, s);
	if (s->ack != c->una)
		advance(r, c, s->ack);
	else if (!moved && !s->len && !(s->flags & WIRE_TCP_FIN) &&
		 c->max != c->una)
		duplicate(c);
	if (c->una == c->max)
		c->tries = 0;
	if (c->state == WIRE_TCP_LAST_ACK && c->una == c->max &&
	    c->nxt == c->max) {
		wire_tcp_free(r, c);
		return false;
	}
	window_opened(r, c);
	wire_tcp_ready(r, c);
	return true;
}

/* The handshake's third segment; false when there is no connection now. */
static bool on_first_ack(struct wire_resp *r, struct wire_conn *c,
			 const struct wire_seg *s)
{
	if (s->ack != c->max || c->max == c->una) {
		wire_tcp_abort(r, c);
		return false;
	}
	if (c->local_port == WIRE_PORT_ECHO) {
		c->ring = malloc(WIRE_TCP_WINDOW);
		if (!c->ring) {
			wire_tcp_abort(r, c);
			return false;
		}
	}
	c->state = WIRE_TCP_ESTABLISHED;
	c->resend = false;
	c->edge = c->rcv + wire_tcp_room(c); /* the first ACK will say so */
	r->counts.tcp_opens++;
	advance(r, c, s->ack);
	c->una_at = 0;
	window(c, s);
	wire_tcp_ready(r, c);
	return true;
}

/* Echo keeps what came, at its place in the ring. */
static void keep(struct wire_conn *c, uint32_t seq, const uint8_t *data,
		 size_t len)
{
	size_t at;
	size_t part;

	if (c->local_port != WIRE_PORT_ECHO)
		return;
	at = (c->una_at + c->held + (seq - c->rcv)) % WIRE_TCP_WINDOW;
	part = min_u64(len, WIRE_TCP_WINDOW - at);
	memcpy(c->ring + at, data, part);
	memcpy(c->ring, data + part, len - part);
}

static void received(struct wire_conn *c, uint32_t to)
{
	uint32_t n = to - c->rcv;

	c->rcv = to;
	c->unacked += n;
	if (c->local_port == WIRE_PORT_ECHO)
		c->held += n;
}

/* What lay beyond the gap that was just filled, or was filled in part. */
static void fill(struct wire_conn *c)
{
	unsigned n = 0;

	while (n < c->nholes && wire_seq_le(c->hole[n].from, c->rcv)) {
		if (wire_seq_lt(c->rcv, c->hole[n].to))
			received(c, c->hole[n].to);
		n++;
	}
	c->nholes -= n;
	memmove(c->hole, c->hole + n, c->nholes * sizeof(c->hole[0]));
}

/* Take the stretches that @h meets out of the list and into @h. */
static void merge(struct wire_conn *c, struct wire_hole *h)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < c->nholes; i++) {
		struct wire_hole *o = &c->hole[i];

		if (wire_seq_lt(o->to, h->from) ||
		    wire_seq_lt(h->to, o->from)) {
			c->hole[kept++] = *o;
			continue;
		}
		if (wire_seq_lt(o->from, h->from))
			h->from = o->from;
		if (wire_seq_lt(h->to, o->to))
			h->to = o->to;
	}
	c->nholes = kept;
}

/* Remember a stretch beyond a gap; false when the list is full. */
static bool remember(struct wire_conn *c, struct wire_hole h)
{
	unsigned i;

	merge(c, &h);
	if (c->nholes == WIRE_TCP_HOLES)
		return false;
	for (i = c->nholes++; i && wire_seq_lt(h.from, c->hole[i - 1].from);
	     i--)
		c->hole[i] = c->hole[i - 1];
	c->hole[i] = h;
	return true;
}

/* @s has bytes within the window only. */
static void on_data(struct wire_resp *r, struct wire_conn *c,
		    const struct wire_seg *s)
{
	uint32_t to = s->seq + (uint32_t)s->len;

	if (s->seq != c->rcv) {
		if (remember(c, (struct wire_hole){s->seq, to}))
			keep(c, s->seq, s->data, s->len);
		ack_again(r, c);
		return;
	}
	keep(c, s->seq, s->data, s->len);
	received(c, to);
	if (c->nholes) {
		fill(c);
		ack_soon(r, c);
	} else if (c->unacked >= 2 * c->mss || s->flags & WIRE_TCP_PSH) {
		ack_soon(r, c);
	} else if (c->ack_at == WIRE_NEVER) {
		wire_tcp_arm(r, &c->ack_at, r->now + DELAY_ACK);
	}
	wire_tcp_ready(r, c);
}

/* Cut off what we have and what has no room; false when nothing is left. */
static bool trim(const struct wire_conn *c, struct wire_seg *s)
{
	uint32_t end = c->rcv + wire_tcp_room(c);
	uint32_t skip = c->rcv - s->seq;

	if (c->fin_known && wire_seq_lt(c->fin_seq, end))
		end = c->fin_seq;
	if (wire_seq_lt(s->seq, c->rcv)) {
		if (skip >= s->len)
			return false;
		s->seq += skip;
		s->data += skip;
		s->len -= skip;
	}
	if (!wire_seq_lt(s->seq, end))
		return false;
	s->len = min_u64(s->len, end - s->seq);
	return s->len > 0;
}

static void on_text(struct wire_resp *r, struct wire_conn *c,
		    const struct wire_seg *whole)
{
	struct wire_seg s = *whole;
	uint32_t fin = s.seq + (uint32_t)s.len;

	if (s.flags & WIRE_TCP_FIN && !c->fin_known &&
	    fin - c->rcv <= wire_tcp_room(c)) {
		c->fin_known = true;
		c->fin_seq = fin;
	}
	if (trim(c, &s))
		on_data(r, c, &s);
	else if (whole->len || whole->flags & WIRE_TCP_FIN)
		ack_soon(r, c);
	if (!c->fin_known || c->rcv != c->fin_seq)
		return;
	c->rcv++;
	c->nholes = 0;
	c->state = WIRE_TCP_CLOSE_WAIT;
	ack_soon(r, c);
}

/* Not in the window: say where we are; a SYN again means our answer to it was
 * lost.  A probe of a peer that waits for room ends here too. */
static void refuse(struct wire_resp *r, struct wire_conn *c,
		   const struct wire_seg *s)
{
	if (s->flags & WIRE_TCP_RST)
		return;
	if (c->state == WIRE_TCP_SYN_RCVD)
		c->resend = true;
	ack_soon(r, c);
}

void wire_tcp_segment(struct wire_resp *r, struct wire_conn *c,
		      const struct wire_seg *s)
{
	if (!in_window(c, s)) {
		refuse(r, c, s);
		return;
	}
	if (s->flags & WIRE_TCP_RST) { /* RFC 5961 3.2: only the exact one */
		if (s->seq == c->rcv)
			wire_tcp_free(r, c);
		else
			ack_soon(r, c);
		return;
	}
	if (s->flags & WIRE_TCP_SYN) { /* RFC 5961 4.2 */
		refuse(r, c, s);
		return;
	}
	if (!(s->flags & WIRE_TCP_ACK))
		return;
	c->seen_at = r->now;
	if (c->state == WIRE_TCP_SYN_RCVD ? !on_first_ack(r, c, s)
					  : !on_ack(r, c, s))
		return;
	if (c->state == WIRE_TCP_ESTABLISHED)
		on_text(r, c, s);
	else if (s->len || s->flags & WIRE_TCP_FIN)
		ack_soon(r, c);
}
