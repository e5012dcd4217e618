/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Chooses the loader by the file's magic and writes what both kinds start
 * with: descriptors, an empty TSS and identity page tables.
 */
#include "vmm/boot/boot.h"

#include <errno.h>

#include "base/err.h"
#include "vmm/boot/acpi.h"
#include "vmm/boot/bzimage.h"
#include "vmm/boot/elf.h"
#include "vmm/boot/fdt.h"
#include "vmm/boot/linux.h"

#define PAGE     4096
#define TSS_LEN  104
#define NPD      4    /* page directories: one per GiB */
#define PTE_RW   0x03 /* present, writable */
#define PTE_2M   0x80
#define PD_SIZE  (2 * MiB)
#define PD_SLOTS 512

/*
 * Descriptors as in the Intel SDM volume 3, 3.4.5 and 7.2.3: flat code64 and
 * data, accessed; the TSS is marked busy because the vCPU starts with it in
 * TR.  Its second half (base 63:32) is zero.
 */
static const uint64_t gdt[] = {
	[2] = 0x00af9b000000ffff,
	[3] = 0x00cf93000000ffff,
	[4] = 0x00008b0000000000 | (uint64_t)BOOT_TSS_GPA << 16 | (TSS_LEN - 1),
	[5] = 0,
};

static_assert(BOOT_GDT_GPA + sizeof(gdt) <= BOOT_TSS_GPA &&
		      BOOT_TSS_GPA < 1 << 16,
	      "GDT ends before the TSS, whose base fits one field");
static_assert(BOOT_PGTABLE_GPA + (2 + NPD) * PAGE <= BOOT_CMDLINE_GPA,
	      "page tables end before the command line");

static int write_pgtables(const struct gmem *m)
{
	uint8_t *t = gmem_at(m, BOOT_PGTABLE_GPA, (2 + NPD) * PAGE);
	uint64_t pdpt = BOOT_PGTABLE_GPA + PAGE;

	if (!t)
		return -EFAULT;
	memset(t, 0, (2 + NPD) * PAGE);
	le_put(t, 8, pdpt | PTE_RW);
	for (uint64_t i = 0; i < NPD; i++)
		le_put(t + PAGE + 8 * i, 8, (pdpt + PAGE * (i + 1)) | PTE_RW);
	for (uint64_t i = 0; i < NPD * PD_SLOTS; i++)
		le_put(t + PAGE * 2 + 8 * i, 8, i * PD_SIZE | PTE_2M | PTE_RW);
	return 0;
}

static int write_start(const struct gmem *m, struct boot_entry *e)
{
	static const uint8_t tss[TSS_LEN];

	e->rsp = BOOT_STACK_GPA;
	e->cr3 = BOOT_PGTABLE_GPA;
	e->gdt_gpa = BOOT_GDT_GPA;
	e->gdt_limit = sizeof(gdt) - 1;
	e->tss_gpa = BOOT_TSS_GPA;
	if (gmem_write(m, BOOT_GDT_GPA, gdt, sizeof(gdt)) ||
	    gmem_write(m, BOOT_TSS_GPA, tss, sizeof(tss)) || write_pgtables(m))
		return err_set(E2BIG, "no guest memory below 1 MiB; give the "
				      "guest more memory: --memory 512M");
	return 0;
}

static int load_bzimage(const struct platform *p, const struct gmem *m,
			const struct boot_source *src, struct boot_entry *e)
{
	struct bzimage bz;
	int rc = bzimage_check(&bz, &src->kernel);

	e->rsi = BOOT_PARAMS_GPA;
	if (!rc)
		rc = bzimage_load(p, m, src, &bz, &e->rip);
	if (!rc)
		rc = acpi_write(p, m);
	return rc;
}

static int load_vmlinux(const struct platform *p, const struct gmem *m,
			const struct boot_source *src, struct range run)
{
	int rc = linux_load_unpacked_rest(p, m, src, run);

	return rc ? rc : acpi_write(p, m);
}

/* A payload is one file: initrd and extra have no place in its protocol. */
static int load_elf(const struct platform *p, const struct gmem *m,
		    const struct boot_source *src, struct boot_entry *e)
{
	struct elf_image img;
	int rc = elf_load(p, m, &src->kernel, &img);

	if (rc)
		return rc;
	e->rip = img.entry;
	e->rsi = img.is_linux ? BOOT_PARAMS_GPA : BOOT_FDT_GPA;
	return img.is_linux ? load_vmlinux(p, m, src, img.run)
			    : fdt_write(p, m, src->cmdline);
}

int boot_load(const struct platform *p, const struct gmem *m,
	      const struct boot_source *src, struct boot_entry *e)
{
	int rc;

	*e = (struct boot_entry){0};
	rc = write_start(m, e);
	if (rc)
		return rc;
	if (bzimage_probe(&src->kernel))
		return load_bzimage(p, m, src, e);
	if (elf_probe(&src->kernel))
		return load_elf(p, m, src, e);
	return err_set(ENOEXEC,
		       "%s: neither a Linux bzImage nor an ELF64 file; give "
		       "one with --kernel FILE",
		       src->kernel.name);
}
