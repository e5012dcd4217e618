/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DMA_MAP and DMA_UNMAP on extents and files.
 *
 * The protocol's text wants an unmap to name one map exactly.  QEMU behind an
 * emulated IOMMU sends large ranges that cover many maps or none, as the
 * kernel's VFIO takes them; so a range removes what is in it.
 */
#include "tests/twin/server/dma.h"

#include <errno.h>

#include "base/bytes.h"
#include "base/range.h"

/* Every extent holds a reference to its file. */
static void count_file(void *ctx, struct vfu_file *file, int change)
{
	struct vfu_dma *d = ctx;

	if (change > 0)
		vfu_files_ref(file);
	else
		vfu_files_put(&d->files, file);
}

void vfu_dma_init(struct vfu_dma *d)
{
	*d = (struct vfu_dma){.extents = {.count = count_file, .ctx = d}};
}

void vfu_dma_fini(struct vfu_dma *d)
{
	vfu_extents_fini(&d->extents);
	while (d->files.head) {
		d->files.head->refs = 1;
		vfu_files_put(&d->files, d->files.head);
	}
}

static int check_map(const struct userwire_map *m)
{
	struct range r = {m->iova, m->size};

	if (m->argsz < sizeof(*m) || !m->size || !range_ok(r))
		return -EINVAL;
	if (!m->flags ||
	    (m->flags & ~(uint32_t)(USERWIRE_MAP_READ | USERWIRE_MAP_WRITE)))
		return -EINVAL;
	return 0;
}

int vfu_dma_map(struct vfu_dma *d, const struct userwire_map *m, int fd)
{
	bool write = m->flags & USERWIRE_MAP_WRITE;
	struct vfu_extent e = {.iova = m->iova,
			       .last = m->iova + (m->size - 1),
			       .off = m->offset,
			       .prot = m->flags};
	int rc = check_map(m);

	if (!rc && fd >= 0)
		rc = vfu_files_get(&d->files, fd,
				   (struct range){m->offset, m->size}, write,
				   &e.file);
	if (rc)
		return rc;
	rc = vfu_extents_add(&d->extents, e);
	vfu_files_put(&d->files, e.file); /* the extent has its own */
	return rc;
}

static int check_unmap(const struct userwire_unmap *u)
{
	struct range r = {u->iova, u->size};

	if (u->argsz < sizeof(*u))
		return -EINVAL;
	if (u->flags == USERWIRE_UNMAP_ALL)
		return u->iova || u->size ? -EINVAL : 0;
	return u->flags || !u->size || !range_ok(r) ? -EINVAL : 0;
}

int vfu_dma_unmap(struct vfu_dma *d, struct userwire_unmap *u)
{
	uint64_t last = u->iova + (u->size - 1);
	uint64_t bytes = 0;
	int rc = check_unmap(u);

	if (rc)
		return rc;
	if (u->flags == USERWIRE_UNMAP_ALL)
		last = UINT64_MAX;
	rc = vfu_extents_cut(&d->extents, u->iova, last, &bytes);
	u->size = bytes;
	return rc;
}

int vfu_dma_piece(const struct vfu_dma *d, uint64_t iova, uint32_t prot,
		  size_t *len, uint8_t **mem)
{
	const struct vfu_extent *e = vfu_extents_find(&d->extents, iova);
	struct range in_file;

	if (!e)
		return -EFAULT;
	if (!(e->prot & prot))
		return -EACCES;
	if (e->last - iova < *len)
		*len = (size_t)min_u64(*len, e->last - iova + 1);
	*mem = NULL;
	if (!e->file)
		return 0;
	in_file = (struct range){e->off + (iova - e->iova), *len};
	if (!range_in(in_file, (struct range){0, e->file->len}))
		return -EFAULT; /* never: the last wall, should one fall */
	*mem = e->file->base + in_file.start;
	return 0;
}
