/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the devices of one VM share: a container for each back end in use, guest
 * RAM mapped in each, and KVM told of what a container wants it to know.
 */
#ifndef VMM_ASSIGN_HOST_H
#define VMM_ASSIGN_HOST_H

#include "base/gmem.h"
#include "base/progress.h"
#include "kvm/vfiodev.h"
#include "vfio/backend.h"

#define ASSIGN_BACKENDS 2
#define ASSIGN_TOLD     16

struct assign_mapping {
	struct vfio_container *container;
	struct range iova; /* of steps that touch; IOVA = GPA */
};

struct assign_host {
	struct kvm_vm *vm;                                 /* borrowed */
	struct vfio_container *container[ASSIGN_BACKENDS]; /* owned */
	unsigned ncontainers;
	struct kvm_vfiodev kvm; /* open once it was needed */
	int told[ASSIGN_TOLD];  /* what KVM holds; borrowed */
	unsigned ntold;
	struct assign_mapping mapped[ASSIGN_BACKENDS * GMEM_MAX];
	unsigned nmapped;
};

/**
 * assign_host_open - nothing is open yet; assign_host_attach() does it
 * @h:  uninitialised
 * @vm: borrowed until assign_host_close(); may be opened later
 */
void assign_host_open(struct assign_host *h, struct kvm_vm *vm);

/**
 * assign_host_attach - let a device see what assign_host_map() will map
 *
 * Opens the container of its back end the first time, and tells KVM what that
 * wants to be told.  Harmless to repeat.
 * Return: 0, or -errno with a message; assign_host_close() takes back what was
 *         done.
 */
int assign_host_attach(struct assign_host *h, const struct vfio_source *src)
	__attribute__((warn_unused_result));

/**
 * assign_host_container - the container that @src was attached to
 *
 * Return: borrowed, valid until assign_host_close(); NULL when there is none.
 */
struct vfio_container *assign_host_container(const struct assign_host *h,
					     const struct vfio_source *src);

/**
 * assign_host_map - map all guest RAM for the devices, IOVA = GPA
 *
 * @steps: asked before each step where a container pins the memory, which
 *         takes the time of zeroing it and which a signal does not interrupt;
 *         NULL: nobody is
 *
 * After every device was attached.  A step is of 1 GiB, or as much more as
 * keeps steps below 1024: type1 has entries for 65535 mappings of everything.
 * Return: 0, or -errno with a message; what was mapped is unmapped by
 *         assign_host_unmap().
 */
int assign_host_map(struct assign_host *h, const struct gmem *ram,
		    const struct progress_steps *steps)
	__attribute__((warn_unused_result));

/**
 * assign_host_unmap - undo it in one container, whose devices must be quiet
 *
 * Harmless to repeat.
 * Return: 0, or the first -errno with a message.
 */
int assign_host_unmap(struct assign_host *h, const struct vfio_container *c);

/**
 * assign_host_forget - let KVM forget what it was told, before devices close
 *
 * Return: 0, or the first -errno with a message.
 */
int assign_host_forget(struct assign_host *h);

/**
 * assign_host_close - close the containers and KVM's device, in this order
 *
 * Every device must be closed.  Harmless on a closed host.
 * Return: 0, or the first -errno with a message; all is closed in any case.
 */
int assign_host_close(struct assign_host *h);

#endif
