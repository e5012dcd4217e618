/* SPDX-License-Identifier: BSD-2-Clause */
/* KVM takes the routing table only whole, so it is rebuilt at each change. */
#include "kvm/irq.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "kvm/sys.h"

#define PIC_PINS  16
#define TIMER_PIN 2 /* I/O APIC pin of GSI 0 */

static void add_chip(struct kvm_irq_routing *t, unsigned gsi, unsigned chip,
		     unsigned pin)
{
	t->entries[t->nr++] = (struct kvm_irq_routing_entry){
		.gsi = gsi,
		.type = KVM_IRQ_ROUTING_IRQCHIP,
		.u.irqchip = {.irqchip = chip, .pin = pin},
	};
}

static void add_pins(struct kvm_irq_routing *t)
{
	for (unsigned gsi = 0; gsi < KVM_IRQ_PINS; gsi++) {
		unsigned pic = gsi < 8 ? KVM_IRQCHIP_PIC_MASTER
				       : KVM_IRQCHIP_PIC_SLAVE;

		if (gsi == TIMER_PIN) /* cascade of the PIC: no source */
			continue;
		if (gsi < PIC_PINS)
			add_chip(t, gsi, pic, gsi % 8);
		add_chip(t, gsi, KVM_IRQCHIP_IOAPIC, gsi ? gsi : TIMER_PIN);
	}
}

static void add_msi(struct kvm_irq_routing *t, unsigned gsi,
		    struct kvm_irq_msi msi)
{
	t->entries[t->nr++] = (struct kvm_irq_routing_entry){
		.gsi = gsi,
		.type = KVM_IRQ_ROUTING_MSI,
		.u.msi = {.address_lo = (uint32_t)msi.addr,
			  .address_hi = (uint32_t)(msi.addr >> 32),
			  .data = msi.data},
	};
}

static int commit(struct kvm_irqs *irqs)
{
	struct kvm_irq_routing *t;
	size_t n = PIC_PINS; /* these have two entries each */
	int rc;

	for (unsigned gsi = 0; gsi < KVM_IRQ_MAX; gsi++)
		n += irqs->used[gsi];
	t = calloc(1, sizeof(*t) + n * sizeof(t->entries[0]));
	if (!t)
		return err_set(ENOMEM, "no memory for the GSI routing table");
	add_pins(t);
	for (unsigned gsi = KVM_IRQ_PINS; gsi < KVM_IRQ_MAX; gsi++)
		if (irqs->used[gsi])
			add_msi(t, gsi, irqs->msi[gsi]);
	rc = kvm_sys_set_gsi_routing(irqs->vm->fd, t);
	if (rc < 0)
		err_set(rc,
			"GSI routing table of %u entries: "
			"KVM_SET_GSI_ROUTING: %s",
			t->nr, err_name(rc));
	free(t);
	return rc;
}

int kvm_irqs_init(struct kvm_irqs *irqs, struct kvm_vm *vm)
{
	*irqs = (struct kvm_irqs){.vm = vm};
	for (unsigned gsi = 0; gsi < KVM_IRQ_PINS; gsi++)
		irqs->used[gsi] = true;
	return commit(irqs);
}

static int find_free(const struct kvm_irqs *irqs)
{
	for (int gsi = KVM_IRQ_PINS; gsi < KVM_IRQ_MAX; gsi++)
		if (!irqs->used[gsi])
			return gsi;
	return err_set(ENOSPC, "all %d GSIs are in use", KVM_IRQ_MAX);
}

int kvm_irq_route_msi(struct kvm_irqs *irqs, int gsi, struct kvm_irq_msi msi)
{
	bool was_used;
	struct kvm_irq_msi old;
	int rc;

	if (gsi < 0)
		gsi = find_free(irqs);
	if (gsi < 0)
		return gsi;
	old = irqs->msi[gsi];
	was_used = irqs->used[gsi];
	irqs->msi[gsi] = msi;
	irqs->used[gsi] = true;
	rc = commit(irqs);
	if (rc < 0) {
		irqs->msi[gsi] = old;
		irqs->used[gsi] = was_used;
		return rc;
	}
	return gsi;
}

int kvm_irq_route_drop(struct kvm_irqs *irqs, int gsi)
{
	if (gsi < KVM_IRQ_PINS || gsi >= KVM_IRQ_MAX)
		return err_set(EINVAL, "GSI %d is not an MSI route", gsi);
	irqs->used[gsi] = false;
	return commit(irqs);
}

static int irqfd(struct kvm_irqs *irqs, const struct kvm_irqfd *req)
{
	int rc = kvm_sys_irqfd(irqs->vm->fd, req);

	if (rc < 0)
		return err_set(rc, "GSI %u: KVM_IRQFD (%s): %s", req->gsi,
			       req->flags & KVM_IRQFD_FLAG_DEASSIGN ? "deassign"
								    : "assign",
			       err_name(rc));
	return 0;
}

int kvm_irq_attach(struct kvm_irqs *irqs, int gsi, int eventfd, int resamplefd)
{
	struct kvm_irqfd req = {
		.fd = (uint32_t)eventfd,
		.gsi = (uint32_t)gsi,
	};

	if (resamplefd >= 0) {
		req.flags = KVM_IRQFD_FLAG_RESAMPLE;
		req.resamplefd = (uint32_t)resamplefd;
	}
	return irqfd(irqs, &req);
}

int kvm_irq_detach(struct kvm_irqs *irqs, int gsi, int eventfd)
{
	struct kvm_irqfd req = {
		.fd = (uint32_t)eventfd,
		.gsi = (uint32_t)gsi,
		.flags = KVM_IRQFD_FLAG_DEASSIGN,
	};

	return irqfd(irqs, &req);
}

int kvm_irq_set_line(struct kvm_irqs *irqs, int gsi, bool level)
{
	struct kvm_irq_level req = {.irq = (uint32_t)gsi, .level = level};
	int rc = kvm_sys_irq_line(irqs->vm->fd, &req);

	if (rc < 0)
		return err_set(rc, "GSI %d: KVM_IRQ_LINE: %s", gsi,
			       err_name(rc));
	return 0;
}
