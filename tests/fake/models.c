/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Four cards, as far as a VMM sees them: registers laid out as on the real
 * ones, identities and sizes, no function.
 */
#include <linux/pci_regs.h>

#include "base/bytes.h"
#include "tests/fake/fake.h"

static void put(struct sim_pci *d, unsigned at, size_t len, uint64_t val)
{
	le_put(d->cfg + at, len, val);
}

static void cap(struct sim_pci *d, unsigned at, unsigned id, unsigned next)
{
	put(d, at, 1, id);
	put(d, at + 1, 1, next);
}

static void ext(struct sim_pci *d, unsigned at, unsigned id, unsigned next)
{
	put(d, at, 4, id | 1u << 16 | next << 20);
}

static void header(struct sim_pci *d, const char *name, unsigned group,
		   uint32_t id, uint32_t class)
{
	*d = (struct sim_pci){
		.name = name,
		.group = group,
		.cfg_size = 4096,
	};
	for (unsigned i = 0; i <= SIM_ROM; i++)
		d->bar_fd[i] = -1;
	put(d, PCI_VENDOR_ID, 4, id);
	put(d, PCI_STATUS, 2, PCI_STATUS_CAP_LIST);
	put(d, PCI_CLASS_REVISION, 4, class << 8 | 1);
	put(d, PCI_SUBSYSTEM_VENDOR_ID, 4, id);
}

static void bar(struct sim_pci *d, unsigned i, uint64_t size, uint32_t type)
{
	put(d, PCI_BASE_ADDRESS_0 + 4 * i, 4, type);
	d->size[i] = size;
}

static void msix(struct sim_pci *d, unsigned at, unsigned n, uint32_t table,
		 uint32_t pba)
{
	put(d, at + PCI_MSIX_FLAGS, 2, n - 1);
	put(d, at + PCI_MSIX_TABLE, 4, table);
	put(d, at + PCI_MSIX_PBA, 4, pba);
}

void sim_e1000e(struct sim_pci *d, const char *name, unsigned group)
{
	header(d, name, group, 0x10d38086, 0x020000);
	bar(d, 0, 128 * KiB, 0);
	bar(d, 1, 128 * KiB, 0);
	bar(d, 2, 32, PCI_BASE_ADDRESS_SPACE_IO);
	bar(d, 3, 16 * KiB, 0);
	d->size[SIM_ROM] = 256 * KiB;
	put(d, PCI_CAPABILITY_LIST, 1, 0xc8);
	put(d, PCI_INTERRUPT_PIN, 1, 1);
	cap(d, 0xc8, PCI_CAP_ID_PM, 0xd0);
	put(d, 0xca, 2, 0xc823);
	cap(d, 0xd0, PCI_CAP_ID_MSI, 0xe0);
	put(d, 0xd2, 2, PCI_MSI_FLAGS_64BIT);
	cap(d, 0xe0, PCI_CAP_ID_EXP, 0xa0);
	put(d, 0xe2, 2, 1);
	put(d, 0xe4, 4, 0x8cc1); /* no FLR */
	cap(d, 0xa0, PCI_CAP_ID_MSIX, 0);
	msix(d, 0xa0, 5, 3, 0x2000 | 3);
	ext(d, 0x100, PCI_EXT_CAP_ID_ERR, 0x140);
	ext(d, 0x140, PCI_EXT_CAP_ID_DSN, 0);
	put(d, 0x144, 8, 0x525400ffff123456);
}

void sim_bcm5720(struct sim_pci *d, const char *name, unsigned group)
{
	const uint32_t type =
		PCI_BASE_ADDRESS_MEM_TYPE_64 | PCI_BASE_ADDRESS_MEM_PREFETCH;

	header(d, name, group, 0x165f14e4, 0x020000);
	bar(d, 0, 64 * KiB, type);
	bar(d, 2, 64 * KiB, type);
	bar(d, 4, 64 * KiB, type);
	put(d, PCI_CAPABILITY_LIST, 1, 0x48);
	put(d, PCI_INTERRUPT_PIN, 1, 1);
	put(d, 0x68, 4, 0x05720298); /* chip registers outside every */
	put(d, 0xf4, 4, 0x5720000);  /* capability: tg3 reads both */
	cap(d, 0x48, PCI_CAP_ID_PM, 0x50);
	put(d, 0x4a, 2, 0xc803);
	cap(d, 0x50, PCI_CAP_ID_VPD, 0x58);
	cap(d, 0x58, PCI_CAP_ID_MSI, 0xa0);
	put(d, 0x5a, 2, PCI_MSI_FLAGS_64BIT | 3 << 1);
	cap(d, 0xa0, PCI_CAP_ID_MSIX, 0xac);
	msix(d, 0xa0, 17, 4, 0x1000 | 4);
	cap(d, 0xac, PCI_CAP_ID_EXP, 0);
	put(d, 0xae, 2, 2);
	put(d, 0xb0, 4, 0x10008d82); /* FLR */
	ext(d, 0x100, PCI_EXT_CAP_ID_ERR, 0x13c);
	ext(d, 0x13c, PCI_EXT_CAP_ID_DSN, 0x150);
	ext(d, 0x150, PCI_EXT_CAP_ID_PWR, 0x160);
	ext(d, 0x160, PCI_EXT_CAP_ID_VC, 0);
}

void sim_nvme(struct sim_pci *d, const char *name, unsigned group)
{
	header(d, name, group, 0x00101b36, 0x010802);
	bar(d, 0, 16 * KiB, PCI_BASE_ADDRESS_MEM_TYPE_64);
	put(d, PCI_CAPABILITY_LIST, 1, 0x40);
	put(d, PCI_INTERRUPT_PIN, 1, 1);
	cap(d, 0x40, PCI_CAP_ID_MSIX, 0x80);
	msix(d, 0x40, 33, 0x2000, 0x3000);
	cap(d, 0x80, PCI_CAP_ID_EXP, 0x60);
	put(d, 0x82, 2, 2);
	put(d, 0x84, 4, 0x10008000);
	cap(d, 0x60, PCI_CAP_ID_PM, 0);
}

void sim_virtio(struct sim_pci *d, const char *name, unsigned group)
{
	header(d, name, group, 0x10411af4, 0x020000);
	bar(d, 4, 16 * KiB,
	    PCI_BASE_ADDRESS_MEM_TYPE_64 | PCI_BASE_ADDRESS_MEM_PREFETCH);
	put(d, PCI_CAPABILITY_LIST, 1, 0x84);
	put(d, PCI_INTERRUPT_PIN, 1, 1);
	cap(d, 0x84, PCI_CAP_ID_VNDR, 0x70); /* access by config space */
	put(d, 0x86, 2, 5 << 8 | 20);
	cap(d, 0x70, PCI_CAP_ID_VNDR, 0x60); /* notifications */
	put(d, 0x72, 2, 2 << 8 | 20);
	put(d, 0x74, 1, 4);
	put(d, 0x78, 4, 0x3000);
	cap(d, 0x60, PCI_CAP_ID_VNDR, 0x40); /* common configuration */
	put(d, 0x62, 2, 1 << 8 | 16);
	put(d, 0x64, 1, 4);
	put(d, 0x68, 4, 0x1000);
	cap(d, 0x40, PCI_CAP_ID_PM, 0);
}
