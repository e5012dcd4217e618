/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The vCPUs of the double of kvm/sys.c.
 *
 * No guest runs; a test gives the exits (sim_knobs()->run).  Registers are
 * taken and forgotten, but for the last of each kind, which tests may ask for.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bytes.h"
#include "kvm/sys.h"
#include "tests/fake/fake.h"

#define VCPUS 64

struct vcpu {
	const void *vm; /* NULL: free */
	unsigned id;
	struct kvm_run *run;
	size_t size;
};

static struct vcpu vcpus[VCPUS];

int sim_vcpu_new(const void *vm, unsigned id)
{
	struct vcpu *at = NULL;

	if (id >= 255)
		return -EINVAL;
	for (unsigned i = 0; i < VCPUS; i++) {
		struct vcpu *c = &vcpus[i];

		if (c->vm && !c->run && !sim_alive(SIM_VCPU, c))
			c->vm = NULL;
		if (c->vm == vm && c->id == id)
			return -EEXIST;
		if (!c->vm)
			at = c;
	}
	if (!at)
		return -EINVAL;
	*at = (struct vcpu){.vm = vm, .id = id};
	return sim_file_new(SIM_VCPU, at);
}

bool sim_vcpu_made(const void *vm)
{
	for (unsigned i = 0; i < VCPUS; i++)
		if (vcpus[i].vm == vm)
			return true;
	return false;
}

bool sim_vcpu_alive(const void *vm)
{
	for (unsigned i = 0; i < VCPUS; i++)
		if (vcpus[i].vm == vm && sim_alive(SIM_VCPU, &vcpus[i]))
			return true;
	return false;
}

void sim_vcpu_forget(const void *vm)
{
	for (unsigned i = 0; i < VCPUS; i++)
		if (vcpus[i].vm == vm && !vcpus[i].run)
			vcpus[i].vm = NULL;
}

unsigned sim_vcpu_maps(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < VCPUS; i++)
		n += !!vcpus[i].run;
	return n;
}

void sim_vcpu_reset(void)
{
	for (unsigned i = 0; i < VCPUS; i++)
		if (vcpus[i].run)
			munmap(vcpus[i].run, vcpus[i].size);
	memset(vcpus, 0, sizeof(vcpus));
}

int kvm_sys_register_coalesced_mmio(int vm_fd,
				    const struct kvm_coalesced_mmio_zone *zone)
{
	int rc = sim_enter('v', "KVM_REGISTER_COALESCED_MMIO", "0x%llx/%u",
			   zone->addr, zone->size);

	if (!rc && !sim_file(vm_fd, SIM_VM))
		rc = -EBADF;
	return sim_leave(rc);
}

struct kvm_run *kvm_sys_map_run(int vcpu_fd, size_t size)
{
	struct vcpu *c = sim_file(vcpu_fd, SIM_VCPU);
	int rc = sim_enter('v', "mmap", "vCPU");

	if (!rc && !c)
		rc = -EBADF;
	if (rc) {
		errno = -rc;
		return NULL;
	}
	c->run = mmap(NULL, size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	c->size = size;
	return c->run;
}

void kvm_sys_unmap_run(struct kvm_run *run, size_t size)
{
	for (unsigned i = 0; i < VCPUS; i++) {
		if (vcpus[i].run != run || vcpus[i].size != size)
			continue;
		munmap(run, size);
		vcpus[i].run = NULL;
		return;
	}
	sim_wrong("munmap of a struct kvm_run that is not mapped");
}

static int simple(int vcpu_fd, const char *name)
{
	int rc = sim_enter('v', name, "%s", "");

	if (!rc && !sim_file(vcpu_fd, SIM_VCPU))
		rc = sim_leave(-EBADF);
	return rc;
}

int kvm_sys_set_cpuid2(int vcpu_fd, const struct kvm_cpuid2 *cpuid)
{
	int rc = simple(vcpu_fd, "KVM_SET_CPUID2");

	return !rc && cpuid->nent > 256 ? sim_leave(-E2BIG) : rc;
}

int kvm_sys_get_sregs(int vcpu_fd, struct kvm_sregs *sregs)
{
	memset(sregs, 0, sizeof(*sregs));
	return simple(vcpu_fd, "KVM_GET_SREGS");
}

int kvm_sys_set_sregs(int vcpu_fd, const struct kvm_sregs *sregs)
{
	(void)sregs;
	return simple(vcpu_fd, "KVM_SET_SREGS");
}

int kvm_sys_get_regs(int vcpu_fd, struct kvm_regs *regs)
{
	*regs = (struct kvm_regs){.rip = sim_knobs()->rip};
	return simple(vcpu_fd, "KVM_GET_REGS");
}

int kvm_sys_set_regs(int vcpu_fd, const struct kvm_regs *regs)
{
	(void)regs;
	return simple(vcpu_fd, "KVM_SET_REGS");
}

int kvm_sys_get_stats_fd(int vcpu_fd)
{
	int rc = simple(vcpu_fd, "KVM_GET_STATS_FD");
	int fd;

	if (rc)
		return rc;
	if (!sim_knobs()->stats)
		return sim_leave(-ENOTTY);
	fd = sim_file_new(SIM_STATS, NULL);
	if (write(fd, sim_knobs()->stats, sim_knobs()->stats_len) < 0)
		abort();
	return fd;
}

int kvm_sys_set_fpu(int vcpu_fd, const struct kvm_fpu *fpu)
{
	(void)fpu;
	return simple(vcpu_fd, "KVM_SET_FPU");
}

int kvm_sys_set_msrs(int vcpu_fd, const struct kvm_msrs *msrs)
{
	int rc = simple(vcpu_fd, "KVM_SET_MSRS");

	return rc ? rc : (int)msrs->nmsrs;
}

int kvm_sys_get_lapic(int vcpu_fd, struct kvm_lapic_state *lapic)
{
	memset(lapic, 0, sizeof(*lapic));
	return simple(vcpu_fd, "KVM_GET_LAPIC");
}

int kvm_sys_set_lapic(int vcpu_fd, const struct kvm_lapic_state *lapic)
{
	(void)lapic;
	return simple(vcpu_fd, "KVM_SET_LAPIC");
}

/* In a thread of its own and without a lock: it writes nothing down. */
int kvm_sys_run(int vcpu_fd)
{
	struct vcpu *c = sim_file(vcpu_fd, SIM_VCPU);

	if (!c || !c->run)
		return -EBADF;
	if (sim_knobs()->run)
		return sim_knobs()->run(c->run, c->id);
	while (!__atomic_load_n(&c->run->immediate_exit, __ATOMIC_ACQUIRE))
		usleep(500);
	return -EINTR;
}
