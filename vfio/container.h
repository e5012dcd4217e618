/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's container: /dev/vfio/vfio with a type1 IOMMU, one for the whole
 * VM, and the groups in it.
 *
 * All groups of a VM share it, so guest RAM is pinned and mapped once.  Knows
 * which IOVAs the IOMMU can map; dma.h does the mapping.  Behind vfio/kernel.c.
 */
#ifndef VFIO_CONTAINER_H
#define VFIO_CONTAINER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/range.h"
#include "vfio/backend.h"
#include "vfio/group.h"

#define VFIO_IOVA_RANGES 32
#define VFIO_GROUPS      16
#define VFIO_RESETS      64

struct kernel_container {
	struct vfio_container base; /* first: what the back end's users hold */
	int fd;
	bool ready;          /* VFIO_SET_IOMMU done */
	uint64_t page_sizes; /* bitmap of page sizes that the IOMMU maps */
	uint32_t dma_avail;  /* mappings left; UINT32_MAX: not told */
	struct range iova[VFIO_IOVA_RANGES]; /* usable; none told when 0 */
	unsigned niova;
	struct vfio_group group[VFIO_GROUPS];
	unsigned ngroups;
	struct pci_addr was_reset[VFIO_RESETS]; /* by vfio_hotreset() */
	unsigned nreset;
};

/**
 * kernel_container_open - open /dev/vfio/vfio and check that type1v2 is there
 * @c: uninitialised; on failure left closed
 *
 * Return: 0, or -errno with a message; -ENOTSUP without a type1 IOMMU driver.
 * Source: vfio.rst, "VFIO Usage Example".
 */
int kernel_container_open(struct kernel_container *c)
	__attribute__((warn_unused_result));

/** kernel_container_open_cure - what to type when its node gives @err, or NULL
 */
const char *kernel_container_open_cure(int err);

/**
 * kernel_container_close - close its groups, then it, last of all
 *
 * Every device must be closed.  Harmless on a closed one.
 * Return: 0, or the first -errno with a message; all is closed in any case.
 */
int kernel_container_close(struct kernel_container *c);

/**
 * kernel_container_group - have the group with number @id in it
 * @who: device it is wanted for, for messages
 * @fd:  set to its descriptor, borrowed, if it was opened now; else to -1
 *
 * Functions of one group share it.  Also when a later step fails, the group is
 * closed by kernel_container_close().
 * Return: 0, or -errno with a message.
 */
int kernel_container_group(struct kernel_container *c, uint32_t id,
			   struct pci_addr who, int *fd)
	__attribute__((warn_unused_result));

/** kernel_container_find - the group with number @id in it; NULL: not in it */
const struct vfio_group *kernel_container_find(const struct kernel_container *c,
					       uint32_t id);

/**
 * kernel_container_set_iommu - VFIO_SET_IOMMU, then ask what can be mapped
 *
 * Needs one group in the container; harmless to repeat.
 * Return: 0, or -errno with a message.
 */
int kernel_container_set_iommu(struct kernel_container *c)
	__attribute__((warn_unused_result));

/** kernel_container_refresh - ask again, after a group was added */
int kernel_container_refresh(struct kernel_container *c)
	__attribute__((warn_unused_result));

#endif
