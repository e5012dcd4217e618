/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The status registers of Advanced Error Reporting, as words.
 *
 * Pure: does not know where the values come from.
 */
#ifndef VMM_PCI_AER_H
#define VMM_PCI_AER_H

#include <stddef.h>
#include <stdint.h>

struct pci_aer {
	uint32_t uncor; /* Uncorrectable Error Status */
	uint32_t cor;   /* Correctable Error Status */
};

/**
 * pci_aer_print - the values, and the names of the bits that are set
 * @buf: @cap bytes, NUL-terminated; what does not fit is cut
 *
 * "uncorrectable 0x00004000 (Completion Timeout), correctable 0"; a bit without
 * a name is in the number only.
 * Source: PCI Express Base 5.0, 7.8.4.2 and 7.8.4.5.
 */
void pci_aer_print(struct pci_aer a, char *buf, size_t cap);

#endif
