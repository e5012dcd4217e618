/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening a VM is a list of calls; every one that fails says what to do. */
#include "kvm/vm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/tell.h"
#include "base/user.h"
#include "kvm/sys.h"

#define NODE      "/dev/kvm"
#define MAX_CPUID 256

static const struct {
	long cap;
	const char *name;
} needed[] = {
	{KVM_CAP_IRQCHIP, "KVM_CAP_IRQCHIP"},
	{KVM_CAP_USER_MEMORY, "KVM_CAP_USER_MEMORY"},
	{KVM_CAP_PIT2, "KVM_CAP_PIT2"},
	{KVM_CAP_IRQ_ROUTING, "KVM_CAP_IRQ_ROUTING"},
	{KVM_CAP_IRQFD, "KVM_CAP_IRQFD"},
	{KVM_CAP_IRQFD_RESAMPLE, "KVM_CAP_IRQFD_RESAMPLE"},
	{KVM_CAP_IMMEDIATE_EXIT, "KVM_CAP_IMMEDIATE_EXIT"},
	{KVM_CAP_SET_TSS_ADDR, "KVM_CAP_SET_TSS_ADDR"},
	{KVM_CAP_SET_IDENTITY_MAP_ADDR, "KVM_CAP_SET_IDENTITY_MAP_ADDR"},
};

const char *kvm_vm_open_cure(int err, char buf[KVM_VM_CURE])
{
	switch (-err) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return "load KVM: modprobe kvm-amd (or kvm-intel); if that "
		       "says \"not supported\", turn on SVM (or VT-x) in the "
		       "firmware's setup; in a VM, turn on nested "
		       "virtualization";
	case EACCES:
	case EPERM:
		snprintf(buf, KVM_VM_CURE,
			 "join the group kvm (usermod -aG kvm %s) or run as "
			 "root",
			 user_name());
		return buf;
	case EBUSY:
		return "another hypervisor owns the CPU's virtualization: "
		       "stop it";
	default:
		return NULL;
	}
}

static int open_node(struct kvm_vm *vm)
{
	char cure[KVM_VM_CURE];
	int rc = kvm_sys_open(NODE);

	if (rc < 0)
		return err_call(rc, NODE, "open", kvm_vm_open_cure(rc, cure));
	vm->kvm_fd = rc;
	tell_name_fd(vm->kvm_fd, "kvm");
	rc = kvm_sys_get_api_version(vm->kvm_fd);
	if (rc < 0)
		return err_call(rc, NODE, "KVM_GET_API_VERSION",
				"is " NODE " really KVM? see ls -l " NODE);
	if (rc != KVM_API_VERSION)
		return err_set(EPROTO,
			       NODE ": KVM_GET_API_VERSION says %d, not %d; "
				    "this is not a KVM that Linux ever had",
			       rc, KVM_API_VERSION);
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (kvm_sys_check_extension(vm->kvm_fd, needed[i].cap) <= 0)
			return err_set(ENOTSUP,
				       NODE ": KVM_CHECK_EXTENSION: %s is "
					    "missing; use an x86-64 kernel of "
					    "4.13 or later",
				       needed[i].name);
	return 0;
}

static int load_cpuid(struct kvm_vm *vm)
{
	size_t size = sizeof(struct kvm_cpuid2) +
		      MAX_CPUID * sizeof(struct kvm_cpuid_entry2);
	int rc;

	vm->cpuid = calloc(1, size);
	if (!vm->cpuid)
		return err_set(ENOMEM, "no memory for the CPUID table");
	vm->cpuid->nent = MAX_CPUID;
	rc = kvm_sys_get_supported_cpuid(vm->kvm_fd, vm->cpuid);
	if (rc < 0)
		return err_call(rc, NODE, "KVM_GET_SUPPORTED_CPUID", NULL);
	return 0;
}

static int create(struct kvm_vm *vm)
{
	char cure[KVM_VM_CURE];
	int rc = kvm_sys_create_vm(vm->kvm_fd);

	if (rc < 0)
		return err_call(rc, NODE, "KVM_CREATE_VM",
				rc == -EBUSY ? kvm_vm_open_cure(rc, cure)
					     : NULL);
	vm->fd = rc;
	tell_name_fd(vm->fd, "vm");
	rc = kvm_sys_get_vcpu_mmap_size(vm->kvm_fd);
	if (rc < (int)sizeof(struct kvm_run))
		return err_call(rc < 0 ? rc : -EPROTO, NODE,
				"KVM_GET_VCPU_MMAP_SIZE", NULL);
	vm->run_size = (size_t)rc;
	return 0;
}

static int create_chips(struct kvm_vm *vm, uint64_t hole_gpa)
{
	struct kvm_pit_config pit = {.flags = KVM_PIT_SPEAKER_DUMMY};
	int rc = kvm_sys_set_identity_map_addr(vm->fd, hole_gpa);

	if (rc < 0)
		return err_call(rc, NODE, "KVM_SET_IDENTITY_MAP_ADDR", NULL);
	rc = kvm_sys_set_tss_addr(vm->fd, hole_gpa + 0x1000);
	if (rc < 0)
		return err_call(rc, NODE, "KVM_SET_TSS_ADDR", NULL);
	rc = kvm_sys_create_irqchip(vm->fd);
	if (rc < 0)
		return err_call(rc, NODE, "KVM_CREATE_IRQCHIP", NULL);
	rc = kvm_sys_create_pit2(vm->fd, &pit);
	if (rc < 0)
		return err_call(rc, NODE, "KVM_CREATE_PIT2", NULL);
	return 0;
}

int kvm_vm_open(struct kvm_vm *vm, uint64_t hole_gpa)
{
	int rc;

	*vm = (struct kvm_vm){.kvm_fd = -1, .fd = -1};
	rc = open_node(vm);
	if (!rc)
		rc = load_cpuid(vm);
	if (!rc)
		rc = create(vm);
	if (!rc)
		rc = create_chips(vm, hole_gpa);
	if (rc)
		kvm_vm_close(vm);
	return rc;
}

void kvm_vm_close(struct kvm_vm *vm)
{
	fd_close(&vm->fd);
	fd_close(&vm->kvm_fd);
	free(vm->cpuid);
	vm->cpuid = NULL;
}

/*
 * A CPU may have more address bits than the tables behind it translate: four
 * levels end at 48, and a newer KVM says what it has in EAX[23:16].
 */
unsigned kvm_vm_phys_bits(const struct kvm_vm *vm)
{
	for (unsigned i = 0; i < vm->cpuid->nent; i++) {
		const struct kvm_cpuid_entry2 *e = &vm->cpuid->entries[i];
		unsigned reach = e->eax >> 16 & 0xff;

		if (e->function == 0x80000008)
			return (unsigned)min_u64(e->eax & 0xff,
						 reach ? reach : 48);
	}
	return 36; /* what CPUs without the leaf have, Intel SDM vol. 2 */
}

static int set_region(struct kvm_vm *vm, int slot, struct range gpa, void *hva)
{
	struct kvm_userspace_memory_region region = {
		.slot = (uint32_t)slot,
		.guest_phys_addr = gpa.start,
		.memory_size = gpa.len,
		.userspace_addr = (uintptr_t)hva,
	};

	return kvm_sys_set_user_memory_region(vm->fd, &region);
}

int kvm_mem_add(struct kvm_vm *vm, struct range gpa, void *hva)
{
	int slot = 0;
	int rc;

	while (slot < KVM_VM_SLOTS && vm->slot_used[slot])
		slot++;
	if (slot == KVM_VM_SLOTS)
		return err_set(ENOSPC, "all %d memory slots are in use",
			       KVM_VM_SLOTS);
	rc = set_region(vm, slot, gpa, hva);
	if (rc < 0)
		return err_set(rc,
			       "memory slot %d at gpa 0x%llx, 0x%llx bytes: "
			       "KVM_SET_USER_MEMORY_REGION: %s",
			       slot, (unsigned long long)gpa.start,
			       (unsigned long long)gpa.len, err_name(rc));
	vm->slot_used[slot] = 1;
	return slot;
}

int kvm_mem_del(struct kvm_vm *vm, int slot)
{
	int rc = set_region(vm, slot, (struct range){0, 0}, NULL);

	if (rc < 0)
		return err_set(rc,
			       "memory slot %d: KVM_SET_USER_MEMORY_REGION "
			       "(delete): %s",
			       slot, err_name(rc));
	vm->slot_used[slot] = 0;
	return 0;
}

int kvm_vm_swallow_port(struct kvm_vm *vm, uint16_t port, int eventfd)
{
	struct kvm_ioeventfd io = {
		.addr = port,
		.len = 1,
		.fd = eventfd,
		.flags = KVM_IOEVENTFD_FLAG_PIO,
	};
	int rc = kvm_sys_ioeventfd(vm->fd, &io);

	if (rc < 0)
		return err_set(rc, "I/O port 0x%x: KVM_IOEVENTFD: %s", port,
			       err_name(rc));
	return 0;
}
