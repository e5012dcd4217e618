/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole IOMMU groups to vfio-pci: plan, look whether the host can spare them,
 * then move one function after the other; see bind.h.
 *
 * A function is moved by driver_override, unbind, drivers_probe; its record
 * is on disk before the first of them.  The way back is in restore.c.
 */
#include "vfio/bind.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "vfio/inuse.h"
#include "vfio/journal.h"

/* Functions that must be moved, each once */
struct plan {
	size_t n;
	struct pci_addr v[BIND_MAX];
};

static int plan_add(struct plan *p, struct pci_addr a)
{
	for (size_t i = 0; i < p->n; i++)
		if (bdf_eq(p->v[i], a))
			return 0;
	if (p->n == BIND_MAX)
		return err_set(E2BIG, "more than %d functions to bind",
			       BIND_MAX);
	p->v[p->n++] = a;
	return 0;
}

/* A function that the user named: exists, is no bridge, has a group */
static int named_check(const struct sysfs *s, struct pci_addr a,
		       struct sysfs_dev *d)
{
	char bdf[BDF_STRLEN];
	int rc = sysfs_dev_read(s, a, d);

	if (rc < 0)
		return rc;
	bdf_format(a, bdf);
	if (sysfs_dev_is_bridge(d))
		return err_set(EINVAL,
			       "%s: is a bridge (class %04x): it stays with "
			       "the host; name the device behind it "
			       "(see: passthru list)",
			       bdf, d->class >> 8);
	if (d->group == SYSFS_NO_GROUP)
		return err_set(ENODEV,
			       "%s: has no IOMMU group: the IOMMU is off; turn "
			       "on VT-d or AMD-Vi in the firmware and boot "
			       "with intel_iommu=on (AMD: amd_iommu=on, the "
			       "default)",
			       bdf);
	return 0;
}

/* All of the group that is neither a bridge nor on vfio-pci already */
static int plan_group(const struct sysfs *s, uint32_t group, struct plan *p)
{
	struct pci_addr v[SYSFS_GROUP_MAX];
	struct sysfs_dev d;
	size_t n;
	int rc = sysfs_group_members(s, group, v, &n);

	for (size_t i = 0; !rc && i < n; i++) {
		rc = sysfs_dev_read(s, v[i], &d);
		if (!rc && !sysfs_dev_is_bridge(&d) && !sysfs_dev_on_vfio(&d))
			rc = plan_add(p, v[i]);
	}
	return rc;
}

/* In a build for the lessons only: a group without its others is of no use. */
static bool alone(unsigned how)
{
#ifdef LESSONS
	return how & BIND_ALONE;
#else
	(void)how;
	return false;
#endif
}

static int plan_make(const struct sysfs *s, const struct pci_addr *a, size_t n,
		     unsigned how, struct plan *p)
{
	struct sysfs_dev d;
	int rc = 0;

	p->n = 0;
	for (size_t i = 0; !rc && i < n; i++) {
		rc = named_check(s, a[i], &d);
		if (!rc && alone(how))
			rc = plan_add(p, a[i]);
		else if (!rc)
			rc = plan_group(s, d.group, p);
	}
	return rc;
}

static int plan_inuse(const struct sysfs *s, const struct plan *p)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < p->n; i++)
		rc = inuse_check(s, p->v[i]);
	return rc;
}

static int need_driver(const struct sysfs *s)
{
	if (sysfs_have_driver(s, SYSFS_VFIO_PCI))
		return 0;
	(void)s->modprobe(s, SYSFS_VFIO_PCI); /* what counts is the result */
	if (sysfs_have_driver(s, SYSFS_VFIO_PCI))
		return 0;
	return err_set(ENODEV,
		       "%s/bus/pci/drivers/" SYSFS_VFIO_PCI ": ENOENT: the "
		       "driver is not there and modprobe did not load it; "
		       "type: modprobe vfio-pci",
		       s->sys);
}

static int ifname_up(const struct sysfs *s, const char *name, bool *up)
{
	char path[SYSFS_PATH_MAX], text[SYSFS_NAME_MAX];
	uint64_t flags;
	ssize_t n;

	sysfs_path(path, "%s/class/net/%s/flags", s->sys, name);
	n = fd_read_text(path, text, sizeof(text));
	*up = sysfs_number(text, 16, UINT32_MAX, &flags) && (flags & IFF_UP);
	return n < 0 && n != -ENOENT ? err_call((int)n, path, "read", NULL) : 0;
}

/* What must be known to give @d back */
static int record_make(const struct sysfs *s, const struct sysfs_dev *d,
		       struct journal_rec *rec)
{
	struct sysfs_names names;
	bool up;
	int rc = sysfs_netdevs(s, d->addr, &names);

	memset(rec, 0, sizeof(*rec));
	rec->addr = d->addr;
	memcpy(rec->driver, d->driver, sizeof(rec->driver));
	memcpy(rec->override, d->override, sizeof(rec->override));
	for (size_t i = 0; !rc && i < names.n; i++) {
		rc = ifname_up(s, names.v[i], &up);
		if (!rc && up)
			sysfs_names_add(&rec->up, names.v[i]);
	}
	return rc;
}

/* What was up when the device was taken from the driver that it has again */
static void keep_up(struct journal_rec *rec, const struct journal_rec *old)
{
	for (size_t i = 0; i < old->up.n; i++)
		if (strcmp(old->driver, rec->driver) == 0)
			sysfs_names_add(&rec->up, old->up.v[i]);
}

/*
 * A process that was killed half-way left the truth in its record: while it
 * bound, with our override; while it gave back, with no driver, or before it
 * set interfaces up.  What can be seen now is not what was there before.
 */
static int record(const struct sysfs *s, const struct sysfs_dev *d)
{
	struct journal_rec rec, old;
	int found = journal_read(s, d->addr, &old);
	int rc;

	if (found < 0 && found != -ENOENT && found != -EBADMSG)
		return found;
	if (!found &&
	    (strcmp(d->override, SYSFS_VFIO_PCI) == 0 || !d->driver[0]))
		return 0;
	rc = record_make(s, d, &rec);
	if (rc < 0)
		return rc;
	if (!found)
		keep_up(&rec, &old);
	return journal_write(s, &rec);
}

static int to_vfio(const struct sysfs *s, struct pci_addr a)
{
	struct sysfs_dev d;
	char bdf[BDF_STRLEN];
	int rc;

	if ((rc = sysfs_write_override(s, a, SYSFS_VFIO_PCI)) < 0 ||
	    (rc = sysfs_unbind(s, a)) < 0 || (rc = sysfs_probe(s, a)) < 0 ||
	    (rc = sysfs_dev_read(s, a, &d)) < 0)
		return rc;
	if (sysfs_dev_on_vfio(&d))
		return 0;
	return err_set(ENXIO,
		       "%s: vfio-pci did not take it (driver now: %s); the "
		       "kernel's log (dmesg) says why",
		       bdf_format(a, bdf), d.driver[0] ? d.driver : "none");
}

/* In @out as soon as there is something to put back */
static int move(const struct sysfs *s, struct pci_addr a, struct bind_set *out)
{
	struct sysfs_dev d;
	char bdf[BDF_STRLEN];
	int rc;

	rc = sysfs_dev_read(s, a, &d);
	if (rc < 0 || sysfs_dev_on_vfio(&d))
		return rc;
	rc = record(s, &d);
	if (rc < 0)
		return rc;
	out->v[out->n++] = a;
	rc = to_vfio(s, a);
	if (!rc)
		log_info("%s: %s -> " SYSFS_VFIO_PCI, bdf_format(a, bdf),
			 d.driver[0] ? d.driver : "no driver");
	return rc;
}

/*
 * Put all of @set back and keep the message of @rc, the first failure.  What
 * could not be written to begin with cannot be put back either: said once.
 */
static int undo(const struct sysfs *s, struct bind_set *set, int rc)
{
	char first[ERR_MAX];

	snprintf(first, sizeof(first), "%s", err_last());
	if (bind_restore(s, set) < 0 && strcmp(err_last(), first) != 0)
		log_warn("%s", err_last());
	return err_set(rc, "%s", first);
}

static int move_all(const struct sysfs *s, const struct plan *p,
		    struct bind_set *out)
{
	int lock, rc = journal_lock(s, true, &lock);

	for (size_t i = 0; !rc && i < p->n; i++)
		rc = move(s, p->v[i], out);
	fd_close(&lock);
	return rc < 0 ? undo(s, out, rc) : 0;
}

int bind_groups(const struct sysfs *s, const struct pci_addr *a, size_t n,
		unsigned how, struct bind_set *out)
{
	struct plan p;
	int rc;

	out->n = 0;
	rc = plan_make(s, a, n, how, &p);
	if (rc < 0 || p.n == 0)
		return rc;
	if (!(how & BIND_FORCE) && (rc = plan_inuse(s, &p)) < 0)
		return rc;
	rc = need_driver(s);
	return rc < 0 ? rc : move_all(s, &p, out);
}

/*
 * Drivers that the kernel lets stand in a group beside vfio-pci, because they
 * do no DMA of their own: Documentation/driver-api/vfio.rst; driver_managed_dma
 * in struct pci_driver.
 */
static bool may_stay(const struct sysfs_dev *d)
{
	return !d->driver[0] || sysfs_dev_on_vfio(d) ||
	       sysfs_dev_is_bridge(d) || strcmp(d->driver, "pci-stub") == 0;
}

/* -EBUSY naming the first function of the group that is in the way; or 0 */
static int group_check(const struct sysfs *s, struct pci_addr a, uint32_t group)
{
	struct pci_addr v[SYSFS_GROUP_MAX];
	char bdf[BDF_STRLEN], other[BDF_STRLEN];
	struct sysfs_dev d;
	size_t n;
	int rc = sysfs_group_members(s, group, v, &n);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		if (sysfs_dev_read(s, v[i], &d) == 0 && !may_stay(&d))
			return err_set(EBUSY,
				       "%s: group %u is not viable: %s is "
				       "still on %s (bind it too: passthru "
				       "bind %s)",
				       bdf_format(a, bdf), group,
				       bdf_format(v[i], other), d.driver, bdf);
	return 0;
}

int bind_check(const struct sysfs *s, struct pci_addr a, uint32_t *group)
{
	struct sysfs_dev d;
	char bdf[BDF_STRLEN];
	int rc = named_check(s, a, &d);

	if (rc < 0)
		return rc;
	bdf_format(a, bdf);
	*group = d.group;
	if (sysfs_dev_on_vfio(&d))
		return group_check(s, a, d.group);
	return err_set(EBUSY,
		       "%s: %s%s, not on vfio-pci (type: passthru bind %s; or "
		       "add --managed)",
		       bdf, d.driver[0] ? "is on " : "has no driver", d.driver,
		       bdf);
}

int bind_not_viable(const struct sysfs *s, struct pci_addr a, uint32_t group)
{
	char bdf[BDF_STRLEN];

	if (group_check(s, a, group) == -EBUSY)
		return -EBUSY;
	bdf_format(a, bdf);
	return err_set(EBUSY,
		       "%s: VFIO_GROUP_GET_STATUS: group %u is not viable "
		       "(bind all of it: passthru bind %s)",
		       bdf, group, bdf);
}
