/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kinds of function that no guest can be given, whatever else is done.
 *
 * Knows them by their identity in configuration space, and why; pure.
 */
#ifndef VMM_PCI_KIND_H
#define VMM_PCI_KIND_H

#include <stdbool.h>
#include <stdint.h>

/**
 * pci_kind_old_ide - an IDE controller a channel of which is in compatibility
 * mode: at the ports 0x1f0 or 0x170 and at ISA's interrupt 14 or 15
 * @raw: the first 64 bytes of configuration space, as the device has them
 *
 * None of these is in a BAR or is the function's to give away.
 * Source: PCI IDE Controller Specification 1.0, 2.
 */
bool pci_kind_old_ide(const uint8_t *raw);

/**
 * pci_kind_balloon - a virtio balloon, traditional, of either generation
 * @raw: the first 64 bytes of configuration space, as the device has them
 *
 * Its driver names pages by their physical number (Virtio 1.2, 5.5.6), not by
 * what the device may reach, so no IOMMU is asked.
 */
bool pci_kind_balloon(const uint8_t *raw);

/**
 * pci_kind_pvscsi - VMware's paravirtual SCSI controller, a device of software
 * @raw: the first 64 bytes of configuration space, as the device has them
 *
 * Observed: QEMU 11.1's reads and writes its rings past the IOMMU.
 */
bool pci_kind_pvscsi(const uint8_t *raw);

/**
 * pci_kind_check - refuse a function that is one of these
 * @raw:        the first 64 bytes of configuration space, as the device has
 * them
 * @shares_ram: it comes from a server that knows no memory but the guest's
 *
 * Return: 0, or with a message -EPERM for DMA that no IOMMU stops, -ENOTSUP for
 *         what is not the function's to give.
 */
int pci_kind_check(const uint8_t *raw, bool shares_ram)
	__attribute__((warn_unused_result));

#endif
