/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is behind a device's calls: its configuration registers and interrupts,
 * as vfio-pci shows them.
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/bytes.h"
#include "tests/fake/fake.h"
#include "tests/fake/vfio.h"

unsigned sim_cap(const struct sim_pci *d, unsigned id)
{
	unsigned at = d->cfg[PCI_CAPABILITY_LIST];

	for (unsigned left = 48; at && left; left--) {
		if (d->cfg[at] == id)
			return at;
		at = d->cfg[at + 1];
	}
	return 0;
}

void sim_pci_reset(struct sim_pci *d)
{
	d->irq = -1;
	d->nctx = 0;
	d->unmask = -1;
	d->masked = d->asserted = false;
	d->cfg[PCI_COMMAND] &= (uint8_t)~PCI_COMMAND_MASTER;
	for (unsigned i = 0; i < SIM_VECTORS; i++)
		d->trigger[i] = -1;
	d->event[0] = d->event[1] = -1;
}

/* Configuration space */

static bool enters(uint32_t was, uint32_t is, uint32_t bits)
{
	return ~was & is & bits;
}

static void on_command(struct sim_pci *d, uint32_t was, uint32_t is)
{
	if (enters(is, was, PCI_COMMAND_MEMORY) && sim_map_in(d))
		sim_wrong("%s: memory decode off under a memory slot", d->name);
	le_put(d->cfg + PCI_COMMAND, 2, is);
	if (enters(was, is, PCI_COMMAND_INTX_DISABLE))
		d->masked = true;
	if (enters(is, was, PCI_COMMAND_INTX_DISABLE) &&
	    d->irq == VFIO_PCI_INTX_IRQ_INDEX)
		sim_pci_unmask(d);
}

/* Bits of the register at @at that a write changes, among those we know */
static uint32_t writable(const struct sim_pci *d, unsigned at)
{
	if (at == PCI_COMMAND)
		return PCI_COMMAND_IO | PCI_COMMAND_MEMORY |
		       PCI_COMMAND_MASTER | PCI_COMMAND_PARITY |
		       PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE;
	if (at == sim_cap(d, PCI_CAP_ID_PM) + PCI_PM_CTRL)
		return PCI_PM_CTRL_STATE_MASK | PCI_PM_CTRL_PME_ENABLE;
	if (at == sim_cap(d, PCI_CAP_ID_EXP) + PCI_EXP_DEVCTL)
		return 0x7fff;
	if (at == 0x68 || at == 0x6a || at == 0xf4 || at == 0xf6)
		return 0xffff; /* of no capability: raw */
	return 0;
}

static void flr(struct sim_pci *d)
{
	if (sim_map_in(d))
		sim_wrong("%s: reset under a memory slot", d->name);
	d->resets++;
}

static void write_word(struct sim_pci *d, unsigned at, uint32_t val)
{
	uint32_t was = (uint32_t)le_get(d->cfg + at, 2);
	uint32_t can = writable(d, at);
	uint32_t is = (was & ~can) | (val & can);
	unsigned pm = sim_cap(d, PCI_CAP_ID_PM);
	unsigned exp = sim_cap(d, PCI_CAP_ID_EXP);
	unsigned af = sim_cap(d, PCI_CAP_ID_AF);

	if (at == PCI_COMMAND)
		on_command(d, was, is);
	if (pm && at == pm + PCI_PM_CTRL && is & PCI_PM_CTRL_STATE_MASK &&
	    sim_map_in(d))
		sim_wrong("%s: D3 under a memory slot", d->name);
	if (exp && at == exp + PCI_EXP_DEVCTL && val & PCI_EXP_DEVCTL_BCR_FLR)
		flr(d);
	if (af && at == af + PCI_AF_CTRL && val & PCI_AF_CTRL_FLR)
		flr(d);
	le_put(d->cfg + at, 2, is);
}

void sim_pci_config_write(struct sim_pci *d, unsigned off, size_t len,
			  uint32_t val)
{
	for (unsigned at = off & ~1u; at < off + len; at += 2) {
		uint8_t w[2];

		memcpy(w, d->cfg + at, 2);
		for (unsigned i = 0; i < 2; i++)
			if (at + i >= off && at + i < off + len)
				w[i] = (uint8_t)(val >> 8 * (at + i - off));
		write_word(d, at, (uint32_t)le_get(w, 2));
	}
	if (off < PCI_BASE_ADDRESS_5 + 4 && off + len > PCI_BASE_ADDRESS_0)
		sim_wrong("%s: a BAR was written through VFIO", d->name);
}

/* Interrupts */

unsigned sim_pci_vectors(const struct sim_pci *d, uint32_t index)
{
	unsigned msi = sim_cap(d, PCI_CAP_ID_MSI);
	unsigned msix = sim_cap(d, PCI_CAP_ID_MSIX);

	switch (index) {
	case VFIO_PCI_INTX_IRQ_INDEX:
		return d->cfg[PCI_INTERRUPT_PIN] != 0;
	case VFIO_PCI_MSI_IRQ_INDEX:
		return msi ? 1u << (d->cfg[msi + PCI_MSI_FLAGS] >> 1 & 7) : 0;
	case VFIO_PCI_MSIX_IRQ_INDEX:
		return msix ? ((unsigned)le_get(d->cfg + msix + 2, 2) & 0x7ff) +
				       1
			    : 0;
	case VFIO_PCI_ERR_IRQ_INDEX:
		return sim_cap(d, PCI_CAP_ID_EXP) != 0;
	default:
		return 1;
	}
}

static void irq_off(struct sim_pci *d)
{
	for (unsigned i = 0; i < SIM_VECTORS; i++)
		d->trigger[i] = -1;
	d->irq = -1;
	d->nctx = 0;
	d->unmask = -1;
}

static int set_block(struct sim_pci *d, const struct vfio_irq_set *s)
{
	for (unsigned i = 0; i < s->count; i++) {
		int fd;

		memcpy(&fd, s->data + 4 * i, sizeof(fd));
		if (fd >= 0 && !sim_is_eventfd(fd))
			return -EBADF;
		d->trigger[s->start + i] = fd;
		d->trigger_id[s->start + i] = sim_ev_id(fd);
	}
	return 0;
}

static int enable(struct sim_pci *d, const struct vfio_irq_set *s)
{
	unsigned want = s->start + s->count;
	int rc;

	if (d->grant && want > d->grant)
		return (int)d->grant; /* none is enabled */
	d->irq = (int)s->index;
	d->nctx = want;
	if (s->index == VFIO_PCI_INTX_IRQ_INDEX)
		d->masked =
			d->cfg[PCI_COMMAND + 1] & PCI_COMMAND_INTX_DISABLE >> 8;
	rc = set_block(d, s);
	if (rc)
		irq_off(d);
	return rc;
}

static int trigger(struct sim_pci *d, const struct vfio_irq_set *s)
{
	bool mine = d->irq == (int)s->index;

	if (mine && !s->count && s->flags & VFIO_IRQ_SET_DATA_NONE) {
		irq_off(d);
		return 0;
	}
	if ((!mine && d->irq >= 0) || !s->count)
		return -EINVAL;
	if (!(s->flags & VFIO_IRQ_SET_DATA_EVENTFD)) {
		for (unsigned i = 0; mine && i < s->count; i++)
			sim_fire(d, s->start + i);
		return mine ? 0 : -EINVAL;
	}
	if (!mine)
		return enable(d, s);
	if (s->start + s->count > d->nctx) {
		if (!d->resizable || s->index != VFIO_PCI_MSIX_IRQ_INDEX)
			return -EINVAL;
		d->nctx = s->start + s->count;
	}
	return set_block(d, s);
}

static int unmask(struct sim_pci *d, const struct vfio_irq_set *s)
{
	int fd;

	if (!(s->flags & VFIO_IRQ_SET_DATA_EVENTFD)) {
		sim_pci_unmask(d);
		return 0;
	}
	memcpy(&fd, s->data, sizeof(fd));
	if (fd >= 0 && !sim_is_eventfd(fd))
		return -EBADF;
	if (fd >= 0 && d->unmask >= 0 && sim_ev_id(d->unmask) == d->unmask_id)
		return -EBUSY;
	d->unmask = fd;
	d->unmask_id = sim_ev_id(fd);
	return 0;
}

static int intx_mask(struct sim_pci *d, const struct vfio_irq_set *s)
{
	if (d->irq != VFIO_PCI_INTX_IRQ_INDEX || s->start || s->count != 1)
		return -EINVAL;
	if (s->flags & VFIO_IRQ_SET_ACTION_UNMASK)
		return unmask(d, s);
	if (s->flags & VFIO_IRQ_SET_DATA_EVENTFD)
		return -ENOTTY;
	d->masked = true;
	return 0;
}

/* vfio_pci_set_ctx_trigger_single() */
static int set_event(struct sim_pci *d, const struct vfio_irq_set *s)
{
	unsigned i = s->index - VFIO_PCI_ERR_IRQ_INDEX;
	int fd = -1;

	if (d->no_events)
		return -EINVAL;
	if (s->flags & VFIO_IRQ_SET_DATA_NONE && !s->count) {
		if (d->event[i] < 0)
			return -EINVAL;
		d->event[i] = -1;
		return 0;
	}
	if (!(s->flags & VFIO_IRQ_SET_DATA_EVENTFD) || s->count != 1)
		return -EINVAL;
	memcpy(&fd, s->data, sizeof(fd));
	if (!sim_is_eventfd(fd))
		return -EBADF;
	sim_ev_unnamed(fd);
	d->event[i] = fd;
	d->event_id[i] = sim_ev_id(fd);
	return 0;
}

void sim_event(struct sim_pci *d, uint32_t index)
{
	unsigned i = index - VFIO_PCI_ERR_IRQ_INDEX;

	if (d->event[i] >= 0 && sim_ev_id(d->event[i]) == d->event_id[i])
		eventfd_write(d->event[i], 1);
}

/* One kind of data and one action; vfio_set_irqs_validate_and_prepare() */
static bool flags_ok(uint32_t flags)
{
	return is_pow2(flags & VFIO_IRQ_SET_DATA_TYPE_MASK) &&
	       is_pow2(flags & VFIO_IRQ_SET_ACTION_TYPE_MASK);
}

int sim_pci_set_irqs(struct sim_pci *d, const struct vfio_irq_set *s)
{
	unsigned max = sim_pci_vectors(d, s->index);
	uint32_t data = s->flags & VFIO_IRQ_SET_DATA_EVENTFD ? 4 * s->count : 0;

	if (s->argsz < sizeof(*s) + data || s->index >= VFIO_PCI_NUM_IRQS ||
	    s->start >= max || s->count > max - s->start || !flags_ok(s->flags))
		return -EINVAL;
	if (s->index >= VFIO_PCI_ERR_IRQ_INDEX)
		return s->flags & VFIO_IRQ_SET_ACTION_TRIGGER ? set_event(d, s)
							      : -ENOTTY;
	if (s->flags & VFIO_IRQ_SET_ACTION_TRIGGER)
		return trigger(d, s);
	if (s->index != VFIO_PCI_INTX_IRQ_INDEX)
		return -ENOTTY;
	return intx_mask(d, s);
}

void sim_fire(struct sim_pci *d, unsigned vector)
{
	if (vector < d->nctx && d->trigger[vector] >= 0 &&
	    sim_ev_id(d->trigger[vector]) == d->trigger_id[vector])
		eventfd_write(d->trigger[vector], 1);
	sim_kvm_pump();
}

/* The kernel masks the line when it fires; the EOI's eventfd unmasks. */
static void fire_intx(struct sim_pci *d)
{
	if (!d->asserted || d->masked || d->irq != VFIO_PCI_INTX_IRQ_INDEX)
		return;
	d->masked = true;
	sim_fire(d, 0);
}

void sim_intx(struct sim_pci *d, bool level)
{
	d->asserted = level;
	fire_intx(d);
}

void sim_pci_unmask(struct sim_pci *d)
{
	if (d->cfg[PCI_COMMAND + 1] & PCI_COMMAND_INTX_DISABLE >> 8)
		return;
	d->masked = false;
	fire_intx(d);
}

void sim_vfio_pump(void)
{
	for (unsigned i = 0; i < SIM_DEVS; i++)
		if (sim_dev[i] &&
		    sim_ev_id(sim_dev[i]->unmask) == sim_dev[i]->unmask_id &&
		    sim_ev_take(sim_dev[i]->unmask))
			sim_pci_unmask(sim_dev[i]);
}
