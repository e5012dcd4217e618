/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of rules.h as a program of the kernel's seccomp, by libseccomp.
 */
#ifndef VMM_MACHINE_FILTER_H
#define VMM_MACHINE_FILTER_H

#include <linux/filter.h>

#include "vmm/machine/rules.h"

/**
 * filter_build - the program for one kind of thread
 * @f: filled; inert on failure
 *
 * A call that no row allows ends the whole process by SIGSYS, and so does one
 * by the numbers of another architecture.
 *
 * Owns:   the program, until filter_free().
 * Return: 0, or -errno with a message.
 */
int filter_build(struct sock_fprog *f, enum sandbox_kind kind)
	__attribute__((warn_unused_result));

/** filter_free - free it; harmless on a zeroed one, repeatable */
void filter_free(struct sock_fprog *f);

#endif
