/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guest RAM: one mapping of ours, cut at the PCI hole.
 *
 * Anonymous memory when it is ours alone; a file without a name when the
 * servers of devices must map it, too, or when huge pages are asked for.
 */
#ifndef VMM_MACHINE_MEMORY_H
#define VMM_MACHINE_MEMORY_H

#include "base/gmem.h"
#include "base/progress.h"
#include "kvm/vm.h"
#include "vmm/boot/platform.h"

enum memory_kind {
	MEMORY_ANONYMOUS, /* huge pages as the kernel finds them */
	MEMORY_FILE,      /* memfd that nobody can shrink; gmem_part.fd */
	MEMORY_HUGE,      /* likewise, of 2 MiB pages, all taken at once */
};

struct memory {
	struct gmem ram;
	void *base; /* start of the mapping; NULL: none */
	size_t len;
	int fd;             /* of a file; -1: none */
	int slot[GMEM_MAX]; /* memory slots, -1: none */
	struct kvm_vm *vm;  /* borrowed */
};

/** memory_init - inert: nothing to close */
void memory_init(struct memory *m);

/**
 * memory_open - allocate RAM as @p lays it out and show it to the guest
 * @m: uninitialised; on failure left closed
 * @steps: asked before each GiB of huge pages, which are zeroed here and now;
 *         NULL: nobody is
 *
 * Zeroed, 2 MiB aligned so that huge pages fit, never inherited by a child:
 * a copy-on-write after a fork would move pages from under a device's DMA; and
 * in no core file, which others may read.
 * A file is sealed before anybody sees it: F_SEAL_SHRINK, because who gets the
 * descriptor could cut it and so end us by SIGBUS; F_SEAL_GROW and F_SEAL_SEAL,
 * because nobody has a reason to.  Observed: kernel 6.18, huge pages are sealed
 * alike.
 * Return: 0, or -errno with a message; -ENOMEM with MEMORY_HUGE: the host has
 *         too few huge pages, and the message says how many it takes.
 */
int memory_open(struct memory *m, const struct platform *p, struct kvm_vm *vm,
		enum memory_kind kind, const struct progress_steps *steps)
	__attribute__((warn_unused_result));

/** memory_close - take it from the guest and free it; repeatable */
void memory_close(struct memory *m);

#endif
