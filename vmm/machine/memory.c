/* SPDX-License-Identifier: BSD-2-Clause */
/* Huge pages make pinning a matter of hundreds of faults, not of 100,000s. */
#include "vmm/machine/memory.h"

#include <errno.h>
#include <sys/mman.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/log.h"

#define HUGE (2 * MiB)

static int allocate(struct memory *m, uint64_t size)
{
	m->len = size + HUGE; /* room to align */
	m->base = mmap(NULL, m->len, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (m->base == MAP_FAILED) {
		m->base = NULL;
		return err_set(errno,
			       "guest RAM of %llu MiB: mmap: %s; give a "
			       "smaller --memory",
			       (unsigned long long)(size / MiB),
			       err_name(errno));
	}
	if (madvise(m->base, m->len, MADV_DONTFORK))
		return err_call(errno, "guest RAM", "madvise(MADV_DONTFORK)",
				NULL);
	/* a kernel without huge pages says EINVAL: slower, not wrong */
	(void)madvise(m->base, m->len, MADV_HUGEPAGE);
	return 0;
}

static int show(struct memory *m, const struct platform *p)
{
	uint8_t *hva = (uint8_t *)align_up((uintptr_t)m->base, HUGE);

	for (unsigned i = 0; i < p->nram; i++) {
		m->ram.part[i] = (struct gmem_part){
			.gpa = p->ram[i], .hva = hva, .fd = -1};
		m->ram.n++;
		m->slot[i] = kvm_mem_add(m->vm, p->ram[i], hva);
		if (m->slot[i] < 0)
			return m->slot[i];
		hva += p->ram[i].len;
	}
	return 0;
}

int memory_open(struct memory *m, const struct platform *p, struct kvm_vm *vm)
{
	int rc;

	*m = (struct memory){.vm = vm};
	for (unsigned i = 0; i < GMEM_MAX; i++)
		m->slot[i] = -1;
	rc = allocate(m, p->ram_size);
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
	if (m->base)
		munmap(m->base, m->len);
	*m = (struct memory){.slot = {-1, -1}};
}
