/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Neighbour discovery (RFC 4861): solicitations for our two addresses are
 * answered, those of duplicate address detection (from ::) to everybody.
 * Nothing is learned, no router is advertised, and the R flag stays off.
 */
#include <string.h>

#include "tests/twin/wire/csum.h"
#include "tests/twin/wire/stack.h"

#define ADVERTISEMENT     136
#define SOLICITATION_MIN  24
#define ADVERTISEMENT_LEN 32 /* with our MAC address as its option */
#define TARGET            8
#define OPTIONS           24
#define TARGET_MAC        2 /* option */
#define HOPS              255
#define FLAG_SOLICITED    0x40
#define FLAG_OVERRIDE     0x20

static const uint8_t unspecified[16];
static const uint8_t all_nodes[16] = {0xff, 2, [15] = 1};
static const uint8_t all_nodes_mac[6] = {0x33, 0x33, 0, 0, 0, 1};

/* RFC 4861 7.1.1: every option has a length, and it is not 0. */
static bool options_ok(const uint8_t *opt, size_t len)
{
	size_t n;

	for (; len; opt += n, len -= n) {
		n = len < 2 ? 0 : 8u * opt[1];
		if (!n || n > len)
			return false;
	}
	return true;
}

static bool solicitation_ok(const struct wire_pkt *p)
{
	return p->hops == HOPS && p->len >= SOLICITATION_MIN &&
	       p->data[1] == 0 && p->data[TARGET] != 0xff &&
	       options_ok(p->data + OPTIONS, p->len - OPTIONS);
}

static void advertise(struct wire_resp *r, const struct wire_path *to,
		      const uint8_t *target, uint8_t flags)
{
	uint8_t *p = r->scratch;

	memset(p, 0, ADVERTISEMENT_LEN);
	p[0] = ADVERTISEMENT;
	p[4] = flags;
	memcpy(p + TARGET, target, 16);
	p[OPTIONS] = TARGET_MAC;
	p[OPTIONS + 1] = 1;
	memcpy(p + OPTIONS + 2, wire_mac, 6);
	wire_icmp6_send(r, to, ADVERTISEMENT_LEN, SIZE_MAX);
}

void wire_nd_input(struct wire_resp *r, const struct wire_pkt *p)
{
	const uint8_t *target = p->data + TARGET;
	uint8_t flags = FLAG_SOLICITED | FLAG_OVERRIDE;
	struct wire_path to = p->path;

	if (!solicitation_ok(p)) {
		r->counts.bad_form++;
		return;
	}
	if (memcmp(target, wire_ip6_self, 16) != 0 &&
	    memcmp(target, wire_ip6_link, 16) != 0) {
		r->counts.not_ours++;
		return;
	}
	memcpy(to.local, target, 16);
	if (memcmp(to.peer, unspecified, 16) == 0) {
		memcpy(to.peer, all_nodes, 16);
		memcpy(to.mac, all_nodes_mac, 6);
		flags = FLAG_OVERRIDE;
	}
	advertise(r, &to, target, flags);
}
