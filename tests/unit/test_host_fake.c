/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host for tests; see test_host_fake.h.
 *
 * Beside what a kernel shows, a device's directory has `native`, the driver
 * that probing finds without an override, and `netdevs`, the interfaces that
 * this driver makes.
 */
#include "test_host_fake.h"

#include <criterion/criterion.h>

#include <errno.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

#define DIE_STATUS 77

static const char *at(const struct fake *f, const char *path)
{
	static char buf[4][SYSFS_PATH_MAX];
	static unsigned turn;
	char *b = buf[turn++ % 4];

	return sysfs_path(b, "%s/%s", f->root, path);
}

static void make_dirs(const char *path)
{
	char dir[SYSFS_PATH_MAX];

	snprintf(dir, sizeof(dir), "%s", path);
	for (char *p = strchr(dir + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		mkdir(dir, 0755);
		*p = '/';
	}
}

void fake_text(const struct fake *f, const char *path, const char *fmt, ...)
{
	const char *full = at(f, path);
	va_list ap;
	FILE *out;

	make_dirs(full);
	out = fopen(full, "we");
	cr_assert(out, "%s", full);
	va_start(ap, fmt);
	vfprintf(out, fmt, ap);
	va_end(ap);
	fclose(out);
}

const char *fake_get(const struct fake *f, const char *path)
{
	static char text[2][4096];
	static unsigned turn;
	char *b = text[turn++ % 2];

	(void)fd_read_text(at(f, path), b, sizeof(text[0]));
	return b;
}

void fake_link(const struct fake *f, const char *path, const char *target)
{
	const char *full = at(f, path);

	make_dirs(full);
	unlink(full);
	cr_assert_eq(symlink(target, full), 0, "%s", full);
}

static int rm_one(const char *path, const struct stat *st, int type,
		  struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

void fake_rm(const struct fake *f, const char *path)
{
	nftw(at(f, path), rm_one, 8, FTW_DEPTH | FTW_PHYS);
}

bool fake_has(const struct fake *f, const char *path)
{
	struct stat st;

	return lstat(at(f, path), &st) == 0;
}

struct pci_addr fake_addr(const char *bdf)
{
	struct pci_addr a = {0};

	cr_assert(bdf_try(bdf, &a), "%s", bdf);
	return a;
}

static const char *dev_file(char buf[SYSFS_PATH_MAX], const char *bdf,
			    const char *leaf)
{
	return sysfs_path(buf, "sys/devices/pci0000:00/%s/%s", bdf, leaf);
}

const char *fake_driver(const struct fake *f, const char *bdf)
{
	static char name[2][SYSFS_NAME_MAX];
	static unsigned turn;
	char path[SYSFS_PATH_MAX], *b = name[turn++ % 2];

	cr_assert_eq(sysfs_link_name(at(f, dev_file(path, bdf, "driver")), b),
		     0);
	return b;
}

const char *fake_override(const struct fake *f, const char *bdf)
{
	char path[SYSFS_PATH_MAX];
	const char *text = fake_get(f, dev_file(path, bdf, "driver_override"));

	return strcmp(text, "(null)") == 0 ? "" : text;
}

/* ---- the kernel ---- */

/* The interfaces of @bdf come with its own driver and go with it */
static void netdevs_follow(const struct fake *f, const char *bdf, bool there)
{
	char path[SYSFS_PATH_MAX], target[SYSFS_PATH_MAX], *save = NULL, *name;
	char list[SYSFS_PATH_MAX];

	snprintf(list, sizeof(list), "%s",
		 fake_get(f, dev_file(path, bdf, "netdevs")));
	for (name = strtok_r(list, " ", &save); name;
	     name = strtok_r(NULL, " ", &save)) {
		sysfs_path(path, "sys/class/net/%s", name);
		if (!there) {
			fake_rm(f, path);
			continue;
		}
		sysfs_path(target, "../../devices/pci0000:00/%s/net/%s", bdf,
			   name);
		fake_link(f, path, target);
		sysfs_path(path, "sys/devices/pci0000:00/%s/net/%s/flags", bdf,
			   name);
		fake_text(f, path, "0x1002\n");
	}
}

static void driver_set(const struct fake *f, const char *bdf, const char *drv)
{
	char path[SYSFS_PATH_MAX], target[SYSFS_PATH_MAX], native[64];

	snprintf(native, sizeof(native), "%s",
		 fake_get(f, dev_file(path, bdf, "native")));
	sysfs_path(target, "../../../bus/pci/drivers/%s", drv);
	fake_link(f, dev_file(path, bdf, "driver"), target);
	netdevs_follow(f, bdf, strcmp(drv, native) == 0);
}

static int kernel_probe(const struct fake *f, const char *bdf)
{
	char path[SYSFS_PATH_MAX], drv[64];

	if (!fake_has(f, dev_file(path, bdf, "vendor")))
		return -ENODEV;
	if (fake_driver(f, bdf)[0])
		return 0;
	snprintf(drv, sizeof(drv), "%s", fake_override(f, bdf));
	if (!drv[0])
		snprintf(drv, sizeof(drv), "%s",
			 fake_get(f, dev_file(path, bdf, "native")));
	sysfs_path(path, "sys/bus/pci/drivers/%s", drv);
	if (!drv[0] || !fake_has(f, path))
		return 0;
	if (f->refuse && strcmp(bdf, f->refuse) == 0 &&
	    strcmp(drv, SYSFS_VFIO_PCI) == 0)
		return 0;
	driver_set(f, bdf, drv);
	return 0;
}

static int kernel_unbind(const struct fake *f, const char *bdf)
{
	char path[SYSFS_PATH_MAX];

	if (!fake_driver(f, bdf)[0])
		return -ENODEV;
	fake_rm(f, dev_file(path, bdf, "driver"));
	netdevs_follow(f, bdf, false);
	return 0;
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

static int fake_write(const struct sysfs *s, const char *path, const char *text)
{
	struct fake *f = s->arg;
	int n = ++f->writes;

	if (n == f->die_at)
		_exit(DIE_STATUS);
	if (n == f->at_write)
		f->meanwhile(f);
	if (n == f->fail_at)
		return -f->fail_err;
	if (ends_with(path, "/driver_override"))
		return fd_write_text(path, "") ?: truncate(path, 0)
				   ?: fd_write_text(path, text);
	if (ends_with(path, "/driver/unbind"))
		return kernel_unbind(f, text);
	if (ends_with(path, "/drivers_probe"))
		return kernel_probe(f, text);
	return -ENOENT;
}

static int fake_chown(const struct sysfs *s, const char *path, uid_t uid)
{
	struct fake *f = s->arg;

	f->chowns++;
	snprintf(f->chowned, sizeof(f->chowned), "%s %u", path, (unsigned)uid);
	return -f->chown_err;
}

static int fake_modprobe(const struct sysfs *s, const char *module)
{
	struct fake *f = s->arg;
	char path[SYSFS_PATH_MAX];

	f->modprobes++;
	if (!f->modprobe_works)
		return -EIO;
	fake_text(f, sysfs_path(path, "sys/bus/pci/drivers/%s/bind", module),
		  "%s", "");
	return 0;
}

static int fake_if_up(const struct sysfs *s, const char *ifname)
{
	struct fake *f = s->arg;
	char path[SYSFS_PATH_MAX];

	f->if_ups++;
	if (f->die_at_link)
		_exit(DIE_STATUS);
	sysfs_path(path, "sys/class/net/%s", ifname);
	if (!fake_has(f, path))
		return -ENODEV;
	sysfs_path(path, "sys/class/net/%s/flags", ifname);
	fake_text(f, path, "0x1003\n");
	return 0;
}

static int fake_if_addrs(const struct sysfs *s, struct ifaddrs **list)
{
	struct fake *f = s->arg;

	*list = f->ifa.ifa_name ? &f->ifa : NULL;
	return 0;
}

static void fake_if_addrs_free(const struct sysfs *s, struct ifaddrs *list)
{
	(void)s, (void)list;
}

/* ---- set-up ---- */

void fake_init(struct fake *f)
{
	memset(f, 0, sizeof(*f));
	strcpy(f->root, "/tmp/passthru-test-XXXXXX");
	cr_assert(mkdtemp(f->root));
	snprintf(f->sys, sizeof(f->sys), "%s/sys", f->root);
	snprintf(f->proc, sizeof(f->proc), "%s/proc", f->root);
	snprintf(f->run, sizeof(f->run), "%s/run", f->root);
	f->s = (struct sysfs){
		.sys = f->sys,
		.proc = f->proc,
		.run = f->run,
		.arg = f,
		.dev = "/dev",
		.write = fake_write,
		.chown = fake_chown,
		.modprobe = fake_modprobe,
		.if_up = fake_if_up,
		.if_addrs = fake_if_addrs,
		.if_addrs_free = fake_if_addrs_free,
	};
	fake_text(f, "proc/self/stat", "1");
	fake_text(f, "sys/bus/pci/devices/.keep", "%s", "");
	fake_text(f, "sys/bus/pci/drivers/vfio-pci/bind", "%s", "");
	fake_text(f, "sys/bus/pci/drivers/e1000e/bind", "%s", "");
	fake_text(f, "sys/bus/pci/drivers/nvme/bind", "%s", "");
}

void fake_fini(struct fake *f)
{
	fake_rm(f, "");
}

void fake_dev(const struct fake *f, const char *bdf, unsigned class, int group,
	      const char *driver)
{
	char path[SYSFS_PATH_MAX], link[SYSFS_PATH_MAX], target[SYSFS_PATH_MAX];

	fake_text(f, dev_file(path, bdf, "vendor"), "0x8086\n");
	fake_text(f, dev_file(path, bdf, "device"), "0x10d3\n");
	fake_text(f, dev_file(path, bdf, "class"), "0x%06x\n", class);
	fake_text(f, dev_file(path, bdf, "driver_override"), "(null)\n");
	fake_text(f, dev_file(path, bdf, "native"), "%s", driver ?: "");
	sysfs_path(link, "sys/bus/pci/devices/%s", bdf);
	sysfs_path(target, "../../../devices/pci0000:00/%s", bdf);
	fake_link(f, link, target);
	if (driver)
		driver_set(f, bdf, driver);
	if (group < 0)
		return;
	sysfs_path(target, "../../../kernel/iommu_groups/%d", group);
	fake_link(f, dev_file(path, bdf, "iommu_group"), target);
	sysfs_path(link, "sys/kernel/iommu_groups/%d/devices/%s", group, bdf);
	sysfs_path(target, "../../../../devices/pci0000:00/%s", bdf);
	fake_link(f, link, target);
}

void fake_net(const struct fake *f, const char *bdf, const char *name, bool up)
{
	char path[SYSFS_PATH_MAX], list[SYSFS_PATH_MAX];

	dev_file(path, bdf, "netdevs");
	snprintf(list, sizeof(list), "%s", fake_get(f, path));
	fake_text(f, path, "%s %s", list, name);
	netdevs_follow(f, bdf, true);
	if (up) {
		sysfs_path(path, "sys/class/net/%s/flags", name);
		fake_text(f, path, "0x1003\n");
	}
}

void fake_block(const struct fake *f, const char *bdf, const char *name,
		const char *devno)
{
	char path[SYSFS_PATH_MAX], target[SYSFS_PATH_MAX];

	sysfs_path(path, "sys/devices/pci0000:00/%s/x/%s/dev", bdf, name);
	fake_text(f, path, "%s\n", devno);
	sysfs_path(path, "sys/class/block/%s", name);
	sysfs_path(target, "../../devices/pci0000:00/%s/x/%s", bdf, name);
	fake_link(f, path, target);
}

void fake_pair(const struct fake *f)
{
	fake_dev(f, "0000:00:1c.0", 0x060400, 16, NULL);
	fake_dev(f, "0000:02:00.0", 0x020000, 16, "e1000e");
	fake_dev(f, "0000:02:00.1", 0x020000, 16, "e1000e");
	fake_net(f, "0000:02:00.0", "eth0", true);
	fake_net(f, "0000:02:00.1", "eth1", false);
}
