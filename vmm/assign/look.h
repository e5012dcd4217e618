/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A function opened to be looked at, by the way on which a run opens it: its
 * back end's container, the device, and the policy over its configuration
 * space.  No guest, no KVM; nothing is mapped for DMA, no interrupt is wired.
 */
#ifndef VMM_ASSIGN_LOOK_H
#define VMM_ASSIGN_LOOK_H

#include "vmm/assign/assign.h"

struct assign_look {
	struct assign_dev dev; /* .vfio, .cfg, .opt, .msix, .slot, .fn only */
	struct vfio_container *container; /* owned */
	uint8_t raw[PCI_CFG_MAX];         /* as the device has it */
	unsigned size;                    /* of it: 256 or 4096 */
};

/**
 * assign_look_open - open a function and read what there is to know
 * @l:     uninitialised; on failure closed
 * @src:   where it is to be had; borrowed for the call
 * @place: in a guest that does not exist
 *
 * The kernel resets a function that is opened, where it can.
 * Return: 0, or -errno with a message.
 */
int assign_look_open(struct assign_look *l, const struct vfio_source *src,
		     struct assign_place place)
	__attribute__((warn_unused_result));

/** assign_look_close - harmless on a closed or zeroed one */
void assign_look_close(struct assign_look *l);

#endif
