/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest of the tests of vmm/assign, put together as vmm/machine does it. */
#include "test_assign_guest.h"

#include <criterion/criterion.h>

#include <dirent.h>
#include <linux/pci_regs.h>
#include <string.h>
#include <sys/mman.h>

#include "base/err.h"
#include "vfio/bdf.h"

static uint8_t ram[GUEST_RAM] __attribute__((aligned(4096)));
static unsigned fds_before;

unsigned open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

void guest_boards(struct guest *g)
{
	const struct pci_windows w = {
		.mmio32 = {0x80000000, 0x60000000},
		.mmio64 = {0x8000000000, 0x8000000000},
		.pio = {0x1000, 0xf000},
	};

	*g = (struct guest){
		.ram = {.part = {{{0, GUEST_RAM}, ram, -1, 0}}, .n = 1},
	};
	cr_assert_eq(kvm_vm_open(&g->vm, 0xfffbc000), 0, "%s", err_last());
	cr_assert_eq(kvm_irqs_init(&g->irqs, &g->vm), 0, "%s", err_last());
	pthread_mutex_init(&g->lock, NULL);
	pthread_mutex_lock(&g->lock);
	assign_host_open(&g->host, &g->vm);
	bus_init(&g->mmio);
	bus_init(&g->pio);
	pci_root_init(&g->root);
	g->env = (struct assign_env){
		.lock = &g->lock,
		.vm = &g->vm,
		.irqs = &g->irqs,
		.mmio = &g->mmio,
		.pio = &g->pio,
		.root = &g->root,
		.windows = w,
		.free = w,
	};
}

void guest_boards_fini(struct guest *g)
{
	bus_fini(&g->mmio);
	bus_fini(&g->pio);
	pthread_mutex_unlock(&g->lock);
	pthread_mutex_destroy(&g->lock);
	kvm_vm_close(&g->vm);
}

int guest_assign(struct guest *g, const struct sim_pci *card)
{
	struct vfio_source src = {.ops = &vfio_kernel, .group = card->group};
	int rc = bdf_parse(card->name, &src.addr);

	cr_assert_eq(rc, 0);
	rc = assign_host_attach(&g->host, &src);
	if (!rc)
		rc = assign_host_map(&g->host, &g->ram, NULL);
	pthread_mutex_unlock(&g->lock);
	if (!rc)
		rc = assign_open(&g->dev, &g->env,
				 assign_host_container(&g->host, &src), &src,
				 (struct assign_place){GUEST_SLOT, 0, false});
	pthread_mutex_lock(&g->lock);
	return rc;
}

int guest_release(struct guest *g)
{
	int rc[4] = {0};

	pthread_mutex_unlock(&g->lock);
	rc[0] = assign_quiesce(&g->dev);
	pthread_mutex_lock(&g->lock);
	for (unsigned i = 0; !rc[1] && i < g->host.ncontainers; i++)
		rc[1] = assign_host_unmap(&g->host, g->host.container[i]);
	rc[2] = assign_host_forget(&g->host);
	assign_close(&g->dev);
	rc[3] = assign_host_close(&g->host);
	for (unsigned i = 0; i < 4; i++)
		if (rc[i])
			return rc[i];
	return 0;
}

void guest_open(struct guest *g, struct sim_pci *card)
{
	fds_before = open_fds();
	sim_add(card);
	fds_before += SIM_ROM + 1; /* the card's own memory */
	guest_boards(g);
	cr_assert_eq(guest_assign(g, card), 0, "%s", err_last());
	sim_take("");
}

void guest_close(struct guest *g)
{
	sim_fail(0, 0);
	if (guest_release(g))
		sim_wrong("release: %s", err_last());
	guest_boards_fini(g);
	if (open_fds() != fds_before)
		sim_wrong("%u descriptors now, %u before", open_fds(),
			  fds_before);
	sim_end();
}

uint32_t guest_cfg(struct guest *g, unsigned off, unsigned size)
{
	return (uint32_t)pci_root_ecam_read(
		&g->root, GUEST_SLOT << 15 | (uint64_t)off, size);
}

void guest_cfg_write(struct guest *g, unsigned off, unsigned size, uint32_t val)
{
	pci_root_ecam_write(&g->root, GUEST_SLOT << 15 | (uint64_t)off, size,
			    val);
}

void guest_command(struct guest *g, uint32_t on, uint32_t off)
{
	uint32_t now = guest_cfg(g, PCI_COMMAND, 2);

	guest_cfg_write(g, PCI_COMMAND, 2, (now | on) & ~off);
}

uint64_t guest_bar(struct guest *g, unsigned i)
{
	uint64_t v = guest_cfg(g, PCI_BASE_ADDRESS_0 + 4 * i, 4);

	if (v & PCI_BASE_ADDRESS_SPACE_IO)
		return v & ~UINT64_C(3);
	if (v & PCI_BASE_ADDRESS_MEM_TYPE_64)
		v |= (uint64_t)guest_cfg(g, PCI_BASE_ADDRESS_0 + 4 * i + 4, 4)
		     << 32;
	return v & ~UINT64_C(15);
}

static uint64_t entry(struct guest *g, unsigned v)
{
	return guest_bar(g, g->dev.msix.table_bar) + g->dev.msix.table.start +
	       (uint64_t)v * PCI_MSIX_ENTRY;
}

void guest_vector(struct guest *g, unsigned v, uint32_t data, bool masked)
{
	bus_write(&g->mmio, entry(g, v), 4, 0xfee00000);
	bus_write(&g->mmio, entry(g, v) + 4, 4, 0);
	bus_write(&g->mmio, entry(g, v) + 8, 4, data);
	guest_mask(g, v, masked);
}

void guest_mask(struct guest *g, unsigned v, bool masked)
{
	bus_write(&g->mmio, entry(g, v) + 12, 4, masked);
}

bool guest_pba(struct guest *g, unsigned v)
{
	uint64_t at = guest_bar(g, g->dev.msix.pba_bar) +
		      g->dev.msix.pba.start + v / 64 * 8;

	return bus_read(&g->mmio, at, 8) >> v % 64 & 1;
}
