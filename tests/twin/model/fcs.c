/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frame check sequence of Ethernet: CRC-32.
 *
 * Every frame that is received costs one, so it has to be quick.  Eight bytes
 * at a time by tables: crc[n][b] is what byte b, followed by n zero bytes, does
 * to the remainder.  Where the CPU multiplies without carries, 64 bytes at a
 * time are folded into the next 64; what is left over in the end has the same
 * remainder as all that went before.
 */
#include "tests/twin/model/rings.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

enum { SLICES = 8, LANES = 4, LANE = 16, BLOCK = LANES * LANE };

static void tables_fill(uint32_t crc[SLICES][256])
{
	uint32_t c;

	for (uint32_t b = 0; b < 256; b++) {
		c = b;
		for (unsigned int bit = 0; bit < 8; bit++)
			c = c >> 1 ^ (c & 1 ? 0xedb88320 : 0);
		crc[0][b] = c;
	}
	for (unsigned int n = 1; n < SLICES; n++)
		for (uint32_t b = 0; b < 256; b++)
			crc[n][b] = crc[n - 1][b] >> 8 ^
				    crc[0][crc[n - 1][b] & 0xff];
}

static uint32_t by_tables(uint32_t t[SLICES][256], uint32_t c, const uint8_t *p,
			  size_t len)
{
	uint64_t w;

	for (; len >= 8; len -= 8, p += 8) {
		w = le_get(p, 8) ^ c;
		c = t[7][w & 0xff] ^ t[6][w >> 8 & 0xff] ^
		    t[5][w >> 16 & 0xff] ^ t[4][w >> 24 & 0xff] ^
		    t[3][w >> 32 & 0xff] ^ t[2][w >> 40 & 0xff] ^
		    t[1][w >> 48 & 0xff] ^ t[0][w >> 56];
	}
	for (; len; len--, p++)
		c = c >> 8 ^ t[0][(c ^ *p) & 0xff];
	return c;
}

#ifdef __x86_64__
#define CLMUL __attribute__((target("pclmul,sse2")))

/* Move @x on by the distance that is in @k, and add what stands there */
CLMUL static __m128i fold(__m128i x, __m128i k, __m128i there)
{
	__m128i lo = _mm_clmulepi64_si128(x, k, 0x00);
	__m128i hi = _mm_clmulepi64_si128(x, k, 0x11);

	return _mm_xor_si128(_mm_xor_si128(lo, hi), there);
}

CLMUL static __m128i load(const uint8_t *p)
{
	return _mm_loadu_si128((const __m128i *)p);
}

/*
 * The first @n blocks of 64 bytes at @p and remainder @c become 16 bytes.
 *
 * The constants are powers of x modulo the polynomial, bits reversed: by 64
 * bytes x^(512+32) and x^(512-32), by 16 bytes x^(128+32) and x^(128-32).
 */
CLMUL static void fold_blocks(uint32_t c, const uint8_t *p, size_t n,
			      uint8_t out[LANE])
{
	const __m128i far = _mm_set_epi64x(0x1c6e41596, 0x154442bd4);
	const __m128i near = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
	__m128i x[LANES];

	for (unsigned int i = 0; i < LANES; i++)
		x[i] = load(p + LANE * i);
	x[0] = _mm_xor_si128(x[0], _mm_cvtsi32_si128((int)c));
	for (; --n;) {
		p += BLOCK;
		for (unsigned int i = 0; i < LANES; i++)
			x[i] = fold(x[i], far, load(p + LANE * i));
	}
	for (unsigned int i = 1; i < LANES; i++)
		x[i] = fold(x[i - 1], near, x[i]);
	_mm_storeu_si128((__m128i *)out, x[LANES - 1]);
}

static bool can_fold(void)
{
	return __builtin_cpu_supports("pclmul");
}
#else
static void fold_blocks(uint32_t c, const uint8_t *p, size_t n,
			uint8_t out[LANE])
{
	(void)c;
	(void)p;
	(void)n;
	(void)out;
}

static bool can_fold(void)
{
	return false;
}
#endif

uint32_t bcm_fcs(struct bcm_chip *chip, const uint8_t *frame, size_t len)
{
	uint32_t c = UINT32_MAX;
	size_t n = len / BLOCK;
	uint8_t folded[LANE];

	if (!chip->crc[0][1])
		tables_fill(chip->crc);
	if (n && can_fold()) {
		fold_blocks(c, frame, n, folded);
		c = by_tables(chip->crc, 0, folded, LANE);
		frame += n * BLOCK;
		len -= n * BLOCK;
	}
	return ~by_tables(chip->crc, c, frame, len);
}
