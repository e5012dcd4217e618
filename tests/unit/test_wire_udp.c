/* SPDX-License-Identifier: BSD-2-Clause */
/* UDP's small services, and DHCP. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/test_wire_peer.h"

static struct wire_peer p;
static struct wire_got g;
static uint8_t data[65536];

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

TestSuite(wire_udp, .init = start4, .fini = stop);
TestSuite(wire_udp6, .init = start6, .fini = stop);
TestSuite(wire_dhcp, .init = start4, .fini = stop);

static void echo(size_t len)
{
	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)(i * 3);
	wire_peer_udp(&p, 7, data, len);
	cr_assert(wire_peer_get(&p, &g));
	cr_assert_eq(g.proto, PEER_UDP);
	cr_assert_eq(g.data_len, len + 8);
	cr_assert_arr_eq(g.data, ((uint8_t[]){0, 7, 40000 >> 8, 40000 & 255}),
			 4);
	cr_assert_eq(memcmp(g.data + 8, data, len), 0);
	cr_assert(g.data[6] || g.data[7], "has a checksum");
}

Test(wire_udp, echo_of_every_size)
{
	for (size_t len = 0; len < 8972; len += 101)
		echo(len);
}

Test(wire_udp6, echo_of_every_size)
{
	for (size_t len = 0; len < 8952; len += 101)
		echo(len);
}

Test(wire_udp, discard_says_nothing)
{
	wire_peer_udp(&p, 9, "x", 1);
	cr_assert(wire_peer_silent(&p));
}

Test(wire_udp, chargen_sends_the_pattern)
{
	wire_peer_udp(&p, 19, "x", 1);
	cr_assert(wire_peer_get(&p, &g));
	cr_assert_eq(g.data_len, 8 + 512);
	for (size_t i = 0; i < 512; i++)
		cr_assert_eq(g.data[8 + i], wire_chargen(i));
}

Test(wire_udp, other_port_is_unreachable)
{
	wire_peer_udp(&p, 33434, "xy", 2);
	cr_assert(wire_peer_get(&p, &g));
	cr_assert_eq(g.proto, PEER_ICMP);
	cr_assert_eq(g.data[0], 3);
	cr_assert_eq(g.data[1], 3);
	cr_assert_eq(g.data_len, 8 + 20 + 8 + 2);
	cr_assert_arr_eq(g.data + 8, p.frame + 14, 30);
}

Test(wire_udp6, other_port_is_unreachable)
{
	wire_peer_udp(&p, 33434, "xy", 2);
	cr_assert(wire_peer_get(&p, &g));
	cr_assert_eq(g.proto, PEER_ICMP6);
	cr_assert_eq(g.data[0], 1);
	cr_assert_eq(g.data[1], 4);
	cr_assert_eq(g.data_len, 8 + 40 + 8 + 2);
}

Test(wire_udp, wrong_checksum_is_dropped_and_counted)
{
	p.bad_sum = true;
	wire_peer_udp(&p, 7, "x", 1);
	cr_assert(wire_peer_silent(&p));
	cr_assert_eq(wire_peer_counts(&p).bad_sums, 1);
}

/* A datagram whose bytes are sent as they are, without a checksum. */
static void raw(uint8_t len_field, size_t len)
{
	uint8_t d[20] = {1, 1, 0, 7, 0, len_field};
	uint8_t h[40] = {0x45, 0,  0, (uint8_t)(20 + len),
			 0,    0,  0, 0,
			 64,   17, 0, 0,
			 10,   0,  2, 15,
			 10,   0,  2, 2};
	uint32_t sum = 0;

	for (size_t i = 0; i < 20; i += 2)
		sum += (uint32_t)h[i] << 8 | h[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	h[10] = (uint8_t)(~sum >> 8);
	h[11] = (uint8_t)~sum;
	memcpy(h + 20, d, len);
	wire_peer_eth(&p, 0x0800, h, 20 + len);
}

Test(wire_udp, no_checksum_is_a_right_one)
{
	raw(10, 10);
	cr_assert(wire_peer_get(&p, &g));
	cr_assert_eq(g.data_len, 10);
}

Test(wire_udp6, no_checksum_is_a_wrong_one)
{
	uint8_t h[48] = {0x60, 0, 0, 0, 0, 8, 17, 64};

	memcpy(h + 8, p.from, 16);
	memcpy(h + 24, p.to, 16);
	memcpy(h + 40, "\1\1\0\7\0\10\0\0", 8);
	wire_peer_eth(&p, 0x86dd, h, 48);
	cr_assert(wire_peer_silent(&p));
	cr_assert_eq(wire_peer_counts(&p).bad_sums, 1);
}

Test(wire_udp, length_shorter_than_the_packet_counts)
{
	raw(9, 12);
	cr_assert(wire_peer_get(&p, &g));
	cr_assert_eq(g.data_len, 9);
}

Test(wire_udp, length_over_the_packet_or_under_the_header_is_counted)
{
	raw(11, 10);
	raw(7, 10);
	raw(8, 7);
	cr_assert(wire_peer_silent(&p));
	cr_assert_eq(wire_peer_counts(&p).bad_form, 3);
}

Test(wire_udp, services_do_not_serve_groups_or_nobody)
{
	memset(p.to, 255, 4);
	memset(p.mac_to, 255, 6);
	wire_peer_udp(&p, 7, "x", 1);
	wire_peer_udp(&p, 19, "x", 1);
	wire_peer_udp(&p, 99, "x", 1);
	memcpy(p.to, "\12\0\2\2", 4);
	memset(p.from, 0, 4);
	wire_peer_udp(&p, 7, "x", 1);
	cr_assert(wire_peer_silent(&p));
}

/* DHCP */

static uint8_t m[400];
static size_t m_len;

static void opt(uint8_t code, uint8_t len, const void *val)
{
	m[m_len++] = code;
	m[m_len++] = len;
	memcpy(m + m_len, val, len);
	m_len += len;
}

/* A client's message of @type, without further options yet. */
static void begin(uint8_t type)
{
	memset(m, 0, sizeof(m));
	memcpy(m, "\1\1\6\0abcd", 8);
	memcpy(m + 28, "\2\0\0\0\0\1", 6);
	memcpy(m + 236, "\x63\x82\x53\x63", 4);
	m_len = 240;
	opt(53, 1, &type);
	memset(p.from, 0, 4);
	memset(p.to, 255, 4);
	memset(p.mac_to, 255, 6);
	p.sport = 68;
}

static void send_dhcp(void)
{
	m[m_len++] = 255;
	wire_peer_udp(&p, 67, m, m_len);
}

/* Value of an option of the answer in g, or NULL. */
static const uint8_t *option(uint8_t code)
{
	const uint8_t *o = g.data + 8 + 240;

	while (*o != 255 && *o != code)
		o += 2 + o[1];
	return *o == code ? o + 2 : NULL;
}

static void answer(uint8_t type)
{
	cr_assert(wire_peer_get(&p, &g));
	cr_assert_eq(g.proto, PEER_UDP);
	cr_assert_arr_eq(g.data, ((uint8_t[]){0, 67, 0, 68}), 4);
	cr_assert_eq(g.data[8], 2);
	cr_assert_arr_eq(g.data + 12, "abcd", 4);
	cr_assert_arr_eq(g.data + 8 + 28, m + 28, 16);
	cr_assert_eq(option(53)[0], type);
	cr_assert_arr_eq(option(54), "\12\0\2\2", 4);
	cr_assert_arr_eq(g.ip + 12, "\12\0\2\2", 4);
	cr_assert(wire_peer_silent(&p));
}

static void check_lease(void)
{
	cr_assert_arr_eq(g.data + 8 + 16, "\12\0\2\17", 4);
	cr_assert_arr_eq(option(1), "\377\377\377\0", 4);
	cr_assert_arr_eq(option(3), "\12\0\2\2", 4);
	cr_assert_not_null(option(51));
}

Test(wire_dhcp, discover_is_offered_the_address)
{
	begin(1);
	send_dhcp();
	answer(2);
	check_lease();
	cr_assert_arr_eq(g.frame, "\2\0\0\0\0\1", 6);
	cr_assert_arr_eq(g.ip + 16, "\12\0\2\17", 4);
}

Test(wire_dhcp, discover_with_broadcast_flag_is_answered_to_everybody)
{
	begin(1);
	m[10] = 0x80;
	send_dhcp();
	answer(2);
	cr_assert_arr_eq(g.frame, "\377\377\377\377\377\377", 6);
	cr_assert_arr_eq(g.ip + 16, "\377\377\377\377", 4);
}

Test(wire_dhcp, request_for_the_address_is_granted)
{
	begin(3);
	opt(50, 4, "\12\0\2\17");
	opt(54, 4, "\12\0\2\2");
	send_dhcp();
	answer(5);
	check_lease();
}

Test(wire_dhcp, renewal_is_answered_to_the_address)
{
	begin(3);
	memcpy(m + 12, "\12\0\2\17", 4);
	memcpy(p.from, "\12\0\2\17", 4);
	memcpy(p.to, "\12\0\2\2", 4);
	memcpy(p.mac_to, "\x52\x55\x0a\0\2\2", 6);
	send_dhcp();
	answer(5);
	check_lease();
	cr_assert_arr_eq(g.ip + 16, "\12\0\2\17", 4);
	cr_assert_arr_eq(g.data + 8 + 12, "\12\0\2\17", 4);
}

Test(wire_dhcp, request_for_another_address_is_refused_to_everybody)
{
	begin(3);
	opt(50, 4, "\12\0\2\20");
	send_dhcp();
	answer(6);
	cr_assert_null(option(51));
	cr_assert_arr_eq(g.data + 8 + 16, "\0\0\0\0", 4);
	cr_assert_arr_eq(g.ip + 16, "\377\377\377\377", 4);
}

Test(wire_dhcp, request_to_another_server_is_not_ours)
{
	begin(3);
	opt(50, 4, "\12\0\2\17");
	opt(54, 4, "\12\0\2\3");
	send_dhcp();
	cr_assert(wire_peer_silent(&p));
}

Test(wire_dhcp, inform_gets_the_rest_without_a_lease)
{
	begin(8);
	memcpy(m + 12, "\12\0\2\63", 4);
	send_dhcp();
	answer(5);
	cr_assert_null(option(51));
	cr_assert_arr_eq(option(3), "\12\0\2\2", 4);
	cr_assert_arr_eq(g.data + 8 + 16, "\0\0\0\0", 4);
	cr_assert_arr_eq(g.ip + 16, "\12\0\2\63", 4);
}

Test(wire_dhcp, release_decline_and_unknown_types_get_nothing)
{
	static const uint8_t types[] = {0, 2, 4, 5, 6, 7, 9, 255};

	for (size_t i = 0; i < sizeof(types); i++) {
		begin(types[i]);
		send_dhcp();
	}
	cr_assert(wire_peer_silent(&p));
}

Test(wire_dhcp, keeps_the_tag)
{
	p.tag = 0x81000009;
	begin(1);
	send_dhcp();
	answer(2);
	cr_assert_eq(g.tag, 0x81000009);
}

Test(wire_dhcp, message_cut_short_or_of_another_kind_is_counted)
{
	static const struct {
		size_t at;
		uint8_t value;
	} bad[] = {{0, 2}, {1, 6}, {2, 7}, {236, 0}, {240, 12}};

	for (size_t i = 0; i < 5; i++) {
		begin(1);
		m[bad[i].at] = bad[i].value;
		send_dhcp();
	}
	begin(1);
	wire_peer_udp(&p, 67, m, 239);
	cr_assert(wire_peer_silent(&p));
	cr_assert_eq(wire_peer_counts(&p).bad_form, 6);
}

Test(wire_dhcp, option_over_the_end_is_counted)
{
	begin(1);
	m[m_len++] = 12;
	m[m_len++] = 5;
	wire_peer_udp(&p, 67, m, m_len + 4);
	m[m_len - 1] = 50;
	wire_peer_udp(&p, 67, m, m_len - 1);
	cr_assert(wire_peer_silent(&p));
	cr_assert_eq(wire_peer_counts(&p).bad_form, 2);
}

Test(wire_dhcp, options_may_end_without_an_end_and_have_pads)
{
	begin(1);
	memset(m + m_len, 0, 8);
	wire_peer_udp(&p, 67, m, m_len + 8);
	answer(2);
}
