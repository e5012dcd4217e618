/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Internet checksum (RFC 1071), and loads and stores in network order.
 *
 * Sums are kept in memory order: the ones' complement sum of swapped words is
 * the swapped sum, so nothing is swapped on the way.  A sum may be continued
 * only after an even number of bytes.
 */
#ifndef TESTS_TWIN_WIRE_CSUM_H
#define TESTS_TWIN_WIRE_CSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** wire_get16 - the big-endian 16-bit value at @p */
static inline uint16_t wire_get16(const void *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return __builtin_bswap16(v);
}

/** wire_get32 - the big-endian 32-bit value at @p */
static inline uint32_t wire_get32(const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return __builtin_bswap32(v);
}

/** wire_put16 - store @v big-endian at @p; its upper bits are cut off */
static inline void wire_put16(void *p, uint64_t v)
{
	uint16_t be = __builtin_bswap16((uint16_t)v);

	memcpy(p, &be, sizeof(be));
}

/** wire_put32 - store @v big-endian at @p; its upper bits are cut off */
static inline void wire_put32(void *p, uint64_t v)
{
	uint32_t be = __builtin_bswap32((uint32_t)v);

	memcpy(p, &be, sizeof(be));
}

/** wire_sum_add - ones' complement sum of two sums */
static inline uint64_t wire_sum_add(uint64_t a, uint64_t b)
{
	a += b;
	return a + (a < b);
}

/** wire_sum_word - continue @sum over the @len (1 to 8) bytes at @p */
static inline uint64_t wire_sum_word(uint64_t sum, const uint8_t *p, size_t len)
{
	uint64_t v = 0;

	memcpy(&v, p, len);
	return wire_sum_add(sum, v);
}

/** wire_sum - continue @sum (0 at first) over @len bytes */
static inline uint64_t wire_sum(uint64_t sum, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (; len >= 32; p += 32, len -= 32) {
		sum = wire_sum_word(sum, p, 8);
		sum = wire_sum_word(sum, p + 8, 8);
		sum = wire_sum_word(sum, p + 16, 8);
		sum = wire_sum_word(sum, p + 24, 8);
	}
	for (; len >= 8; p += 8, len -= 8)
		sum = wire_sum_word(sum, p, 8);
	return len ? wire_sum_word(sum, p, len) : sum;
}

/** wire_sum_fold - the 16 bits of a sum, in memory order */
static inline uint16_t wire_sum_fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/** wire_sum_ok - whether data that holds its checksum sums up as it should */
static inline bool wire_sum_ok(uint64_t sum)
{
	return wire_sum_fold(sum) == 0xffff;
}

/** wire_sum_put - store the checksum that belongs to @sum at @p */
static inline void wire_sum_put(void *p, uint64_t sum)
{
	uint16_t c = (uint16_t)~wire_sum_fold(sum);

	memcpy(p, &c, sizeof(c));
}

#endif
