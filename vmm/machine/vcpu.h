/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vCPU's thread: run, look why it came back, serve, run again.
 */
#ifndef VMM_MACHINE_VCPU_H
#define VMM_MACHINE_VCPU_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "kvm/counters.h"
#include "kvm/vcpu.h"

#define VCPU_TRIES   8     /* of an exit that KVM gave up */
#define VCPU_FAULTS  10000 /* ms to wait until lost memory is hidden */
#define VCPU_REASONS 64    /* KVM_EXIT_... values that are counted apart */

struct machine;

struct vcpu {
	struct kvm_vcpu kvm;
	struct kvm_counters counters; /* with --stats */
	struct machine *machine;
	pthread_t thread;
	bool started;
	uint64_t returns[VCPU_REASONS]; /* of KVM_RUN, by exit reason */
	uint64_t interrupted;           /* returns with EINTR */
	unsigned faults;                /* on memory that was lost, in a row */
	unsigned tries;        /* of an exit that KVM gave up, in a row */
	struct kvm_regs tried; /* at the last of them */
};

/**
 * vcpu_start - start the thread
 *
 * Return: 0, or -errno with a message.
 */
int vcpu_start(struct vcpu *c, struct machine *m)
	__attribute__((warn_unused_result));

/** vcpu_join - kick it out of the guest and wait for its end; repeatable */
void vcpu_join(struct vcpu *c);

/** vcpu_init_signal - install the handler of the kick; once in a process */
int vcpu_init_signal(void);

#endif
