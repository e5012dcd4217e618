/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel's devices reach: guest RAM, pinned, and each other's BARs;
 * mapped in the IOMMU at IOVA = GPA.
 *
 * A few large ranges.  What can be known before the kernel is asked is
 * checked before: usable IOVAs, reserved regions.
 */
#ifndef VFIO_DMA_H
#define VFIO_DMA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/range.h"
#include "vfio/container.h"
#include "vfio/sysfs.h"

/* What this process may pin, in bytes */
struct vfio_memlock {
	uint64_t used;
	uint64_t soft; /* UINT64_MAX: no limit, or CAP_IPC_LOCK lifts it */
	uint64_t hard; /* as far as it may raise the limit itself */
};

/**
 * vfio_dma_memlock - read what this process may pin
 *
 * Without /proc there is no limit: the kernel decides.
 * Source: setrlimit(2) RLIMIT_MEMLOCK; drivers/vfio/vfio_iommu_type1.c,
 *         vfio_lock_acct(): CAP_IPC_LOCK lifts the limit.
 */
struct vfio_memlock vfio_dma_memlock(void);

/** vfio_memlock_enough - is there room for @bytes more? */
bool vfio_memlock_enough(const struct vfio_memlock *m, uint64_t bytes);

/**
 * vfio_dma_check_memlock - may this process pin @bytes more?
 *
 * The kernel's own answer, ENOMEM, names no limit.
 * Return: 0, or -ENOMEM with a message that states the numbers.
 */
int vfio_dma_check_memlock(uint64_t bytes);

/**
 * vfio_dma_find_reserved - the first region of a group that is in the way
 * @iova:  where guest RAM shall be, bytes
 * @r:     set when there is one
 *
 * Regions that may be given up (direct-relaxable) are not in the way.
 * Return: 1 when there is one, 0, or -errno of sysfs_group_resv() with its
 *         message.
 */
int vfio_dma_find_reserved(const struct sysfs *s, uint32_t group,
			   struct range iova, struct sysfs_resv *r)
	__attribute__((warn_unused_result));

/**
 * vfio_dma_check_usable - can the IOMMU map all of @iova?
 *
 * Return: 0, also where the kernel does not tell; -ERANGE with a message.
 */
int vfio_dma_check_usable(const struct kernel_container *c, struct range iova)
	__attribute__((warn_unused_result));

/**
 * vfio_dma_check_reserved - does a group keep part of @iova for something else?
 * @group: IOMMU group number
 * @iova:  where guest RAM shall be, bytes
 *
 * The container says which IOVAs can be mapped, but not why the others cannot;
 * sysfs does.
 * Return: 0, or with a message -ERANGE that names region and kind, or -errno of
 *         sysfs_group_resv().
 * Source: Documentation/ABI/testing/sysfs-kernel-iommu_groups.
 */
int vfio_dma_check_reserved(const struct sysfs *s, uint32_t group,
			    struct range iova)
	__attribute__((warn_unused_result));

/**
 * vfio_dma_map - pin our memory and let devices reach it
 * @c:    ready (kernel_container_set_iommu)
 * @iova: where devices see it; page-aligned; no overlap with another mapping
 * @hva:  our address of its first byte, page-aligned; must stay mapped and
 *        never be forked, discarded or merged until vfio_dma_unmap()
 *
 * Readable and writable by devices.  Pinning faults every page in: this takes
 * the time of zeroing the memory.
 * Return: 0, or -errno with a message; -ERANGE when the IOMMU cannot map all
 *         of @iova.
 * Source: linux/vfio.h VFIO_IOMMU_MAP_DMA.
 */
int vfio_dma_map(struct kernel_container *c, struct range iova, void *hva)
	__attribute__((warn_unused_result));

/**
 * vfio_dma_map_bar - let devices reach a part of another one's BAR
 * @iova: where the guest sees it; page-aligned
 * @hva:  where vfio_sys_mmap() put it; the BAR must decode, for the kernel
 *        looks where our pages lead
 *
 * Nothing is pinned.  Not every kernel and IOMMU can do it.
 * Return: 0, or -errno with a message.
 * Source: drivers/vfio/vfio_iommu_type1.c, vaddr_get_pfns(): VM_PFNMAP.
 */
int vfio_dma_map_bar(struct kernel_container *c, struct range iova, void *hva)
	__attribute__((warn_unused_result));

/**
 * vfio_dma_unmap - undo a mapping, the whole of it
 *
 * Return: 0, or -errno with a message; -EIO when the kernel unmapped another
 *         number of bytes than asked for.
 */
int vfio_dma_unmap(struct kernel_container *c, struct range iova);

#endif
