/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SET_IRQS: one wall of checks, then one small function per action.
 *
 * Source: linux/vfio.h, struct vfio_irq_set; what is refused is what the
 * kernel's vfio-pci refuses, and with its errors.
 */
#include "tests/twin/server/irqs.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/fd.h"

enum {
	DATA = VFIO_IRQ_SET_DATA_TYPE_MASK,
	ACTION = VFIO_IRQ_SET_ACTION_TYPE_MASK,
	INTX = VFIO_PCI_INTX_IRQ_INDEX,
	MSIX = VFIO_PCI_MSIX_IRQ_INDEX,
};

void vfu_irqs_init(struct vfu_irqs *q, const struct vfu_dev *dev)
{
	*q = (struct vfu_irqs){.dev = dev, .resample = -1, .wired = VFU_NO_IRQ};
	for (unsigned i = 0; i < VFU_IRQS; i++)
		for (unsigned v = 0; v < VFU_VECTORS; v++)
			q->trigger[i][v] = -1;
}

static void close_index(struct vfu_irqs *q, uint32_t index)
{
	for (unsigned v = 0; v < VFU_VECTORS; v++)
		fd_close(&q->trigger[index][v]);
	if (index != INTX)
		return;
	fd_close(&q->resample);
	q->masked = false;
}

/* Tell the device when its interrupts go another way than before. */
static void wire(struct vfu_irqs *q, uint32_t index)
{
	if (q->wired == index)
		return;
	q->wired = index;
	q->pending = 0;
	q->level = false; /* the device tells its own again, if it has one */
	if (q->dev->ops->irq_wired)
		q->dev->ops->irq_wired(q->dev->ctx, index);
}

void vfu_irqs_fini(struct vfu_irqs *q)
{
	if (!q->dev)
		return;
	for (uint32_t i = 0; i < VFU_IRQS; i++)
		close_index(q, i);
	wire(q, VFU_NO_IRQ);
}

/*
 * An eventfd belongs to the client, too, which may have filled or emptied its
 * counter, or made it blocking: ask first.  A client with a thread that does it
 * between the question and the act can still stop us; it would have to want to.
 */
static bool ready(int fd, short events)
{
	struct pollfd p = {.fd = fd, .events = events};

	return poll(&p, 1, 0) == 1 && (p.revents & events);
}

bool vfu_irqs_fire(struct vfu_irqs *q, uint32_t index, uint32_t vector)
{
	int fd = q->trigger[index][vector];

	if (fd < 0) {
		if (index == MSIX && q->wired == MSIX)
			q->pending |= UINT32_C(1) << vector;
		return false;
	}
	if (ready(fd, POLLOUT)) /* else as many as can be counted are due */
		(void)eventfd_write(fd, 1);
	return true;
}

static void intx_tell(struct vfu_irqs *q)
{
	if (q->level && !q->masked && vfu_irqs_fire(q, INTX, 0))
		q->masked = true;
}

void vfu_irqs_level(struct vfu_irqs *q, bool level)
{
	q->level = level;
	intx_tell(q);
}

static void intx_mask(struct vfu_irqs *q, bool mask)
{
	q->masked = mask;
	intx_tell(q);
}

void vfu_irqs_resample(struct vfu_irqs *q)
{
	eventfd_t v;

	if (q->resample >= 0 && ready(q->resample, POLLIN) &&
	    !eventfd_read(q->resample, &v))
		intx_mask(q, false);
}

/* ---- the wall --------------------------------------------------------- */

/* Is it an eventfd?  Without /proc nobody can tell. */
static int check_eventfd(int fd)
{
	static const char want[] = "anon_inode:[eventfd]";
	char path[32], link[sizeof(want)];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, link, sizeof(link));
	if (n >= 0 &&
	    (n != sizeof(want) - 1 || memcmp(link, want, (size_t)n) != 0))
		return -EINVAL;
	return 0;
}

static int check_data(const struct userwire_irq_set *set, size_t len,
		      const int *fds, unsigned nfds)
{
	size_t want = 0;

	if ((set->flags & DATA) == VFIO_IRQ_SET_DATA_BOOL)
		want = set->count;
	if (len != want)
		return -EINVAL;
	if ((set->flags & DATA) != VFIO_IRQ_SET_DATA_EVENTFD)
		return nfds ? -EINVAL : 0;
	if (!set->count || (nfds && nfds != set->count))
		return -EINVAL;
	for (unsigned i = 0; i < nfds; i++)
		if (check_eventfd(fds[i]))
			return -EINVAL;
	return 0;
}

static int check_range(const struct vfu_irqs *q,
		       const struct userwire_irq_set *set)
{
	bool none = (set->flags & DATA) == VFIO_IRQ_SET_DATA_NONE;
	bool trigger = (set->flags & ACTION) == VFIO_IRQ_SET_ACTION_TRIGGER;
	uint32_t n;

	if (set->index >= VFU_IRQS)
		return -EINVAL;
	n = q->dev->irq[set->index].count;
	if (!set->count) /* "disable the index", and nothing else */
		return !set->start && none && trigger ? 0 : -EINVAL;
	if (set->start >= n || set->count > n - set->start)
		return -EINVAL;
	return 0;
}

static int check(const struct vfu_irqs *q, const struct userwire_irq_set *set,
		 size_t len, const int *fds, unsigned nfds)
{
	uint32_t known = DATA | ACTION;
	int rc;

	if ((set->flags & ~known) || !is_pow2(set->flags & DATA) ||
	    !is_pow2(set->flags & ACTION))
		return -EINVAL;
	rc = check_range(q, set);
	if (!rc)
		rc = check_data(set, len, fds, nfds);
	if (rc)
		return rc;
	if ((set->flags & ACTION) == VFIO_IRQ_SET_ACTION_TRIGGER)
		return 0;
	/* masking is INTx's; nobody, the kernel included, has mask eventfds */
	if (set->index != INTX ||
	    ((set->flags & DATA) == VFIO_IRQ_SET_DATA_EVENTFD &&
	     (set->flags & VFIO_IRQ_SET_ACTION_MASK)))
		return -ENOTTY;
	return 0;
}

/* ---- the actions ------------------------------------------------------ */

/* Which sub-indices a NONE or BOOL message means */
static bool named(const struct userwire_irq_set *set, const uint8_t *data,
		  uint32_t i)
{
	return (set->flags & VFIO_IRQ_SET_DATA_NONE) || data[i];
}

static int trigger_now(struct vfu_irqs *q, const struct userwire_irq_set *set,
		       const uint8_t *data)
{
	if (!set->count) {
		close_index(q, set->index);
		if (set->index == q->wired)
			wire(q, VFU_NO_IRQ);
		return 0;
	}
	for (uint32_t i = 0; i < set->count; i++)
		if (named(set, data, i))
			vfu_irqs_fire(q, set->index, set->start + i);
	return 0;
}

/* What happened while the client had these vectors masked */
static void fire_pending(struct vfu_irqs *q, uint32_t start, uint32_t count)
{
	for (uint32_t v = start; v < start + count; v++) {
		if (!(q->pending & UINT32_C(1) << v))
			continue;
		q->pending &= ~(UINT32_C(1) << v);
		vfu_irqs_fire(q, MSIX, v);
	}
}

/* Set or replace eventfds; without any, take those away that are there. */
static int assign(struct vfu_irqs *q, const struct userwire_irq_set *set,
		  int *fds, unsigned nfds)
{
	bool bus = set->index <= MSIX; /* ERR and REQ are beside the bus */

	if (bus && q->wired != VFU_NO_IRQ && q->wired != set->index)
		return -EINVAL;
	for (uint32_t i = 0; i < set->count; i++) {
		int *slot = &q->trigger[set->index][set->start + i];

		fd_close(slot);
		if (!nfds)
			continue;
		*slot = fds[i];
		fds[i] = -1;
	}
	if (set->index == INTX && !nfds)
		wire(q, VFU_NO_IRQ);
	else if (bus)
		wire(q, set->index);
	if (set->index == INTX)
		intx_tell(q);
	if (set->index == MSIX && nfds)
		fire_pending(q, set->start, set->count);
	return 0;
}

static int set_resample(struct vfu_irqs *q, int *fds, unsigned nfds)
{
	fd_close(&q->resample);
	if (nfds) {
		q->resample = fds[0];
		fds[0] = -1;
	}
	return 0;
}

int vfu_irqs_set(struct vfu_irqs *q, const struct userwire_irq_set *set,
		 const uint8_t *data, size_t len, int *fds, unsigned nfds)
{
	bool eventfd = set->flags & VFIO_IRQ_SET_DATA_EVENTFD;
	int rc = check(q, set, len, fds, nfds);

	if (rc)
		return rc;
	switch (set->flags & ACTION) {
	case VFIO_IRQ_SET_ACTION_TRIGGER:
		return eventfd ? assign(q, set, fds, nfds)
			       : trigger_now(q, set, data);
	case VFIO_IRQ_SET_ACTION_UNMASK:
		if (eventfd)
			return set_resample(q, fds, nfds);
		if (named(set, data, 0))
			intx_mask(q, false);
		return 0;
	default:
		if (named(set, data, 0))
			intx_mask(q, true);
		return 0;
	}
}
