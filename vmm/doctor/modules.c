/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's parts: there, to be loaded, or not to be had.
 *
 * `bind` and --managed load vfio-pci, and modprobe then the IOMMU driver with
 * vfio; when vfio is there already, nobody does.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vfio/container.h"
#include "vmm/doctor/check.h"

#define TYPE1 "vfio_iommu_type1"

/* Is there a line of modules.dep or modules.builtin with /NAME.ko before ':'?
 */
static bool listed(const struct doctor *d, const char *table, const char *name)
{
	char path[SYSFS_PATH_MAX], file[SYSFS_NAME_MAX], *line = NULL;
	size_t cap = 0;
	bool found = false;
	FILE *f = fopen(sysfs_path(path, "%s/%s", d->modules, table), "re");

	if (!f)
		return false;
	snprintf(file, sizeof(file), "/%s.ko", name);
	while (!found && getline(&line, &cap, f) >= 0) {
		line[strcspn(line, ":")] = '\0';
		found = strstr(line, file) != NULL;
	}
	free(line);
	fclose(f);
	return found;
}

static bool loadable(const struct doctor *d, const char *name)
{
	return listed(d, "modules.dep", name) ||
	       listed(d, "modules.builtin", name);
}

static bool known(const struct doctor *d)
{
	char path[SYSFS_PATH_MAX];

	return access(sysfs_path(path, "%s/modules.dep", d->modules), R_OK) ==
	       0;
}

static void say_missing(struct doctor *d, const char *id, const char *name,
			const char *config)
{
	check_say(d, DOCTOR_FAIL, id,
		  "%s is not there, and this kernel has no such module in %s",
		  name, d->modules);
	check_cure(d, "boot a kernel with %s (Debian: linux-image-amd64)",
		   config);
}

static void check_pci(struct doctor *d)
{
	if (sysfs_have_driver(d->s, SYSFS_VFIO_PCI)) {
		check_say(d, DOCTOR_OK, "vfio-pci", "the driver is there");
	} else if (known(d) && !loadable(d, SYSFS_VFIO_PCI)) {
		say_missing(d, "vfio-pci", SYSFS_VFIO_PCI, "CONFIG_VFIO_PCI");
	} else {
		check_say(d, DOCTOR_WARNING, "vfio-pci",
			  "the driver is not loaded; `passthru bind` and "
			  "--managed load it");
		check_cure(d, "modprobe vfio-pci");
	}
}

static void check_type1(struct doctor *d)
{
	bool vfio = check_exists(d, "module/vfio");

	if (check_exists(d, "module/" TYPE1)) {
		check_say(d, DOCTOR_OK, "vfio-iommu", TYPE1 " is there");
	} else if (known(d) && !loadable(d, TYPE1)) {
		say_missing(d, "vfio-iommu", TYPE1, "CONFIG_VFIO_IOMMU_TYPE1");
	} else {
		check_say(d, vfio ? DOCTOR_FAIL : DOCTOR_WARNING, "vfio-iommu",
			  TYPE1 " is not loaded%s",
			  vfio ? ", though vfio is: no guest can map its memory"
			       : "; it comes with vfio-pci");
		check_cure(d, "modprobe " TYPE1);
	}
}

static void check_node(struct doctor *d)
{
	char path[SYSFS_PATH_MAX];
	const char *cure;

	if (access(sysfs_path(path, "%s/vfio/vfio", d->s->dev), R_OK | W_OK) ==
	    0) {
		check_say(d, DOCTOR_OK, "vfio-node",
			  "/dev/vfio/vfio may be opened");
		return;
	}
	if (errno == ENOENT && !check_exists(d, "module/vfio"))
		return; /* it comes with the module */
	cure = kernel_container_open_cure(-errno);
	check_say(d, DOCTOR_FAIL, "vfio-node",
		  errno == ENOENT
			  ? "/dev/vfio/vfio is not there"
			  : "/dev/vfio/vfio: this user may not open it");
	check_cure(d, "%s", cure ? cure : "");
}

void check_modules(struct doctor *d)
{
	check_pci(d);
	check_type1(d);
	check_node(d);
}
