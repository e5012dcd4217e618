/* SPDX-License-Identifier: BSD-2-Clause */
/* Everything about a BAR follows from its register and its writable bits. */
#include "vmm/pci/bar.h"

#include <errno.h>
#include <linux/pci_regs.h>

#include "base/bytes.h"
#include "base/err.h"

#define PAGE UINT64_C(4096)

static unsigned reg(unsigned i)
{
	return i == PCI_BAR_ROM ? PCI_ROM_ADDRESS : PCI_BASE_ADDRESS_0 + 4 * i;
}

struct pci_bar pci_bar_decode(const struct pci_cfg *c,
			      const struct pci_cfg_options *opt, unsigned i)
{
	struct pci_bar b = {.kind = PCI_BAR_MEM};
	uint32_t type = pci_cfg_get(c, reg(i), 4);

	b.size = i == PCI_BAR_ROM ? opt->rom_size : opt->bar_size[i];
	if (!is_pow2(b.size))
		return (struct pci_bar){.kind = PCI_BAR_NONE};
	if (i == PCI_BAR_ROM)
		return b;
	b.prefetch = type & PCI_BASE_ADDRESS_MEM_PREFETCH;
	if (type & PCI_BASE_ADDRESS_SPACE_IO)
		return (struct pci_bar){.kind = PCI_BAR_IO, .size = b.size};
	if ((type & PCI_BASE_ADDRESS_MEM_TYPE_MASK) ==
		    PCI_BASE_ADDRESS_MEM_TYPE_64 &&
	    i < PCI_NUM_BARS - 1)
		b.kind = PCI_BAR_MEM64;
	return b;
}

uint64_t pci_bar_addr(const struct pci_cfg *c, const struct pci_bar *b,
		      unsigned i)
{
	uint64_t v = pci_cfg_get(c, reg(i), 4);

	if (i == PCI_BAR_ROM)
		return v & PCI_ROM_ADDRESS_MASK & ~(b->size - 1);
	if (b->kind == PCI_BAR_MEM64)
		v |= (uint64_t)pci_cfg_get(c, reg(i) + 4, 4) << 32;
	if (b->kind == PCI_BAR_IO)
		return v & (uint32_t)PCI_BASE_ADDRESS_IO_MASK;
	return v & (uint64_t)PCI_BASE_ADDRESS_MEM_MASK;
}

bool pci_bar_live(const struct pci_cfg *c, const struct pci_bar *b, unsigned i,
		  uint16_t command, const struct pci_windows *w)
{
	struct range r = {pci_bar_addr(c, b, i), b->size};

	switch (b->kind) {
	case PCI_BAR_IO:
		return command & PCI_COMMAND_IO && range_in(r, w->pio);
	case PCI_BAR_MEM:
	case PCI_BAR_MEM64:
		if (i == PCI_BAR_ROM &&
		    !(pci_cfg_get(c, reg(i), 4) & PCI_ROM_ADDRESS_ENABLE))
			return false;
		return command & PCI_COMMAND_MEMORY &&
		       (range_in(r, w->mmio32) || range_in(r, w->mmio64));
	case PCI_BAR_NONE:
	default:
		return false;
	}
}

/* Cuts @size bytes, aligned to @size and @min, from the front of @w. */
static bool take(struct range *w, uint64_t size, uint64_t min, uint64_t *addr)
{
	uint64_t align = max_u64(size, min);
	uint64_t at = align_up(w->start, align);

	if (at < w->start || !range_in((struct range){at, align}, *w))
		return false;
	*addr = at;
	w->len -= at + align - w->start;
	w->start = at + align;
	return true;
}

int pci_bar_place(struct pci_cfg *c, const struct pci_bar *b, unsigned i,
		  struct pci_windows *w)
{
	uint64_t addr;
	bool ok;

	if (b->kind == PCI_BAR_NONE)
		return 0;
	if (b->kind == PCI_BAR_IO)
		ok = take(&w->pio, b->size, 4, &addr);
	else if (b->kind == PCI_BAR_MEM64)
		ok = take(&w->mmio64, b->size, PAGE, &addr) ||
		     take(&w->mmio32, b->size, PAGE, &addr);
	else
		ok = take(&w->mmio32, b->size, PAGE, &addr);
	if (!ok)
		return err_set(ENOSPC,
			       "BAR %u of 0x%llx bytes does not fit the PCI "
			       "window",
			       i, (unsigned long long)b->size);
	pci_cfg_write(c, reg(i), 4, (uint32_t)addr);
	if (b->kind == PCI_BAR_MEM64)
		pci_cfg_write(c, reg(i) + 4, 4, (uint32_t)(addr >> 32));
	return 0;
}
