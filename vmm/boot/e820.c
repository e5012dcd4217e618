/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory map: RAM from the platform, holes where a PC has them. */
#include "vmm/boot/e820.h"

#include <asm/bootparam.h>

#define VGA_GPA   UINT64_C(0xa0000)
#define APIC_PAGE UINT64_C(0x1000)

static void add(struct boot_e820_entry *v, unsigned *n, struct range r,
		enum e820_type type)
{
	if (r.len)
		v[(*n)++] = (struct boot_e820_entry){r.start, r.len, type};
}

/* From @start up to @end, neither included twice by the next call. */
static struct range upto(uint64_t start, uint64_t end)
{
	return (struct range){start, end - start};
}

unsigned e820_fill(const struct platform *p, struct boot_e820_entry *v)
{
	unsigned n = 0;
	uint64_t low_end = range_end(p->ram[0]);
	struct range acpi = {PLAT_ACPI_GPA, PLAT_ACPI_LEN};
	struct range ioapic = {PLAT_IOAPIC_GPA, APIC_PAGE};
	struct range lapic = {PLAT_LAPIC_GPA, APIC_PAGE};
	struct range kvm = {PLAT_KVM_HOLE_GPA, PLAT_KVM_HOLE_LEN};

	add(v, &n, upto(0, E820_LOW_END), E820_RAM);
	add(v, &n, upto(E820_LOW_END, VGA_GPA), E820_RESERVED);
	add(v, &n, upto(VGA_GPA, acpi.start), E820_RESERVED);
	add(v, &n, acpi, E820_ACPI);
	add(v, &n, upto(range_end(acpi), MiB), E820_RESERVED);
	add(v, &n, upto(MiB, low_end), E820_RAM);
	add(v, &n, p->ecam, E820_RESERVED);
	add(v, &n, ioapic, E820_RESERVED);
	add(v, &n, lapic, E820_RESERVED);
	add(v, &n, kvm, E820_RESERVED);
	if (p->nram == 2)
		add(v, &n, p->ram[1], E820_RAM);
	return n;
}
