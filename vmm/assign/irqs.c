/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts of a passed-through function.
 *
 * The device fires -> the kernel writes the vector's eventfd -> KVM's irqfd
 * injects the GSI -> the routing table makes it the guest's message.  A masked
 * vector keeps its eventfd and loses its irqfd: what fires meanwhile stays in
 * the eventfd, shows in the PBA, and is injected when the irqfd is back.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "base/breaks.h"
#include "base/err.h"
#include "base/first.h"
#include "base/fd.h"
#include "base/tell.h"
#include "vfio/irq.h"
#include "vfio/sys.h"
#include "vmm/assign/assign.h"
#include "vmm/boot/platform.h"

static const uint32_t vfio_index[] = {
	[ASSIGN_INTX] = VFIO_PCI_INTX_IRQ_INDEX,
	[ASSIGN_MSI] = VFIO_PCI_MSI_IRQ_INDEX,
	[ASSIGN_MSIX] = VFIO_PCI_MSIX_IRQ_INDEX,
};

uint32_t assign_irq_index(enum assign_irq_mode mode)
{
	return vfio_index[mode];
}

const char *assign_irq_mode_name(enum assign_irq_mode mode)
{
	return mode == ASSIGN_NO_IRQ ? "none" : vfio_irq_name(vfio_index[mode]);
}

void assign_irqs_init(struct assign_dev *d)
{
	d->irqs = (struct assign_irqs){
		.mode = ASSIGN_NO_IRQ,
		.stuck = -1,
		.intx_fd = -1,
		.intx_eoi_fd = -1,
	};
}

/* Only one mode is live at a time; INTx is what is left (PCI 3.0, 6.8). */
static enum assign_irq_mode wanted_mode(const struct assign_dev *d)
{
	if (d->msix.n && pci_msix_enabled(&d->cfg))
		return ASSIGN_MSIX;
	if (pci_msi_enabled(&d->cfg))
		return ASSIGN_MSI;
	if (d->vfio.irq[VFIO_PCI_INTX_IRQ_INDEX].count)
		return ASSIGN_INTX;
	return ASSIGN_NO_IRQ;
}

static bool maskable(const struct assign_dev *d)
{
	return d->vfio.irq[VFIO_PCI_INTX_IRQ_INDEX].flags &
	       VFIO_IRQ_INFO_MASKABLE;
}

/*
 * What stays on keeps every other mode off: it is tried again each time.
 *
 * INTx is masked first.  The kernel frees its handler and leaves the device's
 * DisINTx as it is (vfio_intx_disable(), vfio_pci_intrs.c); a device that
 * asserts the line after that has nobody to answer for it, and on a line that
 * others share the kernel ends with "nobody cared" for all of them.
 */
int assign_irqs_silence(struct assign_dev *d)
{
	struct assign_irqs *q = &d->irqs;
	int rc = 0;

	if (q->armed)
		q->stuck = (int)vfio_index[q->mode];
	if (q->stuck == VFIO_PCI_INTX_IRQ_INDEX && maskable(d) &&
	    vfio_irq_mask(&d->vfio))
		assign_warn(d, "%s", err_last());
	if (q->stuck >= 0)
		rc = vfio_irq_disable(&d->vfio, (uint32_t)q->stuck);
	if (rc)
		return rc;
	q->stuck = -1;
	q->armed = 0;
	return 0;
}

/* INTx */

static int intx_gsi(const struct assign_dev *d)
{
	unsigned pin = vfio_config_read(&d->vfio, 0x3d, 1);

	return (int)platform_intx_gsi(d->slot, pin >= 1 && pin <= 4 ? pin : 1);
}

/*
 * Masked while it is being wired: an interrupt that came before the unmask
 * eventfd is known would stay masked for ever (the kernel masks INTx when it
 * fires; KVM writes the eventfd at the guest's EOI).  A server that cannot
 * mask has no such trouble: what it fired waits in the eventfd.
 */
static int intx_wire(struct assign_dev *d)
{
	struct assign_irqs *q = &d->irqs;
	bool resample = !breaks_has(d->env->breaks, BREAK_NO_RESAMPLE);
	int rc = vfio_irq_enable(&d->vfio, VFIO_PCI_INTX_IRQ_INDEX, 0,
				 &q->intx_fd, 1);

	q->armed = rc ? 0 : 1;
	q->intx_gsi = intx_gsi(d);
	if (!rc && maskable(d))
		rc = vfio_irq_mask(&d->vfio);
	if (!rc && resample)
		rc = vfio_irq_unmask_on(&d->vfio, q->intx_eoi_fd);
	if (!rc)
		rc = assign_gsi_attach(d, q->intx_gsi, q->intx_fd,
				       resample ? q->intx_eoi_fd : -1);
	if (rc)
		return rc;
	q->intx_attached = true;
	return maskable(d) ? vfio_irq_unmask(&d->vfio) : 0;
}

static int intx_on(struct assign_dev *d)
{
	struct assign_irqs *q = &d->irqs;

	q->intx_fd = vfio_sys_eventfd();
	q->intx_eoi_fd = vfio_sys_eventfd();
	if (q->intx_fd < 0 || q->intx_eoi_fd < 0)
		return err_call(q->intx_fd < 0 ? q->intx_fd : q->intx_eoi_fd,
				d->vfio.name, "eventfd",
				"raise the limit: ulimit -n 4096");
	return intx_wire(d);
}

static int intx_off(struct assign_dev *d)
{
	struct assign_irqs *q = &d->irqs;
	int rc = 0;

	if (q->intx_attached)
		rc = assign_gsi_detach(d, q->intx_gsi, q->intx_fd);
	q->intx_attached = false;
	fd_close(&q->intx_fd);
	fd_close(&q->intx_eoi_fd);
	return rc;
}

/* MSI and MSI-X: vectors */

static struct pci_vector wanted_vector(const struct assign_dev *d, unsigned v)
{
	if (d->irqs.mode == ASSIGN_MSI)
		return pci_msi_vector(&d->cfg, v);
	return pci_msix_vector(&d->msix, &d->cfg, v);
}

static int vector_eventfd(struct assign_dev *d, struct assign_vector *x)
{
	if (x->eventfd >= 0)
		return 0;
	x->eventfd = vfio_sys_eventfd();
	if (x->eventfd < 0)
		return err_call(x->eventfd, d->vfio.name, "eventfd",
				"raise the limit: ulimit -n 4096");
	return 0;
}

/* Route first, then the irqfd: it may inject at once. */
static int vector_attach(struct assign_dev *d, struct assign_vector *x,
			 struct kvm_irq_msi msi)
{
	int rc;

	if (x->gsi < 0 || x->msi.addr != msi.addr || x->msi.data != msi.data) {
		rc = assign_gsi_route(d, x->gsi, msi);
		if (rc < 0)
			return rc;
		x->gsi = rc;
		x->msi = msi;
	}
	if (x->attached)
		return 0;
	rc = assign_gsi_attach(d, x->gsi, x->eventfd, -1);
	x->attached = !rc;
	x->unmasked += x->attached;
	return rc;
}

static int vector_detach(struct assign_dev *d, struct assign_vector *x)
{
	int rc = 0;

	if (x->attached)
		rc = assign_gsi_detach(d, x->gsi, x->eventfd);
	x->attached = false;
	return rc;
}

/* Arms vectors 0..n-1 of the mode on the device, with what eventfds we have. */
static int arm(struct assign_dev *d, unsigned n)
{
	struct assign_irqs *q = &d->irqs;
	uint32_t index = vfio_index[q->mode];
	int *fds = calloc(n + 1, sizeof(*fds)); /* never of no bytes */
	int rc;

	if (!fds)
		return err_set(ENOMEM, "%s: no memory for %u vectors",
			       d->vfio.name, n);
	for (unsigned v = 0; v < n; v++)
		fds[v] = q->vector[v].eventfd;
	rc = vfio_irq_enable(&d->vfio, index, 0, fds, n);
	free(fds);
	if (rc == 0)
		q->armed = n;
	return rc;
}

/* How many of the vectors that the guest sees the device says it has */
static unsigned offered(const struct assign_dev *d)
{
	const struct assign_irqs *q = &d->irqs;
	uint32_t count = d->vfio.irq[vfio_index[q->mode]].count;

	return count < q->nvectors ? count : q->nvectors;
}

static int too_few(const struct assign_dev *d)
{
	return err_set(ENOSPC, "%s: the device offers only %u of %s",
		       d->vfio.name, offered(d),
		       vfio_irq_name(vfio_index[d->irqs.mode]));
}

/* May vectors be added while the others are live? */
static bool grows(const struct assign_dev *d)
{
	uint32_t flags = d->vfio.irq[vfio_index[d->irqs.mode]].flags;

	return !(flags & VFIO_IRQ_INFO_NORESIZE);
}

/*
 * All anew.  Where vectors cannot be added later (MSI-X before Linux 6.4) all
 * that the guest sees are taken at once, with or without an eventfd: what fires
 * while a live set is taken down and made again would be lost.
 */
static int rearm(struct assign_dev *d, unsigned need)
{
	struct assign_irqs *q = &d->irqs;
	int rc = assign_irqs_silence(d);

	q->armed = 0;
	if (!rc)
		rc = arm(d, need > 1 || !grows(d) ? offered(d) : need);
	if (rc > 0) /* the host has not that many to give */
		rc = arm(d, need);
	if (rc > 0) { /* what there is: the other vectors go on */
		int can = rc;

		rc = arm(d, (unsigned)can);
		if (rc >= 0)
			rc = err_set(ENOSPC,
				     "%s: %u vectors of %s wanted, %d to be "
				     "had",
				     d->vfio.name, need,
				     vfio_irq_name(vfio_index[q->mode]), can);
	}
	return rc;
}

/* The device must fire vector @v into its eventfd. */
static int vector_arm(struct assign_dev *d, unsigned v)
{
	struct assign_irqs *q = &d->irqs;
	int rc;

	if (v < q->armed && q->vector[v].eventfd >= 0)
		return 0;
	if (v >= offered(d))
		return too_few(d);
	rc = vector_eventfd(d, &q->vector[v]);
	if (rc)
		return rc;
	if (!q->armed || (v >= q->armed && !grows(d)))
		return rearm(d, v + 1);
	rc = vfio_irq_enable(&d->vfio, vfio_index[q->mode], v,
			     &q->vector[v].eventfd, 1);
	if (rc) /* without an eventfd it is tried again at the next unmask */
		fd_close(&q->vector[v].eventfd);
	else if (v >= q->armed)
		q->armed = v + 1;
	return rc > 0 ? err_set(ENOSPC, "%s: vector %u cannot be had",
				d->vfio.name, v)
		      : rc;
}

static void vector_sync(struct assign_dev *d, unsigned v)
{
	struct assign_vector *x = &d->irqs.vector[v];
	struct pci_vector want = wanted_vector(d, v);
	struct kvm_irq_msi msi = {want.addr, want.data};
	int rc;

	if (d->irqs.mode == ASSIGN_MSI && v >= d->irqs.armed)
		return; /* the host gave fewer, see msi_on() */
	if (want.live) {
		rc = vector_arm(d, v);
		if (!rc)
			rc = vector_attach(d, x, msi);
	} else {
		rc = vector_detach(d, x);
	}
	if (rc)
		assign_warn(d, "vector %u: %s", v, err_last());
}

static int alloc_vectors(struct assign_dev *d, unsigned n)
{
	struct assign_irqs *q = &d->irqs;

	q->vector = calloc(n + 1, sizeof(*q->vector));
	if (!q->vector)
		return err_set(ENOMEM, "%s: no memory for %u vectors",
			       d->vfio.name, n);
	for (unsigned v = 0; v < n; v++)
		q->vector[v] = (struct assign_vector){.eventfd = -1, .gsi = -1};
	q->nvectors = n;
	return 0;
}

static int msi_on(struct assign_dev *d)
{
	unsigned n = pci_msi_count(&d->cfg);
	int rc = alloc_vectors(d, n);

	for (unsigned v = 0; !rc && v < n; v++)
		rc = vector_eventfd(d, &d->irqs.vector[v]);
	if (!rc && !offered(d))
		rc = too_few(d);
	if (!rc)
		rc = offered(d) < n ? (int)offered(d) : arm(d, n);
	if (rc > 0) { /* fewer: the guest's higher vectors stay silent */
		assign_warn(d, "%u MSI vectors wanted, %d to be had", n, rc);
		rc = arm(d, (unsigned)rc);
	}
	return rc;
}

/*
 * A driver may turn MSI-X on while every vector is masked.  The device must be
 * in MSI-X mode from then on, so vector 0 is armed: it has an eventfd, and no
 * irqfd before the guest unmasks it.
 */
static int msix_on(struct assign_dev *d)
{
	int rc = alloc_vectors(d, d->msix.n);

	return rc ? rc : vector_arm(d, 0);
}

static int vectors_off(struct assign_dev *d)
{
	struct assign_irqs *q = &d->irqs;
	struct first first = {0};

	for (unsigned v = 0; v < q->nvectors; v++) {
		struct assign_vector *x = &q->vector[v];
		int rc = vector_detach(d, x);

		first_keep(&first, rc);
		rc = x->gsi >= 0 ? assign_gsi_drop(d, x->gsi) : 0;
		first_keep(&first, rc);
		fd_close(&x->eventfd);
	}
	free(q->vector);
	q->vector = NULL;
	q->nvectors = 0;
	q->armed = 0;
	return first_result(&first);
}

/* Modes */

int assign_irqs_off(struct assign_dev *d)
{
	struct first first = {0};
	int rc;

	rc = assign_irqs_silence(d);
	first_keep(&first, d->lost ? 0 : rc);
	rc = intx_off(d);
	first_keep(&first, rc);
	rc = vectors_off(d);
	d->irqs.mode = ASSIGN_NO_IRQ;
	first_keep(&first, rc);
	return first_result(&first);
}

static int mode_on(struct assign_dev *d, enum assign_irq_mode mode)
{
	d->irqs.mode = mode;
	tell_say(TELL_IRQ, "MODE", " %s mode=%s", d->vfio.name,
		 assign_irq_mode_name(mode));
	d->irqs.modes += mode != ASSIGN_NO_IRQ;
	switch (mode) {
	case ASSIGN_INTX:
		return intx_on(d);
	case ASSIGN_MSI:
		return msi_on(d);
	case ASSIGN_MSIX:
		return msix_on(d);
	case ASSIGN_NO_IRQ:
	default:
		return 0;
	}
}

/* A new number of MSI vectors is a new set-up, as a new mode is. */
static bool changed(const struct assign_dev *d, enum assign_irq_mode mode)
{
	if (mode != d->irqs.mode)
		return true;
	return mode == ASSIGN_MSI && d->irqs.nvectors != pci_msi_count(&d->cfg);
}

void assign_irqs_sync(struct assign_dev *d)
{
	enum assign_irq_mode mode = wanted_mode(d);
	int rc = 0;

	if (changed(d, mode)) {
		rc = assign_irqs_off(d);
		if (!rc)
			rc = mode_on(d, mode);
	}
	if (rc)
		assign_warn(d, "interrupts: %s", err_last());
	for (unsigned v = 0; v < d->irqs.nvectors; v++)
		vector_sync(d, v);
}

void assign_irqs_sync_vector(struct assign_dev *d, unsigned v)
{
	if (d->irqs.mode == ASSIGN_MSIX && v < d->irqs.nvectors)
		vector_sync(d, v);
}

bool assign_masked(const struct assign_dev *d, unsigned v)
{
	const struct assign_irqs *q = &d->irqs;

	return (q->mode == ASSIGN_MSI || q->mode == ASSIGN_MSIX) &&
	       v < q->nvectors && !wanted_vector(d, v).live;
}

bool assign_irqs_pending(const struct assign_dev *d, unsigned v)
{
	struct pollfd p = {.events = POLLIN};

	if (v >= d->irqs.nvectors || d->irqs.vector[v].attached)
		return false;
	p.fd = d->irqs.vector[v].eventfd;
	return p.fd >= 0 && poll(&p, 1, 0) == 1;
}
