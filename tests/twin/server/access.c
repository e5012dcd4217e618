/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verbs that do something: regions, reset, maps, interrupts.
 *
 * Each is a check of the message against what there is, then one call of who
 * knows how.
 */
#include "tests/twin/server/session.h"

#include <errno.h>
#include <string.h>

#include "base/range.h"

/* Does @a name bytes of a region, and not more than a message may carry? */
static int access_check(const struct vfu_session *s,
			const struct userwire_access *a, uint32_t right)
{
	const struct vfu_region *r;

	if (a->region >= VFU_REGIONS || a->count > USERWIRE_XFER_MAX)
		return -EINVAL;
	r = &s->dev->region[a->region];
	if (!(r->flags & right))
		return -EINVAL;
	if (!a->count)
		return a->offset <= r->size ? 0 : -EINVAL;
	if (!range_in((struct range){a->offset, a->count},
		      (struct range){0, r->size}))
		return -EINVAL;
	return 0;
}

int vfu_do_read(struct vfu_session *s, struct vfu_msg *m, uint8_t *out)
{
	struct userwire_access a;
	int rc;

	memcpy(&a, m->body, sizeof(a));
	rc = access_check(s, &a, VFIO_REGION_INFO_FLAG_READ);
	if (!rc && a.count)
		rc = s->dev->ops->read(s->dev->ctx, a.region, a.offset,
				       out + sizeof(a), a.count);
	if (rc)
		return rc;
	memcpy(out, &a, sizeof(a));
	return (int)(sizeof(a) + a.count);
}

int vfu_do_write(struct vfu_session *s, struct vfu_msg *m, uint8_t *out)
{
	struct userwire_access a;
	int rc;

	memcpy(&a, m->body, sizeof(a));
	if (m->len - sizeof(a) != a.count)
		return -EINVAL;
	rc = access_check(s, &a, VFIO_REGION_INFO_FLAG_WRITE);
	if (!rc && a.count)
		rc = s->dev->ops->write(s->dev->ctx, a.region, a.offset,
					m->body + sizeof(a), a.count);
	if (rc)
		return rc;
	memcpy(out, &a, sizeof(a));
	return sizeof(a);
}

int vfu_do_reset(struct vfu_session *s, struct vfu_msg *m, uint8_t *out)
{
	(void)m;
	(void)out;
	return s->dev->ops->reset(s->dev->ctx);
}

int vfu_do_set_irqs(struct vfu_session *s, struct vfu_msg *m, uint8_t *out)
{
	struct userwire_irq_set set;

	(void)out;
	memcpy(&set, m->body, sizeof(set));
	if (set.argsz < sizeof(set))
		return -EINVAL;
	return vfu_irqs_set(&s->irqs, &set, m->body + sizeof(set),
			    m->len - sizeof(set), m->fds, m->nfds);
}

int vfu_do_map(struct vfu_session *s, struct vfu_msg *m, uint8_t *out)
{
	struct userwire_map map;

	(void)out;
	memcpy(&map, m->body, sizeof(map));
	return vfu_dma_map(&s->dma, &map, m->nfds ? m->fds[0] : -1);
}

/* Answered with the size that was mapped; QEMU takes this and a bare header. */
int vfu_do_unmap(struct vfu_session *s, struct vfu_msg *m, uint8_t *out)
{
	struct userwire_unmap u;
	int rc;

	memcpy(&u, m->body, sizeof(u));
	rc = vfu_dma_unmap(&s->dma, &u);
	if (rc)
		return rc;
	memcpy(out, &u, sizeof(u));
	return sizeof(u);
}
