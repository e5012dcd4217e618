/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lies that nobody thought of: one message in so many is spoilt in a way that
 * a seed decides, so that what was found can be had again.
 */
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "tests/lying/tell.h"

/* xorshift64*: any seed but 0 */
static uint32_t chance(struct liar *l, uint32_t below)
{
	l->seed ^= l->seed >> 12;
	l->seed ^= l->seed << 25;
	l->seed ^= l->seed >> 27;
	return (uint32_t)((l->seed * UINT64_C(0x2545f4914f6cdd1d)) >> 33) %
	       below;
}

static uint64_t odd_value(struct liar *l)
{
	static const uint64_t odd[] = {
		0,
		1,
		15,
		31,
		0xfff,
		0x1000,
		0x7fffffff,
		0x80000000,
		0xffffffff,
		UINT64_C(0x100000000),
		UINT64_C(1) << 63,
		-UINT64_C(4096),
		UINT64_MAX,
	};
	uint32_t i = chance(l, ARRAY_SIZE(odd) + 1);

	return i < ARRAY_SIZE(odd) ? odd[i] : chance(l, UINT32_MAX);
}

static void one_bit(struct liar *l, size_t from, size_t to)
{
	if (from < to)
		l->out.p[from + chance(l, (uint32_t)(to - from))] ^=
			(uint8_t)(1u << chance(l, 8));
}

static void one_number(struct liar *l)
{
	size_t size = chance(l, 2) ? 4 : 8;
	size_t n = (l->out.len - LIAR_HEAD) / size;

	if (n)
		le_put(l->out.p + LIAR_HEAD + size * chance(l, (uint32_t)n),
		       size, odd_value(l));
}

/* As long as the header says, or not */
static void other_length(struct liar *l)
{
	size_t len = chance(l, 2) ? chance(l, (uint32_t)l->out.len + 1)
				  : l->out.len + chance(l, 4096);

	l->out.len = len;
	if (len >= LIAR_HEAD && chance(l, 4))
		le_put(l->out.p + 4, 4, len);
}

static void raw_bytes(struct liar *l)
{
	uint8_t b[64];

	for (unsigned i = 0; i < sizeof(b); i++)
		b[i] = (uint8_t)chance(l, 256);
	liar_raw(l->fd, b, 1 + chance(l, sizeof(b)));
}

static void spoil(struct liar *l)
{
	static const struct lie plain = {.a = 5};

	switch (chance(l, 10)) {
	case 0:
		one_bit(l, 0, LIAR_HEAD);
		break;
	case 1:
		one_bit(l, LIAR_HEAD, l->out.len);
		break;
	case 2:
	case 3:
	case 4:
		one_number(l);
		break;
	case 5:
		other_length(l);
		break;
	case 6:
		l->out.copies = chance(l, 3);
		break;
	case 7:
		while (chance(l, 2) && l->out.nfds < LIAR_FDS)
			l->out.fd[l->out.nfds++] = l->dev.mem;
		break;
	case 8:
		tell_error(l, &plain);
		break;
	default:
		l->out.nfds = 0;
		break;
	}
}

static void do_something(struct liar *l)
{
	switch (chance(l, 6)) {
	case 0:
		raw_bytes(l);
		break;
	case 1:
		liar_sleep(chance(l, 300));
		break;
	case 2:
		if (ftruncate(l->dev.mem, chance(l, 2 * BAR2_BYTES)))
			liar_die("ftruncate");
		break;
	default:
		liar_ask(l, USERWIRE_DMA_READ, odd_value(l), odd_value(l),
			 NULL);
		break;
	}
}

void tell_noise(struct liar *l, const struct lie *lie)
{
	l->lenient = true; /* it cannot be known what the client must do */
	if (chance(l, (uint32_t)lie->a))
		return;
	if (chance(l, 3))
		spoil(l);
	else
		do_something(l);
}
