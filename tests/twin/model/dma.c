/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way to host memory: who may go it, and what becomes of an error.
 *
 * An error is left in the status register of the DMA engine that made it,
 * which stops that engine until the host clears the register or resets the
 * chip, and is told as SD_ERROR.  Whoever gets -ECANCELED must forget what it
 * knew: while the callback ran, the host has reset or stopped something.  The
 * callback's own errno stays here, lest it be taken for one of the model's.
 */
#include <errno.h>

#include "tests/twin/model/rings.h"

/* What came of an access that began in @epoch */
static int outcome(struct bcm_func *f, uint32_t epoch, int rc, uint32_t status)
{
	if (f->epoch != epoch)
		return -ECANCELED;
	if (!rc)
		return 0;
	f->reg[status / 4] |= BCM_MASTER_ABORT;
	bcm_dirty(f, 0, BCM_SD_ERROR);
	return -EFAULT;
}

int bcm_dma_read(struct bcm_func *f, uint64_t iova, void *buf, size_t len)
{
	const struct bcm_chip *chip = f->chip;
	uint32_t epoch = f->epoch;
	int rc = -EFAULT;

	if (!bcm_bus_master(f))
		return -EACCES;
	if (!bcm_fault_hit(f, BCM_FAULT_DMA))
		rc = chip->ops->dma_read(chip->ctx, f->fn, iova, buf, len);
	return outcome(f, epoch, rc, BCM_RDMAC_STATUS);
}

int bcm_dma_write(struct bcm_func *f, uint64_t iova, const void *buf,
		  size_t len)
{
	const struct bcm_chip *chip = f->chip;
	uint32_t epoch = f->epoch;
	int rc = -EFAULT;

	if (!bcm_bus_master(f))
		return -EACCES;
	if (!bcm_fault_hit(f, BCM_FAULT_DMA))
		rc = chip->ops->dma_write(chip->ctx, f->fn, iova, buf, len);
	return outcome(f, epoch, rc, BCM_WDMAC_STATUS);
}
