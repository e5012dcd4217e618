/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * KVM's system calls, one function each, in the order of a VM's life.
 *
 * The only place in kvm/ that calls ioctl().  Every function returns what the
 * call returned, or -errno; none sets a message and none knows why it was
 * called.  tests/fake/kvm_sys.c is the double of this file.
 * Source: linux/kvm.h; Documentation/virt/kvm/api.rst.
 */
#ifndef KVM_SYS_H
#define KVM_SYS_H

#include <linux/kvm.h>
#include <stddef.h>

/** kvm_sys_open - open(2) of the KVM node @path; a descriptor or -errno */
int kvm_sys_open(const char *path);

/** kvm_sys_get_api_version - KVM_GET_API_VERSION; 12 on every kernel */
int kvm_sys_get_api_version(int kvm_fd);

/** kvm_sys_check_extension - KVM_CHECK_EXTENSION; 0 means absent */
int kvm_sys_check_extension(int fd, long cap);

/** kvm_sys_get_vcpu_mmap_size - KVM_GET_VCPU_MMAP_SIZE in bytes */
int kvm_sys_get_vcpu_mmap_size(int kvm_fd);

/** kvm_sys_get_supported_cpuid - KVM_GET_SUPPORTED_CPUID; E2BIG: too few */
int kvm_sys_get_supported_cpuid(int kvm_fd, struct kvm_cpuid2 *cpuid);

/** kvm_sys_create_vm - KVM_CREATE_VM; the VM's descriptor */
int kvm_sys_create_vm(int kvm_fd);

/** kvm_sys_set_tss_addr - KVM_SET_TSS_ADDR; 3 pages at @gpa, VMX only */
int kvm_sys_set_tss_addr(int vm_fd, unsigned long gpa);

/** kvm_sys_set_identity_map_addr - KVM_SET_IDENTITY_MAP_ADDR; 1 page */
int kvm_sys_set_identity_map_addr(int vm_fd, __u64 gpa);

/** kvm_sys_create_irqchip - KVM_CREATE_IRQCHIP: PIC, I/O APIC, local APICs */
int kvm_sys_create_irqchip(int vm_fd);

/** kvm_sys_create_pit2 - KVM_CREATE_PIT2 */
int kvm_sys_create_pit2(int vm_fd, const struct kvm_pit_config *pit);

/** kvm_sys_set_user_memory_region - KVM_SET_USER_MEMORY_REGION */
int kvm_sys_set_user_memory_region(
	int vm_fd, const struct kvm_userspace_memory_region *region);

/** kvm_sys_set_gsi_routing - KVM_SET_GSI_ROUTING; replaces the whole table */
int kvm_sys_set_gsi_routing(int vm_fd, const struct kvm_irq_routing *table);

/** kvm_sys_irqfd - KVM_IRQFD */
int kvm_sys_irqfd(int vm_fd, const struct kvm_irqfd *irqfd);

/** kvm_sys_irq_line - KVM_IRQ_LINE */
int kvm_sys_irq_line(int vm_fd, const struct kvm_irq_level *level);

/** kvm_sys_ioeventfd - KVM_IOEVENTFD */
int kvm_sys_ioeventfd(int vm_fd, const struct kvm_ioeventfd *ioeventfd);

/** kvm_sys_register_coalesced_mmio - KVM_REGISTER_COALESCED_MMIO */
int kvm_sys_register_coalesced_mmio(int vm_fd,
				    const struct kvm_coalesced_mmio_zone *zone);

/** kvm_sys_create_device - KVM_CREATE_DEVICE; the descriptor is in @dev */
int kvm_sys_create_device(int vm_fd, struct kvm_create_device *dev);

/** kvm_sys_set_device_attr - KVM_SET_DEVICE_ATTR on a device's descriptor */
int kvm_sys_set_device_attr(int dev_fd, const struct kvm_device_attr *attr);

/** kvm_sys_create_vcpu - KVM_CREATE_VCPU; the vCPU's descriptor */
int kvm_sys_create_vcpu(int vm_fd, unsigned long id);

/** kvm_sys_map_run - mmap(2) of a vCPU's struct kvm_run; NULL sets errno */
struct kvm_run *kvm_sys_map_run(int vcpu_fd, size_t size);

/** kvm_sys_unmap_run - undo kvm_sys_map_run() */
void kvm_sys_unmap_run(struct kvm_run *run, size_t size);

/** kvm_sys_set_cpuid2 - KVM_SET_CPUID2 */
int kvm_sys_set_cpuid2(int vcpu_fd, const struct kvm_cpuid2 *cpuid);

/** kvm_sys_get_sregs - KVM_GET_SREGS */
int kvm_sys_get_sregs(int vcpu_fd, struct kvm_sregs *sregs);

/** kvm_sys_set_sregs - KVM_SET_SREGS */
int kvm_sys_set_sregs(int vcpu_fd, const struct kvm_sregs *sregs);

/** kvm_sys_get_regs - KVM_GET_REGS */
int kvm_sys_get_regs(int vcpu_fd, struct kvm_regs *regs);

/** kvm_sys_set_regs - KVM_SET_REGS */
int kvm_sys_set_regs(int vcpu_fd, const struct kvm_regs *regs);

/** kvm_sys_set_fpu - KVM_SET_FPU */
int kvm_sys_set_fpu(int vcpu_fd, const struct kvm_fpu *fpu);

/** kvm_sys_set_msrs - KVM_SET_MSRS; how many were set */
int kvm_sys_set_msrs(int vcpu_fd, const struct kvm_msrs *msrs);

/** kvm_sys_get_lapic - KVM_GET_LAPIC */
int kvm_sys_get_lapic(int vcpu_fd, struct kvm_lapic_state *lapic);

/** kvm_sys_set_lapic - KVM_SET_LAPIC */
int kvm_sys_set_lapic(int vcpu_fd, const struct kvm_lapic_state *lapic);

/** kvm_sys_get_stats_fd - KVM_GET_STATS_FD: a file of the vCPU's counters */
int kvm_sys_get_stats_fd(int vcpu_fd);

/** kvm_sys_run - KVM_RUN; -EINTR when a signal or immediate_exit ended it */
int kvm_sys_run(int vcpu_fd);

#endif
