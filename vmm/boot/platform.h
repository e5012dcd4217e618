/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine as the guest finds it: every fixed address, port and line.
 *
 * One structure, filled once by platform_init(); E820, ACPI and the device
 * tree are three ways of printing it, and the buses are built from it, so they
 * cannot disagree.
 *
 *   0                 low RAM (640 KiB..1 MiB reserved in E820)
 *   up to 2 GiB       end of low RAM at most
 *   2..3.5 GiB        PCI memory window
 *   0xe0000000        ECAM of bus 0
 *   0xfec00000        I/O APIC, 0xfee00000 local APICs
 *   0xfffbc000        KVM's identity map page and TSS (VMX only)
 *   4 GiB             high RAM, and above it the 64-bit PCI window
 */
#ifndef VMM_BOOT_PLATFORM_H
#define VMM_BOOT_PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/range.h"

#define PLAT_MAX_CPUS 64

/* Guest physical addresses */
#define PLAT_LOW_RAM_MAX  UINT64_C(0x80000000)
#define PLAT_ECAM_GPA     UINT64_C(0xe0000000) /* bus 0 only: 1 MiB */
#define PLAT_ECAM_LEN     UINT64_C(0x00100000)
#define PLAT_IOAPIC_GPA   UINT64_C(0xfec00000)
#define PLAT_LAPIC_GPA    UINT64_C(0xfee00000)
#define PLAT_KVM_HOLE_GPA UINT64_C(0xfffbc000) /* 1 + 3 pages */
#define PLAT_KVM_HOLE_LEN UINT64_C(0x4000)
#define PLAT_HIGH_RAM_GPA UINT64_C(0x100000000)
#define PLAT_ACPI_GPA     UINT64_C(0xe0000) /* RSDP and all tables */
#define PLAT_ACPI_LEN     UINT64_C(0x20000)

/* I/O ports */
#define PLAT_PORT_COM1       0x3f8 /* console */
#define PLAT_PORT_COM2       0x2f8 /* standard output of the guest's command */
#define PLAT_PORT_COM3       0x3e8 /* standard error of the guest's command */
#define PLAT_PORT_RTC        0x70
#define PLAT_PORT_KBD        0x60  /* data; 0x64 is status and command */
#define PLAT_PORT_DEBUG_EXIT 0xf4  /* one byte: exit status of the command */
#define PLAT_PORT_PVPANIC    0x505 /* ACPI QEMU0001 */
#define PLAT_PORT_PM1_EVT    0x600 /* 4 bytes */
#define PLAT_PORT_PM1_CNT    0x604 /* 2 bytes */
#define PLAT_PORT_RESET      0xcf9 /* FADT RESET_REG, value 6 */
#define PLAT_PORT_PCI_CONFIG 0xcf8 /* 8 bytes */
#define PLAT_RESET_VALUE     0x06
#define PLAT_SLP_TYP_S5      5 /* SLP_TYPa of \_S5 */

/* Global system interrupts: pins of the one I/O APIC */
#define PLAT_GSI_COM1 4
#define PLAT_GSI_COM2 3
#define PLAT_GSI_RTC  8
#define PLAT_GSI_SCI  9
#define PLAT_GSI_PCI  16 /* first of PLAT_NGSI_PCI lines, level, active low */
#define PLAT_NGSI_PCI 8
#define PLAT_NGSI     24 /* pins; MSI routes start here */

struct platform {
	unsigned ncpus;      /* 1..PLAT_MAX_CPUS; APIC ID = index */
	unsigned phys_bits;  /* guest physical address width, CPUID 80000008 */
	uint64_t ram_size;   /* bytes, multiple of 2 MiB */
	struct range ram[2]; /* GPA of low and, when nram == 2, high RAM */
	unsigned nram;
	struct range ecam;   /* GPA; bus 0 */
	struct range mmio32; /* GPA; PCI memory below 4 GiB */
	struct range mmio64; /* GPA; PCI memory above RAM; len 0: none */
	struct range pio;    /* ports; PCI I/O window */
};

/**
 * platform_init - lay out a machine
 * @p:         filled
 * @ncpus:     1..PLAT_MAX_CPUS
 * @ram_size:  bytes; multiple of 2 MiB, at least 64 MiB
 * @phys_bits: guest physical address width, 32..52
 *
 * Return: 0, or -EINVAL with a message when a value is out of its range or RAM
 *         does not fit below 2^@phys_bits.
 */
int platform_init(struct platform *p, unsigned ncpus, uint64_t ram_size,
		  unsigned phys_bits) __attribute__((warn_unused_result));

/**
 * platform_intx_gsi - I/O APIC pin of a device's interrupt pin
 * @slot: PCI device number on bus 0, 0..31
 * @pin:  1..4 for INTA..INTD, as in configuration register 0x3d
 *
 * The one rule behind _PRT, the device tree's interrupt-map and the irqfds.
 */
static inline unsigned platform_intx_gsi(unsigned slot, unsigned pin)
{
	return PLAT_GSI_PCI + (slot + pin - 1) % PLAT_NGSI_PCI;
}

#endif
