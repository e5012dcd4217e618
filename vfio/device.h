/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One PCI function opened through VFIO: regions, interrupts, reset.
 *
 * What the device shows and takes, not what a guest makes of it.
 */
#ifndef VFIO_DEVICE_H
#define VFIO_DEVICE_H

#include <linux/vfio.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vfio/bdf.h"
#include "vfio/group.h"
#include "vfio/region.h"

struct vfio_irq_kind {
	uint32_t flags; /* VFIO_IRQ_INFO_...; 0: absent */
	uint32_t count; /* vectors; 0: absent */
};

struct vfio_device {
	int fd;
	struct pci_addr addr;
	char name[BDF_STRLEN]; /* long BDF, for messages */
	uint32_t flags;        /* VFIO_DEVICE_FLAGS_... */
	struct vfio_region region[VFIO_PCI_NUM_REGIONS];
	struct vfio_irq_kind irq[VFIO_PCI_NUM_IRQS];
};

/**
 * vfio_device_open - get the device's descriptor and ask for everything
 * @d: uninitialised; on failure left closed (@d->fd == -1)
 * @g: open, in a container with its IOMMU set; borrowed for the call
 *
 * The kernel resets the device here if it can (65 to 150 ms), turns bus
 * mastering off and refuses a function that is not on vfio-pci.
 * Return: 0, or -errno with a message.
 * Source: linux/vfio.h VFIO_GROUP_GET_DEVICE_FD, VFIO_DEVICE_GET_INFO.
 */
int vfio_device_open(struct vfio_device *d, const struct vfio_group *g,
		     struct pci_addr addr) __attribute__((warn_unused_result));

/** vfio_device_close - close it; its interrupts and mappings must be gone */
void vfio_device_close(struct vfio_device *d);

/**
 * vfio_device_reset - VFIO_DEVICE_RESET
 *
 * Return: 0, or -errno with a message; -ENOTSUP when the device has no reset.
 */
int vfio_device_reset(struct vfio_device *d)
	__attribute__((warn_unused_result));

/**
 * vfio_config_read - read @len (1, 2 or 4) bytes of configuration space
 *
 * Return: the value; all ones when the read failed.
 */
uint32_t vfio_config_read(const struct vfio_device *d, unsigned off,
			  size_t len);

/** vfio_config_write - write @len (1, 2 or 4) bytes; 0 or -errno, no message */
int vfio_config_write(const struct vfio_device *d, unsigned off, size_t len,
		      uint32_t val);

#endif
