/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The responder's TCP (RFC 9293), server side: discard, echo and chargen.
 *
 * tcp.c    the table of connections, segments of none, how one begins
 * tcpin.c  a segment of a connection: acknowledgements, data, FIN, RST
 * tcpout.c segments made, and only when the queue has room: wire_tcp_pull()
 * tcptime.c retransmission, persist and delayed acknowledgement
 *
 * The services never close first, so of the states four are left and there is
 * no TIME-WAIT on our side:
 *
 *   LISTEN --SYN--> SYN_RCVD --ACK--> ESTABLISHED --FIN--> CLOSE_WAIT
 *   CLOSE_WAIT --all sent, FIN sent--> LAST_ACK --ACK--> gone
 *
 * Chargen stays in CLOSE_WAIT and goes on until the peer resets: it "closes"
 * only when nobody reads any more.
 *
 * Loss is made good with RTO (RFC 6298) and NewReno (RFC 5681, RFC 6582), no
 * SACK, no timestamps.  Sequence numbers wrap; positions in the stream are 64
 * bits wide.
 */
#ifndef TESTS_TWIN_WIRE_TCP_H
#define TESTS_TWIN_WIRE_TCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/twin/wire/stack.h"

/* clang-format off */
enum {
	WIRE_TCP_HEAD  = 20,
	WIRE_TCP_FIN   = 0x01,
	WIRE_TCP_SYN   = 0x02,
	WIRE_TCP_RST   = 0x04,
	WIRE_TCP_PSH   = 0x08,
	WIRE_TCP_ACK   = 0x10,

	WIRE_TCP_CONNS = 64, /* as many as a uint64_t has bits */
	WIRE_TCP_HOLES = 8,  /* stretches received beyond a gap */
	WIRE_TCP_NONE  = 255,

	WIRE_TCP_WINDOW = 1 << 19, /* also the size of echo's ring */
	WIRE_TCP_SCALE  = 4,
};
/* clang-format on */

#define WIRE_MS    UINT64_C(1000000)
#define WIRE_NEVER UINT64_MAX

enum wire_tcp_state {
	WIRE_TCP_FREE,
	WIRE_TCP_SYN_RCVD,
	WIRE_TCP_ESTABLISHED,
	WIRE_TCP_CLOSE_WAIT,
	WIRE_TCP_LAST_ACK,
};

/* What was received beyond a gap: sequence numbers, @to not included. */
struct wire_hole {
	uint32_t from;
	uint32_t to;
};

struct wire_conn {
	enum wire_tcp_state state;
	uint16_t local_port;
	uint16_t peer_port;
	struct wire_path path;
	uint8_t chain;    /* next of the same hash, or WIRE_TCP_NONE */
	uint64_t seen_at; /* last segment that belonged here */

	/* sending; una <= nxt <= max */
	uint32_t una;    /* not acknowledged yet */
	uint32_t nxt;    /* to be sent next; goes back after a timeout */
	uint32_t max;    /* after the last that was ever sent */
	uint64_t una_at; /* position of una in the stream */
	uint32_t held;   /* echo: bytes in the ring, from una on */
	uint32_t mss;
	uint32_t wnd; /* the peer's, from una on */
	uint32_t wl1; /* SEQ and ACK of the segment it came with */
	uint32_t wl2;
	uint8_t peer_scale;
	bool scaled; /* both sides scale their windows */

	/* congestion */
	uint32_t cwnd;
	uint32_t ssthresh;
	uint32_t recover; /* end of what was sent when the loss was seen */
	uint8_t dups;
	bool recovering;
	bool resend; /* one segment at una */

	/* round trip, ns */
	bool timing;
	uint32_t timed_seq;
	uint64_t timed_at;
	uint64_t srtt;
	uint64_t rttvar;
	uint64_t rto;
	uint8_t tries; /* timeouts in a row */

	/* receiving */
	uint32_t rcv;  /* expected next */
	uint32_t edge; /* end of the window that was advertised */
	uint32_t unacked;
	uint8_t acks; /* to be sent at once; > 1: duplicates for a gap */
	bool fin_known;
	uint32_t fin_seq;
	unsigned nholes;
	struct wire_hole hole[WIRE_TCP_HOLES]; /* sorted, apart */
	uint8_t *ring;                         /* echo: WIRE_TCP_WINDOW bytes */

	uint64_t resend_at; /* retransmission or persist */
	uint64_t ack_at;
};

struct wire_tcp {
	struct wire_conn conn[WIRE_TCP_CONNS];
	uint8_t bucket[WIRE_TCP_CONNS];
	uint64_t ready;   /* bit i: conn[i] has something to send */
	unsigned turn;    /* whose it is to send */
	uint64_t next_at; /* no timer runs out before */
};

/* A segment, its checksum verified. */
struct wire_seg {
	uint32_t seq;
	uint32_t ack;
	uint32_t wnd; /* as it came, not scaled */
	uint8_t flags;
	const uint8_t *data;
	size_t len;
	const uint8_t *opt;
	size_t opt_len;
};

/** wire_seq_lt - whether @a comes before @b (RFC 9293 3.4) */
static inline bool wire_seq_lt(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/** wire_seq_le - whether @a is @b or comes before it */
static inline bool wire_seq_le(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) <= 0;
}

/** wire_tcp_ready - let the connection send when the queue has room */
void wire_tcp_ready(struct wire_resp *r, struct wire_conn *c);

/** wire_tcp_free - forget the connection */
void wire_tcp_free(struct wire_resp *r, struct wire_conn *c);

/** wire_tcp_abort - send RST and forget the connection */
void wire_tcp_abort(struct wire_resp *r, struct wire_conn *c);

/** wire_tcp_probe - send a segment that the peer has to answer */
void wire_tcp_probe(struct wire_resp *r, struct wire_conn *c);

/** wire_tcp_room - bytes that may come, from @c->rcv on */
uint32_t wire_tcp_room(const struct wire_conn *c);

/** wire_tcp_end - sequence number after the last byte there is to send */
uint32_t wire_tcp_end(const struct wire_conn *c);

/** wire_tcp_segment - a segment of connection @c */
void wire_tcp_segment(struct wire_resp *r, struct wire_conn *c,
		      const struct wire_seg *s);

/** wire_tcp_arm - set one of @c's timers, or WIRE_NEVER to stop it */
void wire_tcp_arm(struct wire_resp *r, uint64_t *timer, uint64_t at);

/** wire_tcp_reset - answer @s, which belongs to no connection, with RST */
void wire_tcp_reset(struct wire_resp *r, const struct wire_pkt *p,
		    const struct wire_seg *s);

#endif
