/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * KVM's ioctls as they are told: one row for each, with the reason for it, and
 * its arguments and result by name.  KVM_RUN is told once and counted.
 *
 * Tells; decides nothing.  See base/tell.h.
 */
#ifndef KVM_TELL_H
#define KVM_TELL_H

#include <stddef.h>

#include "base/tell.h"

/**
 * kvm_tell_rows - the table
 * @n: set to the number of rows
 */
const struct tell_row *kvm_tell_rows(size_t *n);

/** kvm_tell - make an ioctl by @make and tell it; what @make returned */
int kvm_tell(const struct tell_ioctl *c, tell_make_fn *make);

/** kvm_tell_run - a vCPU is about to run */
void kvm_tell_run(int vcpu_fd);

#endif
