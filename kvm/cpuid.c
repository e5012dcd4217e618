/* SPDX-License-Identifier: BSD-2-Clause */
/* Topology leaves, one small function each. */
#include "kvm/cpuid.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "kvm/sys.h"

#define EDX_HTT          (UINT32_C(1) << 28)
#define ECX_TSC_DEADLINE (UINT32_C(1) << 24)
#define ECX_HYPERVISOR   (UINT32_C(1) << 31)
#define ECX_CMP_LEGACY   (UINT32_C(1) << 1)

/* Bits of an APIC ID that number the cores. */
static unsigned core_bits(unsigned ncpus)
{
	unsigned bits = 0;

	while ((1u << bits) < ncpus)
		bits++;
	return bits;
}

static void leaf_1(struct kvm_cpuid_entry2 *e, unsigned id, unsigned ncpus)
{
	e->ebx = (e->ebx & 0xffff) | ncpus << 16 | id << 24;
	e->ecx |= ECX_HYPERVISOR | ECX_TSC_DEADLINE;
	e->edx &= ~EDX_HTT;
	if (ncpus > 1)
		e->edx |= EDX_HTT;
}

/* Intel caches: cores of the package in 31:26, sharers of a cache in 25:14. */
static void leaf_4(struct kvm_cpuid_entry2 *e, unsigned ncpus)
{
	unsigned level = (e->eax >> 5) & 7;
	unsigned sharers = level >= 3 ? (1u << core_bits(ncpus)) - 1 : 0;

	if (!(e->eax & 0x1f))
		return;
	e->eax &= 0x3fff;
	e->eax |= sharers << 14 | ((1u << core_bits(ncpus)) - 1) << 26;
}

/* AMD caches: sharers of a cache in 25:14. */
static void leaf_amd_cache(struct kvm_cpuid_entry2 *e, unsigned ncpus)
{
	unsigned level = (e->eax >> 5) & 7;
	unsigned sharers = level >= 3 ? (1u << core_bits(ncpus)) - 1 : 0;

	if (e->eax & 0x1f)
		e->eax = (e->eax & ~(UINT32_C(0xfff) << 14)) | sharers << 14;
}

static void leaf_topology(struct kvm_cpuid_entry2 *e, unsigned id,
			  unsigned ncpus)
{
	e->eax = e->ebx = 0;
	e->ecx = e->index & 0xff;
	e->edx = id;
	if (e->index == 0) { /* threads of a core: one */
		e->ebx = 1;
		e->ecx |= 1 << 8;
	} else if (e->index == 1) { /* cores of the package */
		e->eax = core_bits(ncpus);
		e->ebx = ncpus;
		e->ecx |= 2 << 8;
	}
}

static void leaf_amd_size(struct kvm_cpuid_entry2 *e, unsigned ncpus)
{
	e->ecx = (e->ecx & ~UINT32_C(0xf0ff)) | (ncpus - 1) |
		 core_bits(ncpus) << 12;
}

static void leaf_amd_ids(struct kvm_cpuid_entry2 *e, unsigned id)
{
	e->eax = id; /* extended APIC ID */
	e->ebx = id; /* core ID, one thread a core */
	e->ecx = 0;  /* node 0 of one */
}

/*
 * A topology leaf needs a row for each level; KVM gives the first only.  A
 * guest that finds leaf 0x1f does not look at 0xb, so both must be whole.
 */
static void add_rows(struct kvm_cpuid2 *t, uint32_t leaf, unsigned cap)
{
	bool has[2] = {false, false};

	for (unsigned i = 0; i < t->nent; i++)
		if (t->entries[i].function == leaf && t->entries[i].index < 2)
			has[t->entries[i].index] = true;
	for (unsigned i = 0; i < 2 && has[0]; i++)
		if (!has[i] && t->nent < cap)
			t->entries[t->nent++] = (struct kvm_cpuid_entry2){
				.function = leaf,
				.index = i,
				.flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX,
			};
}

void kvm_cpuid_fill(struct kvm_cpuid2 *t, unsigned id, unsigned ncpus)
{
	for (unsigned i = 0; i < t->nent; i++) {
		struct kvm_cpuid_entry2 *e = &t->entries[i];

		switch (e->function) {
		case 0x1:
			leaf_1(e, id, ncpus);
			break;
		case 0x4:
			leaf_4(e, ncpus);
			break;
		case 0xb:
		case 0x1f:
			leaf_topology(e, id, ncpus);
			break;
		case 0x80000001:
			e->ecx &= ~ECX_CMP_LEGACY;
			e->ecx |= ncpus > 1 ? ECX_CMP_LEGACY : 0;
			break;
		case 0x80000008:
			leaf_amd_size(e, ncpus);
			break;
		case 0x8000001d:
			leaf_amd_cache(e, ncpus);
			break;
		case 0x8000001e:
			leaf_amd_ids(e, id);
			break;
		default:
			break;
		}
	}
}

int kvm_cpuid_set(const struct kvm_vm *vm, int vcpu_fd, unsigned id,
		  unsigned ncpus)
{
	const unsigned spare = 2;
	unsigned n = vm->cpuid->nent;
	struct kvm_cpuid2 *t;
	int rc;

	t = calloc(1, sizeof(*t) + (n + spare) * sizeof(t->entries[0]));
	if (!t)
		return err_set(ENOMEM, "no memory for the CPUID table");
	memcpy(t, vm->cpuid, sizeof(*t) + n * sizeof(t->entries[0]));
	add_rows(t, 0xb, n + spare);
	add_rows(t, 0x1f, n + spare);
	kvm_cpuid_fill(t, id, ncpus);
	rc = kvm_sys_set_cpuid2(vcpu_fd, t);
	free(t);
	if (rc < 0)
		return err_call(rc, "vCPU", "KVM_SET_CPUID2", NULL);
	return 0;
}
