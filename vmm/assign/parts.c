/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which parts of a BAR are to be mapped: what VFIO offers, less the pages of
 * the MSI-X table and of its pending bits.  Decides only; bars.c does it.
 */
#include "base/breaks.h"
#include "base/bytes.h"
#include "vmm/assign/assign.h"

#define PAGE UINT64_C(4096)

struct parts {
	struct range *part; /* ASSIGN_WINDOWS */
	unsigned n;
};

struct range assign_pages(struct range r)
{
	uint64_t start = align_down(r.start, PAGE);

	return (struct range){start, align_up(r.start + r.len, PAGE) - start};
}

/* What has no place is trapped, as what is not mapped is. */
static void add(struct parts *p, struct range part)
{
	if (part.len && p->n < ASSIGN_WINDOWS)
		p->part[p->n++] = part;
}

/* Adds @area without the pages of hole[i..n). */
static void add_area(struct parts *p, struct range area,
		     const struct range *hole, unsigned n)
{
	struct range cut;

	while (n && !range_overlaps(area, *hole)) {
		hole++;
		n--;
	}
	if (!n) {
		add(p, area);
		return;
	}
	cut = *hole;
	if (cut.start > area.start)
		add_area(p, (struct range){area.start, cut.start - area.start},
			 hole + 1, n - 1);
	if (range_last(cut) < range_last(area))
		add_area(p,
			 (struct range){range_last(cut) + 1,
					range_last(area) - range_last(cut)},
			 hole + 1, n - 1);
}

/* The guest's table is ours: it holds the guest's addresses.  A device that is
 * only looked at has no environment. */
static bool traps_msix(const struct assign_dev *d)
{
	return !d->env || !breaks_has(d->env->breaks, BREAK_MMAP_MSIX);
}

unsigned assign_bar_parts(const struct assign_dev *d, unsigned i,
			  struct range *part)
{
	const struct pci_msix *m = &d->msix;
	const struct vfio_region *r =
		&d->vfio.region[VFIO_PCI_BAR0_REGION_INDEX + i];
	const uint32_t both =
		VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	struct parts p = {part, 0};
	struct range hole[2];
	unsigned n = 0;

	if ((r->flags & both) != both) /* a store would end in KVM_RUN: trap */
		return 0;
	if (m->n && m->table_bar == i && traps_msix(d))
		hole[n++] = assign_pages(m->table);
	if (m->n && m->pba_bar == i)
		hole[n++] = assign_pages(m->pba);
	for (unsigned k = 0; k < r->nareas; k++)
		add_area(&p, r->area[k], hole, n);
	return p.n;
}
