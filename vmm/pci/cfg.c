/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks the capability chains once and turns the policy into byte maps. */
#include "vmm/pci/cfg.h"

#include <errno.h>
#include <linux/pci_regs.h>

#include "base/bytes.h"
#include "base/err.h"
#include "vmm/pci/policy.h"

#define EXT_BASE       0x100
#define HEADER_END     0x40
#define EXT_NEXT(head) ((head) >> 20 & 0xffc)

/* One link of a chain while it is walked */
struct link {
	enum pci_rule_place place;
	unsigned id;
	unsigned at;
	unsigned next;
	unsigned prev; /* capability before that is not hidden; 0: the head */
};

/* One byte of a rule, whose mask there is @mask */
static void mark_byte(struct pci_cfg *c, enum pci_rule_kind kind, unsigned at,
		      uint8_t mask, uint8_t raw)
{
	switch (kind) {
	case PCI_WATCH:
		return;
	case PCI_ZEROS:
	case PCI_ONES:
		c->kept[at] |= mask;
		c->val[at] |= kind == PCI_ONES ? mask : 0;
		return;
	case PCI_OWN:
	case PCI_HIDE:
		c->own[at] = true;
		c->val[at] = kind == PCI_HIDE ? 0 : raw;
		c->mask[at] = mask;
		return;
	}
}

/*
 * How many bytes a rule is about: its own length, but for the capability that
 * is as long as its device has resizable BARs.  Behind it may be another.
 * Source: PCIe 4.0, 7.8.6; NBAR in the first control register.
 */
static unsigned rule_len(const struct pci_cfg *c, const struct pci_rule *r,
			 unsigned base, const uint8_t *raw)
{
	unsigned ctrl = base + PCI_REBAR_CTRL, len;

	if (r->place != PCI_IN_EXT || r->id != PCI_EXT_CAP_ID_REBAR ||
	    ctrl >= c->size)
		return r->len;
	len = PCI_REBAR_CAP + 8u * (raw[ctrl] >> PCI_REBAR_CTRL_NBAR_SHIFT);
	return len < r->len ? len : r->len;
}

/* Marks the bytes of one rule; a rule may not leave the space. */
static void mark(struct pci_cfg *c, const struct pci_rule *r, unsigned base,
		 const uint8_t *raw)
{
	unsigned len = rule_len(c, r, base, raw);

	for (unsigned i = 0; i < len; i++) {
		unsigned at = base + r->off + i;

		if (at >= c->size)
			return;
		c->hook[at] |= r->hook;
		mark_byte(c, r->kind, at, (uint8_t)(r->mask >> 8 * (i % 4)),
			  raw[at]);
	}
}

/*
 * Takes a capability out of its chain: its predecessor points behind it.  The
 * first extended capability has no predecessor and keeps its place with ID 0.
 */
static void unlink_cap(struct pci_cfg *c, const struct link *l,
		       const uint8_t *raw)
{
	uint32_t head;

	if (l->place == PCI_IN_CAP) {
		pci_cfg_set(c, l->prev ? l->prev + 1 : PCI_CAPABILITY_LIST, 1,
			    l->next);
		return;
	}
	if (!l->prev) {
		pci_cfg_set(c, EXT_BASE, 4, l->next << 20);
		return;
	}
	head = c->own[l->prev] ? pci_cfg_get(c, l->prev, 4)
			       : (uint32_t)le_get(raw + l->prev, 4);
	pci_cfg_set(c, l->prev, 4, (head & 0xfffff) | l->next << 20);
}

/* Applies every rule for a link; true when it was hidden. */
static bool apply(struct pci_cfg *c, const struct link *l, const uint8_t *raw)
{
	bool hidden = false;
	size_t n;
	const struct pci_rule *r = pci_policy(&n);

	for (; n--; r++) {
		if (!pci_rule_applies(r, l->place, l->id, raw + l->at))
			continue;
		mark(c, r, l->at, raw);
		hidden |= r->kind == PCI_HIDE;
	}
	if (hidden)
		unlink_cap(c, l, raw);
	return hidden;
}

static void remember(struct pci_cfg *c, const struct link *l)
{
	switch (l->id) {
	case PCI_CAP_ID_PM:
		c->pm = l->at;
		break;
	case PCI_CAP_ID_MSI:
		c->msi = l->at;
		break;
	case PCI_CAP_ID_MSIX:
		c->msix = l->at;
		break;
	case PCI_CAP_ID_EXP:
		c->express = l->at;
		break;
	case PCI_CAP_ID_AF:
		c->af = l->at;
		break;
	default:
		break;
	}
}

static int walk_caps(struct pci_cfg *c, const uint8_t *raw)
{
	struct link l = {.place = PCI_IN_CAP};
	unsigned at = raw[PCI_CAPABILITY_LIST] & 0xfc;
	unsigned left = (256 - HEADER_END) / 4;

	if (!(raw[PCI_STATUS] & PCI_STATUS_CAP_LIST))
		return 0;
	for (; at; at = l.next) {
		if (at < HEADER_END || !left--)
			return err_set(EINVAL,
				       "capability chain is broken at "
				       "offset 0x%x",
				       at);
		l.at = at;
		l.id = raw[at];
		l.next = raw[at + 1] & 0xfc;
		if (apply(c, &l, raw))
			continue;
		remember(c, &l);
		l.prev = at;
	}
	return 0;
}

static int walk_ext(struct pci_cfg *c, const uint8_t *raw)
{
	struct link l = {.place = PCI_IN_EXT};
	unsigned left = (PCI_CFG_MAX - EXT_BASE) / 8;

	if (c->size < PCI_CFG_MAX)
		return 0;
	for (unsigned at = EXT_BASE; at; at = l.next) {
		uint32_t head = (uint32_t)le_get(raw + at, 4);

		if (head == 0 || head == UINT32_MAX)
			return 0;
		if (at < EXT_BASE || !left--)
			return err_set(EINVAL,
				       "extended capability chain is "
				       "broken at offset 0x%x",
				       at);
		l.at = at;
		l.id = head & 0xffff;
		l.next = EXT_NEXT(head);
		if (apply(c, &l, raw))
			continue;
		if (l.id == PCI_EXT_CAP_ID_ERR)
			c->aer = at;
		l.prev = at;
	}
	return 0;
}

/* Address bits of a BAR of @size bytes, of both halves when it is 64 bits. */
static unsigned set_bar(struct pci_cfg *c, unsigned i, uint64_t size,
			uint32_t raw)
{
	unsigned at = PCI_BASE_ADDRESS_0 + 4 * i;
	bool io = raw & PCI_BASE_ADDRESS_SPACE_IO;
	bool is64 = !io && (raw & PCI_BASE_ADDRESS_MEM_TYPE_MASK) ==
				   PCI_BASE_ADDRESS_MEM_TYPE_64;
	uint32_t type = io ? ~(uint32_t)PCI_BASE_ADDRESS_IO_MASK
			   : ~(uint32_t)PCI_BASE_ADDRESS_MEM_MASK;
	uint64_t mask = ~(size - 1) & ~(uint64_t)type;

	if (is64 && i == PCI_NUM_BARS - 1)
		is64 = false;
	pci_cfg_set(c, at, 4, raw & type);
	le_put(&c->mask[at], 4, mask);
	if (!is64)
		return 1;
	pci_cfg_set(c, at + 4, 4, 0);
	le_put(&c->mask[at + 4], 4, mask >> 32);
	return 2;
}

static void set_bars(struct pci_cfg *c, const uint8_t *raw,
		     const struct pci_cfg_options *opt)
{
	unsigned i = 0;

	while (i < PCI_NUM_BARS) {
		unsigned at = PCI_BASE_ADDRESS_0 + 4 * i;
		unsigned used = 1;

		pci_cfg_set(c, at, 4, 0);
		if (is_pow2(opt->bar_size[i]))
			used = set_bar(c, i, opt->bar_size[i],
				       (uint32_t)le_get(raw + at, 4));
		i += used;
	}
	pci_cfg_set(c, PCI_ROM_ADDRESS, 4, 0);
	if (is_pow2(opt->rom_size))
		le_put(&c->mask[PCI_ROM_ADDRESS], 4,
		       (~(opt->rom_size - 1) & PCI_ROM_ADDRESS_MASK) |
			       PCI_ROM_ADDRESS_ENABLE);
}

int pci_cfg_init(struct pci_cfg *c, const uint8_t *raw, unsigned size,
		 const struct pci_cfg_options *opt)
{
	const struct link header = {.place = PCI_IN_HEADER};
	int rc;

	*c = (struct pci_cfg){.size = size};
	if ((raw[PCI_HEADER_TYPE] & 0x7f) != PCI_HEADER_TYPE_NORMAL)
		return err_set(EINVAL,
			       "header type %u: only endpoints can be given "
			       "to a guest",
			       raw[PCI_HEADER_TYPE] & 0x7fu);
	apply(c, &header, raw);
	set_bars(c, raw, opt);
	pci_cfg_set(c, PCI_HEADER_TYPE, 1, opt->multifunction ? 0x80 : 0);
	pci_cfg_set(c, PCI_INTERRUPT_LINE, 1, 0xff);
	rc = walk_caps(c, raw);
	if (!rc)
		rc = walk_ext(c, raw);
	if (c->msi)
		c->val[c->msi + PCI_MSI_FLAGS] &=
			(uint8_t) ~(PCI_MSI_FLAGS_ENABLE | PCI_MSI_FLAGS_QSIZE);
	if (c->msix)
		c->val[c->msix + PCI_MSIX_FLAGS + 1] &= 0x3f;
	return rc;
}

bool pci_cfg_all_own(const struct pci_cfg *c, unsigned off, unsigned size)
{
	for (unsigned i = off; i < off + size; i++)
		if (!c->own[i])
			return false;
	return true;
}

uint32_t pci_cfg_read(const struct pci_cfg *c, unsigned off, unsigned size,
		      uint32_t raw)
{
	uint8_t b[4];

	le_put(b, 4, raw);
	for (unsigned i = 0; i < size; i++) {
		uint8_t ours = c->own[off + i] ? 0xff : c->kept[off + i];

		b[i] = (uint8_t)((b[i] & ~ours) | (c->val[off + i] & ours));
	}
	return (uint32_t)le_get(b, size);
}

uint32_t pci_cfg_kept(const struct pci_cfg *c, unsigned off, unsigned size)
{
	return (uint32_t)le_get(&c->kept[off], size);
}

unsigned pci_cfg_hooks(const struct pci_cfg *c, unsigned off, unsigned size)
{
	unsigned hooks = 0;

	for (unsigned i = off; i < off + size; i++)
		hooks |= c->hook[i];
	return hooks;
}

void pci_cfg_write(struct pci_cfg *c, unsigned off, unsigned size, uint32_t val)
{
	uint8_t b[4];

	le_put(b, 4, val);
	for (unsigned i = 0; i < size; i++) {
		uint8_t m = c->mask[off + i];
		uint8_t *v = &c->val[off + i];

		if (c->own[off + i])
			*v = (uint8_t)((*v & ~m) | (b[i] & m));
	}
}

uint32_t pci_cfg_get(const struct pci_cfg *c, unsigned off, unsigned size)
{
	return (uint32_t)le_get(&c->val[off], size);
}

void pci_cfg_set(struct pci_cfg *c, unsigned off, unsigned size, uint32_t val)
{
	for (unsigned i = off; i < off + size; i++)
		c->own[i] = true;
	le_put(&c->val[off], size, val);
}
