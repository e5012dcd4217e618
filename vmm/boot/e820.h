/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The platform printed as the E820 memory map that Linux gets in boot_params.
 *
 * Says what is RAM and what the kernel must keep its hands off; PCI windows
 * are gaps, and are described by ACPI.
 */
#ifndef VMM_BOOT_E820_H
#define VMM_BOOT_E820_H

#include "vmm/boot/platform.h"

struct boot_e820_entry;

/* Entry types; the numbers are ACPI's (6.5, 15.1 table 15.374) */
enum e820_type {
	E820_RAM = 1,
	E820_RESERVED = 2,
	E820_ACPI = 3, /* tables; usable once the OS has read them */
};

#define E820_LOW_END UINT64_C(0x9fc00) /* RAM from 0 to here, as on a PC */
#define E820_MAX     16                /* e820_fill() never writes more */

/**
 * e820_fill - write the map of @p
 * @p: layout
 * @v: E820_MAX entries; filled in ascending order, without overlaps
 *
 * Return: number of entries.
 */
unsigned e820_fill(const struct platform *p, struct boot_e820_entry *v);

#endif
