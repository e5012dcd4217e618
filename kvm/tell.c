/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses of the guest are told, addresses of ours are not. */
#include "kvm/tell.h"

#include <linux/kvm.h>
#include <string.h>

#include "base/bytes.h"

#define ROUTES 8 /* messages told of a routing table */

/* ---- arguments that are numbers --------------------------------------- */

static void in_cap(struct tell_text *t, const void *arg)
{
	/* clang-format off */
	static const struct {
		uintptr_t cap;
		const char *name;
	} known[] = {
		{KVM_CAP_IRQCHIP,               "IRQCHIP"},
		{KVM_CAP_USER_MEMORY,           "USER_MEMORY"},
		{KVM_CAP_SET_TSS_ADDR,          "SET_TSS_ADDR"},
		{KVM_CAP_COALESCED_MMIO,        "COALESCED_MMIO"},
		{KVM_CAP_IRQ_ROUTING,           "IRQ_ROUTING"},
		{KVM_CAP_IRQFD,                 "IRQFD"},
		{KVM_CAP_PIT2,                  "PIT2"},
		{KVM_CAP_SET_IDENTITY_MAP_ADDR, "SET_IDENTITY_MAP_ADDR"},
		{KVM_CAP_IRQFD_RESAMPLE,        "IRQFD_RESAMPLE"},
		{KVM_CAP_IMMEDIATE_EXIT,        "IMMEDIATE_EXIT"},
		{KVM_CAP_COALESCED_PIO,         "COALESCED_PIO"},
	};
	/* clang-format on */

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].cap == (uintptr_t)arg) {
			tell_add(t, " cap=%s", known[i].name);
			return;
		}
	tell_add(t, " cap=%lu", (unsigned long)(uintptr_t)arg);
}

static void in_addr(struct tell_text *t, const void *arg)
{
	tell_hex(t, "addr", (uintptr_t)arg);
}

static void in_addr_at(struct tell_text *t, const void *arg)
{
	uint64_t addr;

	memcpy(&addr, arg, sizeof(addr));
	tell_hex(t, "addr", addr);
}

static void in_id(struct tell_text *t, const void *arg)
{
	tell_add(t, " id=%lu", (unsigned long)(uintptr_t)arg);
}

/* ---- structures ------------------------------------------------------- */

static void in_cpuid(struct tell_text *t, const void *arg)
{
	const struct kvm_cpuid2 *c = arg;

	tell_add(t, " nent=%u", c->nent);
}

static void out_cpuid(struct tell_text *t, const void *arg, int rc)
{
	tell_add(t, " -> %d", rc);
	in_cpuid(t, arg);
}

static void in_pit(struct tell_text *t, const void *arg)
{
	static const char *const bits[] = {"SPEAKER_DUMMY"};
	const struct kvm_pit_config *p = arg;

	tell_bits(t, "flags", p->flags, bits, ARRAY_SIZE(bits));
}

static void in_region(struct tell_text *t, const void *arg)
{
	const struct kvm_userspace_memory_region *r = arg;

	tell_add(t, " slot=%u", r->slot);
	tell_hex(t, "gpa", r->guest_phys_addr);
	tell_hex(t, "size", r->memory_size);
}

static bool region_undoes(const void *arg)
{
	const struct kvm_userspace_memory_region *r = arg;

	return !r->memory_size;
}

static void one_route(struct tell_text *t,
		      const struct kvm_irq_routing_entry *e)
{
	uint64_t addr =
		(uint64_t)e->u.msi.address_hi << 32 | e->u.msi.address_lo;

	tell_add(t, " gsi%u=0x%llx/0x%x", e->gsi, (unsigned long long)addr,
		 e->u.msi.data);
}

/* The pins of the chips are always the same: their number is enough. */
static void in_routing(struct tell_text *t, const void *arg)
{
	const struct kvm_irq_routing *r = arg;
	unsigned messages = 0;

	for (uint32_t i = 0; i < r->nr; i++)
		messages += r->entries[i].type == KVM_IRQ_ROUTING_MSI;
	tell_add(t, " pins=%u messages=%u", r->nr - messages, messages);
	messages = 0;
	for (uint32_t i = 0; i < r->nr && messages < ROUTES; i++)
		if (r->entries[i].type == KVM_IRQ_ROUTING_MSI) {
			one_route(t, &r->entries[i]);
			messages++;
		}
}

static void in_irqfd(struct tell_text *t, const void *arg)
{
	static const char *const bits[] = {"DEASSIGN", "RESAMPLE"};
	const struct kvm_irqfd *i = arg;

	tell_bits(t, "flags", i->flags, bits, ARRAY_SIZE(bits));
	tell_add(t, " gsi=%u fd=%s", i->gsi, tell_fd_name((int)i->fd));
	if (i->flags & KVM_IRQFD_FLAG_RESAMPLE)
		tell_add(t, " resamplefd=%s", tell_fd_name((int)i->resamplefd));
}

static bool irqfd_undoes(const void *arg)
{
	const struct kvm_irqfd *i = arg;

	return i->flags & KVM_IRQFD_FLAG_DEASSIGN;
}

static void in_level(struct tell_text *t, const void *arg)
{
	const struct kvm_irq_level *l = arg;

	tell_add(t, " gsi=%u level=%u", l->irq, l->level);
}

static void in_ioeventfd(struct tell_text *t, const void *arg)
{
	static const char *const bits[] = {"DATAMATCH", "PIO", "DEASSIGN"};
	const struct kvm_ioeventfd *i = arg;

	tell_bits(t, "flags", i->flags, bits, ARRAY_SIZE(bits));
	tell_hex(t, "addr", i->addr);
	tell_add(t, " len=%u", i->len);
}

static void in_zone(struct tell_text *t, const void *arg)
{
	const struct kvm_coalesced_mmio_zone *z = arg;

	tell_hex(t, "addr", z->addr);
	tell_add(t, " size=%u pio=%u", z->size, z->pio);
}

static void in_device(struct tell_text *t, const void *arg)
{
	const struct kvm_create_device *d = arg;

	if (d->type == KVM_DEV_TYPE_VFIO)
		tell_add(t, " type=VFIO");
	else
		tell_add(t, " type=%u", d->type);
}

/* Of KVM's VFIO device: the only one that we have */
static void in_attr(struct tell_text *t, const void *arg)
{
	const struct kvm_device_attr *a = arg;
	int fd;

	memcpy(&fd, (const void *)(uintptr_t)a->addr, sizeof(fd));
	tell_add(t, " group=VFIO_GROUP attr=%s %s",
		 a->attr == KVM_DEV_VFIO_GROUP_ADD ? "ADD" : "DEL",
		 tell_fd_name(fd));
}

static bool attr_undoes(const void *arg)
{
	const struct kvm_device_attr *a = arg;

	return a->attr == KVM_DEV_VFIO_GROUP_DEL;
}

static void in_sregs(struct tell_text *t, const void *arg)
{
	const struct kvm_sregs *s = arg;

	tell_hex(t, "cr0", s->cr0);
	tell_hex(t, "cr3", s->cr3);
	tell_hex(t, "cr4", s->cr4);
	tell_hex(t, "efer", s->efer);
	tell_hex(t, "gdt", s->gdt.base);
}

static void in_regs(struct tell_text *t, const void *arg)
{
	const struct kvm_regs *r = arg;

	tell_hex(t, "rip", r->rip);
	tell_hex(t, "rsi", r->rsi);
	tell_hex(t, "rsp", r->rsp);
}

static void out_regs(struct tell_text *t, const void *arg, int rc)
{
	tell_add(t, " -> %d", rc);
	in_regs(t, arg);
}

static void in_msrs(struct tell_text *t, const void *arg)
{
	const struct kvm_msrs *m = arg;

	for (uint32_t i = 0; i < m->nmsrs; i++)
		tell_add(t, " msr0x%x=0x%llx", m->entries[i].index,
			 (unsigned long long)m->entries[i].data);
}

/* ---- the table -------------------------------------------------------- */

/* clang-format off */
static const struct tell_row rows[] = {
	{.name = "KVM_GET_API_VERSION", .chapter = TELL_CH_GUEST,
	 .why = "Is this the KVM that we know?  12 since 2007."},
	{.name = "KVM_CHECK_EXTENSION", .chapter = TELL_CH_GUEST,
	 .why = "Has it all that we need?  0 is no.",
	 .in = in_cap},
	{.name = "KVM_GET_VCPU_MMAP_SIZE", .chapter = TELL_CH_GUEST,
	 .why = "How large is the page where a vCPU says why it stopped?"},
	{.name = "KVM_GET_SUPPORTED_CPUID", .chapter = TELL_CH_GUEST,
	 .why = "What may the guest be told of its CPU?",
	 .in = in_cpuid, .out = out_cpuid},
	{.name = "KVM_CREATE_VM", .chapter = TELL_CH_GUEST,
	 .why = "A VM: an empty address space, no CPU.",
	 .out = tell_out_fd},
	{.name = "KVM_SET_TSS_ADDR", .chapter = TELL_CH_GUEST,
	 .why = "Three pages that Intel's CPUs need for real mode.",
	 .in = in_addr},
	{.name = "KVM_SET_IDENTITY_MAP_ADDR", .chapter = TELL_CH_GUEST,
	 .why = "A page that Intel's CPUs need while paging is off.",
	 .in = in_addr_at},
	{.name = "KVM_CREATE_IRQCHIP", .chapter = TELL_CH_GUEST,
	 .why = "Interrupt controllers in the kernel, so that devices need not "
		"wake us."},
	{.name = "KVM_CREATE_PIT2", .chapter = TELL_CH_GUEST,
	 .why = "The PC's timer chip, in the kernel too.",
	 .in = in_pit},
	{.name = "KVM_SET_USER_MEMORY_REGION", .chapter = TELL_CH_GUEST,
	 .why = "RAM or a device's BAR at an address of the guest's: no exits there.",
	 .undo = "Nothing of ours is at that address any more.",
	 .undoes = region_undoes, .in = in_region},
	{.name = "KVM_SET_GSI_ROUTING", .chapter = TELL_CH_INTERRUPTS,
	 .why = "Which GSI is which pin of a chip, or which message to a CPU?  All anew.",
	 .in = in_routing},
	{.name = "KVM_IRQFD", .chapter = TELL_CH_INTERRUPTS,
	 .why = "Who writes this eventfd interrupts the guest; we are not woken.",
	 .undo = "This eventfd interrupts the guest no more.",
	 .undoes = irqfd_undoes, .in = in_irqfd},
	{.name = "KVM_IRQ_LINE", .chapter = TELL_CH_INTERRUPTS,
	 .fold = TELL_BRIEF,
	 .why = "The serial port's interrupt line; we model that chip ourselves.",
	 .in = in_level},
	{.name = "KVM_IOEVENTFD", .chapter = TELL_CH_GUEST,
	 .why = "Writes to this port mean nothing: let KVM swallow them.",
	 .in = in_ioeventfd},
	{.name = "KVM_REGISTER_COALESCED_MMIO", .chapter = TELL_CH_GUEST,
	 .why = "Output to this port may wait for the next exit.",
	 .in = in_zone},
	{.name = "KVM_CREATE_DEVICE", .chapter = TELL_CH_GROUP,
	 .why = "KVM's ear for VFIO.",
	 .in = in_device},
	{.name = "KVM_SET_DEVICE_ATTR", .chapter = TELL_CH_GROUP,
	 .why = "KVM learns of the group before a device of it is opened.",
	 .undo = "KVM forgets the group before it is closed.",
	 .undoes = attr_undoes, .in = in_attr},
	{.name = "KVM_CREATE_VCPU", .chapter = TELL_CH_GUEST,
	 .why = "A CPU of the guest.",
	 .in = in_id, .out = tell_out_fd},
	{.name = "KVM_SET_CPUID2", .chapter = TELL_CH_GUEST,
	 .why = "What it says it can.",
	 .in = in_cpuid},
	{.name = "KVM_GET_SREGS", .chapter = TELL_CH_GUEST,
	 .why = "The state that firmware would have left: 64 bits, paging on."},
	{.name = "KVM_SET_SREGS", .chapter = TELL_CH_GUEST,
	 .in = in_sregs},
	{.name = "KVM_GET_REGS", .chapter = TELL_CH_GUEST,
	 .why = "Where does it stand?",
	 .out = out_regs},
	{.name = "KVM_SET_REGS", .chapter = TELL_CH_GUEST,
	 .why = "Where it starts.",
	 .in = in_regs},
	{.name = "KVM_SET_FPU", .chapter = TELL_CH_GUEST,
	 .why = "Its other registers, as after a reset."},
	{.name = "KVM_SET_MSRS", .chapter = TELL_CH_GUEST,
	 .in = in_msrs},
	{.name = "KVM_GET_LAPIC", .chapter = TELL_CH_GUEST},
	{.name = "KVM_SET_LAPIC", .chapter = TELL_CH_GUEST},
	{.name = "KVM_GET_STATS_FD", .chapter = TELL_CH_GUEST,
	 .why = "What KVM counts of it, for --stats.",
	 .out = tell_out_fd},
	{.name = "KVM_RUN", .chapter = TELL_CH_GUEST, .fold = TELL_COUNTED,
	 .why = "The guest runs, until it touches what only we can answer; and "
		"again, and again."},
};
/* clang-format on */

const struct tell_row *kvm_tell_rows(size_t *n)
{
	*n = ARRAY_SIZE(rows);
	return rows;
}

int kvm_tell(const struct tell_ioctl *c, tell_make_fn *make)
{
	return tell_ioctl(TELL_KVM, tell_find(rows, ARRAY_SIZE(rows), c->name),
			  c, make);
}

/* It may take as long as the guest lives: not under the lock. */
void kvm_tell_run(int vcpu_fd)
{
	tell_count(TELL_KVM, tell_find(rows, ARRAY_SIZE(rows), "KVM_RUN"),
		   tell_fd_name(vcpu_fd));
}
