/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ARP for Ethernet and IPv4 (RFC 826): answers for 10.0.2.2, probes of address
 * conflict detection (sender 0.0.0.0) among them.  Nothing is learned: every
 * packet is answered to the MAC address it came from.
 */
#include <string.h>

#include "tests/twin/wire/csum.h"
#include "tests/twin/wire/stack.h"

#define ARP_LEN  28
#define ARP_KIND UINT64_C(0x000108000604) /* Ethernet, IPv4, 6 and 4 bytes */
#define REQUEST  1
#define REPLY    2

/* offsets of the sender's and the target's MAC address; IPs are 6 further */
#define SENDER 8
#define TARGET 18

void wire_arp_input(struct wire_resp *r, const struct wire_path *path,
		    const uint8_t *data, size_t len)
{
	uint8_t *p;

	if (len < ARP_LEN || wire_get16(data) != ARP_KIND >> 32 ||
	    wire_get32(data + 2) != (uint32_t)ARP_KIND) {
		r->counts.bad_form++;
		return;
	}
	if (wire_get16(data + 6) != REQUEST ||
	    memcmp(data + TARGET + 6, wire_ip4_self, 4) != 0) {
		r->counts.not_ours++;
		return;
	}
	p = wire_out_eth(r, path, WIRE_ETH_ARP, ARP_LEN);
	if (!p)
		return;
	memcpy(p, data, 6);
	wire_put16(p + 6, REPLY);
	memcpy(p + SENDER, wire_mac, 6);
	memcpy(p + SENDER + 6, wire_ip4_self, 4);
	memcpy(p + TARGET, data + SENDER, 10);
	wire_queue_commit(r->out);
}
