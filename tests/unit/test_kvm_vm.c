/* SPDX-License-Identifier: BSD-2-Clause */
/* A VM's life, its memory slots and its vCPUs; every call failed once. */
#include <criterion/criterion.h>

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "kvm/sys.h"
#include "kvm/vcpu.h"
#include "kvm/vfiodev.h"
#include "kvm/vm.h"
#include "tests/fake/fake.h"

static struct kvm_vm vm;
static uint8_t ram[4 * 4096] __attribute__((aligned(4096)));

static void setup(void)
{
	sim_reset();
}

static void teardown(void)
{
	kvm_vm_close(&vm);
	sim_end();
}

TestSuite(kvm_vm, .init = setup, .fini = teardown);
TestSuite(kvm_mem, .init = setup, .fini = teardown);
TestSuite(kvm_vcpu, .init = setup, .fini = teardown);

static void open_vm(void)
{
	cr_assert_eq(kvm_vm_open(&vm, 0xfffbc000), 0, "%s", err_last());
}

Test(kvm_vm, opens_in_the_order_that_vmx_wants)
{
	open_vm();
	cr_assert_str_eq(sim_take("v"), "open /dev/kvm\n"
					"KVM_CREATE_VM\n"
					"KVM_SET_IDENTITY_MAP_ADDR 0xfffbc000\n"
					"KVM_SET_TSS_ADDR 0xfffbd000\n"
					"KVM_CREATE_IRQCHIP\n"
					"KVM_CREATE_PIT2 1\n");
	cr_assert_eq(kvm_vm_phys_bits(&vm), 40);
}

Test(kvm_vm, addresses_end_where_four_levels_do)
{
	sim_knobs()->phys_bits = 52;
	open_vm();
	cr_assert_eq(kvm_vm_phys_bits(&vm), 48);
	kvm_vm_close(&vm);
	sim_knobs()->phys_bits = 52 | 52 << 16;
	open_vm();
	cr_assert_eq(kvm_vm_phys_bits(&vm), 52, "KVM says that it has five");
}

Test(kvm_vm, closes_twice)
{
	open_vm();
	kvm_vm_close(&vm);
	kvm_vm_close(&vm);
}

Test(kvm_vm, every_call_can_fail)
{
	unsigned n = 1;
	int rc;

	for (;; n++) {
		sim_reset();
		err_clear();
		sim_fail(n, EIO);
		rc = kvm_vm_open(&vm, 0xfffbc000);
		if (!*sim_failed())
			break;
		cr_assert_lt(rc, 0, "%s", sim_failed());
		cr_assert(strstr(err_last(), sim_failed()), "%s: %s",
			  sim_failed(), err_last());
		cr_assert_eq(sim_count().files, 0, "%s", sim_failed());
		cr_assert_null(vm.cpuid);
	}
	cr_assert_eq(rc, 0);
	cr_assert_gt(n, 15);
}

Test(kvm_vm, a_strange_kvm_is_refused)
{
	sim_knobs()->kvm_version = 11;
	cr_assert_eq(kvm_vm_open(&vm, 0), -EPROTO);
	cr_assert(strstr(err_last(), "says 11, not 12"), "%s", err_last());
	sim_knobs()->kvm_version = 12;
	sim_knobs()->no_kvm_cap = KVM_CAP_IRQFD_RESAMPLE;
	cr_assert_eq(kvm_vm_open(&vm, 0), -ENOTSUP);
	cr_assert(strstr(err_last(), "KVM_CAP_IRQFD_RESAMPLE"));
}

Test(kvm_vm, no_kvm_has_a_cure)
{
	sim_fail(1, ENOENT);
	cr_assert_eq(kvm_vm_open(&vm, 0), -ENOENT);
	cr_assert(strstr(err_last(), "/dev/kvm: open: ENOENT"));
	cr_assert(strstr(err_last(), "modprobe"));
	sim_fail(1, EACCES);
	cr_assert_eq(kvm_vm_open(&vm, 0), -EACCES);
	cr_assert(strstr(err_last(), "group kvm"));
}

Test(kvm_mem, slots_are_numbered_and_reused)
{
	struct range low = {0, 0x2000};
	struct range high = {0x100000000, 0x1000};

	open_vm();
	sim_take("");
	cr_assert_eq(kvm_mem_add(&vm, low, ram), 0);
	cr_assert_eq(kvm_mem_add(&vm, high, ram + 0x2000), 1);
	cr_assert_eq(kvm_mem_del(&vm, 0), 0);
	cr_assert_eq(kvm_mem_add(&vm, low, ram), 0);
	cr_assert_str_eq(sim_take("m"),
			 "KVM_SET_USER_MEMORY_REGION 0 0x0+0x2000\n"
			 "KVM_SET_USER_MEMORY_REGION 1 0x100000000+0x1000\n"
			 "KVM_SET_USER_MEMORY_REGION 0 -\n"
			 "KVM_SET_USER_MEMORY_REGION 0 0x0+0x2000\n");
}

Test(kvm_mem, overlap_is_refused_and_takes_no_slot)
{
	open_vm();
	cr_assert_eq(kvm_mem_add(&vm, (struct range){0x1000, 0x2000}, ram), 0);
	cr_assert_eq(kvm_mem_add(&vm, (struct range){0x2000, 0x1000}, ram),
		     -EEXIST);
	cr_assert_str_eq(err_last(),
			 "memory slot 1 at gpa 0x2000, 0x1000 bytes: "
			 "KVM_SET_USER_MEMORY_REGION: EEXIST");
	cr_assert_eq(kvm_mem_add(&vm, (struct range){0x3000, 0x1000}, ram), 1);
}

Test(kvm_mem, slots_run_out)
{
	open_vm();
	memset(vm.slot_used, 1, sizeof(vm.slot_used));
	cr_assert_eq(kvm_mem_add(&vm, (struct range){0, 0x1000}, ram), -ENOSPC);
}

Test(kvm_mem, a_slot_that_could_not_be_deleted_stays_used)
{
	open_vm();
	cr_assert_eq(kvm_mem_add(&vm, (struct range){0, 0x1000}, ram), 0);
	sim_fail(1, EIO);
	cr_assert_eq(kvm_mem_del(&vm, 0), -EIO);
	cr_assert(strstr(err_last(), "(delete): EIO"));
	cr_assert_eq(vm.slot_used[0], 1);
}

Test(kvm_vcpu, every_call_can_fail)
{
	struct kvm_vcpu c;
	unsigned n = 1;
	int rc;

	for (;; n++) {
		sim_reset();
		open_vm();
		sim_fail(n, EIO);
		rc = kvm_vcpu_open(&c, &vm, 0, 1);
		if (!*sim_failed())
			break;
		cr_assert_lt(rc, 0, "%s", sim_failed());
		cr_assert(strstr(err_last(), sim_failed()), "%s: %s",
			  sim_failed(), err_last());
		cr_assert(strstr(err_last(), "vCPU"), "%s", err_last());
		cr_assert_eq(sim_count().maps, 0, "%s", sim_failed());
		kvm_vm_close(&vm);
		cr_assert_eq(sim_count().files, 0, "%s", sim_failed());
	}
	cr_assert_eq(rc, 0);
	cr_assert_gt(n, 6);
	kvm_vcpu_close(&c);
	kvm_vcpu_close(&c);
}

static int run_result;

static int run(struct kvm_run *r, unsigned id)
{
	(void)r;
	(void)id;
	return run_result;
}

Test(kvm_vcpu, ends_of_kvm_run)
{
	struct kvm_vcpu c;

	open_vm();
	cr_assert_eq(kvm_vcpu_open(&c, &vm, 0, 1), 0);
	sim_knobs()->run = run;
	cr_assert_eq(kvm_vcpu_run(&c), 0);
	run_result = -EINTR;
	cr_assert_eq(kvm_vcpu_run(&c), -EINTR);
	run_result = -EAGAIN;
	cr_assert_eq(kvm_vcpu_run(&c), -EINTR);
	run_result = -EFAULT;
	cr_assert_eq(kvm_vcpu_run(&c), -EFAULT);
	cr_assert(strstr(err_last(), "KVM_RUN"), "%s", err_last());
	sim_knobs()->run = NULL;
	kvm_vcpu_kick(&c);
	cr_assert_eq(kvm_vcpu_run(&c), -EINTR, "before it even runs");
	kvm_vcpu_close(&c);
}

Test(kvm_vm, its_vfio_device_wants_groups)
{
	struct kvm_vfiodev d;

	open_vm();
	cr_assert_eq(kvm_vfiodev_open(&d, &vm), 0);
	cr_assert_eq(kvm_vfiodev_add(&d, vm.fd), -EBADF);
	cr_assert(strstr(err_last(), "KVM_DEV_VFIO_GROUP_ADD: EBADF"));
	cr_assert_eq(kvm_vfiodev_del(&d, vm.fd), -EBADF);
	kvm_vfiodev_close(&d);
	kvm_vfiodev_close(&d);
}
