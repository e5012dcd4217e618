/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From device to device: what the guest sees at a BAR's address, its devices
 * see there, too, while the BAR decodes: the others, and the device itself,
 * like a SCSI adapter (53C895A) that fetches its program from its own memory.
 *
 * Only where it is mapped: an IOMMU has no traps.  Not every host can do it,
 * and few drivers ask for it, so a refusal is a warning.
 */
#include <stdatomic.h>

#include "base/err.h"
#include "base/tell.h"
#include "vmm/assign/assign.h"

#define PAGE UINT64_C(4096)

/* The reason is the host's, most often: the same for all */
static void refused(struct assign_bar *b)
{
	if (!atomic_exchange(&b->dev->env->peers_told, true))
		assign_warn(b->dev, "DMA of devices does not reach BAR %u: %s",
			    b->index, err_last());
}

static void say(const struct assign_bar *b, const char *what, struct range at)
{
	tell_say(TELL_DMA, what,
		 " for=kernel what=%s/BAR%u iova=0x%llx "
		 "size=0x%llx",
		 b->dev->vfio.name, b->index, (unsigned long long)at.start,
		 (unsigned long long)at.len);
}

/* One that the kernel did not let go is kept in mind, and tried again. */
static bool off(struct assign_bar *b, struct assign_window *w)
{
	struct assign_dev *d = b->dev;

	if (!w->dma.len)
		return true;
	say(b, "UNMAP", w->dma);
	if (d->vfio.ops->unmap(d->container, w->dma)) {
		assign_warn(d, "BAR %u: %s", b->index, err_last());
		return false;
	}
	w->dma.len = 0;
	return true;
}

static void on(struct assign_bar *b, struct assign_window *w)
{
	struct range at = {b->gpa + w->part.start, w->part.len};
	const struct assign_dev *d = b->dev;

	if (!off(b, w) || (w->slot < 0 && !w->dma_only) || at.start % PAGE)
		return;
	if (d->vfio.ops->map_bar(d->container, at, w->hva)) {
		refused(b);
		return;
	}
	w->dma = at;
	say(b, "MAP", at);
}

void assign_peers_on(struct assign_bar *b)
{
	const struct assign_dev *d = b->dev;

	if (!d->vfio.ops->map_bar)
		return;
	for (unsigned i = 0; i < b->nwindows; i++)
		on(b, &b->window[i]);
}

void assign_peers_off(struct assign_bar *b)
{
	for (unsigned i = 0; i < b->nwindows; i++)
		off(b, &b->window[i]);
}
