/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ICMP (RFC 792) and ICMPv6 (RFC 4443): echo requests are answered, of any
 * size and also when sent to everybody, and a UDP port where nobody listens is
 * reported.  Neighbour discovery is in nd.c; the rest is taken in silence.
 */
#include <string.h>

#include "base/bytes.h"
#include "tests/twin/wire/csum.h"
#include "tests/twin/wire/stack.h"

/* clang-format off */
enum {
	ICMP4_ECHO_REPLY   = 0,
	ICMP4_UNREACHABLE  = 3,
	ICMP4_ECHO         = 8,
	ICMP6_UNREACHABLE  = 1,
	ICMP6_ECHO         = 128,
	ICMP6_ECHO_REPLY   = 129,
	ICMP6_SOLICITATION = 135,
};
/* clang-format on */

#define ICMP_HEAD  8
#define CODE4_PORT 3
#define CODE6_PORT 4
#define QUOTE_MAX  512 /* of the packet at fault; everybody's MTU has that */

void wire_icmp6_send(struct wire_resp *r, const struct wire_path *to,
		     size_t len, size_t mtu)
{
	uint64_t sum = wire_ip_pseudo(to, WIRE_PROTO_ICMP6, len);

	wire_put16(r->scratch + 2, 0);
	wire_sum_put(r->scratch + 2, wire_sum(sum, r->scratch, len));
	wire_out_send(r, to, WIRE_PROTO_ICMP6, len, mtu);
}

static void icmp4_send(struct wire_resp *r, const struct wire_path *to,
		       size_t len, size_t mtu)
{
	wire_put16(r->scratch + 2, 0);
	wire_sum_put(r->scratch + 2, wire_sum(0, r->scratch, len));
	wire_out_send(r, to, WIRE_PROTO_ICMP, len, mtu);
}

/* A copy of the request, with the reply's type, in r->scratch. */
static void turn(struct wire_resp *r, const struct wire_pkt *p, uint8_t type)
{
	memcpy(r->scratch, p->data, p->len);
	r->scratch[0] = type;
}

void wire_icmp4_input(struct wire_resp *r, const struct wire_pkt *p)
{
	if (p->len < ICMP_HEAD) {
		r->counts.bad_form++;
	} else if (!wire_sum_ok(wire_sum(0, p->data, p->len))) {
		r->counts.bad_sums++;
	} else if (p->data[0] == ICMP4_ECHO && p->data[1] == 0 &&
		   !wire_path_nobody(&p->path)) {
		struct wire_path to = wire_ip_answer(p);

		turn(r, p, ICMP4_ECHO_REPLY);
		icmp4_send(r, &to, p->len, p->mtu);
	}
}

void wire_icmp6_input(struct wire_resp *r, const struct wire_pkt *p)
{
	uint64_t sum;

	if (p->len < ICMP_HEAD) {
		r->counts.bad_form++;
		return;
	}
	sum = wire_ip_pseudo(&p->path, WIRE_PROTO_ICMP6, p->len);
	if (!wire_sum_ok(wire_sum(sum, p->data, p->len))) {
		r->counts.bad_sums++;
	} else if (p->data[0] == ICMP6_SOLICITATION) {
		wire_nd_input(r, p);
	} else if (p->data[0] == ICMP6_ECHO && p->data[1] == 0 &&
		   !wire_path_nobody(&p->path)) {
		struct wire_path to = wire_ip_answer(p);

		turn(r, p, ICMP6_ECHO_REPLY);
		wire_icmp6_send(r, &to, p->len, p->mtu);
	}
}

void wire_icmp_no_port(struct wire_resp *r, const struct wire_pkt *p)
{
	size_t quote = min_u64(p->ip_len, QUOTE_MAX);

	if (!quote)
		return;
	memset(r->scratch, 0, ICMP_HEAD);
	r->scratch[0] = p->path.v6 ? ICMP6_UNREACHABLE : ICMP4_UNREACHABLE;
	r->scratch[1] = p->path.v6 ? CODE6_PORT : CODE4_PORT;
	memcpy(r->scratch + ICMP_HEAD, p->ip, quote);
	if (p->path.v6)
		wire_icmp6_send(r, &p->path, ICMP_HEAD + quote, p->mtu);
	else
		icmp4_send(r, &p->path, ICMP_HEAD + quote, p->mtu);
}
