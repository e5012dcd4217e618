/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets in pieces: put together, answered in pieces, and all that can be
 * wrong with them. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/twin/wire/stack.h"
#include "tests/unit/test_wire_peer.h"

static struct wire_peer p;
static struct wire_got g;
static uint8_t msg[65536];
static uint8_t back[65536];

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

TestSuite(wire_frag, .init = start4, .fini = stop);
TestSuite(wire_frag6, .init = start6, .fini = stop);

/* A ping of @len bytes in msg, to be sent in pieces. */
static void make(size_t len)
{
	for (size_t i = 0; i < len; i++)
		msg[i] = (uint8_t)(i * 13 >> 2);
	memset(msg, 0, 8);
	msg[0] = p.v6 ? 128 : 8;
	wire_peer_seal(&p, p.v6 ? PEER_ICMP6 : PEER_ICMP, msg, len);
}

static void piece(size_t at, size_t len, bool more)
{
	uint8_t d[9000] = {PEER_ICMP6};

	if (p.v6) {
		d[2] = (uint8_t)(at >> 8);
		d[3] = (uint8_t)(at | more);
		d[7] = (uint8_t)p.id;
		memcpy(d + 8, msg + at, len);
		wire_peer_ip(&p, 44, d, len + 8);
		return;
	}
	p.frag = (uint16_t)(at / 8 | (more ? 0x2000 : 0));
	wire_peer_ip(&p, PEER_ICMP, msg + at, len);
}

static void pieces(size_t len, size_t size)
{
	for (size_t at = 0; at < len; at += size)
		piece(at, at + size < len ? size : len - at, at + size < len);
}

/* The answer's pieces, none longer than @most, are msg but for its head. */
static void check(size_t len, size_t most)
{
	size_t at, got = 0;

	while (got < len) {
		cr_assert(wire_peer_get(&p, &g), "%zu of %zu bytes", got, len);
		at = 8u * (g.frag & 0x1fff);
		if (p.v6) {
			cr_assert_eq(g.proto, 44);
			at = (size_t)g.data[2] << 8 | (g.data[3] & 0xf8);
			g.data += 8;
			g.data_len -= 8;
		}
		cr_assert(g.data_len <= most);
		cr_assert(at + g.data_len <= len);
		memcpy(back + at, g.data, g.data_len);
		got += g.data_len;
	}
	cr_assert_eq(got, len);
	cr_assert_eq(back[0], p.v6 ? 129 : 0);
	cr_assert_arr_eq(back + 4, msg + 4, len - 4);
	cr_assert(wire_peer_silent(&p));
}

Test(wire_frag, ping_of_8000_bytes_at_mtu_1500)
{
	make(8008);
	pieces(8008, 1480);
	check(8008, 1480);
}

Test(wire_frag6, ping_of_8000_bytes_at_mtu_1500)
{
	make(8008);
	pieces(8008, 1448);
	check(8008, 1448);
}

Test(wire_frag, ping_of_the_greatest_size)
{
	make(65515);
	pieces(65515, 1480);
	check(65515, 1480);
}

Test(wire_frag6, ping_of_the_greatest_size)
{
	make(65527);
	pieces(65527, 8952);
	check(65527, 8952);
}

Test(wire_frag, pieces_in_any_order_and_two_packets_at_a_time)
{
	make(4008);
	for (size_t at = 4000; at; at -= 1000) {
		p.id = 1;
		piece(at, at == 4000 ? 8 : 1000, at != 4000);
		p.id = 2;
		piece(at, at == 4000 ? 8 : 1000, at != 4000);
	}
	piece(0, 1000, true);
	check(4008, 1000);
	p.id = 1;
	piece(0, 1000, true);
	check(4008, 1000);
}

Test(wire_frag, tiny_pieces_are_answered_in_greater_ones)
{
	make(4096);
	pieces(4096, 8);
	check(4096, 556);
}

Test(wire_frag6, piece_that_is_all_is_answered_at_once)
{
	make(100);
	piece(0, 100, false);
	cr_assert(wire_peer_get(&p, &g));
	cr_assert_eq(g.data_len, 100);
}

Test(wire_frag, keeps_the_tag)
{
	p.tag = 0x81000007;
	make(3000);
	pieces(3000, 1480);
	cr_assert(wire_peer_get(&p, &g));
	cr_assert_eq(g.tag, 0x81000007);
}

Test(wire_frag, overlap_ends_the_packet)
{
	make(3000);
	piece(0, 1480, true);
	piece(1472, 8, true);
	piece(1480, 1520, false);
	cr_assert(wire_peer_silent(&p));
	cr_assert_eq(wire_peer_counts(&p).bad_form, 1);
}

Test(wire_frag, two_ends_end_the_packet)
{
	make(3000);
	piece(1480, 1520, false);
	piece(1000, 480, false);
	piece(0, 1000, true);
	cr_assert(wire_peer_silent(&p));
}

Test(wire_frag, piece_beyond_the_end_ends_the_packet)
{
	make(3000);
	piece(800, 200, false);
	piece(1000, 800, true);
	piece(0, 800, true);
	cr_assert(wire_peer_silent(&p));
}

Test(wire_frag, piece_of_odd_length_with_more_to_come_is_counted)
{
	make(3000);
	piece(0, 1481, true);
	cr_assert_eq(wire_peer_counts(&p).bad_form, 1);
}

Test(wire_frag, piece_beyond_65535_is_counted)
{
	p.frag = 0x1fff;
	wire_peer_ip(&p, PEER_ICMP, msg, 100);
	cr_assert(wire_peer_silent(&p));
	cr_assert_eq(wire_peer_counts(&p).bad_form, 1);
}

Test(wire_frag, empty_piece_is_counted)
{
	piece(8, 0, false);
	cr_assert_eq(wire_peer_counts(&p).bad_form, 1);
}

Test(wire_frag6, fragment_header_cut_short_is_counted)
{
	wire_peer_ip(&p, 44, msg, 7);
	cr_assert_eq(wire_peer_counts(&p).bad_form, 1);
}

Test(wire_frag, wrong_checksum_of_the_whole_is_counted)
{
	make(3000);
	msg[2999] ^= 1;
	pieces(3000, 1480);
	cr_assert(wire_peer_silent(&p));
	cr_assert_eq(wire_peer_counts(&p).bad_sums, 1);
}

Test(wire_frag, pieces_are_forgotten_after_a_while)
{
	make(3000);
	piece(0, 1480, true);
	p.now += 16000 * PEER_MS;
	piece(1480, 1520, false);
	cr_assert(wire_peer_silent(&p));
}

Test(wire_frag, flood_of_first_pieces_costs_the_oldest)
{
	make(3000);
	for (p.id = 1; p.id < 1000; p.id++, p.now++)
		piece(0, 1480, true);
	p.id = 999;
	piece(1480, 1520, false);
	check(3000, 1520);
	p.id = 1;
	piece(1480, 1520, false);
	cr_assert(wire_peer_silent(&p));
}

Test(wire_frag, of_different_protocols_are_not_mixed)
{
	make(3000);
	piece(0, 1480, true);
	wire_peer_ip(&p, PEER_UDP, msg, 1480);
	cr_assert(wire_peer_silent(&p));
}

/* The whole is a fragment again, with the same id: where would it be put? */
Test(wire_frag6, a_fragment_in_what_was_put_together_is_dropped)
{
	uint8_t d[24] = {44, 0, 0, 1, 0, 0, 0, 7};

	d[8] = PEER_ICMP6; /* the inner fragment header */
	d[11] = 1;
	d[15] = 7;
	wire_peer_ip(&p, 44, d, 24);
	cr_assert_eq(p.resp->counts.bad_form, 0);
	d[2] = 0;
	d[3] = 16; /* at 16, the last */
	wire_peer_ip(&p, 44, d, 24);
	cr_assert_eq(p.resp->counts.bad_form, 1);
}
