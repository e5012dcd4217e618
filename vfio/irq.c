/* SPDX-License-Identifier: BSD-2-Clause */
/* The forms of VFIO_DEVICE_SET_IRQS that we use, each under its own name. */
#include "vfio/irq.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "vfio/sys.h"

const char *vfio_irq_name(uint32_t index)
{
	static const char *const name[] = {"INTx", "MSI", "MSI-X", "ERR",
					   "REQ"};

	return index < ARRAY_SIZE(name) ? name[index] : "interrupt";
}

static int fail(const struct vfio_device *d, int rc, const char *what,
		uint32_t index)
{
	bool shared = abs(rc) == EBUSY && index == VFIO_PCI_INTX_IRQ_INDEX;

	return err_set(rc, "%s: VFIO_DEVICE_SET_IRQS (%s %s): %s; %s", d->name,
		       what, vfio_irq_name(index), err_name(rc),
		       shared ? "its line is shared with a device of the host: "
				"use a driver with MSI, see /proc/interrupts"
			      : "see the kernel log: dmesg | tail");
}

/* SET_IRQS with an array of eventfds, for TRIGGER or UNMASK. */
static int set_eventfds(struct vfio_device *d, const struct vfio_irq_set *head,
			const int *fds)
{
	size_t size = sizeof(*head) + head->count * sizeof(*fds);
	struct vfio_irq_set *set = calloc(1, size);
	int rc;

	if (!set)
		return -ENOMEM;
	*set = *head;
	set->argsz = (uint32_t)size;
	set->flags |= VFIO_IRQ_SET_DATA_EVENTFD;
	memcpy(set->data, fds, head->count * sizeof(*fds));
	rc = vfio_sys_set_irqs(d->fd, set);
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
	int rc;

	if (count < 1 || count > VFIO_IRQ_MAX)
		return err_set(EINVAL, "%s: %u vectors of %s", d->name, count,
			       vfio_irq_name(index));
	rc = set_eventfds(d, &head, fds);
	return rc < 0 ? fail(d, rc, "enable", index) : rc;
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

	return vfio_sys_set_irqs(d->fd, &set);
}

int vfio_irq_disable(struct vfio_device *d, uint32_t index)
{
	int rc = set_none(d, VFIO_IRQ_SET_ACTION_TRIGGER, index, 0);

	return rc < 0 ? fail(d, rc, "disable", index) : 0;
}

int vfio_irq_unmask_on(struct vfio_device *d, int eventfd)
{
	const struct vfio_irq_set head = {
		.flags = VFIO_IRQ_SET_ACTION_UNMASK,
		.index = VFIO_PCI_INTX_IRQ_INDEX,
		.count = 1,
	};
	int rc = set_eventfds(d, &head, &eventfd);

	return rc < 0 ? fail(d, rc, "unmask by eventfd", head.index) : 0;
}

int vfio_irq_mask(struct vfio_device *d)
{
	int rc = set_none(d, VFIO_IRQ_SET_ACTION_MASK, VFIO_PCI_INTX_IRQ_INDEX,
			  1);

	return rc < 0 ? fail(d, rc, "mask", VFIO_PCI_INTX_IRQ_INDEX) : 0;
}

int vfio_irq_unmask(struct vfio_device *d)
{
	int rc = set_none(d, VFIO_IRQ_SET_ACTION_UNMASK,
			  VFIO_PCI_INTX_IRQ_INDEX, 1);

	return rc < 0 ? fail(d, rc, "unmask", VFIO_PCI_INTX_IRQ_INDEX) : 0;
}
