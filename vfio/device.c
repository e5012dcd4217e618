/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens a function and reads what the kernel tells of it. */
#include "vfio/device.h"

#include <errno.h>
#include <time.h>

#include "base/bytes.h"
#include "base/err.h"
#include "vfio/sys.h"

#define BUSY_TRIES   50
#define BUSY_WAIT_NS 20000000L

/*
 * EAGAIN means that a lock in the kernel was busy, as when the other function
 * of the card is being reset; a second is far longer than a reset takes.
 */
static int get_fd(const struct vfio_group *g, const char *name)
{
	const struct timespec wait = {.tv_nsec = BUSY_WAIT_NS};
	int rc = -EAGAIN;

	for (int i = 0; rc == -EAGAIN && i < BUSY_TRIES; i++) {
		if (i)
			nanosleep(&wait, NULL);
		rc = vfio_sys_group_get_device_fd(g->fd, name);
	}
	return rc;
}

static const char *open_cure(int err)
{
	switch (-err) {
	case ENODEV:
		return "it is not on vfio-pci; type: passthru bind BDF";
	case EBUSY:
		return "another process has it open";
	default:
		return "see the kernel log: dmesg | tail";
	}
}

static int check(struct vfio_device *d, const struct vfio_device_info *info)
{
	if (!(info->flags & VFIO_DEVICE_FLAGS_PCI))
		return err_set(ENODEV,
			       "%s: VFIO_DEVICE_GET_INFO: not a PCI device "
			       "(flags 0x%x)",
			       d->name, info->flags);
	if (info->num_regions <= VFIO_PCI_CONFIG_REGION_INDEX)
		return err_set(EPROTO, "%s: VFIO_DEVICE_GET_INFO: %u regions",
			       d->name, info->num_regions);
	return 0;
}

static int query_irqs(struct vfio_device *d, uint32_t num)
{
	for (uint32_t i = 0; i < min_u64(num, VFIO_PCI_NUM_IRQS); i++) {
		struct vfio_irq_info info = {.index = i};
		int rc = vfio_sys_get_irq_info(d->fd, &info);

		if (rc == -EINVAL) /* absent: ERR on conventional PCI */
			continue;
		if (rc < 0)
			return err_call(rc, d->name, "VFIO_DEVICE_GET_IRQ_INFO",
					NULL);
		d->irq[i].flags = info.flags;
		d->irq[i].count = info.count;
	}
	return 0;
}

static int query(struct vfio_device *d)
{
	struct vfio_device_info info = {0};
	int rc = vfio_sys_device_get_info(d->fd, &info);

	if (rc < 0)
		return err_call(rc, d->name, "VFIO_DEVICE_GET_INFO", NULL);
	rc = check(d, &info);
	if (rc)
		return rc;
	d->flags = info.flags;
	for (uint32_t i = 0;
	     i < min_u64(info.num_regions, VFIO_PCI_NUM_REGIONS); i++) {
		rc = vfio_region_query(&d->region[i], d->fd, i, d->name);
		if (rc)
			return rc;
	}
	return query_irqs(d, info.num_irqs);
}

int vfio_device_open(struct vfio_device *d, const struct vfio_group *g,
		     struct pci_addr addr)
{
	int rc;

	*d = (struct vfio_device){.fd = -1, .addr = addr};
	bdf_format(addr, d->name);
	rc = get_fd(g, d->name);
	if (rc < 0)
		return err_call(rc, d->name, "VFIO_GROUP_GET_DEVICE_FD",
				open_cure(rc));
	d->fd = rc;
	rc = query(d);
	if (rc)
		vfio_device_close(d);
	return rc;
}

void vfio_device_close(struct vfio_device *d)
{
	if (d->fd >= 0)
		vfio_sys_close(d->fd);
	d->fd = -1;
}

int vfio_device_reset(struct vfio_device *d)
{
	int rc;

	if (!(d->flags & VFIO_DEVICE_FLAGS_RESET))
		return err_set(ENOTSUP,
			       "%s: VFIO_DEVICE_RESET: the kernel "
			       "knows no reset for this device",
			       d->name);
	rc = vfio_sys_reset(d->fd);
	return rc < 0 ? err_call(rc, d->name, "VFIO_DEVICE_RESET", NULL) : 0;
}

uint32_t vfio_config_read(const struct vfio_device *d, unsigned off, size_t len)
{
	uint32_t val = 0;

	vfio_region_read(&d->region[VFIO_PCI_CONFIG_REGION_INDEX], d->fd, off,
			 &val, len);
	return val;
}

int vfio_config_write(const struct vfio_device *d, unsigned off, size_t len,
		      uint32_t val)
{
	return vfio_region_write(&d->region[VFIO_PCI_CONFIG_REGION_INDEX],
				 d->fd, off, &val, len);
}
