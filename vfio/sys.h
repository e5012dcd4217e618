/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VFIO's system calls, one function each, in the order of a device's life.
 *
 * The only place in vfio/ that calls ioctl().  Every function sets argsz,
 * returns what the call returned, or -errno; none sets a message and none
 * knows why it was called.  tests/fake/vfio_sys.c is the double of this file.
 * Source: linux/vfio.h; Documentation/driver-api/vfio.rst.
 */
#ifndef VFIO_SYS_H
#define VFIO_SYS_H

#include <linux/vfio.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** vfio_sys_open - open(2), read-write and close-on-exec; fd or -errno */
int vfio_sys_open(const char *path);

/** vfio_sys_close - close(2); 0 or -errno */
int vfio_sys_close(int fd);

/** vfio_sys_get_api_version - VFIO_GET_API_VERSION; 0 is the only one */
int vfio_sys_get_api_version(int container_fd);

/** vfio_sys_check_extension - VFIO_CHECK_EXTENSION; 0 means absent */
int vfio_sys_check_extension(int container_fd, unsigned long ext);

/** vfio_sys_group_get_status - VFIO_GROUP_GET_STATUS into @st */
int vfio_sys_group_get_status(int group_fd, struct vfio_group_status *st);

/** vfio_sys_group_set_container - VFIO_GROUP_SET_CONTAINER */
int vfio_sys_group_set_container(int group_fd, int container_fd);

/** vfio_sys_group_unset_container - VFIO_GROUP_UNSET_CONTAINER */
int vfio_sys_group_unset_container(int group_fd);

/** vfio_sys_set_iommu - VFIO_SET_IOMMU; needs a group in the container */
int vfio_sys_set_iommu(int container_fd, unsigned long type);

/**
 * vfio_sys_iommu_get_info - VFIO_IOMMU_GET_INFO
 * @info: @argsz bytes, of which the kernel fills what fits; on return
 *        info->argsz is what it wanted
 */
int vfio_sys_iommu_get_info(int container_fd,
			    struct vfio_iommu_type1_info *info, uint32_t argsz);

/** vfio_sys_map_dma - VFIO_IOMMU_MAP_DMA */
int vfio_sys_map_dma(int container_fd, struct vfio_iommu_type1_dma_map *map);

/** vfio_sys_unmap_dma - VFIO_IOMMU_UNMAP_DMA; unmap->size says how much */
int vfio_sys_unmap_dma(int container_fd,
		       struct vfio_iommu_type1_dma_unmap *unmap);

/** vfio_sys_group_get_device_fd - VFIO_GROUP_GET_DEVICE_FD; resets it, too */
int vfio_sys_group_get_device_fd(int group_fd, const char *name);

/** vfio_sys_device_get_info - VFIO_DEVICE_GET_INFO */
int vfio_sys_device_get_info(int dev_fd, struct vfio_device_info *info);

/**
 * vfio_sys_get_region_info - VFIO_DEVICE_GET_REGION_INFO
 * @info:  info->index chooses; @argsz bytes, as vfio_sys_iommu_get_info()
 */
int vfio_sys_get_region_info(int dev_fd, struct vfio_region_info *info,
			     uint32_t argsz);

/** vfio_sys_get_irq_info - VFIO_DEVICE_GET_IRQ_INFO; info->index chooses */
int vfio_sys_get_irq_info(int dev_fd, struct vfio_irq_info *info);

/** vfio_sys_set_irqs - VFIO_DEVICE_SET_IRQS; > 0: only so many vectors */
int vfio_sys_set_irqs(int dev_fd, struct vfio_irq_set *set);

/** vfio_sys_reset - VFIO_DEVICE_RESET */
int vfio_sys_reset(int dev_fd);

/**
 * vfio_sys_hot_reset_info - VFIO_DEVICE_GET_PCI_HOT_RESET_INFO
 * @info: @argsz bytes; too few for all devices: -ENOSPC, and .count is set
 */
int vfio_sys_hot_reset_info(int dev_fd, struct vfio_pci_hot_reset_info *info,
			    uint32_t argsz);

/** vfio_sys_hot_reset - VFIO_DEVICE_PCI_HOT_RESET; @r with its .group_fds */
int vfio_sys_hot_reset(int dev_fd, struct vfio_pci_hot_reset *r);

/** vfio_sys_pread - pread(2) on a device; bytes or -errno */
ssize_t vfio_sys_pread(int dev_fd, void *buf, size_t len, uint64_t off);

/** vfio_sys_pwrite - pwrite(2) on a device; bytes or -errno */
ssize_t vfio_sys_pwrite(int dev_fd, const void *buf, size_t len, uint64_t off);

/**
 * vfio_sys_mmap - shared mmap(2) of a device
 * @at:  what is mapped there, @len bytes from a page on, is replaced; the
 *       caller's own
 * @off: in the device's file, bytes, whole pages as @len
 *
 * Return: @at, or NULL with errno set.
 */
void *vfio_sys_mmap(int dev_fd, void *at, size_t len, int prot, uint64_t off);

/** vfio_sys_munmap - undo vfio_sys_mmap(); 0 or -errno */
int vfio_sys_munmap(void *p, size_t len);

/** vfio_sys_eventfd - eventfd(2), close-on-exec and non-blocking */
int vfio_sys_eventfd(void);

#endif
