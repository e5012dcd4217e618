/* SPDX-License-Identifier: BSD-2-Clause */
/* The text after --net, and where a stream socket goes. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "tests/twin/wire/net.h"
#include "tests/twin/wire/streamaddr.h"

static struct wire_net net;

Test(wire_net, responder_is_at_every_port_there_is)
{
	cr_assert_eq(wire_net_parse(&net, "responder", 1), 0);
	cr_assert_eq(net.kind[0], WIRE_RESPONDER);
	cr_assert_eq(net.kind[1], WIRE_UNPLUGGED);
	cr_assert_eq(wire_net_parse(&net, "responder", 2), 0);
	cr_assert_eq(net.kind[1], WIRE_RESPONDER);
}

Test(wire_net, pair_wants_two_ports)
{
	cr_assert_eq(wire_net_parse(&net, "pair", 2), 0);
	cr_assert_eq(net.kind[1], WIRE_PAIR);
	cr_assert_eq(wire_net_parse(&net, "pair", 1), -EINVAL);
	cr_assert(strstr(err_last(), "--socket twice"));
}

Test(wire_net, tap_takes_a_name_for_each_port)
{
	cr_assert_eq(wire_net_parse(&net, "tap:one", 2), 0);
	cr_assert_eq(net.kind[0], WIRE_TAP);
	cr_assert_str_eq(net.name[0], "one");
	cr_assert_eq(net.kind[1], WIRE_UNPLUGGED);
	cr_assert_eq(wire_net_parse(&net, "tap:one,two", 2), 0);
	cr_assert_str_eq(net.name[1], "two");
}

Test(wire_net, socket_takes_a_spec_for_each_port)
{
	cr_assert_eq(wire_net_parse(&net, "socket:unix=/a,listen=:1", 2), 0);
	cr_assert_eq(net.kind[1], WIRE_SOCKET);
	cr_assert_str_eq(net.name[0], "unix=/a");
	cr_assert_str_eq(net.name[1], "listen=:1");
}

Test(wire_net, refuses_what_it_does_not_know_and_says_what_to_type)
{
	static const char *const bad[] = {
		"",       "tap",    "user",      "responder2", "tap:",
		"tap:a,", "tap:,b", "tap:a,b,c", "socket:",    "pair:x",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		err_clear();
		cr_assert_eq(wire_net_parse(&net, bad[i], 2), -EINVAL, "%s",
			     bad[i]);
		cr_assert(strstr(err_last(), "type --net"), "%s", err_last());
	}
}

Test(wire_net, refuses_a_name_longer_than_any)
{
	char text[400] = "tap:";

	memset(text + 4, 'x', 300);
	cr_assert_eq(wire_net_parse(&net, text, 1), -EINVAL);
}

Test(wire_net, refuses_no_ports_and_three)
{
	cr_assert_eq(wire_net_parse(&net, "responder", 0), -EINVAL);
	cr_assert_eq(wire_net_parse(&net, "responder", 3), -EINVAL);
}

static struct wire_addr addr;

Test(wire_net, address_of_ipv4_and_port)
{
	const struct sockaddr_in *in = (const void *)&addr.sa;

	cr_assert_eq(wire_addr_parse(&addr, "connect=127.0.0.1:4321"), 0);
	cr_assert_not(addr.listens);
	cr_assert_eq(in->sin_family, AF_INET);
	cr_assert_eq(ntohs(in->sin_port), 4321);
	cr_assert_eq(in->sin_addr.s_addr, htonl(INADDR_LOOPBACK));
}

Test(wire_net, address_of_ipv6_in_brackets)
{
	const struct sockaddr_in6 *in = (const void *)&addr.sa;

	cr_assert_eq(wire_addr_parse(&addr, "listen=[::1]:80"), 0);
	cr_assert(addr.listens);
	cr_assert_eq(in->sin6_family, AF_INET6);
	cr_assert_eq(in->sin6_addr.s6_addr[15], 1);
}

Test(wire_net, address_refuses_what_has_no_port_path_or_key)
{
	static const char *const bad[] = {
		"",
		"foo",
		"connect=",
		"connect=host",
		"connect=host:",
		"listen=:99999999",
		"unix=",
		"unix-listen=",
		"fd=3",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_assert_eq(wire_addr_parse(&addr, bad[i]), -EINVAL, "%s",
			     bad[i]);
}

Test(wire_net, address_refuses_a_path_or_host_that_is_too_long)
{
	char text[400] = "unix=";

	memset(text + 5, 'x', 108);
	cr_assert_eq(wire_addr_parse(&addr, text), -EINVAL);
	text[5 + 107] = 0;
	cr_assert_eq(wire_addr_parse(&addr, text), 0);
	memset(text, 'x', 399);
	memcpy(text, "connect=", 8);
	memcpy(text + 390, ":1", 3);
	cr_assert_eq(wire_addr_parse(&addr, text), -EINVAL);
}
