/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Port writes that KVM keeps for later: the coalesced ring.
 *
 * A one-byte write to a port in a zone is put into a ring shared with us in
 * place of an exit; we find it there at the next exit, whatever caused it.  For
 * ports where only the order of the bytes counts, like a command's output.
 * Source: api.rst, KVM_REGISTER_COALESCED_MMIO.
 */
#ifndef KVM_RING_H
#define KVM_RING_H

#include <linux/kvm.h>
#include <stdbool.h>
#include <stdint.h>

#include "kvm/vcpu.h"
#include "kvm/vm.h"

struct kvm_ring {
	struct kvm_coalesced_mmio_ring *shared; /* NULL: this KVM has none */
	uint32_t max;                           /* entries */
};

/**
 * kvm_ring_open - find the ring
 * @r: filled; inert when this KVM has no ring for ports
 * @c: any vCPU of the VM, open as long as @r is used: the ring is in its pages
 */
void kvm_ring_open(struct kvm_ring *r, const struct kvm_vm *vm,
		   const struct kvm_vcpu *c);

/**
 * kvm_ring_add_port - keep one-byte writes to @port
 *
 * Return: 0 (also when there is no ring), or -errno with a message.
 */
int kvm_ring_add_port(struct kvm_ring *r, const struct kvm_vm *vm,
		      uint16_t port) __attribute__((warn_unused_result));

/**
 * kvm_ring_next - take the oldest write out
 * @port: set
 * @byte: set
 *
 * Context: one thread at a time.
 * Return: false when the ring is empty.
 */
bool kvm_ring_next(struct kvm_ring *r, uint16_t *port, uint8_t *byte);

#endif
