/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What there is: device, regions, interrupts.
 *
 * .argsz of a request is the room for the reply's payload; all payloads here
 * have one size, but of a region that can be mapped in parts.  A region that
 * does not exist is one of size 0, not an error: clients ask for every BAR.
 */
#include "tests/twin/server/session.h"

#include <errno.h>
#include <string.h>

int vfu_do_info(struct vfu_session *s, struct vfu_msg *m, uint8_t *out)
{
	struct userwire_info i;

	(void)s;
	memcpy(&i, m->body, sizeof(i));
	if (i.argsz < sizeof(i))
		return -EINVAL;
	i = (struct userwire_info){
		.argsz = sizeof(i),
		.flags = VFIO_DEVICE_FLAGS_RESET | VFIO_DEVICE_FLAGS_PCI,
		.num_regions = VFU_REGIONS,
		.num_irqs = VFU_IRQS,
	};
	memcpy(out, &i, sizeof(i));
	return sizeof(i);
}

/* The areas of a region that can be mapped, as a capability; its size */
static size_t put_areas(const struct vfu_share *share, uint8_t *out)
{
	struct vfio_region_info_cap_sparse_mmap cap = {
		.header = {.id = VFIO_REGION_INFO_CAP_SPARSE_MMAP,
			   .version = 1},
		.nr_areas = share->nareas,
	};
	struct vfio_region_sparse_mmap_area a;
	size_t len = sizeof(cap);

	memcpy(out, &cap, sizeof(cap));
	for (unsigned i = 0; i < share->nareas; i++, len += sizeof(a)) {
		a.offset = share->area[i].start;
		a.size = share->area[i].len;
		memcpy(out + len, &a, sizeof(a));
	}
	return len;
}

/*
 * Who asks with too little room for the capability learns how much it needs;
 * the file comes with the answer that leaves nothing out.
 */
static size_t put_share(struct vfu_session *s, const struct vfu_share *share,
			struct userwire_region *r, uint32_t room, uint8_t *out)
{
	size_t len = sizeof(*r);

	r->offset = share->offset;
	r->flags |= VFIO_REGION_INFO_FLAG_MMAP;
	if (share->nareas)
		len += put_areas(share, out + len);
	r->argsz = (uint32_t)len;
	if (room < len)
		return sizeof(*r);
	if (share->nareas) {
		r->flags |= VFIO_REGION_INFO_FLAG_CAPS;
		r->cap_offset = sizeof(*r);
	}
	s->reply_fd = share->fd;
	return len;
}

int vfu_do_region_info(struct vfu_session *s, struct vfu_msg *m, uint8_t *out)
{
	struct userwire_region r;
	size_t len = sizeof(r);
	uint32_t room;

	memcpy(&r, m->body, sizeof(r));
	if (r.argsz < sizeof(r) || r.index >= VFU_REGIONS)
		return -EINVAL;
	room = r.argsz;
	r = (struct userwire_region){
		.argsz = sizeof(r),
		.flags = s->dev->region[r.index].flags,
		.index = r.index,
		.size = s->dev->region[r.index].size,
	};
	if (s->dev->share[r.index])
		len = put_share(s, s->dev->share[r.index], &r, room, out);
	memcpy(out, &r, sizeof(r));
	return (int)len;
}

/* There are none: what cannot be mapped is reached by message. */
int vfu_do_io_fds(struct vfu_session *s, struct vfu_msg *m, uint8_t *out)
{
	struct userwire_io_fds f;

	(void)s;
	(void)out;
	memcpy(&f, m->body, sizeof(f));
	if (f.argsz < sizeof(f) || f.flags || f.count || f.index >= VFU_REGIONS)
		return -EINVAL;
	return -EOPNOTSUPP;
}

int vfu_do_irq_info(struct vfu_session *s, struct vfu_msg *m, uint8_t *out)
{
	struct userwire_irq i;

	memcpy(&i, m->body, sizeof(i));
	if (i.argsz < sizeof(i) || i.index >= VFU_IRQS)
		return -EINVAL;
	i = (struct userwire_irq){
		.argsz = sizeof(i),
		.flags = s->dev->irq[i.index].flags,
		.index = i.index,
		.count = s->dev->irq[i.index].count,
	};
	memcpy(out, &i, sizeof(i));
	return sizeof(i);
}
