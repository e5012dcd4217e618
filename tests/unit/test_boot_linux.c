/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot_load() of a bzImage: a small one made here, then the same one damaged
 * in each way that the protocol allows a file to be damaged.
 */
#include "test_boot_guest.h"

#include <asm/bootparam.h>
#include <errno.h>

#include "vmm/boot/boot.h"
#include "vmm/boot/bzimage.h"
#include "vmm/boot/e820.h"

#define SETUP_SECTS 3
#define PROT_OFF    ((SETUP_SECTS + 1) * 512)
#define PROT_LEN    4096
#define LOAD        (16 * MiB)
#define INIT_SIZE   (8 * MiB)

static uint8_t image[PROT_OFF + PROT_LEN];

static struct setup_header *image_hdr(void)
{
	return (struct setup_header *)(image + 0x1f1);
}

static void fill_hdr(struct setup_header *h)
{
	h->setup_sects = SETUP_SECTS;
	h->syssize = PROT_LEN / 16;
	h->boot_flag = 0xaa55;
	h->jump = 0x6aeb;
	h->header = 0x53726448;
	h->version = 0x020f;
	h->loadflags = LOADED_HIGH;
	h->initrd_addr_max = 0x7fffffff;
	h->kernel_alignment = 0x200000;
	h->relocatable_kernel = 1;
	h->xloadflags = XLF_KERNEL_64 | XLF_CAN_BE_LOADED_ABOVE_4G;
	h->cmdline_size = 2047;
	h->pref_address = LOAD;
	h->init_size = INIT_SIZE;
	h->setup_data = 0x1234; /* a boot loader's field: must not be taken */
	h->ramdisk_image = 0x99;
	h->ramdisk_size = 0x99;
}

static struct boot_source source_new(void)
{
	memset(image, 0, sizeof(image));
	memset(image + PROT_OFF, 0x90, PROT_LEN);
	fill_hdr(image_hdr());
	return (struct boot_source){
		.kernel = {image, sizeof(image), "dir/vmlinuz"},
		.initrd = {NULL, 0, "dir/initrd.img"},
		.cmdline = "console=ttyS0",
	};
}

static struct boot_params *params(const struct guest *g)
{
	return (struct boot_params *)guest_at(g, BOOT_PARAMS_GPA,
					      sizeof(struct boot_params));
}

Test(boot_linux, loads_kernel_and_command_line)
{
	struct guest g = guest_new(1, 512 * MiB, 40);
	struct boot_source src = source_new();
	struct boot_entry e;

	cr_assert_eq(boot_load(&g.p, &g.m, &src, &e), 0, "%s", err_last());
	cr_expect_eq(e.rip, LOAD + 0x200);
	cr_expect_eq(e.rsi, BOOT_PARAMS_GPA);
	cr_expect_eq(e.cr3, BOOT_PGTABLE_GPA);
	cr_expect_eq(memcmp(guest_at(&g, LOAD, PROT_LEN), image + PROT_OFF,
			    PROT_LEN),
		     0);
	cr_expect_str_eq((char *)guest_at(&g, BOOT_CMDLINE_GPA, 64),
			 "console=ttyS0");
}

Test(boot_linux, params_hold_the_header_and_nothing_else)
{
	struct guest g = guest_new(1, 512 * MiB, 40);
	struct boot_source src = source_new();
	struct boot_entry e;
	struct boot_params *bp = params(&g);

	memset(bp, 0xff, sizeof(*bp));
	cr_assert_eq(boot_load(&g.p, &g.m, &src, &e), 0, "%s", err_last());
	cr_expect_eq(bp->hdr.type_of_loader, 0xff);
	cr_expect_eq(bp->hdr.cmd_line_ptr, BOOT_CMDLINE_GPA);
	cr_expect_eq(bp->hdr.init_size, INIT_SIZE);
	cr_expect_eq(bp->hdr.setup_data, 0);
	cr_expect_eq(bp->hdr.ramdisk_image, 0);
	cr_expect_eq(bp->hdr.ramdisk_size, 0);
	cr_expect_eq(bp->acpi_rsdp_addr, PLAT_ACPI_GPA);
	cr_expect_eq(bp->ext_ramdisk_image, 0);
	cr_expect_eq(bp->ext_ramdisk_size, 0);
	cr_expect_eq(bp->ext_cmd_line_ptr, 0);
	cr_expect_eq(bp->sentinel, 0);
	cr_expect_eq(memcmp(guest_at(&g, PLAT_ACPI_GPA, 8), "RSD PTR ", 8), 0);
}

Test(boot_linux, header_is_copied_no_further_than_the_file_says)
{
	struct guest g = guest_new(1, 512 * MiB, 40);
	struct boot_source src = source_new();
	struct boot_entry e;

	image[0x201] = 0x264 - 0x202; /* ends before kernel_info_offset */
	image_hdr()->handover_offset = 0x77;
	image_hdr()->kernel_info_offset = 0x88;
	cr_assert_eq(boot_load(&g.p, &g.m, &src, &e), 0, "%s", err_last());
	cr_expect_eq(params(&g)->hdr.init_size, INIT_SIZE);
	cr_expect_eq(params(&g)->hdr.handover_offset, 0);
	cr_expect_eq(params(&g)->hdr.kernel_info_offset, 0);
}

Test(boot_linux, setup_sects_zero_means_four)
{
	struct guest g = guest_new(1, 512 * MiB, 40);
	struct boot_source src = source_new();
	struct boot_entry e;

	image_hdr()->setup_sects = 0;
	image_hdr()->syssize = (PROT_LEN - 512) / 16;
	image[5 * 512] = 0x42;
	cr_assert_eq(boot_load(&g.p, &g.m, &src, &e), 0, "%s", err_last());
	cr_expect_eq(guest_get(&g, LOAD, 1), 0x42);
}

Test(boot_linux, load_address_is_aligned_when_the_kernel_can_move)
{
	struct guest g = guest_new(1, 512 * MiB, 40);
	struct boot_source src = source_new();
	struct boot_entry e;

	image_hdr()->pref_address = LOAD + 0x1000;
	cr_assert_eq(boot_load(&g.p, &g.m, &src, &e), 0, "%s", err_last());
	cr_expect_eq(e.rip, LOAD + 2 * MiB + 0x200);
	image_hdr()->relocatable_kernel = 0;
	cr_assert_eq(boot_load(&g.p, &g.m, &src, &e), 0, "%s", err_last());
	cr_expect_eq(e.rip, LOAD + 0x1000 + 0x200);
}

Test(boot_linux, initrd_ends_low_ram_and_extra_follows_it)
{
	struct guest g = guest_new(1, 512 * MiB, 40);
	struct boot_source src = source_new();
	struct boot_entry e;
	uint32_t at;

	src.initrd.data = "initr";
	src.initrd.len = 5;
	src.extra = (struct boot_blob){"070701", 6, "extra"};
	cr_assert_eq(boot_load(&g.p, &g.m, &src, &e), 0, "%s", err_last());
	at = params(&g)->hdr.ramdisk_image;
	cr_expect_eq(at, 512 * MiB - 4096);
	cr_expect_eq(params(&g)->hdr.ramdisk_size, 14);
	cr_expect_eq(memcmp(guest_at(&g, at, 14),
			    "initr\0\0\0"
			    "070701",
			    14),
		     0);
}

Test(boot_linux, extra_alone_is_the_initrd)
{
	struct guest g = guest_new(1, 512 * MiB, 40);
	struct boot_source src = source_new();
	struct boot_entry e;

	src.extra = (struct boot_blob){"070701", 6, "extra"};
	cr_assert_eq(boot_load(&g.p, &g.m, &src, &e), 0, "%s", err_last());
	cr_expect_eq(params(&g)->hdr.ramdisk_size, 6);
}

Test(boot_linux, initrd_stays_below_the_kernels_limit_and_2g)
{
	struct guest g = guest_new(1, 5 * GiB, 40);
	struct boot_source src = source_new();
	struct boot_entry e;

	src.initrd.data = "initrd";
	src.initrd.len = 6;
	cr_assert_eq(boot_load(&g.p, &g.m, &src, &e), 0, "%s", err_last());
	cr_expect_eq(params(&g)->hdr.ramdisk_image, 2 * GiB - 4096);
	image_hdr()->initrd_addr_max = 0x37ffffff;
	cr_assert_eq(boot_load(&g.p, &g.m, &src, &e), 0, "%s", err_last());
	cr_expect_eq(params(&g)->hdr.ramdisk_image, 0x38000000 - 4096);
	image_hdr()->initrd_addr_max = 0xffffffff;
	cr_assert_eq(boot_load(&g.p, &g.m, &src, &e), 0, "%s", err_last());
	cr_expect_eq(params(&g)->hdr.ramdisk_image, 2 * GiB - 4096);
}

/* Exactly what is free behind init_size fits; one byte more does not. */
Test(boot_linux, initrd_never_overlaps_the_kernel)
{
	struct guest g = guest_new(1, 64 * MiB, 40);
	struct boot_source src = source_new();
	uint64_t room = 64 * MiB - LOAD - INIT_SIZE;
	uint8_t *big = mmap(NULL, room + 1, PROT_READ,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct boot_entry e;

	cr_assert_neq(big, MAP_FAILED);
	src.initrd.data = big;
	src.initrd.len = room;
	cr_assert_eq(boot_load(&g.p, &g.m, &src, &e), 0, "%s", err_last());
	cr_expect_eq(params(&g)->hdr.ramdisk_image, LOAD + INIT_SIZE);
	src.initrd.len = room + 1;
	cr_expect_eq(boot_load(&g.p, &g.m, &src, &e), -E2BIG);
	expect_message("dir/initrd.img");
	expect_message("--memory 512M");
}

Test(boot_linux, initrd_larger_than_any_memory)
{
	struct guest g = guest_new(1, 64 * MiB, 40);
	struct boot_source src = source_new();
	struct boot_entry e;

	/* never touched: the sizes are compared first */
	src.initrd.data = image;
	src.initrd.len = 1 * GiB;
	cr_expect_eq(boot_load(&g.p, &g.m, &src, &e), -E2BIG);
	expect_message("give the guest more memory: --memory 4G");
	src.initrd.len = 3 * GiB;
	cr_expect_eq(boot_load(&g.p, &g.m, &src, &e), -E2BIG);
	expect_message("use a smaller one");
	src.initrd.len = SIZE_MAX;
	cr_expect_eq(boot_load(&g.p, &g.m, &src, &e), -E2BIG);
	src.initrd.len = 5;
	src.extra = (struct boot_blob){image, SIZE_MAX - 2, "extra"};
	cr_expect_eq(boot_load(&g.p, &g.m, &src, &e), -E2BIG);
}

Test(boot_linux, every_truncation_is_an_error)
{
	struct guest g = guest_new(1, 64 * MiB, 40);
	struct boot_source src = source_new();
	struct boot_entry e;

	for (size_t len = 0; len < sizeof(image); len++) {
		int want = len < 0x206 ? -ENOEXEC : -EINVAL;

		src.kernel.len = len;
		cr_assert_eq(boot_load(&g.p, &g.m, &src, &e), want, "%zu", len);
	}
	expect_message("dir/vmlinuz: truncated");
	expect_message("--kernel");
}

Test(boot_linux, no_room_for_init_size)
{
	struct guest g = guest_new(1, 64 * MiB, 40);
	struct boot_source src = source_new();
	struct boot_entry e;

	image_hdr()->init_size = 64 * MiB;
	cr_expect_eq(boot_load(&g.p, &g.m, &src, &e), -E2BIG);
	expect_message("dir/vmlinuz");
	expect_message("--memory 512M");
}

/* A 64-bit entry above 4 GiB would not be in the page tables. */
Test(boot_linux, never_loads_into_high_ram)
{
	struct guest g = guest_new(1, 5 * GiB, 40);
	struct boot_source src = source_new();
	struct boot_entry e;

	image_hdr()->pref_address = 4 * GiB;
	cr_expect_eq(boot_load(&g.p, &g.m, &src, &e), -E2BIG);
}

Test(boot_linux, old_protocol_and_32_bit_kernels)
{
	struct guest g = guest_new(1, 64 * MiB, 40);
	struct boot_source src = source_new();
	struct boot_entry e;

	image_hdr()->version = 0x020b;
	cr_expect_eq(boot_load(&g.p, &g.m, &src, &e), -ENOEXEC);
	expect_message("boot protocol 2.11");
	image_hdr()->version = 0x020c;
	cr_expect_eq(boot_load(&g.p, &g.m, &src, &e), 0);
	image_hdr()->xloadflags = XLF_CAN_BE_LOADED_ABOVE_4G;
	cr_expect_eq(boot_load(&g.p, &g.m, &src, &e), -ENOEXEC);
	expect_message("64-bit");
}

static void expect_damaged(const struct boot_source *src)
{
	struct guest g = guest_new(1, 64 * MiB, 40);
	struct boot_entry e;

	cr_expect_eq(boot_load(&g.p, &g.m, src, &e), -EINVAL);
	expect_message("dir/vmlinuz: damaged header");
}

Test(boot_linux, contradicting_headers)
{
	struct boot_source src = source_new();

	image_hdr()->relocatable_kernel = 0;
	image_hdr()->pref_address = 0x1000;
	expect_damaged(&src);
	fill_hdr(image_hdr());
	image_hdr()->pref_address = UINT64_MAX - 100;
	expect_damaged(&src);
	fill_hdr(image_hdr());
	image_hdr()->kernel_alignment = 0x300000;
	expect_damaged(&src);
	image_hdr()->kernel_alignment = 0;
	expect_damaged(&src);
	fill_hdr(image_hdr());
	image_hdr()->init_size = PROT_LEN - 1;
	expect_damaged(&src);
	fill_hdr(image_hdr());
	image_hdr()->syssize = 0x200 / 16;
	expect_damaged(&src);
	fill_hdr(image_hdr());
	image_hdr()->relocatable_kernel = 0;
	image_hdr()->pref_address = UINT64_MAX - 100;
	expect_damaged(&src);
}

Test(boot_linux, command_line_limits)
{
	struct guest g = guest_new(1, 64 * MiB, 40);
	struct boot_source src = source_new();
	char line[BOOT_CMDLINE_MAX + 1];
	struct boot_entry e;

	memset(line, 'x', sizeof(line));
	line[BOOT_CMDLINE_MAX - 1] = 0;
	src.cmdline = line;
	cr_expect_eq(boot_load(&g.p, &g.m, &src, &e), 0);
	image_hdr()->cmdline_size = 255;
	cr_expect_eq(boot_load(&g.p, &g.m, &src, &e), -E2BIG);
	expect_message("--append");
	image_hdr()->cmdline_size = 0xffffffff;
	line[BOOT_CMDLINE_MAX - 1] = 'x';
	line[BOOT_CMDLINE_MAX] = 0;
	cr_expect_eq(boot_load(&g.p, &g.m, &src, &e), -E2BIG);
}

Test(boot_linux, neither_kind_of_file)
{
	struct guest g = guest_new(1, 64 * MiB, 40);
	struct boot_source src = source_new();
	struct boot_entry e;

	image_hdr()->header = 0;
	cr_expect_eq(boot_load(&g.p, &g.m, &src, &e), -ENOEXEC);
	expect_message("dir/vmlinuz");
	expect_message("--kernel");
	src.kernel = (struct boot_blob){NULL, 0, "dir/empty"};
	cr_expect_eq(boot_load(&g.p, &g.m, &src, &e), -ENOEXEC);
	expect_message("dir/empty");
}

/* Descriptors, TSS and page tables, as both kinds of program get them */

Test(boot_start, descriptors)
{
	struct guest g = guest_new(1, 64 * MiB, 40);
	struct boot_source src = source_new();
	struct boot_entry e;

	cr_assert_eq(boot_load(&g.p, &g.m, &src, &e), 0, "%s", err_last());
	cr_expect_eq(e.gdt_gpa, BOOT_GDT_GPA);
	cr_expect_eq(e.gdt_limit, 6 * 8 - 1);
	cr_expect_eq(guest_get(&g, e.gdt_gpa, 8), 0);
	/* present, code, long mode, ring 0; present, data, writable */
	cr_expect_eq(guest_get(&g, e.gdt_gpa + 0x10, 8), 0x00af9b000000ffff);
	cr_expect_eq(guest_get(&g, e.gdt_gpa + 0x18, 8), 0x00cf93000000ffff);
	/* busy 64-bit TSS of 104 bytes */
	cr_expect_eq(guest_get(&g, e.gdt_gpa + 0x20, 8), 0x00008b0005800067);
	cr_expect_eq(guest_get(&g, e.gdt_gpa + 0x28, 8), 0);
	cr_expect_eq(e.tss_gpa, BOOT_TSS_GPA);
	cr_expect_eq(e.rsp, BOOT_STACK_GPA);
}

/* The page walk of a processor, with 2 MiB pages only. */
static uint64_t translate(const struct guest *g, uint64_t cr3, uint64_t va)
{
	uint64_t t = cr3;

	for (int shift = 39; shift >= 21; shift -= 9) {
		uint64_t e = guest_get(g, t + 8 * (va >> shift & 511), 8);

		cr_assert_eq(e & 3, 3, "%#llx: entry %#llx",
			     (unsigned long long)va, (unsigned long long)e);
		t = e & UINT64_C(0xffffffffff000);
		cr_assert_eq(!!(e & 0x80), shift == 21);
	}
	return t + (va & (2 * MiB - 1));
}

Test(boot_start, first_4_gib_are_identity_mapped)
{
	struct guest g = guest_new(1, 64 * MiB, 40);
	struct boot_source src = source_new();
	struct boot_entry e;

	cr_assert_eq(boot_load(&g.p, &g.m, &src, &e), 0, "%s", err_last());
	for (uint64_t va = 0x123; va < 4 * GiB; va += 2 * MiB)
		cr_assert_eq(translate(&g, e.cr3, va), va);
	cr_expect_eq(guest_get(&g, e.cr3 + 8, 8), 0);
}

/* E820 */

static uint64_t e820_sum(const struct boot_e820_entry *v, unsigned n,
			 uint32_t type)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += v[i].type == type ? v[i].size : 0;
	return sum;
}

static uint32_t e820_type(const struct boot_e820_entry *v, unsigned n,
			  uint64_t gpa)
{
	for (unsigned i = 0; i < n; i++)
		if (gpa - v[i].addr < v[i].size)
			return v[i].type;
	return 0;
}

static void expect_sorted(const struct boot_e820_entry *v, unsigned n)
{
	for (unsigned i = 1; i < n; i++)
		cr_expect_leq(v[i - 1].addr + v[i - 1].size, v[i].addr);
}

Test(boot_e820, small_guest)
{
	struct guest g = guest_new(1, 512 * MiB, 40);
	struct boot_e820_entry v[E820_MAX];
	unsigned n = e820_fill(&g.p, v);

	cr_assert_leq(n, E820_MAX);
	expect_sorted(v, n);
	cr_expect_eq(e820_sum(v, n, E820_RAM), 511 * MiB + 0x9fc00);
	cr_expect_eq(e820_type(v, n, 0x9fbff), E820_RAM);
	cr_expect_eq(e820_type(v, n, 0x9fc00), E820_RESERVED);
	cr_expect_eq(e820_type(v, n, 0xa0000), E820_RESERVED);
	cr_expect_eq(e820_type(v, n, PLAT_ACPI_GPA), E820_ACPI);
	cr_expect_eq(e820_type(v, n, MiB - 1), E820_ACPI);
	cr_expect_eq(e820_type(v, n, MiB), E820_RAM);
	cr_expect_eq(e820_type(v, n, 512 * MiB), 0);
	cr_expect_eq(e820_type(v, n, g.p.mmio32.start), 0);
	cr_expect_eq(e820_type(v, n, range_last(g.p.ecam)), E820_RESERVED);
	cr_expect_eq(e820_type(v, n, range_end(g.p.ecam)), 0);
	cr_expect_eq(e820_type(v, n, PLAT_KVM_HOLE_GPA), E820_RESERVED);
	cr_expect_eq(e820_type(v, n, PLAT_HIGH_RAM_GPA), 0);
}

Test(boot_e820, high_ram_continues_above_the_hole)
{
	struct guest g = guest_new(1, 5 * GiB, 40);
	struct boot_e820_entry v[E820_MAX];
	unsigned n = e820_fill(&g.p, v);

	cr_assert_leq(n, E820_MAX);
	expect_sorted(v, n);
	cr_expect_eq(e820_sum(v, n, E820_RAM), 5 * GiB - MiB + 0x9fc00);
	cr_expect_eq(e820_type(v, n, 2 * GiB - 1), E820_RAM);
	cr_expect_eq(e820_type(v, n, 2 * GiB), 0);
	cr_expect_eq(e820_type(v, n, 7 * GiB - 1), E820_RAM);
	cr_expect_eq(e820_type(v, n, 7 * GiB), 0);
}

Test(boot_e820, is_what_linux_gets)
{
	struct guest g = guest_new(1, 5 * GiB, 40);
	struct boot_source src = source_new();
	struct boot_e820_entry v[E820_MAX];
	unsigned n = e820_fill(&g.p, v);
	struct boot_entry e;

	cr_assert_eq(boot_load(&g.p, &g.m, &src, &e), 0, "%s", err_last());
	cr_expect_eq(params(&g)->e820_entries, n);
	cr_expect_eq(memcmp(params(&g)->e820_table, v, n * sizeof(v[0])), 0);
}
