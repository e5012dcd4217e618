/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Static ELF64 payloads: no relocation, no interpreter, one address space.
 *
 * Guest memory is identity-mapped when a payload starts, so each segment must
 * be linked where it is loaded.
 */
#ifndef VMM_BOOT_ELF_H
#define VMM_BOOT_ELF_H

#include "vmm/boot/boot.h"

/** elf_probe - true when the file starts with the ELF magic */
bool elf_probe(const struct boot_blob *file);

/**
 * elf_load - check an ELF64 payload and copy its segments
 * @p:    layout of @m; segments must lie in low RAM, from 1 MiB up
 * @m:    guest memory, zeroed
 * @file: elf_probe() was true for it
 * @rip:  filled with the entry point
 *
 * Return: 0, or with a message
 *   -ENOEXEC  not a static x86-64 executable
 *   -EINVAL   truncated, or headers that contradict themselves
 *   -E2BIG    a segment lies outside guest memory
 * Source: System V ABI, "Object Files"; elf(5).
 */
int elf_load(const struct platform *p, const struct gmem *m,
	     const struct boot_blob *file, uint64_t *rip)
	__attribute__((warn_unused_result));

#endif
