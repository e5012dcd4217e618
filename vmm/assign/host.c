/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens and closes what the devices of a VM share, in the kernel's order. */
#include "vmm/assign/host.h"

#include <errno.h>

#include "base/err.h"
#include "base/first.h"
#include "vfio/dma.h"

int assign_host_open(struct assign_host *h, struct kvm_vm *vm)
{
	int rc;

	*h = (struct assign_host){.container.fd = -1, .kvm.fd = -1};
	rc = vfio_container_open(&h->container);
	if (!rc)
		rc = kvm_vfiodev_open(&h->kvm, vm);
	if (rc)
		assign_host_close(h);
	return rc;
}

/* The order is the kernel's: group in, IOMMU set, KVM told, then devices. */
static int add_group(struct assign_host *h, uint32_t id, struct pci_addr who)
{
	struct vfio_group *g = &h->group[h->ngroups];
	int rc;

	if (h->ngroups == ASSIGN_GROUPS)
		return err_set(ENOSPC, "more than %d IOMMU groups",
			       ASSIGN_GROUPS);
	rc = vfio_group_open(g, id, who, h->container.fd);
	if (rc)
		return rc;
	h->ngroups++;
	rc = vfio_container_set_iommu(&h->container);
	if (!rc)
		rc = kvm_vfiodev_add(&h->kvm, g->fd);
	if (!rc)
		h->told_kvm[h->ngroups - 1] = true;
	return rc;
}

int assign_host_group(struct assign_host *h, uint32_t id, struct pci_addr who,
		      struct vfio_group **g)
{
	int rc;

	for (unsigned i = 0; i < h->ngroups; i++) {
		*g = &h->group[i];
		if ((*g)->id == id)
			return 0;
	}
	rc = add_group(h, id, who);
	if (!rc)
		*g = &h->group[h->ngroups - 1];
	return rc;
}

static uint64_t ram_bytes(const struct gmem *ram)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < ram->n; i++)
		sum += ram->part[i].gpa.len;
	return sum;
}

static int check_reserved(const struct assign_host *h, const struct gmem *ram)
{
	int rc = 0;

	for (unsigned g = 0; g < h->ngroups; g++)
		for (unsigned i = 0; !rc && i < ram->n; i++)
			rc = vfio_dma_check_reserved(
				sysfs_host(), h->group[g].id, ram->part[i].gpa);
	return rc;
}

int assign_host_map(struct assign_host *h, const struct gmem *ram)
{
	int rc = vfio_dma_check_memlock(ram_bytes(ram));

	if (!rc)
		rc = check_reserved(h, ram);
	for (unsigned i = 0; !rc && i < ram->n; i++) {
		rc = vfio_dma_map(&h->container, ram->part[i].gpa,
				  ram->part[i].hva);
		if (!rc)
			h->mapped[h->nmapped++] = ram->part[i].gpa;
	}
	return rc;
}

int assign_host_unmap(struct assign_host *h)
{
	struct first first = {0};

	while (h->nmapped) {
		int rc = vfio_dma_unmap(&h->container, h->mapped[--h->nmapped]);

		first_keep(&first, rc);
	}
	return first_result(&first);
}

int assign_host_forget(struct assign_host *h)
{
	struct first first = {0};

	for (unsigned i = 0; i < h->ngroups; i++) {
		int rc = 0;

		if (h->told_kvm[i])
			rc = kvm_vfiodev_del(&h->kvm, h->group[i].fd);
		h->told_kvm[i] = false;
		first_keep(&first, rc);
	}
	return first_result(&first);
}

int assign_host_close(struct assign_host *h)
{
	struct first first = {0};

	first_keep(&first, assign_host_forget(h));
	while (h->ngroups) {
		int rc = vfio_group_close(&h->group[--h->ngroups]);

		first_keep(&first, rc);
	}
	vfio_container_close(&h->container);
	kvm_vfiodev_close(&h->kvm);
	return first_result(&first);
}
