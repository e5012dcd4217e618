/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every Linux kernel gets, packed (bzImage) or not (vmlinux): initrd,
 * command line and boot_params.
 */
#ifndef VMM_BOOT_LINUX_H
#define VMM_BOOT_LINUX_H

#include <asm/bootparam.h>

#include "vmm/boot/boot.h"

#define LINUX_BOOT_FLAG 0xaa55
#define LINUX_MAGIC     0x53726448 /* "HdrS" */

/**
 * linux_check_room - is the memory there that a kernel runs in?
 * @p:      layout
 * @kernel: for the message
 * @run:    GPA range, not empty; must lie in low RAM from 1 MiB up
 *
 * Return: 0, or -E2BIG with a message.
 */
int linux_check_room(const struct platform *p, const struct boot_blob *kernel,
		     struct range run) __attribute__((warn_unused_result));

/**
 * linux_load_rest - put initrd, command line and boot_params in memory
 * @p:   layout of @m
 * @m:   guest memory
 * @src: all but the kernel, which is loaded
 * @hdr: the kernel's header; what a boot loader writes is overwritten in a copy
 * @run: memory that is the kernel's; linux_check_room() was 0
 *
 * boot_params->acpi_rsdp_addr is PLAT_ACPI_GPA; the tables are the caller's.
 * Return: 0, or -E2BIG with a message.
 * Source: Documentation/arch/x86/boot.rst, "64-bit Boot Protocol".
 */
int linux_load_rest(const struct platform *p, const struct gmem *m,
		    const struct boot_source *src,
		    const struct setup_header *hdr, struct range run)
	__attribute__((warn_unused_result));

/**
 * linux_load_unpacked_rest - the same for a vmlinux, which has no header
 */
int linux_load_unpacked_rest(const struct platform *p, const struct gmem *m,
			     const struct boot_source *src, struct range run)
	__attribute__((warn_unused_result));

#endif
