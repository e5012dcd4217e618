/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MSI and MSI-X as the guest programs them; pure state, no eventfd.
 *
 * Both answer the same question for every vector: is it live, and which
 * message does it send?  What the host side has wired is compared with that
 * in vmm/assign/irq.c.
 * Source: PCI Local Bus 3.0, 6.8.
 */
#ifndef VMM_PCI_MSI_H
#define VMM_PCI_MSI_H

#include <stdbool.h>
#include <stdint.h>

#include "base/range.h"
#include "vmm/pci/cfg.h"

#define PCI_MSI_MAX    32
#define PCI_MSIX_MAX   2048
#define PCI_MSIX_ENTRY 16 /* bytes */

/* What one vector should do */
struct pci_vector {
	bool live; /* enabled and not masked */
	uint64_t addr;
	uint32_t data;
};

/** pci_msi_enabled - the guest has turned MSI on */
bool pci_msi_enabled(const struct pci_cfg *c);

/** pci_msi_count - vectors the guest enabled: 1..32, never above the device's
 */
unsigned pci_msi_count(const struct pci_cfg *c);

/** pci_msi_vector - vector @n < pci_msi_count() */
struct pci_vector pci_msi_vector(const struct pci_cfg *c, unsigned n);

/* The MSI-X table of a function; its control bits are in struct pci_cfg */
struct pci_msix {
	unsigned n;         /* vectors; 0: no MSI-X */
	unsigned table_bar; /* 0..5 */
	unsigned pba_bar;
	struct range table; /* offset and bytes in its BAR */
	struct range pba;
	uint8_t *entry; /* n * PCI_MSIX_ENTRY bytes; owned */
};

/**
 * pci_msix_init - read the capability, allocate the table, mask every vector
 * @m:        uninitialised; inert (n == 0) when there is no capability
 * @raw:      the device's configuration space, PCI_CFG_MAX bytes
 * @bar_size: of each BAR, bytes
 *
 * Return: 0, or with a message -EINVAL when table or PBA leave their BAR,
 *         -ENOMEM.
 */
int pci_msix_init(struct pci_msix *m, const struct pci_cfg *c,
		  const uint8_t *raw, const uint64_t bar_size[PCI_NUM_BARS])
	__attribute__((warn_unused_result));

/** pci_msix_fini - free the table */
void pci_msix_fini(struct pci_msix *m);

/** pci_msix_reset - every vector masked, messages zero */
void pci_msix_reset(struct pci_msix *m);

/** pci_msix_enabled - the guest has turned MSI-X on */
bool pci_msix_enabled(const struct pci_cfg *c);

/** pci_msix_vector - vector @v < @m->n */
struct pci_vector pci_msix_vector(const struct pci_msix *m,
				  const struct pci_cfg *c, unsigned v);

/**
 * pci_msix_read - load of @size (1, 2, 4, 8) bytes from the table
 * @off: from the start of the table; @off + @size within it
 */
uint64_t pci_msix_read(const struct pci_msix *m, uint64_t off, unsigned size);

/** pci_msix_write - store into the table, likewise */
void pci_msix_write(struct pci_msix *m, uint64_t off, unsigned size,
		    uint64_t val);

#endif
