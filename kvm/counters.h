/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What KVM counts of one vCPU: how often the guest was left, why, and how many
 * interrupts it was given.
 *
 * Most exits KVM serves itself, and KVM_RUN goes on: these are all of them,
 * where a VMM sees its own only.
 * Source: Documentation/virt/kvm/api.rst, KVM_GET_STATS_FD (since Linux 5.14);
 * linux/kvm.h, struct kvm_stats_header and kvm_stats_desc.
 */
#ifndef KVM_COUNTERS_H
#define KVM_COUNTERS_H

#include <stdint.h>

#define KVM_COUNT_UNKNOWN UINT64_MAX

enum kvm_count {
	KVM_COUNT_EXITS,    /* of every kind */
	KVM_COUNT_IO,       /* a port */
	KVM_COUNT_MMIO,     /* memory that is no RAM */
	KVM_COUNT_HALT,     /* HLT */
	KVM_COUNT_HOST_IRQ, /* an interrupt of the host's */
	KVM_COUNT_WINDOW,   /* the guest can take an interrupt again */
	KVM_COUNT_SIGNAL,   /* a signal for the thread */
	KVM_COUNT_EMULATED, /* instructions that KVM emulated */
	KVM_COUNT_INJECTED, /* interrupts; none of APICv's and AVIC's */
	KVM_COUNTS
};

/* One vCPU's; what is where was found out when it was opened */
struct kvm_counters {
	int fd;                  /* -1: KVM counts nothing */
	uint64_t at[KVM_COUNTS]; /* in the file; 0: not counted */
};

/**
 * kvm_counters_open - ask for a vCPU's counters
 * @c:       uninitialised; kvm_counters_close() is due
 * @vcpu_fd: its descriptor; -1: they are not wanted
 *
 * A kernel that has none, or whose table makes no sense, is no error: nothing
 * is known then.
 */
void kvm_counters_open(struct kvm_counters *c, int vcpu_fd);

/**
 * kvm_counters_get - one counter now
 *
 * Context: any thread; the vCPU may run.
 * Return:  since the vCPU was made, or KVM_COUNT_UNKNOWN.
 */
uint64_t kvm_counters_get(const struct kvm_counters *c, enum kvm_count which);

/** kvm_counters_close - repeatable */
void kvm_counters_close(struct kvm_counters *c);

/** kvm_count_name - as the kernel calls it: "exits", "irq_injections" */
const char *kvm_count_name(enum kvm_count which);

#endif
