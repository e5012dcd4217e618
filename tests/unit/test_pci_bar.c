/* SPDX-License-Identifier: BSD-2-Clause */
/* BARs: what they are, where they are, whether they decode. */
#include <criterion/criterion.h>

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "tests/fake/fake.h"
#include "vmm/pci/bar.h"

static const struct pci_windows whole = {
	.mmio32 = {0x80000000, 0x60000000},
	.mmio64 = {0x8000000000, 0x8000000000},
	.pio = {0x1000, 0xf000},
};

static struct sim_pci card;
static struct pci_cfg c;
static struct pci_cfg_options opt;
static struct pci_bar bar[PCI_BARS];

static void use(void (*model)(struct sim_pci *, const char *, unsigned))
{
	model(&card, "0000:02:00.0", 7);
	opt = (struct pci_cfg_options){.rom_size = card.size[SIM_ROM]};
	memcpy(opt.bar_size, card.size, sizeof(opt.bar_size));
	cr_assert_eq(pci_cfg_init(&c, card.cfg, 4096, &opt), 0);
	for (unsigned i = 0; i < PCI_BARS; i++)
		bar[i] = pci_bar_decode(&c, &opt, i);
}

static bool live(unsigned i, uint16_t command)
{
	return pci_bar_live(&c, &bar[i], i, command, &whole);
}

Test(pci_bar, kinds_and_sizes)
{
	use(sim_e1000e);
	cr_assert_eq(bar[0].kind, PCI_BAR_MEM);
	cr_assert_eq(bar[0].size, 128 * KiB);
	cr_assert_eq(bar[2].kind, PCI_BAR_IO);
	cr_assert_eq(bar[2].size, 32);
	cr_assert_eq(bar[4].kind, PCI_BAR_NONE);
	cr_assert_eq(bar[PCI_BAR_ROM].kind, PCI_BAR_MEM);
	cr_assert_eq(bar[PCI_BAR_ROM].size, 256 * KiB);
	use(sim_bcm5720);
	cr_assert_eq(bar[0].kind, PCI_BAR_MEM64);
	cr_assert(bar[0].prefetch);
	cr_assert_eq(bar[1].kind, PCI_BAR_NONE, "upper half");
	cr_assert_eq(bar[PCI_BAR_ROM].kind, PCI_BAR_NONE);
}

Test(pci_bar, a_size_that_is_no_power_of_two_is_no_bar)
{
	use(sim_e1000e);
	opt.bar_size[0] = 0x3000;
	cr_assert_eq(pci_bar_decode(&c, &opt, 0).kind, PCI_BAR_NONE);
}

Test(pci_bar, addresses)
{
	use(sim_bcm5720);
	pci_cfg_write(&c, 0x10, 4, 0x12340000);
	pci_cfg_write(&c, 0x14, 4, 0x80);
	cr_assert_eq(pci_bar_addr(&c, &bar[0], 0), 0x8012340000);
	use(sim_e1000e);
	pci_cfg_write(&c, 0x18, 4, 0xc041);
	cr_assert_eq(pci_bar_addr(&c, &bar[2], 2), 0xc040);
	pci_cfg_write(&c, 0x30, 4, 0x90000001);
	cr_assert_eq(pci_bar_addr(&c, &bar[PCI_BAR_ROM], PCI_BAR_ROM),
		     0x90000000);
}

Test(pci_bar, live_only_with_decode_on_and_inside_a_window)
{
	use(sim_e1000e);
	pci_cfg_write(&c, 0x10, 4, 0x80000000);
	cr_assert(live(0, PCI_COMMAND_MEMORY));
	cr_assert(!live(0, PCI_COMMAND_IO));
	cr_assert(!live(0, 0));
	pci_cfg_write(&c, 0x10, 4, 0);
	cr_assert(!live(0, PCI_COMMAND_MEMORY), "RAM is there");
	pci_cfg_write(&c, 0x10, 4, 0xffffffff);
	cr_assert(!live(0, PCI_COMMAND_MEMORY), "size is being asked for");
	pci_cfg_write(&c, 0x10, 4, 0xdffe0000);
	cr_assert(live(0, PCI_COMMAND_MEMORY), "last place");
	pci_cfg_write(&c, 0x10, 4, 0xe0000000);
	cr_assert(!live(0, PCI_COMMAND_MEMORY), "ECAM is there");
}

Test(pci_bar, live_io_and_64_bits)
{
	use(sim_e1000e);
	pci_cfg_write(&c, 0x18, 4, 0x1000);
	cr_assert(live(2, PCI_COMMAND_IO));
	cr_assert(!live(2, PCI_COMMAND_MEMORY));
	pci_cfg_write(&c, 0x18, 4, 0xcf8);
	cr_assert(!live(2, PCI_COMMAND_IO));
	pci_cfg_write(&c, 0x18, 4, 0xffffffe0);
	cr_assert(!live(2, PCI_COMMAND_IO));
	use(sim_bcm5720);
	pci_cfg_write(&c, 0x14, 4, 0x80);
	cr_assert(live(0, PCI_COMMAND_MEMORY));
	cr_assert(!live(1, PCI_COMMAND_MEMORY));
	pci_cfg_write(&c, 0x14, 4, 0xffffffff);
	cr_assert(!live(0, PCI_COMMAND_MEMORY));
}

Test(pci_bar, the_rom_has_a_switch_of_its_own)
{
	use(sim_e1000e);
	pci_cfg_write(&c, 0x30, 4, 0x90000000);
	cr_assert(!live(PCI_BAR_ROM, PCI_COMMAND_MEMORY));
	pci_cfg_write(&c, 0x30, 1, 1);
	cr_assert(live(PCI_BAR_ROM, PCI_COMMAND_MEMORY));
	cr_assert(!live(PCI_BAR_ROM, 0));
}

static void place(unsigned i, struct pci_windows *w)
{
	cr_assert_eq(pci_bar_place(&c, &bar[i], i, w), 0, "BAR %u: %s", i,
		     err_last());
}

Test(pci_bar, first_addresses_do_not_meet)
{
	struct pci_windows w = whole;

	use(sim_e1000e);
	for (unsigned i = 0; i < PCI_BARS; i++)
		place(i, &w);
	for (unsigned i = 0; i < PCI_BARS; i++) {
		uint64_t a = pci_bar_addr(&c, &bar[i], i);

		if (bar[i].kind == PCI_BAR_NONE)
			continue;
		cr_assert_eq(a % bar[i].size, 0, "BAR %u", i);
		for (unsigned k = 0; k < i; k++)
			cr_assert(bar[k].kind == PCI_BAR_NONE ||
				  !range_overlaps(
					  (struct range){a, bar[i].size},
					  (struct range){
						  pci_bar_addr(&c, &bar[k], k),
						  bar[k].size}));
	}
	cr_assert_eq(pci_bar_addr(&c, &bar[2], 2), 0x1000);
}

Test(pci_bar, small_bars_get_a_page_each)
{
	struct pci_windows w = whole;

	use(sim_e1000e);
	opt.bar_size[0] = opt.bar_size[1] = bar[0].size = bar[1].size = 16;
	cr_assert_eq(pci_cfg_init(&c, card.cfg, 4096, &opt), 0);
	place(0, &w);
	place(1, &w);
	cr_assert_eq(pci_bar_addr(&c, &bar[0], 0), 0x80000000);
	cr_assert_eq(pci_bar_addr(&c, &bar[1], 1), 0x80001000);
}

Test(pci_bar, sixty_four_bits_go_high_and_low_when_high_is_full)
{
	struct pci_windows w = whole;

	use(sim_bcm5720);
	place(0, &w);
	cr_assert_eq(pci_bar_addr(&c, &bar[0], 0), 0x8000000000);
	w.mmio64.len = 0;
	place(2, &w);
	cr_assert_eq(pci_bar_addr(&c, &bar[2], 2), 0x80000000);
}

Test(pci_bar, a_full_window_is_an_error)
{
	struct pci_windows w = whole;

	use(sim_e1000e);
	w.mmio32.len = 0x10000;
	cr_assert_eq(pci_bar_place(&c, &bar[0], 0, &w), -ENOSPC);
	cr_assert(strstr(err_last(), "BAR 0"), "%s", err_last());
	w.mmio32 = (struct range){UINT64_MAX - 0xfff, 0x1000};
	cr_assert_eq(pci_bar_place(&c, &bar[0], 0, &w), -ENOSPC, "no wrap");
}
