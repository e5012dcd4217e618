/* SPDX-License-Identifier: BSD-2-Clause */
/* The responder: Ethernet, ARP, IP headers, ping, neighbour discovery. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/test_wire_peer.h"

static struct wire_peer p;
static struct wire_got g;

static void start4(void)
{
	wire_peer_open(&p, false);
}

static void start6(void)
{
	wire_peer_open(&p, true);
}

static void stop(void)
{
	wire_peer_close(&p);
}

TestSuite(wire_resp, .init = start4, .fini = stop);
TestSuite(wire_resp6, .init = start6, .fini = stop);

static const uint8_t arp[28] = {
	0,  1, 8, 0,  6, 4, 0, 1, 2, 0, 0,  0, 0, 1,
	10, 0, 2, 15, 0, 0, 0, 0, 0, 0, 10, 0, 2, 2,
};

static void send_arp(size_t at, uint8_t value, size_t len)
{
	uint8_t a[28];

	memcpy(a, arp, sizeof(a));
	a[at] = value;
	memset(p.mac_to, 0xff, 6);
	wire_peer_eth(&p, 0x0806, a, len);
}

Test(wire_resp, answers_arp)
{
	static const uint8_t want[28] = {
		0,  1, 8, 0, 6, 4, 0, 2, 0x52, 0x55, 0x0a, 0, 2, 2,
		10, 0, 2, 2, 2, 0, 0, 0, 0,    1,    10,   0, 2, 15,
	};

	send_arp(0, 0, 28);
	cr_assert(wire_peer_get(&p, &g));
	cr_assert_eq(g.type, 0x0806);
	cr_assert_arr_eq(g.frame + 14, want, 28);
	cr_assert_eq(g.len, 60);
	cr_assert(wire_peer_silent(&p));
}

Test(wire_resp, arp_for_another_address_is_not_answered)
{
	send_arp(27, 15, 28); /* a gratuitous one of the peer's */
	cr_assert(wire_peer_silent(&p));
	cr_assert_eq(wire_peer_counts(&p).not_ours, 1);
}

Test(wire_resp, arp_reply_is_not_answered)
{
	send_arp(7, 2, 28);
	cr_assert(wire_peer_silent(&p));
}

Test(wire_resp, arp_cut_short_or_of_another_kind_is_not_answered)
{
	send_arp(0, 0, 27);
	send_arp(1, 6, 28);
	send_arp(4, 8, 28);
	cr_assert(wire_peer_silent(&p));
	cr_assert_eq(wire_peer_counts(&p).bad_form, 3);
}

Test(wire_resp, frame_for_another_mac_is_not_answered)
{
	p.mac_to[5] ^= 1;
	wire_peer_eth(&p, 0x0806, arp, 28);
	cr_assert(wire_peer_silent(&p));
	cr_assert_eq(wire_peer_counts(&p).not_ours, 1);
}

Test(wire_resp, unknown_types_and_bare_headers_are_not_answered)
{
	wire_peer_eth(&p, 0x88cc, arp, 28);
	wire_peer_eth(&p, 0x0800, arp, 0);
	wire_peer_eth(&p, 0x86dd, arp, 0);
	wire_peer_eth(&p, 0x0806, arp, 0);
	wire_peer_eth(&p, 0x8100, arp, 3);
	cr_assert(wire_peer_silent(&p));
}

Test(wire_resp, frame_from_a_group_address_is_not_answered)
{
	uint8_t f[60] = {0x52, 0x55, 0x0a, 0, 2, 2, 1, 0, 0, 0, 0, 1, 8, 6};

	memcpy(f + 14, arp, 28);
	wire_resp_input(p.resp, f, sizeof(f), p.now);
	cr_assert(wire_peer_silent(&p));
	cr_assert_eq(wire_peer_counts(&p).bad_form, 1);
}

static void ping(size_t len)
{
	static uint8_t req[WIRE_FRAME_MAX];

	memset(req, 0, 8);
	req[0] = p.v6 ? 128 : 8;
	req[5] = 77;
	for (size_t i = 8; i < len; i++)
		req[i] = (uint8_t)(i * 7);
	wire_peer_ip(&p, p.v6 ? PEER_ICMP6 : PEER_ICMP, req, len);
}

static void check_pong(size_t len)
{
	cr_assert(wire_peer_get(&p, &g));
	cr_assert_eq(g.proto, p.v6 ? PEER_ICMP6 : PEER_ICMP);
	cr_assert_eq(g.data[0], p.v6 ? 129 : 0);
	cr_assert_eq(g.data[5], 77);
	cr_assert_eq(g.data_len, len);
	for (size_t i = 8; i < len; i++)
		cr_assert_eq(g.data[i], (uint8_t)(i * 7));
}

Test(wire_resp, answers_ping_of_every_size_up_to_jumbo)
{
	for (size_t len = 8; len <= 8980; len += len < 80 ? 1 : 89) {
		ping(len);
		check_pong(len);
	}
	cr_assert(wire_peer_silent(&p));
}

Test(wire_resp6, answers_ping_of_every_size_up_to_jumbo)
{
	for (size_t len = 8; len <= 8960; len += len < 80 ? 1 : 89) {
		ping(len);
		check_pong(len);
	}
}

Test(wire_resp, answers_ping_in_the_tag_it_came_with)
{
	p.tag = 0x8100a005;
	ping(100);
	check_pong(100);
	cr_assert_eq(g.tag, 0x8100a005);
	cr_assert_eq(g.len, 18 + 20 + 100);
}

Test(wire_resp6, answers_ping_in_the_tag_it_came_with)
{
	p.tag = 0x81000fff;
	ping(100);
	check_pong(100);
	cr_assert_eq(g.tag, 0x81000fff);
}

Test(wire_resp, answers_arp_in_its_tag)
{
	p.tag = 0x81000005;
	wire_peer_eth(&p, 0x0806, arp, 28);
	cr_assert(wire_peer_get(&p, &g));
	cr_assert_eq(g.tag, 0x81000005);
}

Test(wire_resp, answers_broadcast_ping_from_its_own_address)
{
	static const uint8_t all[3][4] = {
		{255, 255, 255, 255}, {10, 0, 2, 255}, {224, 0, 0, 1}};
	static const uint8_t self[4] = {10, 0, 2, 2};

	memset(p.mac_to, 0xff, 6);
	for (int i = 0; i < 3; i++) {
		memcpy(p.to, all[i], 4);
		ping(64);
		check_pong(64);
		cr_assert_arr_eq(g.ip + 12, self, 4);
	}
}

Test(wire_resp, ping_with_a_wrong_checksum_is_dropped_and_counted)
{
	p.bad_sum = true;
	ping(64);
	cr_assert(wire_peer_silent(&p));
	cr_assert_eq(wire_peer_counts(&p).bad_sums, 1);
}

Test(wire_resp6, ping_with_a_wrong_checksum_is_dropped_and_counted)
{
	p.bad_sum = true;
	ping(64);
	cr_assert(wire_peer_silent(&p));
	cr_assert_eq(wire_peer_counts(&p).bad_sums, 1);
}

Test(wire_resp, ping_for_or_from_others_is_not_answered)
{
	static const uint8_t from[][4] = {
		{0, 0, 0, 0},   {224, 0, 0, 5}, {255, 255, 255, 255},
		{127, 0, 0, 1}, {10, 0, 2, 2},
	};

	p.to[3] = 3;
	ping(64);
	p.to[3] = 2;
	for (size_t i = 0; i < 5; i++) {
		memcpy(p.from, from[i], 4);
		ping(64);
	}
	cr_assert(wire_peer_silent(&p));
}

Test(wire_resp, icmp_shorter_than_its_header_is_counted)
{
	wire_peer_ip(&p, PEER_ICMP, "\x08\0\xf7\xff", 4);
	cr_assert(wire_peer_silent(&p));
	cr_assert_eq(wire_peer_counts(&p).bad_form, 1);
}

Test(wire_resp, protocols_without_a_server_are_counted)
{
	wire_peer_ip(&p, 47, arp, 28);
	wire_peer_ip(&p, PEER_ICMP6, arp, 28);
	cr_assert(wire_peer_silent(&p));
	cr_assert_eq(wire_peer_counts(&p).not_ours, 2);
}

/* Make the sum of an IPv4 header of @len bytes right. */
static void seal4(uint8_t *h, size_t len)
{
	uint32_t sum = 0;

	h[10] = h[11] = 0;
	for (size_t i = 0; i < len; i += 2)
		sum += (uint32_t)h[i] << 8 | h[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	h[10] = (uint8_t)(~sum >> 8);
	h[11] = (uint8_t)~sum;
}

/* An IPv4 ping with one byte of its header changed, the sum made right. */
static void raw4(size_t at, uint8_t value, bool fix, size_t len)
{
	uint8_t h[28] = {0x45, 0, 0, 28, 0,  0, 0, 0, 64, 1, 0,    0,
			 10,   0, 2, 15, 10, 0, 2, 2, 8,  0, 0xf7, 0xff};

	h[at] = value;
	seal4(h, 20);
	h[11] ^= !fix;
	wire_peer_eth(&p, 0x0800, h, len);
}

Test(wire_resp, ip4_header_that_holds_is_answered)
{
	raw4(0, 0x45, true, 28);
	cr_assert_not(wire_peer_silent(&p));
}

Test(wire_resp, ip4_wrong_header_sum_is_counted)
{
	raw4(0, 0x45, false, 28);
	cr_assert(wire_peer_silent(&p));
	cr_assert_eq(wire_peer_counts(&p).bad_sums, 1);
}

Test(wire_resp, ip4_wrong_version_or_lengths_are_counted)
{
	raw4(0, 0x65, true, 28);
	raw4(0, 0x44, true, 28);
	raw4(0, 0x4f, true, 28);
	raw4(3, 19, true, 28);
	raw4(3, 29, true, 28);
	raw4(3, 28, true, 27);
	raw4(3, 28, true, 19);
	cr_assert(wire_peer_silent(&p));
	cr_assert_eq(wire_peer_counts(&p).bad_form, 7);
}

Test(wire_resp, ip4_padding_does_not_count)
{
	uint8_t padded[46] = {0x45, 0, 0, 28, 0,  0, 0, 0, 64, 1, 0x62, 0xce,
			      10,   0, 2, 15, 10, 0, 2, 2, 8,  0, 0xf7, 0xff};

	seal4(padded, 20);
	memset(padded + 28, 0xaa, sizeof(padded) - 28);
	wire_peer_eth(&p, 0x0800, padded, sizeof(padded));
	cr_assert(wire_peer_get(&p, &g));
	cr_assert_eq(g.data_len, 8);
}

Test(wire_resp, ip4_options_are_skipped)
{
	uint8_t h[32] = {0x46, 0,    0,  32, 0, 0,  0,    0,   64, 1,
			 0x60, 0xc8, 10, 0,  2, 15, 10,   0,   2,  2,
			 1,    1,    1,  1,  8, 0,  0xf7, 0xff};

	seal4(h, 24);
	wire_peer_eth(&p, 0x0800, h, sizeof(h));
	cr_assert(wire_peer_get(&p, &g));
	cr_assert_eq(g.data_len, 8);
}

/* Neighbour discovery */

static const uint8_t self6[16] = {0xfd, [15] = 2};
static const uint8_t link6[16] = {0xfe, 0x80, [8] = 0x50, 0x55, 0x0a,
				  0xff, 0xfe, 0,          2,    2};
static const uint8_t group6[16] = {0xff, 2, [11] = 1, 0xff, 0, 0, 2};

static void solicit(const uint8_t *target, size_t len)
{
	uint8_t ns[32] = {135, [24] = 1, 1, 2, 0, 0, 0, 0, 1};

	memcpy(ns + 8, target, 16);
	memcpy(p.to, group6, 16);
	memcpy(p.mac_to, (uint8_t[]){0x33, 0x33, 0xff, 0, 0, 2}, 6);
	wire_peer_ip(&p, PEER_ICMP6, ns, len);
}

Test(wire_resp6, answers_neighbour_solicitation)
{
	solicit(self6, 32);
	cr_assert(wire_peer_get(&p, &g));
	cr_assert_eq(g.data[0], 136);
	cr_assert_eq(g.data[4], 0x60, "solicited, override, no router");
	cr_assert_arr_eq(g.data + 8, self6, 16);
	cr_assert_arr_eq(g.data + 24,
			 ((uint8_t[]){2, 1, 0x52, 0x55, 0x0a, 0, 2, 2}), 8);
	cr_assert_eq(g.ip[7], 255);
	cr_assert_arr_eq(g.ip + 8, self6, 16);
}

Test(wire_resp6, answers_for_its_link_local_address)
{
	solicit(link6, 32);
	cr_assert(wire_peer_get(&p, &g));
	cr_assert_arr_eq(g.ip + 8, link6, 16);
}

Test(wire_resp6, defends_its_address_to_everybody)
{
	static const uint8_t all[16] = {0xff, 2, [15] = 1};

	memset(p.from, 0, 16);
	solicit(self6, 24);
	cr_assert(wire_peer_get(&p, &g));
	cr_assert_eq(g.data[4], 0x20);
	cr_assert_arr_eq(g.ip + 24, all, 16);
	cr_assert_arr_eq(g.frame, ((uint8_t[]){0x33, 0x33, 0, 0, 0, 1}), 6);
}

Test(wire_resp6, solicitation_for_another_is_not_answered)
{
	uint8_t other[16] = {0xfd, [15] = 3};

	solicit(other, 32);
	cr_assert(wire_peer_silent(&p));
	cr_assert_eq(wire_peer_counts(&p).not_ours, 1);
}

Test(wire_resp6, solicitation_cut_short_or_with_empty_option_is_counted)
{
	uint8_t ns[32] = {135, [24] = 1, 0};

	solicit(self6, 20);
	solicit(self6, 25);
	memcpy(ns + 8, self6, 16);
	wire_peer_ip(&p, PEER_ICMP6, ns, 32);
	cr_assert(wire_peer_silent(&p));
	cr_assert_eq(wire_peer_counts(&p).bad_form, 3);
}

Test(wire_resp6, router_solicitation_is_not_answered)
{
	wire_peer_ip(&p, PEER_ICMP6, "\x85\0\0\0\0\0\0\0", 8);
	cr_assert(wire_peer_silent(&p));
}

Test(wire_resp6, ping_to_all_nodes_is_answered_from_the_peers_scope)
{
	static const uint8_t all[16] = {0xff, 2, [15] = 1};

	memcpy(p.to, all, 16);
	ping(64);
	check_pong(64);
	cr_assert_arr_eq(g.ip + 8, self6, 16);
	p.from[0] = 0xfe;
	p.from[1] = 0x80;
	ping(64);
	check_pong(64);
	cr_assert_arr_eq(g.ip + 8, link6, 16);
}

Test(wire_resp6, ping_from_nobody_a_group_or_ourselves_is_not_answered)
{
	memset(p.from, 0, 16);
	ping(64);
	p.from[0] = 0xff;
	ping(64);
	memcpy(p.from, self6, 16);
	ping(64);
	cr_assert(wire_peer_silent(&p));
}

/* Extension headers before a ping. */
static void extended(uint8_t first, const uint8_t *ext, size_t len)
{
	uint8_t d[200] = {0};

	memcpy(d, ext, len);
	d[len] = 128;
	wire_peer_seal(&p, PEER_ICMP6, d + len, 16);
	wire_peer_ip(&p, first, d, len + 16);
}

Test(wire_resp6, walks_over_extension_headers)
{
	static const uint8_t both[24] = {60, 1, [16] = 58};

	extended(0, both, 24);
	cr_assert(wire_peer_get(&p, &g));
	cr_assert_eq(g.data[0], 129);
	cr_assert_eq(g.data_len, 16);
}

Test(wire_resp6, extension_header_over_the_end_is_counted)
{
	static const uint8_t ext[8] = {58, 9};

	extended(0, ext, 8);
	cr_assert(wire_peer_silent(&p));
	cr_assert_eq(wire_peer_counts(&p).bad_form, 1);
}

Test(wire_resp6, routing_header_with_hops_left_is_not_answered)
{
	static const uint8_t ext[8] = {58, 0, 0, 1};

	extended(43, ext, 8);
	cr_assert(wire_peer_silent(&p));
	extended(43, (uint8_t[8]){58}, 8);
	cr_assert_not(wire_peer_silent(&p));
}

Test(wire_resp6, wrong_version_or_length_is_counted)
{
	uint8_t h[48] = {0x60, 0, 0, 0, 0, 9, 58, 64, 0xfd};

	memcpy(h + 24, self6, 16);
	wire_peer_eth(&p, 0x86dd, h, 48);
	h[5] = 8;
	h[0] = 0x40;
	wire_peer_eth(&p, 0x86dd, h, 48);
	wire_peer_eth(&p, 0x86dd, h, 39);
	cr_assert(wire_peer_silent(&p));
	cr_assert_eq(wire_peer_counts(&p).bad_form, 3);
}
