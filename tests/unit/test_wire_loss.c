/* SPDX-License-Identifier: BSD-2-Clause */
/* TCP when segments are lost, late or out of order, and when time passes. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/test_wire_peer.h"

static struct wire_peer p;
static struct wire_tcp_got g;
static uint8_t data[1 << 20];

static void start(void)
{
	wire_peer_open(&p, false);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 31 >> 3);
}

static void stop(void)
{
	wire_peer_close(&p);
}

TestSuite(wire_loss, .init = start, .fini = stop);

static void want(uint8_t flags, uint32_t seq, uint32_t ack, size_t len)
{
	cr_assert(wire_peer_get_tcp(&p, &g));
	cr_assert_eq(g.flags & ~PEER_PSH, flags, "flags %02x", g.flags);
	cr_assert_eq(g.seq, seq, "SEQ %u, not %u", g.seq, seq);
	cr_assert_eq(g.ack, ack, "ACK %u, not %u", g.ack, ack);
	cr_assert_eq(g.len, len, "%zu bytes", g.len);
}

/* What the peer sends */

Test(wire_loss, each_segment_beyond_a_gap_is_answered_with_an_ack)
{
	uint32_t iss = wire_peer_connect(&p, 9, 1460, 1000);

	for (uint32_t i = 1; i < 5; i++)
		wire_peer_tcp(&p, PEER_ACK, 1001 + i * 1000, iss + 1, data,
			      1000);
	for (int i = 0; i < 4; i++)
		want(PEER_ACK, iss + 1, 1001, 0);
	cr_assert(wire_peer_silent(&p));
	wire_peer_tcp(&p, PEER_ACK, 1001, iss + 1, data, 1000);
	want(PEER_ACK, iss + 1, 6001, 0);
}

Test(wire_loss, echo_puts_segments_of_any_order_right)
{
	uint32_t iss = wire_peer_connect(&p, 7, 8960, 1000);
	static const uint32_t order[] = {3, 1, 4, 2, 7, 5, 0, 6};
	uint8_t back[8000];
	size_t in = 0;

	for (size_t i = 0; i < 8; i++)
		wire_peer_tcp(&p, PEER_ACK, 1001 + order[i] * 1000, iss + 1,
			      data + order[i] * 1000, 1000);
	while (wire_peer_get_tcp(&p, &g)) {
		if (!g.len)
			continue;
		cr_assert_eq(g.seq, iss + 1 + in);
		memcpy(back + in, g.data, g.len);
		in += g.len;
	}
	cr_assert_eq(in, 8000);
	cr_assert_arr_eq(back, data, 8000);
}

Test(wire_loss, overlapping_segments_count_once)
{
	uint32_t iss = wire_peer_connect(&p, 7, 8960, 1000);

	wire_peer_tcp(&p, PEER_ACK, 1401, iss + 1, data + 400, 300);
	wire_peer_tcp(&p, PEER_ACK, 1301, iss + 1, data + 300, 200);
	wire_peer_tcp(&p, PEER_ACK, 1001, iss + 1, data, 350);
	wire_peer_tcp(&p, PEER_ACK, 1001, iss + 1, data, 500);
	do
		cr_assert(wire_peer_get_tcp(&p, &g));
	while (!g.len);
	cr_assert_eq(g.ack, 1701);
	cr_assert_eq(g.len, 700);
	cr_assert_arr_eq(g.data, data, 700);
}

Test(wire_loss, more_gaps_than_can_be_kept_are_sent_again)
{
	uint32_t iss = wire_peer_connect(&p, 9, 1460, 1000);

	for (uint32_t i = 1; i < 40; i += 2)
		wire_peer_tcp(&p, PEER_ACK, 1001 + i * 100, iss + 1, data, 100);
	wire_peer_silent(&p);
	for (uint32_t i = 0; i < 40; i++)
		wire_peer_tcp(&p, PEER_ACK, 1001 + i * 100, iss + 1, data, 100);
	do
		cr_assert(wire_peer_get_tcp(&p, &g));
	while (g.ack != 5001);
}

Test(wire_loss, data_we_have_is_acked_again)
{
	uint32_t iss = wire_peer_connect(&p, 9, 1460, 1000);

	wire_peer_tcp(&p, PEER_ACK | PEER_PSH, 1001, iss + 1, data, 100);
	want(PEER_ACK, iss + 1, 1101, 0);
	wire_peer_tcp(&p, PEER_ACK, 1001, iss + 1, data, 100);
	want(PEER_ACK, iss + 1, 1101, 0);
	wire_peer_tcp(&p, PEER_ACK, 901, iss + 1, data, 100);
	want(PEER_ACK, iss + 1, 1101, 0);
}

Test(wire_loss, data_beyond_the_window_is_cut_off_or_refused)
{
	uint32_t iss = wire_peer_connect(&p, 9, 1460, 1000);

	wire_peer_tcp(&p, PEER_ACK, 1001 + (1u << 19) + 1, iss + 1, data, 9);
	want(PEER_ACK, iss + 1, 1001, 0);
	wire_peer_tcp(&p, PEER_ACK, 1001 + (1u << 31), iss + 1, data, 9);
	want(PEER_ACK, iss + 1, 1001, 0);
}

/* What we send */

Test(wire_loss, syn_ack_is_repeated_and_given_up)
{
	size_t n = 0;

	p.dport = 7;
	wire_peer_syn(&p, 1000, "", 0);
	wire_peer_wait(&p, 60000);
	while (wire_peer_get_tcp(&p, &g))
		n++;
	cr_assert_eq(n, 6, "%zu", n);
	cr_assert(g.flags & PEER_RST);
	cr_assert_eq(wire_resp_deadline(p.resp), UINT64_MAX);
}

Test(wire_loss, lost_segment_is_sent_again_after_its_timeout)
{
	uint32_t iss = wire_peer_connect(&p, 7, 1460, 1000);

	wire_peer_tcp(&p, PEER_ACK, 1001, iss + 1, "abc", 3);
	want(PEER_ACK, iss + 1, 1004, 3);
	wire_peer_wait(&p, 190);
	cr_assert(wire_peer_silent(&p));
	wire_peer_wait(&p, 20);
	want(PEER_ACK, iss + 1, 1004, 3);
	cr_assert_arr_eq(g.data, "abc", 3);
	wire_peer_wait(&p, 380); /* twice as long now */
	cr_assert(wire_peer_silent(&p));
	wire_peer_wait(&p, 40);
	want(PEER_ACK, iss + 1, 1004, 3);
	cr_assert_eq(wire_peer_counts(&p).tcp_resent, 2);
	wire_peer_tcp(&p, PEER_ACK, 1004, iss + 4, NULL, 0);
	wire_peer_wait(&p, 60000);
	cr_assert(wire_peer_silent(&p));
}

Test(wire_loss, peer_that_is_gone_is_given_up_with_a_reset)
{
	uint32_t iss = wire_peer_connect(&p, 7, 1460, 1000);

	wire_peer_tcp(&p, PEER_ACK, 1001, iss + 1, "abc", 3);
	for (int i = 0; i < 200 && !(g.flags & PEER_RST); i++) {
		wire_peer_wait(&p, 1000);
		while (wire_peer_get_tcp(&p, &g))
			;
	}
	cr_assert(g.flags & PEER_RST);
	cr_assert_eq(wire_resp_deadline(p.resp), UINT64_MAX);
}

Test(wire_loss, lost_fin_is_sent_again)
{
	uint32_t iss = wire_peer_connect(&p, 9, 1460, 1000);

	wire_peer_tcp(&p, PEER_ACK | PEER_FIN, 1001, iss + 1, NULL, 0);
	want(PEER_ACK | PEER_FIN, iss + 1, 1002, 0);
	wire_peer_wait(&p, 300);
	want(PEER_ACK | PEER_FIN, iss + 1, 1002, 0);
	wire_peer_tcp(&p, PEER_ACK, 1002, iss + 2, NULL, 0);
	wire_peer_wait(&p, 60000);
	cr_assert(wire_peer_silent(&p));
}

Test(wire_loss, three_duplicate_acks_bring_one_segment_at_once)
{
	uint32_t iss = wire_peer_connect(&p, 19, 1000, 1000);
	uint32_t una = iss + 1;

	for (int i = 0; i < 10; i++)
		want(PEER_ACK, una + (uint32_t)i * 1000, 1001, 1000);
	cr_assert(wire_peer_silent(&p));
	for (int i = 0; i < 2; i++)
		wire_peer_tcp(&p, PEER_ACK, 1001, una, NULL, 0);
	/* the first ACK of the handshake had this window too */
	if (!wire_peer_get_tcp(&p, &g))
		wire_peer_tcp(&p, PEER_ACK, 1001, una, NULL, 0);
	while (g.seq != una)
		cr_assert(wire_peer_get_tcp(&p, &g));
	cr_assert_eq(g.len, 1000);
	cr_assert_eq(wire_peer_counts(&p).tcp_resent, 1);
}

/* A receiver that loses every @nth segment and says so as RFC 5681 has it. */
static uint64_t lossy(unsigned nth, uint64_t bytes, uint32_t seq)
{
	static uint8_t have[1 << 22];
	uint64_t at = 0, off;
	unsigned n = 0;

	while (at < bytes) {
		if (!wire_peer_get_tcp(&p, &g)) {
			wire_peer_wait(&p, 20);
			cr_assert(p.now < 1000000 * PEER_MS);
			continue;
		}
		off = (uint32_t)(g.seq - seq);
		if (++n % nth == 0 || off + g.len > sizeof(have))
			continue;
		for (size_t i = 0; i < g.len; i++)
			cr_assert_eq(g.data[i], wire_chargen(off + i));
		memset(have + off, 1, g.len);
		while (have[at])
			at++;
		p.now += 10000;
		wire_peer_tcp(&p, PEER_ACK, 1001, seq + (uint32_t)at, NULL, 0);
	}
	return p.now;
}

Test(wire_loss, chargen_arrives_whole_when_every_50th_segment_is_lost)
{
	uint32_t iss = wire_peer_connect(&p, 19, 1460, 1000);
	uint64_t ns = lossy(50, 3000000, iss + 1);

	cr_assert(ns < 20000 * PEER_MS, "%lu ms", ns / PEER_MS);
	cr_assert(wire_peer_counts(&p).tcp_resent >= 30);
	cr_assert(wire_peer_counts(&p).tcp_resent < 400);
}

Test(wire_loss, chargen_arrives_whole_when_every_3rd_segment_is_lost)
{
	uint32_t iss = wire_peer_connect(&p, 19, 1460, 1000);

	lossy(3, 100000, iss + 1);
}

/* Windows of nothing */

Test(wire_loss, closed_window_is_probed_and_never_given_up_while_answered)
{
	uint32_t iss = wire_peer_connect(&p, 7, 1460, 1000);

	wire_peer_tcp_wnd(&p, PEER_ACK, 1001, iss + 1, 0);
	wire_peer_tcp(&p, PEER_ACK | PEER_PSH, 1001, iss, "abc", 3);
	wire_peer_silent(&p);
	for (int i = 0; i < 50; i++) {
		wire_peer_wait(&p, 10000);
		want(PEER_ACK, iss, 1004, 0); /* a number it has */
		wire_peer_silent(&p);
		wire_peer_tcp_wnd(&p, PEER_ACK, 1004, iss + 1, 0);
	}
	wire_peer_tcp(&p, PEER_ACK, 1004, iss + 1, NULL, 0);
	want(PEER_ACK, iss + 1, 1004, 3);
}

Test(wire_loss, closed_window_that_nobody_answers_for_is_given_up)
{
	uint32_t iss = wire_peer_connect(&p, 7, 1460, 1000);

	wire_peer_tcp_wnd(&p, PEER_ACK, 1001, iss + 1, 0);
	wire_peer_tcp(&p, PEER_ACK | PEER_PSH, 1001, iss, "abc", 3);
	wire_peer_wait(&p, 300000);
	while (wire_peer_get_tcp(&p, &g))
		;
	cr_assert(g.flags & PEER_RST);
}

Test(wire_loss, nothing_is_asked_of_an_idle_connection)
{
	wire_peer_connect(&p, 7, 1460, 1000);
	wire_peer_connect(&p, 9, 1460, 1000);
	wire_peer_silent(&p);
	wire_peer_wait(&p, 2000);
	cr_assert_eq(wire_resp_deadline(p.resp), UINT64_MAX);
	cr_assert(wire_peer_silent(&p));
}

Test(wire_loss, a_full_queue_stops_tcp_and_loses_nothing)
{
	uint32_t iss = wire_peer_connect(&p, 19, 8960, 1000);
	uint32_t seq = iss + 1;

	for (int i = 0; i < 2000; i++) {
		cr_assert(p.queue.frames <= 64);
		wire_resp_pull(p.resp);
		wire_peer_tcp(&p, PEER_ACK, 1001, seq, NULL, 0);
		if (wire_peer_get_tcp(&p, &g))
			seq = g.seq + (uint32_t)g.len;
	}
	cr_assert_eq(p.queue.drops, 0);
	cr_assert_eq(wire_peer_counts(&p).tcp_resent, 0);
	cr_assert(seq - iss > 1000000);
}
