/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way to host memory: who may go it, and what becomes of an error.
 */
#include <errno.h>
#include <stddef.h>

#include "tests/twin/model/chip.h"

int bcm_dma_read(struct bcm_func *f, uint64_t iova, void *buf, size_t len)
{
	uint32_t epoch = f->epoch;
	int rc;

	if (!bcm_bus_master(f))
		return -EACCES;
	rc = f->chip->ops->dma_read(f->chip->ctx, f->fn, iova, buf, len);
	return f->epoch != epoch ? -ECANCELED : rc;
}

int bcm_dma_write(struct bcm_func *f, uint64_t iova, const void *buf,
		  size_t len)
{
	uint32_t epoch = f->epoch;
	int rc;

	if (!bcm_bus_master(f))
		return -EACCES;
	rc = f->chip->ops->dma_write(f->chip->ctx, f->fn, iova, buf, len);
	return f->epoch != epoch ? -ECANCELED : rc;
}
