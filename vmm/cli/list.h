/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host's PCI devices as a table for a person or as JSON for a program.
 *
 * Gathers once, prints either way; knows sysfs only through vfio/sysfs.h.
 */
#ifndef VMM_CLI_LIST_H
#define VMM_CLI_LIST_H

#include <stddef.h>
#include <stdio.h>

#include "vfio/sysfs.h"
#include "vmm/cli/pciids.h"

struct list {
	size_t n;
	struct sysfs_dev *dev;    /* sorted by address */
	struct pciids_name *name; /* of the same index */
};

/**
 * list_init - read every PCI device of the host
 * @l:   filled; emptied on failure
 * @ids: pci.ids file; may be missing
 *
 * Owns:   the arrays, until list_fini().
 * Return: 0, or -errno with a message.
 */
int list_init(struct list *l, const struct sysfs *s, const char *ids)
	__attribute__((warn_unused_result));

/** list_fini - free what list_init() made; harmless on an empty one */
void list_fini(struct list *l);

/** list_table - print lines of at most 100 columns, with a heading, to @f */
void list_table(const struct list *l, FILE *f);

/**
 * list_json - print an array with one object, on one line, for each device
 *
 * Keys, always all and in this order: bdf, vendor, device, class (strings of
 * hexadecimal digits), vendor_name, device_name, driver (string or null),
 * iommu_group (number or null), group_others (array of addresses).
 */
void list_json(const struct list *l, FILE *f);

/** list_json_string - print @text to @f quoted and escaped, as valid UTF-8 */
void list_json_string(const char *text, FILE *f);

#endif
