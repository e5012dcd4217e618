/* SPDX-License-Identifier: BSD-2-Clause */
/* The sentences are for somebody who has never seen VFIO. */
#include "vfio/tell.h"

#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "vfio/irq.h"
#include "vfio/sysfs.h"

#define BITS(t, key, bits, names)                                              \
	tell_bits(t, key, bits, names, ARRAY_SIZE(names))

static const char *const rw_bits[] = {"READ", "WRITE"};

/* ---- arguments that are numbers --------------------------------------- */

static const char *iommu_type(uintptr_t type)
{
	switch (type) {
	case VFIO_TYPE1_IOMMU:
		return "TYPE1";
	case VFIO_TYPE1v2_IOMMU:
		return "TYPE1v2";
	default:
		return "?";
	}
}

static void in_type(struct tell_text *t, const void *arg)
{
	tell_add(t, " type=%s", iommu_type((uintptr_t)arg));
}

static void in_name(struct tell_text *t, const void *arg)
{
	tell_add(t, " name=%s", (const char *)arg);
}

static void in_container(struct tell_text *t, const void *arg)
{
	int fd;

	memcpy(&fd, arg, sizeof(fd));
	tell_add(t, " %s", tell_fd_name(fd));
}

/* ---- structures ------------------------------------------------------- */

static void out_status(struct tell_text *t, const void *arg, int rc)
{
	static const char *const bits[] = {"VIABLE", "CONTAINER_SET"};
	const struct vfio_group_status *s = arg;

	tell_add(t, " -> %d", rc);
	BITS(t, "flags", s->flags, bits);
}

static void in_argsz(struct tell_text *t, const void *arg)
{
	uint32_t argsz;

	memcpy(&argsz, arg, sizeof(argsz));
	tell_add(t, " argsz=%u", argsz);
}

static void out_iommu(struct tell_text *t, const void *arg, int rc)
{
	static const char *const bits[] = {"PGSIZES", "CAPS"};
	const struct vfio_iommu_type1_info *i = arg;

	tell_add(t, " -> %d argsz=%u", rc, i->argsz);
	BITS(t, "flags", i->flags, bits);
	if (i->flags & VFIO_IOMMU_INFO_PGSIZES)
		tell_hex(t, "page-sizes", i->iova_pgsizes);
}

static void in_map(struct tell_text *t, const void *arg)
{
	const struct vfio_iommu_type1_dma_map *m = arg;

	BITS(t, "flags", m->flags, rw_bits);
	tell_hex(t, "iova", m->iova);
	tell_hex(t, "size", m->size);
}

static void in_unmap(struct tell_text *t, const void *arg)
{
	const struct vfio_iommu_type1_dma_unmap *u = arg;

	tell_hex(t, "iova", u->iova);
	tell_hex(t, "size", u->size);
}

static void out_unmap(struct tell_text *t, const void *arg, int rc)
{
	const struct vfio_iommu_type1_dma_unmap *u = arg;

	tell_add(t, " -> %d", rc);
	tell_hex(t, "size", u->size);
}

void vfio_tell_info(struct tell_text *t, const void *arg, int rc)
{
	static const char *const bits[] = {"RESET", "PCI", "PLATFORM", "AMBA",
					   "CCW",   "AP",  "FSL_MC",   "CAPS"};
	const struct vfio_device_info *i = arg;

	tell_add(t, " -> %d", rc);
	BITS(t, "flags", i->flags, bits);
	tell_add(t, " regions=%u irqs=%u", i->num_regions, i->num_irqs);
}

void vfio_tell_region(struct tell_text *t, const void *arg)
{
	const struct vfio_region_info *r = arg;

	if (r->index < VFIO_PCI_NUM_REGIONS)
		tell_add(t, " index=%s", vfio_region_name(r->index));
	else
		tell_add(t, " index=%u", r->index);
}

static void in_region(struct tell_text *t, const void *arg)
{
	in_argsz(t, arg);
	vfio_tell_region(t, arg);
}

void vfio_tell_region_is(struct tell_text *t, const void *arg, int rc)
{
	static const char *const bits[] = {"READ", "WRITE", "MMAP", "CAPS"};
	const struct vfio_region_info *r = arg;

	tell_add(t, " -> %d argsz=%u", rc, r->argsz);
	BITS(t, "flags", r->flags, bits);
	tell_hex(t, "size", r->size);
	tell_hex(t, "offset", r->offset);
}

static void irq_index(struct tell_text *t, uint32_t index)
{
	if (index < VFIO_PCI_NUM_IRQS)
		tell_add(t, " index=%s", vfio_irq_name(index));
	else
		tell_add(t, " index=%u", index);
}

void vfio_tell_irq(struct tell_text *t, const void *arg)
{
	const struct vfio_irq_info *i = arg;

	irq_index(t, i->index);
}

void vfio_tell_irq_is(struct tell_text *t, const void *arg, int rc)
{
	static const char *const bits[] = {"EVENTFD", "MASKABLE", "AUTOMASKED",
					   "NORESIZE"};
	const struct vfio_irq_info *i = arg;

	tell_add(t, " -> %d", rc);
	BITS(t, "flags", i->flags, bits);
	tell_add(t, " count=%u", i->count);
}

void vfio_tell_set(struct tell_text *t, const void *arg)
{
	static const char *const bits[] = {"DATA_NONE",     "DATA_BOOL",
					   "DATA_EVENTFD",  "ACTION_MASK",
					   "ACTION_UNMASK", "ACTION_TRIGGER"};
	const struct vfio_irq_set *s = arg;

	BITS(t, "flags", s->flags, bits);
	irq_index(t, s->index);
	tell_add(t, " start=%u count=%u", s->start, s->count);
}

bool vfio_tell_set_undoes(const void *arg)
{
	const struct vfio_irq_set *s = arg;

	return s->flags & VFIO_IRQ_SET_ACTION_TRIGGER && !s->count;
}

static void in_set(struct tell_text *t, const void *arg)
{
	const struct vfio_irq_set *s = arg;
	uint32_t with = 0;
	int fd;

	vfio_tell_set(t, arg);
	if (!(s->flags & VFIO_IRQ_SET_DATA_EVENTFD))
		return;
	for (uint32_t i = 0; i < s->count; i++) {
		memcpy(&fd, s->data + i * sizeof(fd), sizeof(fd));
		with += fd >= 0;
	}
	tell_add(t, " eventfds=%u", with);
}

/* No more of them than there is room for, whatever the count says */
static void out_hot_info(struct tell_text *t, const void *arg, int rc)
{
	const struct vfio_pci_hot_reset_info *info = arg;
	uint64_t room = info->argsz - min_u64(info->argsz, sizeof(*info));
	uint64_t n = min_u64(info->count, room / sizeof(info->devices[0]));

	tell_add(t, " -> %d count=%u", rc, info->count);
	for (uint64_t i = 0; i < n; i++) {
		const struct vfio_pci_dependent_device *d = &info->devices[i];

		tell_add(t, " %04x:%02x:%02x.%x/group=%u", d->segment, d->bus,
			 d->devfn >> 3, d->devfn & 7, d->group_id);
	}
}

static void in_hot(struct tell_text *t, const void *arg)
{
	const struct vfio_pci_hot_reset *r = arg;

	tell_add(t, " count=%u", r->count);
	for (uint32_t i = 0; i < r->count; i++)
		tell_add(t, " %s", tell_fd_name(r->group_fds[i]));
}

/* ---- the table -------------------------------------------------------- */

/* clang-format off */
static const struct tell_row rows[] = {
	{.name = "VFIO_GET_API_VERSION", .chapter = TELL_CH_CONTAINER,
	 .why = "Is this the VFIO that we know?  Its only version is 0."},
	{.name = "VFIO_CHECK_EXTENSION", .chapter = TELL_CH_CONTAINER,
	 .why = "Can it drive an IOMMU of a PC?  1 is yes.",
	 .in = in_type},
	{.name = "VFIO_GROUP_GET_STATUS", .chapter = TELL_CH_GROUP,
	 .why = "Is everything in the group away from its host drivers?  Then it "
		"is viable.",
	 .out = out_status},
	{.name = "VFIO_GROUP_SET_CONTAINER", .chapter = TELL_CH_GROUP,
	 .why = "Its devices shall see what is mapped in this container.",
	 .in = in_container},
	{.name = "VFIO_GROUP_UNSET_CONTAINER", .chapter = TELL_CH_GROUP,
	 .why = "The group leaves the container: no device of it may be open."},
	{.name = "VFIO_SET_IOMMU", .chapter = TELL_CH_IOMMU,
	 .why = "A container with a group gets its IOMMU; nothing can be mapped before.",
	 .in = in_type},
	{.name = "VFIO_IOMMU_GET_INFO", .chapter = TELL_CH_IOMMU,
	 .why = "Which addresses can the IOMMU map?  Asked first with room for the head only.",
	 .in = in_argsz, .out = out_iommu},
	{.name = "VFIO_IOMMU_MAP_DMA", .chapter = TELL_CH_DMA,
	 .why = "Devices reach this memory from now on, at the guest's addresses; pinned.",
	 .in = in_map},
	{.name = "VFIO_IOMMU_UNMAP_DMA", .chapter = TELL_CH_DMA,
	 .why = "Devices reach this memory no more.",
	 .in = in_unmap, .out = out_unmap},
	{.name = "VFIO_GROUP_GET_DEVICE_FD", .chapter = TELL_CH_DEVICE,
	 .why = "Open the device; the kernel resets it on the way.",
	 .in = in_name, .out = tell_out_fd},
	{.name = "VFIO_DEVICE_GET_INFO", .chapter = TELL_CH_DEVICE,
	 .why = "What is it, and how many regions and kinds of interrupts has it?",
	 .out = vfio_tell_info},
	{.name = "VFIO_DEVICE_GET_REGION_INFO", .chapter = TELL_CH_REGIONS,
	 .why = "How large is each region, and may it be mapped?  EINVAL: there "
		"is none.",
	 .in = in_region, .out = vfio_tell_region_is},
	{.name = "VFIO_DEVICE_GET_IRQ_INFO", .chapter = TELL_CH_INTERRUPTS,
	 .why = "Which kinds of interrupts has it, and how many of each?",
	 .in = vfio_tell_irq, .out = vfio_tell_irq_is},
	{.name = "VFIO_DEVICE_SET_IRQS", .chapter = TELL_CH_INTERRUPTS,
	 .why = "When the device fires, the kernel shall write an eventfd.",
	 .undo = "The device shall fire no more interrupts of this kind.",
	 .undoes = vfio_tell_set_undoes, .in = in_set},
	{.name = "VFIO_DEVICE_RESET", .chapter = TELL_CH_DEVICE,
	 .why = "Bring the device to its state after power-on."},
	{.name = "VFIO_DEVICE_GET_PCI_HOT_RESET_INFO", .chapter = TELL_CH_DEVICE,
	 .why = "It has no reset of its own: who else is hit by that of its bus?",
	 .in = in_argsz, .out = out_hot_info},
	{.name = "VFIO_DEVICE_PCI_HOT_RESET", .chapter = TELL_CH_DEVICE,
	 .why = "All of them are ours: reset the bus.",
	 .in = in_hot},
};
/* clang-format on */

const struct tell_row *vfio_tell_rows(size_t *n)
{
	*n = ARRAY_SIZE(rows);
	return rows;
}

int vfio_tell(const struct tell_ioctl *c, tell_make_fn *make)
{
	return tell_ioctl(TELL_VFIO, tell_find(rows, ARRAY_SIZE(rows), c->name),
			  c, make);
}

/* ---- attributes of sysfs ---------------------------------------------- */

static void in_path(struct tell_text *t, const void *arg)
{
	tell_add(t, " >%s", (const char *)arg);
}

/* clang-format off */
static const struct {
	const char *attr;
	struct tell_row row;
} writes[] = {
	{"driver_override",
	 {.name = "echo", .chapter = TELL_CH_BIND, .in = in_path,
	  .why = "Which driver may have the device?  Empty: any that knows it."}},
	{"unbind",
	 {.name = "echo", .chapter = TELL_CH_BIND, .in = in_path,
	  .why = "The driver that has it lets go."}},
	{"drivers_probe",
	 {.name = "echo", .chapter = TELL_CH_BIND, .in = in_path,
	  .why = "The kernel looks for a driver that may have it."}},
};
/* clang-format on */

static const struct tell_row *write_row(const char *path)
{
	static const struct tell_row other = {
		.name = "echo", .chapter = TELL_CH_BIND, .in = in_path};
	const char *slash = strrchr(path, '/');

	for (size_t i = 0; slash && i < ARRAY_SIZE(writes); i++)
		if (!strcmp(slash + 1, writes[i].attr))
			return &writes[i].row;
	return &other;
}

int vfio_tell_write(const struct sysfs *s, const char *path, const char *text)
{
	char word[SYSFS_NAME_MAX];
	struct tell_call c;
	int rc;

	if (!tell_on(TELL_BIND))
		return s->write(s, path, text);
	snprintf(word, sizeof(word), "\"%.*s\"", (int)strcspn(text, "\n"),
		 text);
	tell_call_begin(&c, TELL_BIND, write_row(path), word, path);
	rc = s->write(s, path, text);
	tell_call_end(&c, rc);
	return rc;
}
