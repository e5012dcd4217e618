/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens the container and its groups, reads the IOMMU's limits. */
#include "vfio/container.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/first.h"
#include "base/tell.h"
#include "vfio/caps.h"
#include "vfio/sys.h"

#define NODE     "/dev/vfio/vfio"
#define INFO_MAX (1u << 20) /* far more than any kernel has to say */

const char *kernel_container_open_cure(int err)
{
	switch (-err) {
	case ENOENT:
	case ENODEV:
		return "load VFIO: modprobe vfio-pci; if it is loaded, this "
		       "kernel has no VFIO groups: boot one with "
		       "CONFIG_VFIO_GROUP";
	case EACCES:
	case EPERM:
		return "run as root, or give this user the node and the group "
		       "file";
	default:
		return NULL;
	}
}

static int check(struct kernel_container *c)
{
	int rc = vfio_sys_get_api_version(c->fd);

	if (rc != VFIO_API_VERSION)
		return err_set(EPROTO,
			       NODE ": VFIO_GET_API_VERSION says %d, "
				    "not %d: unknown kernel interface",
			       rc, VFIO_API_VERSION);
	rc = vfio_sys_check_extension(c->fd, VFIO_TYPE1v2_IOMMU);
	if (rc <= 0)
		return err_set(ENOTSUP,
			       NODE ": VFIO_CHECK_EXTENSION: no type1v2 IOMMU; "
				    "load it: modprobe vfio_iommu_type1");
	return 0;
}

int kernel_container_open(struct kernel_container *c)
{
	int rc;

	*c = (struct kernel_container){.base.ops = &vfio_kernel, .fd = -1};
	rc = vfio_sys_open(NODE);
	if (rc < 0)
		return err_call(rc, NODE, "open",
				kernel_container_open_cure(rc));
	c->fd = rc;
	tell_name_fd(c->fd, "container");
	rc = check(c);
	if (rc)
		(void)kernel_container_close(c);
	return rc;
}

int kernel_container_close(struct kernel_container *c)
{
	struct first first = {0};

	while (c->ngroups) {
		int rc = vfio_group_close(&c->group[--c->ngroups]);

		first_keep(&first, rc);
	}
	if (c->fd >= 0)
		vfio_sys_close(c->fd);
	c->fd = -1;
	c->ready = false;
	return first_result(&first);
}

const struct vfio_group *kernel_container_find(const struct kernel_container *c,
					       uint32_t id)
{
	for (unsigned i = 0; i < c->ngroups; i++)
		if (c->group[i].id == id)
			return &c->group[i];
	return NULL;
}

/* The order is the kernel's: group in, IOMMU set, KVM told, then devices. */
int kernel_container_group(struct kernel_container *c, uint32_t id,
			   struct pci_addr who, int *fd)
{
	struct vfio_group *g = &c->group[c->ngroups];
	int rc;

	*fd = -1;
	if (kernel_container_find(c, id))
		return 0;
	if (c->ngroups == VFIO_GROUPS)
		return err_set(ENOSPC, "more than %d IOMMU groups",
			       VFIO_GROUPS);
	rc = vfio_group_open(g, id, who, c->fd);
	if (rc)
		return rc;
	c->ngroups++;
	rc = kernel_container_set_iommu(c);
	if (!rc)
		*fd = g->fd;
	return rc;
}

static int get_info(int fd, struct vfio_iommu_type1_info **out, uint32_t *len)
{
	struct vfio_iommu_type1_info head = {0};
	struct vfio_iommu_type1_info *info = NULL;
	int rc = vfio_sys_iommu_get_info(fd, &head, sizeof(head));

	if (rc < 0)
		return err_call(rc, NODE, "VFIO_IOMMU_GET_INFO", NULL);
	*len = head.argsz;
	if (*len < sizeof(head) || *len > INFO_MAX)
		return err_set(EPROTO, NODE ": VFIO_IOMMU_GET_INFO: argsz %u",
			       *len);
	info = calloc(1, *len);
	if (!info)
		return err_set(ENOMEM, "no memory for the IOMMU's description");
	rc = vfio_sys_iommu_get_info(fd, info, *len);
	if (rc < 0) {
		free(info);
		return err_call(rc, NODE, "VFIO_IOMMU_GET_INFO", NULL);
	}
	*out = info;
	return 0;
}

static void read_ranges(struct kernel_container *c, const void *info,
			size_t len, uint32_t off)
{
	struct vfio_iommu_type1_info_cap_iova_range head;
	size_t room;
	const uint8_t *cap =
		vfio_cap_find(info, len, off,
			      sizeof(struct vfio_iommu_type1_info),
			      VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE, &room);

	c->niova = 0;
	if (!cap || room < sizeof(head))
		return;
	memcpy(&head, cap, sizeof(head));
	cap += sizeof(head);
	room -= sizeof(head);
	for (uint32_t i = 0; i < head.nr_iovas; i++) {
		struct vfio_iova_range r;

		if (room < sizeof(r) || c->niova == VFIO_IOVA_RANGES)
			return;
		memcpy(&r, cap + i * sizeof(r), sizeof(r));
		room -= sizeof(r);
		if (r.end >= r.start)
			c->iova[c->niova++] =
				(struct range){r.start, r.end - r.start + 1};
	}
}

static uint32_t read_avail(const void *info, size_t len, uint32_t off)
{
	struct vfio_iommu_type1_info_dma_avail avail;
	size_t room;
	const void *cap = vfio_cap_find(info, len, off,
					sizeof(struct vfio_iommu_type1_info),
					VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL, &room);

	if (!cap || room < sizeof(avail))
		return UINT32_MAX;
	memcpy(&avail, cap, sizeof(avail));
	return avail.avail;
}

int kernel_container_refresh(struct kernel_container *c)
{
	struct vfio_iommu_type1_info *info = NULL;
	uint32_t len = 0;
	uint32_t off;
	int rc = get_info(c->fd, &info, &len);

	if (rc || !info)
		return rc;
	off = info->flags & VFIO_IOMMU_INFO_CAPS ? info->cap_offset : 0;
	c->page_sizes = info->flags & VFIO_IOMMU_INFO_PGSIZES
				? info->iova_pgsizes
				: 4096;
	read_ranges(c, info, len, off);
	c->dma_avail = read_avail(info, len, off);
	free(info);
	return 0;
}

/* An EPERM has two reasons, and firmware is the one that sysfs tells of. */
static int iommu_failed(const struct kernel_container *c, int rc)
{
	char buf[GROUP_CURE];
	const char *cure =
		rc == -EPERM
			? "no interrupt remapping here; turn it on in the "
			  "firmware, or accept the risk: echo 1 > "
			  "/sys/module/vfio_iommu_type1/parameters/"
			  "allow_unsafe_interrupts"
			: "see the kernel log, dmesg, and: passthru doctor";

	for (unsigned i = 0; i < c->ngroups && cure != buf; i++)
		cure = vfio_group_cure(c->group[i].id, buf, cure);
	return err_call(rc, NODE, "VFIO_SET_IOMMU", cure);
}

int kernel_container_set_iommu(struct kernel_container *c)
{
	int rc;

	if (!c->ready) {
		rc = vfio_sys_set_iommu(c->fd, VFIO_TYPE1v2_IOMMU);
		if (rc < 0)
			return iommu_failed(c, rc);
		c->ready = true;
	}
	return kernel_container_refresh(c);
}
