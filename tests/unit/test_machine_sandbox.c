/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lists of system calls as they are written, and what a thread gives up in
 * which order.  That the kernel keeps it is tests/kvm/sandbox.sh's.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "test_assign_guest.h"
#include "test_machine_board.h"
#include "tests/fake/fake.h"
#include "vmm/machine/rules.h"
#include "vmm/machine/sandbox.h"

static struct sandbox box;

static void setup(void)
{
	board_setup();
	sim_knobs()->landlock = 1;
}

static void teardown(void)
{
	sandbox_close(&box);
	sim_end();
}

TestSuite(machine_sandbox, .init = setup, .fini = teardown);

/* Would the table let it pass? */
static bool allows(enum sandbox_kind kind, int nr, unsigned arg, uint64_t val)
{
	size_t n;
	const struct rule *r = rules_all(&n);

	for (size_t i = 0; i < n; i++, r++)
		if (r->nr == nr && r->kinds & 1U << kind &&
		    r->who == RULE_VALUE &&
		    (!r->mask ||
		     (r->arg == arg && (val & r->mask) == r->value)))
			return true;
	return false;
}

static bool named(int nr)
{
	size_t n;
	const struct rule *r = rules_all(&n);

	for (size_t i = 0; i < n; i++)
		if (r[i].nr == nr)
			return true;
	return false;
}

Test(machine_sandbox, each_row_has_a_reason_and_is_well_formed)
{
	size_t n;
	const struct rule *r = rules_all(&n);

	cr_assert_gt(n, 50);
	for (size_t i = 0; i < n; i++, r++) {
		cr_assert(r->why && strlen(r->why) > 4, "row %zu", i);
		cr_assert(r->kinds && r->kinds < 1U << SANDBOX_KINDS, "row %zu",
			  i);
		cr_assert_lt(r->arg, 6, "row %zu", i);
		cr_assert_eq(r->value & ~r->mask, 0, "row %zu never matches",
			     i);
		cr_assert(r->nr != SYS_ioctl || r->mask, "row %zu: any ioctl",
			  i);
	}
}

Test(machine_sandbox, no_two_rows_of_a_call_contradict_each_other)
{
	size_t n;
	const struct rule *r = rules_all(&n);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			cr_assert(r[i].nr != r[k].nr ||
					  !(r[i].kinds & r[k].kinds) ||
					  (r[i].mask && r[k].mask &&
					   r[i].value != r[k].value),
				  "rows %zu and %zu", k, i);
}

Test(machine_sandbox, what_nobody_may)
{
	static const int nr[] = {
		SYS_open,
		SYS_openat,
		SYS_openat2,
		SYS_creat,
		SYS_socket,
		SYS_connect,
		SYS_bind,
		SYS_accept4,
		SYS_execve,
		SYS_execveat,
		SYS_fork,
		SYS_vfork,
		SYS_clone,
		SYS_clone3,
		SYS_ptrace,
		SYS_prctl,
		SYS_seccomp,
		SYS_bpf,
		SYS_io_uring_setup,
		SYS_process_vm_writev,
		SYS_process_vm_readv,
		SYS_pidfd_getfd,
		SYS_memfd_create,
		SYS_shmat,
		SYS_pkey_mprotect,
		SYS_personality,
		SYS_userfaultfd,
		SYS_mount,
		SYS_setuid,
		SYS_capset,
		SYS_unshare,
		SYS_setns,
		SYS_init_module,
		SYS_kexec_load,
		SYS_keyctl,
		SYS_perf_event_open,
	};

	for (size_t i = 0; i < ARRAY_SIZE(nr); i++)
		cr_assert(!named(nr[i]), "system call %d", nr[i]);
}

Test(machine_sandbox, no_page_becomes_executable)
{
	for (unsigned k = 0; k < SANDBOX_KINDS; k++) {
		enum sandbox_kind kind = (enum sandbox_kind)k;

		cr_assert(allows(kind, SYS_mmap, 2, PROT_READ | PROT_WRITE));
		cr_assert(!allows(kind, SYS_mmap, 2, PROT_READ | PROT_EXEC));
		cr_assert(allows(kind, SYS_mprotect, 2, PROT_READ));
		cr_assert(!allows(kind, SYS_mprotect, 2, PROT_EXEC));
	}
}

Test(machine_sandbox, each_kind_of_thread_has_its_own)
{
	cr_assert(allows(SANDBOX_VCPU, SYS_ioctl, 1, KVM_RUN));
	cr_assert(!allows(SANDBOX_LOOP, SYS_ioctl, 1, KVM_RUN));
	cr_assert(allows(SANDBOX_LOOP, SYS_ioctl, 1, VFIO_IOMMU_UNMAP_DMA));
	cr_assert(allows(SANDBOX_VCPU, SYS_ioctl, 1, VFIO_IOMMU_MAP_DMA));
	cr_assert(!allows(SANDBOX_LOOP, SYS_ioctl, 1, VFIO_IOMMU_MAP_DMA));
	cr_assert(!allows(SANDBOX_LOOP, SYS_ioctl, 1, VFIO_DEVICE_RESET));
	cr_assert(!allows(SANDBOX_VCPU, SYS_ioctl, 1, KVM_CREATE_VM));
	cr_assert(!allows(SANDBOX_SERVER, SYS_ioctl, 1, KVM_RUN));
	cr_assert(allows(SANDBOX_SERVER, SYS_recvmsg, 0, 0));
	cr_assert(!allows(SANDBOX_SERVER, SYS_pwrite64, 0, 0));
	cr_assert(!allows(SANDBOX_VCPU, SYS_exit_group, 0, 0));
	cr_assert(!allows(SANDBOX_LOOP, SYS_kill, 0, 1),
		  "servers of ours only");
}

static void enter(enum sandbox_kind kind)
{
	sim_take("");
	cr_assert_eq(sandbox_enter(&box, kind), 0, "%s", err_last());
}

Test(machine_sandbox, what_is_given_up_in_the_kernels_order)
{
	cr_assert_eq(sandbox_open(&box, true), 0, "%s", err_last());
	cr_assert_str_eq(sim_take("s"), "landlock_create_ruleset 0x1fff\n"
					"landlock_create_ruleset 0x1fff\n"
					"landlock_create_ruleset 0x1fff\n");
	enter(SANDBOX_VCPU);
	cr_assert_str_eq(sim_take("s"), "PR_SET_NO_NEW_PRIVS 0x1\n"
					"landlock_restrict_self 0x0\n"
					"capset 0x0\n"
					"seccomp 0x1\n");
	enter(SANDBOX_LOOP);
	cr_assert_str_eq(sim_take("s"), "PR_SET_NO_NEW_PRIVS 0x1\n"
					"PR_SET_DUMPABLE 0x0\n"
					"landlock_restrict_self 0x0\n"
					"capset 0x0\n"
					"seccomp 0x1\n");
}

Test(machine_sandbox, a_newer_kernel_is_asked_for_what_we_know)
{
	sim_knobs()->landlock = 99;
	cr_assert_eq(sandbox_open(&box, true), 0);
	cr_assert(strstr(sim_take("s"), "landlock_create_ruleset 0xffff\n"));
}

Test(machine_sandbox, a_kernel_without_landlock_is_fine)
{
	sim_knobs()->landlock = 0;
	cr_assert_eq(sandbox_open(&box, true), 0, "%s", err_last());
	enter(SANDBOX_LOOP);
	cr_assert_null(strstr(sim_take("s"), "landlock"));
}

Test(machine_sandbox, off_is_nothing_at_all)
{
	cr_assert_eq(sandbox_open(&box, false), 0);
	enter(SANDBOX_LOOP);
	cr_assert_str_eq(sim_take("s"), "");
}

Test(machine_sandbox, what_the_kernel_refuses_is_told_with_the_way_out)
{
	static const char *const call[] = {"PR_SET_NO_NEW_PRIVS",
					   "PR_SET_DUMPABLE",
					   "landlock_restrict_self", "capset",
					   "seccomp"};
	unsigned fds = open_fds();

	for (unsigned i = 0; i < ARRAY_SIZE(call); i++) {
		cr_assert_eq(sandbox_open(&box, true), 0);
		sim_fail(i + 1, EPERM);
		cr_assert_eq(sandbox_enter(&box, SANDBOX_LOOP), -EPERM);
		cr_assert(strstr(err_last(), call[i]), "%s", err_last());
		cr_assert(strstr(err_last(), "--sandbox off"));
		sandbox_close(&box);
	}
	sim_fail(2, EPERM);
	cr_assert_eq(sandbox_open(&box, true), -EPERM);
	cr_assert_eq(open_fds(), fds);
}

static int power_off(struct kvm_run *r, unsigned step)
{
	return step ? -ENODATA : board_outb(r, 0xf4, 0);
}

Test(machine_sandbox, each_thread_of_a_machine_enters_before_the_guest_runs)
{
	const char *said;
	unsigned n = 0;

	board.cfg.ncpus = 3;
	board.cfg.sandbox = true;
	board_open();
	sim_take("");
	cr_assert_eq(board_run(power_off).reason, STOP_EXIT);
	said = sim_take("s");
	for (const char *p = said; (p = strstr(p, "seccomp")); p++)
		n++;
	cr_assert_eq(n, 4, "%s", said);
	board_close();
}

Test(machine_sandbox, a_thread_that_cannot_enter_runs_no_guest)
{
	for (unsigned i = 1; i <= 9; i++) {
		board.cfg.sandbox = true;
		board_open();
		sim_fail(i, EPERM);
		cr_assert_eq(board_run(power_off).reason, STOP_ERROR, "%u", i);
		cr_assert(strstr(err_last(), sim_failed()), "%s", err_last());
		cr_assert_eq(board_step, 0, "%u: it ran", i);
		sim_fail(0, 0);
		board_close();
	}
}
