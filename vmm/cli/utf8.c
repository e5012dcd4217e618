/* SPDX-License-Identifier: BSD-2-Clause */
/* One character at a time, checked by its value. */
#include "vmm/cli/utf8.h"

#include <stdbool.h>
#include <stdint.h>

/* bytes that a character with this first byte has; 0: it is none */
static size_t length(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2)
		return 0;
	if (first < 0xe0)
		return 2;
	if (first < 0xf0)
		return 3;
	return first < 0xf5 ? 4 : 0;
}

static bool printable(uint32_t code, size_t n)
{
	static const uint32_t least[] = {0, 0x20, 0xa0, 0x800, 0x10000};

	if (code < least[n] || code == 0x7f || code > 0x10ffff)
		return false;
	return (code < 0xd800 || code > 0xdfff) && code != 0xfffe &&
	       code != 0xffff;
}

size_t utf8_printable(const char *s, size_t len)
{
	const uint8_t *p = (const uint8_t *)s;
	size_t n = length(p[0]);
	uint32_t code;

	if (!n || n > len)
		return 0;
	code = n == 1 ? p[0] : p[0] & (0x7fU >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3fU);
	}
	return printable(code, n) ? n : 0;
}
