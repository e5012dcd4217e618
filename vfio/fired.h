/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How often a device's interrupts came, as the host's kernel counts them.
 *
 * VFIO takes an interrupt in the kernel and signals an eventfd, and with irqfd
 * nobody in user space sees either.  But it asks for the interrupt under a name
 * that says whose it is, and /proc/interrupts counts by name.  Not counted is
 * what the IOMMU posts to a vCPU without the host (VT-d posted interrupts,
 * AVIC). Source: drivers/vfio/pci/vfio_pci_intrs.c (the names); proc(5).
 */
#ifndef VFIO_FIRED_H
#define VFIO_FIRED_H

#include <stddef.h>
#include <stdint.h>

#define FIRED_UNKNOWN UINT64_MAX

/* What /proc/interrupts said at one time */
struct fired {
	char *text; /* owned, ends with NUL; NULL: nothing is known */
};

/**
 * fired_open - the file, for later, when nothing can be opened any more
 *
 * Return: descriptor, or -1 where it cannot be read (no message).
 */
int fired_open(void);

/**
 * fired_take - read it whole
 * @f:  filled; fired_free() is due.  What cannot be read, or has no end, is
 *      not known.
 * @fd: from fired_open(), or -1; its offset stays
 */
void fired_take(struct fired *f, int fd);

/** fired_free - what fired_take() allocated; repeatable */
void fired_free(struct fired *f);

/**
 * fired_count - how often the kernel took one interrupt
 * @dev:    the function's address, "0000:02:00.0"
 * @index:  VFIO_PCI_INTX_IRQ_INDEX, ..._MSI_... or ..._MSIX_...
 * @vector: below 2048; 0 with INTx
 *
 * Since it set MSI or MSI-X up, which VFIO does anew when vectors are added;
 * INTx since it set the line up, long before us, and for all that share it.
 * Each CPU counts to 2^32.
 *
 * Return: a number, or FIRED_UNKNOWN: the kernel has no such interrupt now.
 */
uint64_t fired_count(const struct fired *f, const char *dev, uint32_t index,
		     unsigned vector);

#endif
