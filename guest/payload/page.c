/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables for what lies above 4 GiB, beside those that the VMM set up.
 *
 * It gets addresses from 4 GiB on, GiB by GiB as it is asked for: its own may
 * be such as 4-level page tables do not have.  Layout: Intel SDM volume 3, 4.5.
 */
#include "payload.h"

#define GIB      (UINT64_C(1) << 30)
#define PAGE_2M  (UINT64_C(1) << 21)
#define ENTRIES  512
#define PTE_RW   0x3  /* present, writable */
#define PTE_2M   0x93 /* the same, not cached, a large page */
#define PTE_ADDR UINT64_C(0x000ffffffffff000)
#define DIRECT   4 /* GiB that lie where they are */
#define TABLES   8

/* One table is a GiB; .gib[i] has what is at address DIRECT + i */
static uint64_t table[TABLES][ENTRIES] __attribute__((aligned(4096)));
static uint64_t gib[TABLES];
static unsigned used;

/* The table in use whose entries are 1 GiB each, from address 0 */
static uint64_t *first_half_tib(void)
{
	uint64_t cr3, *pml4;

	asm volatile("mov %%cr3, %0" : "=r"(cr3));
	pml4 = (uint64_t *)(cr3 & PTE_ADDR);
	return (uint64_t *)(pml4[0] & PTE_ADDR);
}

static void add(uint64_t n)
{
	for (unsigned k = 0; k < ENTRIES; k++)
		table[used][k] = n * GIB + k * PAGE_2M + PTE_2M;
	gib[used] = n;
	first_half_tib()[DIRECT + used] = (uint64_t)table[used] | PTE_RW;
	used++;
}

uint64_t page_map(uint64_t gpa)
{
	uint64_t n = gpa / GIB;
	unsigned i = 0;

	if (n < DIRECT)
		return gpa;
	while (i < used && gib[i] != n)
		i++;
	if (i == TABLES)
		return 0;
	if (i == used)
		add(n);
	return (DIRECT + i) * GIB + gpa % GIB;
}
