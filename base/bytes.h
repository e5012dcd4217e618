/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Little-endian loads and stores, alignment, and small arithmetic.
 *
 * Everything PCI, ACPI and VFIO show is little-endian, and the buffers they
 * come in have no alignment; nothing here knows what the bytes mean.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define KiB (UINT64_C(1) << 10)
#define MiB (UINT64_C(1) << 20)
#define GiB (UINT64_C(1) << 30)

/** le_get - value of the @size (1, 2, 4 or 8) little-endian bytes at @p */
static inline uint64_t le_get(const void *p, size_t size)
{
	uint64_t v = 0;

	memcpy(&v, p, size < sizeof(v) ? size : sizeof(v));
	return v;
}

/** le_put - store the low @size (1, 2, 4 or 8) bytes of @v at @p */
static inline void le_put(void *p, size_t size, uint64_t v)
{
	memcpy(p, &v, size < sizeof(v) ? size : sizeof(v));
}

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	      "le_get and le_put are plain copies: little-endian hosts only");

/** ones - the value whose low @size (1..8) bytes are all 0xff */
static inline uint64_t ones(size_t size)
{
	return size >= 8 ? UINT64_MAX : (UINT64_C(1) << (8 * size)) - 1;
}

/** is_pow2 - true when exactly one bit of @v is set */
static inline bool is_pow2(uint64_t v)
{
	return v && !(v & (v - 1));
}

/** align_down - @v rounded down to a multiple of @a, a power of two */
static inline uint64_t align_down(uint64_t v, uint64_t a)
{
	return v & ~(a - 1);
}

/** align_up - @v rounded up to a multiple of @a, a power of two; may wrap */
static inline uint64_t align_up(uint64_t v, uint64_t a)
{
	return align_down(v + a - 1, a);
}

/** min_u64 - the smaller of the two */
static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/** max_u64 - the larger of the two */
static inline uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

#endif
