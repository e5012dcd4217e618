/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules of configuration space, as data: which bytes are not passed raw,
 * and why.  cfg.c applies them.
 */
#ifndef VMM_PCI_POLICY_H
#define VMM_PCI_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pci_rule_place {
	PCI_IN_HEADER, /* offset from 0 */
	PCI_IN_CAP,    /* offset from a capability with this ID */
	PCI_IN_EXT,    /* offset from an extended capability with this ID */
};

enum pci_rule_kind {
	PCI_WATCH, /* stays RAW; a write calls the hook */
	PCI_OWN,   /* ours: value as on the device, writable bits in mask */
	PCI_ZEROS, /* bits in mask stay the host's: 0 to the guest, whose */
	PCI_ONES,  /* writes do not reach them; or 1 to the guest; rest RAW */
	PCI_HIDE,  /* the whole capability is unlinked (place CAP or EXT) */
};

/*
 * Which layout of the MSI capability a rule is for; without mask bits it ends
 * before them, and something else begins there
 */
enum pci_rule_when {
	PCI_ALWAYS,
	PCI_MSI_32BIT,
	PCI_MSI_64BIT,
	PCI_MSI_32MASK,
	PCI_MSI_64MASK,
};

struct pci_rule {
	enum pci_rule_place place;
	uint16_t id; /* of the capability */
	enum pci_rule_kind kind;
	enum pci_rule_when when;
	uint16_t off;
	uint16_t len;  /* bytes */
	uint32_t mask; /* of OWN, ZEROS, ONES; repeats every 4 bytes from off */
	uint8_t hook;  /* enum pci_hook */
	const char *why;
};

/**
 * pci_rule_applies - is @r about this place?
 * @id:  of the capability; 0 for the header
 * @cap: its bytes, of which those of Message Control are read for
 * PCI_CAP_ID_MSI; NULL for the header
 */
bool pci_rule_applies(const struct pci_rule *r, enum pci_rule_place place,
		      unsigned id, const uint8_t *cap);

/** pci_policy - the table; *@n is set to the number of its rows */
const struct pci_rule *pci_policy(size_t *n);

#endif
