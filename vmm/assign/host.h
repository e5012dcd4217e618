/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host's side of all passed-through devices of one VM: one container, its
 * groups, guest RAM mapped for DMA, and KVM told of the groups.
 */
#ifndef VMM_ASSIGN_HOST_H
#define VMM_ASSIGN_HOST_H

#include <stdbool.h>

#include "base/gmem.h"
#include "kvm/vfiodev.h"
#include "vfio/container.h"
#include "vfio/group.h"

#define ASSIGN_GROUPS 16

struct assign_host {
	struct vfio_container container;
	struct kvm_vfiodev kvm;
	struct vfio_group group[ASSIGN_GROUPS];
	bool told_kvm[ASSIGN_GROUPS];
	unsigned ngroups;
	struct range mapped[GMEM_MAX]; /* IOVA = GPA */
	unsigned nmapped;
};

/**
 * assign_host_open - open the container and KVM's VFIO device
 * @h: uninitialised; on failure left closed
 *
 * Return: 0, or -errno with a message.
 */
int assign_host_open(struct assign_host *h, struct kvm_vm *vm)
	__attribute__((warn_unused_result));

/**
 * assign_host_group - the open group with number @id
 * @who: device it is wanted for, for messages
 * @g:   set to it; borrowed, valid until assign_host_close()
 *
 * Opens it and tells KVM the first time; functions of one group share it.
 * Return: 0, or -errno with a message.
 */
int assign_host_group(struct assign_host *h, uint32_t id, struct pci_addr who,
		      struct vfio_group **g)
	__attribute__((warn_unused_result));

/**
 * assign_host_map - map all guest RAM for the devices, IOVA = GPA
 *
 * Needs a group.  Pins the memory: takes the time of zeroing it.
 * Return: 0, or -errno with a message; what was mapped is unmapped by
 *         assign_host_unmap().
 */
int assign_host_map(struct assign_host *h, const struct gmem *ram)
	__attribute__((warn_unused_result));

/** assign_host_unmap - undo it; the devices must be quiet; 0 or -errno */
int assign_host_unmap(struct assign_host *h);

/**
 * assign_host_forget - take the groups out of KVM, before devices are closed
 *
 * Return: 0, or the first -errno with a message.
 */
int assign_host_forget(struct assign_host *h);

/**
 * assign_host_close - close groups, container and KVM's device, in this order
 *
 * Every device must be closed.  Harmless on a closed host.
 * Return: 0, or the first -errno with a message; all is closed in any case.
 */
int assign_host_close(struct assign_host *h);

#endif
