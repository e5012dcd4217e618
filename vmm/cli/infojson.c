/* SPDX-License-Identifier: BSD-2-Clause */
/* `passthru info --json`, with the names of docs/info.md. */
#include <linux/pci_regs.h>

#include "base/bytes.h"
#include "base/jsonout.h"
#include "vfio/irq.h"
#include "vmm/cli/info.h"
#include "vmm/pci/describe.h"

static void json_id(struct jsonout *j, const char *key, unsigned v)
{
	char text[16];

	snprintf(text, sizeof(text), "%04x", v);
	jsonout_text(j, key, text);
}

static void json_range(struct jsonout *j, struct range r)
{
	jsonout_number(j, "offset", r.start);
	jsonout_number(j, "bytes", r.len);
}

static void json_region(struct jsonout *j, const struct vfio_region *r)
{
	jsonout_open(j, NULL, '{');
	jsonout_number(j, "index", r->index);
	jsonout_text(j, "name", vfio_region_name(r->index));
	jsonout_number(j, "bytes", r->size);
	jsonout_bool(j, "read", r->flags & VFIO_REGION_INFO_FLAG_READ);
	jsonout_bool(j, "write", r->flags & VFIO_REGION_INFO_FLAG_WRITE);
	jsonout_bool(j, "mmap", r->flags & VFIO_REGION_INFO_FLAG_MMAP);
	jsonout_bool(j, "msix_mappable", r->msix_mappable);
	jsonout_open(j, "areas", '[');
	for (unsigned i = 0; i < r->nareas; i++) {
		jsonout_open(j, NULL, '{');
		json_range(j, r->area[i]);
		jsonout_close(j, '}');
	}
	jsonout_close(j, ']');
	jsonout_close(j, '}');
}

static void json_irq(struct jsonout *j, unsigned i,
		     const struct vfio_irq_kind *k)
{
	jsonout_open(j, NULL, '{');
	jsonout_number(j, "index", i);
	jsonout_text(j, "name", vfio_irq_name(i));
	jsonout_number(j, "count", k->count);
	jsonout_bool(j, "eventfd", k->flags & VFIO_IRQ_INFO_EVENTFD);
	jsonout_bool(j, "maskable", k->flags & VFIO_IRQ_INFO_MASKABLE);
	jsonout_bool(j, "automasked", k->flags & VFIO_IRQ_INFO_AUTOMASKED);
	jsonout_bool(j, "noresize", k->flags & VFIO_IRQ_INFO_NORESIZE);
	jsonout_close(j, '}');
}

static void json_rules(struct jsonout *j, enum pci_rule_place place,
		       unsigned id, const uint8_t *cap)
{
	size_t n;
	const struct pci_rule *r = pci_policy(&n);

	jsonout_open(j, "rules", '[');
	for (; n--; r++) {
		if (!pci_rule_applies(r, place, id, cap))
			continue;
		jsonout_open(j, NULL, '{');
		jsonout_text(j, "kind", info_rule(r->kind));
		json_range(j, (struct range){r->off, r->len});
		jsonout_text(j, "why", r->why);
		jsonout_close(j, '}');
	}
	jsonout_close(j, ']');
}

static void json_cap(struct jsonout *j, const uint8_t *raw,
		     const struct pci_cap_at *c)
{
	char text[PCI_DETAIL_MAX];

	pci_describe_cap(raw, c, text);
	jsonout_open(j, NULL, '{');
	jsonout_bool(j, "extended", c->place == PCI_IN_EXT);
	jsonout_number(j, "id", c->id);
	jsonout_number(j, "offset", c->at);
	jsonout_text(j, "name", pci_cap_name(c->place, c->id));
	jsonout_text(j, "says", text);
	json_rules(j, c->place, c->id, raw + c->at);
	jsonout_close(j, '}');
}

static void json_bar(struct jsonout *j, const struct info_bar *b, unsigned i)
{
	jsonout_open(j, NULL, '{');
	jsonout_text(j, "name", vfio_region_name(i));
	jsonout_text(j, "kind", info_kind(&b->bar));
	jsonout_number(j, "bytes", b->bar.size);
	jsonout_number(j, "address", b->gpa);
	jsonout_open(j, "segments", '[');
	for (unsigned k = 0; k < b->nseg; k++) {
		jsonout_open(j, NULL, '{');
		json_range(j, b->seg[k].part);
		jsonout_text(j, "trapped", b->seg[k].why);
		jsonout_close(j, '}');
	}
	jsonout_close(j, ']');
	jsonout_close(j, '}');
}

static void json_vfio(struct jsonout *j, const struct vfio_device *d)
{
	jsonout_open(j, "regions", '[');
	for (unsigned i = 0; i < VFIO_PCI_NUM_REGIONS; i++)
		if (d->region[i].size)
			json_region(j, &d->region[i]);
	jsonout_close(j, ']');
	jsonout_open(j, "irqs", '[');
	for (unsigned i = 0; i < VFIO_PCI_NUM_IRQS; i++)
		if (d->irq[i].count)
			json_irq(j, i, &d->irq[i]);
	jsonout_close(j, ']');
}

static void json_config(struct jsonout *j, const struct assign_look *l)
{
	struct pci_cap_at cap[PCI_CAPS_MAX];
	unsigned n = pci_describe_caps(l->raw, l->size, cap, PCI_CAPS_MAX);

	jsonout_open(j, "config", '{');
	jsonout_number(j, "bytes", l->size);
	json_rules(j, PCI_IN_HEADER, 0, NULL);
	jsonout_open(j, "capabilities", '[');
	for (unsigned i = 0; i < n; i++)
		json_cap(j, l->raw, &cap[i]);
	jsonout_close(j, ']');
	jsonout_close(j, '}');
}

static void json_function(struct jsonout *j, const struct info *i)
{
	const struct assign_look *l = i->look;
	char place[16];

	snprintf(place, sizeof(place), "%02x.%u", l->dev.slot & 0x1f,
		 l->dev.fn & 7);
	jsonout_open(j, NULL, '{');
	jsonout_number(j, "info", 1);
	jsonout_text(j, "name", l->dev.vfio.name);
	jsonout_text(j, "by", l->dev.vfio.ops->name);
	jsonout_text(j, "at", place);
	json_id(j, "vendor", (unsigned)le_get(l->raw + PCI_VENDOR_ID, 2));
	json_id(j, "device", (unsigned)le_get(l->raw + PCI_DEVICE_ID, 2));
	jsonout_bool(j, "reset", l->dev.vfio.flags & VFIO_DEVICE_FLAGS_RESET);
	json_vfio(j, &l->dev.vfio);
	json_config(j, l);
	jsonout_open(j, "bars", '[');
	for (unsigned k = 0; k < PCI_BARS; k++)
		if (i->bar[k].nseg)
			json_bar(j, &i->bar[k], k);
	jsonout_close(j, ']');
	jsonout_close(j, '}');
}

void info_json(const struct info *i, unsigned n, FILE *f)
{
	struct jsonout j = {.f = f};

	jsonout_open(&j, NULL, '[');
	for (unsigned k = 0; k < n; k++)
		json_function(&j, &i[k]);
	jsonout_close(&j, ']');
	fputc('\n', f);
}
