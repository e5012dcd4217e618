/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BAR4: the MSI-X table and the pending bits, as storage.
 *
 * Knows which bits of an entry exist; irq.c decides what is sent and what
 * stays pending.
 */
#include <string.h>

#include "tests/twin/model/chip.h"

enum {
	MSIX_PBA = 0x1000,
	MSIX_ENTRY = 16,
	MSIX_TABLE = BCM_MSIX_VECTORS * MSIX_ENTRY,
	MSIX_MASKED = 1,
};

/* Writable bits of address, upper address, data, vector control */
static const uint32_t entry_wmask[4] = {
	0xfffffffc,
	0xffffffff,
	0xffffffff,
	MSIX_MASKED,
};

uint32_t bcm_msix_read(const struct bcm_func *f, uint32_t off)
{
	return f->msix[off / 4];
}

void bcm_msix_write(struct bcm_func *f, uint32_t off, uint32_t val)
{
	if (off >= MSIX_TABLE)
		return;
	f->msix[off / 4] = val & entry_wmask[off / 4 % 4];
	bcm_irq_update(f);
}

void bcm_msix_reset(struct bcm_func *f)
{
	memset(f->msix, 0, sizeof(f->msix));
	for (unsigned int v = 0; v < BCM_MSIX_VECTORS; v++)
		f->msix[v * MSIX_ENTRY / 4 + 3] = MSIX_MASKED;
}
