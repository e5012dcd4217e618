/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What CPUID says to the guest: everything KVM supports on this host, with
 * our topology (one package, a core for each vCPU, one thread a core).
 */
#ifndef KVM_CPUID_H
#define KVM_CPUID_H

#include "kvm/vm.h"

/**
 * kvm_cpuid_fill - edit a copy of the supported table for one vCPU
 * @t:     entries as KVM_GET_SUPPORTED_CPUID gave them; edited in place
 * @id:    APIC ID, 0..@ncpus-1
 * @ncpus: 1..255
 *
 * Source: Intel SDM vol. 2, CPUID leaves 1, 4, 0xb; AMD APM vol. 3,
 * Fn8000_0008, Fn8000_001D and Fn8000_001E;
 * Documentation/virt/kvm/x86/cpuid.rst.
 */
void kvm_cpuid_fill(struct kvm_cpuid2 *t, unsigned id, unsigned ncpus);

/** kvm_cpuid_set - fill and KVM_SET_CPUID2; 0, or -errno with a message */
int kvm_cpuid_set(const struct kvm_vm *vm, int vcpu_fd, unsigned id,
		  unsigned ncpus) __attribute__((warn_unused_result));

#endif
