/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each --break does the one thing wrong that its lesson tells of, in a build
 * with LESSONS=1.  In any other, all of them at once change nothing.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/breaks.h"
#include "base/bytes.h"
#include "base/err.h"
#include "test_host_duo.h"
#include "test_machine_board.h"
#include "test_said.h"
#include "vmm/boot/platform.h"
#include "vmm/cli/breaks.h"

#define TABLE_BAR 3 /* of the e1000e: MSI-X table in its first page */

static struct sim_pci card;
static struct guest g;

static void setup(void)
{
	sim_reset();
	sim_e1000e(&card, "0000:02:00.0", 7);
}

TestSuite(breaks_guest, .init = setup, .fini = sim_end);
TestSuite(breaks_blamed, .init = setup);
TestSuite(breaks_machine, .init = board_setup);
TestSuite(breaks_host, .init = duo_setup, .fini = duo_teardown);

/* A guest with the card, opened so; what happened is in the log of the fake */
static void open_broken(unsigned set)
{
	sim_add(&card);
	guest_boards(&g);
	g.env.breaks = set;
	sim_take("");
	cr_assert_eq(guest_assign(&g, &card), 0, "%s", err_last());
}

static void close_broken(void)
{
	cr_assert_eq(guest_release(&g), 0, "%s", err_last());
	guest_boards_fini(&g);
}

static void wires(unsigned set, const char *want)
{
	open_broken(set);
	cr_assert_str_eq(sim_take("i"), want);
	close_broken();
}

#define INTX_ON "VFIO_DEVICE_SET_IRQS INTx trigger 0+1 ev0\n"
#define MASK    "VFIO_DEVICE_SET_IRQS INTx mask\n"
#define EOI     "VFIO_DEVICE_SET_IRQS INTx unmask ev1\n"
#define UNMASK  "VFIO_DEVICE_SET_IRQS INTx unmask\n"
#define REQ     "VFIO_DEVICE_SET_IRQS REQ trigger 0+1\n"
#define ERR     "VFIO_DEVICE_SET_IRQS ERR trigger 0+1\n"

#ifdef LESSONS

static unsigned bit(enum break_bit b)
{
	return 1U << b;
}

Test(breaks_guest, no_resample)
{
	wires(bit(BREAK_NO_RESAMPLE),
	      INTX_ON MASK "KVM_IRQFD assign 18 ev0\n" UNMASK REQ ERR);
}

Test(breaks_guest, no_resample_is_one_interrupt_and_no_more)
{
	open_broken(bit(BREAK_NO_RESAMPLE));
	guest_command(&g, PCI_COMMAND_MEMORY, 0);
	sim_take("");
	sim_intx(&card, true);
	cr_assert_str_eq(sim_take("i"), "inject pin 18\n");
	sim_eoi(18);
	cr_assert_str_eq(sim_take("i"), "", "nobody unmasks it");
	close_broken();
}

Test(breaks_guest, wrong_gsi)
{
	wires(bit(BREAK_WRONG_GSI), INTX_ON MASK EOI
	      "KVM_IRQFD assign 19 ev0 resample ev1\n" UNMASK REQ ERR);
}

Test(breaks_guest, no_request)
{
	wires(bit(BREAK_NO_REQUEST), INTX_ON MASK EOI
	      "KVM_IRQFD assign 18 ev0 resample ev1\n" UNMASK ERR);
}

Test(breaks_guest, no_busmaster)
{
	open_broken(bit(BREAK_NO_BUSMASTER));
	guest_command(&g, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 0);
	cr_assert_eq(card.cfg[PCI_COMMAND] & PCI_COMMAND_MASTER, 0);
	cr_assert(card.cfg[PCI_COMMAND] & PCI_COMMAND_MEMORY, "no more");
	close_broken();
}

Test(breaks_blamed, mmap_msix)
{
	open_broken(bit(BREAK_MMAP_MSIX));
	cr_assert_eq(g.dev.bar[TABLE_BAR].window[0].part.start, 0);
	cr_assert_not_null(strstr(sim_blame(), "the MSI-X table"));
	close_broken();
}

Test(breaks_machine, no_dma_map)
{
	const char *log;

	board.cfg.breaks = bit(BREAK_NO_DMA_MAP);
	board_open();
	log = sim_take("o");
	cr_assert_null(strstr(log, "VFIO_IOMMU_MAP_DMA 0x0+"), "%s", log);
	cr_assert_not_null(strstr(log, "VFIO_GROUP_GET_DEVICE_FD"));
	board_close();
	sim_end();
}

Test(breaks_machine, no_ram)
{
	board.cfg.breaks = bit(BREAK_NO_RAM);
	board_open();
	cr_assert_not_null(
		strstr(sim_take("m"), "KVM_SET_USER_MEMORY_REGION 0 -\n"));
	board_close();
	sim_end();
}

Test(breaks_machine, short_memlock)
{
	struct rlimit lim;

	board.cfg.breaks = bit(BREAK_SHORT_MEMLOCK);
	board_open();
	cr_assert_str_eq(sim_take("s"), "capset 0x0\n");
	cr_assert_eq(getrlimit(RLIMIT_MEMLOCK, &lim), 0);
	cr_assert_eq(lim.rlim_cur, MiB);
	board_close();
	sim_end();
}

static int leaves(struct kvm_run *r, unsigned i)
{
	return i ? -ENODATA : board_outb(r, PLAT_PORT_DEBUG_EXIT, 0);
}

Test(breaks_machine, open_file)
{
	board.cfg.breaks = bit(BREAK_OPEN_FILE);
	said_begin();
	board_open();
	board_run(leaves);
	cr_assert_not_null(strstr(said(), "--break open-file: /etc/hostname"));
	said_end();
	board_close();
	sim_end();
}

Test(breaks_host, one_function)
{
	struct pci_addr a = fake_addr(FN0);
	struct bind_set set;

	cr_assert_eq(bind_groups(&duo.s, &a, 1, BIND_ALONE, &set), 0, "%s",
		     err_last());
	duo_drivers_are("vfio-pci", "e1000e");
	cr_assert_eq(bind_restore(&duo.s, &set), 0, "%s", err_last());
	duo_as_before();
}

Test(breaks_cli, words)
{
	unsigned set = 0;

	cr_assert_eq(breaks_parse("no-dma-map", &set), 0);
	cr_assert_eq(breaks_parse("open-file", &set), 0);
	cr_assert_eq(set, bit(BREAK_NO_DMA_MAP) | bit(BREAK_OPEN_FILE));
	cr_assert_eq(breaks_parse("no-dma", &set), -EINVAL);
	cr_assert_not_null(strstr(err_last(), "--break no-dma: no such word"));
	cr_assert_not_null(strstr(err_last(), "no-ram, one-function"));
	cr_assert_not_null(strstr(err_last(), "no-request, open-file"));
}

#else

Test(breaks_guest, nothing_is_wired_otherwise)
{
	wires(~0U, INTX_ON MASK EOI
	      "KVM_IRQFD assign 18 ev0 resample ev1\n" UNMASK REQ ERR);
}

Test(breaks_guest, the_table_is_trapped_and_the_master_bit_goes_through)
{
	open_broken(~0U);
	cr_assert_neq(g.dev.bar[TABLE_BAR].window[0].part.start, 0);
	guest_command(&g, PCI_COMMAND_MASTER, 0);
	cr_assert(card.cfg[PCI_COMMAND] & PCI_COMMAND_MASTER);
	close_broken();
}

static void open_log(unsigned set, char *log, size_t cap)
{
	board.cfg.breaks = set;
	board_open();
	snprintf(log, cap, "%s", sim_take("oms"));
	board_close();
	sim_take("");
}

Test(breaks_machine, it_opens_as_ever)
{
	static char with[8192], without[8192];

	open_log(0, without, sizeof(without));
	open_log(~0U, with, sizeof(with));
	cr_assert_str_eq(with, without);
	cr_assert_not_null(strstr(with, "VFIO_IOMMU_MAP_DMA 0x0+"));
	sim_end();
}

Test(breaks_host, the_whole_group_goes)
{
	struct pci_addr a = fake_addr(FN0);
	struct bind_set set;

	cr_assert_eq(bind_groups(&duo.s, &a, 1, ~(unsigned)BIND_FORCE, &set), 0,
		     "%s", err_last());
	duo_drivers_are("vfio-pci", "vfio-pci");
}

Test(breaks_cli, another_build_is_named)
{
	unsigned set = 0;

	cr_assert_eq(breaks_parse("no-dma-map", &set), -EINVAL);
	cr_assert_eq(set, 0);
	cr_assert_str_eq(err_last(),
			 "--break: no such option in this build; for the "
			 "experiments of docs/lessons type: make LESSONS=1");
}

#endif
