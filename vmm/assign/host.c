/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens and closes what the devices of a VM share, in the kernel's order. */
#include "vmm/assign/host.h"

#include <errno.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/first.h"
#include "base/tell.h"

#define MAX_STEPS 1024 /* of all RAM */

void assign_host_open(struct assign_host *h, struct kvm_vm *vm)
{
	*h = (struct assign_host){.vm = vm, .kvm.fd = -1};
}

struct vfio_container *assign_host_container(const struct assign_host *h,
					     const struct vfio_source *src)
{
	for (unsigned i = 0; i < h->ncontainers; i++)
		if (h->container[i]->ops == src->ops)
			return h->container[i];
	return NULL;
}

static int add_container(struct assign_host *h, const struct vfio_backend *ops)
{
	int rc;

	if (h->ncontainers == ASSIGN_BACKENDS)
		return err_set(ENOSPC, "more than %d kinds of devices",
			       ASSIGN_BACKENDS);
	rc = ops->container_open(&h->container[h->ncontainers]);
	if (!rc)
		h->ncontainers++;
	return rc;
}

static int tell_kvm(struct assign_host *h, int fd)
{
	int rc = 0;

	if (h->ntold == ASSIGN_TOLD)
		return err_set(ENOSPC, "more than %d groups of devices",
			       ASSIGN_TOLD);
	if (h->kvm.fd < 0)
		rc = kvm_vfiodev_open(&h->kvm, h->vm);
	if (!rc)
		rc = kvm_vfiodev_add(&h->kvm, fd);
	if (!rc)
		h->told[h->ntold++] = fd;
	return rc;
}

int assign_host_attach(struct assign_host *h, const struct vfio_source *src)
{
	int kvm_fd = -1;
	int rc = 0;

	if (!assign_host_container(h, src))
		rc = add_container(h, src->ops);
	if (!rc)
		rc = src->ops->attach(assign_host_container(h, src), src,
				      &kvm_fd);
	if (!rc && kvm_fd >= 0)
		rc = tell_kvm(h, kvm_fd);
	return rc;
}

static void say(const struct vfio_container *c, const char *what,
		struct range iova, int rc)
{
	tell_say(TELL_DMA, what,
		 " for=%s what=RAM iova=0x%llx size=0x%llx -> %s",
		 c->ops == &vfio_kernel ? "kernel" : "vfio-user",
		 (unsigned long long)iova.start, (unsigned long long)iova.len,
		 rc < 0 ? err_name(rc) : "0");
}

/* Mapping all of RAM in one container, step by step */
struct job {
	struct vfio_container *c;
	const struct gmem *ram;
	const struct progress_steps *steps; /* NULL: nobody is asked */
	uint64_t step;
	uint64_t done, all; /* bytes */
};

static uint64_t step_for(const struct vfio_container *c, uint64_t all)
{
	uint64_t step = GiB;

	if (!c->ops->pins)
		return UINT64_MAX;
	while (all / step >= MAX_STEPS)
		step *= 2;
	return step;
}

/* To what is mapped of the same part, if that is not its first step */
static void keep(struct assign_host *h, const struct job *j, struct range iova,
		 bool first)
{
	if (first)
		h->mapped[h->nmapped++] = (struct assign_mapping){j->c, iova};
	else
		h->mapped[h->nmapped - 1].iova.len += iova.len;
}

static int map_step(const struct job *j, struct range iova)
{
	int rc = j->c->ops->map(j->c, j->ram, iova);

	say(j->c, "MAP", iova, rc);
	return rc;
}

static int map_part(struct assign_host *h, struct job *j, struct range part)
{
	uint64_t off = 0;
	int rc = 0;

	while (!rc && off < part.len) {
		struct range iova = {part.start + off,
				     min_u64(j->step, part.len - off)};

		rc = progress_ask(j->steps, j->done, j->all);
		if (!rc)
			rc = map_step(j, iova);
		if (!rc)
			keep(h, j, iova, !off);
		off += iova.len;
		j->done += iova.len;
	}
	return rc;
}

static int map_in(struct assign_host *h, struct vfio_container *c,
		  const struct gmem *ram, const struct progress_steps *steps)
{
	struct job j = {
		.c = c, .ram = ram, .steps = c->ops->pins ? steps : NULL};
	int rc = 0;

	for (unsigned i = 0; i < ram->n; i++)
		j.all += ram->part[i].gpa.len;
	j.step = step_for(c, j.all);
	for (unsigned i = 0; !rc && i < ram->n; i++)
		rc = map_part(h, &j, ram->part[i].gpa);
	return rc;
}

int assign_host_map(struct assign_host *h, const struct gmem *ram,
		    const struct progress_steps *steps)
{
	int rc = 0;

	for (unsigned i = 0; !rc && i < h->ncontainers; i++)
		rc = map_in(h, h->container[i], ram, steps);
	return rc;
}

int assign_host_unmap(struct assign_host *h, const struct vfio_container *c)
{
	struct first first = {0};

	for (unsigned i = h->nmapped; i--;) {
		struct assign_mapping m = h->mapped[i];
		int rc = 0;

		if (m.container != c)
			continue;
		h->mapped[i] = h->mapped[--h->nmapped];
		rc = m.container->ops->unmap(m.container, m.iova);
		say(m.container, "UNMAP", m.iova, rc);
		first_keep(&first, rc);
	}
	return first_result(&first);
}

int assign_host_forget(struct assign_host *h)
{
	struct first first = {0};

	for (unsigned i = 0; i < h->ntold; i++) {
		int rc = kvm_vfiodev_del(&h->kvm, h->told[i]);

		first_keep(&first, rc);
	}
	h->ntold = 0;
	return first_result(&first);
}

int assign_host_close(struct assign_host *h)
{
	struct first first = {0};

	first_keep(&first, assign_host_forget(h));
	while (h->ncontainers) {
		struct vfio_container *c = h->container[--h->ncontainers];
		int rc = c->ops->container_close(c);

		first_keep(&first, rc);
	}
	kvm_vfiodev_close(&h->kvm);
	return first_result(&first);
}
