/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The device tree, in the order in which it is written.
 *
 * libfdt's sequential-write calls fail once and for all when the buffer is
 * full, and fdt_finish() reports it; so each call's result goes through
 * keep(), which remembers the first failure.
 */
#include "vmm/boot/fdt.h"

#include <errno.h>
#include <libfdt.h>
#include <stdio.h>

#include "base/err.h"
#include "vmm/boot/boot.h"
#include "vmm/boot/e820.h"

#define PHANDLE_IOAPIC 1

#define PCI_SPACE_IO  0x01000000 /* phys.hi of a range: I/O, 32, 64 bits */
#define PCI_SPACE_M32 0x02000000
#define PCI_SPACE_M64 0x03000000
#define PCI_NSLOTS    32
#define PCI_NPINS     4

#define IRQ_EDGE      0
#define IRQ_LEVEL_LOW 1

struct tree {
	void *fdt;
	int rc; /* first failure of libfdt, 0 as long as there is none */
};

static void keep(struct tree *t, int rc)
{
	if (!t->rc)
		t->rc = rc;
}

static void begin(struct tree *t, const char *name)
{
	keep(t, fdt_begin_node(t->fdt, name));
}

/* A node whose name carries its address. */
static void begin_at(struct tree *t, const char *name, uint64_t at)
{
	char full[48];

	snprintf(full, sizeof(full), "%s@%llx", name, (unsigned long long)at);
	begin(t, full);
}

static void end(struct tree *t)
{
	keep(t, fdt_end_node(t->fdt));
}

static void str(struct tree *t, const char *name, const char *val)
{
	keep(t, fdt_property(t->fdt, name, val, (int)strlen(val) + 1));
}

static void u32(struct tree *t, const char *name, uint32_t val)
{
	keep(t, fdt_property_u32(t->fdt, name, val));
}

static void flag(struct tree *t, const char *name)
{
	keep(t, fdt_property(t->fdt, name, "", 0));
}

/* An array of 32-bit cells; @n of them, at most CELLS_MAX. */
#define CELLS_MAX (PCI_NSLOTS * PCI_NPINS * 7)

static void cells(struct tree *t, const char *name, const uint32_t *v, size_t n)
{
	fdt32_t be[CELLS_MAX];

	for (size_t i = 0; i < n; i++)
		be[i] = cpu_to_fdt32(v[i]);
	keep(t, fdt_property(t->fdt, name, be, (int)(n * sizeof(be[0]))));
}

static uint32_t hi(uint64_t v)
{
	return (uint32_t)(v >> 32);
}

static uint32_t lo(uint64_t v)
{
	return (uint32_t)v;
}

/* A bus's cells: how many for an address, how many for a size. */
static void bus_cells(struct tree *t, uint32_t addr, uint32_t size)
{
	u32(t, "#address-cells", addr);
	u32(t, "#size-cells", size);
}

static void reg(struct tree *t, struct range r)
{
	uint32_t v[] = {hi(r.start), lo(r.start), hi(r.len), lo(r.len)};

	cells(t, "reg", v, ARRAY_SIZE(v));
}

static void put_chosen(struct tree *t, const char *cmdline)
{
	begin(t, "chosen");
	str(t, "bootargs", cmdline);
	str(t, "stdout-path", "/isa/serial@i3f8");
	end(t);
}

static void put_cpus(struct tree *t, const struct platform *p)
{
	begin(t, "cpus");
	bus_cells(t, 1, 0);
	for (unsigned i = 0; i < p->ncpus; i++) {
		begin_at(t, "cpu", i);
		str(t, "device_type", "cpu");
		str(t, "compatible", "x86-64");
		u32(t, "reg", i); /* APIC ID */
		end(t);
	}
	end(t);
}

static void put_ram(struct tree *t, struct range r)
{
	begin_at(t, "memory", r.start);
	str(t, "device_type", "memory");
	reg(t, r);
	end(t);
}

/* What a program may use: without the hole of a PC below 1 MiB. */
static void put_memory(struct tree *t, const struct platform *p)
{
	put_ram(t, (struct range){0, E820_LOW_END});
	put_ram(t, (struct range){MiB, p->ram[0].len - MiB});
	if (p->nram == 2)
		put_ram(t, p->ram[1]);
}

static void put_apics(struct tree *t)
{
	begin_at(t, "interrupt-controller", PLAT_IOAPIC_GPA);
	str(t, "compatible", "intel,ce4100-ioapic");
	reg(t, (struct range){PLAT_IOAPIC_GPA, 0x1000});
	flag(t, "interrupt-controller");
	u32(t, "#interrupt-cells", 2);
	u32(t, "#address-cells", 0);
	u32(t, "phandle", PHANDLE_IOAPIC);
	end(t);
	begin_at(t, "lapic", PLAT_LAPIC_GPA);
	str(t, "compatible", "intel,ce4100-lapic");
	reg(t, (struct range){PLAT_LAPIC_GPA, 0x1000});
	end(t);
}

/* Bus address = CPU address; of the I/O window the CPU address is the port. */
static void put_pci_ranges(struct tree *t, const struct platform *p)
{
	const struct {
		uint32_t space;
		struct range r;
	} win[] = {
		{PCI_SPACE_IO, p->pio},
		{PCI_SPACE_M32, p->mmio32},
		{PCI_SPACE_M64, p->mmio64},
	};
	uint32_t v[ARRAY_SIZE(win) * 7];
	size_t n = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(win); i++) {
		uint64_t at = win[i].r.start, len = win[i].r.len;
		uint32_t row[] = {win[i].space, hi(at),  lo(at), hi(at),
				  lo(at),       hi(len), lo(len)};

		if (!len)
			continue;
		memcpy(v + n, row, sizeof(row));
		n += ARRAY_SIZE(row);
	}
	cells(t, "ranges", v, n);
}

/* Row: device (slot in bits 15:11), pin, and what it is wired to. */
static void put_pci_intx(struct tree *t)
{
	static const uint32_t mask[] = {0xf800, 0, 0, 7};
	uint32_t v[CELLS_MAX];
	size_t n = 0;

	for (unsigned slot = 0; slot < PCI_NSLOTS; slot++) {
		for (unsigned pin = 1; pin <= PCI_NPINS; pin++) {
			v[n++] = slot << 11;
			v[n++] = 0;
			v[n++] = 0;
			v[n++] = pin;
			v[n++] = PHANDLE_IOAPIC;
			v[n++] = platform_intx_gsi(slot, pin);
			v[n++] = IRQ_LEVEL_LOW;
		}
	}
	cells(t, "interrupt-map-mask", mask, ARRAY_SIZE(mask));
	cells(t, "interrupt-map", v, n);
}

static void put_pci(struct tree *t, const struct platform *p)
{
	static const uint32_t buses[] = {0, 0};

	begin_at(t, "pci", p->ecam.start);
	str(t, "compatible", "pci-host-ecam-generic");
	str(t, "device_type", "pci");
	reg(t, p->ecam);
	cells(t, "bus-range", buses, ARRAY_SIZE(buses));
	u32(t, "linux,pci-domain", 0);
	bus_cells(t, 3, 2);
	u32(t, "#interrupt-cells", 1);
	put_pci_ranges(t, p);
	put_pci_intx(t);
	end(t);
}

static void put_soc(struct tree *t, const struct platform *p)
{
	begin(t, "soc");
	str(t, "compatible", "simple-bus");
	bus_cells(t, 2, 2);
	flag(t, "ranges");
	put_apics(t);
	put_pci(t, p);
	end(t);
}

/* A node of the ISA bus: address is (1 = I/O space, port). */
static void begin_port(struct tree *t, const char *name, uint32_t port,
		       uint32_t len)
{
	uint32_t v[] = {1, port, len};
	char full[48];

	snprintf(full, sizeof(full), "%s@i%x", name, port);
	begin(t, full);
	cells(t, "reg", v, ARRAY_SIZE(v));
}

static void put_serial(struct tree *t, uint32_t port, uint32_t gsi)
{
	uint32_t irq[] = {gsi, IRQ_EDGE};

	begin_port(t, "serial", port, 8);
	str(t, "compatible", "ns16550a");
	u32(t, "clock-frequency", 1843200);
	if (gsi) {
		u32(t, "interrupt-parent", PHANDLE_IOAPIC);
		cells(t, "interrupts", irq, ARRAY_SIZE(irq));
	}
	end(t);
}

static void put_isa(struct tree *t)
{
	begin(t, "isa");
	str(t, "compatible", "isa");
	str(t, "device_type", "isa");
	bus_cells(t, 2, 1);
	flag(t, "ranges");
	put_serial(t, PLAT_PORT_COM1, PLAT_GSI_COM1);
	put_serial(t, PLAT_PORT_COM2, PLAT_GSI_COM2);
	put_serial(t, PLAT_PORT_COM3, 0);
	begin_port(t, "debug-exit", PLAT_PORT_DEBUG_EXIT, 1);
	str(t, "compatible", "passthru,debug-exit");
	end(t);
	end(t);
}

static int write_tree(void *buf, const struct platform *p, const char *cmdline)
{
	struct tree t = {.fdt = buf};

	keep(&t, fdt_create(buf, BOOT_FDT_MAX));
	keep(&t, fdt_finish_reservemap(buf));
	begin(&t, "");
	str(&t, "compatible", "passthru");
	str(&t, "model", "passthru");
	bus_cells(&t, 2, 2);
	put_chosen(&t, cmdline);
	put_cpus(&t, p);
	put_memory(&t, p);
	put_soc(&t, p);
	put_isa(&t);
	end(&t);
	keep(&t, fdt_finish(buf));
	return t.rc;
}

int fdt_write(const struct platform *p, const struct gmem *m,
	      const char *cmdline)
{
	void *buf = gmem_at(m, BOOT_FDT_GPA, BOOT_FDT_MAX);
	int rc;

	if (!buf)
		return err_set(E2BIG, "no guest memory for the device tree; "
				      "give the guest more: --memory 512M");
	if (strlen(cmdline) >= BOOT_CMDLINE_MAX)
		return err_set(E2BIG,
			       "payload command line of %zu characters: %d are "
			       "the limit; shorten --append",
			       strlen(cmdline), BOOT_CMDLINE_MAX - 1);
	rc = write_tree(buf, p, cmdline);
	if (rc)
		return err_set(E2BIG, "device tree of %d bytes at most: %s",
			       BOOT_FDT_MAX, fdt_strerror(rc));
	return 0;
}
