/* SPDX-License-Identifier: BSD-2-Clause */
/* Cuts BARs into segments, and names what the three ways of telling share. */
#include "vmm/cli/info.h"

#include "base/bytes.h"
#include "base/err.h"

#define PAGE UINT64_C(4096)

const char *info_kind(const struct pci_bar *b)
{
	switch (b->kind) {
	case PCI_BAR_IO:
		return "I/O ports";
	case PCI_BAR_MEM:
		return b->prefetch ? "memory, 32-bit, prefetchable"
				   : "memory, 32-bit";
	case PCI_BAR_MEM64:
		return b->prefetch ? "memory, 64-bit, prefetchable"
				   : "memory, 64-bit";
	case PCI_BAR_NONE:
	default:
		return "none";
	}
}

const char *info_rule(enum pci_rule_kind kind)
{
	switch (kind) {
	case PCI_WATCH:
		return "watched";
	case PCI_OWN:
		return "ours";
	case PCI_ZEROS:
		return "bits read 0";
	case PCI_ONES:
		return "bits read 1";
	case PCI_HIDE:
	default:
		return "hidden";
	}
}

static bool covers(const struct assign_dev *d, unsigned bar, unsigned of,
		   struct range r, uint64_t off)
{
	return d->msix.n && bar == of &&
	       range_in((struct range){off, 1}, assign_pages(r));
}

/* Why is what is at @off trapped?  It is in none of the mapped parts. */
static const char *reason(const struct assign_dev *d, unsigned i,
			  const struct pci_bar *b, uint64_t off)
{
	bool table = covers(d, i, d->msix.table_bar, d->msix.table, off);
	bool pba = covers(d, i, d->msix.pba_bar, d->msix.pba, off);

	if (i == PCI_BAR_ROM)
		return "ROM";
	if (b->kind == PCI_BAR_IO)
		return "I/O ports";
	if (table)
		return pba ? "MSI-X table, PBA" : "MSI-X table";
	if (pba)
		return "MSI-X PBA";
	return b->size < PAGE ? "below a page" : "VFIO maps none";
}

/* Where what begins at @off ends, trapped for one reason: page by page */
static uint64_t trapped_end(const struct assign_dev *d, unsigned i,
			    const struct pci_bar *b, uint64_t off,
			    uint64_t most)
{
	const char *why = reason(d, i, b, off);
	uint64_t special = 0;

	if (d->msix.n && i == d->msix.table_bar)
		special = range_last(assign_pages(d->msix.table));
	if (d->msix.n && i == d->msix.pba_bar)
		special =
			max_u64(special, range_last(assign_pages(d->msix.pba)));
	while (off < most && off <= special && reason(d, i, b, off) == why)
		off += PAGE;
	return off > special && reason(d, i, b, off) == why
		       ? most
		       : min_u64(off, most);
}

static const struct range *part_from(const struct range *part, unsigned n,
				     uint64_t off)
{
	const struct range *next = NULL;

	for (unsigned k = 0; k < n; k++)
		if (part[k].start >= off &&
		    (!next || part[k].start < next->start))
			next = &part[k];
	return next;
}

static void cut(struct info_bar *b, const struct assign_dev *d, unsigned i)
{
	struct range part[ASSIGN_WINDOWS];
	bool mem = i != PCI_BAR_ROM && b->bar.kind != PCI_BAR_IO;
	unsigned n = mem ? assign_bar_parts(d, i, part) : 0;
	uint64_t off = 0;

	while (off < b->bar.size && b->nseg < INFO_SEGMENTS) {
		const struct range *next = part_from(part, n, off);
		struct info_segment *s = &b->seg[b->nseg++];

		if (next && next->start == off) {
			*s = (struct info_segment){*next, NULL};
			off += next->len;
			continue;
		}
		s->why = reason(d, i, &b->bar, off);
		s->part.start = off;
		off = trapped_end(d, i, &b->bar, off,
				  next ? next->start : b->bar.size);
		s->part.len = off - s->part.start;
	}
}

int info_fill(struct info *i, struct assign_look *look,
	      struct pci_windows *free)
{
	struct assign_dev *d = &look->dev;

	*i = (struct info){.look = look};
	for (unsigned k = 0; k < PCI_BARS; k++) {
		struct info_bar *b = &i->bar[k];
		int rc;

		b->bar = pci_bar_decode(&d->cfg, &d->opt, k);
		rc = pci_bar_place(&d->cfg, &b->bar, k, free);
		if (rc)
			return err_prefix(rc, "%s", d->vfio.name);
		if (b->bar.kind == PCI_BAR_NONE)
			continue;
		b->gpa = pci_bar_addr(&d->cfg, &b->bar, k);
		cut(b, d, k);
	}
	return 0;
}
