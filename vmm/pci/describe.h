/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configuration space in words, for people: which capabilities there are, what
 * they are called and what they say that matters for passthrough.
 *
 * Decides nothing (cfg.c and policy.c do), and reads only what it is given,
 * which may be anything.
 */
#ifndef VMM_PCI_DESCRIBE_H
#define VMM_PCI_DESCRIBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmm/pci/cfg.h"
#include "vmm/pci/policy.h"

#define PCI_CAPS_MAX   96  /* of both chains; what comes behind is left out */
#define PCI_DETAIL_MAX 160 /* bytes of a detail with its NUL */

/* One capability, of either chain */
struct pci_cap_at {
	enum pci_rule_place place; /* PCI_IN_CAP or PCI_IN_EXT */
	unsigned id;
	unsigned at;
	unsigned version; /* of an extended one */
};

/**
 * pci_describe_caps - walk both chains
 * @raw:  PCI_CFG_MAX bytes, of which @size (256 or 4096) are the device's
 * @out:  room for @max, in the order of the chains
 *
 * Stops where a chain points into the header or back, or has more links than
 * fit. Return: how many.
 */
unsigned pci_describe_caps(const uint8_t *raw, unsigned size,
			   struct pci_cap_at *out, unsigned max);

/** pci_cap_name - "MSI-X"; "" for an ID that is not known here */
const char *pci_cap_name(enum pci_rule_place place, unsigned id);

/**
 * pci_describe_cap - what a capability says
 * @raw: PCI_CFG_MAX bytes
 * @buf: set, "" where there is nothing to say; PCI_DETAIL_MAX bytes
 *
 * Source: PCI Local Bus 3.0, 6.7 and 6.8; PCI PM 1.2, 3.2; PCI Express 5.0, 7.
 */
void pci_describe_cap(const uint8_t *raw, const struct pci_cap_at *c,
		      char *buf);

#endif
