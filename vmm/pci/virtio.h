/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtio functions, as far as it concerns who may be given one.
 *
 * A virtio device is not always behind the IOMMU: unless it offers
 * VIRTIO_F_ACCESS_PLATFORM it may take addresses for the host's physical ones.
 * Knows where that feature bit is to be read; pure.
 */
#ifndef VMM_PCI_VIRTIO_H
#define VMM_PCI_VIRTIO_H

#include <stdbool.h>
#include <stdint.h>

struct pci_virtio {
	bool found;   /* is it a virtio function at all? */
	bool common;  /* has it the registers below, being no legacy one? */
	unsigned bar; /* 0..5, where they are */
	uint32_t off; /* bytes from the BAR's start */
};

/**
 * pci_virtio_find - look for the common configuration structure
 * @raw: the first 256 bytes of configuration space, as the device has them
 *
 * A broken chain of capabilities ends the search; pci_cfg_init() tells of it.
 * Source: Virtio 1.2, 4.1.2 (IDs) and 4.1.4 (capability).
 */
struct pci_virtio pci_virtio_find(const uint8_t *raw);

/**
 * pci_virtio_refuse - message for one that does not offer the feature
 *
 * With guest addresses taken for the host's a guest reads and writes all of the
 * host.
 * Return: -EPERM, always.
 */
int pci_virtio_refuse(void);

#endif
