/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PCI root: finds the function that a configuration access means.
 *
 * One bus, number 0, reached through ports 0xcf8/0xcfc (256 bytes a function)
 * and through ECAM (4096 bytes).  A host bridge of our own stands at 00:00.0,
 * because Linux trusts the ports only if it finds one.
 * Source: PCI Local Bus 3.0, 3.2.2.3.2; PCI Express 5.0, 7.2.2.
 */
#ifndef VMM_PCI_ROOT_H
#define VMM_PCI_ROOT_H

#include <stdint.h>

#define PCI_FUNCTIONS       256 /* 32 devices of 8 functions */
#define PCI_DEVFN(slot, fn) ((slot) << 3 | (fn))

/**
 * struct pci_function - somebody with a configuration space
 * @read:  @size (1, 2, 4) bytes at @off, never across a dword
 * @write: likewise
 *
 * Each answers for offsets 0..4095, also when it has only 256 bytes.
 */
struct pci_function {
	uint32_t (*read)(void *opaque, unsigned off, unsigned size);
	void (*write)(void *opaque, unsigned off, unsigned size, uint32_t val);
	void *opaque;
};

struct pci_root {
	struct pci_function fn[PCI_FUNCTIONS]; /* read == NULL: nobody */
	uint32_t address;                      /* port 0xcf8 */
};

/** pci_root_init - a bus with nothing but the host bridge */
void pci_root_init(struct pci_root *r);

/**
 * pci_root_add - put a function at @devfn
 *
 * Return: 0, or -EEXIST with a message.
 */
int pci_root_add(struct pci_root *r, unsigned devfn, struct pci_function fn)
	__attribute__((warn_unused_result));

/**
 * pci_root_port_read - ports 0xcf8 (@off 0) to 0xcff (@off 7)
 * @size: 1, 2 or 4
 */
uint32_t pci_root_port_read(struct pci_root *r, unsigned off, unsigned size);

/** pci_root_port_write - likewise */
void pci_root_port_write(struct pci_root *r, unsigned off, unsigned size,
			 uint32_t val);

/**
 * pci_root_ecam_read - @off from the start of bus 0's ECAM, below 1 MiB
 * @size: 1, 2, 4 or 8; 8 is two accesses of 4
 */
uint64_t pci_root_ecam_read(struct pci_root *r, uint64_t off, unsigned size);

/** pci_root_ecam_write - likewise */
void pci_root_ecam_write(struct pci_root *r, uint64_t off, unsigned size,
			 uint64_t val);

#endif
