/* SPDX-License-Identifier: BSD-2-Clause */
/* TCP: closing, what does not belong to a connection, and many of them. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/test_wire_peer.h"

#define WINDOW (1u << 19)

static struct wire_peer p;
static struct wire_tcp_got g;
static uint8_t data[1000];

static void start(void)
{
	wire_peer_open(&p, false);
}

static void stop(void)
{
	wire_peer_close(&p);
}

TestSuite(wire_close, .init = start, .fini = stop);

static void want(uint8_t flags, uint32_t seq, uint32_t ack, size_t len)
{
	cr_assert(wire_peer_get_tcp(&p, &g));
	cr_assert_eq(g.flags & ~PEER_PSH, flags, "flags %02x", g.flags);
	cr_assert_eq(g.seq, seq, "SEQ %u, not %u", g.seq, seq);
	cr_assert_eq(g.ack, ack, "ACK %u, not %u", g.ack, ack);
	cr_assert_eq(g.len, len, "%zu bytes", g.len);
}

Test(wire_close, echo_sends_the_rest_and_then_its_fin)
{
	uint32_t iss = wire_peer_connect(&p, 7, 1460, 1000);

	wire_peer_tcp(&p, PEER_ACK | PEER_FIN, 1001, iss + 1, data, 100);
	want(PEER_ACK | PEER_FIN, iss + 1, 1102, 100);
	wire_peer_tcp(&p, PEER_ACK, 1102, iss + 102, NULL, 0);
	cr_assert(wire_peer_silent(&p));
	wire_peer_tcp(&p, PEER_ACK, 1102, iss + 102, NULL, 0);
	want(PEER_RST, iss + 102, 0, 0); /* it is gone */
}

Test(wire_close, discard_answers_fin_with_fin)
{
	uint32_t iss = wire_peer_connect(&p, 9, 1460, 1000);

	wire_peer_tcp(&p, PEER_ACK | PEER_FIN, 1001, iss + 1, NULL, 0);
	want(PEER_ACK | PEER_FIN, iss + 1, 1002, 0);
	wire_peer_tcp(&p, PEER_ACK, 1002, iss + 2, NULL, 0);
	cr_assert(wire_peer_silent(&p));
}

Test(wire_close, chargen_goes_on_for_a_peer_that_only_reads)
{
	uint32_t iss = wire_peer_connect(&p, 19, 1460, 1000);
	uint32_t seq = iss + 1;

	wire_peer_tcp(&p, PEER_ACK | PEER_FIN, 1001, seq, NULL, 0);
	for (int i = 0; i < 100; i++) {
		while (wire_peer_get_tcp(&p, &g)) {
			cr_assert_eq(g.flags & PEER_FIN, 0);
			seq = g.seq + (uint32_t)g.len;
		}
		wire_peer_tcp(&p, PEER_ACK, 1002, seq, NULL, 0);
	}
	cr_assert(seq - iss > 200000);
}

Test(wire_close, fin_before_the_data_waits_for_it)
{
	uint32_t iss = wire_peer_connect(&p, 9, 1460, 1000);

	wire_peer_tcp(&p, PEER_ACK | PEER_FIN, 1101, iss + 1, data, 50);
	want(PEER_ACK, iss + 1, 1001, 0);
	wire_peer_tcp(&p, PEER_ACK, 1001, iss + 1, data, 100);
	want(PEER_ACK | PEER_FIN, iss + 1, 1152, 0);
}

Test(wire_close, data_after_the_fin_is_not_taken)
{
	uint32_t iss = wire_peer_connect(&p, 7, 1460, 1000);

	wire_peer_tcp(&p, PEER_ACK | PEER_FIN, 1101, iss + 1, NULL, 0);
	want(PEER_ACK, iss + 1, 1001, 0);
	wire_peer_tcp(&p, PEER_ACK, 1001, iss + 1, data, 300);
	want(PEER_ACK | PEER_FIN, iss + 1, 1102, 100);
	wire_peer_tcp(&p, PEER_ACK, 1102, iss + 1, data, 300);
	want(PEER_ACK, iss + 102, 1102, 0);
}

Test(wire_close, reset_at_the_exact_number_ends_the_connection)
{
	uint32_t iss = wire_peer_connect(&p, 7, 1460, 1000);

	wire_peer_tcp(&p, PEER_RST, 1001, 0, NULL, 0);
	cr_assert(wire_peer_silent(&p));
	wire_peer_tcp(&p, PEER_ACK, 1001, iss + 1, "x", 1);
	want(PEER_RST, iss + 1, 0, 0);
}

Test(wire_close, reset_elsewhere_in_the_window_is_questioned)
{
	uint32_t iss = wire_peer_connect(&p, 7, 1460, 1000);

	wire_peer_tcp(&p, PEER_RST, 1002, 0, NULL, 0);
	want(PEER_ACK, iss + 1, 1001, 0);
	wire_peer_tcp(&p, PEER_ACK, 1001, iss + 1, "x", 1);
	want(PEER_ACK, iss + 1, 1002, 1);
}

Test(wire_close, reset_outside_of_the_window_is_not_answered)
{
	wire_peer_connect(&p, 7, 1460, 1000);
	wire_peer_tcp(&p, PEER_RST, 900, 0, NULL, 0);
	wire_peer_tcp(&p, PEER_RST, 1001 + 2 * WINDOW, 0, NULL, 0);
	cr_assert(wire_peer_silent(&p));
}

Test(wire_close, syn_in_a_connection_is_questioned)
{
	uint32_t iss = wire_peer_connect(&p, 7, 1460, 1000);

	wire_peer_tcp(&p, PEER_SYN, 5000, 0, NULL, 0);
	want(PEER_ACK, iss + 1, 1001, 0);
	wire_peer_tcp(&p, PEER_SYN, 77777777, 0, NULL, 0);
	want(PEER_ACK, iss + 1, 1001, 0);
}

Test(wire_close, ack_of_what_was_never_sent_is_questioned)
{
	uint32_t iss = wire_peer_connect(&p, 7, 1460, 1000);

	wire_peer_tcp(&p, PEER_ACK, 1001, iss + 100, "x", 1);
	want(PEER_ACK, iss + 1, 1001, 0);
	cr_assert(wire_peer_silent(&p));
}

Test(wire_close, segment_without_ack_is_ignored)
{
	wire_peer_connect(&p, 7, 1460, 1000);
	wire_peer_tcp(&p, 0, 1001, 0, "x", 1);
	cr_assert(wire_peer_silent(&p));
}

Test(wire_close, keepalive_is_answered)
{
	uint32_t iss = wire_peer_connect(&p, 7, 1460, 1000);

	wire_peer_tcp(&p, PEER_ACK, 1000, iss + 1, NULL, 0);
	want(PEER_ACK, iss + 1, 1001, 0);
	wire_peer_tcp(&p, PEER_ACK, 1000, iss + 1, "z", 1);
	want(PEER_ACK, iss + 1, 1001, 0);
}

Test(wire_close, serves_many_at_once_and_refuses_one_too_many)
{
	for (p.sport = 1000; p.sport < 1064; p.sport++)
		wire_peer_connect(&p, 7, 1460, 1000);
	p.dport = 7;
	wire_peer_syn(&p, 1, "", 0);
	cr_assert(wire_peer_get_tcp(&p, &g));
	cr_assert(g.flags & PEER_RST);
	cr_assert_eq(wire_peer_counts(&p).tcp_opens, 64);
	for (p.sport = 1000; p.sport < 1064; p.sport++) {
		wire_peer_tcp(&p, PEER_RST, 1001, 0, NULL, 0);
		p.now++;
	}
	wire_peer_connect(&p, 7, 1460, 1000);
}

Test(wire_close, one_that_said_nothing_for_a_minute_gives_way)
{
	for (p.sport = 1000; p.sport < 1064; p.sport++)
		wire_peer_connect(&p, 7, 1460, 1000);
	p.now += 61000 * PEER_MS;
	wire_peer_connect(&p, 7, 1460, 1000);
}

Test(wire_close, flood_of_syns_leaves_connections_alone)
{
	uint32_t iss = wire_peer_connect(&p, 7, 1460, 1000);
	uint16_t mine = p.sport;

	for (uint32_t i = 0; i < 5000; i++) {
		p.sport = (uint16_t)(1 + i * 7);
		p.from[3] = (uint8_t)(20 + i % 100);
		wire_peer_syn(&p, i, "", 0);
		if (i % 100 == 0)
			wire_peer_silent(&p);
		p.now++;
	}
	wire_peer_silent(&p);
	p.from[3] = 15;
	p.sport = mine;
	wire_peer_tcp(&p, PEER_ACK, 1001, iss + 1, "still", 5);
	want(PEER_ACK, iss + 1, 1006, 5);
	p.sport++;
	wire_peer_connect(&p, 7, 1460, 1000); /* and lets others in */
}
