/* SPDX-License-Identifier: BSD-2-Clause */
/* TCP: opening, data each way, windows.  Closing is in test_wire_close.c, loss
 * in test_wire_loss.c. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/test_wire_peer.h"

#define WINDOW (1u << 19)

static struct wire_peer p;
static struct wire_tcp_got g;
static uint8_t data[1 << 20];

static void start4(void)
{
	wire_peer_open(&p, false);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 31 >> 3);
}

static void start6(void)
{
	start4();
	wire_peer_close(&p);
	wire_peer_open(&p, true);
}

static void stop(void)
{
	wire_peer_close(&p);
}

TestSuite(wire_tcp, .init = start4, .fini = stop);
TestSuite(wire_tcp6, .init = start6, .fini = stop);

static void want(uint8_t flags, uint32_t seq, uint32_t ack, size_t len)
{
	cr_assert(wire_peer_get_tcp(&p, &g));
	cr_assert_eq(g.flags & ~PEER_PSH, flags, "flags %02x", g.flags);
	cr_assert_eq(g.seq, seq, "SEQ %u, not %u", g.seq, seq);
	cr_assert_eq(g.ack, ack, "ACK %u, not %u", g.ack, ack);
	cr_assert_eq(g.len, len, "%zu bytes", g.len);
}

Test(wire_tcp, syn_is_answered_with_mss_scale_and_a_large_window)
{
	uint8_t opt[8] = {2, 4, 5, 0xb4, 1, 3, 3, 7};

	p.dport = 9;
	wire_peer_syn(&p, 1000, opt, 8);
	cr_assert(wire_peer_get_tcp(&p, &g));
	cr_assert_eq(g.flags, PEER_SYN | PEER_ACK);
	cr_assert_eq(g.ack, 1001);
	cr_assert_eq(g.wnd, 0xffff);
	cr_assert_eq(g.opt_len, 8);
	cr_assert_arr_eq(g.opt, "\2\4\x23\0\1\3\3\4", 8);
	wire_peer_tcp(&p, PEER_ACK, 1001, g.seq + 1, NULL, 0);
	wire_peer_tcp(&p, PEER_ACK | PEER_PSH, 1001, g.seq + 1, "x", 1);
	want(PEER_ACK, g.seq + 1, 1002, 0);
	cr_assert_eq(g.wnd << 4, WINDOW);
	cr_assert_eq(wire_peer_counts(&p).tcp_opens, 1);
}

Test(wire_tcp6, syn_is_answered_with_a_smaller_mss)
{
	p.dport = 9;
	wire_peer_syn(&p, 1000, "\2\4\5\xa0", 4);
	cr_assert(wire_peer_get_tcp(&p, &g));
	cr_assert_arr_eq(g.opt, "\2\4\x22\xec", 4);
}

Test(wire_tcp, without_scale_the_window_is_not_scaled)
{
	p.dport = 9;
	wire_peer_syn(&p, 1000, "", 0);
	cr_assert(wire_peer_get_tcp(&p, &g));
	cr_assert_eq(g.opt[4], 0, "no scale option");
	wire_peer_tcp(&p, PEER_ACK, 1001, g.seq + 1, NULL, 0);
	wire_peer_tcp(&p, PEER_ACK | PEER_PSH, 1001, g.seq + 1, "x", 1);
	want(PEER_ACK, g.seq + 1, 1002, 0);
	cr_assert_eq(g.wnd, 0xffff);
}

Test(wire_tcp, options_that_are_broken_are_left_alone)
{
	static const uint8_t bad[][4] = {
		{2, 0, 0, 0},  {2, 1, 5, 5}, {2, 40, 5, 5},
		{3, 40, 1, 1}, {1, 1, 1, 2}, {200, 4, 1, 1},
	};

	p.dport = 9;
	for (size_t i = 0; i < 6; i++) {
		p.sport++;
		wire_peer_syn(&p, 1000, bad[i], 4);
		cr_assert(wire_peer_get_tcp(&p, &g));
		cr_assert_eq(g.flags, PEER_SYN | PEER_ACK);
		cr_assert_eq(g.ack, 1001);
	}
}

Test(wire_tcp, syn_to_a_port_without_service_is_reset)
{
	p.dport = 80;
	wire_peer_syn(&p, 1000, "", 0);
	want(PEER_RST | PEER_ACK, 0, 1001, 0);
}

Test(wire_tcp, ack_of_no_connection_is_reset_at_its_ack)
{
	p.dport = 7;
	wire_peer_tcp(&p, PEER_ACK, 5, 77, "abc", 3);
	want(PEER_RST, 77, 0, 0);
	wire_peer_tcp(&p, PEER_ACK | PEER_SYN, 5, 78, NULL, 0);
	want(PEER_RST, 78, 0, 0);
}

Test(wire_tcp, segment_without_flags_or_syn_with_fin_is_reset)
{
	p.dport = 7;
	wire_peer_tcp(&p, 0, 5, 0, "abc", 3);
	want(PEER_RST | PEER_ACK, 0, 8, 0);
	wire_peer_tcp(&p, PEER_SYN | PEER_FIN, 5, 0, NULL, 0);
	want(PEER_RST | PEER_ACK, 0, 7, 0);
}

Test(wire_tcp, reset_of_no_connection_is_not_answered)
{
	p.dport = 7;
	wire_peer_tcp(&p, PEER_RST, 5, 0, NULL, 0);
	wire_peer_tcp(&p, PEER_RST | PEER_ACK, 5, 6, NULL, 0);
	wire_peer_tcp(&p, PEER_RST | PEER_SYN, 5, 6, NULL, 0);
	cr_assert(wire_peer_silent(&p));
}

Test(wire_tcp, wrong_checksum_is_dropped_and_counted)
{
	uint32_t iss = wire_peer_connect(&p, 7, 1460, 1000);

	p.bad_sum = true;
	wire_peer_tcp(&p, PEER_ACK | PEER_PSH, 1001, iss + 1, "x", 1);
	cr_assert(wire_peer_silent(&p));
	cr_assert_eq(wire_peer_counts(&p).bad_sums, 1);
}

Test(wire_tcp, header_cut_short_or_over_the_end_is_counted)
{
	uint8_t h[24] = {1, 1, 0, 7, [12] = 0x70, PEER_SYN};

	wire_peer_ip(&p, PEER_TCP, h, 24);
	h[12] = 0x40;
	wire_peer_ip(&p, PEER_TCP, h, 24);
	wire_peer_ip(&p, PEER_TCP, h, 19);
	cr_assert(wire_peer_silent(&p));
	cr_assert_eq(wire_peer_counts(&p).bad_form, 3);
}

Test(wire_tcp, syn_to_a_group_is_not_answered)
{
	memset(p.to, 255, 4);
	memset(p.mac_to, 255, 6);
	p.dport = 7;
	wire_peer_syn(&p, 1, "", 0);
	cr_assert(wire_peer_silent(&p));
}

Test(wire_tcp, syn_again_gets_the_same_answer_again)
{
	uint32_t iss;

	p.dport = 7;
	wire_peer_syn(&p, 1000, "", 0);
	cr_assert(wire_peer_get_tcp(&p, &g));
	iss = g.seq;
	p.now += 5 * PEER_MS;
	wire_peer_syn(&p, 1000, "", 0);
	want(PEER_SYN | PEER_ACK, iss, 1001, 0);
}

Test(wire_tcp, handshake_with_a_wrong_ack_is_reset)
{
	p.dport = 7;
	wire_peer_syn(&p, 1000, "", 0);
	cr_assert(wire_peer_get_tcp(&p, &g));
	wire_peer_tcp(&p, PEER_ACK, 1001, g.seq + 2, NULL, 0);
	cr_assert(wire_peer_get_tcp(&p, &g));
	cr_assert(g.flags & PEER_RST);
	cr_assert_eq(wire_peer_counts(&p).tcp_opens, 0);
}

/* Send @len bytes of data to echo in segments, acknowledging what comes back
 * and comparing it. */
static void through_echo(size_t len, uint32_t seq, uint32_t iss)
{
	size_t out = 0, in = 0;

	while (in < len) {
		size_t n = len - out < 1460 ? len - out : 1460;

		if (n)
			wire_peer_tcp(&p, PEER_ACK, seq + (uint32_t)out,
				      iss + (uint32_t)in, data + out % 65536,
				      n);
		out += n;
		while (wire_peer_get_tcp(&p, &g)) {
			if (!g.len)
				continue;
			cr_assert_eq(g.seq, iss + (uint32_t)in);
			for (size_t i = 0; i < g.len; i++, in++)
				cr_assert_eq(g.data[i],
					     data[in / 1460 * 1460 % 65536 +
						  in % 1460]);
		}
		if (!n)
			wire_peer_tcp(&p, PEER_ACK, seq + (uint32_t)out,
				      iss + (uint32_t)in, NULL, 0);
	}
}

Test(wire_tcp, echo_gives_back_what_it_gets_over_many_rings)
{
	uint32_t iss = wire_peer_connect(&p, 7, 1460, 1000);

	through_echo(3 * WINDOW + 12345, 1001, iss + 1);
}

Test(wire_tcp6, echo_gives_back_what_it_gets)
{
	uint32_t iss = wire_peer_connect(&p, 7, 1440, 1000);

	through_echo(200000, 1001, iss + 1);
}

Test(wire_tcp, echo_over_the_wrap_of_both_sequence_numbers)
{
	uint32_t iss;

	/* the first number moves by one each 4.096 us: wait for its wrap */
	iss = wire_peer_connect(&p, 7, 1460, 1000);
	p.now += (uint64_t)(0u - iss - 20000) << 12;
	p.sport++;
	iss = wire_peer_connect(&p, 7, 1460, 0u - 30000);
	for (int i = 0; i < 100 && iss < 0u - 100000; i++) {
		p.now += (uint64_t)(0u - iss - 20000) << 12;
		wire_peer_tcp(&p, PEER_RST, 0u - 29999, 0, NULL, 0);
		iss = wire_peer_connect(&p, 7, 1460, 0u - 30000);
	}
	cr_assert(iss >= 0u - 100000, "ISS %u", iss);
	through_echo(300000, 0u - 29999, iss + 1);
}

Test(wire_tcp, keeps_the_tag_and_knows_connections_by_it)
{
	static struct wire_got f;
	uint32_t iss;

	p.tag = 0x81006005;
	iss = wire_peer_connect(&p, 7, 1460, 1000);
	p.tag = 0x81000005; /* other priority, same network */
	wire_peer_tcp(&p, PEER_ACK, 1001, iss + 1, "hi", 2);
	cr_assert(wire_peer_get(&p, &f));
	cr_assert_eq(f.tag & 0xffff0fff, 0x81000005);
	cr_assert_eq(f.data_len, 22);
	p.tag = 0x81000006;
	wire_peer_tcp(&p, PEER_ACK, 1001, iss + 1, "hi", 2);
	cr_assert(wire_peer_get(&p, &f));
	cr_assert(f.data[13] & PEER_RST);
}

Test(wire_tcp, chargen_is_the_pattern_from_the_first_byte_on)
{
	uint32_t iss = wire_peer_connect(&p, 19, 1460, 1000);
	uint32_t seq = iss + 1;
	uint64_t at = 0;

	while (at < 100000) {
		if (!wire_peer_get_tcp(&p, &g)) {
			wire_peer_tcp(&p, PEER_ACK, 1001, seq, NULL, 0);
			continue;
		}
		cr_assert_eq(g.seq, seq);
		cr_assert_eq(g.len, 1460);
		for (size_t i = 0; i < g.len; i++)
			cr_assert_eq(g.data[i], wire_chargen(at++));
		seq += (uint32_t)g.len;
	}
}

static size_t first_segment(uint16_t mss)
{
	wire_peer_connect(&p, 19, mss, 1000);
	cr_assert(wire_peer_get_tcp(&p, &g));
	return g.len;
}

Test(wire_tcp, segments_are_as_long_as_the_peers_mss)
{
	cr_assert_eq(first_segment(1460), 1460);
	p.sport++;
	wire_peer_silent(&p);
	cr_assert_eq(first_segment(8960), 8960);
	p.sport++;
	wire_peer_silent(&p);
	cr_assert_eq(first_segment(536), 536);
}

Test(wire_tcp, mss_of_nothing_and_of_65535_are_bounded)
{
	cr_assert_eq(first_segment(0), 64);
	p.sport++;
	wire_peer_silent(&p);
	cr_assert_eq(first_segment(65535), 8960);
}

Test(wire_tcp, chargen_keeps_to_the_peers_window)
{
	uint32_t iss = wire_peer_connect(&p, 19, 1460, 1000);
	uint32_t most = iss + 1;

	wire_peer_silent(&p);
	p.sport++;
	iss = wire_peer_connect(&p, 19, 1460, 1000);
	most = iss + 1;
	wire_peer_tcp_wnd(&p, PEER_ACK, 1001, iss + 1, 200); /* 3200 */
	while (wire_peer_get_tcp(&p, &g))
		most = g.seq + (uint32_t)g.len;
	cr_assert_eq(most, iss + 1 + 2920, "whole segments only");
}

Test(wire_tcp, discard_takes_all_and_acks_every_second_segment)
{
	uint32_t iss = wire_peer_connect(&p, 9, 1460, 1000);
	uint32_t seq = 1001;
	size_t acks = 0;

	for (int i = 0; i < 1000; i++) {
		wire_peer_tcp(&p, PEER_ACK, seq, iss + 1, data, 1460);
		seq += 1460;
		while (wire_peer_get_tcp(&p, &g)) {
			cr_assert_eq(g.ack, seq);
			cr_assert_eq(g.len, 0);
			cr_assert_eq(g.wnd << 4, WINDOW);
			acks++;
		}
	}
	cr_assert_eq(acks, 500);
}

Test(wire_tcp, one_ack_answers_all_that_came_meanwhile)
{
	uint32_t iss = wire_peer_connect(&p, 9, 1460, 1000);

	for (uint32_t i = 0; i < 45; i++)
		wire_peer_tcp(&p, PEER_ACK, 1001 + i * 1460, iss + 1, data,
			      1460);
	want(PEER_ACK, iss + 1, 1001 + 45 * 1460, 0);
	cr_assert(wire_peer_silent(&p));
}

Test(wire_tcp, a_single_segment_is_acked_after_40_ms_or_when_pushed)
{
	uint32_t iss = wire_peer_connect(&p, 9, 1460, 1000);

	wire_peer_tcp(&p, PEER_ACK, 1001, iss + 1, data, 100);
	wire_peer_wait(&p, 39);
	cr_assert(wire_peer_silent(&p));
	wire_peer_wait(&p, 2);
	want(PEER_ACK, iss + 1, 1101, 0);
	wire_peer_tcp(&p, PEER_ACK | PEER_PSH, 1101, iss + 1, data, 100);
	want(PEER_ACK, iss + 1, 1201, 0);
}

Test(wire_tcp, echo_closes_its_window_when_its_bytes_are_not_taken)
{
	uint32_t iss = wire_peer_connect(&p, 7, 1460, 1000);
	uint32_t seq = 1001;
	uint32_t room = WINDOW;

	wire_peer_tcp_wnd(&p, PEER_ACK, seq, iss + 1, 0);
	while (room) {
		uint32_t n = room < 1024 ? room : 1024;

		wire_peer_tcp_wnd(&p, PEER_ACK, seq, iss + 1, 0);
		wire_peer_tcp(&p, PEER_ACK, seq, iss + 1 - 1, data, n);
		seq += n;
		room -= n;
		while (wire_peer_get_tcp(&p, &g))
			room = g.ack + (g.wnd << 4) - seq;
		cr_assert(room <= WINDOW);
	}
	cr_assert_eq(seq, 1001 + WINDOW);
	wire_peer_tcp(&p, PEER_ACK, seq, iss, "over", 4); /* a probe */
	want(PEER_ACK, iss + 1, seq, 0);
	cr_assert_eq(g.wnd, 0);
}
