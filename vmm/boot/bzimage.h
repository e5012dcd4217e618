/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Linux bzImage by the 64-bit boot protocol.
 *
 * bzimage_check() is the wall: it believes nothing in the file's header until
 * it agrees with the file's length; what it hands out may be trusted.  Loading
 * then only asks whether guest memory is large enough.
 */
#ifndef VMM_BOOT_BZIMAGE_H
#define VMM_BOOT_BZIMAGE_H

#include <asm/bootparam.h>

#include "vmm/boot/boot.h"

struct bzimage {
	struct setup_header hdr; /* as in the file; zero where it has none */
	const uint8_t *prot; /* protected-mode part, in the file; borrowed */
	size_t prot_len;     /* bytes, more than BZIMAGE_ENTRY64 */
	struct range run;    /* GPA the kernel wants: load address and
			      * init_size; prot_len fits it */
};

#define BZIMAGE_ENTRY64 0x200 /* of the 64-bit entry point from run.start */

/** bzimage_probe - true when the file's magic numbers are those of a bzImage */
bool bzimage_probe(const struct boot_blob *file);

/**
 * bzimage_check - verify a kernel file and take its header apart
 * @bz:   filled on success; borrows the file's bytes
 * @file: bzimage_probe() was true for it
 *
 * Return: 0, or with a message
 *   -ENOEXEC  protocol older than 2.12, or no 64-bit entry point
 *   -EINVAL   truncated, or numbers that contradict each other
 * Source: Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header".
 */
int bzimage_check(struct bzimage *bz, const struct boot_blob *file)
	__attribute__((warn_unused_result));

/**
 * bzimage_load - put the kernel and all that it is given in memory
 * @p:   layout of @m
 * @m:   guest memory
 * @src: @src->kernel is what @bz was made from
 * @bz:  checked
 * @rip: filled with the entry point
 *
 * Return: 0, or -E2BIG with a message.
 * Source: Documentation/arch/x86/boot.rst, "64-bit Boot Protocol".
 */
int bzimage_load(const struct platform *p, const struct gmem *m,
		 const struct boot_source *src, const struct bzimage *bz,
		 uint64_t *rip) __attribute__((warn_unused_result));

#endif
