/* SPDX-License-Identifier: BSD-2-Clause */
/* A walk that ends: chains go forward or stop, a cycle cannot outlast it. */
#include "vfio/caps.h"

#include <linux/vfio.h>
#include <string.h>

const void *vfio_cap_find(const void *buf, size_t len, uint32_t off,
			  size_t head, uint16_t id, size_t *room)
{
	size_t steps = len / sizeof(struct vfio_info_cap_header);
	const uint8_t *p = buf;

	while (off && steps--) {
		struct vfio_info_cap_header cap;

		if (off < head || off > len || len - off < sizeof(cap))
			return NULL;
		memcpy(&cap, p + off, sizeof(cap));
		if (cap.id == id) {
			*room = len - off;
			return p + off;
		}
		off = cap.next;
	}
	return NULL;
}
