/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device's interrupts: which eventfd the kernel writes for which vector.
 *
 * Only one of INTx, MSI and MSI-X may be live at a time; whose turn it is, is
 * the caller's decision.
 * Source: linux/vfio.h VFIO_DEVICE_SET_IRQS.
 */
#ifndef VFIO_IRQ_H
#define VFIO_IRQ_H

#include <stdint.h>

#include "vfio/device.h"

/**
 * vfio_irq_enable - wire eventfds to vectors
 * @index: VFIO_PCI_INTX_IRQ_INDEX, ..._MSI_..., ..._MSIX_..., ..._REQ_...
 * @start: first vector
 * @fds:   @count eventfds; -1 leaves a vector without
 * @count: 1..VFIO_IRQ_MAX
 *
 * The first call for an index enables it on the device, with @start + @count
 * vectors; later ones change single vectors.
 * Return: 0; > 0: only so many vectors can be had and none was enabled;
 *         -errno with a message.
 */
int vfio_irq_enable(struct vfio_device *d, uint32_t index, uint32_t start,
		    const int *fds, uint32_t count)
	__attribute__((warn_unused_result));

/** vfio_irq_disable - turn the whole index off; 0, or -errno with a message */
int vfio_irq_disable(struct vfio_device *d, uint32_t index);

/**
 * vfio_irq_unmask_on - unmask INTx whenever @eventfd is written
 *
 * For INTx the kernel masks the line when it fires (AUTOMASKED); this is the
 * other half, written by KVM at the guest's EOI.
 * Return: 0, or -errno with a message.
 */
int vfio_irq_unmask_on(struct vfio_device *d, int eventfd)
	__attribute__((warn_unused_result));

/** vfio_irq_mask - mask INTx; 0, or -errno with a message */
int vfio_irq_mask(struct vfio_device *d) __attribute__((warn_unused_result));

/** vfio_irq_unmask - unmask INTx; 0, or -errno with a message */
int vfio_irq_unmask(struct vfio_device *d) __attribute__((warn_unused_result));

/** vfio_irq_name - "INTx", "MSI", "MSI-X", "ERR", "REQ" */
const char *vfio_irq_name(uint32_t index);

#endif
