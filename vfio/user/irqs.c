/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SET_IRQS: the kernel's structure in as many messages as the server wants.
 *
 * Descriptors in a message are limited, and none of them can be -1; so vectors
 * are cut into runs with and without eventfds.  The eventfd that unmasks INTx
 * stays on this side, since not every server would wait for it: its events go
 * out as messages, see thread.c.
 */
#include "vfio/user/user.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "vfio/device.h"

enum {
	NONE = VFIO_IRQ_SET_DATA_NONE,
	EVENTFD = VFIO_IRQ_SET_DATA_EVENTFD,
	TRIGGER = VFIO_IRQ_SET_ACTION_TRIGGER,
	UNMASK = VFIO_IRQ_SET_ACTION_UNMASK,
	ACTION = VFIO_IRQ_SET_ACTION_TYPE_MASK,
	INTX = VFIO_PCI_INTX_IRQ_INDEX,
};

static int send_set(struct vfio_user *u, struct userwire_irq_set *m,
		    const int *fds, unsigned nfds)
{
	struct userwire_irq_set echo;
	struct user_req q = {.cmd = USERWIRE_SET_IRQS,
			     .tx = {{m, sizeof(*m)}},
			     .fds = fds,
			     .nfds = nfds,
			     .rx = {{&echo, sizeof(echo)}}};

	return user_call(u, &q);
}

/* How many of @fds are, like the first, there or not; and fit a message */
static uint32_t run(const struct vfio_user *u, const int *fds, uint32_t n)
{
	uint32_t max = fds[0] >= 0 ? (uint32_t)min_u64(n, u->fds_max) : n;
	uint32_t i = 1;

	while (i < max && (fds[i] >= 0) == (fds[0] >= 0))
		i++;
	return i;
}

static int set_triggers(struct vfio_user *u, const struct vfio_irq_set *set)
{
	const uint8_t *data = set->data;
	int rc = 0;

	for (uint32_t i = 0, n = 0; i < set->count && !rc; i += n) {
		const int *fds =
			(const int *)(const void *)(data + i * sizeof(int));
		struct userwire_irq_set m = {.argsz = sizeof(m),
					     .flags = EVENTFD | TRIGGER,
					     .index = set->index,
					     .start = set->start + i};

		n = run(u, fds, set->count - i);
		m.count = n;
		rc = send_set(u, &m, fds, fds[0] >= 0 ? n : 0);
	}
	return rc;
}

static int set_eventfds(struct vfio_user *u, const struct vfio_irq_set *set)
{
	uint32_t action = set->flags & ACTION;
	int fd;

	if (action == TRIGGER)
		return set_triggers(u, set);
	if (action != UNMASK || set->index != INTX || set->count != 1)
		return err_set(
			ENOTTY,
			"%s: SET_IRQS: ENOTTY (flags 0x%x with eventfds)",
			u->name, set->flags);
	memcpy(&fd, set->data, sizeof(fd));
	return user_thread_eoi(u, fd);
}

int user_set_irqs(struct vfio_device *d, struct vfio_irq_set *set)
{
	struct vfio_user *u = d->priv;
	struct userwire_irq_set m = {.argsz = sizeof(m),
				     .flags = set->flags,
				     .index = set->index,
				     .start = set->start,
				     .count = set->count};
	int rc = 0;

	if (set->flags & EVENTFD)
		return set_eventfds(u, set);
	if (!(set->flags & NONE))
		return err_set(ENOTTY, "%s: SET_IRQS: ENOTTY (flags 0x%x)",
			       u->name, set->flags);
	if (set->index == INTX && !set->count)
		rc = user_thread_eoi(u, -1);
	return rc ? rc : send_set(u, &m, NULL, 0);
}

int user_unmask(struct vfio_user *u)
{
	struct userwire_irq_set m = {.argsz = sizeof(m),
				     .flags = NONE | UNMASK,
				     .index = INTX,
				     .count = 1};
	struct user_req q = {.cmd = USERWIRE_SET_IRQS, .tx = {{&m, sizeof(m)}}};

	return user_post(u, &q, 0);
}
