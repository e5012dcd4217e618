/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The responder's layers among themselves: eth.c finds the payload of a frame,
 * arp.c, ip4.c and ip6.c take it, ip.c hands what they found to icmp.c, udp.c
 * and tcp.c; all answer through out.c.  Only these files include this header.
 */
#ifndef TESTS_TWIN_WIRE_STACK_H
#define TESTS_TWIN_WIRE_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/twin/wire/queue.h"
#include "tests/twin/wire/wire.h"

struct wire_frag;
struct wire_tcp;

/* clang-format off */
enum {
	WIRE_ETH_HEAD  = 14,
	WIRE_ETH_IP4   = 0x0800,
	WIRE_ETH_ARP   = 0x0806,
	WIRE_ETH_VLAN  = 0x8100,
	WIRE_ETH_IP6   = 0x86dd,

	WIRE_IP4_HEAD  = 20,
	WIRE_IP6_HEAD  = 40,
	WIRE_PROTO_ICMP  = 1,
	WIRE_PROTO_TCP   = 6,
	WIRE_PROTO_UDP   = 17,
	WIRE_PROTO_FRAG6 = 44,
	WIRE_PROTO_ICMP6 = 58,
	WIRE_PROTO_NONE6 = 59,

	WIRE_PORT_ECHO    = 7,
	WIRE_PORT_DISCARD = 9,
	WIRE_PORT_CHARGEN = 19,

	WIRE_MTU_JUMBO = 9000,
	WIRE_DATA_MAX  = 65535, /* of an IP packet, headers not counted */

	/* RFC 864: 95 lines, each of 72 characters, CR and LF */
	WIRE_CHARGEN_LINE   = 74,
	WIRE_CHARGEN_PERIOD = 95 * WIRE_CHARGEN_LINE,
};
/* clang-format on */

extern const uint8_t wire_mac[6];
extern const uint8_t wire_ip4_self[4];
extern const uint8_t wire_ip4_guest[4];
extern const uint8_t wire_ip6_self[16];
extern const uint8_t wire_ip6_link[16];

/* Who talks to whom, as seen from here; enough to answer. */
struct wire_path {
	uint8_t mac[6]; /* the peer's */
	bool v6;
	uint32_t tag;      /* 802.1Q: TPID and TCI; 0: untagged */
	uint8_t local[16]; /* IPv4: the first 4 bytes; may be a group's */
	uint8_t peer[16];
};

/* A packet on its way up. */
struct wire_pkt {
	struct wire_path path;
	bool group;   /* to a broadcast or multicast address, MAC or IP */
	uint8_t hops; /* hop limit */
	uint8_t proto;
	size_t mtu;        /* greatest packet that the peer was seen to send */
	const uint8_t *ip; /* its header, for error messages about it */
	size_t ip_len;
	const uint8_t *data; /* of @proto */
	size_t len;
};

struct wire_resp {
	struct wire_queue *out;
	uint64_t now;
	uint16_t next_id; /* of IPv4 packets */
	struct wire_counts counts;
	struct wire_frag *frag;
	struct wire_tcp *tcp;
	/* any stretch of the pattern, in one piece */
	uint8_t chargen[WIRE_CHARGEN_PERIOD + WIRE_MTU_JUMBO];
	uint8_t scratch[WIRE_DATA_MAX]; /* an answer that may need fragments */
};

/* arp.c, ip4.c, ip6.c: @p->path has the MAC address and the tag */

/** wire_arp_input - answer who-has 10.0.2.2 */
void wire_arp_input(struct wire_resp *r, const struct wire_path *path,
		    const uint8_t *data, size_t len);

/** wire_ip4_input - check the header, reassemble, pass on to wire_ip_input() */
void wire_ip4_input(struct wire_resp *r, struct wire_pkt *p,
		    const uint8_t *data, size_t len);

/** wire_ip6_input - the same for IPv6, over its extension headers */
void wire_ip6_input(struct wire_resp *r, struct wire_pkt *p,
		    const uint8_t *data, size_t len);

/** wire_ip_input - a whole packet: to the protocol it is for */
void wire_ip_input(struct wire_resp *r, const struct wire_pkt *p);

/** wire_path_nobody - whether the peer has no address yet (0.0.0.0, ::) */
bool wire_path_nobody(const struct wire_path *path);

/** wire_ip_answer - the way back: @p's, from an address of ours alone */
struct wire_path wire_ip_answer(const struct wire_pkt *p);

/** wire_ip_pseudo - sum of the pseudo-header for @len bytes of @proto */
uint64_t wire_ip_pseudo(const struct wire_path *path, uint8_t proto,
			size_t len);

/* icmp.c, nd.c, udp.c, dhcp.c, tcp.c: checksums are verified there */

/** wire_icmp4_input - answer an echo request */
void wire_icmp4_input(struct wire_resp *r, const struct wire_pkt *p);

/** wire_icmp6_input - answer an echo request or a neighbour solicitation */
void wire_icmp6_input(struct wire_resp *r, const struct wire_pkt *p);

/** wire_icmp_no_port - port unreachable, for the UDP packet @p */
void wire_icmp_no_port(struct wire_resp *r, const struct wire_pkt *p);

/** wire_icmp6_send - checksum @len bytes of @r->scratch and send them */
void wire_icmp6_send(struct wire_resp *r, const struct wire_path *to,
		     size_t len, size_t mtu);

/** wire_nd_input - a neighbour solicitation; its checksum is right */
void wire_nd_input(struct wire_resp *r, const struct wire_pkt *p);

/** wire_udp_input - echo, discard, chargen, DHCP, or port unreachable */
void wire_udp_input(struct wire_resp *r, const struct wire_pkt *p);

/**
 * wire_udp_send - a datagram whose @len bytes wait in @r->scratch + 8
 * @to:    path; its local address is the source
 * @ports: source in the upper 16 bits, destination in the lower
 */
void wire_udp_send(struct wire_resp *r, const struct wire_path *to,
		   uint32_t ports, size_t len, size_t mtu);

/** wire_dhcp_input - a message to the server's port, without UDP header */
void wire_dhcp_input(struct wire_resp *r, const struct wire_pkt *p,
		     const uint8_t *data, size_t len);

/** wire_tcp_input - a segment */
void wire_tcp_input(struct wire_resp *r, const struct wire_pkt *p);

/* frag.c */

/** wire_frag_open - room for reassembly; NULL when there is no memory */
struct wire_frag *wire_frag_open(void);

/** wire_frag_close - free it; NULL is fine */
void wire_frag_close(struct wire_frag *f);

/** One fragment's place. */
struct wire_piece {
	uint32_t id;
	size_t at; /* bytes from the packet's start, a multiple of 8 */
	bool more;
};

/**
 * wire_frag_input - one more fragment of a packet
 * @p: its @data, @len and @mtu are of the fragment; @proto of the whole
 *
 * Return: true when the packet is whole: @p then shows it, borrowed until the
 *         next call.
 */
bool wire_frag_input(struct wire_resp *r, struct wire_pkt *p,
		     const struct wire_piece *piece);

/* out.c */

/**
 * wire_out_eth - begin a frame: reserve, fill in MAC addresses, tag and type
 * @len: bytes that follow the type
 *
 * Return: where they go, or NULL when there is no room; then
 *         wire_queue_commit(@r->out) sends it.
 */
uint8_t *wire_out_eth(struct wire_resp *r, const struct wire_path *to,
		      uint16_t type, size_t len);

/**
 * wire_out_ip - begin a packet of one frame: wire_out_eth and the IP header
 * @len: bytes of @proto
 */
uint8_t *wire_out_ip(struct wire_resp *r, const struct wire_path *to,
		     uint8_t proto, size_t len);

/** wire_out_send - send @r->scratch as @len bytes of @proto, in fragments
 *  when a packet would be longer than @mtu */
void wire_out_send(struct wire_resp *r, const struct wire_path *to,
		   uint8_t proto, size_t len, size_t mtu);

/* tcp.c, tcptime.c */

/** wire_tcp_open - an empty table of connections; NULL without memory */
struct wire_tcp *wire_tcp_open(void);

/** wire_tcp_close - free it and its connections; NULL is fine */
void wire_tcp_close(struct wire_tcp *t);

/** wire_tcp_pull - make segments until the queue has a good batch */
void wire_tcp_pull(struct wire_resp *r);

/** wire_tcp_deadline - earliest timer, or UINT64_MAX */
uint64_t wire_tcp_deadline(const struct wire_resp *r);

/** wire_tcp_tick - run the timers that are due at @r->now */
void wire_tcp_tick(struct wire_resp *r);

#endif
