/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where devices come from: the one struct of functions behind vfio/.
 *
 * Two implementations: vfio_kernel (kernel.c: container, group and device
 * files, by ioctl) and vfio_user (user/: a socket for each device, by
 * messages).  Both speak in the structures of linux/vfio.h, because the
 * vfio-user protocol took them over; device.c, region.c and irq.c make of them
 * what the rest of the program sees, and nobody above those asks which of the
 * two is behind a device.
 *
 * Every function that returns an errno sets the message, which names the
 * device or socket and the call, and what to do; exceptions are said.
 *
 * The order of a VM's life:
 *   container_open, attach of every device, map of RAM, open of every device,
 *   its use, unmap of RAM, close of every device, container_close.
 */
#ifndef VFIO_BACKEND_H
#define VFIO_BACKEND_H

#include <linux/vfio.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/gmem.h"
#include "base/range.h"
#include "vfio/bdf.h"

struct vfio_device;
struct vfio_region;
struct vfio_backend;

/* Where one device is to be had; each back end reads its own members */
struct vfio_source {
	const struct vfio_backend *ops;
	struct pci_addr addr; /* kernel: on the host */
	uint32_t group;       /* kernel: its IOMMU group */
	const char *path;     /* vfio-user: its socket; borrowed */
	unsigned limit_ms;    /* vfio-user: for an answer; 0: default */
	/*
	 * vfio-user: called in the thread of the connection before it does
	 * anything else; NULL: nothing is.  Returns 0, or -errno with a
	 * message, and then the device is gone.
	 */
	int (*begin)(void *opaque);
	void *begin_opaque;
};

/* What the devices of a VM share; each back end puts its own behind it */
struct vfio_container {
	const struct vfio_backend *ops;
};

struct vfio_backend {
	const char *name; /* for messages */
	/* guest RAM must lie in a file, which the device's server maps */
	bool shares_ram;
	/* map() takes the time of zeroing the memory, so it is done in steps */
	bool pins;

	/**
	 * container_open - allocate and open
	 * @c: set, NULL on failure; the caller's until container_close()
	 */
	int (*container_open)(struct vfio_container **c);

	/**
	 * attach - the device shall see what is mapped in this container
	 * @kvm_fd: set to a descriptor that KVM's VFIO device must be told of
	 *          before devices are opened, borrowed; -1: none, or it was
	 *          returned before
	 */
	int (*attach)(struct vfio_container *c, const struct vfio_source *src,
		      int *kvm_fd);

	/**
	 * map - let attached devices read and write RAM
	 * @ram:  all of it, for checks before the first byte is mapped
	 * @iova: this one of its parts, or where the back end pins a piece
	 *        of one, from the first to the last; IOVA = GPA
	 */
	int (*map)(struct vfio_container *c, const struct gmem *ram,
		   struct range iova);

	/**
	 * unmap - all that was mapped in @iova
	 * @iova: what one map() got, or several that touch; cuts none
	 */
	int (*unmap)(struct vfio_container *c, struct range iova);

	/**
	 * map_bar - let attached devices read and write a part of a BAR that
	 *           mmap() mapped at @hva, while it decodes; undone by unmap()
	 *
	 * NULL: they cannot.
	 */
	int (*map_bar)(struct vfio_container *c, struct range iova, void *hva);

	/**
	 * container_close - close and free; devices must be closed
	 * @c: NULL is harmless
	 */
	int (*container_close)(struct vfio_container *c);

	/**
	 * open - reach the device and bring it to its state after a reset
	 *
	 * Fills @d->fd, @d->priv, @d->name, @d->lost_fd as it needs them;
	 * what device.c made inert is left so on failure.
	 */
	int (*open)(struct vfio_device *d, struct vfio_container *c,
		    const struct vfio_source *src);

	/** close - interrupts and mappings must be gone; idempotent */
	void (*close)(struct vfio_device *d);

	/** info - VFIO_DEVICE_GET_INFO: flags, num_regions, num_irqs */
	int (*info)(struct vfio_device *d, struct vfio_device_info *info);

	/**
	 * region_info - VFIO_DEVICE_GET_REGION_INFO
	 * @info:  .index chooses; @argsz bytes of which what fits is filled;
	 *         on return .argsz is what all of it needs
	 *
	 * Return: 0; -EINVAL: there is no such region.
	 */
	int (*region_info)(struct vfio_device *d, struct vfio_region_info *info,
			   uint32_t argsz);

	/** irq_info - likewise VFIO_DEVICE_GET_IRQ_INFO; ERR and REQ are the
	 *  host's word, so a server's have no vectors */
	int (*irq_info)(struct vfio_device *d, struct vfio_irq_info *info);

	/**
	 * set_irqs - VFIO_DEVICE_SET_IRQS
	 * @set: with eventfds behind it for VFIO_IRQ_SET_DATA_EVENTFD; at
	 *       most VFIO_IRQ_MAX of them, -1 leaves a vector without
	 *
	 * Return: 0; > 0: only so many vectors can be had, none was enabled.
	 */
	int (*set_irqs)(struct vfio_device *d, struct vfio_irq_set *set);

	/** reset - VFIO_DEVICE_RESET */
	int (*reset)(struct vfio_device *d);

	/**
	 * reset_bus - reset the device with all that share its bus
	 *
	 * NULL: there is no bus.
	 */
	int (*reset_bus)(struct vfio_device *d, struct vfio_container *c);

	/**
	 * read - @len bytes at @off of a region, both inside it
	 *
	 * Return: bytes, or -errno; no message.
	 */
	ssize_t (*read)(const struct vfio_device *d,
			const struct vfio_region *r, uint64_t off, void *buf,
			size_t len);

	/** write - likewise; what is posted may fail later, silently */
	ssize_t (*write)(const struct vfio_device *d,
			 const struct vfio_region *r, uint64_t off,
			 const void *buf, size_t len);

	/**
	 * mmap - shared; page-aligned part of a region
	 *
	 * Return: address, for munmap(2); NULL with a message.
	 */
	void *(*mmap)(const struct vfio_device *d, const struct vfio_region *r,
		      struct range part, int prot);

	/**
	 * check - is the device still there?  @d->lost_fd says when to ask
	 *
	 * Return: 0, or -errno with the message that says why it is gone.
	 */
	int (*check)(const struct vfio_device *d);
};

extern const struct vfio_backend vfio_kernel;
extern const struct vfio_backend vfio_user;

#endif
