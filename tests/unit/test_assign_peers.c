/* SPDX-License-Identifier: BSD-2-Clause */
/* BARs in the IOMMU: there while they decode, gone before they do not. */
#include <criterion/criterion.h>

#include <linux/pci_regs.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "test_assign_guest.h"

static struct sim_pci card;
static struct guest g;

static void setup(void)
{
	sim_reset();
	sim_e1000e(&card, "0000:02:00.0", 7);
}

TestSuite(assign_peers, .init = setup, .fini = sim_end);

static void open_card(void)
{
	sim_add(&card);
	guest_boards(&g);
	cr_assert_eq(guest_assign(&g, &card), 0, "%s", err_last());
}

static void close_all(void)
{
	cr_assert_eq(guest_release(&g), 0, "%s", err_last());
	guest_boards_fini(&g);
}

static unsigned lines_of(const char *log, const char *what)
{
	unsigned n = 0;

	for (; (log = strstr(log, what)); log++)
		n++;
	return n;
}

Test(assign_peers, mapped_where_the_guest_sees_it)
{
	char want[64];

	open_card();
	guest_command(&g, 0, PCI_COMMAND_MEMORY);
	cr_assert_eq(sim_count().dma, 1, "decode is off");
	sim_take("");
	guest_command(&g, PCI_COMMAND_MEMORY, 0);
	snprintf(want, sizeof(want), "VFIO_IOMMU_MAP_DMA 0x%llx+0x%llx 3\n",
		 (unsigned long long)guest_bar(&g, 0),
		 (unsigned long long)card.size[0]);
	cr_assert(strstr(sim_take("om"), want), "%s", want);
	close_all();
}

static void small(void)
{
	card.size[0] = 256;
	card.page_each = true;
	open_card();
	guest_command(&g, PCI_COMMAND_MEMORY, 0);
}

/* ... by DMA, but the guest's own accesses are trapped */
Test(assign_peers, below_a_page_the_page_is_mapped)
{
	char want[64];

	small();
	snprintf(want, sizeof(want), "VFIO_IOMMU_MAP_DMA 0x%llx+0x1000 3\n",
		 (unsigned long long)guest_bar(&g, 0));
	cr_assert(strstr(sim_take("om"), want), "%s", want);
	cr_assert_eq(g.dev.bar[0].window[0].slot, -1);
	guest_command(&g, 0, PCI_COMMAND_MEMORY);
	cr_assert(strstr(sim_take("om"), "UNMAP_DMA"));
	cr_assert_eq(sim_count().dma, 1);
	close_all();
}

Test(assign_peers, below_a_page_only_where_a_page_begins)
{
	uint32_t gpa;

	small();
	gpa = (uint32_t)guest_bar(&g, 0);
	guest_command(&g, 0, PCI_COMMAND_MEMORY);
	guest_cfg_write(&g, PCI_BASE_ADDRESS_0, 4, gpa + 0x100);
	guest_command(&g, PCI_COMMAND_MEMORY, 0);
	cr_assert(g.dev.bar[0].shown);
	cr_assert_eq(g.dev.bar[0].window[0].dma.len, 0);
	cr_assert_eq(g.dev.warnings, 0);
	close_all();
}

/* It is trapped as ever. */
Test(assign_peers, below_a_page_one_that_is_not_mapped_is_no_error)
{
	card.no_mmap[1] = card.no_mmap[3] = true; /* trapped, too */
	sim_knobs()->no_mmap = true;
	small();
	cr_assert_eq(g.dev.bar[0].nwindows, 0);
	cr_assert_eq(g.dev.warnings, 1);
	cr_assert(g.dev.bar[0].shown);
	close_all();
}

/* One that the kernel kept is not kept where the BAR is no more. */
Test(assign_peers, below_a_page_what_was_kept_goes_when_it_has_moved)
{
	char want[64];
	uint32_t gpa;

	small();
	gpa = (uint32_t)guest_bar(&g, 0);
	snprintf(want, sizeof(want), "VFIO_IOMMU_UNMAP_DMA 0x%x+0x1000\n", gpa);
	sim_knobs()->short_unmap = true;
	guest_command(&g, 0, PCI_COMMAND_MEMORY);
	cr_assert_gt(g.dev.bar[0].window[0].dma.len, 0, "it is thought kept");
	guest_cfg_write(&g, PCI_BASE_ADDRESS_0, 4, gpa + 0x100);
	sim_take("");
	guest_command(&g, PCI_COMMAND_MEMORY, 0);
	cr_assert(strstr(sim_take("o"), want), "%s", want);
	guest_command(&g, 0, PCI_COMMAND_MEMORY);
	sim_knobs()->short_unmap = false;
	g.dev.bar[0].window[0].dma.len = 0; /* it is gone in truth */
	close_all();
}

/* Interrupts are not to be forged */
Test(assign_peers, below_a_page_the_table_is_not_reached)
{
	card.size[3] = 1024;
	le_put(card.cfg + 0xa0 + PCI_MSIX_PBA, 4, 0x203);
	card.page_each = true;
	open_card();
	cr_assert_eq(g.dev.bar[3].nwindows, 0);
	close_all();
}

Test(assign_peers, gone_before_decode_is)
{
	const char *log;

	open_card();
	guest_command(&g, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 0);
	cr_assert_gt(sim_count().dma, 1);
	sim_take("");
	guest_command(&g, 0, PCI_COMMAND_MEMORY);
	log = sim_take("oc");
	cr_assert(strstr(log, "UNMAP_DMA"), "%s", log);
	cr_assert_lt(strstr(log, "UNMAP_DMA"), strstr(log, "pwrite"));
	cr_assert_eq(sim_count().dma, 1);
	close_all();
}

Test(assign_peers, a_refusal_is_said_once)
{
	sim_knobs()->no_peers = true;
	open_card();
	guest_command(&g, 0, PCI_COMMAND_MEMORY);
	guest_command(&g, PCI_COMMAND_MEMORY, 0);
	cr_assert_gt(lines_of(sim_take("o"), "EFAULT"), 1, "tried again");
	cr_assert_eq(g.dev.warnings, 1);
	cr_assert(strstr(err_last(), "VFIO_IOMMU_MAP_DMA: EFAULT"), "%s",
		  err_last());
	cr_assert(g.dev.bar[0].shown, "the guest has it all the same");
	close_all();
}

Test(assign_peers, out_of_the_iommus_reach)
{
	sim_bcm5720(&card, "0000:02:00.0", 7); /* 64-bit BARs, high up */
	sim_knobs()->narrow_iommu = true;
	open_card();
	guest_command(&g, 0, PCI_COMMAND_MEMORY);
	guest_cfg_write(&g, PCI_BASE_ADDRESS_0, 4, 0);
	guest_cfg_write(&g, PCI_BASE_ADDRESS_1, 4, 0x80);
	sim_take("");
	guest_command(&g, PCI_COMMAND_MEMORY, 0);
	cr_assert(!strstr(sim_take("o"), "0x8000000000"));
	cr_assert(strstr(err_last(), ": the IOMMU maps only 0x0-"), "%s",
		  err_last());
	cr_assert(g.dev.bar[0].shown, "the guest has it all the same");
	close_all();
}
