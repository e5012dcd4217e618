/* SPDX-License-Identifier: BSD-2-Clause */
/* Where IPv4 and IPv6 meet: a whole packet and the protocol it is for. */
#include <string.h>

#include "tests/twin/wire/csum.h"
#include "tests/twin/wire/stack.h"

void wire_ip_input(struct wire_resp *r, const struct wire_pkt *p)
{
	if (p->proto == WIRE_PROTO_TCP && !wire_path_nobody(&p->path))
		wire_tcp_input(r, p);
	else if (p->proto == WIRE_PROTO_UDP)
		wire_udp_input(r, p);
	else if (p->proto == WIRE_PROTO_ICMP && !p->path.v6)
		wire_icmp4_input(r, p);
	else if (p->proto == WIRE_PROTO_ICMP6 && p->path.v6)
		wire_icmp6_input(r, p);
	else
		r->counts.not_ours++;
}

bool wire_path_nobody(const struct wire_path *path)
{
	static const uint8_t nobody[16];

	return memcmp(path->peer, nobody, sizeof(nobody)) == 0;
}

/* What came to a group is answered from the address of the peer's scope. */
struct wire_path wire_ip_answer(const struct wire_pkt *p)
{
	struct wire_path path = p->path;

	if (!path.v6)
		memcpy(path.local, wire_ip4_self, sizeof(wire_ip4_self));
	else if (path.local[0] == 0xff)
		memcpy(path.local,
		       path.peer[0] == 0xfe ? wire_ip6_link : wire_ip6_self,
		       sizeof(path.local));
	return path;
}

uint64_t wire_ip_pseudo(const struct wire_path *path, uint8_t proto, size_t len)
{
	uint8_t tail[8];
	size_t addr = path->v6 ? 16 : 4;
	uint64_t sum;

	wire_put32(tail, len);
	wire_put32(tail + 4, proto);
	sum = wire_sum(0, tail, sizeof(tail));
	sum = wire_sum(sum, path->local, addr);
	return wire_sum(sum, path->peer, addr);
}
