/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Servers that offer less than the kernel: interrupts with EVENTFD as their
 * only flag, fewer vectors than the table has, regions of odd sizes.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <linux/pci_regs.h>

#include "base/err.h"
#include "test_assign_pair.h"
#include "vfio/irq.h"

#define MSIX_ON  0x8000
#define ALL_ONES 0xffffffff

TestSuite(assign_stingy, .init = pair_setup, .fini = pair_teardown,
	  .timeout = 30);

/* As the guest finds it after a change of the server */
static void again(unsigned i)
{
	cr_assert_eq(pair_quiesce(i), 0, "%s", err_last());
	assign_close(&pair.dev[i]);
	pair.g.root.fn[PCI_DEVFN(GUEST_SLOT + i, 0)] = (struct pci_function){0};
	pair.server[i]->log[0] = '\0';
	pair_open(i);
	pair_cfg_write(i, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
}

static void said(const char *want)
{
	cr_assert_str_eq(pair.server[0]->log, want);
	pair.server[0]->log[0] = '\0';
}

static void unmask(unsigned v)
{
	bus_write(&pair.g.mmio, pair_bar(0, 4) + 16 * v + 12, 4, 0);
}

Test(assign_stingy, no_masking_where_there_is_none)
{
	again(0);
	said("INTx 0+1 fd;INTx unmask 0+1 fd;");
	cr_assert_eq(pair.dev[0].irqs.mode, ASSIGN_INTX);
	cr_assert(pair.dev[0].irqs.intx_attached);
}

Test(assign_stingy, masked_while_it_is_wired_where_there_is)
{
	pair.server[0]->irq_flags |= VFIO_IRQ_INFO_MASKABLE;
	again(0);
	said("INTx 0+1 fd;INTx mask 0+1;INTx unmask 0+1 fd;INTx unmask 0+1;");
}

Test(assign_stingy, the_old_type_goes_before_the_new_one_comes)
{
	pair_cfg_write(0, 0xa2, 2, MSIX_ON);
	said("INTx 0+0;MSI-X 0+1 fd;");
	pair_cfg_write(0, 0xa2, 2, 0);
	said("MSI-X 0+0;INTx 0+1 fd;INTx unmask 0+1 fd;");
	pair_cfg_write(0, 0x5a, 2, 1 << 4 | 1);
	said("INTx 0+0;MSI 0+2 fd;");
	cr_assert_eq(pair_quiesce(0), 0, "%s", err_last());
	said("MSI 0+0;");
	cr_assert_eq(pair_quiesce(0), 0, "%s", err_last());
	said("");
}

Test(assign_stingy, vectors_are_added_one_by_one)
{
	pair_cfg_write(0, 0xa2, 2, MSIX_ON);
	unmask(0);
	unmask(3);
	unmask(1);
	said("INTx 0+0;MSI-X 0+1 fd;MSI-X 3+1 fd;MSI-X 1+1 fd;");
}

Test(assign_stingy, no_intx_nothing_to_turn_off)
{
	pair.server[0]->vectors[VFIO_PCI_INTX_IRQ_INDEX] = 0;
	again(0);
	said("");
	cr_assert_eq(pair.dev[0].irqs.mode, ASSIGN_NO_IRQ);
	pair_cfg_write(0, 0xa2, 2, MSIX_ON);
	said("MSI-X 0+1 fd;");
	pair_cfg_write(0, 0xa2, 2, 0);
	said("MSI-X 0+0;");
}

Test(assign_stingy, what_has_no_eventfd_is_no_interrupt)
{
	pair.server[0]->irq_flags = VFIO_IRQ_INFO_MASKABLE;
	again(0);
	said("");
	cr_assert_eq(pair.dev[0].vfio.irq[VFIO_PCI_MSIX_IRQ_INDEX].count, 0);
}

Test(assign_stingy, counts_are_bounded)
{
	pair.server[0]->vectors[VFIO_PCI_INTX_IRQ_INDEX] = UINT32_MAX;
	pair.server[0]->vectors[VFIO_PCI_MSIX_IRQ_INDEX] = UINT32_MAX;
	again(0);
	cr_assert_eq(pair.dev[0].vfio.irq[VFIO_PCI_INTX_IRQ_INDEX].count, 1);
	cr_assert_eq(pair.dev[0].vfio.irq[VFIO_PCI_MSIX_IRQ_INDEX].count,
		     VFIO_IRQ_MAX);
}

Test(assign_stingy, fewer_vectors_than_the_table_has)
{
	pair.server[0]->vectors[VFIO_PCI_MSIX_IRQ_INDEX] = 2;
	again(0);
	pair_cfg_write(0, 0xa2, 2, MSIX_ON);
	pair.server[0]->log[0] = '\0';
	unmask(5);
	said("");
	unmask(1);
	said("MSI-X 1+1 fd;");
}

Test(assign_stingy, fewer_vectors_in_a_set_that_cannot_grow)
{
	pair.server[0]->irq_flags |= VFIO_IRQ_INFO_NORESIZE;
	pair.server[0]->vectors[VFIO_PCI_MSIX_IRQ_INDEX] = 2;
	again(0);
	pair.server[0]->log[0] = '\0';
	pair_cfg_write(0, 0xa2, 2, MSIX_ON);
	said("INTx 0+0;MSI-X 0+2 fd;");
	unmask(5);
	said("");
	unmask(1);
	said("MSI-X 1+1 fd;");
}

Test(assign_stingy, fewer_msis_than_the_guest_wants)
{
	pair.server[0]->vectors[VFIO_PCI_MSI_IRQ_INDEX] = 1;
	pair_cfg_write(0, 0x5a, 2, 0);
	again(0);
	pair.server[0]->log[0] = '\0';
	pair_cfg_write(0, 0x5a, 2, 1 << 4 | 1);
	said("INTx 0+0;MSI 0+1 fd;");
	pair_cfg_write(0, 0x5a, 2, 0);
	pair.server[0]->vectors[VFIO_PCI_MSI_IRQ_INDEX] = 0;
	again(0);
	pair.server[0]->log[0] = '\0';
	pair_cfg_write(0, 0x5a, 2, 1);
	said("INTx 0+0;");
}

Test(assign_stingy, a_region_of_any_size_is_a_bar_of_a_power_of_two)
{
	pair.server[0]->card.size[0] = 0x3000;
	again(0);
	pair_cfg_write(0, 0x10, 4, ALL_ONES);
	cr_assert_eq(pair_cfg(0, 0x10, 4) & ~15u, 0xffffc000);
}

static void refused(const char *why)
{
	const struct vfio_source src = server_source(0);
	struct assign_dev *d = &pair.dev[0];

	pthread_mutex_unlock(&pair.g.lock);
	cr_assert_eq(assign_open(d, &pair.g.env,
				 assign_host_container(&pair.g.host, &src),
				 &src, (struct assign_place){1, 0, false}),
		     -EPROTO);
	pthread_mutex_lock(&pair.g.lock);
	cr_assert_str_eq(err_last(), why);
	cr_assert(!vfio_device_is_open(&d->vfio));
}

static void close_first(void)
{
	cr_assert_eq(pair_quiesce(0), 0, "%s", err_last());
	assign_close(&pair.dev[0]);
}

Test(assign_stingy, the_upper_half_of_a_bar_is_no_bar)
{
	close_first();
	pair.server[0]->card.size[3] = 0x1000;
	refused("server:0: BAR 3: is the upper half of BAR 2, yet has a region "
		"of 0x1000 bytes");
}

Test(assign_stingy, a_region_beyond_any_bar)
{
	close_first();
	pair.server[0]->card.size[2] = UINT64_MAX;
	refused("server:0: BAR 2: a region of 0xffffffffffffffff bytes, beyond "
		"any BAR's size");
}

Test(assign_stingy, a_region_that_wraps)
{
	close_first();
	pair.server[0]->offset = UINT64_MAX - 0xfffe;
	refused("server:0: region 2: 0x10000 bytes at 0xffffffffffff0001 of "
		"the device's file: more than a file can hold");
}
