/* SPDX-License-Identifier: BSD-2-Clause */
/* ELF64: walks the program headers inside the file's bounds. */
#include "vmm/boot/elf.h"

#include <elf.h>
#include <errno.h>

#include "base/err.h"

/* Linux's __START_KERNEL_map: virtual minus physical of its text */
#define KERNEL_MAP UINT64_C(0xffffffff80000000)

bool elf_probe(const struct boot_blob *file)
{
	return file->len >= SELFMAG && !memcmp(file->data, ELFMAG, SELFMAG);
}

static int truncated(const struct boot_blob *file)
{
	return err_set(EINVAL,
		       "%s: truncated: an ELF header points behind its end "
		       "(%zu bytes); build or copy it again",
		       file->name, file->len);
}

static bool in_file(const struct boot_blob *file, uint64_t off, uint64_t len)
{
	return len <= file->len && off <= file->len - len;
}

static int read_header(Elf64_Ehdr *eh, const struct boot_blob *file)
{
	if (file->len < sizeof(*eh))
		return truncated(file);
	memcpy(eh, file->data, sizeof(*eh));
	if (eh->e_ident[EI_CLASS] != ELFCLASS64 ||
	    eh->e_ident[EI_DATA] != ELFDATA2LSB || eh->e_type != ET_EXEC ||
	    eh->e_machine != EM_X86_64)
		return err_set(ENOEXEC,
			       "%s: an ELF file, but not a static 64-bit x86 "
			       "executable; link it with -static -no-pie",
			       file->name);
	if (eh->e_phentsize != sizeof(Elf64_Phdr))
		return err_set(EINVAL,
			       "%s: damaged: program headers of %u bytes; "
			       "build or copy it again",
			       file->name, eh->e_phentsize);
	if (!in_file(file, eh->e_phoff,
		     (uint64_t)eh->e_phnum * sizeof(Elf64_Phdr)))
		return truncated(file);
	return 0;
}

static int check_segment(const struct platform *p, const struct boot_blob *file,
			 const Elf64_Phdr *ph, bool is_linux)
{
	struct range gpa = {ph->p_paddr, ph->p_memsz};
	struct range usable = {MiB, p->ram[0].len - MiB};

	if (ph->p_filesz > ph->p_memsz)
		return err_set(EINVAL,
			       "%s: damaged: a segment larger in the file than "
			       "in memory; build or copy it again",
			       file->name);
	if (!in_file(file, ph->p_offset, ph->p_filesz))
		return truncated(file);
	if (!is_linux && ph->p_vaddr != ph->p_paddr)
		return err_set(ENOEXEC,
			       "%s: linked at %#llx to be loaded at %#llx, but "
			       "payloads run identity-mapped; link it where it "
			       "is loaded",
			       file->name, (unsigned long long)ph->p_vaddr,
			       (unsigned long long)ph->p_paddr);
	if (!range_in(gpa, usable))
		return err_set(E2BIG,
			       "%s: a segment of %#llx bytes at %#llx is "
			       "outside guest memory, %#llx..%#llx; give "
			       "the guest more memory: --memory SIZE",
			       file->name, (unsigned long long)gpa.len,
			       (unsigned long long)gpa.start,
			       (unsigned long long)usable.start,
			       (unsigned long long)range_last(usable));
	return 0;
}

static int load_segment(const struct gmem *m, const struct boot_blob *file,
			const Elf64_Phdr *ph)
{
	const uint8_t *f = file->data;
	uint8_t *dst = gmem_at(m, ph->p_paddr, ph->p_memsz);

	if (!dst)
		return err_set(E2BIG, "%s: a segment is not in guest memory",
			       file->name);
	if (ph->p_filesz)
		memcpy(dst, f + ph->p_offset, ph->p_filesz);
	memset(dst + ph->p_filesz, 0, ph->p_memsz - ph->p_filesz);
	return 0;
}

/* The first segment of a kernel; its per-CPU data are linked elsewhere. */
static bool is_kernel_text(const Elf64_Phdr *ph)
{
	return ph->p_vaddr - ph->p_paddr == KERNEL_MAP;
}

/* Grows @img by one checked segment. */
static void note_segment(struct elf_image *img, const Elf64_Phdr *ph)
{
	uint64_t start = ph->p_paddr, end = ph->p_paddr + ph->p_memsz;

	if (img->run.len) {
		start = min_u64(start, img->run.start);
		end = max_u64(end, range_end(img->run));
	}
	img->run = (struct range){start, end - start};
}

/* Others have nothing to say, whatever else stands in them. */
static bool is_loaded(const Elf64_Phdr *ph)
{
	return ph->p_type == PT_LOAD && ph->p_memsz;
}

static int next_segment(const struct platform *p, const struct gmem *m,
			const struct boot_blob *file, const Elf64_Phdr *ph,
			struct elf_image *img)
{
	int rc;

	if (!is_loaded(ph))
		return 0;
	if (!img->run.len)
		img->is_linux = is_kernel_text(ph);
	rc = check_segment(p, file, ph, img->is_linux);
	if (rc)
		return rc;
	note_segment(img, ph);
	return load_segment(m, file, ph);
}

int elf_load(const struct platform *p, const struct gmem *m,
	     const struct boot_blob *file, struct elf_image *img)
{
	const uint8_t *f = file->data;
	bool entry_seen = false;
	Elf64_Ehdr eh = {0};
	Elf64_Phdr ph = {0};
	int rc = read_header(&eh, file);

	*img = (struct elf_image){.entry = eh.e_entry};
	for (unsigned i = 0; !rc && i < eh.e_phnum; i++) {
		memcpy(&ph, f + eh.e_phoff + i * sizeof(ph), sizeof(ph));
		rc = next_segment(p, m, file, &ph, img);
		if (is_loaded(&ph) && eh.e_entry - ph.p_paddr < ph.p_filesz)
			entry_seen = true;
	}
	if (!rc && !entry_seen)
		rc = err_set(EINVAL,
			     "%s: its entry point %#llx lies in no loaded "
			     "segment; build or copy it again",
			     file->name, (unsigned long long)eh.e_entry);
	return rc;
}
