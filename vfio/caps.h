/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walks a VFIO capability chain inside one info buffer.
 *
 * The chain comes from the kernel (or, over a socket, from anybody), so every
 * offset is checked and the number of steps is bounded.
 */
#ifndef VFIO_CAPS_H
#define VFIO_CAPS_H

#include <stddef.h>
#include <stdint.h>

/**
 * vfio_cap_find - first capability with a given id
 * @buf:  info structure with its capabilities behind it
 * @len:  bytes in @buf
 * @off:  info->cap_offset; 0 means no chain
 * @head: size of the info structure: a capability cannot begin inside it
 * @id:   VFIO_REGION_INFO_CAP_... or VFIO_IOMMU_TYPE1_INFO_CAP_...
 * @room: set to the bytes from the capability to the end of @buf
 *
 * Return: pointer into @buf, with at least the capability header in bounds;
 *         NULL when there is none or the chain is broken before it.
 * Source: linux/vfio.h, struct vfio_info_cap_header.
 */
const void *vfio_cap_find(const void *buf, size_t len, uint32_t off,
			  size_t head, uint16_t id, size_t *room);

#endif
