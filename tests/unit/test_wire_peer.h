/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A peer that the tests script: it makes frames of its own, hands them to a
 * responder, and takes the answers apart.  It has nothing of the responder's
 * code but the queue: its checksums are added up word by word.
 */
#ifndef TESTS_UNIT_TEST_WIRE_PEER_H
#define TESTS_UNIT_TEST_WIRE_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/twin/wire/queue.h"
#include "tests/twin/wire/resp.h"
#include "tests/twin/wire/wire.h"

#define PEER_MS UINT64_C(1000000)

enum { PEER_ICMP = 1, PEER_TCP = 6, PEER_UDP = 17, PEER_ICMP6 = 58 };
enum { PEER_FIN = 1, PEER_SYN = 2, PEER_RST = 4, PEER_PSH = 8, PEER_ACK = 16 };

struct wire_peer {
	struct wire_resp *resp;
	struct wire_queue queue;
	uint64_t now;
	/* how the next frames are made */
	bool v6;
	uint32_t tag; /* 802.1Q TPID and TCI, or 0 */
	uint8_t mac_to[6];
	uint8_t from[16];
	uint8_t to[16];
	uint16_t frag; /* IPv4's flags and offset */
	uint16_t id;
	bool bad_sum; /* of what is above IP */
	uint16_t sport;
	uint16_t dport;
	uint8_t frame[WIRE_FRAME_MAX];
};

/* A frame of the responder, checked and taken apart. */
struct wire_got {
	uint8_t frame[WIRE_FRAME_MAX];
	size_t len; /* of the frame */
	uint16_t type;
	uint32_t tag;
	const uint8_t *ip;
	uint8_t proto;
	uint16_t frag; /* IPv4's flags and offset */
	const uint8_t *data;
	size_t data_len;
};

/* A segment of the responder. */
struct wire_tcp_got {
	uint32_t seq, ack;
	uint32_t wnd;
	uint8_t flags;
	uint8_t opt[40];
	size_t opt_len;
	uint8_t data[9000];
	size_t len;
};

/** wire_peer_open - a responder, and 10.0.2.15 or fd00::15 at its cable */
void wire_peer_open(struct wire_peer *p, bool v6);

/** wire_peer_close - free both */
void wire_peer_close(struct wire_peer *p);

/** wire_peer_counts - the responder's counts */
struct wire_counts wire_peer_counts(const struct wire_peer *p);

/** wire_peer_eth - send a frame with @len bytes after its type */
void wire_peer_eth(struct wire_peer *p, uint16_t type, const void *data,
		   size_t len);

/** wire_peer_ip - send an IP packet; ICMP, TCP and UDP get their checksums */
void wire_peer_ip(struct wire_peer *p, uint8_t proto, const void *data,
		  size_t len);

/** wire_peer_udp - send a datagram to @dport of the responder */
void wire_peer_udp(struct wire_peer *p, uint16_t dport, const void *data,
		   size_t len);

/** wire_peer_seal - put the checksum of @proto into @data, as sent by @p */
void wire_peer_seal(const struct wire_peer *p, uint8_t proto, uint8_t *data,
		    size_t len);

/** wire_peer_get - take the next answer, checking its headers and checksums;
 *  false when there is none */
bool wire_peer_get(struct wire_peer *p, struct wire_got *g);

/** wire_peer_silent - whether there is no answer; drops what there is */
bool wire_peer_silent(struct wire_peer *p);

/** wire_peer_wait - let @ms pass, in steps of what the responder asks for */
void wire_peer_wait(struct wire_peer *p, uint64_t ms);

/** wire_peer_tcp - send a segment without options */
void wire_peer_tcp(struct wire_peer *p, uint8_t flags, uint32_t seq,
		   uint32_t ack, const void *data, size_t len);

/** wire_peer_tcp_wnd - the same with a window other than 65535 */
void wire_peer_tcp_wnd(struct wire_peer *p, uint8_t flags, uint32_t seq,
		       uint32_t ack, uint16_t wnd);

/** wire_peer_syn - send SYN with @opt_len (a multiple of 4) bytes of options */
void wire_peer_syn(struct wire_peer *p, uint32_t seq, const void *opt,
		   size_t opt_len);

/** wire_peer_get_tcp - take the next segment; false when there is none */
bool wire_peer_get_tcp(struct wire_peer *p, struct wire_tcp_got *g);

/**
 * wire_peer_connect - open a connection to @port, with window scale 4
 * @mss: to announce
 * @seq: of our SYN
 *
 * Return: the responder's first sequence number.
 */
uint32_t wire_peer_connect(struct wire_peer *p, uint16_t port, uint16_t mss,
			   uint32_t seq);

/** wire_chargen - character @i of RFC 864's pattern */
uint8_t wire_chargen(uint64_t i);

#endif
