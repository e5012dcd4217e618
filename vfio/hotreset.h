/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reset of last resort: of a whole bus, for functions that have neither FLR
 * nor a reset by power state and share the bus with others.
 *
 * It hits every function on the bus, so the kernel wants a proof that all of
 * them are ours: the descriptors of their groups.
 */
#ifndef VFIO_HOTRESET_H
#define VFIO_HOTRESET_H

#include "vfio/container.h"
#include "vfio/device.h"

/**
 * vfio_hotreset - reset @d and all that share its bus or slot
 * @c: has the groups of all that is ours
 *
 * Once for each of them: for one that was reset with another nothing is done.
 * Return: 0, or -errno with a message: -EBUSY names a function that it would
 *         hit and that is not ours.
 * Source: linux/vfio.h VFIO_DEVICE_GET_PCI_HOT_RESET_INFO,
 *         VFIO_DEVICE_PCI_HOT_RESET.
 */
int vfio_hotreset(struct kernel_container *c, const struct vfio_device *d)
	__attribute__((warn_unused_result));

#endif
