/* SPDX-License-Identifier: BSD-2-Clause */
/* `passthru info` as lines: what VFIO says, then what configuration space says
 * and what a guest will see of it. */
#include <inttypes.h>
#include <linux/pci_regs.h>

#include "base/bytes.h"
#include "vfio/irq.h"
#include "vmm/cli/info.h"
#include "vmm/pci/describe.h"

#define COLUMNS 80

/* Words of @text, from column @at of this line on, the next lines from @indent
 */
static void print_words(const char *text, unsigned at, unsigned indent, FILE *f)
{
	while (*text) {
		int n = (int)strcspn(text, " ");

		if (at > indent && at + 1 + (unsigned)n > COLUMNS) {
			fprintf(f, "\n%*s", (int)indent, "");
			at = indent;
		} else if (at > indent) {
			fputc(' ', f);
			at++;
		}
		fprintf(f, "%.*s", n, text);
		at += (unsigned)n;
		text += n;
		text += strspn(text, " ");
	}
	fputc('\n', f);
}

static void print_head(const struct assign_look *l, FILE *f)
{
	const struct vfio_device *d = &l->dev.vfio;

	fprintf(f, "%s: ID %04x:%04x, class %06x, by %s\n", d->name,
		(unsigned)le_get(l->raw + PCI_VENDOR_ID, 2),
		(unsigned)le_get(l->raw + PCI_DEVICE_ID, 2),
		(unsigned)le_get(l->raw + PCI_CLASS_REVISION, 4) >> 8,
		d->ops->name);
	fprintf(f, "  reset: %s\n",
		d->flags & VFIO_DEVICE_FLAGS_RESET
			? "by itself (VFIO_DEVICE_RESET)"
			: "none of its own; with its bus, if all of that is "
			  "the guest's");
}

static void print_areas(const struct vfio_region *r, FILE *f)
{
	if (!r->nareas)
		fputs("no", f);
	for (unsigned i = 0; i < r->nareas; i++)
		fprintf(f, "%s0x%" PRIx64 "+0x%" PRIx64, i ? ", " : "",
			r->area[i].start, r->area[i].len);
	if (r->msix_mappable)
		fputs(" (msix-mappable)", f);
	fputc('\n', f);
}

static void print_regions(const struct vfio_device *d, FILE *f)
{
	fputs("\nRegions\n"
	      "  index  name    size        flags  can be mapped\n",
	      f);
	for (unsigned i = 0; i < VFIO_PCI_NUM_REGIONS; i++) {
		const struct vfio_region *r = &d->region[i];

		if (!r->size)
			continue;
		fprintf(f, "  %-5u  %-6s  0x%-8" PRIx64 "  %c%c%c    ", i,
			vfio_region_name(i), r->size,
			r->flags & VFIO_REGION_INFO_FLAG_READ ? 'r' : '-',
			r->flags & VFIO_REGION_INFO_FLAG_WRITE ? 'w' : '-',
			r->flags & VFIO_REGION_INFO_FLAG_MMAP ? 'm' : '-');
		print_areas(r, f);
	}
}

static void print_irqs(const struct vfio_device *d, FILE *f)
{
	fputs("\nInterrupts\n  index  name    count  flags\n", f);
	for (unsigned i = 0; i < VFIO_PCI_NUM_IRQS; i++) {
		const struct vfio_irq_kind *k = &d->irq[i];

		if (!k->count)
			continue;
		fprintf(f, "  %-5u  %-6s  %-5u %s%s%s%s\n", i, vfio_irq_name(i),
			k->count,
			k->flags & VFIO_IRQ_INFO_EVENTFD ? " eventfd" : "",
			k->flags & VFIO_IRQ_INFO_MASKABLE ? " maskable" : "",
			k->flags & VFIO_IRQ_INFO_AUTOMASKED ? " automasked"
							    : "",
			k->flags & VFIO_IRQ_INFO_NORESIZE ? " noresize" : "");
	}
}

static void print_rule(const struct pci_rule *r, FILE *f)
{
	if (r->kind == PCI_HIDE) {
		fputs("          hidden:", f);
		print_words(r->why, 17, 12, f);
		return;
	}
	fprintf(f, "          %s, +0x%02x %u bytes", info_rule(r->kind), r->off,
		r->len);
	if (r->kind == PCI_ZEROS || r->kind == PCI_ONES)
		fprintf(f, " & 0x%x", r->mask);
	fprintf(f, ":\n%12s", "");
	print_words(r->why, 12, 12, f);
}

static void print_rules(enum pci_rule_place place, unsigned id,
			const uint8_t *cap, FILE *f)
{
	size_t n;
	const struct pci_rule *r = pci_policy(&n);

	for (; n--; r++)
		if (pci_rule_applies(r, place, id, cap))
			print_rule(r, f);
}

static void print_cap(const uint8_t *raw, const struct pci_cap_at *c, FILE *f)
{
	const char *name = pci_cap_name(c->place, c->id);
	char text[PCI_DETAIL_MAX];
	int n;

	pci_describe_cap(raw, c, text);
	if (*name)
		n = fprintf(f, "  0x%03x  %s", c->at, name);
	else
		n = fprintf(f, "  0x%03x  %scapability 0x%x", c->at,
			    c->place == PCI_IN_EXT ? "extended " : "", c->id);
	n += fprintf(f, "%s", *text ? ":" : "");
	print_words(text, (unsigned)n, 9, f);
	print_rules(c->place, c->id, raw + c->at, f);
}

static void print_config(const struct assign_look *l, FILE *f)
{
	struct pci_cap_at cap[PCI_CAPS_MAX];
	unsigned n = pci_describe_caps(l->raw, l->size, cap, PCI_CAPS_MAX);

	fprintf(f,
		"\nConfiguration space, %u bytes, and what a guest does not "
		"see as it is\n"
		"  0x000  Header\n",
		l->size);
	print_rules(PCI_IN_HEADER, 0, NULL, f);
	for (unsigned i = 0; i < n; i++)
		print_cap(l->raw, &cap[i], f);
}

void info_text(const struct info *i, FILE *f)
{
	print_head(i->look, f);
	print_regions(&i->look->dev.vfio, f);
	print_irqs(&i->look->dev.vfio, f);
	print_config(i->look, f);
}
