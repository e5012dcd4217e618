/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The back end over the kernel's VFIO: ioctls on a container and a device.
 *
 * Knows what the kernel means by its errnos and what cures them.  Container
 * and groups are in container.c, mapping is in dma.c.
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/tell.h"
#include "vfio/backend.h"
#include "vfio/container.h"
#include "vfio/device.h"
#include "vfio/dma.h"
#include "vfio/hotreset.h"
#include "vfio/irq.h"
#include "vfio/sys.h"

#define BUSY_TRIES   50
#define BUSY_WAIT_NS 20000000L

/* The container is the first member of ours. */
static struct kernel_container *of(struct vfio_container *c)
{
	return (struct kernel_container *)c;
}

static int container_open(struct vfio_container **c)
{
	struct kernel_container *k = calloc(1, sizeof(*k));
	int rc;

	*c = NULL;
	if (!k)
		return err_set(ENOMEM, "no memory for the container");
	rc = kernel_container_open(k);
	if (rc)
		free(k);
	else
		*c = &k->base;
	return rc;
}

static int container_close(struct vfio_container *c)
{
	int rc = c ? kernel_container_close(of(c)) : 0;

	free(c);
	return rc;
}

static int attach(struct vfio_container *c, const struct vfio_source *src,
		  int *kvm_fd)
{
	return kernel_container_group(of(c), src->group, src->addr, kvm_fd);
}

/* All of it, before the first byte is pinned */
static int check_ram(const struct kernel_container *c, const struct gmem *ram)
{
	int rc = 0;

	for (unsigned i = 0; !rc && i < ram->n; i++)
		rc = vfio_dma_check_usable(c, ram->part[i].gpa);
	for (unsigned g = 0; g < c->ngroups; g++)
		for (unsigned i = 0; !rc && i < ram->n; i++)
			rc = vfio_dma_check_reserved(
				sysfs_host(), c->group[g].id, ram->part[i].gpa);
	return rc;
}

/* Parts are in the order of their addresses. */
static uint64_t bytes_from(const struct gmem *ram, uint64_t gpa)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < ram->n; i++) {
		struct range r = ram->part[i].gpa;

		if (range_end(r) > gpa)
			sum += range_end(r) - max_u64(r.start, gpa);
	}
	return sum;
}

/* ENOMEM is the kernel's word also for a limit, which a user can raise. */
static int map(struct vfio_container *c, const struct gmem *ram,
	       struct range iova)
{
	bool first = iova.start == ram->part[0].gpa.start;
	int rc = first ? check_ram(of(c), ram) : 0;

	if (!rc)
		rc = vfio_dma_map(of(c), iova, gmem_cut(ram, iova).hva);
	if (rc == -ENOMEM)
		(void)vfio_dma_check_memlock(bytes_from(ram, iova.start));
	return rc;
}

static int map_bar(struct vfio_container *c, struct range iova, void *hva)
{
	return vfio_dma_map_bar(of(c), iova, hva);
}

static int unmap(struct vfio_container *c, struct range iova)
{
	return vfio_dma_unmap(of(c), iova);
}

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
	case EINVAL:
		return "the kernel cannot switch it on, as an IDE controller "
		       "in compatibility mode, whose BARs have no addresses; "
		       "type for the reason: dmesg | tail";
	default:
		return "see the kernel log: dmesg | tail";
	}
}

static int open_device(struct vfio_device *d, struct vfio_container *c,
		       const struct vfio_source *src)
{
	const struct vfio_group *g = kernel_container_find(of(c), src->group);
	int rc;

	d->addr = src->addr;
	bdf_format(src->addr, d->name);
	if (!g)
		return err_set(EINVAL, "%s: group %u is not in the container",
			       d->name, src->group);
	rc = get_fd(g, d->name);
	if (rc < 0)
		return err_call(rc, d->name, "VFIO_GROUP_GET_DEVICE_FD",
				open_cure(rc));
	d->fd = rc;
	tell_name_fd(d->fd, "device=%s", d->name);
	return 0;
}

static void close_device(struct vfio_device *d)
{
	if (d->fd >= 0)
		vfio_sys_close(d->fd);
	d->fd = -1;
}

static int done(const struct vfio_device *d, int rc, const char *call)
{
	return rc < 0 ? err_call(rc, d->name, call, NULL) : 0;
}

static int info(struct vfio_device *d, struct vfio_device_info *i)
{
	return done(d, vfio_sys_device_get_info(d->fd, i),
		    "VFIO_DEVICE_GET_INFO");
}

static int region_info(struct vfio_device *d, struct vfio_region_info *i,
		       uint32_t argsz)
{
	return done(d, vfio_sys_get_region_info(d->fd, i, argsz),
		    "VFIO_DEVICE_GET_REGION_INFO");
}

static int irq_info(struct vfio_device *d, struct vfio_irq_info *i)
{
	return done(d, vfio_sys_get_irq_info(d->fd, i),
		    "VFIO_DEVICE_GET_IRQ_INFO");
}

static const char *deed(const struct vfio_irq_set *set)
{
	if (set->flags & VFIO_IRQ_SET_ACTION_MASK)
		return "mask";
	if (set->flags & VFIO_IRQ_SET_ACTION_UNMASK)
		return set->flags & VFIO_IRQ_SET_DATA_EVENTFD
			       ? "unmask by eventfd"
			       : "unmask";
	return set->count ? "enable" : "disable";
}

static int set_irqs(struct vfio_device *d, struct vfio_irq_set *set)
{
	int rc = vfio_sys_set_irqs(d->fd, set);
	bool shared = rc == -EBUSY && set->index == VFIO_PCI_INTX_IRQ_INDEX;

	if (rc >= 0)
		return rc;
	return err_set(rc, "%s: VFIO_DEVICE_SET_IRQS (%s %s): %s; %s", d->name,
		       deed(set), vfio_irq_name(set->index), err_name(rc),
		       shared ? "its line is shared with a device of the host: "
				"use a driver with MSI, see /proc/interrupts"
			      : "see the kernel log: dmesg | tail");
}

static int reset(struct vfio_device *d)
{
	return done(d, vfio_sys_reset(d->fd), "VFIO_DEVICE_RESET");
}

static int reset_bus(struct vfio_device *d, struct vfio_container *c)
{
	return vfio_hotreset(of(c), d);
}

static ssize_t read_region(const struct vfio_device *d,
			   const struct vfio_region *r, uint64_t off, void *buf,
			   size_t len)
{
	return vfio_sys_pread(d->fd, buf, len, r->offset + off);
}

static ssize_t write_region(const struct vfio_device *d,
			    const struct vfio_region *r, uint64_t off,
			    const void *buf, size_t len)
{
	return vfio_sys_pwrite(d->fd, buf, len, r->offset + off);
}

static uint64_t alignment(uint64_t len)
{
	uint64_t align = 4 * KiB;

	while (align < GiB && 2 * align <= len)
		align *= 2;
	return align;
}

/*
 * Where huge pages fit, for a BAR lies at a multiple of its size: KVM, and an
 * IOMMU that is to map it, ask the kernel for each page, and 8 GiB have two
 * million small ones.
 */
static void *map_aligned(int fd, uint64_t start, struct range part, int prot)
{
	uint64_t align = alignment(part.len);
	size_t room = part.len + align;
	uint64_t off = part.start % align;
	uint8_t *base =
		mmap(NULL, room, PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	uint8_t *at;
	void *p;
	int err;

	if (base == MAP_FAILED)
		return NULL;
	at = (uint8_t *)align_up((uintptr_t)base - off, align) + off;
	p = vfio_sys_mmap(fd, at, part.len, prot, start + part.start);
	err = errno;
	if (at > base || !p)
		munmap(base, p ? (size_t)(at - base) : room);
	if (p)
		munmap(at + part.len, room - part.len - (size_t)(at - base));
	errno = err;
	return p;
}

static void *map_region(const struct vfio_device *d,
			const struct vfio_region *r, struct range part,
			int prot)
{
	void *p = map_aligned(d->fd, r->offset, part, prot);

	if (!p)
		err_set(errno, "region %u, 0x%llx bytes at 0x%llx: mmap: %s",
			r->index, (unsigned long long)part.len,
			(unsigned long long)part.start, err_name(errno));
	return p;
}

/*
 * What is not there reads all ones.  Class and revision are the device's own
 * word, unlike the IDs, which the kernel answers for it.  A device that was
 * pulled out stays in the kernel until we let go of it.
 */
static int check(const struct vfio_device *d)
{
	const struct vfio_region *r = &d->region[VFIO_PCI_CONFIG_REGION_INDEX];
	uint32_t class = 0;
	ssize_t n = vfio_sys_pread(d->fd, &class, sizeof(class),
				   r->offset + PCI_CLASS_REVISION);

	if (n != sizeof(class) || class != UINT32_MAX)
		return 0;
	return err_set(EIO,
		       "%s: the device does not answer: its configuration "
		       "space reads all ones; it was pulled out or has no "
		       "power, see dmesg",
		       d->name);
}

const struct vfio_backend vfio_kernel = {
	.name = "the kernel's VFIO",
	.pins = true,
	.container_open = container_open,
	.attach = attach,
	.map = map,
	.unmap = unmap,
	.map_bar = map_bar,
	.container_close = container_close,
	.open = open_device,
	.close = close_device,
	.info = info,
	.region_info = region_info,
	.irq_info = irq_info,
	.set_irqs = set_irqs,
	.reset = reset,
	.reset_bus = reset_bus,
	.read = read_region,
	.write = write_region,
	.mmap = map_region,
	.check = check,
};
