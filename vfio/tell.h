/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VFIO's ioctls as they are told: one row for each, with the reason for it,
 * and its arguments and result by name.  Messages of vfio-user have theirs in
 * user/tell.c; they carry the same structures.
 *
 * Tells; decides nothing.  See base/tell.h.
 */
#ifndef VFIO_TELL_H
#define VFIO_TELL_H

#include <stddef.h>
#include <stdint.h>

#include "base/tell.h"

struct sysfs;

/**
 * vfio_tell_rows - the table
 * @n: set to the number of rows
 */
const struct tell_row *vfio_tell_rows(size_t *n);

/**
 * vfio_tell - make an ioctl and tell it
 * @c:    its name is what counts: VFIO_IOMMU_MAP_DMA on a device has the number
 *        of VFIO_DEVICE_PCI_HOT_RESET
 * @make: who makes it
 *
 * Return: what @make returned.
 */
int vfio_tell(const struct tell_ioctl *c, tell_make_fn *make);

/**
 * vfio_tell_write - write @text to the attribute @path and tell it, as a shell
 *                   would be told to do it
 *
 * Return: 0, or -errno without a message.
 */
int vfio_tell_write(const struct sysfs *s, const char *path, const char *text);

/* Of a structure of linux/vfio.h, which may end behind what is told of it */

/** vfio_tell_info - struct vfio_device_info: " -> 0 flags=RESET|PCI ..." */
void vfio_tell_info(struct tell_text *t, const void *arg, int rc);

/** vfio_tell_region - struct vfio_region_info: " index=BAR0" */
void vfio_tell_region(struct tell_text *t, const void *arg);

/** vfio_tell_region_is - likewise: " -> 0 flags=READ|WRITE size=0x10000" */
void vfio_tell_region_is(struct tell_text *t, const void *arg, int rc);

/** vfio_tell_irq - struct vfio_irq_info: " index=MSI-X" */
void vfio_tell_irq(struct tell_text *t, const void *arg);

/** vfio_tell_irq_is - likewise: " -> 0 flags=EVENTFD count=17" */
void vfio_tell_irq_is(struct tell_text *t, const void *arg, int rc);

/** vfio_tell_set - struct vfio_irq_set without the data that follow it */
void vfio_tell_set(struct tell_text *t, const void *arg);

/** vfio_tell_set_undoes - likewise: does it disable? */
bool vfio_tell_set_undoes(const void *arg);

#endif
