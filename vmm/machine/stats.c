/* SPDX-License-Identifier: BSD-2-Clause */
/* Sums over the vCPUs and a walk over the buses. */
#include "vmm/machine/stats.h"

#include "base/bytes.h"
#include "vmm/machine/machine.h"

static const char *reason_name(unsigned reason)
{
	static const char *const name[] = {
		[KVM_EXIT_IO] = "io",
		[KVM_EXIT_HLT] = "hlt",
		[KVM_EXIT_MMIO] = "mmio",
		[KVM_EXIT_SHUTDOWN] = "shutdown",
		[KVM_EXIT_FAIL_ENTRY] = "fail_entry",
		[KVM_EXIT_INTR] = "intr",
		[KVM_EXIT_INTERNAL_ERROR] = "internal_error",
		[KVM_EXIT_SYSTEM_EVENT] = "system_event",
	};

	if (reason < ARRAY_SIZE(name) && name[reason])
		return name[reason];
	return "other";
}

static uint64_t returns(const struct machine *m, unsigned reason)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < m->plat.ncpus; i++)
		sum += m->vcpu[i].returns[reason];
	return sum;
}

static void print_returns(const struct machine *m, FILE *f)
{
	uint64_t interrupted = 0;
	uint64_t total = 0;

	for (unsigned r = 0; r < VCPU_REASONS; r++)
		total += returns(m, r);
	for (unsigned i = 0; i < m->plat.ncpus; i++)
		interrupted += m->vcpu[i].interrupted;
	fprintf(f, "stats: kvm_run.returns %llu\n",
		(unsigned long long)(total + interrupted));
	fprintf(f, "stats: kvm_run.signal %llu\n",
		(unsigned long long)interrupted);
	for (unsigned r = 0; r < VCPU_REASONS; r++)
		if (returns(m, r))
			fprintf(f, "stats: kvm_run.%s %llu\n", reason_name(r),
				(unsigned long long)returns(m, r));
}

static void print_client(const struct bus_client *c, FILE *f)
{
	if (c->reads || c->writes)
		fprintf(f, "stats: access \"%s\" reads %llu writes %llu\n",
			c->name, (unsigned long long)c->reads,
			(unsigned long long)c->writes);
}

static void print_devices(const struct machine *m, FILE *f)
{
	for (unsigned i = 0; i < LEGACY_CLIENTS; i++)
		print_client(&m->legacy.client[i], f);
	for (unsigned i = 0; i < m->ndev; i++)
		for (unsigned b = 0; b < PCI_BARS; b++)
			print_client(&m->dev[i].bar[b].trap, f);
	print_client(&m->pio.nobody, f);
	print_client(&m->mmio.nobody, f);
}

static void print_phases(const struct machine *m, FILE *f)
{
	static const char *const name[MACHINE_PHASES] = {
		[MACHINE_VM] = "vm",
		[MACHINE_GROUPS] = "groups",
		[MACHINE_PINNED] = "pin+map",
		[MACHINE_DEVICES_OPEN] = "devices",
		[MACHINE_LOADED] = "load",
	};

	for (unsigned p = MACHINE_VM; p < MACHINE_PHASES; p++)
		fprintf(f, "stats: start.%s %.1f ms\n", name[p],
			(double)(m->phase_ns[p] - m->phase_ns[p - 1]) / 1e6);
	fprintf(f, "stats: start.total %.1f ms\n",
		(double)(m->phase_ns[MACHINE_LOADED] -
			 m->phase_ns[MACHINE_BEGIN]) /
			1e6);
}

/* Where each vCPU stood: tells a loop from a wait when a guest hung. */
static void print_vcpus(const struct machine *m, FILE *f)
{
	for (unsigned i = 0; i < m->nvcpu; i++) {
		struct kvm_regs r;

		if (!kvm_vcpu_regs(&m->vcpu[i].kvm, &r))
			fprintf(f, "stats: vcpu.%u rip 0x%llx rflags 0x%llx\n",
				i, r.rip, r.rflags);
	}
}

void stats_print(const struct machine *m, FILE *f)
{
	print_returns(m, f);
	print_devices(m, f);
	print_phases(m, f);
	print_vcpus(m, f);
}
