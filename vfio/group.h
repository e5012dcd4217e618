/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One IOMMU group: /dev/vfio/<id>, in a container.
 *
 * The smallest unit that VFIO gives away: every device in it shares one IOMMU
 * domain, so all must be off their host drivers (the group is "viable").
 */
#ifndef VFIO_GROUP_H
#define VFIO_GROUP_H

#include <stdint.h>

#include "vfio/bdf.h"

struct vfio_group {
	int fd;
	uint32_t id;
};

/**
 * vfio_group_open - open /dev/vfio/<id> and put it into a container
 * @g:            uninitialised; on failure left closed (@g->fd == -1)
 * @id:           IOMMU group number
 * @who:          the device it is opened for, for messages
 * @container_fd: open container, any state; borrowed
 *
 * Owns:   @g->fd, until vfio_group_close().
 * Return: 0, or -errno with a message:
 *   -EBUSY  another VMM has the group, or a device of it is on a host driver
 *   other   errno of open(2) or of the ioctl named in the message
 * Source: linux/vfio.h VFIO_GROUP_GET_STATUS, VFIO_GROUP_SET_CONTAINER;
 *         vfio.rst, "VFIO Usage Example".
 */
int vfio_group_open(struct vfio_group *g, uint32_t id, struct pci_addr who,
		    int container_fd) __attribute__((warn_unused_result));

#define GROUP_CURE 224 /* bytes */

/**
 * vfio_group_cure - what to do about a group that the kernel does not attach
 * @buf:   room for it
 * @else_: what it is if firmware does not keep the group for itself
 *
 * Return: @buf, which says where firmware uses it, or @else_; what cannot be
 *         read says nothing.
 * Source: sysfs_group_direct().
 */
const char *vfio_group_cure(uint32_t id, char buf[GROUP_CURE],
			    const char *else_);

/**
 * vfio_group_close - take it out of its container and close it
 *
 * All its device descriptors must be closed, or the kernel says EBUSY.
 * Harmless on a closed group.
 * Return: 0, or -errno with a message; closed in any case.
 */
int vfio_group_close(struct vfio_group *g);

#endif
