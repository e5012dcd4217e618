/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pci.ids file: "8086  Intel Corporation" begins a vendor, a line with
 * one tab before it is a device of that vendor, two tabs a subsystem, which
 * is passed over; "C 02  ..." begins the classes, where the ids mean
 * something else.
 */
#include "vmm/cli/pciids.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Four hexadecimal digits, two blanks, a name; NULL when it is not that */
static const char *take_entry(char *line, unsigned *id)
{
	char *end;

	line[strcspn(line, "\r\n")] = '\0';
	if (strspn(line, "0123456789abcdefABCDEF") != 4)
		return NULL;
	*id = (unsigned)strtoul(line, &end, 16);
	return strncmp(end, "  ", 2) == 0 ? end + 2 : NULL;
}

static void name_vendor(struct pciids_name *v, size_t n, unsigned vendor,
			const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].vendor == vendor)
			snprintf(v[i].vendor_name, PCIIDS_NAME_MAX, "%s", name);
}

static void name_device(struct pciids_name *v, size_t n, unsigned vendor,
			unsigned device, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].vendor == vendor && v[i].device == device)
			snprintf(v[i].device_name, PCIIDS_NAME_MAX, "%s", name);
}

/* @vendor: whose devices follow; ~0u when none do */
static void take_line(struct pciids_name *v, size_t n, char *line,
		      unsigned *vendor)
{
	const char *name;
	unsigned id;

	if (line[0] == '\t') {
		name = take_entry(line + 1, &id);
		if (name)
			name_device(v, n, *vendor, id, name);
		return;
	}
	if (line[0] == '#' || line[0] == '\n')
		return;
	*vendor = ~0u;
	name = take_entry(line, &id);
	if (name) {
		*vendor = id;
		name_vendor(v, n, id, name);
	}
}

void pciids_lookup(const char *file, struct pciids_name *v, size_t n)
{
	FILE *f = fopen(file, "re");
	unsigned vendor = ~0u;
	char *line = NULL;
	size_t cap = 0;

	for (size_t i = 0; i < n; i++)
		v[i].vendor_name[0] = v[i].device_name[0] = '\0';
	if (!f)
		return;
	while (getline(&line, &cap, f) >= 0)
		take_line(v, n, line, &vendor);
	free(line);
	fclose(f);
}
