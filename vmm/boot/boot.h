/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Puts a program into guest memory so that a vCPU can start at it.
 *
 * Three kinds are known by their headers: a Linux bzImage, started by the
 * 64-bit boot protocol (Documentation/arch/x86/boot.rst, "64-bit Boot
 * Protocol"); a Linux vmlinux, the ELF64 file that is packed in a bzImage,
 * started in the same way and without the time to unpack it; and a static
 * ELF64 payload, started likewise but with the address of a flattened device
 * tree in RSI in place of boot_params.  Pure: works on guest memory and bytes
 * already read; opens nothing.
 */
#ifndef VMM_BOOT_BOOT_H
#define VMM_BOOT_BOOT_H

#include <stddef.h>
#include <stdint.h>

#include "base/gmem.h"
#include "vmm/boot/platform.h"

/* Low memory that boot code fills; all of it below 0x90000 */
#define BOOT_GDT_GPA    0x500  /* null, -, code 0x10, data 0x18, TSS 0x20 */
#define BOOT_TSS_GPA    0x580  /* 104 bytes of zeros, selector 0x20 */
#define BOOT_PARAMS_GPA 0x7000 /* boot_params, one page */
#define BOOT_STACK_GPA  0x8ff0 /* top of a page of stack for payloads */
#define BOOT_PGTABLE_GPA                                                       \
	0x9000 /* PML4, PDPT, 4 PDs: 4 GiB identity, 2M pages */
#define BOOT_CMDLINE_GPA 0x20000
#define BOOT_CMDLINE_MAX 2048 /* with NUL: COMMAND_LINE_SIZE of x86 */
#define BOOT_FDT_GPA     0x40000
#define BOOT_FDT_MAX     0x40000

struct boot_blob {
	const void *data;
	size_t len;
	const char *name; /* file name for messages */
};

struct boot_source {
	struct boot_blob kernel; /* bzImage, vmlinux or payload */
	struct boot_blob initrd; /* len 0: none; not for payloads */
	/*
	 * Appended behind initrd at a 4-byte boundary: an uncompressed cpio
	 * with what this run adds (see cpio.h).  len 0: none.
	 */
	struct boot_blob extra;
	const char *cmdline;
};

/* What the first vCPU's registers must hold */
struct boot_entry {
	uint64_t rip;
	uint64_t rsi;
	uint64_t rsp;
	uint64_t cr3;
	uint64_t gdt_gpa;
	uint16_t gdt_limit;
	uint64_t tss_gpa;
};

/**
 * boot_load - load everything and say where to start
 * @p:   layout; its RAM must be in @m
 * @m:   guest memory, zeroed
 * @src: borrowed for the call
 * @e:   filled on success
 *
 * Writes kernel or payload, initrd, command line, boot_params with E820, ACPI
 * tables (Linux) or device tree (ELF), GDT, TSS and identity page tables.
 *
 * Return: 0, or with a message that names the file and the cure
 *   -ENOEXEC  not a bzImage with the 64-bit protocol (>= 2.12) nor an ELF64
 *   -EINVAL   truncated, or headers that contradict themselves
 *   -E2BIG    kernel, initrd or command line do not fit guest memory
 */
int boot_load(const struct platform *p, const struct gmem *m,
	      const struct boot_source *src, struct boot_entry *e)
	__attribute__((warn_unused_result));

#endif
