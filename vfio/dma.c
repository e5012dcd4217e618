/* SPDX-License-Identifier: BSD-2-Clause */
/* The checks before the two ioctls, and the two ioctls. */
#include "vfio/dma.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/fd.h"
#include "vfio/sys.h"

/* For messages: what it is, and what helps */
#define RAM     "guest RAM"
#define OR_LESS ", or give a smaller --memory"

/* linux/capability.h: CAP_IPC_LOCK, CAP_SYS_RESOURCE */
#define CAP_IPC_LOCK_BIT 14
#define CAP_RESOURCE_BIT 24

/* Number behind "NAME:" in /proc/self/status; 0 when it is not there. */
static uint64_t status_number(const char *text, const char *name, int base)
{
	const char *p = strstr(text, name);

	return p ? strtoull(p + strlen(name), NULL, base) : 0;
}

struct vfio_memlock vfio_dma_memlock(void)
{
	struct vfio_memlock m = {0, UINT64_MAX, UINT64_MAX};
	struct rlimit lim;
	char text[4096];
	uint64_t caps;

	if (getrlimit(RLIMIT_MEMLOCK, &lim) ||
	    fd_read_text("/proc/self/status", text, sizeof(text)) < 0)
		return m;
	m.used = status_number(text, "VmLck:", 10) * KiB;
	caps = status_number(text, "CapEff:", 16);
	if (lim.rlim_cur != RLIM_INFINITY && !(caps >> CAP_IPC_LOCK_BIT & 1))
		m.soft = lim.rlim_cur;
	if (lim.rlim_max != RLIM_INFINITY && !(caps >> CAP_RESOURCE_BIT & 1))
		m.hard = lim.rlim_max;
	return m;
}

bool vfio_memlock_enough(const struct vfio_memlock *m, uint64_t bytes)
{
	return m->soft == UINT64_MAX ||
	       (m->used <= m->soft && bytes <= m->soft - m->used);
}

int vfio_dma_check_memlock(uint64_t bytes)
{
	struct vfio_memlock m = vfio_dma_memlock();

	if (vfio_memlock_enough(&m, bytes))
		return 0;
	return err_set(ENOMEM,
		       "guest RAM: VFIO_IOMMU_MAP_DMA: ENOMEM (RLIMIT_MEMLOCK: "
		       "%llu KiB to pin, %llu "
		       "KiB pinned, limit %llu KiB); type: ulimit -l %llu, or "
		       "add CAP_IPC_LOCK, or a smaller --memory",
		       (unsigned long long)(bytes / KiB),
		       (unsigned long long)(m.used / KiB),
		       (unsigned long long)(m.soft / KiB),
		       (unsigned long long)((bytes + m.used) / KiB));
}

int vfio_dma_find_reserved(const struct sysfs *s, uint32_t group,
			   struct range iova, struct sysfs_resv *r)
{
	struct sysfs_resv v[SYSFS_RESV_MAX];
	size_t n = 0;
	int rc = sysfs_group_resv(s, group, v, &n);

	for (size_t i = 0; !rc && i < n; i++) {
		if (v[i].type == SYSFS_RESV_DIRECT_RELAXED ||
		    !range_overlaps(v[i].iova, iova))
			continue;
		*r = v[i];
		rc = 1;
	}
	return rc;
}

int vfio_dma_check_reserved(const struct sysfs *s, uint32_t group,
			    struct range iova)
{
	struct sysfs_resv r = {.type = SYSFS_RESV_OTHER};
	int rc = vfio_dma_find_reserved(s, group, iova, &r);

	if (rc <= 0)
		return rc;
	return err_set(ERANGE,
		       "guest RAM 0x%llx-0x%llx: group %u reserves "
		       "0x%llx-0x%llx (%s) for the host; give a smaller "
		       "--memory, or a device of another group",
		       (unsigned long long)iova.start,
		       (unsigned long long)range_last(iova), group,
		       (unsigned long long)r.iova.start,
		       (unsigned long long)range_last(r.iova),
		       sysfs_resv_name(r.type));
}

static bool iova_usable(const struct kernel_container *c, struct range iova)
{
	if (!c->niova)
		return true; /* a kernel before 5.4 does not tell */
	for (unsigned i = 0; i < c->niova; i++)
		if (range_in(iova, c->iova[i]))
			return true;
	return false;
}

/* The usable ranges as text, "0x0-0xfedfffff 0xfef00000-...". */
static void print_usable(const struct kernel_container *c, char *buf,
			 size_t cap)
{
	size_t n = 0;

	buf[0] = '\0';
	for (unsigned i = 0; i < c->niova && n < cap; i++)
		n += (size_t)snprintf(
			buf + n, cap - n, "%s0x%llx-0x%llx", i ? " " : "",
			(unsigned long long)c->iova[i].start,
			(unsigned long long)range_last(c->iova[i]));
}

static const char *map_cure(int err)
{
	switch (-err) {
	case ENOMEM:
		return "raise the limit (ulimit -l) or give a smaller --memory";
	case ENOSPC:
		return "raise /sys/module/vfio_iommu_type1/parameters/"
		       "dma_entry_limit";
	case EFAULT:
		return "the host could not provide the pages: free memory or "
		       "give a smaller --memory";
	default:
		return "see the kernel log: dmesg | tail";
	}
}

static int check_usable(const struct kernel_container *c, struct range iova,
			const char *what, const char *cure)
{
	char usable[512];

	if (iova_usable(c, iova))
		return 0;
	print_usable(c, usable, sizeof(usable));
	return err_set(ERANGE,
		       "%s 0x%llx-0x%llx: the IOMMU maps only %s; see "
		       "/sys/kernel/iommu_groups/*/reserved_regions%s",
		       what, (unsigned long long)iova.start,
		       (unsigned long long)range_last(iova), usable, cure);
}

/* @smaller: what of it could be less, for messages */
static int map(struct kernel_container *c, struct range iova, void *hva,
	       const char *what, const char *smaller)
{
	struct vfio_iommu_type1_dma_map map = {
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)hva,
		.iova = iova.start,
		.size = iova.len,
	};
	char name[64];
	int rc = check_usable(c, iova, what, smaller);

	if (rc)
		return rc;
	rc = vfio_sys_map_dma(c->fd, &map);
	if (rc == 0)
		return 0;
	snprintf(name, sizeof(name), "%s 0x%llx, 0x%llx bytes", what,
		 (unsigned long long)iova.start, (unsigned long long)iova.len);
	return err_call(rc, name, "VFIO_IOMMU_MAP_DMA",
			*smaller ? map_cure(rc)
				 : "see the kernel log: dmesg | tail");
}

int vfio_dma_check_usable(const struct kernel_container *c, struct range iova)
{
	return check_usable(c, iova, RAM, OR_LESS);
}

int vfio_dma_map(struct kernel_container *c, struct range iova, void *hva)
{
	return map(c, iova, hva, RAM, OR_LESS);
}

int vfio_dma_map_bar(struct kernel_container *c, struct range iova, void *hva)
{
	return map(c, iova, hva, "a BAR at", "");
}

int vfio_dma_unmap(struct kernel_container *c, struct range iova)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.iova = iova.start,
		.size = iova.len,
	};
	char name[64];
	int rc = vfio_sys_unmap_dma(c->fd, &unmap);

	snprintf(name, sizeof(name), "DMA at 0x%llx",
		 (unsigned long long)iova.start);
	if (rc < 0)
		return err_call(rc, name, "VFIO_IOMMU_UNMAP_DMA", NULL);
	if (unmap.size != iova.len)
		return err_set(EIO,
			       "%s: VFIO_IOMMU_UNMAP_DMA: 0x%llx bytes asked "
			       "for, 0x%llx unmapped",
			       name, (unsigned long long)iova.len,
			       (unsigned long long)unmap.size);
	return 0;
}
