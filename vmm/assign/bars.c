/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A BAR in the guest: memory slots over the parts that can be mapped, a trap
 * over all of it.  KVM looks into the slots first, so only what has no slot
 * (MSI-X table page, holes, BARs below a page, I/O) comes to the trap.
 */
#include <errno.h>
#include <stdio.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/tell.h"
#include "vmm/assign/assign.h"

#define PAGE UINT64_C(4096)

static const struct vfio_region *region(const struct assign_bar *b)
{
	unsigned i = b->index == PCI_BAR_ROM
			     ? VFIO_PCI_ROM_REGION_INDEX
			     : VFIO_PCI_BAR0_REGION_INDEX + b->index;

	return &b->dev->vfio.region[i];
}

/* Is [off, off+size) inside @r of BAR @bar? */
static bool hits(const struct assign_bar *b, unsigned bar, struct range r,
		 uint64_t off, unsigned size)
{
	return b->dev->msix.n && b->index == bar &&
	       range_in((struct range){off, size}, r);
}

static uint64_t read_pba(const struct assign_bar *b, uint64_t off,
			 unsigned size)
{
	uint64_t first = (off - b->dev->msix.pba.start) * 8;
	uint64_t bits = 0;

	for (unsigned i = 0; i < 8 * size; i++)
		if (assign_irqs_pending(b->dev, (unsigned)first + i))
			bits |= UINT64_C(1) << i;
	return bits;
}

/*
 * The page of the ROM around @off, after it was read in one piece; of no bytes
 * when it could not be.  For each access the kernel maps the ROM anew and walks
 * its images.  Observed: Linux 7.3, in the rig: 8 ms a word, and a guest that
 * reads the ROM reads tens of thousands.
 */
static struct range rom_page(const struct assign_bar *b, uint64_t off)
{
	struct assign_dev *d = b->dev;
	struct range page = {align_down(off, PAGE), PAGE};

	page.len = min_u64(page.len, b->bar.size - page.start);
	if (d->rom_valid && d->rom_at == page.start)
		return page;
	d->rom_at = page.start;
	d->rom_valid = !vfio_region_read(&d->vfio, region(b), page.start,
					 d->rom_page, page.len);
	return d->rom_valid ? page : (struct range){0};
}

static uint64_t read_trap(const struct assign_bar *b, uint64_t off,
			  unsigned size)
{
	const struct pci_msix *m = &b->dev->msix;
	uint64_t val = 0;

	if (hits(b, m->table_bar, m->table, off, size))
		return pci_msix_read(m, off - m->table.start, size);
	if (hits(b, m->pba_bar, m->pba, off, size))
		return read_pba(b, off, size);
	if (b->index == PCI_BAR_ROM &&
	    range_in((struct range){off, size}, rom_page(b, off)))
		return le_get(b->dev->rom_page + off % PAGE, size);
	vfio_region_read(&b->dev->vfio, region(b), off, &val, size);
	return val;
}

/* @sep_val: what stands before the value */
static void say(const struct assign_bar *b, const char *what, uint64_t off,
		unsigned size, const char *sep_val, uint64_t val)
{
	const struct pci_msix *m = &b->dev->msix;
	char reg[PCI_NAME_MAX];

	if (!tell_on(TELL_PCI))
		return;
	if (hits(b, m->table_bar, m->table, off, size))
		snprintf(reg, sizeof(reg), "MSI-X[%u]+0x%x",
			 (unsigned)((off - m->table.start) / PCI_MSIX_ENTRY),
			 (unsigned)((off - m->table.start) % PCI_MSIX_ENTRY));
	else
		pci_name_bar(&b->dev->names, b->index, off, reg);
	tell_say(TELL_PCI, what,
		 " %s bar=%u off=0x%llx size=%u reg=%s %s0x%llx",
		 b->dev->vfio.name, b->index, (unsigned long long)off, size,
		 reg, sep_val, (unsigned long long)(val & ones(size)));
}

static uint64_t trap_read(void *opaque, uint64_t off, unsigned size)
{
	struct assign_bar *b = opaque;
	uint64_t val;

	assign_enter(b->dev);
	tally_read(&b->dev->tally, assign_key(region(b)->index, off));
	val = b->dev->lost ? UINT64_MAX : read_trap(b, off, size);
	say(b, "BAR_READ", off, size, "-> ", val);
	assign_leave(b->dev);
	return val;
}

/* An unaligned store may reach into the next entry: bring both in line. */
static void write_table(struct assign_dev *d, uint64_t off, unsigned size,
			uint64_t val)
{
	unsigned first = (unsigned)(off / PCI_MSIX_ENTRY);
	unsigned last = (unsigned)((off + size - 1) / PCI_MSIX_ENTRY);

	pci_msix_write(&d->msix, off, size, val);
	for (unsigned v = first; v <= last; v++)
		assign_irqs_sync_vector(d, v);
}

static void write_trap(struct assign_bar *b, uint64_t off, unsigned size,
		       uint64_t val)
{
	const struct pci_msix *m = &b->dev->msix;

	if (hits(b, m->table_bar, m->table, off, size))
		write_table(b->dev, off - m->table.start, size, val);
	else if (!hits(b, m->pba_bar, m->pba, off, size)) /* read-only */
		vfio_region_write(&b->dev->vfio, region(b), off, &val, size);
}

static void trap_write(void *opaque, uint64_t off, unsigned size, uint64_t val)
{
	struct assign_bar *b = opaque;

	assign_enter(b->dev);
	say(b, "BAR_WRITE", off, size, "value=", val);
	tally_write(&b->dev->tally, assign_key(region(b)->index, off));
	if (!b->dev->lost)
		write_trap(b, off, size, val);
	assign_leave(b->dev);
}

static int add_window(struct assign_bar *b, struct range part)
{
	struct assign_window *w = &b->window[b->nwindows];

	w->hva = vfio_region_map(&b->dev->vfio, region(b), part);
	if (!w->hva)
		return err_prefix(-ENOMEM, "BAR %u", b->index);
	w->part = part;
	w->slot = -1;
	b->nwindows++;
	return 0;
}

/*
 * The kernel lets a BAR below a page be mapped when it is alone in its page on
 * the host.  In the guest it need not be, and a slot would hide another BAR's
 * trap; so it is for DMA only.  The program of a 53C810 reads registers so.
 */
static void open_small(struct assign_bar *b)
{
	const uint32_t all = VFIO_REGION_INFO_FLAG_READ |
			     VFIO_REGION_INFO_FLAG_WRITE |
			     VFIO_REGION_INFO_FLAG_MMAP;
	const struct pci_msix *m = &b->dev->msix;

	if (!b->dev->vfio.ops->map_bar || (region(b)->flags & all) != all ||
	    (m->n && (m->table_bar == b->index || m->pba_bar == b->index)))
		return;
	b->window[0].dma_only = true;
	if (add_window(b, (struct range){0, PAGE}))
		assign_warn(b->dev, "DMA does not reach it: %s", err_last());
}

static int open_windows(struct assign_bar *b)
{
	struct range part[ASSIGN_WINDOWS];
	unsigned n = assign_bar_parts(b->dev, b->index, part);
	int rc = 0;

	if (b->bar.size < PAGE) {
		open_small(b);
		return 0;
	}
	for (unsigned i = 0; !rc && i < n; i++)
		rc = add_window(b, part[i]);
	return rc;
}

static int open_bar(struct assign_dev *d, unsigned i)
{
	struct assign_bar *b = &d->bar[i];
	int rc = 0;

	*b = (struct assign_bar){
		.dev = d,
		.index = i,
		.bar = pci_bar_decode(&d->cfg, &d->opt, i),
		.trap = {.read = trap_read,
			 .write = trap_write,
			 .opaque = b,
			 .name = d->vfio.name},
	};
	if (b->bar.kind == PCI_BAR_MEM || b->bar.kind == PCI_BAR_MEM64)
		rc = open_windows(b);
	if (!rc)
		rc = pci_bar_place(&d->cfg, &b->bar, i, &d->env->free);
	return rc;
}

int assign_bars_open(struct assign_dev *d)
{
	for (unsigned i = 0; i < PCI_BARS; i++) {
		int rc = open_bar(d, i);

		if (rc)
			return rc;
	}
	return 0;
}

static struct bus *bus_of(const struct assign_bar *b)
{
	return b->bar.kind == PCI_BAR_IO ? b->dev->env->pio : b->dev->env->mmio;
}

/* One that KVM did not let go is kept in mind, and tried again. */
static bool del_slot(struct assign_bar *b, struct assign_window *w)
{
	if (w->slot >= 0 && kvm_mem_del(b->dev->env->vm, w->slot)) {
		assign_warn(b->dev, "BAR %u: %s", b->index, err_last());
		return false;
	}
	w->slot = -1;
	return true;
}

static void del_slots(struct assign_bar *b)
{
	for (unsigned i = 0; i < b->nwindows; i++)
		del_slot(b, &b->window[i]);
}

static void hide(struct assign_bar *b)
{
	if (!b->shown)
		return;
	assign_peers_off(b);
	assign_share(b->dev);
	del_slots(b);
	bus_release(bus_of(b), b->gpa);
	assign_unshare(b->dev);
	b->shown = false;
	if (b->index == PCI_BAR_ROM) /* it may be written by other ways */
		b->dev->rom_valid = false;
}

/* A window without a slot is slower, not wrong: the trap is below it. */
static void add_slots(struct assign_bar *b)
{
	for (unsigned i = 0; i < b->nwindows && b->gpa % PAGE == 0; i++) {
		struct assign_window *w = &b->window[i];
		struct range at = {b->gpa + w->part.start, w->part.len};

		if (w->dma_only || !del_slot(b, w))
			continue;
		w->slot = kvm_mem_add(b->dev->env->vm, at, w->hva);
		if (w->slot < 0)
			assign_warn(b->dev, "BAR %u is trapped: %s", b->index,
				    err_last());
	}
}

static void show(struct assign_bar *b, uint64_t gpa)
{
	struct range all = {gpa, b->bar.size};

	assign_share(b->dev);
	b->shown = !bus_claim(bus_of(b), all, &b->trap);
	b->gpa = gpa;
	if (b->shown)
		add_slots(b);
	else
		assign_warn(b->dev, "BAR %u is not mapped: %s", b->index,
			    err_last());
	assign_unshare(b->dev);
	if (b->shown)
		assign_peers_on(b);
}

static bool wanted(const struct assign_bar *b, uint64_t *gpa)
{
	const struct assign_dev *d = b->dev;

	*gpa = pci_bar_addr(&d->cfg, &b->bar, b->index);
	return d->awake && pci_bar_live(&d->cfg, &b->bar, b->index, d->command,
					&d->env->windows);
}

/* Hide first, all of them: two BARs may have changed places. */
void assign_bars_sync(struct assign_dev *d)
{
	uint64_t gpa;

	for (unsigned i = 0; i < PCI_BARS; i++) {
		bool want = wanted(&d->bar[i], &gpa);

		if (!want || gpa != d->bar[i].gpa)
			hide(&d->bar[i]);
	}
	for (unsigned i = 0; i < PCI_BARS; i++)
		if (wanted(&d->bar[i], &gpa) && !d->bar[i].shown)
			show(&d->bar[i], gpa);
}

void assign_bars_hide(struct assign_dev *d)
{
	for (unsigned i = 0; i < PCI_BARS; i++)
		hide(&d->bar[i]);
}

void assign_bars_trap(struct assign_dev *d)
{
	for (unsigned i = 0; i < PCI_BARS; i++)
		del_slots(&d->bar[i]);
}

void assign_bars_close(struct assign_dev *d)
{
	assign_bars_hide(d);
	for (unsigned i = 0; i < PCI_BARS; i++) {
		struct assign_bar *b = &d->bar[i];

		assign_peers_off(b);
		assign_share(d);
		del_slots(b);
		assign_unshare(d);
		while (b->nwindows) {
			struct assign_window *w = &b->window[--b->nwindows];

			vfio_region_unmap(w->hva, w->part.len);
		}
	}
}
