/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What will be left of one guest in the device that the next one gets.
 *
 * The kernel resets a function when it is opened, if it has a way of its own.
 * If not, `run` resets its bus, which must not hit anybody else's devices.
 * Source: Documentation/ABI/testing/sysfs-bus-pci, reset and reset_method: the
 *         second (since Linux 5.15) may be emptied, and the first stays.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "vmm/doctor/check.h"

/* Behind no bridge: its bus is the machine's, which nobody resets */
static bool on_root_bus(const struct doctor *d, const char *bdf)
{
	char path[SYSFS_PATH_MAX];
	char *real, *slash;
	bool root;

	sysfs_path(path, "%s/bus/pci/devices/%s", d->s->sys, bdf);
	real = realpath(path, NULL);
	slash = real ? strrchr(real, '/') : NULL;
	if (slash)
		*slash = '\0';
	slash = slash ? strrchr(real, '/') : NULL;
	root = slash && strncmp(slash, "/pci", strlen("/pci")) == 0;
	free(real);
	return root;
}

/* Does the guest have this group? */
static bool has_group(const struct doctor *d, uint32_t group)
{
	struct sysfs_dev dev;

	for (size_t i = 0; i < d->ndev; i++)
		if (sysfs_dev_read(d->s, d->dev[i], &dev) == 0 &&
		    dev.group == group)
			return true;
	return false;
}

/* One that is on the bus of @dev and not the guest's; -1: none */
static long stranger(const struct doctor *d, const struct sysfs_dev *dev,
		     const struct sysfs_dev *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].addr.domain == dev->addr.domain &&
		    v[i].addr.bus == dev->addr.bus && !has_group(d, v[i].group))
			return (long)i;
	return -1;
}

static void say_none(struct doctor *d)
{
	check_say(d, DOCTOR_WARNING, "reset",
		  "none: neither its own nor its bus's; it carries state from "
		  "guest to host and to the next guest");
	if (check_exists(d, "bus/pci/devices/%s/reset_method", d->subject))
		check_cure(d,
			   "echo default > "
			   "/sys/bus/pci/devices/%s/reset_method",
			   d->subject);
	else
		check_cure(d, "switch the machine off and on between two "
			      "guests that shall not know of each other");
}

static void check_bus(struct doctor *d, const struct sysfs_dev *dev)
{
	char bdf[BDF_STRLEN];
	struct sysfs_dev *v;
	size_t n;
	long i;

	if (sysfs_dev_list(d->s, &v, &n) < 0) {
		check_error(d, DOCTOR_WARNING, "reset");
		return;
	}
	i = stranger(d, dev, v, n);
	if (i < 0) {
		check_say(d, DOCTOR_OK, "reset",
			  "none of its own, but with its bus");
	} else {
		bdf_format(v[i].addr, bdf);
		check_say(d, DOCTOR_WARNING, "reset",
			  "none of its own, and that of its bus would also hit "
			  "%s of group %u: it carries state from guest to "
			  "host",
			  bdf, v[i].group);
		check_cure(d, "give the guest that, too: --device %s", bdf);
	}
	free(v);
}

void check_reset(struct doctor *d, const struct sysfs_dev *dev)
{
	char methods[64];

	bool listed = check_attr(d, methods, sizeof(methods),
				 "bus/pci/devices/%s/reset_method", d->subject);

	if (methods[0])
		check_say(d, DOCTOR_OK, "reset", "%s", methods);
	else if (!listed &&
		 check_exists(d, "bus/pci/devices/%s/reset", d->subject))
		check_say(d, DOCTOR_OK, "reset", "it has one");
	else if (on_root_bus(d, d->subject))
		say_none(d);
	else
		check_bus(d, dev);
}
