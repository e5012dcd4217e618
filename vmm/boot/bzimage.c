/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Linux bzImage: the header's checks, then where each part goes.
 *
 * Knows the boot protocol and boot_params; knows nothing of ACPI's content
 * nor of registers.
 */
#include "vmm/boot/bzimage.h"

#include <errno.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/err.h"
#include "vmm/boot/e820.h"

#define SECTOR       512
#define HDR_OFF      0x1f1 /* of struct setup_header in the file */
#define JUMP_OFF     0x200 /* "jmp rel8"; its target is the header's end */
#define MAGIC_OFF    0x202
#define MAGIC        0x53726448 /* "HdrS" */
#define BOOT_FLAG    0xaa55
#define MIN_VERSION  0x020c /* 2.12: xloadflags */
#define LOADER_OTHER 0xff   /* type_of_loader without a registered number */
#define VID_NORMAL   0xffff
#define PAGE         4096

static_assert(offsetof(struct setup_header, jump) == JUMP_OFF - HDR_OFF &&
		      offsetof(struct setup_header, header) ==
			      MAGIC_OFF - HDR_OFF,
	      "setup_header starts at 0x1f1");
static_assert(sizeof(struct boot_params) == PAGE, "boot_params is one page");

bool bzimage_probe(const struct boot_blob *file)
{
	const uint8_t *f = file->data;

	return file->len >= MAGIC_OFF + 4 &&
	       le_get(f + JUMP_OFF - 2, 2) == BOOT_FLAG &&
	       le_get(f + MAGIC_OFF, 4) == MAGIC;
}

/* Older kernels have shorter headers: copy what the file says it has. */
static int read_header(struct setup_header *h, const struct boot_blob *file)
{
	const uint8_t *f = file->data;
	size_t end = (size_t)MAGIC_OFF + f[JUMP_OFF + 1];
	size_t len = min_u64(end - HDR_OFF, sizeof(*h));

	*h = (struct setup_header){0};
	if (file->len < HDR_OFF + len)
		return err_set(EINVAL,
			       "%s: truncated inside the setup header (%zu "
			       "bytes); copy it again or use another kernel "
			       "(--kernel FILE)",
			       file->name, file->len);
	memcpy(h, f + HDR_OFF, len);
	return 0;
}

static int check_protocol(const struct setup_header *h, const char *name)
{
	if (h->version < MIN_VERSION)
		return err_set(ENOEXEC,
			       "%s: boot protocol %u.%02u is too old, 2.12 "
			       "(Linux 3.8) is needed; use a newer x86-64 "
			       "kernel (--kernel FILE)",
			       name, h->version >> 8, h->version & 0xff);
	if (!(h->xloadflags & XLF_KERNEL_64) || !(h->loadflags & LOADED_HIGH))
		return err_set(ENOEXEC,
			       "%s: has no 64-bit entry point; use an x86-64 "
			       "bzImage (--kernel FILE)",
			       name);
	return 0;
}

/* The protected-mode part lies behind the boot sector and its setup sectors. */
static int find_prot(struct bzimage *bz, const struct boot_blob *file)
{
	size_t sects = bz->hdr.setup_sects ? bz->hdr.setup_sects : 4;
	size_t off = (sects + 1) * SECTOR;
	uint64_t len = (uint64_t)bz->hdr.syssize * 16;

	if (file->len < off || file->len - off < len)
		return err_set(EINVAL,
			       "%s: truncated: its header promises %llu bytes, "
			       "the file has %zu; copy it again or use another "
			       "kernel (--kernel FILE)",
			       file->name, (unsigned long long)(off + len),
			       file->len);
	bz->prot = (const uint8_t *)file->data + off;
	bz->prot_len = len;
	return 0;
}

static int find_run(struct bzimage *bz, const char *name)
{
	const struct setup_header *h = &bz->hdr;
	uint64_t load = h->pref_address;

	if (h->relocatable_kernel && is_pow2(h->kernel_alignment))
		load = align_up(load, h->kernel_alignment);
	bz->run = (struct range){load, h->init_size};
	if (load < MiB || load < h->pref_address || !range_ok(bz->run) ||
	    bz->prot_len <= BZIMAGE_ENTRY64 || bz->prot_len > h->init_size ||
	    (h->relocatable_kernel && !is_pow2(h->kernel_alignment)))
		return err_set(EINVAL,
			       "%s: damaged header: pref_address %#llx, "
			       "kernel_alignment %#x, init_size %#x, %zu bytes "
			       "of code; use another kernel (--kernel FILE)",
			       name, (unsigned long long)h->pref_address,
			       h->kernel_alignment, h->init_size, bz->prot_len);
	return 0;
}

int bzimage_check(struct bzimage *bz, const struct boot_blob *file)
{
	int rc;

	*bz = (struct bzimage){0};
	rc = read_header(&bz->hdr, file);
	if (!rc)
		rc = check_protocol(&bz->hdr, file->name);
	if (!rc)
		rc = find_prot(bz, file);
	if (!rc)
		rc = find_run(bz, file->name);
	return rc;
}

/* What to give to --memory: room for @need bytes and as much to run in. */
static const char *memory_cure(uint64_t need)
{
	static const char *const size[] = {"512M", "1G", "2G", "4G"};
	unsigned i = 0;

	while (i + 1 < ARRAY_SIZE(size) && (512 * MiB) << i < 2 * need)
		i++;
	return size[i];
}

static int load_kernel(const struct platform *p, const struct gmem *m,
		       const struct boot_source *src, const struct bzimage *bz)
{
	if (!range_in(bz->run, p->ram[0]))
		return err_set(E2BIG,
			       "%s: the kernel needs memory at %#llx..%#llx, "
			       "which the guest does not have; give the guest "
			       "more memory: --memory %s",
			       src->kernel.name,
			       (unsigned long long)bz->run.start,
			       (unsigned long long)range_last(bz->run),
			       memory_cure(range_last(bz->run)));
	return gmem_write(m, bz->run.start, bz->prot, bz->prot_len);
}

static int load_cmdline(const struct gmem *m, const struct boot_source *src,
			struct setup_header *h)
{
	size_t len = strlen(src->cmdline);
	size_t max = min_u64(h->cmdline_size, BOOT_CMDLINE_MAX - 1);

	if (len > max)
		return err_set(E2BIG,
			       "kernel command line of %zu characters: %s "
			       "takes %zu; shorten --append",
			       len, src->kernel.name, max);
	h->cmd_line_ptr = BOOT_CMDLINE_GPA;
	return gmem_write(m, BOOT_CMDLINE_GPA, src->cmdline, len + 1);
}

/* @top is where the kernel wants an initrd to end, however much RAM there is */
static int initrd_too_big(const struct boot_source *src, uint64_t len,
			  struct range room, uint64_t top)
{
	if (top < room.start || len > top - room.start)
		return err_set(E2BIG,
			       "%s: initrd of %llu MiB does not fit below %llu "
			       "MiB, the kernel's limit; use a smaller one "
			       "(--initrd FILE)",
			       src->initrd.name,
			       (unsigned long long)(len / MiB),
			       (unsigned long long)(top / MiB));
	return err_set(E2BIG,
		       "%s: initrd of %llu MiB does not fit the %llu MiB that "
		       "the kernel leaves free; give the guest more memory: "
		       "--memory %s",
		       src->initrd.name, (unsigned long long)(len / MiB),
		       (unsigned long long)(room.len / MiB),
		       memory_cure(room.start + len));
}

/*
 * As high as the kernel allows, so that decompression and KASLR have the
 * memory below for themselves.  Zeros between the two archives are skipped by
 * the kernel's unpacker as long as the second one is 4-byte aligned.
 */
static int load_initrd(const struct platform *p, const struct gmem *m,
		       const struct boot_source *src, struct setup_header *h,
		       struct range run)
{
	/* lengths above 4 GiB are cut, so that their sum cannot wrap */
	uint64_t extra_off = align_up(min_u64(src->initrd.len, 4 * GiB), 4);
	uint64_t len = extra_off + min_u64(src->extra.len, 4 * GiB);
	uint64_t start = align_up(range_end(run), PAGE);
	uint64_t top =
		min_u64(PLAT_LOW_RAM_MAX, (uint64_t)h->initrd_addr_max + 1);
	uint64_t end = align_down(min_u64(range_end(p->ram[0]), top), PAGE);
	struct range room = {start, end > start ? end - start : 0};
	uint8_t *dst;

	if (!len)
		return 0;
	if (len > room.len)
		return initrd_too_big(src, len, room, top);
	h->ramdisk_image = (uint32_t)align_down(end - len, PAGE);
	h->ramdisk_size = (uint32_t)len;
	dst = gmem_at(m, h->ramdisk_image, len);
	if (!dst)
		return initrd_too_big(src, len, room, top);
	if (src->initrd.len)
		memcpy(dst, src->initrd.data, src->initrd.len);
	memset(dst + src->initrd.len, 0, extra_off - src->initrd.len);
	if (src->extra.len)
		memcpy(dst + extra_off, src->extra.data, src->extra.len);
	return 0;
}

/* All other fields stay zero: no screen, no EFI, nothing above 4 GiB. */
static int write_params(const struct platform *p, const struct gmem *m,
			const struct setup_header *h)
{
	struct boot_params bp = {.hdr = *h};

	bp.hdr.type_of_loader = LOADER_OTHER;
	bp.hdr.vid_mode = VID_NORMAL;
	bp.hdr.setup_data = 0;
	bp.acpi_rsdp_addr = PLAT_ACPI_GPA;
	bp.e820_entries = (uint8_t)e820_fill(p, bp.e820_table);
	return gmem_write(m, BOOT_PARAMS_GPA, &bp, sizeof(bp));
}

int bzimage_load(const struct platform *p, const struct gmem *m,
		 const struct boot_source *src, const struct bzimage *bz,
		 uint64_t *rip)
{
	struct setup_header h = bz->hdr;
	int rc;

	h.ramdisk_image = 0;
	h.ramdisk_size = 0;
	*rip = bz->run.start + BZIMAGE_ENTRY64;
	rc = load_kernel(p, m, src, bz);
	if (!rc)
		rc = load_cmdline(m, src, &h);
	if (!rc)
		rc = load_initrd(p, m, src, &h, bz->run);
	if (!rc)
		rc = write_params(p, m, &h);
	return rc;
}
