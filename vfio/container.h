/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The container: /dev/vfio/vfio with a type1 IOMMU, one for the whole VM.
 *
 * All groups of a VM share it, so guest RAM is pinned and mapped once.  Knows
 * which IOVAs the IOMMU can map; dma.h does the mapping.
 */
#ifndef VFIO_CONTAINER_H
#define VFIO_CONTAINER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/range.h"

#define VFIO_IOVA_RANGES 32

struct vfio_container {
	int fd;
	bool ready;          /* VFIO_SET_IOMMU done */
	uint64_t page_sizes; /* bitmap of page sizes that the IOMMU maps */
	uint32_t dma_avail;  /* mappings left; UINT32_MAX: not told */
	struct range iova[VFIO_IOVA_RANGES]; /* usable; none told when 0 */
	unsigned niova;
};

/**
 * vfio_container_open - open /dev/vfio/vfio and check that type1v2 is there
 * @c: uninitialised; on failure left closed
 *
 * Return: 0, or -errno with a message; -ENOTSUP without a type1 IOMMU driver.
 * Source: vfio.rst, "VFIO Usage Example".
 */
int vfio_container_open(struct vfio_container *c)
	__attribute__((warn_unused_result));

/** vfio_container_close - close it, last of all; harmless on a closed one */
void vfio_container_close(struct vfio_container *c);

/**
 * vfio_container_set_iommu - VFIO_SET_IOMMU, then ask what can be mapped
 *
 * Needs one group in the container; harmless to repeat.
 * Return: 0, or -errno with a message.
 */
int vfio_container_set_iommu(struct vfio_container *c)
	__attribute__((warn_unused_result));

/** vfio_container_refresh - ask again, after a group was added */
int vfio_container_refresh(struct vfio_container *c)
	__attribute__((warn_unused_result));

#endif
