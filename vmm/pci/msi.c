/* SPDX-License-Identifier: BSD-2-Clause */
/* Decodes the MSI registers; keeps the MSI-X table. */
#include "vmm/pci/msi.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"

/* Offsets in the capability that depend on its layout */
struct msi_layout {
	unsigned data;
	unsigned mask;
	bool is64;
	bool maskable;
};

static uint16_t msi_flags(const struct pci_cfg *c)
{
	return (uint16_t)pci_cfg_get(c, c->msi + PCI_MSI_FLAGS, 2);
}

static struct msi_layout layout(const struct pci_cfg *c)
{
	bool is64 = msi_flags(c) & PCI_MSI_FLAGS_64BIT;

	return (struct msi_layout){
		.is64 = is64,
		.maskable = msi_flags(c) & PCI_MSI_FLAGS_MASKBIT,
		.data = c->msi + (is64 ? PCI_MSI_DATA_64 : PCI_MSI_DATA_32),
		.mask = c->msi + (is64 ? PCI_MSI_MASK_64 : PCI_MSI_MASK_32),
	};
}

bool pci_msi_enabled(const struct pci_cfg *c)
{
	return c->msi && msi_flags(c) & PCI_MSI_FLAGS_ENABLE;
}

unsigned pci_msi_count(const struct pci_cfg *c)
{
	unsigned flags = msi_flags(c);
	unsigned can = (flags & PCI_MSI_FLAGS_QMASK) >> 1;
	unsigned want = (flags & PCI_MSI_FLAGS_QSIZE) >> 4;
	unsigned log2 = want < can ? want : can;

	return 1u << (log2 > 5 ? 5 : log2);
}

struct pci_vector pci_msi_vector(const struct pci_cfg *c, unsigned n)
{
	struct msi_layout l = layout(c);
	struct pci_vector v;

	v.addr = pci_cfg_get(c, c->msi + PCI_MSI_ADDRESS_LO, 4);
	if (l.is64)
		v.addr |=
			(uint64_t)pci_cfg_get(c, c->msi + PCI_MSI_ADDRESS_HI, 4)
			<< 32;
	/* the device may change only the low bits that number its vectors */
	v.data = (pci_cfg_get(c, l.data, 2) & ~(pci_msi_count(c) - 1)) | n;
	v.live = pci_msi_enabled(c) &&
		 !(l.maskable && pci_cfg_get(c, l.mask, 4) >> n & 1);
	return v;
}

static int locate(unsigned *bar, struct range *r, uint32_t reg, uint64_t len,
		  const uint64_t bar_size[PCI_NUM_BARS])
{
	*bar = reg & PCI_MSIX_TABLE_BIR;
	*r = (struct range){reg & PCI_MSIX_TABLE_OFFSET, len};
	if (*bar >= PCI_NUM_BARS ||
	    !range_in(*r, (struct range){0, bar_size[*bar]}))
		return err_set(EINVAL,
			       "MSI-X: register 0x%x points outside BAR %u",
			       reg, *bar);
	return 0;
}

int pci_msix_init(struct pci_msix *m, const struct pci_cfg *c,
		  const uint8_t *raw, const uint64_t bar_size[PCI_NUM_BARS])
{
	const uint8_t *cap = raw + c->msix;
	unsigned n;
	int rc;

	*m = (struct pci_msix){0};
	if (!c->msix)
		return 0;
	n = (le_get(cap + PCI_MSIX_FLAGS, 2) & PCI_MSIX_FLAGS_QSIZE) + 1;
	rc = locate(&m->table_bar, &m->table,
		    (uint32_t)le_get(cap + PCI_MSIX_TABLE, 4),
		    (uint64_t)n * PCI_MSIX_ENTRY, bar_size);
	if (!rc) /* one bit a vector, in units of 64 */
		rc = locate(&m->pba_bar, &m->pba,
			    (uint32_t)le_get(cap + PCI_MSIX_PBA, 4),
			    align_up(n, 64) / 8, bar_size);
	if (rc)
		return rc;
	m->entry = calloc(n, PCI_MSIX_ENTRY);
	if (!m->entry)
		return err_set(ENOMEM, "no memory for the MSI-X table");
	m->n = n;
	pci_msix_reset(m);
	return 0;
}

void pci_msix_fini(struct pci_msix *m)
{
	free(m->entry);
	*m = (struct pci_msix){0};
}

void pci_msix_reset(struct pci_msix *m)
{
	for (unsigned v = 0; v < m->n; v++) {
		uint8_t *e = m->entry + v * PCI_MSIX_ENTRY;

		memset(e, 0, PCI_MSIX_ENTRY);
		e[PCI_MSIX_ENTRY_VECTOR_CTRL] = PCI_MSIX_ENTRY_CTRL_MASKBIT;
	}
}

static uint16_t msix_flags(const struct pci_cfg *c)
{
	return (uint16_t)pci_cfg_get(c, c->msix + PCI_MSIX_FLAGS, 2);
}

bool pci_msix_enabled(const struct pci_cfg *c)
{
	return c->msix && msix_flags(c) & PCI_MSIX_FLAGS_ENABLE;
}

struct pci_vector pci_msix_vector(const struct pci_msix *m,
				  const struct pci_cfg *c, unsigned v)
{
	const uint8_t *e = m->entry + v * PCI_MSIX_ENTRY;
	bool masked =
		e[PCI_MSIX_ENTRY_VECTOR_CTRL] & PCI_MSIX_ENTRY_CTRL_MASKBIT;

	return (struct pci_vector){
		.live = pci_msix_enabled(c) && !masked &&
			!(msix_flags(c) & PCI_MSIX_FLAGS_MASKALL),
		.addr = le_get(e + PCI_MSIX_ENTRY_LOWER_ADDR, 8),
		.data = (uint32_t)le_get(e + PCI_MSIX_ENTRY_DATA, 4),
	};
}

uint64_t pci_msix_read(const struct pci_msix *m, uint64_t off, unsigned size)
{
	return le_get(m->entry + off, size);
}

void pci_msix_write(struct pci_msix *m, uint64_t off, unsigned size,
		    uint64_t val)
{
	le_put(m->entry + off, size, val);
}
