/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stream of accesses that nobody in his right mind makes, the same for the
 * same seed: in a guest (hostile.c) and natively against the models
 * (tests/unit/test_hostile.c).
 *
 * Needs no library.  Knows numbers only, not what they are used for.
 */
#ifndef GUEST_PAYLOAD_STREAM_H
#define GUEST_PAYLOAD_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#define STREAM_HOLE     UINT64_C(0x80000000) /* of PCI below 4 GiB: */
#define STREAM_HOLE_LEN 0x60000000

struct stream {
	uint64_t rng; /* never 0 */
};

/** stream_seed - of the @i-th processor; never the same for two of a seed */
static inline void stream_seed(struct stream *s, uint32_t seed, uint32_t i)
{
	s->rng = (uint64_t)(2 * seed + i + 1) * 0x9e3779b9;
}

/**
 * stream_any - any 64 bits, never 0 in a row for long
 *
 * Source: Marsaglia, "Xorshift RNGs"; the multiplier is Vigna's (xorshift64*).
 */
static inline uint64_t stream_any(struct stream *s)
{
	s->rng ^= s->rng >> 12;
	s->rng ^= s->rng << 25;
	s->rng ^= s->rng >> 27;
	return s->rng * UINT64_C(2685821657736338717);
}

/** stream_below - any number below @n */
static inline uint32_t stream_below(struct stream *s, uint32_t n)
{
	return (uint32_t)((stream_any(s) >> 32) % n);
}

/** stream_one_in - true once in @n times */
static inline bool stream_one_in(struct stream *s, uint32_t n)
{
	return !stream_below(s, n);
}

/** stream_value - one that is special more often than chance would have it */
static inline uint64_t stream_value(struct stream *s)
{
	switch (stream_below(s, 5)) {
	case 0:
		return 0;
	case 1:
		return UINT64_MAX;
	case 2:
		return UINT64_C(1) << stream_below(s, 64);
	case 3:
		return STREAM_HOLE +
		       (stream_any(s) % STREAM_HOLE_LEN & ~UINT64_C(0xfff));
	default:
		return stream_any(s);
	}
}

/** stream_offset - one below @len; often at its ends */
static inline uint64_t stream_offset(struct stream *s, uint64_t len)
{
	switch (stream_below(s, 4)) {
	case 0:
		return stream_below(s, 16);
	case 1:
		return len - 1 - stream_below(s, 8);
	default:
		return stream_any(s) % len;
	}
}

/** stream_size - 1 to 8 bytes, mostly a power of two */
static inline unsigned stream_size(struct stream *s)
{
	return stream_one_in(s, 4) ? 1 + stream_below(s, 8)
				   : 1U << stream_below(s, 4);
}

/** stream_config - an offset in configuration space, near @hot[0..n) mostly */
static inline unsigned stream_config(struct stream *s, const uint8_t *hot,
				     unsigned n)
{
	if (stream_one_in(s, 3))
		return stream_below(s, 4096);
	return (hot[stream_below(s, n)] + stream_below(s, 20)) & 0xff;
}

#endif
