/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What there is: device, regions, interrupts.
 *
 * .argsz of a request is the room for the reply's payload, and all payloads
 * here have one size.  A region that does not exist is one of size 0, not an
 * error: clients ask for every BAR.
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

int vfu_do_region_info(struct vfu_session *s, struct vfu_msg *m, uint8_t *out)
{
	struct userwire_region r;

	memcpy(&r, m->body, sizeof(r));
	if (r.argsz < sizeof(r) || r.index >= VFU_REGIONS)
		return -EINVAL;
	r = (struct userwire_region){
		.argsz = sizeof(r),
		.flags = s->dev->region[r.index].flags,
		.index = r.index,
		.size = s->dev->region[r.index].size,
	};
	memcpy(out, &r, sizeof(r));
	return sizeof(r);
}

/* There are none: nothing of a region can be reached but by message. */
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
