/* SPDX-License-Identifier: BSD-2-Clause */
/* The forms of VFIO_DEVICE_SET_IRQS that we use, each under its own name. */
#include "vfio/irq.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/tell.h"

const char *vfio_irq_name(uint32_t index)
{
	static const char *const name[] = {"INTx", "MSI", "MSI-X", "ERR",
					   "REQ"};

	return index < ARRAY_SIZE(name) ? name[index] : "interrupt";
}

/* What they are, for who is told of them: "MSI-X/0@0000:02:00.0" */
static void name_eventfds(const struct vfio_device *d,
			  const struct vfio_irq_set *head, const int *fds)
{
	bool fires = head->flags & VFIO_IRQ_SET_ACTION_TRIGGER;

	for (uint32_t i = 0; i < head->count; i++)
		tell_name_fd(fds[i], "%s%s/%u@%s", vfio_irq_name(head->index),
			     fires ? "" : "-unmask", head->start + i, d->name);
}

/* SET_IRQS with an array of eventfds, for TRIGGER or UNMASK. */
static int set_eventfds(struct vfio_device *d, const struct vfio_irq_set *head,
			const int *fds)
{
	size_t size = sizeof(*head) + head->count * sizeof(*fds);
	struct vfio_irq_set *set = calloc(1, size);
	int rc;

	if (!set)
		return err_set(ENOMEM, "%s: no memory for %u vectors", d->name,
			       head->count);
	*set = *head;
	set->argsz = (uint32_t)size;
	set->flags |= VFIO_IRQ_SET_DATA_EVENTFD;
	memcpy(set->data, fds, head->count * sizeof(*fds));
	name_eventfds(d, head, fds);
	rc = d->ops->set_irqs(d, set);
	free(set);
	return rc;
}

int vfio_irq_enable(struct vfio_device *d, uint32_t index, uint32_t start,
		    const int *fds, uint32_t count)
{
	const struct vfio_irq_set head = {
		.flags = VFIO_IRQ_SET_ACTION_TRIGGER,
		.index = index,
		.start = start,
		.count = count,
	};

	if (count < 1 || count > VFIO_IRQ_MAX)
		return err_set(EINVAL, "%s: %u vectors of %s", d->name, count,
			       vfio_irq_name(index));
	return set_eventfds(d, &head, fds);
}

static int set_none(struct vfio_device *d, uint32_t action, uint32_t index,
		    uint32_t count)
{
	struct vfio_irq_set set = {
		.argsz = sizeof(set),
		.flags = VFIO_IRQ_SET_DATA_NONE | action,
		.index = index,
		.count = count,
	};

	return d->ops->set_irqs(d, &set);
}

int vfio_irq_disable(struct vfio_device *d, uint32_t index)
{
	return set_none(d, VFIO_IRQ_SET_ACTION_TRIGGER, index, 0);
}

int vfio_irq_unmask_on(struct vfio_device *d, int eventfd)
{
	const struct vfio_irq_set head = {
		.flags = VFIO_IRQ_SET_ACTION_UNMASK,
		.index = VFIO_PCI_INTX_IRQ_INDEX,
		.count = 1,
	};

	return set_eventfds(d, &head, &eventfd);
}

int vfio_irq_mask(struct vfio_device *d)
{
	return set_none(d, VFIO_IRQ_SET_ACTION_MASK, VFIO_PCI_INTX_IRQ_INDEX,
			1);
}

int vfio_irq_unmask(struct vfio_device *d)
{
	return set_none(d, VFIO_IRQ_SET_ACTION_UNMASK, VFIO_PCI_INTX_IRQ_INDEX,
			1);
}
