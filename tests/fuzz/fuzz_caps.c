/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Info buffers of any content: the walk ends, and what it finds lies inside.
 *
 * Input: 2 bytes of capability ID, 4 of the first offset, 1 of the header's
 * size, then the buffer.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "vfio/caps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *buf = data + 7;
	const uint8_t *p;
	size_t room = 0;
	size_t head;

	if (len < 7)
		return 0;
	head = data[6];
	p = vfio_cap_find(buf, len - 7, (uint32_t)le_get(data + 2, 4), head,
			  (uint16_t)le_get(data, 2), &room);
	if (!p)
		return 0;
	assert(p >= buf + head && room >= 8);
	assert((size_t)(p - buf) + room == len - 7);
	assert(le_get(p, 2) == le_get(data, 2));
	return 0;
}
