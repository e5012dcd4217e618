/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One virtual CPU: its descriptor, its shared page, its first registers.
 *
 * What its exits mean is not known here.  A vCPU belongs to the thread that
 * runs it; only kvm_vcpu_kick() may be called from another.
 */
#ifndef KVM_VCPU_H
#define KVM_VCPU_H

#include <linux/kvm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kvm/vm.h"

struct kvm_vcpu {
	int fd;
	unsigned id; /* also its APIC ID */
	struct kvm_run *run;
	size_t run_size;
};

/* Where and how a vCPU begins in 64-bit mode; all addresses are GPAs */
struct kvm_vcpu_start {
	uint64_t rip;
	uint64_t rsi;
	uint64_t rsp;
	uint64_t cr3;
	uint64_t gdt_gpa; /* code 0x10, data 0x18, TSS 0x20 */
	uint16_t gdt_limit;
	uint64_t tss_gpa;
};

/**
 * kvm_vcpu_open - create vCPU @id of @ncpus, with its CPUID and FPU
 * @c:  uninitialised; on failure left closed
 * @vm: open; its CPUID table is the base
 *
 * vCPU 0 can run after kvm_vcpu_start_at(); the others wait for the guest's
 * INIT and start-up IPIs, which KVM handles.
 * Return: 0, or -errno with a message.
 */
int kvm_vcpu_open(struct kvm_vcpu *c, struct kvm_vm *vm, unsigned id,
		  unsigned ncpus) __attribute__((warn_unused_result));

/** kvm_vcpu_close - unmap and close; harmless on a closed one */
void kvm_vcpu_close(struct kvm_vcpu *c);

/**
 * kvm_vcpu_start_at - put the vCPU into 64-bit mode with paging on
 *
 * Every segment is loaded in full and TR is a busy 64-bit TSS: VMX refuses to
 * enter otherwise, SVM does not care.
 * Return: 0, or -errno with a message.
 * Source: Intel SDM vol. 3, 27.3.1 "Checks on the Guest State Area".
 */
int kvm_vcpu_start_at(struct kvm_vcpu *c, const struct kvm_vcpu_start *s)
	__attribute__((warn_unused_result));

/**
 * kvm_vcpu_run - run the guest until something needs us
 *
 * Return: 0 with the reason in c->run->exit_reason; -EINTR after a kick or a
 *         signal; another -errno with a message.
 */
int kvm_vcpu_run(struct kvm_vcpu *c) __attribute__((warn_unused_result));

/** kvm_vcpu_regs - general registers of a vCPU that does not run; 0 or -errno
 */
int kvm_vcpu_regs(const struct kvm_vcpu *c, struct kvm_regs *regs);

/**
 * kvm_vcpu_kick - make the running or next kvm_vcpu_run() return -EINTR
 *
 * Context: any thread; the caller also signals the vCPU's thread, which ends
 *          a KVM_RUN that is under way.
 */
void kvm_vcpu_kick(struct kvm_vcpu *c);

#endif
