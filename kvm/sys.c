/* SPDX-License-Identifier: BSD-2-Clause */
/* One wrapper per KVM ioctl: the call, and -errno in place of -1. */
#include "kvm/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "kvm/tell.h"

/* What a system call returned, with errno folded in. */
static int result(int rc)
{
	return rc < 0 ? -errno : rc;
}

/* Every ioctl but KVM_RUN goes through these two. */
static int make(const struct tell_ioctl *c)
{
	return result(ioctl(c->fd, c->request, c->arg));
}

static int told(const struct tell_ioctl *c)
{
	return tell_on(TELL_KVM) ? kvm_tell(c, make) : make(c);
}

#define TOLD(fd, request, arg)                                                 \
	told(&(struct tell_ioctl){fd, request, #request, (uintptr_t)(arg)})

int kvm_sys_open(const char *path)
{
	return result(open(path, O_RDWR | O_CLOEXEC));
}

struct kvm_run *kvm_sys_map_run(int vcpu_fd, size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu_fd,
		       0);

	return p == MAP_FAILED ? NULL : p;
}

void kvm_sys_unmap_run(struct kvm_run *run, size_t size)
{
	munmap(run, size);
}

int kvm_sys_get_api_version(int kvm_fd)
{
	return TOLD(kvm_fd, KVM_GET_API_VERSION, 0);
}

int kvm_sys_check_extension(int fd, long cap)
{
	return TOLD(fd, KVM_CHECK_EXTENSION, cap);
}

int kvm_sys_get_vcpu_mmap_size(int kvm_fd)
{
	return TOLD(kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0);
}

int kvm_sys_get_supported_cpuid(int kvm_fd, struct kvm_cpuid2 *cpuid)
{
	return TOLD(kvm_fd, KVM_GET_SUPPORTED_CPUID, cpuid);
}

int kvm_sys_create_vm(int kvm_fd)
{
	return TOLD(kvm_fd, KVM_CREATE_VM, 0);
}

int kvm_sys_set_tss_addr(int vm_fd, unsigned long gpa)
{
	return TOLD(vm_fd, KVM_SET_TSS_ADDR, gpa);
}

int kvm_sys_set_identity_map_addr(int vm_fd, __u64 gpa)
{
	return TOLD(vm_fd, KVM_SET_IDENTITY_MAP_ADDR, &gpa);
}

int kvm_sys_create_irqchip(int vm_fd)
{
	return TOLD(vm_fd, KVM_CREATE_IRQCHIP, 0);
}

int kvm_sys_create_pit2(int vm_fd, const struct kvm_pit_config *pit)
{
	return TOLD(vm_fd, KVM_CREATE_PIT2, pit);
}

int kvm_sys_set_user_memory_region(
	int vm_fd, const struct kvm_userspace_memory_region *region)
{
	return TOLD(vm_fd, KVM_SET_USER_MEMORY_REGION, region);
}

int kvm_sys_set_gsi_routing(int vm_fd, const struct kvm_irq_routing *table)
{
	return TOLD(vm_fd, KVM_SET_GSI_ROUTING, table);
}

int kvm_sys_irqfd(int vm_fd, const struct kvm_irqfd *irqfd)
{
	return TOLD(vm_fd, KVM_IRQFD, irqfd);
}

int kvm_sys_irq_line(int vm_fd, const struct kvm_irq_level *level)
{
	return TOLD(vm_fd, KVM_IRQ_LINE, level);
}

int kvm_sys_ioeventfd(int vm_fd, const struct kvm_ioeventfd *ioeventfd)
{
	return TOLD(vm_fd, KVM_IOEVENTFD, ioeventfd);
}

int kvm_sys_register_coalesced_mmio(int vm_fd,
				    const struct kvm_coalesced_mmio_zone *zone)
{
	return TOLD(vm_fd, KVM_REGISTER_COALESCED_MMIO, zone);
}

int kvm_sys_create_device(int vm_fd, struct kvm_create_device *dev)
{
	return TOLD(vm_fd, KVM_CREATE_DEVICE, dev);
}

int kvm_sys_set_device_attr(int dev_fd, const struct kvm_device_attr *attr)
{
	return TOLD(dev_fd, KVM_SET_DEVICE_ATTR, attr);
}

int kvm_sys_create_vcpu(int vm_fd, unsigned long id)
{
	return TOLD(vm_fd, KVM_CREATE_VCPU, id);
}

int kvm_sys_set_cpuid2(int vcpu_fd, const struct kvm_cpuid2 *cpuid)
{
	return TOLD(vcpu_fd, KVM_SET_CPUID2, cpuid);
}

int kvm_sys_get_sregs(int vcpu_fd, struct kvm_sregs *sregs)
{
	return TOLD(vcpu_fd, KVM_GET_SREGS, sregs);
}

int kvm_sys_set_sregs(int vcpu_fd, const struct kvm_sregs *sregs)
{
	return TOLD(vcpu_fd, KVM_SET_SREGS, sregs);
}

int kvm_sys_get_regs(int vcpu_fd, struct kvm_regs *regs)
{
	return TOLD(vcpu_fd, KVM_GET_REGS, regs);
}

int kvm_sys_set_regs(int vcpu_fd, const struct kvm_regs *regs)
{
	return TOLD(vcpu_fd, KVM_SET_REGS, regs);
}

int kvm_sys_set_fpu(int vcpu_fd, const struct kvm_fpu *fpu)
{
	return TOLD(vcpu_fd, KVM_SET_FPU, fpu);
}

int kvm_sys_set_msrs(int vcpu_fd, const struct kvm_msrs *msrs)
{
	return TOLD(vcpu_fd, KVM_SET_MSRS, msrs);
}

int kvm_sys_get_lapic(int vcpu_fd, struct kvm_lapic_state *lapic)
{
	return TOLD(vcpu_fd, KVM_GET_LAPIC, lapic);
}

int kvm_sys_set_lapic(int vcpu_fd, const struct kvm_lapic_state *lapic)
{
	return TOLD(vcpu_fd, KVM_SET_LAPIC, lapic);
}

int kvm_sys_get_stats_fd(int vcpu_fd)
{
	return TOLD(vcpu_fd, KVM_GET_STATS_FD, 0);
}

int kvm_sys_run(int vcpu_fd)
{
	if (tell_on(TELL_KVM))
		kvm_tell_run(vcpu_fd);
	return result(ioctl(vcpu_fd, KVM_RUN, 0));
}
