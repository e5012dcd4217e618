/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BARs as the guest set them: kind, size, address, and whether they decode.
 *
 * Reads them out of the OWN registers of a struct pci_cfg, and hands out first
 * addresses as firmware would.  Pure; mapping is done by vmm/assign.
 */
#ifndef VMM_PCI_BAR_H
#define VMM_PCI_BAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/range.h"
#include "vmm/pci/cfg.h"

#define PCI_BAR_ROM 6 /* index of the ROM among struct pci_bar arrays */
#define PCI_BARS    (PCI_NUM_BARS + 1)

enum pci_bar_kind { PCI_BAR_NONE, PCI_BAR_IO, PCI_BAR_MEM, PCI_BAR_MEM64 };

struct pci_bar {
	enum pci_bar_kind kind;
	bool prefetch;
	uint64_t size; /* bytes */
};

/* Where the first addresses come from: what is left of the windows */
struct pci_windows {
	struct range mmio32;
	struct range mmio64;
	struct range pio;
};

/**
 * pci_bar_decode - kind and size of BAR @i (PCI_BAR_ROM: the ROM)
 *
 * The upper half of a 64-bit BAR is PCI_BAR_NONE.
 */
struct pci_bar pci_bar_decode(const struct pci_cfg *c,
			      const struct pci_cfg_options *opt, unsigned i);

/**
 * pci_bar_addr - guest address that BAR @i of kind @b holds now
 *
 * For the ROM the enable bit is not part of it.
 */
uint64_t pci_bar_addr(const struct pci_cfg *c, const struct pci_bar *b,
		      unsigned i);

/**
 * pci_bar_live - true when the guest wants BAR @i to decode at its address
 * @command: value of the Command register
 * @w:       the whole windows of the machine
 *
 * An address outside the windows (all ones while the size is being asked for,
 * or none yet) is never live, even with decoding on.
 */
bool pci_bar_live(const struct pci_cfg *c, const struct pci_bar *b, unsigned i,
		  uint16_t command, const struct pci_windows *w);

/**
 * pci_bar_place - give BAR @i its first address
 * @w: taken from; the address is a multiple of the size and of a page, so that
 *     no two BARs share a page
 *
 * Return: 0, or -ENOSPC with a message when the window is full.
 */
int pci_bar_place(struct pci_cfg *c, const struct pci_bar *b, unsigned i,
		  struct pci_windows *w) __attribute__((warn_unused_result));

#endif
