/* SPDX-License-Identifier: BSD-2-Clause */
/* Lays out RAM and the PCI windows around the fixed addresses. */
#include "vmm/boot/platform.h"

#include <errno.h>

#include "base/err.h"

#define MIN_RAM    (64 * MiB)
#define RAM_STEP   (2 * MiB)
#define MMIO64_MAX (1024 * GiB)

/*
 * Of the address width a guest of before Linux 4.17 keeps 46 bits in a page
 * table entry, whatever its CPU says: a BAR at 2^47 would be RAM at 0 for it.
 */
#define MMIO64_BITS 46

/* The 64-bit window is the upper half of what can be used, if RAM lets it. */
static struct range window64(uint64_t ram_end, unsigned phys_bits)
{
	uint64_t base = max_u64(align_up(ram_end, GiB), PLAT_HIGH_RAM_GPA);
	uint64_t top = UINT64_C(1) << phys_bits;
	uint64_t len;

	if (base < UINT64_C(1) << MMIO64_BITS)
		top = min_u64(top, UINT64_C(1) << MMIO64_BITS);
	if (base >= top)
		return (struct range){0};
	base = max_u64(base, top / 2);
	len = min_u64(top - base, MMIO64_MAX);
	return (struct range){base, len};
}

static int check(unsigned ncpus, uint64_t ram_size, unsigned phys_bits)
{
	if (ncpus < 1 || ncpus > PLAT_MAX_CPUS)
		return err_set(EINVAL, "%u CPUs: give 1 to %d (--cpus N)",
			       ncpus, PLAT_MAX_CPUS);
	if (ram_size < MIN_RAM || ram_size % RAM_STEP)
		return err_set(EINVAL,
			       "guest memory of %llu bytes: give a multiple of "
			       "2M, at least 64M (--memory SIZE)",
			       (unsigned long long)ram_size);
	if (phys_bits < 32 || phys_bits > 52)
		return err_set(EINVAL,
			       "guest physical address width %u: not 32 to 52",
			       phys_bits);
	return 0;
}

int platform_init(struct platform *p, unsigned ncpus, uint64_t ram_size,
		  unsigned phys_bits)
{
	uint64_t low = min_u64(ram_size, PLAT_LOW_RAM_MAX);
	int rc = check(ncpus, ram_size, phys_bits);

	*p = (struct platform){0};
	if (rc)
		return rc;
	p->ncpus = ncpus;
	p->phys_bits = phys_bits;
	p->ram_size = ram_size;
	p->ram[0] = (struct range){0, low};
	p->ram[1] = (struct range){PLAT_HIGH_RAM_GPA, ram_size - low};
	p->nram = ram_size > low ? 2 : 1;
	p->ecam = (struct range){PLAT_ECAM_GPA, PLAT_ECAM_LEN};
	p->mmio32 = (struct range){PLAT_LOW_RAM_MAX,
				   PLAT_ECAM_GPA - PLAT_LOW_RAM_MAX};
	p->pio = (struct range){0x1000, 0xf000};
	if (p->nram == 2 && range_last(p->ram[1]) >> phys_bits)
		return err_set(EINVAL,
			       "guest memory of %llu MiB does not fit %u "
			       "address bits (--memory SIZE)",
			       (unsigned long long)(ram_size / MiB), phys_bits);
	p->mmio64 = window64(range_last(p->ram[p->nram - 1]) + 1, phys_bits);
	return 0;
}
