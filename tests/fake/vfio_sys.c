/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The double of vfio/sys.c: containers, groups and DMA; vfio_device.c has the
 * calls on a device, pci.c what is behind them.
 */
#include "vfio/sys.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/bytes.h"
#include "base/range.h"
#include "tests/fake/fake.h"
#include "tests/fake/vfio.h"

#define CONTAINERS 4
#define GROUPS     8
#define MAPS       64

struct container {
	bool made;
	bool iommu;
	struct range dma[MAPS]; /* len 0: none */
	uint64_t hva[MAPS];
};

struct group {
	bool made;
	unsigned id;
	struct container *c; /* NULL: in none */
};

static struct container containers[CONTAINERS];
static struct group groups[GROUPS];
struct sim_pci *sim_dev[SIM_DEVS];

/* What an IOMMU of AMD can map: all but its window for MSIs */
static const struct vfio_iova_range usable[2][2] = {
	{{0, 0xfedfffff}, {0xfef00000, 0xffffffffff}},
	{{0, 0xfedfffff}, {0xfef00000, 0xfffffffff}}, /* a narrow one */
};
#define RANGES_NOW usable[sim_knobs()->narrow_iommu]
void sim_vfio_reset(void)
{
	sim_device_reset();
	for (unsigned i = 0; i < SIM_DEVS; i++) {
		if (sim_dev[i])
			sim_pci_reset(sim_dev[i]);
		sim_dev[i] = NULL;
	}
	memset(containers, 0, sizeof(containers));
	memset(groups, 0, sizeof(groups));
}

static bool attached(const struct container *c)
{
	for (unsigned i = 0; i < GROUPS; i++)
		if (groups[i].made && groups[i].c == c)
			return true;
	return false;
}

static bool device_open(const struct group *g)
{
	for (unsigned i = 0; i < SIM_DEVS; i++)
		if (sim_dev[i] && sim_dev[i]->group == g->id &&
		    sim_device_open(sim_dev[i]))
			return true;
	return false;
}

/* Taking the last group out of a container takes its IOMMU away. */
static void detach(struct group *g)
{
	struct container *c = g->c;

	g->c = NULL;
	if (c && !attached(c)) {
		memset(c->dma, 0, sizeof(c->dma));
		c->iommu = false;
	}
}

static struct group *group_at(unsigned id)
{
	struct group *at = NULL;

	for (unsigned i = 0; i < GROUPS; i++) {
		struct group *g = &groups[i];

		if (g->made && !sim_alive(SIM_GROUP, g) && !sim_kvm_holds(g) &&
		    !device_open(g)) {
			detach(g);
			g->made = false;
		}
		if (g->made && g->id == id)
			return g;
		if (!g->made)
			at = g;
	}
	if (at)
		*at = (struct group){.id = id};
	return at;
}

void sim_vfio_count(struct sim_count *c)
{
	group_at(~0u); /* lets go of what nobody holds */
	for (unsigned i = 0; i < GROUPS; i++)
		c->files += groups[i].made && !sim_alive(SIM_GROUP, &groups[i]);
	for (unsigned i = 0; i < CONTAINERS; i++)
		for (unsigned k = 0; k < MAPS; k++)
			c->dma += !!containers[i].dma[k].len;
	c->maps += sim_device_maps();
}

/* The calls, in the order of vfio/sys.h */

static int open_container(void)
{
	for (unsigned i = 0; i < CONTAINERS; i++) {
		struct container *c = &containers[i];

		if (sim_alive(SIM_CONTAINER, c) || attached(c))
			continue;
		*c = (struct container){.made = true};
		return sim_file_new(SIM_CONTAINER, c);
	}
	return -ENOMEM;
}

static int open_group(unsigned id)
{
	struct group *g = NULL;

	for (unsigned i = 0; i < SIM_DEVS; i++)
		if (sim_dev[i] && sim_dev[i]->group == id)
			g = group_at(id);
	if (!g)
		return -ENOENT;
	if (g->made)
		return -EBUSY;
	g->made = true;
	return sim_file_new(SIM_GROUP, g);
}

int vfio_sys_open(const char *path)
{
	int rc = sim_enter('o', "open", "%s", path);

	if (rc)
		return rc;
	if (!strcmp(path, "/dev/vfio/vfio"))
		return sim_leave(open_container());
	if (!strncmp(path, "/dev/vfio/", 10))
		return sim_leave(
			open_group((unsigned)strtoul(path + 10, NULL, 10)));
	return sim_leave(-ENOENT);
}

int vfio_sys_close(int fd)
{
	const struct group *g = sim_file(fd, SIM_GROUP);
	const struct sim_pci *d = sim_file(fd, SIM_DEVICE);
	enum sim_kind kind;
	int rc;

	if (g)
		rc = sim_enter('o', "close", "group %u", g->id);
	else
		rc = sim_enter('o', "close", "%s", d ? d->name : "container");
	/* closed in any case, as close(2) does it */
	if (!sim_file_close(fd, &kind) || kind < SIM_CONTAINER)
		sim_wrong("close of what is not open");
	return rc;
}

int vfio_sys_get_api_version(int container_fd)
{
	int rc = sim_enter('x', "VFIO_GET_API_VERSION", "%s", "");

	if (!rc && !sim_file(container_fd, SIM_CONTAINER))
		rc = -EBADF;
	return rc ? rc : sim_knobs()->vfio_version;
}

int vfio_sys_check_extension(int container_fd, unsigned long ext)
{
	int rc = sim_enter('x', "VFIO_CHECK_EXTENSION", "%lu", ext);

	if (!rc && !sim_file(container_fd, SIM_CONTAINER))
		rc = -EBADF;
	if (rc)
		return rc;
	if (ext == VFIO_TYPE1v2_IOMMU)
		return !sim_knobs()->no_type1v2;
	return ext == VFIO_TYPE1_IOMMU;
}

int vfio_sys_group_get_status(int group_fd, struct vfio_group_status *st)
{
	const struct group *g = sim_file(group_fd, SIM_GROUP);
	int rc = sim_enter('o', "VFIO_GROUP_GET_STATUS", "%u", g ? g->id : 0);

	if (rc || !g)
		return rc ? rc : sim_leave(-EBADF);
	st->flags = sim_knobs()->not_viable ? 0 : VFIO_GROUP_FLAGS_VIABLE;
	if (g->c)
		st->flags |= VFIO_GROUP_FLAGS_CONTAINER_SET |
			     VFIO_GROUP_FLAGS_VIABLE;
	return 0;
}

int vfio_sys_group_set_container(int group_fd, int container_fd)
{
	struct group *g = sim_file(group_fd, SIM_GROUP);
	struct container *c = sim_file(container_fd, SIM_CONTAINER);
	int rc =
		sim_enter('o', "VFIO_GROUP_SET_CONTAINER", "%u", g ? g->id : 0);

	if (rc || !g || !c)
		return rc ? rc : sim_leave(-EBADF);
	if (g->c)
		return sim_leave(-EINVAL);
	if (sim_knobs()->not_viable)
		return sim_leave(-EPERM);
	g->c = c;
	return 0;
}

int vfio_sys_group_unset_container(int group_fd)
{
	struct group *g = sim_file(group_fd, SIM_GROUP);
	int rc = sim_enter('o', "VFIO_GROUP_UNSET_CONTAINER", "%u",
			   g ? g->id : 0);

	if (rc || !g)
		return rc ? rc : sim_leave(-EBADF);
	if (!g->c)
		return sim_leave(-EINVAL);
	if (device_open(g))
		return sim_leave(-EBUSY);
	detach(g);
	return sim_leave(-sim_knobs()->group_left);
}

int vfio_sys_set_iommu(int container_fd, unsigned long type)
{
	struct container *c = sim_file(container_fd, SIM_CONTAINER);
	int rc = sim_enter('o', "VFIO_SET_IOMMU", "%lu", type);

	if (rc || !c)
		return rc ? rc : sim_leave(-EBADF);
	if (c->iommu || !attached(c))
		return sim_leave(-EINVAL);
	if (type != VFIO_TYPE1v2_IOMMU)
		return sim_leave(-ENODEV);
	c->iommu = true;
	return 0;
}

/* Info, IOVA ranges, mappings left: one behind the other */
enum {
	RANGES = sizeof(struct vfio_iommu_type1_info),
	AVAIL = RANGES + sizeof(struct vfio_iommu_type1_info_cap_iova_range) +
		sizeof(usable[0]),
	INFO_LEN = AVAIL + sizeof(struct vfio_iommu_type1_info_dma_avail)
};

static uint32_t fill_info(uint8_t buf[INFO_LEN], bool caps)
{
	struct vfio_iommu_type1_info head = {
		.argsz = sim_knobs()->old_kernel ? RANGES : INFO_LEN,
		.flags = VFIO_IOMMU_INFO_PGSIZES,
		.iova_pgsizes = ~UINT64_C(0xfff),
	};
	const struct vfio_iommu_type1_info_cap_iova_range ranges = {
		.header = {VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE, 1, AVAIL},
		.nr_iovas = ARRAY_SIZE(usable[0]),
	};
	const struct vfio_iommu_type1_info_dma_avail avail = {
		.header = {VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL, 1, 0},
		.avail = 65535,
	};

	if (!sim_knobs()->old_kernel)
		head.flags |= VFIO_IOMMU_INFO_CAPS;
	if (!sim_knobs()->old_kernel && caps)
		head.cap_offset = RANGES;
	memcpy(buf, &head, sizeof(head));
	memcpy(buf + RANGES, &ranges, sizeof(ranges));
	memcpy(buf + RANGES + sizeof(ranges), RANGES_NOW, sizeof(usable[0]));
	memcpy(buf + AVAIL, &avail, sizeof(avail));
	return head.argsz;
}

int vfio_sys_iommu_get_info(int container_fd,
			    struct vfio_iommu_type1_info *info, uint32_t argsz)
{
	const struct container *c = sim_file(container_fd, SIM_CONTAINER);
	uint8_t all[INFO_LEN];
	int rc = sim_enter('x', "VFIO_IOMMU_GET_INFO", "%s", "");

	if (rc || !c)
		return rc ? rc : -EBADF;
	if (!c->iommu || argsz < 16)
		return -EINVAL;
	memcpy(info, all, min_u64(argsz, fill_info(all, argsz >= INFO_LEN)));
	return 0;
}

static bool can_map(struct range iova)
{
	for (size_t i = 0; i < ARRAY_SIZE(usable[0]); i++)
		if (iova.start >= RANGES_NOW[i].start &&
		    range_last(iova) <= RANGES_NOW[i].end)
			return true;
	return false;
}

/* Looking up where a BAR's pages lead needs a BAR that answers. */
static bool faults(const struct vfio_iommu_type1_dma_map *m)
{
	const struct sim_pci *d = sim_bar_at(m->vaddr, m->size);

	return d && (sim_knobs()->no_peers || d->dead ||
		     !(d->cfg[PCI_COMMAND] & PCI_COMMAND_MEMORY));
}

bool sim_dma_in(const void *p, size_t len)
{
	const struct range all = {(uintptr_t)p, len};

	/* sim_fail() let it not go: what follows is not to blame */
	if (!strcmp(sim_failed(), "VFIO_IOMMU_UNMAP_DMA"))
		return false;
	for (unsigned i = 0; i < CONTAINERS; i++)
		for (unsigned k = 0; k < MAPS; k++) {
			const struct container *c = &containers[i];

			if (c->dma[k].len &&
			    range_overlaps(all, (struct range){c->hva[k],
							       c->dma[k].len}))
				return true;
		}
	return false;
}

static int map_dma(struct container *c,
		   const struct vfio_iommu_type1_dma_map *m)
{
	struct range iova = {m->iova, m->size};
	unsigned at = MAPS;

	if (!c->iommu || !m->size || (m->iova | m->size | m->vaddr) & 4095 ||
	    !range_ok(iova) ||
	    !(m->flags & (VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE)))
		return -EINVAL;
	for (unsigned i = 0; i < MAPS; i++) {
		if (range_overlaps(c->dma[i], iova))
			return -EEXIST;
		if (!c->dma[i].len)
			at = i;
	}
	if (at == MAPS)
		return -ENOSPC;
	if (!can_map(iova))
		return -EINVAL;
	if (faults(m))
		return -EFAULT;
	c->dma[at] = iova;
	c->hva[at] = m->vaddr;
	return 0;
}

int vfio_sys_map_dma(int container_fd, struct vfio_iommu_type1_dma_map *map)
{
	struct container *c = sim_file(container_fd, SIM_CONTAINER);
	int rc = sim_enter('o', "VFIO_IOMMU_MAP_DMA", "0x%llx+0x%llx %x",
			   map->iova, map->size, map->flags);

	return rc ? rc : sim_leave(c ? map_dma(c, map) : -EBADF);
}

/* type1v2: may span mappings, must not cut one */
static int unmap_dma(struct container *c, struct range iova, uint64_t *done)
{
	*done = 0;
	if (!c->iommu || !iova.len || (iova.start | iova.len) & 4095 ||
	    !range_ok(iova))
		return -EINVAL;
	for (unsigned i = 0; i < MAPS; i++)
		if (range_overlaps(c->dma[i], iova) &&
		    !range_in(c->dma[i], iova))
			return -EINVAL;
	for (unsigned i = 0; i < MAPS; i++)
		if (range_overlaps(c->dma[i], iova)) {
			*done += c->dma[i].len;
			c->dma[i].len = 0;
		}
	return 0;
}

/* Open, in this container, and able to write memory */
static bool is_master(const struct sim_pci *d, const struct container *c)
{
	if (d->pulled || !sim_device_open(d) ||
	    !(d->cfg[PCI_COMMAND] & PCI_COMMAND_MASTER))
		return false;
	for (unsigned i = 0; i < GROUPS; i++)
		if (groups[i].made && groups[i].id == d->group)
			return groups[i].c == c;
	return false;
}

/* A guest may take a BAR away at any time, RAM it cannot. */
static bool is_bar(const struct container *c, struct range iova)
{
	for (unsigned i = 0; c && i < MAPS; i++)
		if (c->dma[i].len && c->dma[i].start == iova.start)
			return sim_bar_at(c->hva[i], c->dma[i].len);
	return false;
}

int vfio_sys_unmap_dma(int container_fd,
		       struct vfio_iommu_type1_dma_unmap *unmap)
{
	struct container *c = sim_file(container_fd, SIM_CONTAINER);
	struct range iova = {unmap->iova, unmap->size};
	int rc = sim_enter('o', "VFIO_IOMMU_UNMAP_DMA", "0x%llx+0x%llx",
			   unmap->iova, unmap->size);
	uint64_t done = 0;

	if (rc)
		return rc;
	for (unsigned i = 0; i < SIM_DEVS; i++)
		if (sim_dev[i] && is_master(sim_dev[i], c) && !is_bar(c, iova))
			sim_wrong("DMA unmapped under %s, a bus master",
				  sim_dev[i]->name);
	rc = c ? unmap_dma(c, iova, &done) : -EBADF;
	unmap->size = sim_knobs()->short_unmap ? done / 2 : done;
	return sim_leave(rc);
}

bool sim_group_fd(int fd, unsigned id)
{
	const struct group *g = sim_file(fd, SIM_GROUP);

	return g && g->id == id;
}

static struct sim_pci *device_of(const struct group *g, const char *name)
{
	for (unsigned i = 0; i < SIM_DEVS; i++)
		if (sim_dev[i] && sim_dev[i]->group == g->id &&
		    !strcmp(sim_dev[i]->name, name))
			return sim_dev[i];
	return NULL;
}

int vfio_sys_group_get_device_fd(int group_fd, const char *name)
{
	const struct group *g = sim_file(group_fd, SIM_GROUP);
	struct sim_pci *d = g ? device_of(g, name) : NULL;
	int rc = sim_enter('o', "VFIO_GROUP_GET_DEVICE_FD", "%s", name);

	if (rc)
		return rc;
	if (!g || !d)
		return sim_leave(g ? -ENODEV : -EBADF);
	if (!g->c || !g->c->iommu)
		return sim_leave(-EINVAL);
	if (d->busy) {
		d->busy--;
		return sim_leave(-EAGAIN);
	}
	if (!sim_kvm_holds(g) && !sim_knobs()->no_kvm)
		sim_wrong("%s opened before KVM was told of its group", name);
	if (!sim_device_open(d))
		sim_pci_reset(d);
	return sim_file_new(SIM_DEVICE, d);
}

int vfio_sys_eventfd(void)
{
	int rc = sim_enter('x', "eventfd", "%s", "");

	if (rc)
		return rc;
	rc = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	sim_ev_new(rc);
	return rc;
}
