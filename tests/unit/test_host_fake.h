/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host for tests: a sysfs, /proc and /run in a directory of its own, and a
 * kernel that reacts to the attributes which move a device between drivers.
 *
 * State lies in the files alone, so it outlives a child process that "is
 * killed" between two writes.
 */
#ifndef TEST_HOST_FAKE_H
#define TEST_HOST_FAKE_H

#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdbool.h>

#include "vfio/sysfs.h"

struct fake {
	char root[64];
	char sys[80];
	char proc[80];
	char run[80];
	struct sysfs s;
	int writes;   /* attributes written so far */
	int fail_at;  /* this write fails, from 1; 0: none */
	int fail_err; /* with this errno */
	int at_write; /* before this write .meanwhile is called; 0: never */
	void (*meanwhile)(struct fake *f);
	int die_at;         /* at this write the process ends; 0: never */
	const char *refuse; /* BDF that vfio-pci does not take */
	int modprobes;
	bool modprobe_works;
	int if_ups;
	bool die_at_link; /* before an interface is set up */
	int chowns;
	int chown_err;     /* each fails with it */
	char chowned[600]; /* the last one: path and uid */
	struct ifaddrs ifa;
	struct sockaddr_in ifa_v4;
	struct sockaddr_in6 ifa_v6;
};

/** fake_init - an empty host with drivers vfio-pci, e1000e and nvme */
void fake_init(struct fake *f);

/** fake_fini - remove the directory */
void fake_fini(struct fake *f);

/** fake_text - write file @path below the root, with its directories */
void fake_text(const struct fake *f, const char *path, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** fake_get - content of file @path below the root; "" when missing */
const char *fake_get(const struct fake *f, const char *path);

/** fake_link - symlink @path below the root */
void fake_link(const struct fake *f, const char *path, const char *target);

/** fake_rm - remove a file or a tree below the root */
void fake_rm(const struct fake *f, const char *path);

/** fake_dev - add a function; @group -1: none; @driver NULL: none */
void fake_dev(const struct fake *f, const char *bdf, unsigned class, int group,
	      const char *driver);

/** fake_net - an interface that is there while @bdf is on its own driver */
void fake_net(const struct fake *f, const char *bdf, const char *name, bool up);

/** fake_block - /sys/class/block/@name below @bdf, with its number */
void fake_block(const struct fake *f, const char *bdf, const char *name,
		const char *devno);

/** fake_pair - two e1000e at 02:00.0, .1 and their bridge, group 16 */
void fake_pair(const struct fake *f);

/** fake_driver - name of the driver of @bdf, "" when none */
const char *fake_driver(const struct fake *f, const char *bdf);

/** fake_override - content of its driver_override */
const char *fake_override(const struct fake *f, const char *bdf);

/** fake_has - true when @path below the root exists */
bool fake_has(const struct fake *f, const char *path);

/** fake_addr - parse @bdf, which is right */
struct pci_addr fake_addr(const char *bdf);

#endif
