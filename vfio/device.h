/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One PCI function opened through a back end: regions, interrupts, reset.
 *
 * What the device shows and takes, not what a guest makes of it; and not
 * whether the kernel or a server is behind it.
 */
#ifndef VFIO_DEVICE_H
#define VFIO_DEVICE_H

#include <linux/vfio.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vfio/backend.h"
#include "vfio/region.h"

#define VFIO_NAME_MAX 128
#define VFIO_IRQ_MAX  2048 /* vectors of one device, the PCI limit of MSI-X */

struct vfio_irq_kind {
	uint32_t flags; /* VFIO_IRQ_INFO_...; 0: absent */
	uint32_t count; /* vectors; 0: absent */
};

struct vfio_device {
	const struct vfio_backend *ops; /* NULL: closed */
	int fd;                         /* the back end's; -1: none */
	void *priv;                     /* the back end's */
	/*
	 * Readable when the device is gone for good, vfio_device_check() then
	 * says why; -1: that is never told.
	 */
	int lost_fd;
	struct pci_addr addr;     /* kernel: on the host */
	char name[VFIO_NAME_MAX]; /* for messages: long BDF, "vfio-user:PATH" */
	uint32_t flags;           /* VFIO_DEVICE_FLAGS_... */
	struct vfio_region region[VFIO_PCI_NUM_REGIONS];
	struct vfio_irq_kind irq[VFIO_PCI_NUM_IRQS];
};

/**
 * vfio_device_open - reach the device and ask for everything
 * @d:   uninitialised; on failure left closed (@d->ops == NULL)
 * @c:   container of @src's back end, to which @src was attached
 * @src: which; borrowed for the call
 *
 * A kernel device is reset here if it can be (65 to 150 ms).  What the device
 * says of itself is bounded here and in region.c, for it may be a server's
 * word: at most VFIO_IRQ_MAX vectors, one of INTx.
 * Return: 0, or -errno with a message.
 * Source: linux/vfio.h VFIO_GROUP_GET_DEVICE_FD, VFIO_DEVICE_GET_INFO.
 */
int vfio_device_open(struct vfio_device *d, struct vfio_container *c,
		     const struct vfio_source *src)
	__attribute__((warn_unused_result));

/**
 * vfio_device_close - close it; its interrupts and mappings must be gone
 *
 * Harmless on a closed or zeroed one.
 */
void vfio_device_close(struct vfio_device *d);

/** vfio_device_is_open - between vfio_device_open() and vfio_device_close() */
bool vfio_device_is_open(const struct vfio_device *d);

/**
 * vfio_device_check - is it still there?
 *
 * Context: any thread, at any time while it is open.
 * Return: 0, or -errno with the message that says why it is gone.
 */
int vfio_device_check(const struct vfio_device *d);

/**
 * vfio_device_reset - VFIO_DEVICE_RESET
 *
 * Return: 0, or -errno with a message; -ENOTSUP when the device has no reset.
 */
int vfio_device_reset(struct vfio_device *d)
	__attribute__((warn_unused_result));

/**
 * vfio_device_reset_bus - for a device that has no reset of its own
 * @c: what it was opened in; all of a guest's groups must be attached
 *
 * Does nothing to one that has one (it was reset when it was opened), to a
 * server's, and to one that was reset together with another.
 * Return: 0, or -errno with a message that says whom else it would hit.
 * Source: linux/vfio.h VFIO_DEVICE_GET_PCI_HOT_RESET_INFO.
 */
int vfio_device_reset_bus(struct vfio_device *d, struct vfio_container *c)
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
