/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keeps QEMU's emulation of VMRUN from delivering an interrupt twice.
 *
 * When a hypervisor injects an external interrupt, QEMU (seen in 11.1,
 * target/i386/tcg/system/svm_helper.c) stores its vector in the CPU's pending
 * exception and delivers it, but leaves the vector pending.  If another thread
 * asks the CPU to leave its loop before the guest's next exit, the loop finds
 * the vector and delivers it again, as an exception: whatever the guest's
 * interrupt flag says.  A Linux guest then waits for ever for a spin lock that
 * it holds itself.  In a trace of kvm_exit it is the exit that follows an
 * injected 0x800000ec with intr_info 0x3ec, type "exception".
 *
 * Preloaded into the outer machine's QEMU, this leaves the CPU's loop after a
 * VMRUN by the door that forgets pending exceptions.  The translated block ends
 * behind VMRUN anyway.  Uses only symbols that QEMU exports for its modules; a
 * QEMU without them runs as it is.
 */
#include <stdint.h>
#include <stdio.h>

struct CPUState;
struct helper_info {
	void *func; /* first member of QEMU's TCGHelperInfo */
};
typedef void vmrun_fn(void *env, int aflag, int next_eip_addend);

extern __thread struct CPUState *current_cpu;
extern struct helper_info helper_info_vmrun __attribute__((weak));
void cpu_loop_exit_noexc(struct CPUState *cpu) __attribute__((weak));

static vmrun_fn *real_vmrun;

static void vmrun(void *env, int aflag, int next_eip_addend)
{
	real_vmrun(env, aflag, next_eip_addend);
	cpu_loop_exit_noexc(current_cpu);
}

__attribute__((constructor)) static void replace(void)
{
	if (!&helper_info_vmrun || !cpu_loop_exit_noexc) {
		fputs("rig: this QEMU has no helper_info_vmrun: guests may "
		      "hang (tests/rig/lib/vmrun.c)\n",
		      stderr);
		return;
	}
	real_vmrun = (vmrun_fn *)(uintptr_t)helper_info_vmrun.func;
	helper_info_vmrun.func = (void *)(uintptr_t)vmrun;
}
