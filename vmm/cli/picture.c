/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ways through passthru, drawn: from a region of the device to a guest
 * address, from a vector to a GSI.  What is drawn has no width that printf()
 * knows, so what is padded is ASCII.
 */
#include <inttypes.h>

#include "base/bytes.h"
#include "vfio/irq.h"
#include "vmm/boot/platform.h"
#include "vmm/cli/info.h"

#define LEFT  40 /* columns within the device's box */
#define RIGHT 20 /* and within the guest's */

static void line(unsigned n, FILE *f)
{
	while (n--)
		fputs("─", f);
}

static void edge(const char *l, const char *r, FILE *f)
{
	fprintf(f, "  %s", l);
	line(LEFT, f);
	fprintf(f, "%s            %s", r, l);
	line(RIGHT, f);
	fprintf(f, "%s\n", r);
}

static void draw_segment(const struct info_bar *b, const struct info_segment *s,
			 FILE *f)
{
	char left[64];

	snprintf(left, sizeof(left), "0x%06" PRIx64 "..0x%06" PRIx64 " %s",
		 s->part.start, range_last(s->part), s->why ? s->why : "");
	fprintf(f, "  │ %-*.*s│%s│ 0x%-*" PRIx64 "│\n", LEFT - 1, LEFT - 1,
		left, s->why ? "── trap ───▶" : "══ slot ═══▶", RIGHT - 3,
		b->gpa + s->part.start);
}

static void draw_bar(const struct info_bar *b, unsigned i, FILE *f)
{
	fprintf(f, "  %s, 0x%" PRIx64 " bytes, %s\n", vfio_region_name(i),
		b->bar.size, info_kind(&b->bar));
	edge("┌", "┐", f);
	for (unsigned k = 0; k < b->nseg; k++)
		draw_segment(b, &b->seg[k], f);
	edge("└", "┘", f);
}

static void draw_bars(const struct info *i, FILE *f)
{
	const struct assign_dev *d = &i->look->dev;

	fprintf(f,
		"\nBAR -> guest address, as a run with 512M places it at "
		"%02x.%u\n"
		"  slot: KVM maps it, no exit. trap: each access is an exit to "
		"passthru.\n",
		d->slot, d->fn);
	for (unsigned k = 0; k < PCI_BARS; k++)
		if (i->bar[k].nseg)
			draw_bar(&i->bar[k], k, f);
}

static void draw_intx(const struct assign_look *l, FILE *f)
{
	unsigned pin = l->raw[0x3d];
	unsigned gsi = platform_intx_gsi(l->dev.slot, pin);

	if (pin < 1 || pin > 4 || !l->dev.vfio.irq[0].count)
		return;
	fprintf(f,
		"  INTx   pin %c    ──▶ eventfd ──▶ irqfd ──▶ GSI %u   ──▶ "
		"I/O APIC pin %u\n"
		"                   ◀── unmask ◀── resamplefd ◀── the guest's "
		"EOI\n",
		'A' + (int)pin - 1, gsi, gsi);
}

static void draw_vectors(const struct assign_look *l, uint32_t index, FILE *f)
{
	unsigned n = l->dev.vfio.irq[index].count;
	char range[16];

	if (!n)
		return;
	snprintf(range, sizeof(range), n > 1 ? "0..%u" : "%u", n - 1);
	fprintf(f,
		"  %-5s  %-8s ──▶ eventfd ──▶ irqfd ──▶ GSI %d.. ──▶ local "
		"APIC: "
		"%s\n",
		vfio_irq_name(index), range, PLAT_NGSI,
		index == VFIO_PCI_MSI_IRQ_INDEX ? "MSI data" : "table");
}

static void draw_irqs(const struct info *i, FILE *f)
{
	fprintf(f,
		"\nInterrupt -> guest: one of these at a time; each vector "
		"has its eventfd.\n"
		"  GSIs from %d on go to vectors as the guest unmasks them.\n",
		PLAT_NGSI);
	draw_intx(i->look, f);
	draw_vectors(i->look, VFIO_PCI_MSI_IRQ_INDEX, f);
	draw_vectors(i->look, VFIO_PCI_MSIX_IRQ_INDEX, f);
}

void info_picture(const struct info *i, FILE *f)
{
	draw_bars(i, f);
	draw_irqs(i, f);
}
