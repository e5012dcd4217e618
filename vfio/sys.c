/* SPDX-License-Identifier: BSD-2-Clause */
/* One wrapper per VFIO system call: argsz, the call, -errno in place of -1. */
#include "vfio/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vfio/tell.h"

/* What a system call returned, with errno folded in. */
static int result(int rc)
{
	return rc < 0 ? -errno : rc;
}

/* Every ioctl goes through these two. */
static int make(const struct tell_ioctl *c)
{
	return result(ioctl(c->fd, c->request, c->arg));
}

static int told(const struct tell_ioctl *c)
{
	return tell_on(TELL_VFIO) ? vfio_tell(c, make) : make(c);
}

#define TOLD(fd, request, arg)                                                 \
	told(&(struct tell_ioctl){fd, request, #request, (uintptr_t)(arg)})

int vfio_sys_open(const char *path)
{
	return result(open(path, O_RDWR | O_CLOEXEC));
}

int vfio_sys_close(int fd)
{
	return result(close(fd));
}

int vfio_sys_get_api_version(int container_fd)
{
	return TOLD(container_fd, VFIO_GET_API_VERSION, 0);
}

int vfio_sys_check_extension(int container_fd, unsigned long ext)
{
	return TOLD(container_fd, VFIO_CHECK_EXTENSION, ext);
}

int vfio_sys_group_get_status(int group_fd, struct vfio_group_status *st)
{
	st->argsz = sizeof(*st);
	return TOLD(group_fd, VFIO_GROUP_GET_STATUS, st);
}

int vfio_sys_group_set_container(int group_fd, int container_fd)
{
	return TOLD(group_fd, VFIO_GROUP_SET_CONTAINER, &container_fd);
}

int vfio_sys_group_unset_container(int group_fd)
{
	return TOLD(group_fd, VFIO_GROUP_UNSET_CONTAINER, 0);
}

int vfio_sys_set_iommu(int container_fd, unsigned long type)
{
	return TOLD(container_fd, VFIO_SET_IOMMU, type);
}

int vfio_sys_iommu_get_info(int container_fd,
			    struct vfio_iommu_type1_info *info, uint32_t argsz)
{
	info->argsz = argsz;
	return TOLD(container_fd, VFIO_IOMMU_GET_INFO, info);
}

int vfio_sys_map_dma(int container_fd, struct vfio_iommu_type1_dma_map *map)
{
	map->argsz = sizeof(*map);
	return TOLD(container_fd, VFIO_IOMMU_MAP_DMA, map);
}

int vfio_sys_unmap_dma(int container_fd,
		       struct vfio_iommu_type1_dma_unmap *unmap)
{
	unmap->argsz = sizeof(*unmap);
	return TOLD(container_fd, VFIO_IOMMU_UNMAP_DMA, unmap);
}

int vfio_sys_group_get_device_fd(int group_fd, const char *name)
{
	return TOLD(group_fd, VFIO_GROUP_GET_DEVICE_FD, name);
}

int vfio_sys_device_get_info(int dev_fd, struct vfio_device_info *info)
{
	info->argsz = sizeof(*info);
	return TOLD(dev_fd, VFIO_DEVICE_GET_INFO, info);
}

int vfio_sys_get_region_info(int dev_fd, struct vfio_region_info *info,
			     uint32_t argsz)
{
	info->argsz = argsz;
	return TOLD(dev_fd, VFIO_DEVICE_GET_REGION_INFO, info);
}

int vfio_sys_get_irq_info(int dev_fd, struct vfio_irq_info *info)
{
	info->argsz = sizeof(*info);
	return TOLD(dev_fd, VFIO_DEVICE_GET_IRQ_INFO, info);
}

int vfio_sys_set_irqs(int dev_fd, struct vfio_irq_set *set)
{
	return TOLD(dev_fd, VFIO_DEVICE_SET_IRQS, set);
}

int vfio_sys_reset(int dev_fd)
{
	return TOLD(dev_fd, VFIO_DEVICE_RESET, 0);
}

int vfio_sys_hot_reset_info(int dev_fd, struct vfio_pci_hot_reset_info *info,
			    uint32_t argsz)
{
	info->argsz = argsz;
	return TOLD(dev_fd, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, info);
}

int vfio_sys_hot_reset(int dev_fd, struct vfio_pci_hot_reset *r)
{
	r->argsz = (uint32_t)(sizeof(*r) + r->count * sizeof(r->group_fds[0]));
	return TOLD(dev_fd, VFIO_DEVICE_PCI_HOT_RESET, r);
}

ssize_t vfio_sys_pread(int dev_fd, void *buf, size_t len, uint64_t off)
{
	ssize_t n = pread(dev_fd, buf, len, (off_t)off);

	return n < 0 ? -errno : n;
}

ssize_t vfio_sys_pwrite(int dev_fd, const void *buf, size_t len, uint64_t off)
{
	ssize_t n = pwrite(dev_fd, buf, len, (off_t)off);

	return n < 0 ? -errno : n;
}

void *vfio_sys_mmap(int dev_fd, void *at, size_t len, int prot, uint64_t off)
{
	void *p =
		mmap(at, len, prot, MAP_SHARED | MAP_FIXED, dev_fd, (off_t)off);

	return p == MAP_FAILED ? NULL : p;
}

int vfio_sys_munmap(void *p, size_t len)
{
	return result(munmap(p, len));
}

int vfio_sys_eventfd(void)
{
	return result(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}
