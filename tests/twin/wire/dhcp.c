/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A DHCP server (RFC 2131, RFC 2132) with one address to give, 10.0.2.15, to
 * whoever asks: there is one machine at the other end of the cable.  So it
 * remembers nothing: release and decline need no answer, and every request for
 * another address is refused.
 */
#include <string.h>

#include "tests/twin/wire/csum.h"
#include "tests/twin/wire/stack.h"

/* clang-format off */
enum {
	/* offsets in a message */
	OP = 0, HTYPE = 1, HLEN = 2, XID = 4, FLAGS = 10, CIADDR = 12,
	YIADDR = 16, SIADDR = 20, GIADDR = 24, CHADDR = 28, COOKIE = 236,
	OPTIONS = 240,

	REQUEST_OP = 1, REPLY_OP = 2,
	ETHERNET = 1, ETHERNET_LEN = 6,
	REPLY_LEN = 300, /* RFC 1542 2.1: some clients want that much */

	OPT_PAD = 0, OPT_MASK = 1, OPT_ROUTER = 3, OPT_WANTED = 50,
	OPT_LEASE = 51, OPT_TYPE = 53, OPT_SERVER = 54, OPT_END = 255,

	DISCOVER = 1, OFFER = 2, REQUEST = 3, ACK = 5, NAK = 6, INFORM = 8,
};
/* clang-format on */

#define MAGIC          0x63825363
#define BROADCAST_FLAG 0x8000
#define PORTS          (67u << 16 | 68) /* server to client */
#define LEASE_S        0x00ffffff       /* half a year */

/* What of a message matters; NULL for an option that is not there. */
struct msg {
	const uint8_t *raw;
	uint8_t type;
	const uint8_t *wanted; /* address */
	const uint8_t *server;
};

static void option(struct msg *m, uint8_t code, const uint8_t *val, size_t len)
{
	if (code == OPT_TYPE && len == 1)
		m->type = val[0];
	else if (code == OPT_WANTED && len == 4)
		m->wanted = val;
	else if (code == OPT_SERVER && len == 4)
		m->server = val;
}

/* False when an option runs over the end of the message. */
static bool options(struct msg *m, const uint8_t *p, size_t len)
{
	size_t n;

	for (; len && *p != OPT_END; p += n, len -= n) {
		n = 1;
		if (*p == OPT_PAD)
			continue;
		if (len < 2 || len - 2 < p[1])
			return false;
		n = 2u + p[1];
		option(m, p[0], p + 2, p[1]);
	}
	return true;
}

static bool parse(struct msg *m, const uint8_t *data, size_t len)
{
	*m = (struct msg){.raw = data};
	return len >= OPTIONS && data[OP] == REQUEST_OP &&
	       data[HTYPE] == ETHERNET && data[HLEN] == ETHERNET_LEN &&
	       wire_get32(data + COOKIE) == MAGIC &&
	       options(m, data + OPTIONS, len - OPTIONS) && m->type;
}

static bool is_guest(const uint8_t *addr)
{
	return memcmp(addr, wire_ip4_guest, 4) == 0;
}

/* The message that answers @m, or 0 for none (RFC 2131 4.3). */
static uint8_t answer(const struct msg *m)
{
	switch (m->type) {
	case DISCOVER:
		return OFFER;
	case REQUEST:
		if (m->server && memcmp(m->server, wire_ip4_self, 4) != 0)
			return 0; /* somebody else's offer was taken */
		return is_guest(m->wanted ? m->wanted : m->raw + CIADDR) ? ACK
									 : NAK;
	case INFORM:
		return ACK;
	default:
		return 0;
	}
}

static uint8_t *put_option(uint8_t *p, uint8_t code, const void *val,
			   uint8_t len)
{
	p[0] = code;
	p[1] = len;
	memcpy(p + 2, val, len);
	return p + 2 + len;
}

static void fill(uint8_t *p, const struct msg *m, uint8_t type)
{
	static const uint8_t mask[4] = {255, 255, 255, 0};
	uint8_t lease[4];
	uint8_t *opt = p + OPTIONS;

	memcpy(p, m->raw, OPTIONS);
	memset(p + OPTIONS, 0, REPLY_LEN - OPTIONS);
	memset(p + YIADDR, 0, 8);
	memset(p + CHADDR + 16, 0, COOKIE - CHADDR - 16);
	p[OP] = REPLY_OP;
	p[3] = 0; /* hops */
	wire_put16(p + 8, 0);
	if (type != ACK)
		memset(p + CIADDR, 0, 4);
	opt = put_option(opt, OPT_TYPE, &type, 1);
	opt = put_option(opt, OPT_SERVER, wire_ip4_self, 4);
	if (type != NAK) {
		opt = put_option(opt, OPT_MASK, mask, 4);
		opt = put_option(opt, OPT_ROUTER, wire_ip4_self, 4);
	}
	if (type != NAK && m->type != INFORM) {
		memcpy(p + YIADDR, wire_ip4_guest, 4);
		wire_put32(lease, LEASE_S);
		opt = put_option(opt, OPT_LEASE, lease, 4);
	}
	*opt = OPT_END;
}

/* RFC 2131 4.1: to the address it has, or is given, or to everybody. */
static void address(struct wire_path *to, const struct msg *m, uint8_t type)
{
	static const uint8_t none[4];

	memcpy(to->local, wire_ip4_self, 4);
	if (type != NAK && memcmp(m->raw + CIADDR, none, 4) != 0) {
		memcpy(to->peer, m->raw + CIADDR, 4);
	} else if (type == NAK || wire_get16(m->raw + FLAGS) & BROADCAST_FLAG) {
		memset(to->peer, 0xff, 4);
		memset(to->mac, 0xff, sizeof(to->mac));
	} else {
		memcpy(to->peer, wire_ip4_guest, 4);
	}
}

void wire_dhcp_input(struct wire_resp *r, const struct wire_pkt *p,
		     const uint8_t *data, size_t len)
{
	struct wire_path to = p->path;
	struct msg m;
	uint8_t type;

	if (!parse(&m, data, len)) {
		r->counts.bad_form++;
		return;
	}
	type = answer(&m);
	if (!type)
		return;
	address(&to, &m, type);
	fill(r->scratch + 8, &m, type);
	wire_udp_send(r, &to, PORTS, REPLY_LEN, p->mtu);
}
