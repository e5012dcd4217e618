/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The platform printed as a flattened device tree, for bare-metal payloads.
 *
 * Same structure, same addresses and lines as E820 and ACPI; only the language
 * differs.
 */
#ifndef VMM_BOOT_FDT_H
#define VMM_BOOT_FDT_H

#include "base/gmem.h"
#include "vmm/boot/platform.h"

/**
 * fdt_write - write the tree to BOOT_FDT_GPA, at most BOOT_FDT_MAX bytes
 * @p:       layout
 * @m:       guest memory
 * @cmdline: becomes /chosen/bootargs
 *
 * Interrupts are two cells, as for Linux's intel,ce4100-ioapic: the GSI, then
 * 0 for edge or 1 for level, active low.
 *
 * Return: 0, or -E2BIG with a message (a command line too long, no memory).
 * Source: Devicetree Specification 0.4; IEEE 1275 PCI binding, 12 (ranges) and
 *         its interrupt mapping practice (interrupt-map).
 */
int fdt_write(const struct platform *p, const struct gmem *m,
	      const char *cmdline) __attribute__((warn_unused_result));

#endif
