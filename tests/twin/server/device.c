/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The chip between its clients and its wire.
 *
 * Regions are numbered alike on both sides.  Nothing here decides when: the
 * loop says when the chip may run, which is never while a client waits for a
 * reply.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/err.h"
#include "tests/twin/server/server.h"

enum {
	RX_BUDGET = 64, /* frames to each port before clients' turn again */
};

/* ---- what the client asks --------------------------------------------- */

/* A register is touched, so a driver is there: from now on faults count. */
static void touch(struct vfu_port *p)
{
	const struct vfu_opts *o = p->server->opts;

	if (p->armed)
		return;
	p->armed = true;
	for (unsigned i = 0; i < o->nfaults; i++) {
		const struct vfu_fault *f = &o->fault[i];

		if (f->fn != p->fn && f->fn != BCM_FUNCS)
			continue;
		if (f->what == VFU_FAULT_ERR)
			p->err_at = f->at;
		else if (f->what == VFU_FAULT_REQ)
			p->req_at = f->at;
		else
			bcm_fault(p->server->chip, p->fn,
				  (enum bcm_fault)f->what, f->at);
	}
}

static const char *region_name(uint32_t region)
{
	static const char *const names[VFU_REGIONS] = {
		[BCM_BAR0] = "BAR0",     [BCM_BAR2] = "BAR2",
		[BCM_BAR4] = "BAR4",     [BCM_ROM] = "ROM",
		[BCM_CONFIG] = "config",
	};

	return names[region] ? names[region] : "?";
}

static void trace(struct vfu_port *p, uint32_t region, uint64_t off,
		  const void *buf, size_t len, const char *how)
{
	if (p->server->log->verbose)
		vfu_log_line(p->server->log, p->name, "%s %#06llx/%zu %s %#llx",
			     region_name(region), (unsigned long long)off, len,
			     how, (unsigned long long)le_get(buf, len));
}

static int on_read(void *ctx, uint32_t region, uint64_t off, void *buf,
		   size_t len)
{
	struct vfu_port *p = ctx;
	int rc = 0;

	if (region == BCM_BAR0)
		touch(p);
	for (size_t at = 0; at < len && !rc; at += BCM_CFG_SIZE)
		rc = bcm_read(p->server->chip, p->fn, (enum bcm_region)region,
			      off + at, (uint8_t *)buf + at,
			      min_u64(len - at, BCM_CFG_SIZE));
	trace(p, region, off, buf, len, "is");
	return rc;
}

static bool all_zero(const uint8_t *p, size_t len)
{
	while (len && !*p) {
		p++;
		len--;
	}
	return !len;
}

/*
 * A write uses the function, but of zeros to configuration space: with those,
 * to the base addresses, QEMU ends each reset.
 */
static int on_write(void *ctx, uint32_t region, uint64_t off, const void *buf,
		    size_t len)
{
	struct vfu_port *p = ctx;
	int rc = 0;

	trace(p, region, off, buf, len, "=");
	if (region == BCM_BAR0)
		touch(p);
	if (region != BCM_CONFIG || !all_zero(buf, len))
		p->fresh = false;
	for (size_t at = 0; at < len && !rc; at += BCM_CFG_SIZE)
		rc = bcm_write(p->server->chip, p->fn, (enum bcm_region)region,
			       off + at, (const uint8_t *)buf + at,
			       min_u64(len - at, BCM_CFG_SIZE));
	return rc;
}

/* Has every function that has a client been reset, and not used since? */
static bool all_fresh(const struct vfu_server *s)
{
	for (unsigned i = 0; i < s->nports; i++)
		if (s->port[i].connected && !s->port[i].fresh)
			return false;
	return true;
}

/*
 * The protocol knows only "reset".  A client whose bus is reset sends one for
 * each function on it; so when all have been, it was the bus.
 */
static int on_reset(void *ctx)
{
	struct vfu_port *p = ctx;

	p->fresh = true;
	if (all_fresh(p->server)) {
		vfu_log_line(p->server->log, p->name, "bus reset");
		bcm_bus_reset(p->server->chip);
	} else {
		vfu_log_line(p->server->log, p->name, "reset");
		bcm_flr(p->server->chip, p->fn);
	}
	return 0;
}

static void on_wired(void *ctx, uint32_t index)
{
	static const enum bcm_irq how[] = {
		[VFIO_PCI_INTX_IRQ_INDEX] = BCM_IRQ_INTX,
		[VFIO_PCI_MSI_IRQ_INDEX] = BCM_IRQ_MSI,
		[VFIO_PCI_MSIX_IRQ_INDEX] = BCM_IRQ_MSIX,
	};
	static const char *const names[] = {"INTx", "MSI", "MSI-X"};
	struct vfu_port *p = ctx;
	bool some = index < ARRAY_SIZE(how);

	vfu_log_line(p->server->log, p->name, "interrupts: %s",
		     some ? names[index] : "none");
	bcm_irq_wire(p->server->chip, p->fn, some ? how[index] : BCM_IRQ_NONE);
}

static int on_wait(void *ctx, int ms)
{
	struct vfu_port *p = ctx;

	return vfu_server_serve(p->server, ms);
}

static const struct vfu_ops vfu_ops = {
	.read = on_read,
	.write = on_write,
	.reset = on_reset,
	.irq_wired = on_wired,
	.wait = on_wait,
};

/* ---- what the chip asks ----------------------------------------------- */

static int on_dma(struct vfu_server *s, unsigned int fn, uint64_t iova,
		  void *buf, size_t len, bool write)
{
	struct vfu_port *p = &s->port[fn];
	int rc;

	if (fn >= s->nports || !p->connected)
		return -EFAULT;
	rc = vfu_session_dma(&p->session, iova, buf, len, write);
	if (rc)
		vfu_log_line(s->log, p->name, "DMA %s of %zu at %#llx: %s",
			     write ? "write" : "read", len,
			     (unsigned long long)iova, err_name(rc));
	return rc;
}

static int on_dma_read(void *ctx, unsigned int fn, uint64_t iova, void *buf,
		       size_t len)
{
	return on_dma(ctx, fn, iova, buf, len, false);
}

static int on_dma_write(void *ctx, unsigned int fn, uint64_t iova,
			const void *buf, size_t len)
{
	return on_dma(ctx, fn, iova, (void *)buf, len, true);
}

/* ERR and REQ happen at some interrupt of the function, the one before it. */
static void count_interrupt(struct vfu_port *p)
{
	if (p->err_at && !--p->err_at) {
		vfu_log_line(p->server->log, p->name, "fault: err");
		vfu_irqs_fire(&p->session.irqs, VFIO_PCI_ERR_IRQ_INDEX, 0);
	}
	if (p->req_at && !--p->req_at) {
		vfu_log_line(p->server->log, p->name, "fault: req");
		vfu_irqs_fire(&p->session.irqs, VFIO_PCI_REQ_IRQ_INDEX, 0);
	}
}

static void on_irq(void *ctx, unsigned int fn, enum bcm_irq how,
		   unsigned int vector, bool level)
{
	struct vfu_server *s = ctx;
	struct vfu_port *p = &s->port[fn];
	struct vfu_irqs *q = &p->session.irqs;

	if (fn >= s->nports || !p->connected)
		return;
	if (how != BCM_IRQ_INTX || level)
		count_interrupt(p);
	if (how == BCM_IRQ_INTX)
		vfu_irqs_level(q, level);
	else if (how == BCM_IRQ_MSI)
		vfu_irqs_fire(q, VFIO_PCI_MSI_IRQ_INDEX, vector);
	else if (how == BCM_IRQ_MSIX)
		vfu_irqs_fire(q, VFIO_PCI_MSIX_IRQ_INDEX, vector);
}

static void on_frame(void *ctx, unsigned int fn, const void *frame, size_t len)
{
	struct vfu_server *s = ctx;

	if (fn < s->nports)
		wire_send(s->wire, fn, frame, len, clock_now_ns());
}

static uint64_t on_now(void *ctx)
{
	(void)ctx;
	return clock_now_ns();
}

static void on_log(void *ctx, unsigned int fn, const char *line)
{
	struct vfu_server *s = ctx;

	vfu_log_line(s->log, s->port[fn].name, "%s", line);
}

static const struct bcm_ops bcm_ops = {
	.dma_read = on_dma_read,
	.dma_write = on_dma_write,
	.irq = on_irq,
	.frame_out = on_frame,
	.now_ns = on_now,
	.log = on_log,
};

/* ---- from the loop ---------------------------------------------------- */

static void describe(struct vfu_port *p)
{
	static const struct vfu_irq irqs[VFU_IRQS] = {
		[VFIO_PCI_INTX_IRQ_INDEX] = {1,
					     VFIO_IRQ_INFO_EVENTFD |
						     VFIO_IRQ_INFO_MASKABLE |
						     VFIO_IRQ_INFO_AUTOMASKED},
		[VFIO_PCI_MSI_IRQ_INDEX] = {BCM_MSI_VECTORS,
					    VFIO_IRQ_INFO_EVENTFD},
		[VFIO_PCI_MSIX_IRQ_INDEX] = {BCM_MSIX_VECTORS,
					     VFIO_IRQ_INFO_EVENTFD},
		[VFIO_PCI_ERR_IRQ_INDEX] = {1, VFIO_IRQ_INFO_EVENTFD},
		[VFIO_PCI_REQ_IRQ_INDEX] = {1, VFIO_IRQ_INFO_EVENTFD},
	};

	p->dev = (struct vfu_dev){.ops = &vfu_ops,
				  .ctx = p,
				  .log = p->server->log,
				  .name = p->name};
	memcpy(p->dev.irq, irqs, sizeof(irqs));
	for (uint32_t i = 0; i < VFU_REGIONS; i++) {
		struct vfu_region *r = &p->dev.region[i];

		r->size = bcm_region_size((enum bcm_region)i);
		if (r->size)
			r->flags = VFIO_REGION_INFO_FLAG_READ |
				   VFIO_REGION_INFO_FLAG_WRITE;
	}
}

/*
 * The only memory of the chip that is nothing but memory: the page of BAR2
 * where drivers and management firmware leave each other notes.  The file is
 * as long as BAR2, since it is mapped by the offsets there.
 */
static int share_memory(struct vfu_server *s)
{
	s->share.area[0] = (struct range){BCM_SHM_AT, BCM_SHM_SIZE};
	s->share.nareas = 1;
	if (!s->opts->mmap)
		return 0;
	for (unsigned i = 0; i < BCM_FUNCS; i++)
		if (s->opts->mmap & 1u << i)
			s->port[i].dev.share[BCM_BAR2] = &s->share;
	return vfu_shm_open(&s->share.fd, &s->shm, BCM_BAR_SIZE);
}

static int chip_open(struct vfu_server *s)
{
	struct bcm_options o = s->opts->chip;

	if (s->shm)
		o.shm = s->shm + BCM_SHM_AT / sizeof(*s->shm);
	s->chip = bcm_create(&bcm_ops, s, &o);
	return s->chip ? 0 : err_set(ENOMEM, "no memory for the chip");
}

int vfu_device_open(struct vfu_server *s)
{
	int rc = wire_open(&s->wire, s->opts->net, s->opts->pcap, s->nports,
			   clock_now_ns());

	for (unsigned i = 0; i < BCM_FUNCS; i++)
		describe(&s->port[i]);
	if (!rc)
		rc = share_memory(s);
	if (!rc)
		rc = chip_open(s);
	if (rc)
		return rc;
	for (unsigned i = 0; i < BCM_FUNCS; i++) {
		bcm_irq_wire(s->chip, i, BCM_IRQ_NONE);
		if (i >= s->nports || !wire_plugged(s->wire, i))
			bcm_link_set(s->chip, i, BCM_LINK_DOWN);
	}
	return 0;
}

void vfu_device_close(struct vfu_server *s)
{
	bcm_destroy(s->chip);
	s->chip = NULL;
	vfu_shm_close(&s->share.fd, &s->shm, BCM_BAR_SIZE);
	wire_close(&s->wire);
}

void vfu_device_gone(struct vfu_port *p)
{
	p->fresh = false;
	bcm_flr(p->server->chip, p->fn);
}

/* What arrived for @fn, as far as the chip has room; was there any? */
static bool receive(struct vfu_server *s, unsigned fn)
{
	const uint8_t *frame;
	size_t len;
	unsigned n;

	for (n = 0; n < RX_BUDGET; n++) {
		frame = wire_peek(s->wire, fn, &len);
		if (!frame || !bcm_rx_room(s->chip, fn, len))
			break;
		bcm_frame_in(s->chip, fn, frame, len);
		wire_pop(s->wire, fn);
	}
	return n;
}

void vfu_device_run(struct vfu_server *s)
{
	bool more = bcm_deadline(s->chip) <= clock_now_ns();

	for (unsigned fn = 0; fn < s->nports; fn++)
		s->port[fn].session.remote.waited = 0;
	for (unsigned fn = 0; fn < s->nports; fn++)
		more |= receive(s, fn);
	if (more)
		bcm_run(s->chip);
}

uint64_t vfu_device_deadline(struct vfu_server *s)
{
	uint64_t t = min_u64(bcm_deadline(s->chip), wire_deadline(s->wire));
	size_t len;

	for (unsigned fn = 0; fn < s->nports && t; fn++)
		if (wire_peek(s->wire, fn, &len) &&
		    bcm_rx_room(s->chip, fn, len))
			t = 0;
	return t;
}
