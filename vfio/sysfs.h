/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the host's kernel shows of its PCI devices in sysfs, and the few
 * attributes that are written to move a device between drivers.
 *
 * Every path starts at a root in struct sysfs, and everything that changes
 * the host goes through its functions: a test gives a directory of its own
 * and functions that react as the kernel would.  Reads only state; what to do
 * with it is decided in bind.c and inuse.c.
 */
#ifndef VFIO_SYSFS_H
#define VFIO_SYSFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/range.h"
#include "vfio/bdf.h"

#define SYSFS_NAME_MAX  64  /* driver, netdev or block device name, NUL */
#define SYSFS_NAMES_MAX 256 /* names below one device */
#define SYSFS_GROUP_MAX 256 /* functions in one IOMMU group */
#define SYSFS_RESV_MAX  64  /* reserved regions of one group */
#define SYSFS_PATH_MAX  512
#define SYSFS_NO_GROUP  UINT32_MAX
#define SYSFS_VFIO_PCI  "vfio-pci"

struct ifaddrs;

struct sysfs {
	const char *sys;  /* "/sys" */
	const char *proc; /* "/proc" */
	const char *run;  /* "/run/passthru": records of what was bound */
	const char *dev;  /* "/dev" */
	/* how long a netdev may take to get its old name back, milliseconds */
	unsigned settle_ms;
	void *arg; /* for the functions below; NULL on a real host */

	/* write @text to attribute @path in one write(2); 0 or -errno */
	int (*write)(const struct sysfs *s, const char *path, const char *text);
	/* give file @path to user @uid as chown(2) does; 0 or -errno */
	int (*chown)(const struct sysfs *s, const char *path, uid_t uid);
	/* load a kernel module as modprobe(8) does; 0 or -errno */
	int (*modprobe)(const struct sysfs *s, const char *module);
	/* set a network interface up; 0 or -errno */
	int (*if_up)(const struct sysfs *s, const char *ifname);
	/* getifaddrs(3); the list is freed by if_addrs_free */
	int (*if_addrs)(const struct sysfs *s, struct ifaddrs **list);
	void (*if_addrs_free)(const struct sysfs *s, struct ifaddrs *list);
};

/** sysfs_host - the real host: "/sys", "/proc", "/run/passthru", "/dev" */
const struct sysfs *sysfs_host(void);

/* One PCI function as sysfs shows it */
struct sysfs_dev {
	struct pci_addr addr;
	uint16_t vendor;
	uint16_t device;
	uint32_t class;                /* 24 bits: base, sub, interface */
	uint32_t group;                /* IOMMU group or SYSFS_NO_GROUP */
	char driver[SYSFS_NAME_MAX];   /* "" when none */
	char override[SYSFS_NAME_MAX]; /* driver_override, "" when none */
};

/**
 * sysfs_dev_read - read one function
 * @a: which
 * @d: filled on success
 *
 * Return: 0, or with a message -ENODEV when there is no such device, -EIO
 *         when an attribute is missing or is not what it should be, or -errno
 *         of the call that the message names: what cannot be read now is not
 *         taken for absent.
 * Source: Documentation/ABI/testing/sysfs-bus-pci.
 */
int sysfs_dev_read(const struct sysfs *s, struct pci_addr a,
		   struct sysfs_dev *d) __attribute__((warn_unused_result));

/**
 * sysfs_dev_list - read every PCI function, sorted by address
 * @v: set to an array of *@n; the caller frees it with free(3).  NULL on
 *     failure.  A device that disappears meanwhile is left out.
 *
 * Return: 0, or -errno of opendir(3) or -ENOMEM with a message.
 */
int sysfs_dev_list(const struct sysfs *s, struct sysfs_dev **v, size_t *n)
	__attribute__((warn_unused_result));

/**
 * sysfs_answers - does the device's configuration space say anything?
 *
 * One without power, or whose slot is empty though the kernel knows it still,
 * reads all ones.  What cannot be read is taken for a device that answers.
 * Looks at class and revision: the IDs of a virtual function are all ones.
 * Source: SR-IOV 1.1, 3.4.1.1.
 */
bool sysfs_answers(const struct sysfs *s, struct pci_addr a);

/** sysfs_dev_is_bridge - PCI or host bridge: stays with its port driver */
bool sysfs_dev_is_bridge(const struct sysfs_dev *d);

/** sysfs_dev_on_vfio - true when vfio-pci drives it */
bool sysfs_dev_on_vfio(const struct sysfs_dev *d);

/**
 * sysfs_group_members - the functions in an IOMMU group, sorted
 * @group: IOMMU group number
 * @v:     SYSFS_GROUP_MAX entries
 * @n:     number filled
 *
 * Members that are no PCI functions (platform devices) are left out.
 *
 * Return: 0, or with a message -ENODEV when there is no such group, -E2BIG,
 *         -errno of opendir(3).
 */
int sysfs_group_members(const struct sysfs *s, uint32_t group,
			struct pci_addr v[SYSFS_GROUP_MAX], size_t *n)
	__attribute__((warn_unused_result));

/**
 * sysfs_group_type - the group's default domain: "DMA", "identity", ...
 * @buf: filled; "" where the kernel does not tell
 */
void sysfs_group_type(const struct sysfs *s, uint32_t group,
		      char buf[SYSFS_NAME_MAX]);

enum sysfs_resv_type {
	SYSFS_RESV_DIRECT,         /* RMRR: mapped 1:1 for firmware */
	SYSFS_RESV_DIRECT_RELAXED, /* 1:1, may be given up */
	SYSFS_RESV_RESERVED,       /* never usable as IOVA */
	SYSFS_RESV_MSI,            /* MSI doorbells, 0xfee00000 on x86 */
	SYSFS_RESV_OTHER           /* a word this program does not know */
};

struct sysfs_resv {
	struct range iova;
	enum sysfs_resv_type type;
};

/**
 * sysfs_group_resv - IOVA ranges of a group that cannot be mapped freely
 * @v: SYSFS_RESV_MAX entries
 * @n: number filled; 0 when the kernel lists none
 *
 * Return: 0, or with a message -EIO for a line that makes no sense, -E2BIG.
 * Source: Documentation/ABI/testing/sysfs-kernel-iommu_groups.
 */
int sysfs_group_resv(const struct sysfs *s, uint32_t group,
		     struct sysfs_resv v[SYSFS_RESV_MAX], size_t *n)
	__attribute__((warn_unused_result));

/**
 * sysfs_group_direct - does firmware reach memory through the group?
 * @iova: set to where, when it does; Intel's tables call it RMRR, AMD's IVMD
 *
 * The kernel keeps such a group from guests, whose memory is elsewhere: behind
 * Intel's IOMMU always, behind any since Linux 6.6.
 * Source: drivers/iommu/intel/iommu.c, device_rmrr_is_relaxable();
 *         drivers/iommu/iommu.c, require_direct.
 */
bool sysfs_group_direct(const struct sysfs *s, uint32_t group,
			struct range *iova);

/** sysfs_resv_name - the kernel's word for @type; "other" */
const char *sysfs_resv_name(enum sysfs_resv_type type);

struct sysfs_names {
	size_t n;
	bool more; /* there were more than fit */
	char v[SYSFS_NAMES_MAX][SYSFS_NAME_MAX];
};

/**
 * sysfs_netdevs - network interfaces below a function
 * @out: set; none: its n is 0
 *
 * Return: 0, or -errno with a message when they cannot be found out.
 */
int sysfs_netdevs(const struct sysfs *s, struct pci_addr a,
		  struct sysfs_names *out) __attribute__((warn_unused_result));

/**
 * sysfs_blocks - the block devices anywhere below a function
 *
 * Names as in /sys/class/block, partitions included, holders (dm, md) not.
 * Return: as sysfs_netdevs().
 */
int sysfs_blocks(const struct sysfs *s, struct pci_addr a,
		 struct sysfs_names *out) __attribute__((warn_unused_result));

/** sysfs_names_add - add @name unless it is there; sets ->more when full */
void sysfs_names_add(struct sysfs_names *names, const char *name);

/** sysfs_names_has - true when @name is one of them */
bool sysfs_names_has(const struct sysfs_names *names, const char *name);

/**
 * sysfs_names_in - the entries of a directory, "." and ".." left out
 * @path: a missing directory is an empty one
 * @prefix: only names that begin so, and without it; "" for all
 * @out: added to
 *
 * Return: 0, or -errno of opendir(3) with a message.
 */
int sysfs_names_in(const char *path, const char *prefix,
		   struct sysfs_names *out) __attribute__((warn_unused_result));

/**
 * sysfs_link_name - last part of symlink @path
 * @buf: set; "" when there is no such link
 *
 * Return: 0, or with a message -ENAMETOOLONG or -errno of readlink(2).
 */
int sysfs_link_name(const char *path, char buf[SYSFS_NAME_MAX])
	__attribute__((warn_unused_result));

/** sysfs_have_driver - true when PCI driver @name is registered */
bool sysfs_have_driver(const struct sysfs *s, const char *name);

/**
 * sysfs_write_override - write driver_override of a function
 * @driver: name, or "" to clear
 *
 * Return: 0, or -errno with a message that names the file.
 */
int sysfs_write_override(const struct sysfs *s, struct pci_addr a,
			 const char *driver)
	__attribute__((warn_unused_result));

/**
 * sysfs_unbind - take a function from its driver; no driver is success
 *
 * Context: sleeps as long as the driver needs; vfio-pci holds it until its
 *          last user closed the device.
 * Return: 0, or -errno with a message that names the file.
 */
int sysfs_unbind(const struct sysfs *s, struct pci_addr a)
	__attribute__((warn_unused_result));

/**
 * sysfs_probe - let the kernel find a driver for a function (drivers_probe)
 *
 * Return: 0, also when no driver took it; or -errno with a message.
 */
int sysfs_probe(const struct sysfs *s, struct pci_addr a)
	__attribute__((warn_unused_result));

/**
 * sysfs_number - a whole string as a number
 * @text: digits alone; with @base 16 also "0x" before them
 * @base: 10 or 16
 * @max:  largest value that is taken
 * @val:  set on success
 *
 * Return: false when @text is anything else.
 */
bool sysfs_number(const char *text, int base, uint64_t max, uint64_t *val);

/**
 * sysfs_path - make a path from parts into @buf, cut at its size
 *
 * Return: @buf.
 */
const char *sysfs_path(char buf[SYSFS_PATH_MAX], const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
