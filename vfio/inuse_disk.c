/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does the host keep files, swap or volumes on a PCI function's disks?
 *
 * Looked at are its block devices, their partitions, and what is stacked on
 * them by dm and md.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "vfio/look.h"

static int refuse_disk(const struct look *l, const char *name, const char *what,
		       const char *cure)
{
	char text[600];

	snprintf(text, sizeof(text), "disk /dev/%s is %s", name, what);
	return look_refuse(l, text, cure);
}

/* "/dev/NAME" as the kernel writes it where the name is one of ours */
static const char *dev_name(const struct look *l, const char *file)
{
	const char *name = file + strlen("/dev/");

	if (strncmp(file, "/dev/", strlen("/dev/")) != 0)
		return NULL;
	return sysfs_names_has(l->names, name) ? name : NULL;
}

/* The name whose /sys/class/block/NAME/dev is @devno, "259:1"; NULL: none */
static int devno_name(const struct look *l, const char *devno,
		      const char **name)
{
	char path[SYSFS_PATH_MAX], text[SYSFS_NAME_MAX];

	*name = NULL;
	for (size_t i = 0; !*name && i < l->names->n; i++) {
		ssize_t n;

		sysfs_path(path, "%s/class/block/%s/dev", l->s->sys,
			   l->names->v[i]);
		n = fd_read_text(path, text, sizeof(text));
		if (n < 0 && n != -ENOENT)
			return err_call((int)n, path, "read", NULL);
		if (n > 0 && strcmp(text, devno) == 0)
			*name = l->names->v[i];
	}
	return 0;
}

/* id parent major:minor root mountpoint options... - type source options */
static int mount_line(const struct look *l, char *line)
{
	char devno[32], where[256], source[256], what[280];
	const char *dash = strstr(line, " - "), *name;
	int rc;

	if (!dash || sscanf(line, "%*s %*s %31s %*s %255s", devno, where) != 2)
		return 0;
	rc = devno_name(l, devno, &name);
	if (rc < 0)
		return rc;
	if (!name && sscanf(dash, " - %*s %255s", source) == 1)
		name = dev_name(l, source);
	if (!name)
		return 0;
	snprintf(what, sizeof(what), "mounted on %s", where);
	return refuse_disk(l, name, what, "umount it first, or ");
}

/* Filename Type Size Used Priority */
static int swap_line(const struct look *l, char *line)
{
	char file[256];
	const char *name;

	if (sscanf(line, "%255s", file) != 1)
		return 0;
	name = dev_name(l, file);
	return name ? refuse_disk(l, name, "in use for swap",
				  "swapoff it first, or ")
		    : 0;
}

/* A file system of several devices has one device number of its own; btrfs
 * lists them, for as long as it is mounted, in /sys/fs/btrfs/UUID/devices */
static int check_btrfs(const struct look *l)
{
	char path[SYSFS_PATH_MAX];
	struct sysfs_names fs = {.n = 0};
	int rc = sysfs_names_in(sysfs_path(path, "%s/fs/btrfs", l->s->sys), "",
				&fs);

	for (size_t i = 0; !rc && i < fs.n * l->names->n; i++) {
		const char *name = l->names->v[i / fs.n];

		sysfs_path(path, "%s/fs/btrfs/%s/devices/%s", l->s->sys,
			   fs.v[i % fs.n], name);
		if (access(path, F_OK) == 0)
			rc = refuse_disk(l, name, "part of a mounted btrfs",
					 "umount it first, or ");
		else if (errno != ENOENT && errno != ENOTDIR)
			rc = err_call(errno, path, "access", NULL);
	}
	return rc;
}

/* nvme0c1n1 is one path to a disk that is called nvme0n1 */
static void add_nvme_head(struct sysfs_names *names, const char *name)
{
	static const char digits[] = "0123456789";
	char head[SYSFS_NAME_MAX];
	size_t subsys = strlen("nvme"), ctrl;

	if (strncmp(name, "nvme", subsys) != 0)
		return;
	subsys += strspn(name + subsys, digits);
	if (name[subsys] != 'c')
		return;
	ctrl = subsys + 1 + strspn(name + subsys + 1, digits);
	snprintf(head, sizeof(head), "%.*s%s", (int)subsys, name, name + ctrl);
	sysfs_names_add(names, head);
}

static int add_partitions(const struct sysfs *s, struct sysfs_names *names,
			  const char *disk)
{
	char path[SYSFS_PATH_MAX];
	struct sysfs_names parts = {.n = 0};
	int rc;

	sysfs_path(path, "%s/class/block/%s", s->sys, disk);
	rc = sysfs_names_in(path, "", &parts);
	for (size_t i = 0; !rc && i < parts.n; i++) {
		sysfs_path(path, "%s/class/block/%s/%s/partition", s->sys, disk,
			   parts.v[i]);
		if (access(path, F_OK) == 0)
			sysfs_names_add(names, parts.v[i]);
		else if (errno != ENOENT && errno != ENOTDIR)
			rc = err_call(errno, path, "access", NULL);
	}
	return rc;
}

/* Partitions and holders (dm, md): the list grows while it is walked */
static int add_holders(const struct sysfs *s, struct sysfs_names *names)
{
	char path[SYSFS_PATH_MAX], name[SYSFS_NAME_MAX];
	int rc = 0;

	for (size_t i = 0; !rc && i < names->n; i++) {
		memcpy(name, names->v[i], sizeof(name));
		add_nvme_head(names, name);
		rc = add_partitions(s, names, name);
		sysfs_path(path, "%s/class/block/%s/holders", s->sys, name);
		if (!rc)
			rc = sysfs_names_in(path, "", names);
	}
	return rc;
}

/* Volumes, arrays and opened LUKS have users whom no table of ours shows: a
 * virtual machine, another mount namespace */
static int check_held(const struct look *l)
{
	char path[SYSFS_PATH_MAX], what[SYSFS_NAME_MAX + 16];
	int rc = 0;

	for (size_t i = 0; !rc && i < l->names->n; i++) {
		struct sysfs_names by = {.n = 0};

		sysfs_path(path, "%s/class/block/%s/holders", l->s->sys,
			   l->names->v[i]);
		rc = sysfs_names_in(path, "", &by);
		if (rc < 0 || !by.n)
			continue;
		snprintf(what, sizeof(what), "held by %s", by.v[0]);
		rc = refuse_disk(l, l->names->v[i], what,
				 "vgchange -an, cryptsetup close or mdadm "
				 "--stop first, or ");
	}
	return rc;
}

int inuse_disks(const struct sysfs *s, struct pci_addr a)
{
	struct sysfs_names names;
	struct look l = {.s = s, .names = &names};
	int rc;

	bdf_format(a, l.bdf);
	if ((rc = sysfs_blocks(s, a, &names)) < 0 ||
	    (rc = add_holders(s, &names)) < 0)
		return rc;
	if (names.more)
		return look_refuse(&l, "too many disks to check", "");
	if (!names.n)
		return 0;
	rc = look_each_line(&l, "self/mountinfo", mount_line);
	if (!rc)
		rc = look_each_line(&l, "swaps", swap_line);
	if (!rc)
		rc = check_btrfs(&l);
	return rc ? rc : check_held(&l);
}
