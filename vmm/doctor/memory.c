/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the guest's RAM takes from the host: all of it is pinned for as long as
 * the guest runs, and the IOMMU must have addresses for it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/huge.h"
#include "base/user.h"
#include "vfio/dma.h"
#include "vmm/boot/platform.h"
#include "vmm/doctor/check.h"

#define HUGE (2 * MiB)

typedef unsigned long long ull;

/* A number of KiB in /proc/meminfo, in bytes; 0 when it is not there */
static uint64_t meminfo(const struct doctor *d, const char *key)
{
	char text[64];

	check_field(d, "meminfo", key, text, sizeof(text));
	return strtoull(text, NULL, 10) * KiB;
}

static void check_free(struct doctor *d)
{
	uint64_t all = meminfo(d, "MemTotal:");
	uint64_t left = meminfo(d, "MemAvailable:");

	if (!all)
		return;
	if (d->memory > all) {
		check_say(d, DOCTOR_FAIL, "memory",
			  "guest RAM of %llu MiB: this host has %llu MiB",
			  (ull)(d->memory / MiB), (ull)(all / MiB));
		check_cure(d, "a smaller --memory");
	} else if (d->memory > left) {
		check_say(d, DOCTOR_WARNING, "memory",
			  "guest RAM of %llu MiB is pinned, and %llu MiB of "
			  "%llu are available",
			  (ull)(d->memory / MiB), (ull)(left / MiB),
			  (ull)(all / MiB));
		check_cure(d, "a smaller --memory, or end what uses it");
	} else {
		check_say(d, DOCTOR_OK, "memory",
			  "guest RAM of %llu MiB, %llu MiB available",
			  (ull)(d->memory / MiB), (ull)(left / MiB));
	}
}

static void check_memlock(struct doctor *d)
{
	struct vfio_memlock m = vfio_dma_memlock();
	ull need = (d->memory + m.used) / KiB;

	if (m.soft == UINT64_MAX) {
		check_say(d, DOCTOR_OK, "memlock", "may be pinned: no limit");
		return;
	}
	if (vfio_memlock_enough(&m, d->memory)) {
		check_say(d, DOCTOR_OK, "memlock",
			  "%llu KiB to pin, limit %llu KiB", need,
			  (ull)(m.soft / KiB));
		return;
	}
	check_say(d, DOCTOR_FAIL, "memlock",
		  "%llu KiB to pin (%llu KiB pinned already), and the limit "
		  "RLIMIT_MEMLOCK is %llu KiB",
		  (ull)(d->memory / KiB), (ull)(m.used / KiB),
		  (ull)(m.soft / KiB));
	if (need <= m.hard / KiB)
		check_cure(d, "ulimit -l %llu", need);
	else
		check_cure(d,
			   "as root: echo \"%s - memlock unlimited\" "
			   ">/etc/security/limits.d/passthru-%s.conf, and log "
			   "in again",
			   user_name(), user_name());
}

/* Pinning goes by pages: few large ones are hundreds of times faster. */
static void check_huge(struct doctor *d)
{
	char text[64];
	ull have = huge_available(d->s->sys), need = d->memory / HUGE;

	check_attr(d, text, sizeof(text),
		   "kernel/mm/transparent_hugepage/enabled");
	if (have >= need) {
		check_say(d, DOCTOR_OK, "hugepages",
			  "%llu of 2 MiB free, the guest takes %llu with "
			  "--hugepages",
			  have, need);
	} else if (text[0] && !strstr(text, "[never]")) {
		check_say(d, DOCTOR_OK, "hugepages",
			  "transparent ones; for --hugepages %llu are free of "
			  "the %llu it takes",
			  have, need);
	} else {
		check_say(d, DOCTOR_WARNING, "hugepages",
			  "none: memory is pinned in pages of 4 KiB, which "
			  "takes long for a large guest");
		check_cure(d, "echo madvise > "
			      "/sys/kernel/mm/transparent_hugepage/enabled");
	}
}

unsigned check_phys_bits(const struct doctor *d)
{
	char text[64];
	unsigned long bits;

	check_field(d, "cpuinfo", "address sizes", text, sizeof(text));
	bits = strtoul(text, NULL, 10);
	return bits >= 32 && bits <= 52 ? (unsigned)bits : 48;
}

static void check_layout(struct doctor *d, struct platform *p)
{
	if (platform_init(p, 1, d->memory, check_phys_bits(d))) {
		check_error(d, DOCTOR_FAIL, "address-bits");
		check_cure(d, "a smaller --memory");
	}
}

/*
 * Bits 21:16 of the capability register are the highest guest address bit.
 * Source: Intel VT-d specification 4.1, 11.4.2, MGAW.
 */
static unsigned iova_bits(const struct doctor *d, const char *unit)
{
	char text[32];
	uint64_t cap;

	if (!check_attr(d, text, sizeof(text), "class/iommu/%s/intel-iommu/cap",
			unit) ||
	    !sysfs_number(text, 16, UINT64_MAX, &cap))
		return 0;
	return (unsigned)(cap >> 16 & 0x3f) + 1;
}

/* The narrowest unit; another kind than Intel's does not tell in sysfs */
static void check_iova(struct doctor *d, const struct platform *p)
{
	char path[SYSFS_PATH_MAX];
	struct sysfs_names units = {.n = 0};
	unsigned bits, least = 64;

	sysfs_path(path, "%s/class/iommu", d->s->sys);
	if (!p->nram || sysfs_names_in(path, "", &units) < 0)
		return;
	for (size_t i = 0; i < units.n; i++)
		if ((bits = iova_bits(d, units.v[i])) && bits < least)
			least = bits;
	if (least == 64)
		return;
	if (range_last(p->ram[p->nram - 1]) >> least) {
		check_say(d, DOCTOR_FAIL, "iova-bits",
			  "guest RAM ends at 0x%llx, and the IOMMU has %u "
			  "address bits",
			  (ull)range_last(p->ram[p->nram - 1]), least);
		check_cure(d, "a smaller --memory");
	} else {
		check_say(d, DOCTOR_OK, "iova-bits",
			  "the IOMMU has %u address bits", least);
	}
}

void check_memory(struct doctor *d)
{
	struct platform p;

	check_free(d);
	check_memlock(d);
	check_huge(d);
	check_layout(d, &p);
	check_iova(d, &p);
}
