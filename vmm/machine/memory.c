/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Huge pages make pinning a matter of hundreds of faults, not of 100,000s.
 *
 * A kernel gives them to anonymous memory for the asking, but to a file only
 * where /sys/kernel/mm/transparent_hugepage/shmem_enabled says so, and "never"
 * is the default.  So RAM is a file only for those who need one.
 */
#include "vmm/machine/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/huge.h"
#include "base/log.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U /* since Linux 6.3 */
#endif

#define HUGE (2 * MiB)
#define STEP GiB
#define SYS  "/sys"

/* @m must hold none of them any more. */
static int no_huge_pages(uint64_t size, const char *call, int err)
{
	uint64_t need = size / HUGE;
	uint64_t have = huge_available(SYS);
	uint64_t all = huge_count(SYS, "nr_hugepages");

	if (have >= need)
		return err_set(err,
			       "guest RAM of %llu MiB: %s: %s, with %llu huge "
			       "pages free; see hugetlb.2MB.max of this cgroup",
			       (unsigned long long)(size / MiB), call,
			       err_name(err), (unsigned long long)have);
	return err_set(ENOMEM,
		       "guest RAM of %llu MiB takes %llu huge pages of 2 MiB, "
		       "and %llu are free; have more: echo %llu > "
		       "/proc/sys/vm/nr_hugepages",
		       (unsigned long long)(size / MiB),
		       (unsigned long long)need, (unsigned long long)have,
		       (unsigned long long)(all + need - have));
}

static int no_memory(uint64_t size, const char *call, int err)
{
	return err_set(err,
		       "guest RAM of %llu MiB: %s: %s; give a smaller --memory",
		       (unsigned long long)(size / MiB), call, err_name(err));
}

/* Some hosts refuse files that could be executed; older ones know no others. */
static int new_file(unsigned flags)
{
	int fd;

	flags |= MFD_CLOEXEC | MFD_ALLOW_SEALING;
	fd = memfd_create("guest-ram", flags | MFD_NOEXEC_SEAL);
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("guest-ram", flags);
	return fd;
}

static int open_file(struct memory *m, uint64_t size, bool huge)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

	m->fd = new_file(huge ? MFD_HUGETLB | MFD_HUGE_2MB : 0);
	if (m->fd < 0)
		return err_call(errno, "guest RAM", "memfd_create",
				huge ? "leave --hugepages out where the kernel "
				       "has none, or raise ulimit -n"
				     : "raise the limit: ulimit -n 4096");
	if (ftruncate(m->fd, (off_t)size))
		return no_memory(size, "ftruncate", errno);
	if (fcntl(m->fd, F_ADD_SEALS, seals))
		return err_call(errno, "guest RAM", "fcntl(F_ADD_SEALS)", NULL);
	return 0;
}

/* The whole, with room to align; then RAM over what is aligned of it */
static int map(struct memory *m, uint64_t size)
{
	const int flags = m->fd < 0
				  ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
				  : MAP_SHARED;
	void *all = mmap(NULL, size + HUGE, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	void *hva;

	if (all == MAP_FAILED)
		return -errno;
	m->base = all;
	m->len = size + HUGE;
	hva = (void *)align_up((uintptr_t)all, HUGE);
	if (mmap(hva, size, PROT_READ | PROT_WRITE, flags | MAP_FIXED, m->fd,
		 0) == MAP_FAILED)
		return -errno;
	return 0;
}

static int advise(struct memory *m)
{
	if (madvise(m->base, m->len, MADV_DONTFORK))
		return err_call(errno, "guest RAM", "madvise(MADV_DONTFORK)",
				NULL);
	if (madvise(m->base, m->len, MADV_DONTDUMP))
		return err_call(errno, "guest RAM", "madvise(MADV_DONTDUMP)",
				NULL);
	/* a kernel without huge pages says EINVAL: slower, not wrong */
	(void)madvise(m->base, m->len, MADV_HUGEPAGE);
	return 0;
}

static void release(struct memory *m)
{
	if (m->base)
		munmap(m->base, m->len);
	m->base = NULL;
	fd_close(&m->fd);
}

/* All pages now: later their lack would be a SIGBUS under the guest's feet. */
static int take_pages(struct memory *m, struct range part)
{
	while (fallocate(m->fd, 0, (off_t)part.start, (off_t)part.len))
		if (errno != EINTR)
			return -errno;
	return 0;
}

/* @call: what failed; NULL: it was ended between two steps, with a message */
static int take_all(struct memory *m, uint64_t size,
		    const struct progress_steps *steps, const char **call)
{
	int rc = 0;

	for (uint64_t off = 0; !rc && off < size; off += STEP) {
		struct range part = {off, min_u64(STEP, size - off)};

		*call = NULL;
		rc = progress_ask(steps, off, size);
		if (rc)
			break;
		*call = "fallocate";
		rc = take_pages(m, part);
	}
	return rc;
}

static int allocate_huge(struct memory *m, uint64_t size,
			 const struct progress_steps *steps)
{
	const char *call = "mmap";
	int rc = open_file(m, size, true);

	if (rc)
		return rc;
	rc = map(m, size); /* promises the pages: fails soon if it must */
	if (!rc)
		rc = take_all(m, size, steps, &call);
	if (!rc)
		return advise(m);
	release(m);
	return call ? no_huge_pages(size, call, rc) : rc;
}

static int allocate(struct memory *m, uint64_t size, enum memory_kind kind,
		    const struct progress_steps *steps)
{
	int rc = 0;

	if (kind == MEMORY_HUGE)
		return allocate_huge(m, size, steps);
	if (kind == MEMORY_FILE)
		rc = open_file(m, size, false);
	if (rc)
		return rc;
	rc = map(m, size);
	return rc ? no_memory(size, "mmap", rc) : advise(m);
}

static int show(struct memory *m, const struct platform *p)
{
	uint8_t *start = (uint8_t *)align_up((uintptr_t)m->base, HUGE);
	uint64_t off = 0;

	for (unsigned i = 0; i < p->nram; i++) {
		uint8_t *hva = start + off;

		m->ram.part[i] = (struct gmem_part){
			.gpa = p->ram[i],
			.hva = hva,
			.fd = m->fd,
			.fd_offset = m->fd < 0 ? 0 : off,
		};
		m->ram.n++;
		m->slot[i] = kvm_mem_add(m->vm, p->ram[i], hva);
		if (m->slot[i] < 0)
			return m->slot[i];
		off += p->ram[i].len;
	}
	return 0;
}

void memory_init(struct memory *m)
{
	*m = (struct memory){.fd = -1};
	for (unsigned i = 0; i < GMEM_MAX; i++)
		m->slot[i] = -1;
}

int memory_open(struct memory *m, const struct platform *p, struct kvm_vm *vm,
		enum memory_kind kind, const struct progress_steps *steps)
{
	int rc;

	memory_init(m);
	m->vm = vm;
	rc = allocate(m, p->ram_size, kind, steps);
	if (!rc)
		rc = show(m, p);
	if (rc)
		memory_close(m);
	return rc;
}

void memory_close(struct memory *m)
{
	for (unsigned i = 0; m->base && i < GMEM_MAX; i++)
		if (m->slot[i] >= 0 && kvm_mem_del(m->vm, m->slot[i]))
			log_warn("guest RAM: %s", err_last());
	release(m);
	memory_init(m);
}
