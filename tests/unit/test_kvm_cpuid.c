/* SPDX-License-Identifier: BSD-2-Clause */
/* CPUID leaves that tell the guest how its CPUs are put together. */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "kvm/cpuid.h"
#include "kvm/sys.h"
#include "tests/fake/fake.h"

static union {
	struct kvm_cpuid2 t;
	uint8_t room[sizeof(struct kvm_cpuid2) +
		     8 * sizeof(struct kvm_cpuid_entry2)];
} table;

static struct kvm_cpuid_entry2 *fill(struct kvm_cpuid_entry2 e, unsigned id,
				     unsigned ncpus)
{
	struct kvm_cpuid2 *t = &table.t;

	t->nent = 1;
	t->entries[0] = e;
	kvm_cpuid_fill(t, id, ncpus);
	cr_assert_eq(t->nent, 1);
	return &t->entries[0];
}

Test(kvm_cpuid, leaf_1_has_apic_id_and_count)
{
	struct kvm_cpuid_entry2 *e;

	e = fill((struct kvm_cpuid_entry2){.function = 1, .ebx = 0xff080aff}, 3,
		 4);
	cr_assert_eq(e->ebx, 0x03040aff);
	cr_assert(e->edx >> 28 & 1, "HTT: more than one");
	cr_assert(e->ecx >> 31, "runs under a hypervisor");
	e = fill((struct kvm_cpuid_entry2){.function = 1, .edx = ~0u}, 0, 1);
	cr_assert(!(e->edx >> 28 & 1));
	cr_assert_eq(e->edx, ~(1u << 28), "the rest is the host's");
}

Test(kvm_cpuid, intel_caches)
{
	struct kvm_cpuid_entry2 *e;

	e = fill((struct kvm_cpuid_entry2){.function = 4, .eax = 0xfc004121}, 0,
		 4);
	cr_assert_eq(e->eax, 0x0c000121, "level 1 is of one core");
	e = fill((struct kvm_cpuid_entry2){.function = 4, .eax = 0xfc004163}, 0,
		 4);
	cr_assert_eq(e->eax, 0x0c00c163, "level 3 is of all");
	e = fill((struct kvm_cpuid_entry2){.function = 4}, 0, 4);
	cr_assert_eq(e->eax, 0, "the end of the list");
	e = fill((struct kvm_cpuid_entry2){.function = 4, .eax = 0x163}, 0, 1);
	cr_assert_eq(e->eax, 0x163);
}

Test(kvm_cpuid, topology_levels)
{
	for (unsigned leaf = 0; leaf < 2; leaf++) {
		uint32_t fn = leaf ? 0x1f : 0xb;
		struct kvm_cpuid_entry2 *e;

		e = fill((struct kvm_cpuid_entry2){.function = fn}, 5, 6);
		cr_assert_eq(e->eax, 0);
		cr_assert_eq(e->ebx, 1);
		cr_assert_eq(e->ecx, 0x100);
		cr_assert_eq(e->edx, 5);
		e = fill((struct kvm_cpuid_entry2){.function = fn, .index = 1},
			 5, 6);
		cr_assert_eq(e->eax, 3, "six cores need three bits");
		cr_assert_eq(e->ebx, 6);
		cr_assert_eq(e->ecx, 0x201);
		e = fill((struct kvm_cpuid_entry2){.function = fn, .index = 2},
			 5, 6);
		cr_assert_eq(e->ebx, 0);
		cr_assert_eq(e->ecx, 2, "no such level");
	}
}

Test(kvm_cpuid, amd_leaves)
{
	struct kvm_cpuid_entry2 *e;

	e = fill((struct kvm_cpuid_entry2){.function = 0x80000008,
					   .eax = 0x3028,
					   .ecx = 0x7fff},
		 1, 5);
	cr_assert_eq(e->ecx, 0x0f00 | 3u << 12 | 4, "five cores, three bits");
	cr_assert_eq(e->eax, 0x3028);
	e = fill((struct kvm_cpuid_entry2){.function = 0x8000001e, .ecx = 7}, 4,
		 5);
	cr_assert_eq(e->eax, 4);
	cr_assert_eq(e->ebx, 4);
	cr_assert_eq(e->ecx, 0);
	e = fill((struct kvm_cpuid_entry2){.function = 0x8000001d,
					   .eax = 0x4121},
		 0, 5);
	cr_assert_eq(e->eax, 0x121, "no other thread shares level 1");
	e = fill((struct kvm_cpuid_entry2){.function = 0x8000001d,
					   .eax = 0x3c163},
		 0, 5);
	cr_assert_eq(e->eax, 0x1c163, "level 3 is of all");
	e = fill((struct kvm_cpuid_entry2){.function = 0x80000001}, 0, 2);
	cr_assert_eq(e->ecx, 2);
	e = fill((struct kvm_cpuid_entry2){.function = 0x80000001, .ecx = ~0u},
		 0, 1);
	cr_assert_eq(e->ecx, ~2u);
}

Test(kvm_cpuid, other_leaves_stay)
{
	struct kvm_cpuid_entry2 *e = fill(
		(struct kvm_cpuid_entry2){.function = 7, .ebx = 0x1234}, 1, 2);

	cr_assert_eq(e->ebx, 0x1234);
}

Test(kvm_cpuid, the_table_is_set_with_both_topology_rows)
{
	struct kvm_vm vm;
	int fd;

	sim_reset();
	cr_assert_eq(kvm_vm_open(&vm, 0xfffbc000), 0);
	fd = kvm_sys_create_vcpu(vm.fd, 0);
	cr_assert_eq(kvm_cpuid_set(&vm, fd, 0, 2), 0);
	cr_assert_eq(vm.cpuid->nent, 4, "the VM's table stays");
	kvm_vm_close(&vm);
}

/* 255 rows and one for each leaf are one more than the kernel takes */
Test(kvm_cpuid, each_topology_leaf_gets_its_second_row)
{
	struct kvm_vm vm;
	int fd;

	sim_reset();
	cr_assert_eq(kvm_vm_open(&vm, 0xfffbc000), 0);
	fd = kvm_sys_create_vcpu(vm.fd, 0);
	memset(vm.cpuid->entries, 0, 255 * sizeof(vm.cpuid->entries[0]));
	vm.cpuid->nent = 255;
	vm.cpuid->entries[0].function = 0xb;
	cr_assert_eq(kvm_cpuid_set(&vm, fd, 0, 2), 0, "%s", err_last());
	vm.cpuid->entries[1].function = 0x1f;
	cr_assert_eq(kvm_cpuid_set(&vm, fd, 0, 2), -E2BIG);
	kvm_vm_close(&vm);
}
