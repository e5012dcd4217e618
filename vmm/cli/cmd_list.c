/* SPDX-License-Identifier: BSD-2-Clause */
/* `passthru list`: arguments, help, and where the output goes. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "vmm/cli/cmd.h"
#include "vmm/cli/fail.h"
#include "vmm/cli/list.h"

/* clang-format off */
static const char help_text[] =
"usage: passthru list [--json]\n"
"\n"
"Prints every PCI device of this host: address, ids, names, the driver that\n"
"has it, its IOMMU group and the other devices of that group. Devices of one\n"
"group go to a guest together or not at all; bridges stay with the host.\n"
"A group of \"-\" means that the IOMMU is off, or does not see the device.\n"
"\n"
"  --json   one array, one object a line; keys bdf, vendor, device, class,\n"
"           vendor_name, device_name, driver, iommu_group, group_others\n"
"  --help   this text\n"
"\n"
"Names come from " PCIIDS_FILE " (package pci.ids), where it is there.\n"
"Needs no privileges and changes nothing.\n"
"\n"
"Examples:\n"
"  passthru list\n"
"  passthru list --json | jq -r '.[] | select(.driver == \"vfio-pci\").bdf'\n";
/* clang-format on */

static int print(bool json)
{
	struct list l;

	if (list_init(&l, sysfs_host(), PCIIDS_FILE) < 0)
		return cli_fail();
	if (json)
		list_json(&l, stdout);
	else
		list_table(&l, stdout);
	list_fini(&l);
	return 0;
}

int cmd_list(int argc, char **argv)
{
	bool json = false, help = false;
	int rc = 0;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0) {
			json = true;
		} else if (strcmp(argv[i], "--help") == 0) {
			help = true;
		} else {
			err_set(EINVAL,
				"list: %s: not understood; see: passthru list "
				"--help",
				argv[i]);
			return cli_fail();
		}
	}
	if (help)
		fputs(help_text, stdout);
	else
		rc = print(json);
	if (!rc && (fflush(stdout) || ferror(stdout))) {
		err_call(errno ? errno : EIO, "standard output", "write", NULL);
		return cli_fail();
	}
	return rc;
}
