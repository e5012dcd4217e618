/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Functions back from vfio-pci to what their records name; see bind.h.
 *
 * The record is dropped last, when the driver is verified, so that a restore
 * can be repeated after any failure.  A driver that somebody gave the device
 * meanwhile is left alone: only vfio-pci is taken away.  Somebody may be at it
 * at the same moment, who waited for our guest to let go of the device: what
 * fails is looked at again before it is an error.
 */
#include "vfio/bind.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/first.h"
#include "base/fd.h"
#include "base/log.h"
#include "vfio/inuse.h"
#include "vfio/journal.h"

#define SETTLE_STEP_MS 50

static bool off_vfio(const struct sysfs *s, struct pci_addr a)
{
	struct sysfs_dev now;

	return !sysfs_dev_read(s, a, &now) && !sysfs_dev_on_vfio(&now);
}

/* Unbinding a device in use would block until its user closes it */
static int release(const struct sysfs *s, const struct sysfs_dev *d)
{
	char bdf[BDF_STRLEN];
	struct inuse_holder by;
	int rc;

	if (!sysfs_dev_on_vfio(d))
		return 0;
	rc = inuse_vfio_holder(s, d, &by);
	if (rc < 0)
		return rc;
	if (by.pid)
		return err_set(EBUSY,
			       "%s: %s: open in process %d; end that guest "
			       "first, then: passthru restore %s",
			       bdf_format(d->addr, bdf), by.file, (int)by.pid,
			       bdf);
	rc = sysfs_unbind(s, d->addr);
	return rc < 0 && off_vfio(s, d->addr) ? 0 : rc;
}

static int has_driver(const struct sysfs *s, const struct journal_rec *rec,
		      bool *yes)
{
	struct sysfs_dev d;
	int rc = sysfs_dev_read(s, rec->addr, &d);

	*yes = !rc && strcmp(d.driver, rec->driver) == 0;
	return rc;
}

/* The kernel's own choice is another driver, or none: name the right one */
static int probe_named(const struct sysfs *s, const struct journal_rec *rec)
{
	int rc, back;

	if ((rc = sysfs_unbind(s, rec->addr)) < 0)
		return rc;
	rc = sysfs_write_override(s, rec->addr, rec->driver);
	if (!rc)
		rc = sysfs_probe(s, rec->addr);
	back = sysfs_write_override(s, rec->addr, rec->override);
	return rc < 0 ? rc : back;
}

/* From no driver to the recorded one, verified */
static int probe_old(const struct sysfs *s, const struct journal_rec *rec)
{
	char bdf[BDF_STRLEN];
	bool there;
	int rc;

	if (!rec->driver[0])
		return 0;
	if ((rc = sysfs_probe(s, rec->addr)) < 0 ||
	    (rc = has_driver(s, rec, &there)) < 0)
		return rc;
	if (!there && ((rc = probe_named(s, rec)) < 0 ||
		       (rc = has_driver(s, rec, &there)) < 0))
		return rc;
	if (there)
		return 0;
	return err_set(ENXIO,
		       "%s: driver %s did not take it back; is it loaded? "
		       "(modprobe %s; passthru restore %s)",
		       bdf_format(rec->addr, bdf), rec->driver, rec->driver,
		       bdf);
}

static bool all_there(const struct journal_rec *rec,
		      const struct sysfs_names *now)
{
	for (size_t i = 0; i < rec->up.n; i++)
		if (!sysfs_names_has(now, rec->up.v[i]))
			return false;
	return true;
}

/*
 * The kernel names a new interface eth0 and udev gives it its lasting name a
 * moment later; setting it up before that would get in udev's way.
 */
static void links_up(const struct sysfs *s, const struct journal_rec *rec)
{
	const struct timespec step = {.tv_nsec = SETTLE_STEP_MS * 1000000L};
	struct sysfs_names now;
	const struct sysfs_names *up = &rec->up;
	char bdf[BDF_STRLEN];
	int rc = sysfs_netdevs(s, rec->addr, &now);

	for (unsigned ms = 0; ms < s->settle_ms && !all_there(rec, &now);
	     ms += SETTLE_STEP_MS) {
		nanosleep(&step, NULL);
		rc = sysfs_netdevs(s, rec->addr, &now);
	}
	if (!rc && !all_there(rec, &now))
		up = &now; /* renamed for good */
	for (size_t i = 0; i < up->n; i++)
		if (s->if_up(s, up->v[i]) < 0)
			log_warn("%s: cannot set %s up (ip link set %s up)",
				 bdf_format(rec->addr, bdf), up->v[i],
				 up->v[i]);
}

/* A restore may have been killed behind this, and before what follows it. */
static int is_back(const struct sysfs *s, const struct journal_rec *rec)
{
	int rc = sysfs_write_override(s, rec->addr, rec->override);

	if (!rc && rec->up.n)
		links_up(s, rec);
	return rc;
}

/* The device as the record says, whatever stage binding had reached */
static int put_back(const struct sysfs *s, const struct sysfs_dev *d,
		    const struct journal_rec *rec)
{
	char bdf[BDF_STRLEN];
	int rc;

	if (strcmp(d->driver, rec->driver) == 0)
		return is_back(s, rec);
	if (d->driver[0] && !sysfs_dev_on_vfio(d)) {
		log_warn("%s: is on %s, not on vfio-pci: left there",
			 bdf_format(rec->addr, bdf), d->driver);
		return 0;
	}
	if ((rc = release(s, d)) < 0 ||
	    (rc = sysfs_write_override(s, rec->addr, rec->override)) < 0)
		return rc;
	if (!sysfs_answers(s, rec->addr)) {
		log_warn("%s: does not answer: left without a driver",
			 bdf_format(rec->addr, bdf));
		return 0;
	}
	if ((rc = probe_old(s, rec)) < 0)
		return rc;
	log_info("%s: %s -> %s", bdf_format(rec->addr, bdf),
		 d->driver[0] ? d->driver : "no driver",
		 rec->driver[0] ? rec->driver : "no driver");
	if (rec->up.n)
		links_up(s, rec);
	return 0;
}

static int nothing(struct pci_addr a)
{
	char bdf[BDF_STRLEN];

	log_info("%s: nothing to restore: passthru has no record of it",
		 bdf_format(a, bdf));
	err_clear();
	return 0;
}

static int gone(const struct sysfs *s, struct pci_addr a)
{
	char bdf[BDF_STRLEN];

	log_warn("%s: the device is gone: record dropped", bdf_format(a, bdf));
	return journal_drop(s, a);
}

/*
 * A slot that is being emptied takes its functions away one by one, from the
 * last; what came back meanwhile is taken from its driver again, and is there
 * for a moment more.
 */
static bool goes_away(const struct sysfs *s, struct pci_addr a)
{
	const struct timespec step = {.tv_nsec = SETTLE_STEP_MS * 1000000L};
	struct sysfs_dev d;

	for (unsigned ms = 0; sysfs_dev_read(s, a, &d) != -ENODEV;
	     ms += SETTLE_STEP_MS) {
		if (ms >= s->settle_ms)
			return false;
		nanosleep(&step, NULL);
	}
	return true;
}

/* The caller holds the lock */
static int restore_locked(const struct sysfs *s, struct pci_addr a)
{
	struct journal_rec rec;
	struct sysfs_dev d;
	struct first first = {0};
	int rc = journal_read(s, a, &rec);

	if (rc < 0)
		return rc == -ENOENT ? nothing(a) : rc;
	rc = sysfs_dev_read(s, a, &d);
	if (rc == -ENODEV)
		return gone(s, a);
	if (!rc)
		rc = put_back(s, &d, &rec);
	if (!rc)
		return journal_drop(s, a);
	first_keep(&first, rc);
	return goes_away(s, a) ? gone(s, a) : first_result(&first);
}

int bind_restore_one(const struct sysfs *s, struct pci_addr a)
{
	int lock, rc = journal_lock(s, false, &lock);

	if (rc == -ENOENT)
		return nothing(a);
	if (!rc)
		rc = restore_locked(s, a);
	fd_close(&lock);
	return rc;
}

static int restore_each(const struct sysfs *s, const struct pci_addr *v,
			size_t n)
{
	struct first first = {0};

	for (size_t i = 0; i < n; i++)
		first_keep(&first, bind_restore_one(s, v[i]));
	return first_result(&first);
}

/* Is @a on vfio-pci because of us? */
static bool is_left(const struct sysfs *s, struct pci_addr a)
{
	struct journal_rec rec;
	struct sysfs_dev d;

	return !sysfs_dev_read(s, a, &d) && sysfs_dev_on_vfio(&d) &&
	       !journal_read(s, a, &rec);
}

static void say_left_of(const struct sysfs *s, uint32_t group)
{
	struct pci_addr v[SYSFS_GROUP_MAX];
	char bdf[BDF_STRLEN];
	size_t n = 0;

	if (sysfs_group_members(s, group, v, &n) < 0)
		n = 0;
	for (size_t i = 0; i < n; i++)
		if (is_left(s, v[i]))
			log_info("%s: of the same group, is still on vfio-pci "
				 "(passthru restore %s)",
				 bdf_format(v[i], bdf), bdf);
}

/* Its group; none when nothing is to be said of it */
static uint32_t group_given_back(const struct sysfs *s, struct pci_addr a)
{
	struct sysfs_dev d;

	return sysfs_dev_read(s, a, &d) || sysfs_dev_on_vfio(&d)
		       ? SYSFS_NO_GROUP
		       : d.group;
}

void bind_say_left(const struct sysfs *s, const struct pci_addr *a, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t group = group_given_back(s, a[i]);
		bool said = group == SYSFS_NO_GROUP;

		for (size_t j = 0; !said && j < i; j++)
			said = group_given_back(s, a[j]) == group;
		if (!said)
			say_left_of(s, group);
	}
	err_clear();
}

int bind_restore(const struct sysfs *s, struct bind_set *set)
{
	size_t n = set->n;

	set->n = 0;
	return restore_each(s, set->v, n);
}

/* For what else it does; without records too */
static int lock_once(const struct sysfs *s)
{
	int lock, rc = journal_lock(s, false, &lock);

	fd_close(&lock);
	return rc == -ENOENT ? 0 : rc;
}

int bind_restore_all(const struct sysfs *s)
{
	struct pci_addr v[BIND_MAX];
	size_t n = 0;
	int rc = lock_once(s);

	if (!rc)
		rc = journal_list(s, v, BIND_MAX, &n);
	if (rc < 0)
		return rc;
	if (!n)
		log_info("nothing to restore: no records in %s", s->run);
	return restore_each(s, v, n);
}
