/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Groups for an ordinary user: the owner of their files in /dev/vfio.
 *
 * The kernel makes such a file when vfio-pci takes the first function of the
 * group and removes it with the last; so giving the devices back undoes it.
 */
#include <errno.h>

#include "base/err.h"
#include "base/log.h"
#include "vfio/bind.h"

static int give(const struct sysfs *s, uint32_t group, uid_t uid)
{
	char path[SYSFS_PATH_MAX];
	int rc;

	sysfs_path(path, "%s/vfio/%u", s->dev, group);
	rc = s->chown(s, path, uid);
	if (rc)
		return err_call(rc, path, "chown",
				rc == -EPERM ? "run it as root" : NULL);
	log_info("%s: owner is now %u", path, (unsigned)uid);
	return 0;
}

/* Is it the first function of its group in @a? */
static bool is_first(const struct sysfs *s, const struct pci_addr *a, size_t i,
		     uint32_t group)
{
	struct sysfs_dev d;

	while (i--)
		if (!sysfs_dev_read(s, a[i], &d) && d.group == group)
			return false;
	return true;
}

int bind_give(const struct sysfs *s, const struct pci_addr *a, size_t n,
	      uid_t uid)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < n; i++) {
		struct sysfs_dev d;

		rc = sysfs_dev_read(s, a[i], &d);
		if (!rc && is_first(s, a, i, d.group))
			rc = give(s, d.group, uid);
	}
	return rc;
}
