/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device with any configuration space, and a guest that writes anything
 * anywhere: the models of vmm/pci behind the root, as vmm/assign uses them.
 *
 * Input: 16 bytes of BAR sizes and flags, the length of the configuration
 * bytes that are given (2 bytes), those bytes, then accesses of 8 bytes.  The
 * rest of configuration space repeats what was given.
 */
#include <assert.h>
#include <linux/pci_regs.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "vmm/pci/bar.h"
#include "vmm/pci/cfg.h"
#include "vmm/pci/msi.h"
#include "vmm/pci/root.h"

#define DEVFN PCI_DEVFN(3, 0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct {
	uint8_t raw[PCI_CFG_MAX];
	struct pci_cfg cfg;
	struct pci_cfg_options opt;
	struct pci_msix msix;
	struct pci_root root;
	struct pci_windows windows;
} s;

static uint32_t fn_read(void *opaque, unsigned off, unsigned size)
{
	(void)opaque;
	assert(size == 1 || size == 2 || size == 4);
	assert(off % 4 + size <= 4);
	if (off + size > s.cfg.size)
		return (uint32_t)ones(size);
	return pci_cfg_read(&s.cfg, off, size,
			    (uint32_t)le_get(s.raw + off, size));
}

static void fn_write(void *opaque, unsigned off, unsigned size, uint32_t val)
{
	(void)opaque;
	assert(off % 4 + size <= 4);
	if (off + size > s.cfg.size)
		return;
	pci_cfg_hooks(&s.cfg, off, size);
	pci_cfg_write(&s.cfg, off, size, val);
	for (unsigned i = 0; i < size; i++)
		if (!s.cfg.own[off + i])
			s.raw[off + i] = (uint8_t)(val >> 8 * i);
}

/* What vmm/assign asks after every write */
static void look(void)
{
	uint16_t command = (uint16_t)le_get(s.raw + PCI_COMMAND, 2);

	for (unsigned i = 0; i < PCI_BARS; i++) {
		struct pci_bar b = pci_bar_decode(&s.cfg, &s.opt, i);
		uint64_t at = pci_bar_addr(&s.cfg, &b, i);

		if (!pci_bar_live(&s.cfg, &b, i, command, &s.windows))
			continue;
		assert(b.kind != PCI_BAR_NONE && is_pow2(b.size));
		assert(range_ok((struct range){at, b.size}));
	}
	for (unsigned v = 0; v < s.msix.n; v++)
		pci_msix_vector(&s.msix, &s.cfg, v);
	for (unsigned v = 0; s.cfg.msi && v < pci_msi_count(&s.cfg); v++)
		pci_msi_vector(&s.cfg, v);
	pci_msi_enabled(&s.cfg);
}

static void msix_access(uint32_t at, unsigned size, uint64_t val, bool write)
{
	if (!s.msix.n)
		return;
	at %= (uint32_t)s.msix.table.len - size + 1;
	if (write)
		pci_msix_write(&s.msix, at, size, val);
	else
		pci_msix_read(&s.msix, at, size);
}

static void access(const uint8_t b[8])
{
	unsigned size = 1u << (b[0] & 3);
	bool write = b[0] & 4;
	uint32_t off = (uint32_t)le_get(b + 1, 3);
	uint64_t val = le_get(b + 4, 4) * UINT64_C(0x100000001);

	switch (b[0] >> 3 & 3) {
	case 0: /* the device, by ECAM */
		off = (off & 0xfff) | DEVFN << 12;
		/* fall through */
	case 1: /* anything, by ECAM */
		if (write)
			pci_root_ecam_write(&s.root, off, size, val);
		else
			pci_root_ecam_read(&s.root, off, size);
		break;
	case 2:
		size = size > 4 ? 4 : size;
		if (off & 8)
			pci_root_port_write(&s.root, 0, 4,
					    0x80000000 | DEVFN << 8 | off);
		else if (write)
			pci_root_port_write(&s.root, off & 7, size,
					    (uint32_t)val);
		else
			pci_root_port_read(&s.root, off & 7, size);
		break;
	default:
		msix_access(off, size, val, write);
		break;
	}
}

static bool begin(const uint8_t *data, size_t len)
{
	unsigned size = data[15] & 1 ? PCI_CFG_MAX : 256;

	memset(s.raw, 0, sizeof(s.raw));
	for (size_t i = 0; len && i < PCI_CFG_MAX; i++)
		s.raw[i] = data[18 + i % len];
	s.opt = (struct pci_cfg_options){.multifunction = data[15] & 2};
	for (unsigned i = 0; i < PCI_NUM_BARS; i++)
		s.opt.bar_size[i] = UINT64_C(1) << (data[i] & 63) >> 1;
	if (data[15] & 4)
		s.opt.bar_size[data[14] % PCI_NUM_BARS] = le_get(data + 6, 8);
	s.opt.rom_size = UINT64_C(1) << (data[14] & 63) >> 1;
	s.windows = (struct pci_windows){
		.mmio32 = {0x80000000, 0x60000000},
		.mmio64 = {0x8000000000, 0x8000000000},
		.pio = {0x1000, 0xf000},
	};
	pci_root_init(&s.root);
	return !pci_cfg_init(&s.cfg, s.raw, size, &s.opt) &&
	       !pci_msix_init(&s.msix, &s.cfg, s.raw, s.opt.bar_size) &&
	       !pci_root_add(&s.root, DEVFN,
			     (struct pci_function){fn_read, fn_write, NULL});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct pci_windows left;
	size_t given;

	if (len < 18)
		return 0;
	given = le_get(data + 16, 2);
	if (given > len - 18)
		given = len - 18;
	s.msix = (struct pci_msix){0};
	if (begin(data, given)) {
		left = s.windows;
		for (unsigned i = 0; i < PCI_BARS; i++) {
			struct pci_bar b = pci_bar_decode(&s.cfg, &s.opt, i);

			if (pci_bar_place(&s.cfg, &b, i, &left))
				break;
		}
		look();
		for (size_t at = 18 + given; at + 8 <= len; at += 8) {
			access(data + at);
			look();
		}
	}
	pci_msix_fini(&s.msix);
	return 0;
}
