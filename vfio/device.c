/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens a function by its back end and reads what it tells of itself. */
#include "vfio/device.h"

#include <errno.h>

#include "base/bytes.h"
#include "base/err.h"

static int check(struct vfio_device *d, const struct vfio_device_info *info)
{
	if (!(info->flags & VFIO_DEVICE_FLAGS_PCI))
		return err_set(ENODEV,
			       "%s: device info: not a PCI device (flags 0x%x)",
			       d->name, info->flags);
	if (info->num_regions <= VFIO_PCI_CONFIG_REGION_INDEX)
		return err_set(EPROTO, "%s: device info: %u regions", d->name,
			       info->num_regions);
	return 0;
}

/* Of INTx there is one; what cannot write an eventfd is of no use to us. */
static void fill_irq(struct vfio_irq_kind *k, const struct vfio_irq_info *info)
{
	uint32_t most =
		info->index == VFIO_PCI_INTX_IRQ_INDEX ? 1 : VFIO_IRQ_MAX;

	k->flags = info->flags;
	if (info->flags & VFIO_IRQ_INFO_EVENTFD)
		k->count = (uint32_t)min_u64(info->count, most);
}

static int query_irqs(struct vfio_device *d, uint32_t num)
{
	for (uint32_t i = 0; i < min_u64(num, VFIO_PCI_NUM_IRQS); i++) {
		struct vfio_irq_info info = {.argsz = sizeof(info), .index = i};
		int rc = d->ops->irq_info(d, &info);

		if (rc == -EINVAL) /* absent: ERR on conventional PCI */
			continue;
		if (rc)
			return rc;
		info.index = i;
		fill_irq(&d->irq[i], &info);
	}
	return 0;
}

static int query(struct vfio_device *d)
{
	struct vfio_device_info info = {.argsz = sizeof(info)};
	int rc = d->ops->info(d, &info);

	if (!rc)
		rc = check(d, &info);
	if (rc)
		return rc;
	d->flags = info.flags;
	for (uint32_t i = 0;
	     i < min_u64(info.num_regions, VFIO_PCI_NUM_REGIONS); i++) {
		rc = vfio_region_query(d, &d->region[i], i);
		if (rc)
			return rc;
	}
	return query_irqs(d, info.num_irqs);
}

int vfio_device_open(struct vfio_device *d, struct vfio_container *c,
		     const struct vfio_source *src)
{
	int rc;

	*d = (struct vfio_device){.ops = src->ops, .fd = -1, .lost_fd = -1};
	rc = d->ops->open(d, c, src);
	if (rc) {
		d->ops = NULL;
		return rc;
	}
	rc = query(d);
	if (rc)
		vfio_device_close(d);
	return rc;
}

void vfio_device_close(struct vfio_device *d)
{
	if (d->ops)
		d->ops->close(d);
	d->ops = NULL;
}

bool vfio_device_is_open(const struct vfio_device *d)
{
	return d->ops;
}

int vfio_device_check(const struct vfio_device *d)
{
	return d->ops->check(d);
}

int vfio_device_reset(struct vfio_device *d)
{
	if (!(d->flags & VFIO_DEVICE_FLAGS_RESET))
		return err_set(ENOTSUP, "%s: the device has no reset", d->name);
	return d->ops->reset(d);
}

int vfio_device_reset_bus(struct vfio_device *d, struct vfio_container *c)
{
	if (d->flags & VFIO_DEVICE_FLAGS_RESET || !d->ops->reset_bus)
		return 0;
	return d->ops->reset_bus(d, c);
}

uint32_t vfio_config_read(const struct vfio_device *d, unsigned off, size_t len)
{
	uint32_t val = 0;

	vfio_region_read(d, &d->region[VFIO_PCI_CONFIG_REGION_INDEX], off, &val,
			 len);
	return val;
}

int vfio_config_write(const struct vfio_device *d, unsigned off, size_t len,
		      uint32_t val)
{
	return vfio_region_write(d, &d->region[VFIO_PCI_CONFIG_REGION_INDEX],
				 off, &val, len);
}
