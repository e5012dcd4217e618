/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The policy of configuration space on the registers of three cards, and on
 * capability chains that no card should have.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "tests/fake/fake.h"
#include "vmm/pci/cfg.h"

static struct sim_pci card;
static struct pci_cfg c;

static int init(void)
{
	struct pci_cfg_options opt = {.rom_size = card.size[SIM_ROM]};

	memcpy(opt.bar_size, card.size, sizeof(opt.bar_size));
	return pci_cfg_init(&c, card.cfg, card.cfg_size, &opt);
}

static void use(void (*model)(struct sim_pci *, const char *, unsigned))
{
	model(&card, "0000:02:00.0", 7);
	cr_assert_eq(init(), 0, "%s", err_last());
}

/* What the guest reads when the device says what the card holds */
static uint32_t get(unsigned off, unsigned size)
{
	return pci_cfg_read(&c, off, size,
			    (uint32_t)le_get(card.cfg + off, size));
}

static bool raw(unsigned off, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		if (c.own[off + i])
			return false;
	return true;
}

Test(pci_cfg, identity_and_status_are_the_devices)
{
	use(sim_e1000e);
	cr_assert(raw(0, 0x0e) && raw(0x28, 8) && raw(0x3d, 3));
	cr_assert_eq(get(0, 4), 0x10d38086);
	cr_assert_eq(get(0x0e, 1), 0);
	cr_assert_eq(pci_cfg_hooks(&c, 0x04, 4), PCI_HOOK_COMMAND);
	cr_assert_eq(pci_cfg_hooks(&c, 0x06, 2), 0);
}

/* A register of which some bits are the host's: what a guest sees of them */
static void kept(unsigned off, uint32_t mask, uint32_t seen)
{
	for (uint32_t raw = 0; raw <= 0xffff; raw += 0xffff)
		cr_expect_eq(pci_cfg_read(&c, off, 2, raw),
			     (raw & ~mask) | seen, "at %#x", off);
	cr_expect_eq(pci_cfg_kept(&c, off, 2), mask, "at %#x", off);
	cr_expect(raw(off, 2), "at %#x", off);
}

Test(pci_cfg, bits_that_belong_above_the_device_stay_the_hosts)
{
	use(sim_bcm5720);
	kept(PCI_COMMAND, PCI_COMMAND_SERR, 0);
	kept(c.pm + PCI_PM_PMC, PCI_PM_CAP_PME_MASK, 0);
	kept(c.pm + PCI_PM_CTRL, PCI_PM_CTRL_PME_ENABLE, 0);
	kept(c.express + PCI_EXP_DEVCTL, 0xf, 0);
	kept(c.express + PCI_EXP_LNKCTL, PCI_EXP_LNKCTL_CCC, 0);
	kept(0x100 + PCI_ERR_COR_MASK, PCI_ERR_COR_ADV_NFAT,
	     PCI_ERR_COR_ADV_NFAT);
	cr_assert_eq(pci_cfg_kept(&c, PCI_COMMAND, 4), PCI_COMMAND_SERR);
	cr_assert_eq(pci_cfg_kept(&c, PCI_COMMAND + 1, 1),
		     PCI_COMMAND_SERR >> 8);
	cr_assert_eq(pci_cfg_kept(&c, PCI_STATUS, 2), 0);
}

Test(pci_cfg, registers_outside_every_capability_are_raw)
{
	use(sim_bcm5720);
	cr_assert(raw(0x68, 4), "tg3 knows its chip by it, and writes it");
	cr_assert(raw(0xf4, 4));
	cr_assert_eq(get(0x68, 4), le_get(card.cfg + 0x68, 4));
	cr_assert(raw(0x50, 8), "VPD");
}

Test(pci_cfg, msi_without_mask_bits_ends_before_them)
{
	use(sim_e1000e);
	cr_assert(raw(0xe0, 4), "PCI Express begins there");
	use(sim_bcm5720);
	cr_assert_eq(pci_cfg_hooks(&c, 0x68, 4), 0);
}

Test(pci_cfg, msi_32_bits_without_mask_bits_ends_behind_data)
{
	sim_e1000e(&card, "0000:02:00.0", 7);
	le_put(card.cfg + 0xd2, 2, 0);
	cr_assert_eq(init(), 0);
	cr_assert(!raw(0xd8, 2));
	cr_assert(raw(0xda, 6));
}

Test(pci_cfg, msi_mask_bits_are_ours_where_they_are)
{
	sim_bcm5720(&card, "0000:02:00.0", 7);
	le_put(card.cfg + 0x5a, 2, PCI_MSI_FLAGS_64BIT | PCI_MSI_FLAGS_MASKBIT);
	cr_assert_eq(init(), 0);
	pci_cfg_write(&c, 0x68, 4, 0x5);
	cr_assert_eq(get(0x68, 4), 5);
	cr_assert_eq(pci_cfg_hooks(&c, 0x68, 4), PCI_HOOK_MSI);
	le_put(card.cfg + 0x5a, 2, PCI_MSI_FLAGS_MASKBIT);
	cr_assert_eq(init(), 0);
	pci_cfg_write(&c, 0x64, 4, 0x6);
	cr_assert_eq(get(0x64, 4), 6);
	cr_assert(raw(0x68, 4));
}

Test(pci_cfg, finds_the_capabilities)
{
	use(sim_e1000e);
	cr_assert_eq(c.pm, 0xc8);
	cr_assert_eq(c.msi, 0xd0);
	cr_assert_eq(c.express, 0xe0);
	cr_assert_eq(c.msix, 0xa0);
	cr_assert_eq(c.af, 0);
	cr_assert_eq(pci_cfg_hooks(&c, 0xcc, 2), PCI_HOOK_POWER);
	cr_assert_eq(pci_cfg_hooks(&c, 0xe8, 2), PCI_HOOK_RESET);
	cr_assert_eq(pci_cfg_hooks(&c, 0xa2, 2), PCI_HOOK_MSIX);
	cr_assert(raw(0xe0, 0x20), "PCI Express is watched, not kept");
}

Test(pci_cfg, msix_enable_bits_are_ours_and_begin_off)
{
	sim_e1000e(&card, "0000:02:00.0", 7);
	card.cfg[0xa3] |= 0xc0;
	cr_assert_eq(init(), 0);
	cr_assert_eq(get(0xa2, 2), 4, "5 vectors, off");
	pci_cfg_write(&c, 0xa2, 2, 0xffff);
	cr_assert_eq(get(0xa2, 2), 0xc004);
}

Test(pci_cfg, msi_enable_bits_are_ours_and_begin_off)
{
	sim_bcm5720(&card, "0000:02:00.0", 7);
	card.cfg[0x5a] |= 0x31;
	cr_assert_eq(init(), 0);
	cr_assert_eq(get(0x5a, 2), 0x86);
	pci_cfg_write(&c, 0x5a, 2, 0xffff);
	cr_assert_eq(get(0x5a, 2), 0xf7);
	pci_cfg_write(&c, 0x5c, 4, 0xffffffff);
	cr_assert_eq(get(0x5c, 4), 0xfffffffc);
}

Test(pci_cfg, interrupt_line_is_a_note)
{
	use(sim_e1000e);
	cr_assert_eq(get(0x3c, 1), 0xff);
	pci_cfg_write(&c, 0x3c, 4, 0xffffff0b);
	cr_assert_eq(get(0x3c, 1), 0x0b);
	cr_assert_eq(get(0x3d, 1), 1, "the pin is the device's");
}

Test(pci_cfg, multifunction_is_of_the_guests_slot)
{
	struct pci_cfg_options opt = {.multifunction = true};

	use(sim_bcm5720);
	cr_assert_eq(get(0x0e, 1), 0);
	card.cfg[0x0e] = 0x80;
	cr_assert_eq(init(), 0);
	cr_assert_eq(get(0x0e, 1), 0);
	cr_assert_eq(pci_cfg_init(&c, card.cfg, 4096, &opt), 0);
	cr_assert_eq(get(0x0e, 1), 0x80);
}

Test(pci_cfg, a_bridge_is_refused)
{
	sim_e1000e(&card, "0000:02:00.0", 7);
	card.cfg[0x0e] = 1;
	cr_assert_eq(init(), -EINVAL);
	cr_assert(strstr(err_last(), "endpoints"), "%s", err_last());
}

/* Sizing: all ones in, the size's complement out, the type stays */
static uint32_t size_of(unsigned off)
{
	uint32_t v;

	pci_cfg_write(&c, off, 4, 0xffffffff);
	v = get(off, 4);
	pci_cfg_write(&c, off, 4, 0);
	return v;
}

Test(pci_cfg, bars_answer_the_sizing_protocol)
{
	use(sim_e1000e);
	cr_assert_eq(size_of(0x10), 0xfffe0000);
	cr_assert_eq(size_of(0x14), 0xfffe0000);
	cr_assert_eq(size_of(0x18), 0xffffffe1);
	cr_assert_eq(size_of(0x1c), 0xffffc000);
	cr_assert_eq(size_of(0x20), 0, "there is no such BAR");
	cr_assert_eq(size_of(0x24), 0);
	cr_assert_eq(size_of(0x30), 0xfffc0001, "ROM and its enable bit");
}

Test(pci_cfg, bars_of_64_bits_use_two_registers)
{
	use(sim_bcm5720);
	cr_assert_eq(size_of(0x10), 0xffff000c);
	cr_assert_eq(size_of(0x14), 0xffffffff);
	cr_assert_eq(size_of(0x20), 0xffff000c);
	cr_assert_eq(size_of(0x30), 0);
	card.size[2] = 8 * GiB;
	cr_assert_eq(init(), 0);
	cr_assert_eq(size_of(0x18), 0xc);
	cr_assert_eq(size_of(0x1c), 0xfffffffe);
}

Test(pci_cfg, a_64_bit_bar_in_the_last_register_is_a_32_bit_one)
{
	use(sim_e1000e);
	le_put(card.cfg + 0x24, 4, PCI_BASE_ADDRESS_MEM_TYPE_64);
	card.size[5] = 4 * KiB;
	cr_assert_eq(init(), 0);
	cr_assert_eq(size_of(0x24), 0xfffff004);
	cr_assert_eq(c.mask[0x28], 0, "CardBus CIS is not half a BAR");
}

Test(pci_cfg, writes_of_odd_sizes_change_their_bytes_only)
{
	use(sim_e1000e);
	pci_cfg_write(&c, 0x10, 4, 0xfebe0000);
	pci_cfg_write(&c, 0x13, 1, 0xc0);
	cr_assert_eq(get(0x10, 4), 0xc0be0000);
	pci_cfg_write(&c, 0x11, 2, 0xffff);
	cr_assert_eq(get(0x10, 4), 0xc0fe0000);
	cr_assert_eq(get(0x12, 1), 0xfe);
	pci_cfg_write(&c, 0x3a, 4, 0x00770000);
	cr_assert_eq(get(0x3c, 1), 0x77, "across raw and own bytes");
	cr_assert_eq(get(0x3a, 4) >> 16 & 0xff, 0x77);
}

/* Chains */

static void two_ext(unsigned id0, unsigned id1)
{
	sim_e1000e(&card, "0000:02:00.0", 7);
	le_put(card.cfg + 0x100, 4, id0 | 1u << 16 | 0x140u << 20);
	le_put(card.cfg + 0x140, 4, id1 | 1u << 16 | 0x180u << 20);
	le_put(card.cfg + 0x180, 4, PCI_EXT_CAP_ID_DSN | 1u << 16);
	cr_assert_eq(init(), 0);
}

Test(pci_cfg, the_first_extended_capability_is_hidden_in_place)
{
	two_ext(PCI_EXT_CAP_ID_SRIOV, PCI_EXT_CAP_ID_ERR);
	cr_assert_eq(get(0x100, 4), 0x140u << 20);
	cr_assert_eq(get(0x110, 4), 0, "its registers read zero");
	cr_assert_eq(get(0x140, 2), PCI_EXT_CAP_ID_ERR);
	pci_cfg_write(&c, 0x108, 4, 0xffffffff);
	cr_assert_eq(get(0x108, 4), 0);
}

Test(pci_cfg, a_later_extended_capability_is_unlinked)
{
	two_ext(PCI_EXT_CAP_ID_ERR, PCI_EXT_CAP_ID_ARI);
	cr_assert_eq(get(0x100, 4),
		     PCI_EXT_CAP_ID_ERR | 1u << 16 | 0x180u << 20);
	cr_assert_eq(get(0x140, 4), 0);
}

Test(pci_cfg, two_hidden_ones_in_a_row)
{
	two_ext(PCI_EXT_CAP_ID_SRIOV, PCI_EXT_CAP_ID_REBAR);
	cr_assert_eq(get(0x100, 4), 0x180u << 20);
	two_ext(PCI_EXT_CAP_ID_ERR, PCI_EXT_CAP_ID_ATS);
	le_put(card.cfg + 0x180, 4, PCI_EXT_CAP_ID_PASID | 1u << 16);
	cr_assert_eq(init(), 0);
	cr_assert_eq(get(0x100, 4), PCI_EXT_CAP_ID_ERR | 1u << 16);
}

/* Each of them at the head of the chain and behind another one */
Test(pci_cfg, what_is_of_the_host_or_its_iommu_is_hidden)
{
	static const unsigned hidden[] = {
		PCI_EXT_CAP_ID_SRIOV, PCI_EXT_CAP_ID_ARI, PCI_EXT_CAP_ID_REBAR,
		PCI_EXT_CAP_ID_ATS,   PCI_EXT_CAP_ID_PRI, PCI_EXT_CAP_ID_PASID,
	};

	for (unsigned i = 0; i < ARRAY_SIZE(hidden); i++) {
		two_ext(hidden[i], PCI_EXT_CAP_ID_ERR);
		cr_expect_eq(get(0x100, 4), 0x140u << 20, "%u", hidden[i]);
		two_ext(PCI_EXT_CAP_ID_ERR, hidden[i]);
		cr_expect_eq(get(0x100, 4) >> 20, 0x180, "%u", hidden[i]);
		cr_expect_eq(get(0x140, 4), 0, "%u", hidden[i]);
	}
}

/* Behind one resizable BAR another capability may begin at once */
Test(pci_cfg, resizable_bars_are_hidden_no_further_than_they_go)
{
	use(sim_e1000e);
	le_put(card.cfg + 0x100, 4,
	       PCI_EXT_CAP_ID_REBAR | 1u << 16 | 0x10cu << 20);
	le_put(card.cfg + 0x104, 4, 0xfff0);
	le_put(card.cfg + 0x108, 4, 1u << PCI_REBAR_CTRL_NBAR_SHIFT);
	le_put(card.cfg + 0x10c, 4, PCI_EXT_CAP_ID_DSN | 1u << 16);
	le_put(card.cfg + 0x110, 4, 0x11223344);
	cr_assert_eq(init(), 0);
	cr_assert_eq(get(0x100, 4), 0x10cu << 20);
	cr_assert_eq(get(0x104, 4), 0);
	cr_assert_eq(get(0x108, 4), 0);
	cr_assert_eq(get(0x10c, 4), PCI_EXT_CAP_ID_DSN | 1u << 16);
	cr_assert_eq(get(0x110, 4), 0x11223344);
	/* six of them, the most there can be, and one at the end of space */
	le_put(card.cfg + 0x100, 4, PCI_EXT_CAP_ID_REBAR | 1u << 16);
	le_put(card.cfg + 0x108, 4, 6u << PCI_REBAR_CTRL_NBAR_SHIFT);
	cr_assert_eq(init(), 0);
	cr_assert_eq(get(0x110, 4), 0);
	cr_assert_eq(get(0x130, 4), 0);
	le_put(card.cfg + 0x100, 4,
	       PCI_EXT_CAP_ID_ERR | 1u << 16 | 0xffcu << 20);
	le_put(card.cfg + 0xffc, 4, PCI_EXT_CAP_ID_REBAR | 1u << 16);
	cr_assert_eq(init(), 0);
	cr_assert_eq(get(0xffc, 4), 0);
}

/* They tell of the device: nothing in them is the host's */
Test(pci_cfg, what_tells_of_the_device_is_raw)
{
	static const unsigned shown[] = {
		PCI_EXT_CAP_ID_VC,   PCI_EXT_CAP_ID_DSN,   PCI_EXT_CAP_ID_PWR,
		PCI_EXT_CAP_ID_VNDR, PCI_EXT_CAP_ID_DVSEC,
	};

	for (unsigned i = 0; i < ARRAY_SIZE(shown); i++) {
		two_ext(PCI_EXT_CAP_ID_ERR, shown[i]);
		cr_expect(raw(0x140, 0x40), "%u", shown[i]);
	}
	use(sim_bcm5720);
	cr_expect_eq(card.cfg[0x50], PCI_CAP_ID_VPD);
	cr_expect(raw(0x50, 8), "VPD");
	card.cfg[0x50] = PCI_CAP_ID_VNDR;
	cr_assert_eq(init(), 0);
	cr_expect(raw(0x50, 8), "vendor-specific");
}

Test(pci_cfg, broken_chains_are_refused)
{
	static const struct {
		const char *what;
		unsigned at;
		unsigned len;
		uint32_t val;
	} bad[] = {
		{"cycle", 0xa1, 1, 0xc8},
		{"cycle of one", 0xc9, 1, 0xc8},
		{"into the header", 0xc9, 1, 0x10},
		{"head in the header", 0x34, 1, 0x20},
		{"extended cycle", 0x140, 4, 0x10010003},
		{"extended into the standard part", 0x140, 4, 0x0a010003},
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		sim_e1000e(&card, "0000:02:00.0", 7);
		le_put(card.cfg + bad[i].at, bad[i].len, bad[i].val);
		err_clear();
		cr_assert_eq(init(), -EINVAL, "%s", bad[i].what);
		cr_assert(strstr(err_last(), "broken at"), "%s", bad[i].what);
	}
}

Test(pci_cfg, odd_chains_that_are_legal)
{
	sim_e1000e(&card, "0000:02:00.0", 7);
	card.cfg[0x34] |= 3; /* reserved bits */
	cr_assert_eq(init(), 0);
	cr_assert_eq(c.pm, 0xc8);
	card.cfg[0x06] = 0; /* no list at all */
	cr_assert_eq(init(), 0);
	cr_assert_eq(c.pm, 0);
	card.cfg[0x06] = PCI_STATUS_CAP_LIST;
	memset(card.cfg + 0x100, 0xff, 4); /* nobody answers above 256 */
	cr_assert_eq(init(), 0);
	le_put(card.cfg + 0x100, 4, 0);
	cr_assert_eq(init(), 0);
}

Test(pci_cfg, conventional_space_is_256_bytes)
{
	sim_e1000e(&card, "0000:02:00.0", 7);
	card.cfg_size = 256;
	le_put(card.cfg + 0x100, 4, 0x10010010); /* would be a cycle */
	cr_assert_eq(init(), 0);
	cr_assert_eq(c.size, 256);
	cr_assert(raw(0x100, 4));
}

Test(pci_cfg, a_capability_at_the_end_stays_inside)
{
	sim_e1000e(&card, "0000:02:00.0", 7);
	card.cfg_size = 256;
	card.cfg[0xa1] = 0xfc;
	card.cfg[0xfc] = PCI_CAP_ID_MSI;
	card.cfg[0xfe] = 0x80;
	cr_assert_eq(init(), 0);
	cr_assert(raw(0x100, 32));
	cr_assert(!pci_cfg_all_own(&c, 0xfc, 4));
	cr_assert(pci_cfg_all_own(&c, 0xfe, 2));
}
