/* SPDX-License-Identifier: BSD-2-Clause */
/* Creates vCPUs and loads the state that firmware would have left. */
#include "kvm/vcpu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/tell.h"
#include "kvm/cpuid.h"
#include "kvm/sys.h"

/* Control register and EFER bits of 64-bit mode with paging (SDM vol. 3, 2.5)
 */
#define CR0_PE   (UINT64_C(1) << 0)
#define CR0_MP   (UINT64_C(1) << 1)
#define CR0_ET   (UINT64_C(1) << 4)
#define CR0_NE   (UINT64_C(1) << 5)
#define CR0_WP   (UINT64_C(1) << 16)
#define CR0_PG   (UINT64_C(1) << 31)
#define CR4_PAE  (UINT64_C(1) << 5)
#define EFER_LME (UINT64_C(1) << 8)
#define EFER_LMA (UINT64_C(1) << 10)

#define SEL_CODE 0x10
#define SEL_DATA 0x18
#define SEL_TSS  0x20

/* Fast strings are on after a reset; the two others are read-only for a guest
 * and say that it has no BTS and no PEBS: as KVM has it without us */
#define MSR_MISC_ENABLE        0x1a0
#define MISC_ENABLE            (1 << 0 | 1 << 11 | 1 << 12)
#define MSR_MTRR_DEF_TYPE      0x2ff
#define MTRR_ENABLE_WRITE_BACK 0x806 /* no fixed or variable ranges in use */

#define LAPIC_LVT0 0x350
#define LAPIC_LVT1 0x360
#define LVT_EXTINT 0x700
#define LVT_NMI    0x400

static const char *vcpu_name(const struct kvm_vcpu *c, char buf[16])
{
	unsigned id = c->id % 1000;

	memcpy(buf, "vCPU ", 5);
	buf[5] = (char)('0' + id / 100);
	buf[6] = (char)('0' + id / 10 % 10);
	buf[7] = (char)('0' + id % 10);
	buf[8] = '\0';
	return buf;
}

static int fail(const struct kvm_vcpu *c, int rc, const char *call)
{
	char name[16];

	return err_call(rc, vcpu_name(c, name), call, NULL);
}

/* x87 and SSE as after FNINIT and reset: the kernel of the guest expects it. */
static int set_fpu(struct kvm_vcpu *c)
{
	struct kvm_fpu fpu = {.fcw = 0x37f, .mxcsr = 0x1f80};
	int rc = kvm_sys_set_fpu(c->fd, &fpu);

	return rc < 0 ? fail(c, rc, "KVM_SET_FPU") : 0;
}

static int set_msrs(struct kvm_vcpu *c)
{
	static const struct kvm_msr_entry entry[] = {
		{.index = MSR_MISC_ENABLE, .data = MISC_ENABLE},
		{.index = MSR_MTRR_DEF_TYPE, .data = MTRR_ENABLE_WRITE_BACK},
	};
	struct kvm_msrs *m = calloc(1, sizeof(*m) + sizeof(entry));
	int rc = -ENOMEM;

	if (m) {
		m->nmsrs = ARRAY_SIZE(entry);
		memcpy(m->entries, entry, sizeof(entry));
		rc = kvm_sys_set_msrs(c->fd, m);
	}
	free(m);
	return rc < 0 ? fail(c, rc, "KVM_SET_MSRS") : 0;
}

/* The local APIC's pins as a BIOS wires them: PIC on LINT0, NMI on LINT1. */
static int set_lapic(struct kvm_vcpu *c)
{
	struct kvm_lapic_state lapic;
	int rc = kvm_sys_get_lapic(c->fd, &lapic);

	if (rc < 0)
		return fail(c, rc, "KVM_GET_LAPIC");
	le_put(lapic.regs + LAPIC_LVT0, 4, LVT_EXTINT);
	le_put(lapic.regs + LAPIC_LVT1, 4, LVT_NMI);
	rc = kvm_sys_set_lapic(c->fd, &lapic);
	return rc < 0 ? fail(c, rc, "KVM_SET_LAPIC") : 0;
}

static int create(struct kvm_vcpu *c, struct kvm_vm *vm)
{
	int rc = kvm_sys_create_vcpu(vm->fd, c->id);

	if (rc < 0)
		return fail(c, rc, "KVM_CREATE_VCPU");
	c->fd = rc;
	tell_name_fd(c->fd, "vcpu=%u", c->id);
	c->run = kvm_sys_map_run(c->fd, vm->run_size);
	if (!c->run)
		return fail(c, errno, "mmap of struct kvm_run");
	c->run_size = vm->run_size;
	return 0;
}

int kvm_vcpu_open(struct kvm_vcpu *c, struct kvm_vm *vm, unsigned id,
		  unsigned ncpus)
{
	int rc;

	*c = (struct kvm_vcpu){.fd = -1, .id = id};
	rc = create(c, vm);
	if (!rc)
		rc = kvm_cpuid_set(vm, c->fd, id, ncpus);
	if (!rc)
		rc = set_fpu(c);
	if (!rc)
		rc = set_msrs(c);
	if (!rc)
		rc = set_lapic(c);
	if (rc)
		kvm_vcpu_close(c);
	return rc;
}

void kvm_vcpu_close(struct kvm_vcpu *c)
{
	if (c->run)
		kvm_sys_unmap_run(c->run, c->run_size);
	c->run = NULL;
	fd_close(&c->fd);
}

static struct kvm_segment code_segment(void)
{
	return (struct kvm_segment){
		.selector = SEL_CODE,
		.limit = 0xffffffff,
		.type = 0xb, /* execute, read, accessed */
		.present = 1,
		.s = 1,
		.l = 1,
		.g = 1,
	};
}

static struct kvm_segment data_segment(void)
{
	return (struct kvm_segment){
		.selector = SEL_DATA,
		.limit = 0xffffffff,
		.type = 0x3, /* read, write, accessed */
		.present = 1,
		.s = 1,
		.db = 1,
		.g = 1,
	};
}

static void fill_sregs(struct kvm_sregs *sr, const struct kvm_vcpu_start *s)
{
	sr->cs = code_segment();
	sr->ds = sr->es = sr->fs = sr->gs = sr->ss = data_segment();
	sr->tr = (struct kvm_segment){
		.selector = SEL_TSS,
		.base = s->tss_gpa,
		.limit = 103,
		.type = 0xb, /* busy 64-bit TSS */
		.present = 1,
	};
	sr->ldt = (struct kvm_segment){.unusable = 1};
	sr->gdt.base = s->gdt_gpa;
	sr->gdt.limit = s->gdt_limit;
	sr->idt.base = 0;
	sr->idt.limit = 0;
	sr->cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG;
	sr->cr3 = s->cr3;
	sr->cr4 = CR4_PAE;
	sr->efer = EFER_LME | EFER_LMA;
}

int kvm_vcpu_start_at(struct kvm_vcpu *c, const struct kvm_vcpu_start *s)
{
	struct kvm_regs regs = {
		.rip = s->rip,
		.rsi = s->rsi,
		.rsp = s->rsp,
		.rflags = 2, /* bit 1 always reads one; interrupts off */
	};
	struct kvm_sregs sregs;
	int rc = kvm_sys_get_sregs(c->fd, &sregs);

	if (rc < 0)
		return fail(c, rc, "KVM_GET_SREGS");
	fill_sregs(&sregs, s);
	rc = kvm_sys_set_sregs(c->fd, &sregs);
	if (rc < 0)
		return fail(c, rc, "KVM_SET_SREGS");
	rc = kvm_sys_set_regs(c->fd, &regs);
	return rc < 0 ? fail(c, rc, "KVM_SET_REGS") : 0;
}

int kvm_vcpu_run(struct kvm_vcpu *c)
{
	int rc = kvm_sys_run(c->fd);

	if (rc >= 0 || rc == -EINTR)
		return rc < 0 ? rc : 0;
	if (rc == -EAGAIN) /* an AP before its start-up IPI was disturbed */
		return -EINTR;
	return fail(c, rc, "KVM_RUN");
}

int kvm_vcpu_regs(const struct kvm_vcpu *c, struct kvm_regs *regs)
{
	return kvm_sys_get_regs(c->fd, regs);
}

void kvm_vcpu_kick(struct kvm_vcpu *c)
{
	__atomic_store_n(&c->run->immediate_exit, 1, __ATOMIC_RELEASE);
}
