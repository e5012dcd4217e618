/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The MAC addresses that devices have on this host, before they leave it.
 */
#ifndef VMM_CLI_HOSTMAC_H
#define VMM_CLI_HOSTMAC_H

#include "vfio/sysfs.h"
#include "vmm/cli/table.h"

/**
 * hostmac_fill - put the address into each `mac BDF host` of the table
 * @s: the host
 * @o: parsed, with a place for each device
 * @t: its rows' .mac is set
 *
 * Return: 0, or with a message that begins with "FILE:LINE: ":
 *   -EINVAL  no device of this host will be there
 *   -ENODEV  its driver shows no network interface
 *   -EIO     what the host says is no MAC address
 *   other    of sysfs_netdevs()
 */
int hostmac_fill(const struct sysfs *s, const struct run_opts *o,
		 struct table *t) __attribute__((warn_unused_result));

#endif
