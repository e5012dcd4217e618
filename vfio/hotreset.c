/* SPDX-License-Identifier: BSD-2-Clause */
/* Ask how many it hits, ask whom, show their groups, reset. */
#include "vfio/hotreset.h"

#include <errno.h>
#include <stdlib.h>

#include "base/err.h"
#include "vfio/sys.h"

#define DEPENDENTS_MAX 4096 /* far more functions than a bus has */
#define GET_INFO       "VFIO_DEVICE_GET_PCI_HOT_RESET_INFO"

static struct pci_addr addr_of(const struct vfio_pci_dependent_device *dep)
{
	return (struct pci_addr){dep->segment, dep->bus, dep->devfn >> 3,
				 dep->devfn & 7};
}

static bool was_reset(const struct kernel_container *c, struct pci_addr a)
{
	for (unsigned i = 0; i < c->nreset; i++)
		if (bdf_eq(c->was_reset[i], a))
			return true;
	return false;
}

static int no_info(const struct vfio_device *d, int rc)
{
	if (rc == -ENODEV)
		return err_set(rc, "%s: " GET_INFO ": %s: it has no reset",
			       d->name, err_name(rc));
	return err_call(rc, d->name, GET_INFO,
			"see the kernel log: dmesg | tail");
}

/* *@out: the caller's to free(3) */
static int get_info(const struct vfio_device *d,
		    struct vfio_pci_hot_reset_info **out)
{
	struct vfio_pci_hot_reset_info head = {0};
	struct vfio_pci_hot_reset_info *info;
	size_t len;
	int rc = vfio_sys_hot_reset_info(d->fd, &head, sizeof(head));

	if (rc < 0 && rc != -ENOSPC)
		return no_info(d, rc);
	if (!head.count || head.count > DEPENDENTS_MAX)
		return err_set(EPROTO, "%s: " GET_INFO ": %u functions",
			       d->name, head.count);
	len = sizeof(*info) + head.count * sizeof(info->devices[0]);
	info = calloc(1, len);
	if (!info)
		return err_set(ENOMEM, "no memory for a list of functions");
	rc = vfio_sys_hot_reset_info(d->fd, info, (uint32_t)len);
	if (rc >= 0 && info->count > head.count)
		rc = -EPROTO;
	if (rc < 0) {
		free(info);
		return no_info(d, rc);
	}
	*out = info;
	return 0;
}

static int not_ours(const struct vfio_device *d,
		    const struct vfio_pci_dependent_device *dep)
{
	char bdf[BDF_STRLEN];

	return err_set(EBUSY,
		       "%s: it has no reset of its own, and that of its bus "
		       "would also hit %s of group %u, which this guest does "
		       "not have; give it that, too: --device %s",
		       d->name, bdf_format(addr_of(dep), bdf), dep->group_id,
		       bdf);
}

/* Adds @fd once. */
static void add_fd(struct vfio_pci_hot_reset *r, int fd)
{
	for (uint32_t i = 0; i < r->count; i++)
		if (r->group_fds[i] == fd)
			return;
	r->group_fds[r->count++] = fd;
}

/* Groups of all that is hit; every one must be in the container */
static int collect(const struct kernel_container *c,
		   const struct vfio_device *d,
		   const struct vfio_pci_hot_reset_info *info,
		   struct vfio_pci_hot_reset *r)
{
	for (uint32_t i = 0; i < info->count; i++) {
		const struct vfio_group *g =
			kernel_container_find(c, info->devices[i].group_id);

		if (!g)
			return not_ours(d, &info->devices[i]);
		add_fd(r, g->fd);
	}
	return 0;
}

static void remember(struct kernel_container *c,
		     const struct vfio_pci_hot_reset_info *info)
{
	for (uint32_t i = 0; i < info->count && c->nreset < VFIO_RESETS; i++)
		c->was_reset[c->nreset++] = addr_of(&info->devices[i]);
}

static const char *reset_cure(int err)
{
	switch (-err) {
	case EINVAL:
	case ENODEV:
		return "all functions of its bus must be on vfio-pci; type: "
		       "passthru list";
	case EAGAIN:
		return "another of its bus is busy";
	default:
		return "see the kernel log: dmesg | tail";
	}
}

int vfio_hotreset(struct kernel_container *c, const struct vfio_device *d)
{
	union {
		struct vfio_pci_hot_reset r;
		uint8_t room[sizeof(struct vfio_pci_hot_reset) +
			     VFIO_GROUPS * sizeof(int32_t)];
	} u = {.room = {0}};
	struct vfio_pci_hot_reset_info *info = NULL;
	int rc;

	if (was_reset(c, d->addr))
		return 0;
	rc = get_info(d, &info);
	if (rc || !info)
		return rc;
	rc = collect(c, d, info, &u.r);
	if (!rc) {
		rc = vfio_sys_hot_reset(d->fd, &u.r);
		if (rc < 0)
			err_call(rc, d->name, "VFIO_DEVICE_PCI_HOT_RESET",
				 reset_cure(rc));
		else
			remember(c, info);
	}
	free(info);
	return rc < 0 ? rc : 0;
}
