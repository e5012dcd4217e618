/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An IOMMU group goes to a guest as a whole: who is in it, who uses it, and
 * which addresses it keeps for itself.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/user.h"
#include "vfio/bind.h"
#include "vfio/dma.h"
#include "vfio/inuse.h"
#include "vmm/boot/platform.h"
#include "vmm/doctor/check.h"

typedef unsigned long long ull;

/* The members, and what their drivers make of the group */
struct group {
	uint32_t id;
	struct sysfs_dev v[SYSFS_GROUP_MAX];
	size_t n;
	bool some_on_vfio;
	const struct sysfs_dev *in_the_way; /* that the kernel will not have
					       beside vfio-pci; or NULL */
};

static int group_read(const struct doctor *d, uint32_t id, struct group *g)
{
	struct pci_addr a[SYSFS_GROUP_MAX];
	size_t n;
	int rc = sysfs_group_members(d->s, id, a, &n);

	*g = (struct group){.id = id};
	for (size_t i = 0; !rc && i < n; i++)
		if (sysfs_dev_read(d->s, a[i], &g->v[g->n]) == 0)
			g->n++;
	for (size_t i = 0; i < g->n; i++) {
		g->some_on_vfio |= sysfs_dev_on_vfio(&g->v[i]);
		if (!g->in_the_way && !bind_may_stay(&g->v[i]))
			g->in_the_way = &g->v[i];
	}
	return rc;
}

/* "0000:02:00.0 on tg3, 0000:02:00.1 without a driver" */
static void members_text(const struct group *g, char *text, size_t cap)
{
	char bdf[BDF_STRLEN];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < g->n && n < cap; i++)
		n += (size_t)snprintf(
			text + n, cap - n, "%s%s %s%s", i ? ", " : "",
			bdf_format(g->v[i].addr, bdf),
			g->v[i].driver[0] ? "on " : "without a driver",
			g->v[i].driver);
}

/* What root types, by itself or for this user */
static void say_who_binds(struct doctor *d)
{
	if (d->root)
		check_cure(d, "passthru bind %s", d->subject);
	else
		check_cure(d, "as root: passthru bind --owner %s %s",
			   user_name(), d->subject);
}

static void say_members(struct doctor *d, const struct group *g)
{
	char text[768];

	members_text(g, text, sizeof(text));
	if (g->some_on_vfio && g->in_the_way) {
		check_say(d, d->root ? DOCTOR_WARNING : DOCTOR_FAIL, "group",
			  "group %u is not viable, half of it is bound: %s%s",
			  g->id, text,
			  d->root ? "; bind the rest, or run with --managed"
				  : ", and only root may bind the rest");
		say_who_binds(d);
	} else {
		check_say(d, DOCTOR_OK, "group", "group %u: %s", g->id, text);
	}
}

static void say_bound(struct doctor *d, const struct sysfs_dev *dev)
{
	const char *on = dev->driver[0] ? "is on " : "has no driver";

	if (sysfs_dev_on_vfio(dev)) {
		check_say(d, DOCTOR_OK, "bound", "is on vfio-pci");
	} else if (d->root) {
		check_say(d, DOCTOR_WARNING, "bound",
			  "%s%s; bind it, or run with --managed", on,
			  dev->driver);
		say_who_binds(d);
	} else {
		check_say(d, DOCTOR_FAIL, "bound",
			  "%s%s, and only root may bind it", on, dev->driver);
		say_who_binds(d);
	}
}

/* Those that `bind` would have to move; named ones have a turn of their own */
static void check_inuse(struct doctor *d, const struct sysfs_dev *dev,
			const struct group *g)
{
	bool idle = true;

	for (size_t i = 0; i < g->n; i++) {
		const struct sysfs_dev *m = &g->v[i];
		bool self = bdf_eq(m->addr, dev->addr);

		if (sysfs_dev_is_bridge(m) || sysfs_dev_on_vfio(m) ||
		    (!self && check_named(d, m->addr)) ||
		    inuse_check(d->s, m->addr) == 0)
			continue;
		idle = false;
		check_error(d, DOCTOR_FAIL, "in-use");
		check_cure(d, "stop using it, or: passthru bind --force %s",
			   d->subject);
	}
	if (idle)
		check_say(d, DOCTOR_OK, "in-use",
			  "no default route, SSH session, used disk or virtual "
			  "function is on it");
}

/* " (NAME)" as the process calls itself, whatever bytes those are; or "" */
static void comm_text(const struct doctor *d, pid_t pid, char text[24])
{
	char path[SYSFS_PATH_MAX], comm[20];

	text[0] = '\0';
	sysfs_path(path, "%s/%d/comm", d->s->proc, (int)pid);
	if (fd_read_text(path, comm, sizeof(comm)) <= 0)
		return;
	for (char *p = comm; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	snprintf(text, 24, " (%s)", comm);
}

static void say_holder(struct doctor *d, const struct inuse_holder *by)
{
	char name[24];

	comm_text(d, by->pid, name);
	check_say(d, DOCTOR_FAIL, "holder",
		  "process %d%s has the group open (%s)", (int)by->pid, name,
		  by->file);
	check_cure(d,
		   "end it, if it is a guest by shutting it down; see: "
		   "ps -fp %d",
		   (int)by->pid);
}

/* Who has the group's file has all of it; by iommufd each device is opened by
 * itself */
static void check_holder(struct doctor *d, const struct group *g)
{
	struct inuse_holder by = {0};
	int rc = 0;

	for (size_t i = 0; !rc && !by.pid && i < g->n; i++)
		rc = inuse_vfio_holder(d->s, &g->v[i], &by);
	if (rc < 0)
		check_error(d, DOCTOR_WARNING, "holder");
	else if (by.pid)
		say_holder(d, &by);
}

static void check_node(struct doctor *d, uint32_t group)
{
	char path[SYSFS_PATH_MAX];

	sysfs_path(path, "%s/vfio/%u", d->s->dev, group);
	if (access(path, R_OK | W_OK) == 0) {
		check_say(d, DOCTOR_OK, "group-node",
			  "/dev/vfio/%u may be opened", group);
	} else if (errno == EACCES || errno == EPERM) {
		check_say(d, DOCTOR_FAIL, "group-node",
			  "/dev/vfio/%u: this user may not open it", group);
		check_cure(d, "as root: passthru bind --owner %s %s",
			   user_name(), d->subject);
	} else {
		check_say(d, DOCTOR_FAIL, "group-node",
			  "/dev/vfio/%u is not there, though vfio-pci has the "
			  "device",
			  group);
		check_cure(d, "is /dev a devtmpfs? see dmesg | grep vfio");
	}
}

/* ---- addresses ---- */

/* So much RAM ends below @iova; 0: too little for a guest */
static uint64_t memory_below(uint64_t iova)
{
	uint64_t size = iova;

	if (iova >= PLAT_HIGH_RAM_GPA)
		size = iova - PLAT_HIGH_RAM_GPA + PLAT_LOW_RAM_MAX;
	size = align_down(size, 2 * MiB);
	return size >= 64 * MiB ? size : 0;
}

static void say_reserved(struct doctor *d, const struct sysfs_resv *r)
{
	uint64_t less = memory_below(r->iova.start);

	check_error(d, DOCTOR_FAIL, "reserved");
	if (less)
		check_cure(d, "--memory %lluM, or a device of another group",
			   (ull)(less / MiB));
	else
		check_cure(d, "a device of another group");
}

static int check_ram(struct doctor *d, uint32_t group)
{
	struct sysfs_resv r = {.type = SYSFS_RESV_OTHER};
	struct platform p;
	int rc = 0;

	if (platform_init(&p, 1, d->memory, check_phys_bits(d)))
		return 0; /* said with the host's checks */
	for (unsigned i = 0; !rc && i < p.nram; i++) {
		rc = vfio_dma_check_reserved(d->s, group, p.ram[i]);
		if (!rc)
			continue;
		if (vfio_dma_find_reserved(d->s, group, p.ram[i], &r) > 0)
			say_reserved(d, &r);
		else
			check_error(d, DOCTOR_FAIL, "reserved");
	}
	return rc;
}

/* Does the kernel refuse such devices behind any IOMMU, not only Intel's? */
static bool refuses_direct(const struct doctor *d)
{
	char path[SYSFS_PATH_MAX], text[64];
	unsigned long major, minor;
	char *end;

	sysfs_path(path, "%s/sys/kernel/osrelease", d->s->proc);
	if (fd_read_text(path, text, sizeof(text)) < 0)
		return true;
	major = strtoul(text, &end, 10);
	if (end == text || *end != '.')
		return true;
	minor = strtoul(end + 1, NULL, 10);
	return major > 6 || (major == 6 && minor >= 6);
}

static bool have_intel(const struct doctor *d)
{
	struct sysfs_names names = {.n = 0};
	char path[SYSFS_PATH_MAX];

	sysfs_path(path, "%s/class/iommu", d->s->sys);
	return sysfs_names_in(path, "dmar", &names) == 0 && names.n;
}

static void say_direct(struct doctor *d, struct range iova)
{
	bool refused = have_intel(d) || refuses_direct(d);

	check_say(d, refused ? DOCTOR_FAIL : DOCTOR_WARNING, "direct",
		  "firmware uses the device at 0x%llx-0x%llx (direct; Intel: "
		  "RMRR): the kernel %s",
		  (ull)iova.start, (ull)range_last(iova),
		  refused ? "does not give it away (dmesg: \"ineligible\", "
			    "\"1:1\")"
			  : "gives it away, one of 6.6 or later does not");
	check_cure(d, "turn off in the firmware's setup what uses it (USB "
		      "legacy support, shared management port), or take "
		      "another device");
}

static void check_direct(struct doctor *d, uint32_t group)
{
	struct range iova;

	if (sysfs_group_direct(d->s, group, &iova))
		say_direct(d, iova);
}

/* ---- all of it ---- */

/* Of several functions of one group the first one speaks for it */
static bool speaks(const struct doctor *d, const struct sysfs_dev *dev)
{
	struct sysfs_dev other;

	for (size_t i = 0; i < d->ndev; i++)
		if (sysfs_dev_read(d->s, d->dev[i], &other) == 0 &&
		    other.group == dev->group)
			return bdf_eq(other.addr, dev->addr);
	return true;
}

static void check_whole(struct doctor *d, const struct group *g)
{
	say_members(d, g);
	if (g->some_on_vfio) {
		check_node(d, g->id);
		check_holder(d, g);
	}
	check_direct(d, g->id);
	if (!check_ram(d, g->id))
		check_say(d, DOCTOR_OK, "reserved",
			  "nothing is in the way of the guest's RAM");
}

void check_group(struct doctor *d, const struct sysfs_dev *dev)
{
	struct group g;

	if (dev->group == SYSFS_NO_GROUP) {
		check_say(d, DOCTOR_FAIL, "group",
			  "has no IOMMU group: the IOMMU is off, or does not "
			  "see the device");
		check_cure(d, "turn on VT-d or AMD-Vi in the firmware and boot "
			      "with intel_iommu=on (AMD: on by default)");
		return;
	}
	if (group_read(d, dev->group, &g) < 0) {
		check_error(d, DOCTOR_FAIL, "group");
		return;
	}
	if (speaks(d, dev))
		check_whole(d, &g);
	say_bound(d, dev);
	check_inuse(d, dev, &g);
}
