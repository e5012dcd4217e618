/* SPDX-License-Identifier: BSD-2-Clause */
/* KVM moves `last`, we move `first`; both wrap at the ring's size. */
#include "kvm/ring.h"

#include "base/err.h"
#include "kvm/sys.h"

#define PAGE 4096

void kvm_ring_open(struct kvm_ring *r, const struct kvm_vm *vm,
		   const struct kvm_vcpu *c)
{
	int page = kvm_sys_check_extension(vm->kvm_fd, KVM_CAP_COALESCED_MMIO);

	*r = (struct kvm_ring){0};
	if (page <= 0 || ((size_t)page + 1) * PAGE > c->run_size ||
	    kvm_sys_check_extension(vm->kvm_fd, KVM_CAP_COALESCED_PIO) <= 0)
		return;
	r->shared = (void *)((uint8_t *)c->run + (size_t)page * PAGE);
	r->max =
		(PAGE - sizeof(*r->shared)) / sizeof(struct kvm_coalesced_mmio);
}

int kvm_ring_add_port(struct kvm_ring *r, const struct kvm_vm *vm,
		      uint16_t port)
{
	struct kvm_coalesced_mmio_zone zone = {
		.addr = port,
		.size = 1,
		.pio = 1,
	};
	int rc;

	if (!r->shared)
		return 0;
	rc = kvm_sys_register_coalesced_mmio(vm->fd, &zone);
	if (rc < 0)
		return err_set(rc,
			       "I/O port 0x%x: KVM_REGISTER_COALESCED_MMIO: %s",
			       port, err_name(rc));
	return 0;
}

bool kvm_ring_next(struct kvm_ring *r, uint16_t *port, uint8_t *byte)
{
	struct kvm_coalesced_mmio_ring *s = r->shared;
	uint32_t first;

	if (!s)
		return false;
	first = s->first;
	if (first >= r->max ||
	    first == __atomic_load_n(&s->last, __ATOMIC_ACQUIRE))
		return false;
	*port = (uint16_t)s->coalesced_mmio[first].phys_addr;
	*byte = s->coalesced_mmio[first].data[0];
	__atomic_store_n(&s->first, (first + 1) % r->max, __ATOMIC_RELEASE);
	return true;
}
