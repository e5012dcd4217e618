/* SPDX-License-Identifier: BSD-2-Clause */
/* Region info with its capabilities, and the three ways to reach a region. */
#include "vfio/region.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/bytes.h"
#include "base/err.h"
#include "vfio/caps.h"
#include "vfio/device.h"
#include "vfio/sys.h"

#define PAGE     UINT64_C(4096)
#define INFO_MAX (1u << 16)

const char *vfio_region_name(uint32_t index)
{
	static const char *const name[] = {"BAR0", "BAR1",   "BAR2",
					   "BAR3", "BAR4",   "BAR5",
					   "ROM",  "config", "VGA"};

	return index < ARRAY_SIZE(name) ? name[index] : "?";
}

/* What is odd, or there already, is left out: it will be trapped. */
static void add_area(struct vfio_region *r, struct range a)
{
	bool aligned = a.start % PAGE == 0 && a.len % PAGE == 0;

	for (unsigned i = 0; i < r->nareas; i++)
		if (range_overlaps(r->area[i], a))
			return;
	if (aligned && range_in(a, (struct range){0, r->size}) &&
	    r->nareas < VFIO_REGION_AREAS)
		r->area[r->nareas++] = a;
}

/* Areas of the sparse-mmap capability; false when there is none. */
static bool add_sparse(struct vfio_region *r, const void *info, size_t len,
		       uint32_t off)
{
	struct vfio_region_info_cap_sparse_mmap head;
	struct vfio_region_sparse_mmap_area a;
	size_t room;
	const uint8_t *cap =
		vfio_cap_find(info, len, off, sizeof(struct vfio_region_info),
			      VFIO_REGION_INFO_CAP_SPARSE_MMAP, &room);

	if (!cap || room < sizeof(head))
		return false;
	memcpy(&head, cap, sizeof(head));
	for (size_t i = 0; i < head.nr_areas; i++) {
		if ((room - sizeof(head)) / sizeof(a) <= i)
			break;
		memcpy(&a, cap + sizeof(head) + i * sizeof(a), sizeof(a));
		add_area(r, (struct range){a.offset, a.size});
	}
	return true;
}

static void fill(struct vfio_region *r, const struct vfio_region_info *info,
		 size_t len)
{
	uint32_t off =
		info->flags & VFIO_REGION_INFO_FLAG_CAPS ? info->cap_offset : 0;
	size_t room;

	r->flags = info->flags;
	r->size = info->size;
	r->offset = info->offset;
	r->msix_mappable =
		vfio_cap_find(info, len, off, sizeof(*info),
			      VFIO_REGION_INFO_CAP_MSIX_MAPPABLE, &room);
	if (!(info->flags & VFIO_REGION_INFO_FLAG_MMAP))
		return;
	if (!add_sparse(r, info, len, off))
		add_area(r, (struct range){0, r->size});
}

static int check(const struct vfio_device *d, const struct vfio_region *r,
		 const struct vfio_region_info *info)
{
	if (range_ok((struct range){info->offset, info->size}))
		return 0;
	return err_set(EPROTO,
		       "%s: region %u: 0x%llx bytes at 0x%llx of the device's "
		       "file: more than a file can hold",
		       d->name, r->index, (unsigned long long)info->size,
		       (unsigned long long)info->offset);
}

/* All of it, after @len said how much that is */
static int query_all(struct vfio_device *d, struct vfio_region *r, uint32_t len)
{
	struct vfio_region_info *info = calloc(1, len);
	int rc;

	if (!info)
		return err_set(ENOMEM, "%s: no memory for region info",
			       d->name);
	info->index = r->index;
	rc = d->ops->region_info(d, info, len);
	if (!rc)
		rc = check(d, r, info);
	if (!rc)
		fill(r, info, len);
	free(info);
	return rc;
}

int vfio_region_query(struct vfio_device *d, struct vfio_region *r,
		      uint32_t index)
{
	struct vfio_region_info head = {.index = index};
	int rc;

	*r = (struct vfio_region){.index = index};
	rc = d->ops->region_info(d, &head, sizeof(head));
	if (rc == -EINVAL) /* no such region: VGA on most devices */
		return 0;
	if (rc)
		return rc;
	if (head.argsz < sizeof(head) || head.argsz > INFO_MAX)
		return err_set(EPROTO, "%s: region %u: info of %u bytes",
			       d->name, index, head.argsz);
	return query_all(d, r, head.argsz);
}

int vfio_region_read(const struct vfio_device *d, const struct vfio_region *r,
		     uint64_t off, void *buf, size_t len)
{
	ssize_t n = -ERANGE;

	if (range_in((struct range){off, len}, (struct range){0, r->size}))
		n = d->ops->read(d, r, off, buf, len);
	if (n == (ssize_t)len)
		return 0;
	memset(buf, 0xff, len);
	return n < 0 ? (int)n : -EIO;
}

int vfio_region_write(const struct vfio_device *d, const struct vfio_region *r,
		      uint64_t off, const void *buf, size_t len)
{
	ssize_t n = -ERANGE;

	if (range_in((struct range){off, len}, (struct range){0, r->size}))
		n = d->ops->write(d, r, off, buf, len);
	if (n == (ssize_t)len)
		return 0;
	return n < 0 ? (int)n : -EIO;
}

void *vfio_region_map(const struct vfio_device *d, const struct vfio_region *r,
		      struct range part)
{
	int prot = 0;

	if (r->flags & VFIO_REGION_INFO_FLAG_READ)
		prot |= PROT_READ;
	if (r->flags & VFIO_REGION_INFO_FLAG_WRITE)
		prot |= PROT_WRITE;
	return d->ops->mmap(d, r, part, prot);
}

void vfio_region_unmap(void *p, size_t len)
{
	vfio_sys_munmap(p, len);
}
