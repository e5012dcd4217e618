/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * KVM's counters of a vCPU: a table in the kernel's form, and ones that no
 * kernel would make.
 */
#include <criterion/criterion.h>

#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "kvm/counters.h"
#include "kvm/vcpu.h"
#include "tests/fake/fake.h"

#define NAME_LEN sizeof(file.row[0].name)

/* As KVM lays it out: header, name of the vCPU, descriptions, numbers */
static struct {
	struct kvm_stats_header head;
	char id[48];
	struct sim_stat row[4];
	uint64_t value[8];
} file;

static struct kvm_vm vm;
static struct kvm_vcpu vcpu;
static struct kvm_counters counters;

static void row(unsigned i, const char *name, uint16_t size, uint32_t offset)
{
	file.row[i].size = size;
	file.row[i].offset = offset;
	strcpy(file.row[i].name, name);
}

static void setup(void)
{
	sim_reset();
	memset(&file, 0, sizeof(file));
	file.head = (struct kvm_stats_header){
		.name_size = NAME_LEN,
		.num_desc = 4,
		.id_offset = offsetof(__typeof__(file), id),
		.desc_offset = offsetof(__typeof__(file), row),
		.data_offset = offsetof(__typeof__(file), value),
	};
	row(0, "halt_wait_hist", 4, 0);
	row(1, "exits", 1, 32);
	row(2, "exits_of_another_kind", 1, 40);
	row(3, "irq_injections", 1, 48);
	for (unsigned i = 0; i < 8; i++)
		file.value[i] = 100 + i;
	sim_knobs()->stats = &file;
	sim_knobs()->stats_len = sizeof(file);
	cr_assert_eq(kvm_vm_open(&vm, 0xfffbc000), 0, "%s", err_last());
	cr_assert_eq(kvm_vcpu_open(&vcpu, &vm, 0, 1), 0, "%s", err_last());
}

static void teardown(void)
{
	kvm_counters_close(&counters);
	kvm_counters_close(&counters);
	kvm_vcpu_close(&vcpu);
	kvm_vm_close(&vm);
	sim_end();
}

TestSuite(kvm_counters, .init = setup, .fini = teardown);

static void nothing_known(void)
{
	for (unsigned i = 0; i < KVM_COUNTS; i++)
		cr_assert_eq(kvm_counters_get(&counters, i), KVM_COUNT_UNKNOWN,
			     "%s", kvm_count_name(i));
}

Test(kvm_counters, by_the_kernels_names)
{
	kvm_counters_open(&counters, vcpu.fd);
	cr_assert_eq(kvm_counters_get(&counters, KVM_COUNT_EXITS), 104);
	cr_assert_eq(kvm_counters_get(&counters, KVM_COUNT_INJECTED), 106);
	cr_assert_eq(kvm_counters_get(&counters, KVM_COUNT_HALT),
		     KVM_COUNT_UNKNOWN, "the kernel has none of it");
}

Test(kvm_counters, as_they_are_now)
{
	kvm_counters_open(&counters, vcpu.fd);
	file.value[4] = 7;
	cr_assert_gt(pwrite(counters.fd, &file, sizeof(file), 0), 0);
	cr_assert_eq(kvm_counters_get(&counters, KVM_COUNT_EXITS), 7);
}

Test(kvm_counters, no_row_of_many_numbers)
{
	row(1, "exits", 4, 32);
	kvm_counters_open(&counters, vcpu.fd);
	cr_assert_eq(kvm_counters_get(&counters, KVM_COUNT_EXITS),
		     KVM_COUNT_UNKNOWN);
	cr_assert_eq(kvm_counters_get(&counters, KVM_COUNT_INJECTED), 106);
}

Test(kvm_counters, not_asked_for)
{
	sim_take("v");
	kvm_counters_open(&counters, -1);
	cr_assert_str_eq(sim_take("v"), "");
	nothing_known();
}

Test(kvm_counters, a_kernel_without)
{
	sim_knobs()->stats = NULL;
	kvm_counters_open(&counters, vcpu.fd);
	nothing_known();
}

/* Each is given up without a word, and its descriptor is closed */
static void makes_no_sense(void)
{
	kvm_counters_open(&counters, vcpu.fd);
	cr_assert_eq(counters.fd, -1);
	nothing_known();
}

Test(kvm_counters, names_too_long)
{
	file.head.name_size = 257;
	makes_no_sense();
	file.head.name_size = UINT32_MAX;
	makes_no_sense();
}

Test(kvm_counters, more_rows_than_there_are)
{
	file.head.num_desc = 1000;
	makes_no_sense();
	file.head.num_desc = UINT32_MAX;
	makes_no_sense();
}

Test(kvm_counters, rows_and_numbers_elsewhere)
{
	file.head.desc_offset = UINT32_MAX;
	makes_no_sense();
	sim_knobs()->stats_len = 4;
	makes_no_sense();
}

Test(kvm_counters, numbers_past_the_end)
{
	file.head.data_offset = UINT32_MAX;
	row(1, "exits", 1, UINT32_MAX);
	kvm_counters_open(&counters, vcpu.fd);
	nothing_known();
}

/* A name that fills its place has no end of its own */
Test(kvm_counters, a_name_without_an_end)
{
	memset(file.row[1].name, 'x', NAME_LEN);
	kvm_counters_open(&counters, vcpu.fd);
	cr_assert_eq(kvm_counters_get(&counters, KVM_COUNT_EXITS),
		     KVM_COUNT_UNKNOWN);
	cr_assert_eq(kvm_counters_get(&counters, KVM_COUNT_INJECTED), 106);
}
