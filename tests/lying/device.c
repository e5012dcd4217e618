/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The honest device: what it is and what it answers.
 *
 * PCI 1234:11a7 with BAR 0 (registers), BAR 2 (memory, two parts of which can
 * be mapped), BAR 4 (MSI-X), PM, MSI, INTx and a serial number.
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"
#include "tests/lying/liar.h"

#define RW (VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE)

/* BAR 2's mappable parts, as the capability has them */
static const struct vfio_region_sparse_mmap_area area[] = {
	{0x1000, 0x2000},
	{0x5000, 0x1000},
};

struct sparse {
	struct vfio_info_cap_header header;
	uint32_t nr_areas, reserved;
	struct vfio_region_sparse_mmap_area area[2];
};

static void config_init(uint8_t *c)
{
	le_put(c + PCI_VENDOR_ID, 4, 0x11a71234);
	le_put(c + PCI_STATUS, 2, PCI_STATUS_CAP_LIST);
	le_put(c + PCI_CLASS_REVISION, 4, 0xff000001);
	c[PCI_CAPABILITY_LIST] = CFG_PM;
	c[PCI_INTERRUPT_PIN] = 1;
	le_put(c + CFG_PM, 4, PCI_CAP_ID_PM | CFG_MSIX << 8 | 3 << 16);
	le_put(c + CFG_MSIX, 4,
	       PCI_CAP_ID_MSIX | CFG_MSI << 8 | (LIAR_VECTORS - 1) << 16);
	le_put(c + CFG_MSIX + PCI_MSIX_TABLE, 4, 4);
	le_put(c + CFG_MSIX + PCI_MSIX_PBA, 4, 0x800 | 4);
	le_put(c + CFG_MSI, 4,
	       PCI_CAP_ID_MSI | (PCI_MSI_FLAGS_64BIT | 2u << 1 /* 4 vectors */)
					<< 16);
	le_put(c + CFG_EXT, 4, PCI_EXT_CAP_ID_DSN | 1 << 16);
}

void liar_device_init(struct device *d)
{
	static const struct {
		uint32_t index, flags;
		uint64_t size;
	} region[] = {
		{VFIO_PCI_BAR0_REGION_INDEX, RW, REG_BYTES},
		{VFIO_PCI_BAR2_REGION_INDEX, RW | VFIO_REGION_INFO_FLAG_MMAP,
		 BAR2_BYTES},
		{VFIO_PCI_BAR4_REGION_INDEX, RW, 0x1000},
		{VFIO_PCI_CONFIG_REGION_INDEX, RW, CFG_BYTES},
	};

	memset(d, 0, sizeof(*d));
	memset(d->event, 0xff, sizeof(d->event));
	d->ram = -1;
	d->mem = memfd_create("bar2", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (d->mem < 0 || ftruncate(d->mem, BAR2_BYTES))
		liar_die("memfd: %s", strerror(errno));
	config_init(d->config);
	le_put(d->reg + REG_ID, 4, LIAR_ID);
	for (unsigned i = 0; i < ARRAY_SIZE(region); i++) {
		struct userwire_region *r = &d->region[region[i].index];

		r->flags = region[i].flags;
		r->size = region[i].size;
	}
	d->irqs[VFIO_PCI_INTX_IRQ_INDEX] = 1;
	d->irqs[VFIO_PCI_MSI_IRQ_INDEX] = 4;
	d->irqs[VFIO_PCI_MSIX_IRQ_INDEX] = LIAR_VECTORS;
	d->irqs[VFIO_PCI_ERR_IRQ_INDEX] = 1;
}

void *liar_body(struct liar *l, size_t len)
{
	struct userwire_header h = {
		.id = l->head.id,
		.cmd = l->head.cmd,
		.size = (uint32_t)(LIAR_HEAD + len),
		.flags = USERWIRE_REPLY,
	};

	memset(l->out.p, 0, LIAR_HEAD + len);
	memcpy(l->out.p, &h, LIAR_HEAD);
	l->out.len = LIAR_HEAD + len;
	return l->out.p + LIAR_HEAD;
}

void liar_fail(struct liar *l, uint32_t err)
{
	struct userwire_header *h = (void *)l->out.p;

	liar_body(l, 0);
	h->flags |= USERWIRE_ERROR;
	h->err = err;
}

static void add_fd(struct liar *l, int fd)
{
	l->out.fd[l->out.nfds++] = fd;
}

/* The client's limit is in its JSON; the key must be there only once. */
static uint64_t client_xfer(const char *json)
{
	static const char key[] = "\"max_data_xfer_size\":";
	const char *p = strstr(json, key);
	uint64_t v = 0;

	if (!p)
		return USERWIRE_XFER_MAX;
	for (p += sizeof(key) - 1; *p == ' ' || (*p >= '0' && *p <= '9'); p++)
		v = *p == ' ' ? v : 10 * v + (uint64_t)(*p - '0');
	return v;
}

static void version(struct liar *l)
{
	static const char plain[] = "{\"capabilities\":{\"max_msg_fds\":8,"
				    "\"max_data_xfer_size\":1048576}}";
	static const char twin[] =
		"{\"capabilities\":{\"max_msg_fds\":8,"
		"\"twin_socket\":{\"supported\":true,\"fd_index\":0}}}";
	const char *json = l->offer_twin ? twin : plain;
	int pair[2];
	uint8_t *b;

	if (l->in_len < 5 || l->in[l->in_len - 1] || le_get(l->in, 2) != 0)
		liar_bug("VERSION with %zu bytes, major %u", l->in_len,
			 (unsigned)le_get(l->in, 2));
	l->xfer = client_xfer((char *)l->in + 4);
	b = liar_body(l, 4 + strlen(json) + 1);
	memcpy(b + 4, json, strlen(json));
	if (!l->offer_twin)
		return;
	if (!strstr((char *)l->in + 4, "twin_socket"))
		liar_die("the client offers no twin_socket");
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		liar_die("socketpair: %s", strerror(errno));
	l->twin = pair[0];
	add_fd(l, pair[1]);
	l->out.close_fds = true;
}

static void dma_map(struct liar *l)
{
	struct device *d = &l->dev;
	struct userwire_map *m = &d->map[d->nmaps];

	if (l->in_len != sizeof(*m) || l->in_nfds > 1 || d->nmaps == LIAR_MAPS)
		liar_bug("DMA_MAP of %zu bytes, %u descriptors, after %u maps",
			 l->in_len, l->in_nfds, d->nmaps);
	memcpy(m, l->in, sizeof(*m));
	if (m->argsz != sizeof(*m) || !m->size || m->iova + m->size < m->iova ||
	    m->flags & ~(uint32_t)(USERWIRE_MAP_READ | USERWIRE_MAP_WRITE))
		liar_bug("DMA_MAP: argsz %u, flags %x, size %llx", m->argsz,
			 m->flags, (unsigned long long)m->size);
	d->nmaps++;
	if (d->ram < 0 && l->in_nfds)
		d->ram = dup(l->in_fd[0]);
	liar_body(l, 0);
}

static void dma_unmap(struct liar *l)
{
	struct device *d = &l->dev;
	struct userwire_unmap u;
	unsigned i;

	if (l->in_len != sizeof(u))
		liar_bug("DMA_UNMAP of %zu bytes", l->in_len);
	memcpy(&u, l->in, sizeof(u));
	for (i = 0; i < d->nmaps; i++)
		if (d->map[i].iova == u.iova && d->map[i].size == u.size)
			break;
	if (i == d->nmaps) {
		liar_fail(l, ENOENT);
		return;
	}
	d->map[i] = d->map[--d->nmaps];
	memcpy(liar_body(l, sizeof(u)), &u, sizeof(u));
}

static void get_info(struct liar *l)
{
	const struct userwire_info info = {
		.argsz = sizeof(info),
		.flags = VFIO_DEVICE_FLAGS_RESET | VFIO_DEVICE_FLAGS_PCI,
		.num_regions = LIAR_REGIONS,
		.num_irqs = VFIO_PCI_NUM_IRQS,
	};

	memcpy(liar_body(l, sizeof(info)), &info, sizeof(info));
}

static void region_info(struct liar *l)
{
	struct userwire_region ask, r;
	struct sparse s = {
		.header = {VFIO_REGION_INFO_CAP_SPARSE_MMAP, 1, 0},
		.nr_areas = ARRAY_SIZE(area),
	};
	uint8_t *b;

	memcpy(&ask, l->in, sizeof(ask));
	if (l->in_len != sizeof(ask) || ask.argsz < sizeof(ask) ||
	    ask.index >= LIAR_REGIONS) {
		liar_fail(l, EINVAL);
		return;
	}
	r = l->dev.region[ask.index];
	r.index = ask.index;
	r.argsz = sizeof(r);
	if (!(r.flags & VFIO_REGION_INFO_FLAG_MMAP)) {
		memcpy(liar_body(l, sizeof(r)), &r, sizeof(r));
		return;
	}
	memcpy(s.area, area, sizeof(area));
	r.argsz += sizeof(s);
	if (ask.argsz < r.argsz) {
		memcpy(liar_body(l, sizeof(r)), &r, sizeof(r));
		return;
	}
	r.flags |= VFIO_REGION_INFO_FLAG_CAPS;
	r.cap_offset = sizeof(r);
	b = liar_body(l, r.argsz);
	memcpy(b, &r, sizeof(r));
	memcpy(b + sizeof(r), &s, sizeof(s));
	add_fd(l, l->dev.mem);
}

static void irq_info(struct liar *l)
{
	struct userwire_irq q;

	memcpy(&q, l->in, sizeof(q));
	if (l->in_len != sizeof(q) || q.index >= VFIO_PCI_NUM_IRQS) {
		liar_fail(l, EINVAL);
		return;
	}
	q.argsz = sizeof(q);
	q.flags = VFIO_IRQ_INFO_EVENTFD;
	q.count = l->dev.irqs[q.index];
	memcpy(liar_body(l, sizeof(q)), &q, sizeof(q));
}

static void set_irqs(struct liar *l)
{
	uint32_t err = liar_set_irqs(l);

	if (err)
		liar_fail(l, err);
	else
		liar_body(l, 0);
}

/* Bytes of a region that a guest may write, or read; NULL for memory */
static uint8_t *bytes_of(struct liar *l, uint32_t region)
{
	switch (region) {
	case VFIO_PCI_BAR0_REGION_INDEX:
		return l->dev.reg;
	case VFIO_PCI_CONFIG_REGION_INDEX:
		return l->dev.config;
	default:
		return NULL;
	}
}

static bool access_ok(struct liar *l, struct userwire_access *a, size_t data)
{
	const struct userwire_region *r;

	memcpy(a, l->in, sizeof(*a));
	if (l->in_len != sizeof(*a) + data && !(data && l->in_len > sizeof(*a)))
		return false;
	if (a->region >= LIAR_REGIONS || !a->count || a->count > (1 << 20))
		return false;
	r = &l->dev.region[a->region];
	return a->offset < r->size && a->count <= r->size - a->offset;
}

static void region_read(struct liar *l)
{
	struct userwire_access a;
	uint8_t *from, *to;

	if (!access_ok(l, &a, 0)) {
		liar_fail(l, EINVAL);
		return;
	}
	from = bytes_of(l, a.region);
	to = liar_body(l, sizeof(a) + a.count);
	memcpy(to, &a, sizeof(a));
	if (from && a.offset + a.count <= 0x1000)
		memcpy(to + sizeof(a), from + a.offset, a.count);
	else if (a.region == VFIO_PCI_BAR2_REGION_INDEX &&
		 pread(l->dev.mem, to + sizeof(a), a.count, (off_t)a.offset) <
			 0)
		memset(to + sizeof(a), 0, a.count);
}

/* What software may change in configuration space: few bytes */
static void write_config(struct device *d, uint64_t off, const uint8_t *p,
			 size_t len)
{
	for (uint64_t at = off; at < off + len; at++)
		if (at == PCI_COMMAND || at == PCI_COMMAND + 1 ||
		    at == PCI_INTERRUPT_LINE || at == CFG_PM + PCI_PM_CTRL)
			d->config[at] = p[at - off];
}

static void region_write(struct liar *l)
{
	struct userwire_access a;
	const uint8_t *p = l->in + sizeof(a);

	if (!access_ok(l, &a, 1) || l->in_len != sizeof(a) + a.count) {
		liar_fail(l, EINVAL);
		return;
	}
	memcpy(liar_body(l, sizeof(a)), &a, sizeof(a));
	if (a.offset + a.count > BAR2_BYTES)
		return;
	if (a.region == VFIO_PCI_CONFIG_REGION_INDEX)
		write_config(&l->dev, a.offset, p, a.count);
	else if (a.region == VFIO_PCI_BAR2_REGION_INDEX &&
		 pwrite(l->dev.mem, p, a.count, (off_t)a.offset) < 0)
		liar_fail(l, EIO);
	else if (a.region == VFIO_PCI_BAR0_REGION_INDEX &&
		 a.offset >= REG_SCRATCH)
		memcpy(l->dev.reg + a.offset, p, a.count);
}

static void reset(struct liar *l)
{
	liar_engine_reset(l);
	liar_body(l, 0);
}

void liar_answer(struct liar *l)
{
	static void (*const how[])(struct liar *) = {
		[USERWIRE_VERSION] = version,
		[USERWIRE_DMA_MAP] = dma_map,
		[USERWIRE_DMA_UNMAP] = dma_unmap,
		[USERWIRE_GET_INFO] = get_info,
		[USERWIRE_REGION_INFO] = region_info,
		[USERWIRE_IRQ_INFO] = irq_info,
		[USERWIRE_SET_IRQS] = set_irqs,
		[USERWIRE_REGION_READ] = region_read,
		[USERWIRE_REGION_WRITE] = region_write,
		[USERWIRE_RESET] = reset,
	};

	if (l->head.cmd >= ARRAY_SIZE(how) || !how[l->head.cmd])
		liar_fail(l, EINVAL);
	else
		how[l->head.cmd](l);
}
