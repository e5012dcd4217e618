/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets of short names, and which network and block devices are below a PCI
 * function; declared in sysfs.h.
 *
 * /sys/class/net and /sys/class/block hold one symlink per device, and its
 * target spells the whole way from the PCI root.  So a device is below a
 * function when the function's address is a part of that path, however many
 * buses (virtio, SCSI, USB) lie between.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "vfio/sysfs.h"

bool sysfs_names_has(const struct sysfs_names *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (strcmp(names->v[i], name) == 0)
			return true;
	return false;
}

void sysfs_names_add(struct sysfs_names *names, const char *name)
{
	size_t len = strlen(name);

	if (sysfs_names_has(names, name))
		return;
	if (names->n == SYSFS_NAMES_MAX || len >= SYSFS_NAME_MAX) {
		names->more = true;
		return;
	}
	memcpy(names->v[names->n++], name, len + 1);
}

void sysfs_names_in(const char *path, const char *prefix,
		    struct sysfs_names *out)
{
	size_t skip = strlen(prefix);
	DIR *dir = opendir(path);
	struct dirent *e;

	if (!dir)
		return;
	while ((e = readdir(dir)))
		if (e->d_name[0] != '.' &&
		    strncmp(e->d_name, prefix, skip) == 0)
			sysfs_names_add(out, e->d_name + skip);
	closedir(dir);
}

static bool link_passes(const char *path, const char *part)
{
	char target[SYSFS_PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	if (n <= 0)
		return false;
	target[n] = '\0';
	return strstr(target, part);
}

/* Members of /sys/class/@class that are below the function */
static void class_below(const struct sysfs *s, const char *class,
			struct pci_addr a, struct sysfs_names *out)
{
	char path[SYSFS_PATH_MAX], part[BDF_STRLEN + 2], bdf[BDF_STRLEN];
	struct dirent *e;
	DIR *dir;

	memset(out, 0, sizeof(*out));
	snprintf(part, sizeof(part), "/%s/", bdf_format(a, bdf));
	dir = opendir(sysfs_path(path, "%s/class/%s", s->sys, class));
	if (!dir)
		return;
	while ((e = readdir(dir))) {
		sysfs_path(path, "%s/class/%s/%s", s->sys, class, e->d_name);
		if (e->d_name[0] != '.' && link_passes(path, part))
			sysfs_names_add(out, e->d_name);
	}
	closedir(dir);
}

void sysfs_netdevs(const struct sysfs *s, struct pci_addr a,
		   struct sysfs_names *out)
{
	class_below(s, "net", a, out);
}

void sysfs_blocks(const struct sysfs *s, struct pci_addr a,
		  struct sysfs_names *out)
{
	class_below(s, "block", a, out);
}
