/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Initrd, command line and boot_params of a Linux kernel already in memory.
 *
 * Knows the boot protocol's structures; knows nothing of ACPI's content nor of
 * registers.
 */
#include "vmm/boot/linux.h"

#include <errno.h>

#include "base/bytes.h"
#include "base/err.h"
#include "vmm/boot/e820.h"

#define LOADER_OTHER 0xff /* type_of_loader without a registered number */
#define VID_NORMAL   0xffff
#define PAGE         4096

static_assert(sizeof(struct boot_params) == PAGE, "boot_params is one page");

/* What to give to --memory: room for @need bytes and as much to run in. */
static const char *memory_cure(uint64_t need)
{
	static const char *const size[] = {"512M", "1G", "2G", "4G"};
	unsigned i = 0;

	while (i + 1 < ARRAY_SIZE(size) && (512 * MiB) << i < 2 * need)
		i++;
	return size[i];
}

int linux_check_room(const struct platform *p, const struct boot_blob *kernel,
		     struct range run)
{
	if (range_in(run, p->ram[0]) && run.start >= MiB)
		return 0;
	return err_set(E2BIG,
		       "%s: the kernel needs memory at %#llx..%#llx, which the "
		       "guest does not have; give the guest more memory: "
		       "--memory %s",
		       kernel->name, (unsigned long long)run.start,
		       (unsigned long long)range_last(run),
		       memory_cure(range_last(run)));
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
	uint64_t initrd_len = min_u64(src->initrd.len, 4 * GiB);
	uint64_t extra_off =
		src->extra.len ? align_up(initrd_len, 4) : initrd_len;
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
	memset(dst + initrd_len, 0, extra_off - initrd_len);
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

int linux_load_rest(const struct platform *p, const struct gmem *m,
		    const struct boot_source *src,
		    const struct setup_header *hdr, struct range run)
{
	struct setup_header h = *hdr;
	int rc;

	h.ramdisk_image = 0;
	h.ramdisk_size = 0;
	rc = load_cmdline(m, src, &h);
	if (!rc)
		rc = load_initrd(p, m, src, &h, run);
	if (!rc)
		rc = write_params(p, m, &h);
	return rc;
}

int linux_load_unpacked_rest(const struct platform *p, const struct gmem *m,
			     const struct boot_source *src, struct range run)
{
	static const struct setup_header h = {
		.boot_flag = LINUX_BOOT_FLAG,
		.header = LINUX_MAGIC,
		.version = 0x020c,
		.loadflags = LOADED_HIGH,
		.initrd_addr_max = 0x7fffffff,
		.cmdline_size = BOOT_CMDLINE_MAX - 1,
	};

	return linux_load_rest(p, m, src, &h, run);
}
