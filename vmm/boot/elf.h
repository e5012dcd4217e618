/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Static ELF64 files: payloads, and Linux kernels that are not packed.
 *
 * No relocation, no interpreter.  Guest memory is identity-mapped at the
 * start, so a payload is linked where it is loaded; a vmlinux is linked in the
 * top 2 GiB and maps itself there, which is how it is told from a payload.
 */
#ifndef VMM_BOOT_ELF_H
#define VMM_BOOT_ELF_H

#include "vmm/boot/boot.h"

struct elf_image {
	uint64_t entry;   /* GPA */
	struct range run; /* GPA: first to last byte of all segments */
	bool is_linux;
};

/** elf_probe - true when the file starts with the ELF magic */
bool elf_probe(const struct boot_blob *file);

/**
 * elf_load - check an ELF64 file and copy its segments
 * @p:    layout of @m; segments must lie in low RAM, from 1 MiB up
 * @m:    guest memory, zeroed
 * @file: elf_probe() was true for it
 * @img:  filled
 *
 * Return: 0, or with a message
 *   -ENOEXEC  not a static x86-64 executable
 *   -EINVAL   truncated, or headers that contradict themselves
 *   -E2BIG    a segment lies outside guest memory
 * Source: System V ABI, "Object Files"; elf(5).
 */
int elf_load(const struct platform *p, const struct gmem *m,
	     const struct boot_blob *file, struct elf_image *img)
	__attribute__((warn_unused_result));

#endif
