/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of PCI vendors and devices from the pci.ids file of the host.
 *
 * Reads the file once for a whole list of devices.  The file is optional and
 * its bytes are not trusted: names come out as they are, whoever prints them
 * escapes them.
 */
#ifndef VMM_CLI_PCIIDS_H
#define VMM_CLI_PCIIDS_H

#include <stddef.h>
#include <stdint.h>

#define PCIIDS_FILE     "/usr/share/misc/pci.ids"
#define PCIIDS_NAME_MAX 160

struct pciids_name {
	uint16_t vendor; /* set by the caller */
	uint16_t device;
	char vendor_name[PCIIDS_NAME_MAX]; /* "" when not known */
	char device_name[PCIIDS_NAME_MAX];
};

/**
 * pciids_lookup - fill in the names of @n devices
 * @file: pci.ids; one that cannot be opened leaves every name empty
 * @v:    @n entries, ids set; both names are written
 */
void pciids_lookup(const char *file, struct pciids_name *v, size_t n);

#endif
