/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Accesses to a BCM5720 at slot=N that trap, and such that do not: the memory
 * shared with its management processor, if the server lets it be mapped.
 *
 * With trap=N or map=N on the command line it does that many reads and as many
 * writes of either kind and nothing else, for somebody who counts exits.
 */
#include "bcm.h"

#define ONES    UINT32_MAX
#define PATTERN 0x13579bdf
#define ASIDE   0x1000000 /* from the BARs, but near */
#define BEYOND  0x5000
#define WINDOW  0x78 /* in configuration space: offset of a register */
#define DATA    0x80 /* and what is there */

static bool keeps(uint64_t gpa)
{
	static const uint32_t pattern[] = {0x01234567, 0xfedcba98, ~0u, 0};
	bool good = true;

	for (unsigned i = 0; i < sizeof(pattern) / sizeof(pattern[0]); i++) {
		mmio_put32(gpa, pattern[i]);
		good &= mmio_get32(gpa) == pattern[i];
	}
	return good;
}

/* All widths, the same bytes: @gpa is in memory that takes every write. */
static bool widths(uint64_t gpa)
{
	mmio_put64(gpa, UINT64_C(0x8877665544332211));
	*(volatile uint8_t *)(gpa + 1) = 0xaa;
	*(volatile uint16_t *)(gpa + 2) = 0xbbbb;
	return mmio_get64(gpa) == UINT64_C(0x88776655bbbbaa11) &&
	       mmio_get32(gpa) == 0xbbbbaa11 &&
	       *(volatile uint8_t *)(gpa + 7) == 0x88 &&
	       *(volatile uint16_t *)(gpa + 4) == 0x6655;
}

/* A register by the path that never is a mapping */
static uint32_t by_config(const struct bcm *b, uint32_t off)
{
	uint32_t v;

	pci_put(b->slot, b->fn, WINDOW, 4, off);
	v = pci_get(b->slot, b->fn, DATA, 4);
	pci_put(b->slot, b->fn, WINDOW, 4, 0);
	return v;
}

static void registers(const struct bcm *b)
{
	report(bcm_get(b, 0) == BCM_ID, "the header shows at the registers");
	bcm_put(b, BCM_RX_MTU, 0x7ff);
	report(bcm_get(b, BCM_RX_MTU) == 0x7ff, "a register takes a value");
	report(by_config(b, BCM_RX_MTU) == 0x7ff, "the other window has it");
	bcm_put(b, BCM_RX_MTU, ONES);
	report(bcm_get(b, BCM_RX_MTU) == 0xffff, "and only bits that exist");
	bcm_put(b, BCM_RX_MTU, 0);
}

/*
 * What @a writes is what @b reads, and the other way round: one memory.  Reads
 * of the same function behind the writes: each has its own way to the server,
 * and a write that nobody waits for may still be on it.
 */
static void shared(const struct bcm *a, const struct bcm *b)
{
	bool good = true;

	for (uint32_t off = BCM_APE_SHM; off <= BCM_APE_LAST; off += 0x1fc) {
		mmio_put32(a->ape + off, off + a->fn);
		good &= mmio_get32(a->ape + off) == off + a->fn;
		good &= mmio_get32(b->ape + off) == off + a->fn;
		mmio_put32(b->ape + off, ~off);
		good &= mmio_get32(b->ape + off) == ~off;
		good &= mmio_get32(a->ape + off) == ~off;
	}
	report(good, "both functions share it");
}

/* The memory goes where its BAR goes, and is away while that is off. */
static void moved(const struct bcm *b)
{
	uint64_t was = pci_bar(b->slot, b->fn, BCM_BAR_APE);
	uint64_t there = page_map(was ^ ASIDE);

	mmio_put32(b->ape + BCM_APE_SHM, PATTERN);
	pci_bar_move(b->slot, b->fn, BCM_BAR_APE, was ^ ASIDE);
	report(mmio_get32(there + BCM_APE_SHM) == PATTERN &&
		       mmio_get32(b->ape + BCM_APE_SHM) == ONES,
	       "moved: it is there, and not here");
	pci_bar_move(b->slot, b->fn, BCM_BAR_APE, was);
	pci_put(b->slot, b->fn, BCM_COMMAND, 2, 0);
	report(mmio_get32(there + BCM_APE_SHM) == ONES &&
		       mmio_get32(b->ape + BCM_APE_SHM) == ONES,
	       "moved back, decoding off: in neither place");
	pci_put(b->slot, b->fn, BCM_COMMAND, 2, BCM_COMMAND_ON);
	report(mmio_get32(b->ape + BCM_APE_SHM) == PATTERN, "on: it is here");
}

static void count(uint64_t gpa, uint32_t n)
{
	for (; n; n--)
		mmio_put32(gpa, mmio_get32(gpa));
}

int payload_main(void)
{
	struct bcm b[2];

	if (!bcm_find(&b[0], 0) || !bcm_find(&b[1], 1)) {
		report(false, "a BCM5720 at slot=N");
		return 1;
	}
	count(b[0].reg + BCM_RX_MTU, arg_u32("trap", 0));
	count(b[0].ape + BCM_APE_SHM, arg_u32("map", 0));
	if (arg("trap") || arg("map"))
		return 0;
	for (unsigned fn = 0; fn < 2; fn++) {
		registers(&b[fn]);
		report(keeps(b[fn].ape + BCM_APE_SHM),
		       "shared memory, first dword");
		report(keeps(b[fn].ape + BCM_APE_LAST), "last dword");
		report(widths(b[fn].ape + BCM_APE_SHM + 8), "every width");
		mmio_put32(b[fn].ape + BEYOND, 1);
		report(!mmio_get32(b[fn].ape + BEYOND), "beyond it is nothing");
		shared(&b[fn], &b[!fn]);
		moved(&b[fn]);
	}
	return 0;
}
