/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Linux bzImage: the header's checks, and the protected-mode part's place.
 *
 * What else a kernel gets, packed or not, is in linux.c.
 */
#include "vmm/boot/bzimage.h"

#include <errno.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/err.h"
#include "vmm/boot/linux.h"

#define SECTOR      512
#define HDR_OFF     0x1f1 /* of struct setup_header in the file */
#define JUMP_OFF    0x200 /* "jmp rel8"; its target is the header's end */
#define MAGIC_OFF   0x202
#define MIN_VERSION 0x020c /* 2.12: xloadflags */

static_assert(offsetof(struct setup_header, jump) == JUMP_OFF - HDR_OFF &&
		      offsetof(struct setup_header, header) ==
			      MAGIC_OFF - HDR_OFF,
	      "setup_header starts at 0x1f1");

bool bzimage_probe(const struct boot_blob *file)
{
	const uint8_t *f = file->data;

	return file->len >= MAGIC_OFF + 4 &&
	       le_get(f + JUMP_OFF - 2, 2) == LINUX_BOOT_FLAG &&
	       le_get(f + MAGIC_OFF, 4) == LINUX_MAGIC;
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

int bzimage_load(const struct platform *p, const struct gmem *m,
		 const struct boot_source *src, const struct bzimage *bz,
		 uint64_t *rip)
{
	int rc = linux_check_room(p, &src->kernel, bz->run);

	if (rc)
		return rc;
	*rip = bz->run.start + BZIMAGE_ENTRY64;
	rc = gmem_write(m, bz->run.start, bz->prot, bz->prot_len);
	return rc ? rc : linux_load_rest(p, m, src, &bz->hdr, bz->run);
}
