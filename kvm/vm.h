/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One virtual machine: /dev/kvm, the VM's descriptor, the in-kernel interrupt
 * controllers and timer, and the memory slots.
 *
 * Knows which KVM capabilities the rest relies on.  Slot numbers are handed
 * out here; what lies in a slot is the caller's.  No lock: callers serialise.
 */
#ifndef KVM_VM_H
#define KVM_VM_H

#include <linux/kvm.h>
#include <stddef.h>
#include <stdint.h>

#include "base/range.h"

#define KVM_VM_SLOTS 256 /* slots that we use at most; KVM has 32,764 */

struct kvm_vm {
	int kvm_fd;
	int fd;
	size_t run_size;          /* bytes of a vCPU's struct kvm_run */
	struct kvm_cpuid2 *cpuid; /* what this KVM supports; owned */
	uint8_t slot_used[KVM_VM_SLOTS];
};

/**
 * kvm_vm_open - create a VM with PIC, I/O APIC, local APICs and PIT
 * @vm:       uninitialised; on failure left closed
 * @hole_gpa: four pages that the guest never uses: KVM's identity map page,
 *            then its three TSS pages.  Needed by VMX before the first vCPU,
 *            ignored by SVM.
 *
 * Owns:   both descriptors and the CPUID table, until kvm_vm_close().
 * Return: 0, or -errno of the call named in the message; -ENOTSUP when KVM
 *         lacks a capability, named in the message.
 * Source: api.rst, KVM_SET_TSS_ADDR and KVM_SET_IDENTITY_MAP_ADDR.
 */
int kvm_vm_open(struct kvm_vm *vm, uint64_t hole_gpa)
	__attribute__((warn_unused_result));

#define KVM_VM_CURE 128 /* bytes that the longest cure takes */

/**
 * kvm_vm_open_cure - what to type when /dev/kvm gives an error
 * @err: -errno
 * @buf: for one that has a name in it
 *
 * Return: text, maybe @buf; NULL: nothing.
 */
const char *kvm_vm_open_cure(int err, char buf[KVM_VM_CURE]);

/** kvm_vm_close - close both descriptors; harmless on a closed VM */
void kvm_vm_close(struct kvm_vm *vm);

/**
 * kvm_vm_phys_bits - guest physical address width that KVM can translate
 *
 * Source: CPUID 80000008 EAX[7:0] and [23:16] (GuestPhysAddrSize, Linux 6.10).
 */
unsigned kvm_vm_phys_bits(const struct kvm_vm *vm);

/**
 * kvm_mem_add - show @len bytes of our memory to the guest at @gpa
 * @gpa: page-aligned; must not overlap another slot
 * @hva: page-aligned; must stay mapped until kvm_mem_del()
 *
 * Return: slot number >= 0, or -errno with a message (-ENOSPC: all
 *         KVM_VM_SLOTS in use).
 */
int kvm_mem_add(struct kvm_vm *vm, struct range gpa, void *hva)
	__attribute__((warn_unused_result));

/**
 * kvm_mem_del - take a slot away; no vCPU can reach the memory afterwards
 *
 * Return: 0, or -errno with a message.
 */
int kvm_mem_del(struct kvm_vm *vm, int slot);

/**
 * kvm_vm_swallow_port - let KVM drop one-byte writes to an I/O port
 * @eventfd: borrowed; must be open as long as the VM
 *
 * For the delay port 0x80: the guest's writes then cause no exit to us.
 * Return: 0, or -errno with a message.
 * Source: api.rst, KVM_IOEVENTFD.
 */
int kvm_vm_swallow_port(struct kvm_vm *vm, uint16_t port, int eventfd);

#endif
