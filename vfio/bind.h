/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole IOMMU groups to vfio-pci, and each function back to what it had.
 *
 * What was there before is written to the journal (journal.h) before anything
 * is changed, so that a killed process leaves a host that can be restored.
 * Prints a line for each step; knows nothing of guests.
 */
#ifndef VFIO_BIND_H
#define VFIO_BIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "vfio/bdf.h"
#include "vfio/sysfs.h"

#define BIND_MAX 256

/* The functions that one bind_groups() moved; inert when n == 0 */
struct bind_set {
	size_t n;
	struct pci_addr v[BIND_MAX];
};

/* How bind_groups() goes about it: bits */
enum bind_how {
	BIND_FORCE = 1, /* also what the host is using */
	BIND_ALONE = 2, /* only the functions named; with LESSONS=1 */
};

/**
 * bind_groups - bind the groups of all @n functions to vfio-pci
 * @s:     host
 * @a:     functions named by the user; several of one group are fine
 * @n:     number of @a, at least 1
 * @how:   bits of enum bind_how; in use: as inuse_check() says
 * @out:   uninitialised; the functions that were moved.  What was on
 *         vfio-pci before is not in it and keeps its older record.
 *
 * All or nothing: on failure every function moved so far is back and @out is
 * empty.  Bridges stay with their port driver.
 *
 * Context: sleeps; block SIGINT and SIGTERM around it, or a record stays
 *          behind (`passthru restore --all` then puts things right).
 * Return: 0, or with a message that names the function and the cure
 *   -ENODEV  no such device, no IOMMU group, or vfio-pci is not there
 *   -EINVAL  a bridge was named
 *   -EBUSY   in use by the host and not BIND_FORCE
 *   other    errno of the sysfs or journal file that failed
 * Source: Documentation/ABI/testing/sysfs-bus-pci, driver_override.
 */
int bind_groups(const struct sysfs *s, const struct pci_addr *a, size_t n,
		unsigned how, struct bind_set *out)
	__attribute__((warn_unused_result));

/**
 * bind_restore - give back what bind_groups() moved, in the same order
 * @set: emptied, also on failure
 *
 * Goes on after a failure so that as much as possible is back.  The order is
 * that of the kernel's own probing: eth0 and eth1 come out as they were.
 *
 * Context: the devices' VFIO descriptors must be closed, also the group's.
 * Return: 0, or the first failure (of bind_restore_one) with its message.
 */
int bind_restore(const struct sysfs *s, struct bind_set *set)
	__attribute__((warn_unused_result));

/**
 * bind_restore_one - give one function back to the driver its record names
 *
 * Without a record there is nothing to do: says so and succeeds.  For a
 * device that is gone the record is dropped with a warning.
 *
 * Return: 0, or with a message
 *   -EBUSY   a process holds the group's VFIO file (named with its pid)
 *   -ENXIO   the recorded driver did not take the device
 *   -EBADMSG the record is damaged
 *   other    errno of the file that failed; the record is kept
 */
int bind_restore_one(const struct sysfs *s, struct pci_addr a)
	__attribute__((warn_unused_result));

/**
 * bind_say_left - log who of the groups of @n functions is still on vfio-pci
 *
 * By our records.  Says nothing of the group of one that is on vfio-pci itself,
 * or is gone.
 */
void bind_say_left(const struct sysfs *s, const struct pci_addr *a, size_t n);

/**
 * bind_restore_all - bind_restore_one() for every record
 *
 * Return: 0, or the first failure with its message; the others are logged.
 */
int bind_restore_all(const struct sysfs *s) __attribute__((warn_unused_result));

/**
 * bind_give - let a user have the groups of all @n functions: chown /dev/vfio/N
 * @a:   functions that are bound; several of one group are fine
 * @uid: of the user
 *
 * bind_restore_one() of a group's last function undoes it: the kernel removes
 * the file, and makes another one for root the next time.
 *
 * Return: 0, or -errno with a message: of chown(2), or -ENODEV.
 * Source: Documentation/driver-api/vfio.rst, "VFIO Usage Example".
 */
int bind_give(const struct sysfs *s, const struct pci_addr *a, size_t n,
	      uid_t uid) __attribute__((warn_unused_result));

/**
 * bind_check - is this function ready to be opened through VFIO?
 * @group: set to its IOMMU group on success
 *
 * Looks only: exists, is no bridge, has a group, is on vfio-pci, and no other
 * function of the group is on a host driver.
 *
 * Return: 0, or with a message that holds the next command to type: -ENODEV,
 *         -EINVAL (bridge), -EBUSY (a host driver has it or one of its group).
 */
int bind_check(const struct sysfs *s, struct pci_addr a, uint32_t *group)
	__attribute__((warn_unused_result));

/**
 * bind_may_stay - may a group with this member be given away as it is?
 *
 * The kernel lets drivers that do no DMA of their own stand beside vfio-pci.
 * Source: Documentation/driver-api/vfio.rst; driver_managed_dma in struct
 *         pci_driver.
 */
bool bind_may_stay(const struct sysfs_dev *d);

/**
 * bind_not_viable - message for a group that VFIO calls not viable
 * @a:     function the user asked for
 * @group: its IOMMU group
 *
 * Names a function of the group that is still on a host driver.
 *
 * Return: -EBUSY, always.
 */
int bind_not_viable(const struct sysfs *s, struct pci_addr a, uint32_t group);

#endif
