/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One region of a device: a BAR, the ROM, or configuration space.
 *
 * Reads and writes it, and says which parts can be mapped.  Offsets are within
 * the region.
 */
#ifndef VFIO_REGION_H
#define VFIO_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/range.h"

struct vfio_device;

#define VFIO_REGION_AREAS 8

struct vfio_region {
	uint32_t index;
	uint32_t flags;     /* VFIO_REGION_INFO_FLAG_...; 0: absent */
	uint64_t size;      /* bytes; 0: absent */
	uint64_t offset;    /* of the region in the device's file */
	bool msix_mappable; /* the kernel lets the MSI-X table be mapped */
	struct range area[VFIO_REGION_AREAS]; /* may be mapped */
	unsigned nareas;
};

/** vfio_region_name - "BAR0", "ROM", "config", "VGA" by its index; else "?" */
const char *vfio_region_name(uint32_t index);

/**
 * vfio_region_query - ask the device about one region
 * @d:     its back end has opened it
 * @r:     filled
 * @index: VFIO_PCI_..._REGION_INDEX
 *
 * With a sparse-mmap capability its areas are taken, else a region with the
 * MMAP flag is one area.  Areas that are not page-aligned, outside the region
 * or over another one are left out: they will be trapped.
 * Return: 0 (also for an absent region), or -errno with a message.
 * Source: linux/vfio.h VFIO_DEVICE_GET_REGION_INFO and its capabilities.
 */
int vfio_region_query(struct vfio_device *d, struct vfio_region *r,
		      uint32_t index) __attribute__((warn_unused_result));

/**
 * vfio_region_read - read @len bytes at @off
 * @len: 1, 2, 4 or 8; of configuration space any number
 *
 * A read that fails or that is outside gives all ones, as the bus would.
 * Return: 0, or -errno of the back end, -EIO when it gave fewer bytes, -ERANGE;
 *         no message.
 */
int vfio_region_read(const struct vfio_device *d, const struct vfio_region *r,
		     uint64_t off, void *buf, size_t len);

/** vfio_region_write - likewise; a write that fails is dropped */
int vfio_region_write(const struct vfio_device *d, const struct vfio_region *r,
		      uint64_t off, const void *buf, size_t len);

/**
 * vfio_region_map - map a part of a region into this process
 * @part: within one of the region's areas, page-aligned
 *
 * Return: address, for vfio_region_unmap(); NULL with a message.
 */
void *vfio_region_map(const struct vfio_device *d, const struct vfio_region *r,
		      struct range part);

/** vfio_region_unmap - undo vfio_region_map() */
void vfio_region_unmap(void *p, size_t len);

#endif
