/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The double of kvm/sys.c: VMs, slots, routes and irqfds as tables.
 *
 * kvm_vcpu.c has the calls on vCPUs.
 */
#include "kvm/sys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/bytes.h"
#include "base/range.h"
#include "tests/fake/fake.h"

#define VMS     4
#define SLOTS   512
#define IRQFDS  256
#define GROUPS  16
#define ROUTES  4096
#define ON_PINS 24

struct irqfd {
	bool used;
	int fd;
	long id;      /* of the eventfd: the descriptor may come again */
	int resample; /* -1: edge */
	unsigned gsi;
};

struct vm {
	bool made;
	struct range slot[SLOTS]; /* GPA; len 0: none */
	uint64_t hva[SLOTS];
	struct irqfd irqfd[IRQFDS];
	struct kvm_irq_routing_entry msi[ROUTES]; /* by GSI; type 0: none */
	bool irqchip;
	bool pit;
	bool vfio_made;
	const void *group[GROUPS]; /* told to the VFIO device */
};

static struct vm vms[VMS];
static char kvm_node; /* what /dev/kvm stands for */

/* A VM lives as long as its descriptor or that of a vCPU or a device. */
static bool vm_alive(const struct vm *vm)
{
	if (!vm->made)
		return false;
	return sim_alive(SIM_VM, vm) || sim_alive(SIM_KVM_VFIO, vm) ||
	       sim_vcpu_alive(vm);
}

/* The kernel drops an irqfd when its eventfd is closed. */
static void prune(struct vm *vm)
{
	for (unsigned i = 0; i < IRQFDS; i++)
		if (vm->irqfd[i].used &&
		    sim_ev_id(vm->irqfd[i].fd) != vm->irqfd[i].id)
			vm->irqfd[i].used = false;
}

void sim_kvm_reset(void)
{
	sim_vcpu_reset();
	memset(vms, 0, sizeof(vms));
}

void sim_kvm_count(struct sim_count *c)
{
	c->maps += sim_vcpu_maps();
	for (unsigned v = 0; v < VMS; v++) {
		struct vm *vm = &vms[v];

		if (!vm_alive(vm))
			continue;
		prune(vm);
		for (unsigned i = 0; i < SLOTS; i++)
			c->slots += !!vm->slot[i].len;
		for (unsigned i = 0; i < IRQFDS; i++)
			c->irqfds += vm->irqfd[i].used;
		for (unsigned i = 0; i < ROUTES; i++)
			c->routes += !!vm->msi[i].type;
	}
}

bool sim_kvm_slot_in(const void *p, size_t len)
{
	struct range want = {(uintptr_t)p, len};

	for (unsigned v = 0; v < VMS; v++)
		for (unsigned i = 0; vm_alive(&vms[v]) && i < SLOTS; i++) {
			struct range at = {vms[v].hva[i], vms[v].slot[i].len};

			if (range_overlaps(want, at))
				return true;
		}
	return false;
}

bool sim_kvm_holds(const void *group)
{
	for (unsigned v = 0; v < VMS; v++)
		for (unsigned i = 0; i < GROUPS; i++)
			if (vms[v].group[i] == group &&
			    sim_alive(SIM_KVM_VFIO, &vms[v]))
				return true;
	return false;
}

static void inject(const struct vm *vm, const struct irqfd *q)
{
	const struct kvm_irq_routing_entry *r = &vm->msi[q->gsi % ROUTES];

	if (q->gsi < ON_PINS)
		sim_note('i', "inject pin %u", q->gsi);
	else if (!r->type)
		sim_note('i', "inject %u nowhere", q->gsi);
	else
		sim_note('i', "inject %u 0x%x:%x/%x", q->gsi,
			 r->u.msi.address_hi, r->u.msi.address_lo,
			 r->u.msi.data);
}

static void pump_vm(struct vm *vm)
{
	prune(vm);
	for (unsigned i = 0; i < IRQFDS; i++)
		if (vm->irqfd[i].used && sim_ev_take(vm->irqfd[i].fd))
			inject(vm, &vm->irqfd[i]);
}

void sim_kvm_pump(void)
{
	for (unsigned v = 0; v < VMS; v++)
		if (vm_alive(&vms[v]))
			pump_vm(&vms[v]);
}

void sim_eoi(unsigned gsi)
{
	sim_kvm_pump();
	for (unsigned v = 0; v < VMS; v++)
		for (unsigned i = 0; vm_alive(&vms[v]) && i < IRQFDS; i++) {
			const struct irqfd *q = &vms[v].irqfd[i];

			if (q->used && q->gsi == gsi && q->resample >= 0)
				eventfd_write(q->resample, 1);
		}
	sim_vfio_pump();
	sim_kvm_pump();
}

/* The calls, in the order of kvm/sys.h */

int kvm_sys_open(const char *path)
{
	int rc = sim_enter('v', "open", "%s", path);

	return rc ? rc : sim_file_new(SIM_KVM, &kvm_node);
}

int kvm_sys_get_api_version(int kvm_fd)
{
	int rc = sim_enter('x', "KVM_GET_API_VERSION", "%s", "");

	if (!rc && !sim_file(kvm_fd, SIM_KVM))
		rc = -EBADF;
	return rc ? rc : sim_knobs()->kvm_version;
}

int kvm_sys_check_extension(int fd, long cap)
{
	int rc = sim_enter('x', "KVM_CHECK_EXTENSION", "%ld", cap);

	if (!rc && !sim_file(fd, SIM_KVM) && !sim_file(fd, SIM_VM))
		rc = -EBADF;
	return rc ? rc : cap != sim_knobs()->no_kvm_cap;
}

int kvm_sys_get_vcpu_mmap_size(int kvm_fd)
{
	int rc = sim_enter('x', "KVM_GET_VCPU_MMAP_SIZE", "%s", "");

	if (!rc && !sim_file(kvm_fd, SIM_KVM))
		rc = -EBADF;
	return rc ? rc : 3 * 4096;
}

int kvm_sys_get_supported_cpuid(int kvm_fd, struct kvm_cpuid2 *cpuid)
{
	const struct kvm_cpuid_entry2 entry[] = {
		{.function = 0, .eax = 0xd},
		{.function = 1, .edx = 1u << 28, .ebx = 0xff000800},
		{.function = 0xb, .index = 0},
		{.function = 0x80000008,
		 .eax = (uint32_t)sim_knobs()->phys_bits},
	};
	int rc = sim_enter('x', "KVM_GET_SUPPORTED_CPUID", "%s", "");

	if (!rc && !sim_file(kvm_fd, SIM_KVM))
		rc = -EBADF;
	if (!rc && cpuid->nent < ARRAY_SIZE(entry))
		rc = -E2BIG;
	if (rc)
		return rc;
	cpuid->nent = ARRAY_SIZE(entry);
	memcpy(cpuid->entries, entry, sizeof(entry));
	return 0;
}

int kvm_sys_create_vm(int kvm_fd)
{
	int rc = sim_enter('v', "KVM_CREATE_VM", "%s", "");

	if (!rc && !sim_file(kvm_fd, SIM_KVM))
		rc = -EBADF;
	for (unsigned v = 0; !rc && v < VMS; v++) {
		if (vm_alive(&vms[v]))
			continue;
		memset(&vms[v], 0, sizeof(vms[v]));
		vms[v].made = true;
		sim_vcpu_forget(&vms[v]);
		return sim_file_new(SIM_VM, &vms[v]);
	}
	return sim_leave(rc ? rc : -ENOMEM);
}

/* What most calls on a VM begin with */
#define ENTER_VM(kind, name, ...)                                              \
	struct vm *vm = sim_file(vm_fd, SIM_VM);                               \
	int rc = sim_enter(kind, name, __VA_ARGS__);                           \
	if (!rc && !vm)                                                        \
		rc = sim_leave(-EBADF);                                        \
	if (rc)                                                                \
	return rc

int kvm_sys_set_tss_addr(int vm_fd, unsigned long gpa)
{
	ENTER_VM('v', "KVM_SET_TSS_ADDR", "0x%lx", gpa);
	return sim_leave(gpa > 0xffffd000 ? -EINVAL : 0);
}

int kvm_sys_set_identity_map_addr(int vm_fd, __u64 gpa)
{
	ENTER_VM('v', "KVM_SET_IDENTITY_MAP_ADDR", "0x%llx",
		 (unsigned long long)gpa);
	return sim_leave(sim_vcpu_made(vm) ? -EINVAL : 0);
}

int kvm_sys_create_irqchip(int vm_fd)
{
	ENTER_VM('v', "KVM_CREATE_IRQCHIP", "%s", "");
	if (vm->irqchip)
		return sim_leave(-EEXIST);
	if (sim_vcpu_made(vm))
		return sim_leave(-EINVAL);
	vm->irqchip = true;
	return 0;
}

int kvm_sys_create_pit2(int vm_fd, const struct kvm_pit_config *pit)
{
	ENTER_VM('v', "KVM_CREATE_PIT2", "%u", pit->flags);
	if (!vm->irqchip || vm->pit)
		return sim_leave(vm->pit ? -EEXIST : -ENOENT);
	vm->pit = true;
	return 0;
}

static int set_slot(struct vm *vm, const struct kvm_userspace_memory_region *r)
{
	struct range gpa = {r->guest_phys_addr, r->memory_size};

	if (r->slot >= SLOTS || (gpa.start | gpa.len) & 4095 ||
	    r->userspace_addr & 4095 || !range_ok(gpa))
		return -EINVAL;
	if (!gpa.len && !vm->slot[r->slot].len)
		return -EINVAL;
	if (gpa.len && vm->slot[r->slot].len &&
	    vm->slot[r->slot].len != gpa.len)
		return -EINVAL;
	for (unsigned i = 0; i < SLOTS; i++)
		if (i != r->slot && range_overlaps(gpa, vm->slot[i]))
			return -EEXIST;
	vm->slot[r->slot] = gpa;
	vm->hva[r->slot] = r->userspace_addr;
	return 0;
}

int kvm_sys_set_user_memory_region(
	int vm_fd, const struct kvm_userspace_memory_region *region)
{
	char what[64] = "-";

	if (region->memory_size)
		snprintf(what, sizeof(what), "0x%llx+0x%llx",
			 region->guest_phys_addr, region->memory_size);
	ENTER_VM('m', "KVM_SET_USER_MEMORY_REGION", "%u %s", region->slot,
		 what);
	return sim_leave(set_slot(vm, region));
}

/* An MSI route may stand once for each GSI, a pin once for each chip. */
static int check_route(const struct kvm_irq_routing *t, unsigned i)
{
	const struct kvm_irq_routing_entry *e = &t->entries[i];

	if (e->gsi >= ROUTES || e->flags)
		return -EINVAL;
	for (unsigned k = 0; k < i; k++) {
		const struct kvm_irq_routing_entry *o = &t->entries[k];

		if (o->gsi == e->gsi &&
		    (o->type != KVM_IRQ_ROUTING_IRQCHIP ||
		     e->type != KVM_IRQ_ROUTING_IRQCHIP ||
		     o->u.irqchip.irqchip == e->u.irqchip.irqchip))
			return -EINVAL;
	}
	return 0;
}

static int set_routes(struct vm *vm, const struct kvm_irq_routing *t)
{
	if (t->nr > ROUTES || t->flags)
		return -EINVAL;
	for (unsigned i = 0; i < t->nr; i++)
		if (check_route(t, i))
			return -EINVAL;
	memset(vm->msi, 0, sizeof(vm->msi));
	for (unsigned i = 0; i < t->nr; i++)
		if (t->entries[i].type == KVM_IRQ_ROUTING_MSI)
			vm->msi[t->entries[i].gsi] = t->entries[i];
	return 0;
}

int kvm_sys_set_gsi_routing(int vm_fd, const struct kvm_irq_routing *table)
{
	char what[120] = "";
	unsigned pins = 0;

	for (unsigned i = 0; i < table->nr; i++) {
		const struct kvm_irq_routing_entry *e = &table->entries[i];
		size_t n = strlen(what);

		pins += e->type == KVM_IRQ_ROUTING_IRQCHIP;
		if (e->type == KVM_IRQ_ROUTING_MSI)
			snprintf(what + n, sizeof(what) - n, " %u=%x:%x/%x",
				 e->gsi, e->u.msi.address_hi,
				 e->u.msi.address_lo, e->u.msi.data);
	}
	ENTER_VM('i', "KVM_SET_GSI_ROUTING", "%u pins%s", pins, what);
	return sim_leave(set_routes(vm, table));
}

static int irqfd_assign(struct vm *vm, const struct kvm_irqfd *req)
{
	bool level = req->flags & KVM_IRQFD_FLAG_RESAMPLE;
	struct irqfd *at = NULL;

	if (!vm->irqchip)
		return -EAGAIN;
	if (!sim_is_eventfd((int)req->fd) ||
	    (level && !sim_is_eventfd((int)req->resamplefd)))
		return -EBADF;
	prune(vm);
	for (unsigned i = 0; i < IRQFDS; i++) {
		if (vm->irqfd[i].used && vm->irqfd[i].fd == (int)req->fd)
			return -EBUSY;
		if (!vm->irqfd[i].used)
			at = &vm->irqfd[i];
	}
	if (!at)
		return -ENOMEM;
	*at = (struct irqfd){
		.used = true,
		.fd = (int)req->fd,
		.id = sim_ev_id((int)req->fd),
		.resample = level ? (int)req->resamplefd : -1,
		.gsi = req->gsi,
	};
	if (req->gsi >= ON_PINS && !vm->msi[req->gsi % ROUTES].type)
		sim_wrong("irqfd on GSI %u before its route", req->gsi);
	return 0;
}

/* The kernel says 0 also when there was none. */
static int irqfd_deassign(struct vm *vm, const struct kvm_irqfd *req)
{
	bool found = false;

	if (!sim_is_eventfd((int)req->fd))
		return -EBADF;
	for (unsigned i = 0; i < IRQFDS; i++) {
		struct irqfd *q = &vm->irqfd[i];

		if (q->used && q->fd == (int)req->fd && q->gsi == req->gsi) {
			q->used = false;
			found = true;
		}
	}
	if (!found)
		sim_wrong("irqfd of GSI %u was never assigned", req->gsi);
	return 0;
}

int kvm_sys_irqfd(int vm_fd, const struct kvm_irqfd *irqfd)
{
	bool off = irqfd->flags & KVM_IRQFD_FLAG_DEASSIGN;
	bool level = irqfd->flags & KVM_IRQFD_FLAG_RESAMPLE;

	ENTER_VM('i', "KVM_IRQFD", "%s %u %s%s%s", off ? "deassign" : "assign",
		 irqfd->gsi, sim_ev((int)irqfd->fd), level ? " resample " : "",
		 level ? sim_ev((int)irqfd->resamplefd) : "");
	rc = off ? irqfd_deassign(vm, irqfd) : irqfd_assign(vm, irqfd);
	sim_leave(rc);
	sim_kvm_pump(); /* what came before is injected at once */
	return rc;
}

int kvm_sys_irq_line(int vm_fd, const struct kvm_irq_level *level)
{
	ENTER_VM('i', "KVM_IRQ_LINE", "%u %u", level->irq, level->level);
	return sim_leave(vm->irqchip ? 0 : -ENXIO);
}

int kvm_sys_ioeventfd(int vm_fd, const struct kvm_ioeventfd *io)
{
	ENTER_VM('v', "KVM_IOEVENTFD", "0x%llx/%u", io->addr, io->len);
	return sim_leave(sim_is_eventfd(io->fd) ? 0 : -EBADF);
}

int kvm_sys_create_device(int vm_fd, struct kvm_create_device *dev)
{
	ENTER_VM('o', "KVM_CREATE_DEVICE", "%u", dev->type);
	if (dev->type != KVM_DEV_TYPE_VFIO)
		return sim_leave(-ENODEV);
	if (vm->vfio_made)
		return sim_leave(-EBUSY);
	vm->vfio_made = true;
	dev->fd = (uint32_t)sim_file_new(SIM_KVM_VFIO, vm);
	return 0;
}

static const void **find_group(struct vm *vm, const void *group)
{
	for (unsigned i = 0; i < GROUPS; i++)
		if (vm->group[i] == group)
			return &vm->group[i];
	return NULL;
}

static int set_group(struct vm *vm, bool add, int group_fd)
{
	const void *group = sim_file(group_fd, SIM_GROUP);
	const void **at = group ? find_group(vm, group) : NULL;

	if (!group)
		return -EBADF;
	if (!add) {
		if (at)
			*at = NULL;
		return at ? 0 : -ENOENT;
	}
	if (at)
		return -EEXIST;
	at = find_group(vm, NULL);
	if (at)
		*at = group;
	return at ? 0 : -ENOMEM;
}

int kvm_sys_set_device_attr(int dev_fd, const struct kvm_device_attr *attr)
{
	struct vm *vm = sim_file(dev_fd, SIM_KVM_VFIO);
	bool add = attr->attr == KVM_DEV_VFIO_GROUP_ADD;
	int rc = sim_enter(
		'o', add ? "KVM_DEV_VFIO_GROUP_ADD" : "KVM_DEV_VFIO_GROUP_DEL",
		"%s", "");
	int group_fd;

	if (rc)
		return rc;
	if (!vm || attr->group != KVM_DEV_VFIO_GROUP)
		return sim_leave(vm ? -ENXIO : -EBADF);
	memcpy(&group_fd, (const void *)(uintptr_t)attr->addr,
	       sizeof(group_fd));
	return sim_leave(set_group(vm, add, group_fd));
}

int kvm_sys_create_vcpu(int vm_fd, unsigned long id)
{
	ENTER_VM('v', "KVM_CREATE_VCPU", "%lu", id);
	return sim_leave(vm->irqchip ? sim_vcpu_new(vm, (unsigned)id)
				     : -EINVAL);
}
