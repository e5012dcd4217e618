/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UDP (RFC 768): echo (RFC 862), discard (RFC 863), chargen (RFC 864), the way
 * to DHCP, and "port unreachable" from every other port.  The small services
 * serve those who ask them alone, not groups; DHCP serves everybody.
 */
#include <string.h>

#include "tests/twin/wire/csum.h"
#include "tests/twin/wire/stack.h"

#define UDP_HEAD    8
#define PORT_DHCP   67
#define CHARGEN_LEN 512 /* the most that RFC 864 has in a datagram */

void wire_udp_send(struct wire_resp *r, const struct wire_path *to,
		   uint32_t ports, size_t len, size_t mtu)
{
	uint8_t *p = r->scratch;
	uint64_t sum;

	len += UDP_HEAD;
	wire_put32(p, ports);
	wire_put16(p + 4, len);
	wire_put16(p + 6, 0);
	sum = wire_ip_pseudo(to, WIRE_PROTO_UDP, len);
	wire_sum_put(p + 6, wire_sum(sum, p, len));
	if (!wire_get16(p + 6)) /* 0 would say: no checksum */
		wire_put16(p + 6, 0xffff);
	wire_out_send(r, to, WIRE_PROTO_UDP, len, mtu);
}

static void reply(struct wire_resp *r, const struct wire_pkt *p,
		  const uint8_t *data, size_t len)
{
	uint32_t ports =
		(uint32_t)wire_get16(p->data + 2) << 16 | wire_get16(p->data);

	memcpy(r->scratch + UDP_HEAD, data, len);
	wire_udp_send(r, &p->path, ports, len, p->mtu);
}

static void serve(struct wire_resp *r, const struct wire_pkt *p, uint16_t port)
{
	switch (port) {
	case WIRE_PORT_DISCARD:
		break;
	case WIRE_PORT_ECHO:
		reply(r, p, p->data + UDP_HEAD, p->len - UDP_HEAD);
		break;
	case WIRE_PORT_CHARGEN:
		reply(r, p, r->chargen, CHARGEN_LEN);
		break;
	default:
		wire_icmp_no_port(r, p);
		break;
	}
}

/* No checksum is a right one in IPv4 (RFC 768), and none in IPv6. */
static bool sum_ok(const struct wire_pkt *p)
{
	if (!wire_get16(p->data + 6))
		return !p->path.v6;
	return wire_sum_ok(
		wire_sum(wire_ip_pseudo(&p->path, WIRE_PROTO_UDP, p->len),
			 p->data, p->len));
}

void wire_udp_input(struct wire_resp *r, const struct wire_pkt *whole)
{
	struct wire_pkt p = *whole;
	uint16_t port;

	if (p.len < UDP_HEAD || wire_get16(p.data + 4) < UDP_HEAD ||
	    wire_get16(p.data + 4) > p.len) {
		r->counts.bad_form++;
		return;
	}
	p.len = wire_get16(p.data + 4);
	if (!sum_ok(&p)) {
		r->counts.bad_sums++;
		return;
	}
	port = wire_get16(p.data + 2);
	if (port == PORT_DHCP && !p.path.v6)
		wire_dhcp_input(r, &p, p.data + UDP_HEAD, p.len - UDP_HEAD);
	else if (p.group || wire_path_nobody(&p.path))
		r->counts.not_ours++;
	else
		serve(r, &p, port);
}
