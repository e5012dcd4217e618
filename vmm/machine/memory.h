/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guest RAM: one anonymous mapping of ours, cut at the PCI hole.
 */
#ifndef VMM_MACHINE_MEMORY_H
#define VMM_MACHINE_MEMORY_H

#include "base/gmem.h"
#include "kvm/vm.h"
#include "vmm/boot/platform.h"

struct memory {
	struct gmem ram;
	void *base; /* start of the mapping; NULL: none */
	size_t len;
	int slot[GMEM_MAX]; /* memory slots, -1: none */
	struct kvm_vm *vm;  /* borrowed */
};

/**
 * memory_open - allocate RAM as @p lays it out and show it to the guest
 * @m: uninitialised; on failure left closed
 *
 * Zeroed, 2 MiB aligned so that huge pages fit, never inherited by a child:
 * a copy-on-write after a fork would move pages from under a device's DMA.
 * Return: 0, or -errno with a message.
 */
int memory_open(struct memory *m, const struct platform *p, struct kvm_vm *vm)
	__attribute__((warn_unused_result));

/** memory_close - take it from the guest and free it; repeatable */
void memory_close(struct memory *m);

#endif
