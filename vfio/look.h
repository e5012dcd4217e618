/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What inuse.c and inuse_disk.c share: a function, the names below it, and how
 * the kernel's tables are asked of them.
 */
#ifndef VFIO_LOOK_H
#define VFIO_LOOK_H

#include "vfio/sysfs.h"

struct ifaddrs;

/* One function and what is known of it; handed to every line */
struct look {
	const struct sysfs *s;
	char bdf[BDF_STRLEN];
	const struct sysfs_names *names;
	const struct ifaddrs *addrs;
};

/* 0: go on; negative: found, or failed, and the message is set */
typedef int (*line_fn)(const struct look *l, char *line);

/**
 * look_each_line - ask @fn about each line of a table in /proc
 * @table: a path below /proc; one that the kernel does not have is empty
 *
 * Return: 0, what @fn says, or -errno with a message.
 */
int look_each_line(const struct look *l, const char *table, line_fn fn)
	__attribute__((warn_unused_result));

/**
 * look_refuse - say what uses the function
 * @cure: what to do first, ending in ", or "; or ""
 *
 * Return: -EBUSY, with a message.
 */
int look_refuse(const struct look *l, const char *what, const char *cure);

/**
 * inuse_disks - the half of inuse_check() that looks at disks
 *
 * Return: as inuse_check().
 */
int inuse_disks(const struct sysfs *s, struct pci_addr a)
	__attribute__((warn_unused_result));

#endif
