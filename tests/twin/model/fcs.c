/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frame check sequence of Ethernet: CRC-32, eight bytes at a time.
 *
 * crc[n][b] is what byte b, followed by n zero bytes, does to the remainder.
 */
#include "tests/twin/model/rings.h"

enum { SLICES = 8 };

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

uint32_t bcm_fcs(struct bcm_chip *chip, const uint8_t *frame, size_t len)
{
	uint32_t(*t)[256] = chip->crc;
	uint32_t c = UINT32_MAX;
	uint64_t w;

	if (!t[0][1])
		tables_fill(t);
	for (; len >= 8; len -= 8, frame += 8) {
		w = le_get(frame, 8) ^ c;
		c = t[7][w & 0xff] ^ t[6][w >> 8 & 0xff] ^
		    t[5][w >> 16 & 0xff] ^ t[4][w >> 24 & 0xff] ^
		    t[3][w >> 32 & 0xff] ^ t[2][w >> 40 & 0xff] ^
		    t[1][w >> 48 & 0xff] ^ t[0][w >> 56];
	}
	for (; len; len--, frame++)
		c = c >> 8 ^ t[0][(c ^ *frame) & 0xff];
	return ~c;
}
