/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is the host itself living on this PCI function?
 *
 * A NIC with the default route or an SSH session, a disk with a mounted file
 * system, swap or a volume on it, a physical function with virtual ones: taking
 * these away cuts the branch that one sits on.  Looks through bridges, bonds
 * and VLANs above a NIC and through partitions, dm and md above a disk.
 * Changes nothing.
 */
#ifndef VFIO_INUSE_H
#define VFIO_INUSE_H

#include <stdint.h>
#include <sys/types.h>

#include "vfio/sysfs.h"

/**
 * inuse_check - refuse a function that the host needs
 *
 * Sees only this process's network and mount namespaces; tunnels over a NIC
 * (VPN, PPPoE) have no place in sysfs and are not seen.
 *
 * Return: 0 when nothing was found; -EBUSY with a message that says what uses
 *         it and how to go on; or -errno when it cannot be found out.
 * Source: Documentation/networking/proc_net_tcp.rst;
 *         Documentation/filesystems/proc.rst, mountinfo;
 *         Documentation/PCI/pci-iov-howto.rst, sriov_numvfs.
 */
int inuse_check(const struct sysfs *s, struct pci_addr a)
	__attribute__((warn_unused_result));

struct inuse_holder {
	pid_t pid;                 /* 0: none is seen */
	char file[SYSFS_NAME_MAX]; /* what it has open, "/dev/vfio/16" */
};

/**
 * inuse_vfio_holder - which process has a function open through VFIO?
 * @d: its group's file is looked for, and its own in /dev/vfio/devices
 * @h: set
 *
 * Return: 0, or -errno with a message when it cannot be found out; that other
 *         users' processes do not show theirs is no error.
 */
int inuse_vfio_holder(const struct sysfs *s, const struct sysfs_dev *d,
		      struct inuse_holder *h)
	__attribute__((warn_unused_result));

#endif
