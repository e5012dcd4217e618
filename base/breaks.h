/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a build with LESSONS=1 can be told to do wrong: the experiments of
 * docs/lessons.
 *
 * Each is asked for at the one place where the right thing is done.  In any
 * other build the answer is a constant "no", and what stands behind it is not
 * in the program.  The words that a user types are in vmm/cli/breaks.c.
 */
#ifndef BASE_BREAKS_H
#define BASE_BREAKS_H

#include <stdbool.h>

enum break_bit {
	BREAK_NO_RAM,        /* KVM is not told of guest RAM */
	BREAK_ONE_FUNCTION,  /* the others of the group stay with the host */
	BREAK_NO_DMA_MAP,    /* the IOMMU is not told of guest RAM */
	BREAK_SHORT_MEMLOCK, /* this process may lock 1 MiB */
	BREAK_NO_BUSMASTER,  /* the guest's bus master bit is dropped */
	BREAK_MMAP_MSIX,     /* the MSI-X table is mapped into the guest */
	BREAK_WRONG_GSI,     /* irqfds are attached to the GSI after theirs */
	BREAK_NO_RESAMPLE,   /* the guest's EOI of INTx goes nowhere */
	BREAK_NO_REQUEST,    /* the host's wish for a device is not heard */
	BREAK_OPEN_FILE,     /* the main thread opens a file in the sandbox */
	BREAK_BITS
};

/**
 * breaks_has - shall @what be done wrong?
 * @set: bits of enum break_bit
 */
static inline bool breaks_has(unsigned set, enum break_bit what)
{
#ifdef LESSONS
	return set >> what & 1;
#else
	(void)set;
	(void)what;
	return false;
#endif
}

#endif
