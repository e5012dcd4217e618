/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of the double of vfio/sys.c that is about one device. */
#include <errno.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/range.h"
#include "tests/fake/fake.h"
#include "tests/fake/vfio.h"
#include "vfio/sys.h"

#define MAPS      64
#define SHIFT     40 /* region index in the device's file offset */
#define PCIE(d)   (sim_cap(d, PCI_CAP_ID_EXP) != 0)
#define OFFSET(i) ((uint64_t)(i) << SHIFT)

static struct {
	struct sim_pci *d; /* NULL: free */
	void *p;
	size_t len;
	unsigned bar;
	uint64_t off;
} maps[MAPS];

void sim_add(struct sim_pci *d)
{
	for (unsigned i = 0; i < SIM_DEVS; i++) {
		if (sim_dev[i])
			continue;
		sim_dev[i] = d;
		for (unsigned b = 0; b <= SIM_ROM; b++) {
			d->bar_fd[b] = memfd_create("sim-bar", MFD_CLOEXEC);
			if (ftruncate(d->bar_fd[b], (off_t)d->size[b]))
				abort();
		}
		sim_pci_reset(d);
		return;
	}
	abort();
}

void sim_device_reset(void)
{
	for (unsigned i = 0; i < MAPS; i++) {
		if (maps[i].d)
			munmap(maps[i].p, maps[i].len);
		maps[i].d = NULL;
	}
	for (unsigned i = 0; i < SIM_DEVS; i++)
		for (unsigned b = 0; sim_dev[i] && b <= SIM_ROM; b++) {
			close(sim_dev[i]->bar_fd[b]);
			sim_dev[i]->bar_fd[b] = -1;
		}
}

bool sim_device_open(const struct sim_pci *d)
{
	for (unsigned i = 0; i < MAPS; i++)
		if (maps[i].d == d)
			return true;
	return sim_alive(SIM_DEVICE, d);
}

unsigned sim_device_maps(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < MAPS; i++)
		n += !!maps[i].d;
	return n;
}

const struct sim_pci *sim_bar_at(uint64_t hva, size_t len)
{
	const struct range at = {hva, len};

	for (unsigned i = 0; i < MAPS; i++)
		if (maps[i].d &&
		    range_in(at,
			     (struct range){(uintptr_t)maps[i].p, maps[i].len}))
			return maps[i].d;
	return NULL;
}

bool sim_map_in(const struct sim_pci *d)
{
	for (unsigned i = 0; i < MAPS; i++)
		if (maps[i].d == d &&
		    (sim_kvm_slot_in(maps[i].p, maps[i].len) ||
		     sim_dma_in(maps[i].p, maps[i].len)))
			return true;
	return false;
}

int vfio_sys_device_get_info(int dev_fd, struct vfio_device_info *info)
{
	const struct sim_pci *d = sim_file(dev_fd, SIM_DEVICE);
	int rc = sim_enter('x', "VFIO_DEVICE_GET_INFO", "%s", "");

	if (rc || !d)
		return rc ? rc : -EBADF;
	info->flags = VFIO_DEVICE_FLAGS_PCI;
	if (!d->no_reset)
		info->flags |= VFIO_DEVICE_FLAGS_RESET;
	info->num_regions = VFIO_PCI_NUM_REGIONS;
	info->num_irqs = VFIO_PCI_NUM_IRQS;
	return 0;
}

/* Capabilities of a region behind its info */
struct region_caps {
	uint8_t buf[256];
	uint32_t len;
	uint32_t last; /* offset of the last header's next; 0: none */
};

static void add_cap(struct region_caps *c, uint16_t id, const void *body,
		    uint32_t len)
{
	uint32_t at = (uint32_t)sizeof(struct vfio_region_info) + c->len;
	struct vfio_info_cap_header h = {.id = id, .version = 1};

	memcpy(c->buf + c->len, &h, sizeof(h));
	if (len)
		memcpy(c->buf + c->len + sizeof(h), body, len);
	if (c->len)
		le_put(c->buf + c->last, 4, at);
	c->last =
		c->len + (uint32_t)offsetof(struct vfio_info_cap_header, next);
	c->len += (uint32_t)sizeof(h) + len;
}

static void bar_caps(const struct sim_pci *d, unsigned i, struct region_caps *c)
{
	unsigned msix = sim_cap(d, PCI_CAP_ID_MSIX);
	uint8_t body[8 + 4 * 16] = {0};
	uint32_t n = 0;

	if (msix && (d->cfg[msix + PCI_MSIX_TABLE] & 7) == i)
		add_cap(c, VFIO_REGION_INFO_CAP_MSIX_MAPPABLE, NULL, 0);
	for (; n < 4 && d->sparse[i][n].len; n++) {
		le_put(body + 8 + 16 * n, 8, d->sparse[i][n].start);
		le_put(body + 16 + 16 * n, 8, d->sparse[i][n].len);
	}
	le_put(body, 4, n);
	if (n)
		add_cap(c, VFIO_REGION_INFO_CAP_SPARSE_MMAP, body, 8 + 16 * n);
}

static void bar_info(const struct sim_pci *d, struct vfio_region_info *info,
		     struct region_caps *caps)
{
	unsigned i = info->index;
	unsigned at = PCI_BASE_ADDRESS_0 + 4 * i;
	bool io = i < SIM_BARS && d->cfg[at] & PCI_BASE_ADDRESS_SPACE_IO;

	info->size = d->size[i];
	if (!info->size)
		return;
	info->flags = VFIO_REGION_INFO_FLAG_READ;
	if (i == SIM_ROM)
		return;
	info->flags |= VFIO_REGION_INFO_FLAG_WRITE;
	if (io || d->no_mmap[i] || (info->size < 4096 && !d->page_each))
		return;
	info->flags |= VFIO_REGION_INFO_FLAG_MMAP;
	bar_caps(d, i, caps);
}

int vfio_sys_get_region_info(int dev_fd, struct vfio_region_info *info,
			     uint32_t argsz)
{
	const struct sim_pci *d = sim_file(dev_fd, SIM_DEVICE);
	struct region_caps caps = {.len = 0};
	int rc = sim_enter('x', "VFIO_DEVICE_GET_REGION_INFO", "%s", "");

	if (rc || !d)
		return rc ? rc : -EBADF;
	if (info->index > VFIO_PCI_CONFIG_REGION_INDEX || argsz < sizeof(*info))
		return -EINVAL;
	*info = (struct vfio_region_info){
		.argsz = argsz,
		.index = info->index,
		.offset = OFFSET(info->index),
	};
	if (info->index <= SIM_ROM) {
		bar_info(d, info, &caps);
	} else {
		info->size = d->cfg_size;
		info->flags = VFIO_REGION_INFO_FLAG_READ |
			      VFIO_REGION_INFO_FLAG_WRITE;
	}
	if (!caps.len)
		return 0;
	info->flags |= VFIO_REGION_INFO_FLAG_CAPS;
	info->argsz = (uint32_t)sizeof(*info) + caps.len;
	if (argsz < info->argsz)
		return 0;
	info->cap_offset = sizeof(*info);
	memcpy(info + 1, caps.buf, caps.len);
	return 0;
}

int vfio_sys_get_irq_info(int dev_fd, struct vfio_irq_info *info)
{
	const struct sim_pci *d = sim_file(dev_fd, SIM_DEVICE);
	int rc = sim_enter('x', "VFIO_DEVICE_GET_IRQ_INFO", "%s", "");

	if (rc || !d)
		return rc ? rc : -EBADF;
	if (info->index >= VFIO_PCI_NUM_IRQS ||
	    (info->index == VFIO_PCI_ERR_IRQ_INDEX && !PCIE(d)))
		return -EINVAL;
	info->flags = VFIO_IRQ_INFO_EVENTFD;
	info->count = sim_pci_vectors(d, info->index);
	if (info->index == VFIO_PCI_INTX_IRQ_INDEX)
		info->flags |=
			VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED;
	else if (info->index != VFIO_PCI_MSIX_IRQ_INDEX || !d->resizable)
		info->flags |= VFIO_IRQ_INFO_NORESIZE;
	return 0;
}

/* "INTx trigger 0+1 ev0" */
static void print_set(const struct vfio_irq_set *s, char *to, size_t cap)
{
	static const char *const index[] = {"INTx", "MSI", "MSI-X", "ERR",
					    "REQ"};
	const char *what = s->flags & VFIO_IRQ_SET_ACTION_MASK     ? "mask"
			   : s->flags & VFIO_IRQ_SET_ACTION_UNMASK ? "unmask"
			   : s->count                              ? "trigger"
								   : "off";
	size_t n = (size_t)snprintf(to, cap, "%s %s",
				    s->index < 5 ? index[s->index] : "?", what);
	size_t given;

	/* a set that is refused may say more than it has */
	given = s->argsz < sizeof(*s) ? 0 : (s->argsz - sizeof(*s)) / 4;
	if (s->flags & VFIO_IRQ_SET_ACTION_TRIGGER && s->count)
		n += (size_t)snprintf(to + n, cap - n, " %u+%u", s->start,
				      s->count);
	for (unsigned i = 0; s->flags & VFIO_IRQ_SET_DATA_EVENTFD &&
			     s->index < VFIO_PCI_ERR_IRQ_INDEX &&
			     i < s->count && i < given && n + 8 < cap;
	     i++) {
		int fd;

		memcpy(&fd, s->data + 4 * i, sizeof(fd));
		n += (size_t)snprintf(to + n, cap - n, "%c%s", i ? ',' : ' ',
				      sim_ev(fd));
	}
}

int vfio_sys_set_irqs(int dev_fd, struct vfio_irq_set *set)
{
	struct sim_pci *d = sim_file(dev_fd, SIM_DEVICE);
	char what[120];
	int rc;

	print_set(set, what, sizeof(what));
	rc = sim_enter('i', "VFIO_DEVICE_SET_IRQS", "%s", what);
	if (rc || !d)
		return rc ? rc : sim_leave(-EBADF);
	return sim_leave(sim_pci_set_irqs(d, set));
}

int vfio_sys_reset(int dev_fd)
{
	struct sim_pci *d = sim_file(dev_fd, SIM_DEVICE);
	int rc = sim_enter('o', "VFIO_DEVICE_RESET", "%s", d ? d->name : "");

	if (rc || !d)
		return rc ? rc : sim_leave(-EBADF);
	if (d->no_reset)
		return sim_leave(-EINVAL);
	if (sim_map_in(d))
		sim_wrong("%s: reset under a memory slot", d->name);
	d->resets++;
	return 0;
}

/* Same domain and bus in "0000:02:00.0" */
static bool on_bus_of(const struct sim_pci *a, const struct sim_pci *b)
{
	return a && !strncmp(a->name, b->name, strlen("0000:02:"));
}

static struct vfio_pci_dependent_device dependent(const struct sim_pci *d)
{
	unsigned seg = 0;
	unsigned bus = 0;
	unsigned dev = 0;
	unsigned fn = 0;

	sscanf(d->name, "%x:%x:%x.%x", &seg, &bus, &dev, &fn);
	return (struct vfio_pci_dependent_device){
		.group_id = d->group,
		.segment = (uint16_t)seg,
		.bus = (uint8_t)bus,
		.devfn = (uint8_t)(dev << 3 | fn),
	};
}

int vfio_sys_hot_reset_info(int dev_fd, struct vfio_pci_hot_reset_info *info,
			    uint32_t argsz)
{
	const struct sim_pci *d = sim_file(dev_fd, SIM_DEVICE);
	int rc = sim_enter('o', "VFIO_DEVICE_GET_PCI_HOT_RESET_INFO", "%s",
			   d ? d->name : "");
	uint32_t n = 0;

	if (rc || !d)
		return rc ? rc : sim_leave(-EBADF);
	if (d->no_bus_reset)
		return sim_leave(-ENODEV);
	for (unsigned i = 0; i < SIM_DEVS; i++) {
		if (!on_bus_of(sim_dev[i], d))
			continue;
		if (sizeof(*info) + (n + 1) * sizeof(info->devices[0]) <= argsz)
			info->devices[n] = dependent(sim_dev[i]);
		n++;
	}
	info->argsz = (uint32_t)(sizeof(*info) + n * sizeof(info->devices[0]));
	info->flags = 0;
	info->count = n;
	return sim_leave(info->argsz > argsz ? -ENOSPC : 0);
}

static bool shown(const struct vfio_pci_hot_reset *r, unsigned group)
{
	for (uint32_t i = 0; i < r->count; i++)
		if (sim_group_fd(r->group_fds[i], group))
			return true;
	return false;
}

int vfio_sys_hot_reset(int dev_fd, struct vfio_pci_hot_reset *r)
{
	struct sim_pci *d = sim_file(dev_fd, SIM_DEVICE);
	int rc = sim_enter('o', "VFIO_DEVICE_PCI_HOT_RESET", "%s, %u groups",
			   d ? d->name : "", r->count);

	if (rc || !d)
		return rc ? rc : sim_leave(-EBADF);
	for (unsigned i = 0; i < SIM_DEVS; i++)
		if (on_bus_of(sim_dev[i], d) && !shown(r, sim_dev[i]->group))
			return sim_leave(-EINVAL);
	for (unsigned i = 0; i < SIM_DEVS; i++)
		if (on_bus_of(sim_dev[i], d))
			sim_dev[i]->resets++;
	return 0;
}

/* Is all of the access in a region, and may it be reached? */
static int reach(const struct sim_pci *d, unsigned i, struct range at,
		 bool write)
{
	uint64_t size = i <= SIM_ROM                        ? d->size[i]
			: i == VFIO_PCI_CONFIG_REGION_INDEX ? d->cfg_size
							    : 0;
	unsigned need = PCI_COMMAND_MEMORY;

	if (!range_in(at, (struct range){0, size}) || (write && i == SIM_ROM))
		return -EINVAL;
	if (i > SIM_ROM || i == SIM_ROM)
		return d->dead ? -EIO : 0;
	if (d->cfg[PCI_BASE_ADDRESS_0 + 4 * i] & PCI_BASE_ADDRESS_SPACE_IO)
		need = PCI_COMMAND_IO;
	return d->dead || !(d->cfg[PCI_COMMAND] & need) ? -EIO : 0;
}

/* The kernel keeps everybody away from the MSI-X table: reads all ones. */
static bool in_table(const struct sim_pci *d, unsigned i, struct range at)
{
	unsigned msix = sim_cap(d, PCI_CAP_ID_MSIX);
	uint32_t reg = (uint32_t)le_get(d->cfg + msix + PCI_MSIX_TABLE, 4);
	struct range table = {
		reg & PCI_MSIX_TABLE_OFFSET,
		16 * (uint64_t)sim_pci_vectors(d, VFIO_PCI_MSIX_IRQ_INDEX)};

	return msix && (reg & 7) == i && range_overlaps(at, table);
}

ssize_t vfio_sys_pread(int dev_fd, void *buf, size_t len, uint64_t off)
{
	const struct sim_pci *d = sim_file(dev_fd, SIM_DEVICE);
	unsigned i = (unsigned)(off >> SHIFT);
	struct range at = {off - OFFSET(i), len};
	int rc = sim_enter('x', "pread", "%s", "");

	if (!rc)
		rc = d ? reach(d, i, at, false) : -EBADF;
	if (rc)
		return rc;
	if (i == VFIO_PCI_CONFIG_REGION_INDEX && !d->pulled)
		memcpy(buf, d->cfg + at.start, len);
	else if (d->pulled || in_table(d, i, at))
		memset(buf, 0xff, len);
	else
		return pread(d->bar_fd[i], buf, len, (off_t)at.start);
	return (ssize_t)len;
}

ssize_t vfio_sys_pwrite(int dev_fd, const void *buf, size_t len, uint64_t off)
{
	struct sim_pci *d = sim_file(dev_fd, SIM_DEVICE);
	unsigned i = (unsigned)(off >> SHIFT);
	bool config = i == VFIO_PCI_CONFIG_REGION_INDEX;
	struct range at = {off - OFFSET(i), len};
	int rc = sim_enter(config ? 'c' : 'w', "pwrite", "%u 0x%llx/%zu=0x%llx",
			   i, (unsigned long long)at.start, len,
			   (unsigned long long)le_get(buf, len));

	if (!rc)
		rc = sim_leave(d ? reach(d, i, at, true) : -EBADF);
	if (rc)
		return rc;
	if (d->pulled)
		return (ssize_t)len;
	if (config)
		sim_pci_config_write(d, (unsigned)at.start, len,
				     (uint32_t)le_get(buf, len));
	else if (!in_table(d, i, at))
		return pwrite(d->bar_fd[i], buf, len, (off_t)at.start);
	return (ssize_t)len;
}

static int can_mmap(const struct sim_pci *d, unsigned i, struct range at)
{
	const uint64_t unit = d && d->page_each ? 4096 : 1;
	if (!d)
		return -EBADF;
	if (i >= SIM_BARS || d->no_mmap[i] || sim_knobs()->no_mmap ||
	    (at.start | at.len) & 4095 ||
	    !range_in(at, (struct range){0, align_up(d->size[i], unit)}))
		return -EINVAL;
	if (in_table(d, i, at))
		sim_wrong("the MSI-X table of %s is mapped", d->name);
	return 0;
}

void *vfio_sys_mmap(int dev_fd, void *to, size_t len, int prot, uint64_t off)
{
	struct sim_pci *d = sim_file(dev_fd, SIM_DEVICE);
	unsigned i = (unsigned)(off >> SHIFT);
	struct range at = {off - OFFSET(i), len};
	int rc = sim_enter('m', "mmap", "BAR%u 0x%llx+0x%zx", i,
			   (unsigned long long)at.start, len);
	unsigned k = 0;

	while (k < MAPS && maps[k].d)
		k++;
	if (!rc)
		rc = sim_leave(k == MAPS ? -ENOMEM : can_mmap(d, i, at));
	if (rc) {
		errno = -rc;
		return NULL;
	}
	maps[k].d = d;
	maps[k].p = mmap(to, len, prot, MAP_SHARED | MAP_FIXED, d->bar_fd[i],
			 (off_t)at.start);
	maps[k].len = len;
	maps[k].bar = i;
	maps[k].off = at.start;
	return maps[k].p;
}

/* sim_fail() let no slot go: what follows is not to blame */
static bool slot_stayed(void)
{
	return !strcmp(sim_failed(), "KVM_SET_USER_MEMORY_REGION");
}

int vfio_sys_munmap(void *p, size_t len)
{
	for (unsigned i = 0; i < MAPS; i++) {
		if (!maps[i].d || maps[i].p != p || maps[i].len != len)
			continue;
		sim_note('m', "munmap BAR%u 0x%llx+0x%zx", maps[i].bar,
			 (unsigned long long)maps[i].off, len);
		if (sim_kvm_slot_in(p, len) && !slot_stayed())
			sim_wrong("BAR%u unmapped under a memory slot",
				  maps[i].bar);
		if (sim_dma_in(p, len))
			sim_wrong("BAR%u unmapped under DMA", maps[i].bar);
		munmap(p, len);
		maps[i].d = NULL;
		return 0;
	}
	/* another back end's: munmap(2) does not mind what is not mapped */
	if (!msync(p, len, MS_ASYNC) && !munmap(p, len))
		return 0;
	sim_wrong("munmap of what is not mapped");
	return -EINVAL;
}
