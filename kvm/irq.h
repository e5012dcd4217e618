/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts into the guest: the GSI routing table, irqfds, plain lines.
 *
 * GSIs 0..23 are the pins of PIC and I/O APIC and their routes never change.
 * From 24 up each GSI is one MSI message (address, data), made and dropped as
 * the guest programs its devices.  No lock: callers serialise.
 * Source: api.rst, KVM_SET_GSI_ROUTING and KVM_IRQFD.
 */
#ifndef KVM_IRQ_H
#define KVM_IRQ_H

#include <stdbool.h>
#include <stdint.h>

#include "kvm/vm.h"

#define KVM_IRQ_PINS 24
/* GSIs in all.  A table has 4096 entries (KVM_CAP_IRQ_ROUTING; 1024 before
 * Linux 4.18), and the pins take 38 of them. */
#define KVM_IRQ_MAX  4080

struct kvm_irq_msi {
	uint64_t addr;
	uint32_t data;
};

struct kvm_irqs {
	struct kvm_vm *vm; /* borrowed */
	bool used[KVM_IRQ_MAX];
	struct kvm_irq_msi msi[KVM_IRQ_MAX]; /* valid where used, from 24 up */
};

/**
 * kvm_irqs_init - set the routes of the pins
 * @irqs: uninitialised
 * @vm:   open; borrowed as long as @irqs is used
 *
 * GSI 0, the timer, goes to I/O APIC pin 2, as the MADT's override says.
 * Return: 0, or -errno with a message.
 */
int kvm_irqs_init(struct kvm_irqs *irqs, struct kvm_vm *vm)
	__attribute__((warn_unused_result));

/**
 * kvm_irq_route_msi - make or change the route of an MSI message
 * @gsi: a GSI from an earlier call to change its route, or -1 for a new one
 *
 * The route must stand before the irqfd is attached: KVM_IRQFD looks it up
 * then, and again at every change of the table.
 * Return: the GSI, or -errno with a message (-ENOSPC: none left); the old
 *         table stays on failure.
 */
int kvm_irq_route_msi(struct kvm_irqs *irqs, int gsi, struct kvm_irq_msi msi)
	__attribute__((warn_unused_result));

/**
 * kvm_irq_route_drop - forget an MSI route; its irqfd must be detached
 *
 * Return: 0, or -errno with a message.
 */
int kvm_irq_route_drop(struct kvm_irqs *irqs, int gsi);

/**
 * kvm_irq_attach - inject @gsi whenever @eventfd is written
 * @resamplefd: for a level line: KVM lowers it at the guest's EOI and writes
 *              here; -1 for an edge (MSI)
 *
 * An eventfd with a count already in it injects at once.
 * Return: 0, or -errno with a message.
 */
int kvm_irq_attach(struct kvm_irqs *irqs, int gsi, int eventfd, int resamplefd)
	__attribute__((warn_unused_result));

/** kvm_irq_detach - undo kvm_irq_attach(); 0, or -errno with a message */
int kvm_irq_detach(struct kvm_irqs *irqs, int gsi, int eventfd);

/** kvm_irq_set_line - level of a pin; 0, or -errno with a message */
int kvm_irq_set_line(struct kvm_irqs *irqs, int gsi, bool level);

#endif
