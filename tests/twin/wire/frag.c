/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets put together from their fragments (RFC 791, RFC 8200 4.5): up to
 * SLOTS at a time, each until it is 15 s old; the oldest gives way.
 *
 * A map with one bit for each 8 bytes says what has come.  A fragment that
 * overlaps another ends its packet (RFC 5722, and for IPv4 alike), so a packet
 * that counts all its units has each of them once.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/twin/wire/csum.h"
#include "tests/twin/wire/stack.h"

#define SLOTS  8
#define UNIT   8
#define UNITS  (65536 / UNIT)
#define AGE_NS UINT64_C(15000000000)

struct slot {
	bool used;
	uint8_t proto;
	uint32_t id;
	struct wire_path path;
	uint64_t since;
	size_t units; /* that have come */
	size_t len;   /* of the whole; 0 while its end is missing */
	size_t reach; /* end of what came */
	size_t mtu;
	uint64_t map[UNITS / 64];
};

struct wire_frag {
	struct slot slot[SLOTS];
	uint8_t (*data)[UNITS * UNIT]; /* of each slot; NULL before first use */
};

struct wire_frag *wire_frag_open(void)
{
	return calloc(1, sizeof(struct wire_frag));
}

void wire_frag_close(struct wire_frag *f)
{
	if (f)
		free(f->data);
	free(f);
}

static bool belongs(const struct slot *s, const struct wire_pkt *p, uint32_t id)
{
	return s->used && s->id == id && s->path.v6 == p->path.v6 &&
	       (p->path.v6 || s->proto == p->proto) &&
	       s->path.tag == p->path.tag &&
	       memcmp(s->path.peer, p->path.peer, 16) == 0 &&
	       memcmp(s->path.local, p->path.local, 16) == 0;
}

/* A free one, or the oldest. */
static struct slot *take(struct wire_frag *f)
{
	struct slot *s = &f->slot[0];

	for (size_t i = 0; i < SLOTS && s->used; i++)
		if (!f->slot[i].used || f->slot[i].since < s->since)
			s = &f->slot[i];
	return s;
}

/* The packet's slot, a new one if need be. */
static struct slot *find(struct wire_resp *r, const struct wire_pkt *p,
			 uint32_t id)
{
	struct slot *s;

	for (size_t i = 0; i < SLOTS; i++) {
		s = &r->frag->slot[i];
		if (s->used && r->now - s->since > AGE_NS)
			s->used = false;
		if (belongs(s, p, id))
			return s;
	}
	s = take(r->frag);
	*s = (struct slot){
		.used = true,
		.proto = p->proto,
		.id = id,
		.path = p->path,
		.since = r->now,
	};
	return s;
}

/* Mark @n units from @first; false when one of them was marked before. */
static bool mark(struct slot *s, size_t first, size_t n)
{
	for (size_t i = first; i < first + n; i++) {
		uint64_t bit = UINT64_C(1) << (i % 64);

		if (s->map[i / 64] & bit)
			return false;
		s->map[i / 64] |= bit;
	}
	s->units += n;
	return true;
}

/* Whether the fragment can be part of any packet at all. */
static bool piece_ok(const struct wire_pkt *p, const struct wire_piece *piece)
{
	return p->len && piece->at + p->len <= WIRE_DATA_MAX &&
	       (!piece->more || p->len % UNIT == 0);
}

/* Whether it can be part of this one: its end is where the end is. */
static bool piece_fits(const struct slot *s, size_t end, bool more)
{
	if (more)
		return !s->len || end <= s->len;
	return !s->len && end >= s->reach;
}

static uint8_t *data_of(const struct wire_frag *f, const struct slot *s)
{
	return f->data[s - f->slot];
}

static bool add(struct wire_frag *f, struct slot *s, const struct wire_pkt *p,
		const struct wire_piece *piece)
{
	size_t end = piece->at + p->len;

	if (!piece_fits(s, end, piece->more) ||
	    !mark(s, piece->at / UNIT, (p->len + UNIT - 1) / UNIT))
		return false;
	memcpy(data_of(f, s) + piece->at, p->data, p->len);
	s->reach = max_u64(s->reach, end);
	s->mtu = max_u64(s->mtu, p->mtu);
	if (!piece->at)
		s->proto = p->proto;
	if (!piece->more)
		s->len = end;
	return true;
}

bool wire_frag_input(struct wire_resp *r, struct wire_pkt *p,
		     const struct wire_piece *piece)
{
	struct wire_frag *f = r->frag;
	struct slot *s;

	if (!f->data)
		f->data = malloc(SLOTS * sizeof(*f->data));
	if (!f->data || !piece_ok(p, piece)) {
		r->counts.bad_form++;
		return false;
	}
	s = find(r, p, piece->id);
	if (!add(f, s, p, piece)) {
		s->used = false;
		r->counts.bad_form++;
		return false;
	}
	if (!s->len || s->units < (s->len + UNIT - 1) / UNIT)
		return false;
	s->used = false;
	p->proto = s->proto;
	p->data = data_of(f, s);
	p->len = s->len;
	p->mtu = s->mtu;
	p->ip_len = 0; /* no header that could be quoted */
	return true;
}
