/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a build with LESSONS=1 can do wrong in the life of a machine and that
 * takes more than leaving a call out; see base/breaks.h.  Nothing elsewhere.
 */
#ifndef VMM_MACHINE_BREAKS_H
#define VMM_MACHINE_BREAKS_H

#include "vmm/machine/machine.h"

#ifdef LESSONS

/**
 * breaks_before_map - guest RAM is there, and shall be mapped for devices next
 *
 * no-ram takes it from KVM, short-memlock the right to lock it.
 * Return: 0, or -errno with a message.
 */
int breaks_before_map(struct machine *m) __attribute__((warn_unused_result));

/** breaks_in_sandbox - in the main thread, once it is in: open-file */
void breaks_in_sandbox(const struct machine *m);

#else

/** breaks_before_map - nothing, in a build without LESSONS=1 */
static inline int breaks_before_map(struct machine *m)
{
	(void)m;
	return 0;
}

/** breaks_in_sandbox - nothing, likewise */
static inline void breaks_in_sandbox(const struct machine *m)
{
	(void)m;
}

#endif

#endif
