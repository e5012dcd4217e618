/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a register is called: in configuration space by its header and its
 * capabilities, and in configuration space and BAR 0 of a BCM5720 as tg3 has
 * it.
 *
 * For people who read a trace; nothing is decided by a name.  Pure.
 */
#ifndef VMM_PCI_NAMES_H
#define VMM_PCI_NAMES_H

#include <stdint.h>

enum { PCI_NAMES_CAPS = 96, PCI_NAME_MAX = 48 };

/* Where a function's capabilities stand, and whose it is */
struct pci_names {
	uint32_t id; /* device and vendor */
	unsigned n;
	struct {
		uint16_t at;
		uint16_t id;  /* of an extended one if .at is 0x100 or more */
		uint16_t len; /* 0: its kind's */
	} cap[PCI_NAMES_CAPS];
};

/**
 * pci_names_init - walk the capabilities once
 * @n:    filled; a chain that makes no sense is followed as far as it does
 * @raw:  configuration space, @size bytes
 * @size: 256 or 4096
 */
void pci_names_init(struct pci_names *n, const uint8_t *raw, unsigned size);

/**
 * pci_name_config - of the register at @off of configuration space
 * @buf: filled: "COMMAND", "MSI-X.CONTROL", "VPD+0x4"; "-" for what has none
 *
 * Return: @buf.
 */
const char *pci_name_config(const struct pci_names *n, unsigned off,
			    char buf[PCI_NAME_MAX]);

/**
 * pci_name_word - of all registers that begin in the word of 4 bytes at @off
 * @buf: filled: "COMMAND, STATUS"; "-" for what has none
 *
 * Return: @buf.
 */
const char *pci_name_word(const struct pci_names *n, unsigned off,
			  char buf[PCI_NAME_MAX]);

/**
 * pci_name_bar - of the register at @off of a BAR
 * @bar: 0..5, or 6 for the ROM
 * @buf: filled: "MAC_MODE"; "-" for what has none
 *
 * Return: @buf.
 */
const char *pci_name_bar(const struct pci_names *n, unsigned bar, uint64_t off,
			 char buf[PCI_NAME_MAX]);

#endif
