/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guest memory for the boot tests: a platform and pages behind its low RAM.
 *
 * Pages are reserved, not touched, so that a guest of gigabytes costs nothing.
 */
#ifndef TEST_BOOT_GUEST_H
#define TEST_BOOT_GUEST_H

#include <criterion/criterion.h>
#include <sys/mman.h>

#include "base/err.h"
#include "base/gmem.h"
#include "vmm/boot/platform.h"

struct guest {
	struct platform p;
	struct gmem m;
};

/* Freed by the end of the test, which is the end of its process. */
static inline struct guest guest_new(unsigned ncpus, uint64_t ram,
				     unsigned phys_bits)
{
	struct guest g = {0};

	cr_assert_eq(platform_init(&g.p, ncpus, ram, phys_bits), 0, "%s",
		     err_last());
	for (unsigned i = 0; i < g.p.nram; i++) {
		void *hva = mmap(NULL, g.p.ram[i].len, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
				 -1, 0);

		cr_assert_neq(hva, MAP_FAILED);
		g.m.part[i] = (struct gmem_part){
			.gpa = g.p.ram[i], .hva = hva, .fd = -1};
	}
	g.m.n = g.p.nram;
	return g;
}

/* Bytes of guest memory that the test knows to be there. */
static inline uint8_t *guest_at(const struct guest *g, uint64_t gpa,
				uint64_t len)
{
	uint8_t *p = gmem_at(&g->m, gpa, len);

	cr_assert_not_null(p);
	return p;
}

static inline uint64_t guest_get(const struct guest *g, uint64_t gpa,
				 size_t size)
{
	return le_get(guest_at(g, gpa, size), size);
}

/* The message has @what in it: which file, which cure. */
static inline void expect_message(const char *what)
{
	cr_expect_not_null(strstr(err_last(), what), "no \"%s\" in \"%s\"",
			   what, err_last());
	cr_expect_null(strchr(err_last(), '\n'));
}

#endif
