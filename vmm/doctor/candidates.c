/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When no device was named: which network cards could go, a line for each
 * group.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "vfio/inuse.h"
#include "vmm/doctor/check.h"

static bool is_nic(const struct sysfs_dev *dev)
{
	return dev->class >> 16 == 0x02 && dev->group != SYSFS_NO_GROUP;
}

/* " with A B" for the others of the group that would have to go, too */
static void others_text(const struct sysfs_dev *v, size_t n, size_t of,
			char text[256])
{
	char bdf[BDF_STRLEN];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < n && len < 256; i++)
		if (i != of && v[i].group == v[of].group &&
		    !sysfs_dev_is_bridge(&v[i]))
			len += (size_t)snprintf(text + len, 256 - len, "%s %s",
						len ? "" : " with",
						bdf_format(v[i].addr, bdf));
}

static bool any_inuse(const struct doctor *d, const struct sysfs_dev *v,
		      size_t n, uint32_t group)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].group == group && !sysfs_dev_is_bridge(&v[i]) &&
		    !sysfs_dev_on_vfio(&v[i]) &&
		    inuse_check(d->s, v[i].addr) < 0)
			return true;
	return false;
}

static void say_one(struct doctor *d, const struct sysfs_dev *v, size_t n,
		    size_t i)
{
	char others[256];
	bool inuse = any_inuse(d, v, n, v[i].group);

	others_text(v, n, i, others);
	check_subject(d, &v[i].addr);
	check_say(d, inuse ? DOCTOR_WARNING : DOCTOR_OK, "candidate",
		  "network card %04x:%04x on %s, group %u%s%s", v[i].vendor,
		  v[i].device, v[i].driver[0] ? v[i].driver : "no driver",
		  v[i].group, others, inuse ? "; this host is using it" : "");
	if (inuse)
		check_cure(d, "see: passthru doctor %s", d->subject);
}

static bool first_of_group(const struct sysfs_dev *v, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (is_nic(&v[k]) && v[k].group == v[i].group)
			return false;
	return true;
}

void check_candidates(struct doctor *d)
{
	struct sysfs_dev *v;
	size_t n;

	if (sysfs_dev_list(d->s, &v, &n) < 0) {
		check_error(d, DOCTOR_FAIL, "candidate");
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (is_nic(&v[i]) && first_of_group(v, i))
			say_one(d, v, n, i);
	free(v);
	check_subject(d, NULL);
}
