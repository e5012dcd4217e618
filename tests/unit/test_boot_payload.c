/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot_load() of an ELF file made here, as payload and as vmlinux, whole and
 * damaged; and the device tree that a payload gets, read back with libfdt and
 * held against the platform.
 */
#include "test_boot_guest.h"

#include <asm/bootparam.h>
#include <elf.h>
#include <errno.h>
#include <libfdt.h>

#include "vmm/boot/boot.h"
#include "vmm/boot/e820.h"
#include "vmm/boot/fdt.h"

#define LINKED (2 * MiB)

static struct {
	Elf64_Ehdr eh;
	Elf64_Phdr ph[3];
	uint8_t code[64];
} image;

static struct boot_source source_new(void)
{
	image.eh = (Elf64_Ehdr){
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			    ELFDATA2LSB, EV_CURRENT},
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_entry = LINKED + 4,
		.e_phoff = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = ARRAY_SIZE(image.ph),
	};
	memset(image.ph, 0, sizeof(image.ph));
	image.ph[0].p_type = PT_NOTE;
	image.ph[1] = (Elf64_Phdr){
		.p_type = PT_LOAD,
		.p_offset = sizeof(image) - sizeof(image.code),
		.p_vaddr = LINKED,
		.p_paddr = LINKED,
		.p_filesz = sizeof(image.code),
		.p_memsz = 4096,
	};
	image.ph[2].p_type = PT_LOAD; /* empty: to be ignored */
	memset(image.code, 0x90, sizeof(image.code));
	return (struct boot_source){
		.kernel = {&image, sizeof(image), "dir/x.elf"},
		.cmdline = "gsi=20",
	};
}

/* Loads the image as it now stands into 64 MiB. */
static int load(struct guest *g, const struct boot_source *src)
{
	struct boot_entry e;

	*g = guest_new(1, 64 * MiB, 40);
	return boot_load(&g->p, &g->m, src, &e);
}

Test(boot_elf, loads_segment_and_zeroes_its_tail)
{
	struct guest g = guest_new(1, 64 * MiB, 40);
	struct boot_source src = source_new();
	struct boot_entry e;

	memset(guest_at(&g, LINKED, 8192), 0xee, 8192);
	cr_assert_eq(boot_load(&g.p, &g.m, &src, &e), 0, "%s", err_last());
	cr_expect_eq(e.rip, LINKED + 4);
	cr_expect_eq(e.rsi, BOOT_FDT_GPA);
	cr_expect_eq(e.rsp, BOOT_STACK_GPA);
	cr_expect_eq(guest_get(&g, LINKED, 1), 0x90);
	cr_expect_eq(guest_get(&g, LINKED + 64, 8), 0);
	cr_expect_eq(guest_get(&g, LINKED + 4088, 8), 0);
	cr_expect_eq(guest_get(&g, LINKED + 4096, 1), 0xee);
	cr_expect_eq(fdt_check_header(guest_at(&g, e.rsi, BOOT_FDT_MAX)), 0);
}

Test(boot_elf, every_truncation_is_an_error)
{
	struct boot_source src = source_new();
	struct guest g;

	for (size_t len = 0; len < sizeof(image); len++) {
		src.kernel.len = len;
		cr_assert_eq(load(&g, &src), len < SELFMAG ? -ENOEXEC : -EINVAL,
			     "%zu", len);
	}
	expect_message("dir/x.elf: truncated");
}

Test(boot_elf, other_kinds_of_elf)
{
	struct boot_source src = source_new();
	struct guest g;

	image.eh.e_type = ET_DYN;
	cr_expect_eq(load(&g, &src), -ENOEXEC);
	expect_message("-static -no-pie");
	source_new();
	image.eh.e_machine = EM_AARCH64;
	cr_expect_eq(load(&g, &src), -ENOEXEC);
	source_new();
	image.eh.e_ident[EI_CLASS] = ELFCLASS32;
	cr_expect_eq(load(&g, &src), -ENOEXEC);
	source_new();
	image.ph[1].p_vaddr += 0x1000;
	cr_expect_eq(load(&g, &src), -ENOEXEC);
	expect_message("dir/x.elf: linked at 0x201000");
}

/* As a kernel is linked: text in the top 2 GiB, per-CPU data at 0. */
static struct boot_source vmlinux_new(void)
{
	struct boot_source src = source_new();

	image.ph[1].p_vaddr += 0xffffffff80000000;
	image.ph[2] = image.ph[1];
	image.ph[2].p_vaddr = 0;
	image.ph[2].p_paddr = 2 * LINKED;
	src.initrd = (struct boot_blob){"initrd", 6, "dir/initrd"};
	return src;
}

Test(boot_vmlinux, gets_what_a_bzimage_gets)
{
	struct guest g = guest_new(1, 64 * MiB, 40);
	struct boot_source src = vmlinux_new();
	const struct boot_params *bp;
	struct boot_entry e;

	cr_assert_eq(boot_load(&g.p, &g.m, &src, &e), 0, "%s", err_last());
	cr_expect_eq(e.rip, LINKED + 4);
	cr_expect_eq(e.rsi, BOOT_PARAMS_GPA);
	cr_expect_eq(guest_get(&g, 2 * LINKED, 1), 0x90);
	bp = (void *)guest_at(&g, e.rsi, sizeof(*bp));
	cr_expect_eq(bp->hdr.boot_flag, 0xaa55);
	cr_expect_eq(bp->hdr.header, 0x53726448);
	cr_expect_eq(bp->hdr.type_of_loader, 0xff);
	cr_expect_eq(bp->hdr.cmd_line_ptr, BOOT_CMDLINE_GPA);
	cr_expect_eq(bp->hdr.ramdisk_image, 64 * MiB - 4096);
	cr_expect_eq(bp->hdr.ramdisk_size, 6);
	cr_expect_gt(bp->e820_entries, 0);
	cr_expect_eq(memcmp(guest_at(&g, PLAT_ACPI_GPA, 8), "RSD PTR ", 8), 0);
}

Test(boot_vmlinux, initrd_does_not_overlap_any_segment)
{
	struct guest g = guest_new(1, 64 * MiB, 40);
	struct boot_source src = vmlinux_new();
	static uint8_t initrd[8192];
	struct boot_entry e;

	image.ph[2].p_paddr = 64 * MiB - 8192;
	src.initrd.data = initrd;
	src.initrd.len = 4096;
	cr_expect_eq(boot_load(&g.p, &g.m, &src, &e), 0, "%s", err_last());
	src.initrd.len = 4097;
	cr_expect_eq(boot_load(&g.p, &g.m, &src, &e), -E2BIG);
	expect_message("dir/initrd");
	image.ph[2].p_paddr = 64 * MiB - 4095;
	cr_expect_eq(boot_load(&g.p, &g.m, &src, &e), -E2BIG);
	expect_message("dir/x.elf");
}

Test(boot_elf, headers_that_lie)
{
	struct boot_source src = source_new();
	struct guest g;

	image.eh.e_phoff = UINT64_MAX - 8;
	cr_expect_eq(load(&g, &src), -EINVAL);
	source_new();
	image.eh.e_phnum = 0xffff;
	cr_expect_eq(load(&g, &src), -EINVAL);
	source_new();
	image.eh.e_phentsize = 8;
	cr_expect_eq(load(&g, &src), -EINVAL);
	source_new();
	image.ph[1].p_offset = UINT64_MAX - 8;
	cr_expect_eq(load(&g, &src), -EINVAL);
	source_new();
	image.ph[1].p_filesz = 4097;
	cr_expect_eq(load(&g, &src), -EINVAL);
	source_new();
	image.eh.e_entry = LINKED + 64; /* not in the file's part */
	cr_expect_eq(load(&g, &src), -EINVAL);
	expect_message("entry point");
	source_new();
	image.ph[2].p_filesz = 64; /* of a segment that is not loaded */
	image.ph[2].p_paddr = 4 * GiB;
	image.eh.e_entry = 4 * GiB;
	cr_expect_eq(load(&g, &src), -EINVAL);
	expect_message("entry point");
	source_new();
	image.eh.e_phnum = 0;
	cr_expect_eq(load(&g, &src), -EINVAL);
}

static int load_at(uint64_t gpa, uint64_t memsz)
{
	struct boot_source src = source_new();
	struct guest g;

	image.ph[1].p_paddr = gpa;
	image.ph[1].p_vaddr = gpa;
	image.ph[1].p_memsz = memsz;
	image.eh.e_entry = gpa;
	return load(&g, &src);
}

Test(boot_elf, segments_stay_in_ram_above_1m)
{
	cr_expect_eq(load_at(64 * MiB - 4096, 4096), 0);
	cr_expect_eq(load_at(64 * MiB - 4096, 4097), -E2BIG);
	expect_message("dir/x.elf");
	expect_message("--memory");
	cr_expect_eq(load_at(MiB, 63 * MiB), 0);
	cr_expect_eq(load_at(MiB - 1, 4096), -E2BIG);
	cr_expect_eq(load_at(BOOT_FDT_GPA, 4096), -E2BIG);
	cr_expect_eq(load_at(UINT64_MAX - 4095, 4096), -E2BIG);
	cr_expect_eq(load_at(LINKED, UINT64_MAX), -E2BIG);
}

Test(boot_elf, command_line_too_long)
{
	struct boot_source src = source_new();
	char line[BOOT_CMDLINE_MAX + 1];
	struct guest g;

	memset(line, 'x', sizeof(line));
	line[BOOT_CMDLINE_MAX] = 0;
	src.cmdline = line;
	cr_expect_eq(load(&g, &src), -E2BIG);
	expect_message("--append");
	line[BOOT_CMDLINE_MAX - 1] = 0;
	cr_expect_eq(load(&g, &src), 0);
}

/* The device tree */

static const void *tree_new(struct guest *g)
{
	const void *fdt;

	cr_assert_eq(fdt_write(&g->p, &g->m, "a b=c"), 0, "%s", err_last());
	fdt = guest_at(g, BOOT_FDT_GPA, BOOT_FDT_MAX);
	cr_assert_eq(fdt_check_full(fdt, BOOT_FDT_MAX), 0);
	return fdt;
}

/* Offset of the first node with @compat. */
static int node(const void *fdt, const char *compat)
{
	int n = fdt_node_offset_by_compatible(fdt, -1, compat);

	cr_assert_geq(n, 0, "no %s", compat);
	return n;
}

/* Property as cells; their number must be @want. */
static const fdt32_t *cells(const void *fdt, int n, const char *name,
			    size_t want)
{
	int len = 0;
	const void *p = fdt_getprop(fdt, n, name, &len);

	cr_assert_not_null(p, "no %s", name);
	cr_assert_eq((size_t)len, want * 4, "%s has %d bytes", name, len);
	return p;
}

static uint64_t cell64(const fdt32_t *c)
{
	return (uint64_t)fdt32_to_cpu(c[0]) << 32 | fdt32_to_cpu(c[1]);
}

static void expect_reg(const void *fdt, int n, struct range r)
{
	const fdt32_t *c = cells(fdt, n, "reg", 4);

	cr_expect_eq(cell64(c), r.start);
	cr_expect_eq(cell64(c + 2), r.len);
}

static void expect_string(const void *fdt, const char *path, const char *name,
			  const char *want)
{
	const char *s =
		fdt_getprop(fdt, fdt_path_offset(fdt, path), name, NULL);

	cr_assert_not_null(s, "%s %s", path, name);
	cr_expect_str_eq(s, want);
}

/* Bytes of all /memory nodes. */
static uint64_t memory_sum(const void *fdt)
{
	uint64_t sum = 0;
	int n;

	fdt_for_each_subnode(n, fdt, 0)
	{
		const char *type = fdt_getprop(fdt, n, "device_type", NULL);

		if (type && !strcmp(type, "memory"))
			sum += cell64(cells(fdt, n, "reg", 4) + 2);
	}
	return sum;
}

static uint64_t e820_ram(const struct platform *p)
{
	struct boot_e820_entry v[E820_MAX];
	unsigned n = e820_fill(p, v);
	uint64_t sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += v[i].type == E820_RAM ? v[i].size : 0;
	return sum;
}

Test(boot_fdt, ram_is_what_e820_says)
{
	static const uint64_t sizes[] = {64 * MiB, 2 * GiB, 3 * GiB, 5 * GiB};

	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct guest g = guest_new(1, sizes[i], 40);

		cr_expect_eq(memory_sum(tree_new(&g)), e820_ram(&g.p));
	}
}

Test(boot_fdt, chosen_and_cpus)
{
	struct guest g = guest_new(PLAT_MAX_CPUS, 64 * MiB, 40);
	const void *fdt = tree_new(&g);
	int cpus = fdt_path_offset(fdt, "/cpus"), n;
	uint32_t id = 0;

	expect_string(fdt, "/chosen", "bootargs", "a b=c");
	fdt_for_each_subnode(n, fdt, cpus)
	{
		const fdt32_t *c = cells(fdt, n, "reg", 1);

		cr_expect_eq(fdt32_to_cpu(*c), id++);
	}
	cr_expect_eq(id, PLAT_MAX_CPUS);
}

static void expect_range(const fdt32_t *row, uint32_t space, struct range r)
{
	cr_expect_eq(fdt32_to_cpu(row[0]), space);
	cr_expect_eq(cell64(row + 1), r.start);
	cr_expect_eq(cell64(row + 3), r.start);
	cr_expect_eq(cell64(row + 5), r.len);
}

Test(boot_fdt, pci_host_bridge)
{
	struct guest g = guest_new(1, 5 * GiB, 40);
	const void *fdt = tree_new(&g);
	int n = node(fdt, "pci-host-ecam-generic");
	const fdt32_t *c = cells(fdt, n, "ranges", 3 * 7);

	expect_reg(fdt, n, g.p.ecam);
	expect_range(c, 0x01000000, g.p.pio);
	expect_range(c + 7, 0x02000000, g.p.mmio32);
	expect_range(c + 14, 0x03000000, g.p.mmio64);
	c = cells(fdt, n, "bus-range", 2);
	cr_expect_eq(c[0], 0);
	cr_expect_eq(c[1], 0);
	cr_expect_eq(fdt_address_cells(fdt, n), 3);
	cr_expect_eq(fdt_size_cells(fdt, n), 2);
}

Test(boot_fdt, no_64_bit_window_no_range)
{
	struct guest g = guest_new(1, 64 * MiB, 32);
	const void *fdt = tree_new(&g);

	cr_expect_eq(g.p.mmio64.len, 0);
	cells(fdt, node(fdt, "pci-host-ecam-generic"), "ranges", 2 * 7);
}

Test(boot_fdt, interrupt_map_is_the_platforms_rule)
{
	struct guest g = guest_new(1, 64 * MiB, 40);
	const void *fdt = tree_new(&g);
	const fdt32_t *c = cells(fdt, node(fdt, "pci-host-ecam-generic"),
				 "interrupt-map", 32 * 4 * 7);
	int ioapic = node(fdt, "intel,ce4100-ioapic");

	for (unsigned i = 0; i < 32 * 4; i++, c += 7) {
		cr_expect_eq(fdt32_to_cpu(c[0]), (i / 4) << 11);
		cr_expect_eq(fdt32_to_cpu(c[3]), i % 4 + 1);
		cr_expect_eq(fdt32_to_cpu(c[4]), fdt_get_phandle(fdt, ioapic));
		cr_expect_eq(fdt32_to_cpu(c[5]),
			     platform_intx_gsi(i / 4, i % 4 + 1));
		cr_expect_eq(fdt32_to_cpu(c[6]), 1); /* level, active low */
	}
}

Test(boot_fdt, apics)
{
	struct guest g = guest_new(1, 64 * MiB, 40);
	const void *fdt = tree_new(&g);

	expect_reg(fdt, node(fdt, "intel,ce4100-ioapic"),
		   (struct range){PLAT_IOAPIC_GPA, 0x1000});
	expect_reg(fdt, node(fdt, "intel,ce4100-lapic"),
		   (struct range){PLAT_LAPIC_GPA, 0x1000});
}

static void expect_port(const void *fdt, int n, uint32_t port, uint32_t len)
{
	const fdt32_t *c = cells(fdt, n, "reg", 3);

	cr_expect_eq(fdt32_to_cpu(c[0]), 1); /* I/O space */
	cr_expect_eq(fdt32_to_cpu(c[1]), port);
	cr_expect_eq(fdt32_to_cpu(c[2]), len);
}

Test(boot_fdt, serial_and_debug_exit)
{
	struct guest g = guest_new(1, 64 * MiB, 40);
	const void *fdt = tree_new(&g);
	int com1 = fdt_path_offset(fdt, "/isa/serial@i3f8");

	expect_port(fdt, node(fdt, "passthru,debug-exit"), PLAT_PORT_DEBUG_EXIT,
		    1);
	cr_assert_eq(com1, node(fdt, "ns16550a"));
	expect_port(fdt, com1, PLAT_PORT_COM1, 8);
	expect_string(fdt, "/chosen", "stdout-path", "/isa/serial@i3f8");
	cr_expect_eq(fdt32_to_cpu(cells(fdt, com1, "interrupts", 2)[0]),
		     PLAT_GSI_COM1);
}
