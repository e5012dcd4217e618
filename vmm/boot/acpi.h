/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The platform printed as ACPI tables, for Linux.
 *
 * A PC that is already in ACPI mode: fixed PM1 registers, PIT, PIC and RTC; no
 * SMI, no PM timer, no GPE, no 8042, no VGA.  Devices stand in dsdt.asl.
 */
#ifndef VMM_BOOT_ACPI_H
#define VMM_BOOT_ACPI_H

#include "base/gmem.h"
#include "vmm/boot/platform.h"

/**
 * acpi_write - write all tables to PLAT_ACPI_GPA; the RSDP is the first
 * @p: layout
 * @m: guest memory that has PLAT_ACPI_LEN bytes there, zeroed
 *
 * RSDP (revision 2), XSDT, FADT, FACS, MADT, MCFG and the DSDT with the PCI
 * windows of @p.
 *
 * Return: 0, or with a message: -E2BIG when @m lacks the memory, -EINVAL when
 *         the compiled DSDT is not the one this file was written for.
 * Source: ACPI 6.5, 5.2; PCI Firmware 3.3, 4.1.2 (MCFG).
 */
int acpi_write(const struct platform *p, const struct gmem *m)
	__attribute__((warn_unused_result));

#endif
