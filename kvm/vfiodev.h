/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * KVM's pseudo device that tells it which VFIO groups its VM holds.
 *
 * KVM then knows of non-coherent DMA and must handle the guest's WBINVD, and
 * VFIO learns which VM the device serves.  A group is only a descriptor here.
 * Source: Documentation/virt/kvm/devices/vfio.rst.
 */
#ifndef KVM_VFIODEV_H
#define KVM_VFIODEV_H

#include "kvm/vm.h"

struct kvm_vfiodev {
	int fd;
};

/** kvm_vfiodev_open - KVM_DEV_TYPE_VFIO; 0, or -errno with a message */
int kvm_vfiodev_open(struct kvm_vfiodev *d, struct kvm_vm *vm)
	__attribute__((warn_unused_result));

/** kvm_vfiodev_close - close it; harmless on a closed one */
void kvm_vfiodev_close(struct kvm_vfiodev *d);

/**
 * kvm_vfiodev_add - tell KVM of a group, before its first device is opened
 *
 * Return: 0, or -errno with a message.
 */
int kvm_vfiodev_add(struct kvm_vfiodev *d, int group_fd)
	__attribute__((warn_unused_result));

/** kvm_vfiodev_del - undo it, before the group is closed; 0 or -errno */
int kvm_vfiodev_del(struct kvm_vfiodev *d, int group_fd);

#endif
