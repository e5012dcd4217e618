/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MSI and MSI-X of a function: capability and table (PCI 3.0, 6.8).
 *
 * Which message is which vector is the APIC's to say.
 */
#include "payload.h"

#define CAP_MSI       0x05
#define CAP_MSIX      0x11
#define CONTROL       2
#define MSI_ENABLE    0x0001
#define MSI_CAPABLE   1 /* shift: log2 of how many it can send */
#define MSI_COUNT     4 /* shift: log2 of how many it may */
#define MSI_64        0x0080
#define MSI_ADDR      4
#define MSIX_ENABLE   0x8000
#define MSIX_MASK_ALL 0x4000
#define MSIX_SIZE     0x07ff /* entries less one */
#define MSIX_TABLE    4
#define MSIX_PBA      8
#define MSIX_BIR      7
#define ENTRY         16
#define ENTRY_DATA    8
#define ENTRY_CONTROL 12

bool msi_enable(unsigned slot, unsigned fn, unsigned n, unsigned count)
{
	unsigned cap = pci_cap(slot, fn, CAP_MSI);
	uint32_t control = pci_get(slot, fn, cap + CONTROL, 2);
	uint32_t log2 = (uint32_t)__builtin_ctz(count);
	struct irq_message m = irq_message(n);
	unsigned data = cap + MSI_ADDR + (control & MSI_64 ? 8 : 4);

	if (!cap || (control >> MSI_CAPABLE & 7) < log2)
		return false;
	pci_put(slot, fn, cap + MSI_ADDR, 4, (uint32_t)m.addr);
	if (control & MSI_64)
		pci_put(slot, fn, cap + MSI_ADDR + 4, 4,
			(uint32_t)(m.addr >> 32));
	pci_put(slot, fn, data, 2, m.data);
	pci_put(slot, fn, cap + CONTROL, 2, MSI_ENABLE | log2 << MSI_COUNT);
	return true;
}

void msi_disable(unsigned slot, unsigned fn)
{
	pci_put(slot, fn, pci_cap(slot, fn, CAP_MSI) + CONTROL, 2, 0);
}

/* Address of what a dword of the capability points to: BAR number and offset */
static uint64_t pointed(const struct msix *m, unsigned at)
{
	uint32_t v = pci_get(m->slot, m->fn, m->cap + at, 4);

	return page_map(pci_bar(m->slot, m->fn, v & MSIX_BIR)) +
	       (v & ~(uint32_t)MSIX_BIR);
}

struct msix msix_find(unsigned slot, unsigned fn)
{
	struct msix m = {slot, fn, pci_cap(slot, fn, CAP_MSIX), 0, 0, 0};

	if (!m.cap)
		return m;
	m.count = (pci_get(slot, fn, m.cap + CONTROL, 2) & MSIX_SIZE) + 1;
	m.table = pointed(&m, MSIX_TABLE);
	m.pba = pointed(&m, MSIX_PBA);
	return m;
}

void msix_control(const struct msix *m, bool enable, bool mask)
{
	pci_put(m->slot, m->fn, m->cap + CONTROL, 2,
		(enable ? MSIX_ENABLE : 0) | (mask ? MSIX_MASK_ALL : 0));
}

/* Masked first, for a message that is half changed must not be sent. */
void msix_set(const struct msix *m, unsigned i, unsigned n, bool mask)
{
	struct irq_message msg = irq_message(n);
	uint64_t entry = m->table + i * ENTRY;

	msix_mask(m, i, true);
	mmio_put64(entry, msg.addr);
	mmio_put32(entry + ENTRY_DATA, msg.data);
	msix_mask(m, i, mask);
}

void msix_mask(const struct msix *m, unsigned i, bool mask)
{
	mmio_put32(m->table + i * ENTRY + ENTRY_CONTROL, mask);
}

bool msix_pending(const struct msix *m, unsigned i)
{
	return mmio_get32(m->pba + i / 32 * 4) >> i % 32 & 1;
}
