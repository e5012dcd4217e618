/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two faults of QEMU's emulated CPUs that guests in the rig fell over, mended
 * in the outer machine's QEMU by preloading this.  Uses only symbols that QEMU
 * exports for its modules; a QEMU without them runs as it is.
 *
 * 1. VMRUN delivers an interrupt twice.  When a hypervisor injects an external
 *    interrupt, QEMU (seen in 11.1, target/i386/tcg/system/svm_helper.c) stores
 *    its vector in the CPU's pending exception and delivers it, but leaves the
 *    vector pending.  If another thread asks the CPU to leave its loop before
 *    the guest's next exit, the loop finds the vector and delivers it again, as
 *    an exception: whatever the guest's interrupt flag says.  A Linux guest
 *    then waits for ever for a spin lock that it holds itself.  In a trace of
 *    kvm_exit it is the exit that follows an injected 0x800000ec with intr_info
 *    0x3ec, type "exception".  So: leave the CPU's loop after a VMRUN by the
 *    door that forgets pending exceptions.  The translated block ends behind
 *    VMRUN anyway.
 *
 * 2. Every CPU writes into the first one's state.  Whoever loads a clean x87
 *    status (XRSTOR at a task switch) runs cpu_clear_ignne(), which clears a
 *    bit of the *first* CPU's hflags2 by an AND that is not atomic (seen in
 *    11.1, target/i386/tcg/system/fpu_helper.c).  What the first CPU changes in
 *    that moment is lost.  Seen: its global interrupt flag off long after STGI,
 *    so that the outer machine halted for ever; and guests whose every page was
 *    missing right after a VMRUN, interrupt table included, which ended by a
 *    triple fault, as they would without the bit of nested paging.  The bit in
 *    question is that of IGNNE#, set by a write to port 0xf0 and nothing else,
 *    which no kernel of ours makes.
 *    So: the function returns at once.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE ((uintptr_t)4096)

struct CPUState;
struct helper_info {
	void *func; /* first member of QEMU's TCGHelperInfo */
};
typedef void vmrun_fn(void *env, int aflag, int next_eip_addend);

extern __thread struct CPUState *current_cpu;
extern struct helper_info helper_info_vmrun __attribute__((weak));
void cpu_loop_exit_noexc(struct CPUState *cpu) __attribute__((weak));
void cpu_clear_ignne(void) __attribute__((weak));

static vmrun_fn *real_vmrun;

static void vmrun(void *env, int aflag, int next_eip_addend)
{
	real_vmrun(env, aflag, next_eip_addend);
	cpu_loop_exit_noexc(current_cpu);
}

static int mend_vmrun(void)
{
	if (!&helper_info_vmrun || !cpu_loop_exit_noexc)
		return -1;
	real_vmrun = (vmrun_fn *)(uintptr_t)helper_info_vmrun.func;
	helper_info_vmrun.func = (void *)(uintptr_t)vmrun;
	return 0;
}

/* A return in place of its first instruction: calls to it are direct */
static int mend_ignne(void)
{
	static const uint8_t ret = 0xc3;
	uintptr_t code = (uintptr_t)cpu_clear_ignne;
	void *page = (void *)(code & ~(PAGE - 1));

	if (!code || mprotect(page, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC))
		return -1;
	memcpy((void *)code, &ret, sizeof(ret));
	return mprotect(page, PAGE, PROT_READ | PROT_EXEC);
}

static void expect(int rc, const char *what)
{
	if (rc)
		fprintf(stderr,
			"rig: this QEMU's %s cannot be mended: guests "
			"may hang or fault (tests/rig/lib/mend.c)\n",
			what);
}

__attribute__((constructor)) static void mend(void)
{
	expect(mend_vmrun(), "VMRUN");
	expect(mend_ignne(), "cpu_clear_ignne");
}
