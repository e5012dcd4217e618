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
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
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

/* A missing directory is an empty one: 0, and *@dir is NULL */
static int open_dir(const char *path, DIR **dir)
{
	*dir = opendir(path);
	if (*dir || errno == ENOENT || errno == ENOTDIR)
		return 0;
	return err_call(errno, path, "opendir", NULL);
}

int sysfs_names_in(const char *path, const char *prefix,
		   struct sysfs_names *out)
{
	size_t skip = strlen(prefix);
	struct dirent *e;
	DIR *dir;
	int rc = open_dir(path, &dir);

	if (!dir)
		return rc;
	while ((e = readdir(dir)))
		if (e->d_name[0] != '.' &&
		    strncmp(e->d_name, prefix, skip) == 0)
			sysfs_names_add(out, e->d_name + skip);
	closedir(dir);
	return 0;
}

/* Some entries are no links, and one may be gone again: they do not pass. */
static int link_passes(const char *path, const char *part, bool *yes)
{
	char target[SYSFS_PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	*yes = false;
	if (n < 0 && errno != ENOENT && errno != EINVAL)
		return err_call(errno, path, "readlink", NULL);
	if (n < 0)
		return 0;
	target[n] = '\0';
	*yes = strstr(target, part);
	return 0;
}

/* Members of /sys/class/@class that are below the function */
static int class_below(const struct sysfs *s, const char *class,
		       struct pci_addr a, struct sysfs_names *out)
{
	char path[SYSFS_PATH_MAX], part[BDF_STRLEN + 2], bdf[BDF_STRLEN];
	struct dirent *e;
	bool below;
	DIR *dir;
	int rc = open_dir(sysfs_path(path, "%s/class/%s", s->sys, class), &dir);

	memset(out, 0, sizeof(*out));
	if (!dir)
		return rc;
	snprintf(part, sizeof(part), "/%s/", bdf_format(a, bdf));
	while (!rc && (e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		sysfs_path(path, "%s/class/%s/%s", s->sys, class, e->d_name);
		rc = link_passes(path, part, &below);
		if (!rc && below)
			sysfs_names_add(out, e->d_name);
	}
	closedir(dir);
	return rc;
}

int sysfs_netdevs(const struct sysfs *s, struct pci_addr a,
		  struct sysfs_names *out)
{
	return class_below(s, "net", a, out);
}

int sysfs_blocks(const struct sysfs *s, struct pci_addr a,
		 struct sysfs_names *out)
{
	return class_below(s, "block", a, out);
}
