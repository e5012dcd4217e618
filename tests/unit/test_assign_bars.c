/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BARs in the guest: what is mapped, what is trapped, and that a slot is gone
 * before the kernel takes the mapping away (the fake kernel blames otherwise).
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "test_assign_guest.h"

static struct sim_pci card;
static struct guest g;

static void setup(void)
{
	sim_reset();
	sim_bcm5720(&card, "0000:02:00.0", 7);
}

static void teardown(void)
{
	guest_close(&g);
}

TestSuite(assign_bars, .init = setup, .fini = teardown);
TestSuite(assign_bars_blamed, .init = setup);

static void happened(const char *want)
{
	cr_assert_str_eq(sim_take("mc"), want);
}

static void open_on(void)
{
	guest_open(&g, &card);
	guest_command(&g, PCI_COMMAND_MEMORY | PCI_COMMAND_IO, 0);
	sim_take("");
}

static const char slots_off[] = "KVM_SET_USER_MEMORY_REGION 0 -\n"
				"KVM_SET_USER_MEMORY_REGION 1 -\n"
				"KVM_SET_USER_MEMORY_REGION 2 -\n";
static const char slots_on[] =
	"KVM_SET_USER_MEMORY_REGION 0 0x8000000000+0x10000\n"
	"KVM_SET_USER_MEMORY_REGION 1 0x8000010000+0x10000\n"
	"KVM_SET_USER_MEMORY_REGION 2 0x8000022000+0xe000\n";

/* The three texts one behind the other, as one that is compared */
static void happened3(const char *a, const char *b, const char *c)
{
	static char want[1024];

	strcpy(want, a);
	strcat(want, b);
	strcat(want, c);
	happened(want);
}

Test(assign_bars, everything_is_mapped_but_the_pages_of_the_table)
{
	sim_add(&card);
	guest_boards(&g);
	sim_take("");
	cr_assert_eq(guest_assign(&g, &card), 0, "%s", err_last());
	happened3("pwrite 7 0x4/2=0x2\n",
		  "mmap BAR0 0x0+0x10000\n"
		  "mmap BAR2 0x0+0x10000\n"
		  "mmap BAR4 0x2000+0xe000\n",
		  slots_on);
	cr_assert_eq(guest_release(&g), 0, "%s", err_last());
	guest_boards_fini(&g);
	sim_reset();
	open_on();
}

Test(assign_bars, nothing_is_shown_before_decode_is_on)
{
	guest_open(&g, &card);
	guest_command(&g, 0, PCI_COMMAND_MEMORY);
	sim_take("");
	cr_assert_eq(sim_count().slots, 0);
	cr_assert_eq(bus_read(&g.mmio, guest_bar(&g, 4), 4), 0xffffffff);
	guest_command(&g, PCI_COMMAND_MEMORY, 0);
	happened3("pwrite 7 0x4/2=0x2\n", slots_on, "");
}

Test(assign_bars, decode_begins_on_for_the_bars_there_are)
{
	card.cfg[PCI_COMMAND] = 0;
	guest_open(&g, &card);
	cr_assert_eq(guest_cfg(&g, PCI_COMMAND, 2), PCI_COMMAND_MEMORY);
	cr_assert_eq(sim_count().slots, 3);
}

Test(assign_bars, decode_that_the_host_has_on_stays_on)
{
	card.cfg[PCI_COMMAND] |= PCI_COMMAND_MEMORY | PCI_COMMAND_IO;
	guest_open(&g, &card);
	cr_assert_eq(guest_cfg(&g, PCI_COMMAND, 2),
		     PCI_COMMAND_MEMORY | PCI_COMMAND_IO);
}

Test(assign_bars, hidden_before_decode_goes_off)
{
	open_on();
	guest_command(&g, 0, PCI_COMMAND_MEMORY);
	happened3(slots_off, "pwrite 7 0x4/2=0x1\n", "");
	cr_assert_eq(bus_read(&g.mmio, guest_bar(&g, 4), 4), 0xffffffff);
	guest_cfg_write(&g, PCI_COMMAND, 1, PCI_COMMAND_MEMORY);
	happened3("pwrite 7 0x4/1=0x2\n", slots_on, "");
}

Test(assign_bars, other_bits_of_command_hide_nothing)
{
	open_on();
	guest_command(&g, PCI_COMMAND_MASTER, 0);
	guest_command(&g, PCI_COMMAND_INTX_DISABLE, PCI_COMMAND_MASTER);
	happened("pwrite 7 0x4/2=0x7\n"
		 "pwrite 7 0x4/2=0x403\n");
}

Test(assign_bars, hidden_before_d3_and_back_in_d0)
{
	open_on();
	guest_cfg_write(&g, 0x4c, 2, 3);
	happened3(slots_off, "pwrite 7 0x4c/2=0x3\n", "");
	guest_command(&g, PCI_COMMAND_MASTER, 0);
	happened("pwrite 7 0x4/2=0x7\n");
	guest_cfg_write(&g, 0x4c, 2, 0);
	happened3("pwrite 7 0x4c/2=0x0\n", slots_on, "");
}

Test(assign_bars, hidden_while_the_function_is_reset)
{
	open_on();
	guest_cfg_write(&g, 0xb4, 2, 0x8000 | 0x2810);
	happened3(slots_off, "pwrite 7 0xb4/2=0xa810\n", slots_on);
	cr_assert_eq(card.resets, 1);
	guest_cfg_write(&g, 0xb4, 2, 0x2810);
	happened("pwrite 7 0xb4/2=0x2810\n");
	guest_cfg_write(&g, 0xb5, 1, 0x80);
	cr_assert_eq(card.resets, 2, "the upper byte alone will do");
}

Test(assign_bars, moved_while_decode_is_on)
{
	open_on();
	guest_cfg_write(&g, 0x10, 4, 0x00550000);
	happened("KVM_SET_USER_MEMORY_REGION 0 -\n"
		 "KVM_SET_USER_MEMORY_REGION 0 0x8000550000+0x10000\n");
	guest_cfg_write(&g, 0x14, 4, 0);
	happened("KVM_SET_USER_MEMORY_REGION 0 -\n");
	guest_cfg_write(&g, 0x10, 4, 0x90000000);
	happened("KVM_SET_USER_MEMORY_REGION 0 0x90000000+0x10000\n");
}

Test(assign_bars, two_change_places)
{
	open_on();
	guest_command(&g, 0, PCI_COMMAND_MEMORY);
	guest_cfg_write(&g, 0x10, 4, 0x10000);
	guest_cfg_write(&g, 0x18, 4, 0);
	sim_take("");
	guest_command(&g, PCI_COMMAND_MEMORY, 0);
	happened("pwrite 7 0x4/2=0x3\n"
		 "KVM_SET_USER_MEMORY_REGION 0 0x8000010000+0x10000\n"
		 "KVM_SET_USER_MEMORY_REGION 1 0x8000000000+0x10000\n"
		 "KVM_SET_USER_MEMORY_REGION 2 0x8000022000+0xe000\n");
}

Test(assign_bars, sizing_with_decode_on_maps_nothing)
{
	sim_e1000e(&card, "0000:02:00.0", 7);
	open_on();
	guest_cfg_write(&g, 0x10, 4, 0xffffffff);
	happened("KVM_SET_USER_MEMORY_REGION 0 -\n");
	cr_assert_eq(guest_cfg(&g, 0x10, 4), 0xfffe0000);
	guest_cfg_write(&g, 0x10, 4, 0x80000000);
	happened("KVM_SET_USER_MEMORY_REGION 0 0x80000000+0x20000\n");
	guest_cfg_write(&g, 0x18, 4, 0xffffffff);
	cr_assert_eq(bus_read(&g.pio, 0xffe0, 4), 0xffffffff);
	happened("");
}

Test(assign_bars, addresses_are_never_written_to_the_device)
{
	open_on();
	guest_cfg_write(&g, 0x10, 4, 0x12340000);
	guest_cfg_write(&g, 0x30, 4, 0xffffffff);
	guest_cfg_write(&g, 0x3c, 1, 11);
	cr_assert(!*sim_take("c"));
}

Test(assign_bars, a_write_over_raw_and_own_bytes)
{
	open_on();
	guest_cfg_write(&g, 0x0c, 4, 0xaabbccdd);
	happened("pwrite 7 0xc/1=0xdd\n"
		 "pwrite 7 0xd/1=0xcc\n"
		 "pwrite 7 0xf/1=0xaa\n");
}

Test(assign_bars, registers_outside_capabilities_reach_the_device)
{
	open_on();
	guest_cfg_write(&g, 0x68, 4, 0x05720299);
	happened("pwrite 7 0x68/4=0x5720299\n");
	cr_assert_eq(guest_cfg(&g, 0x68, 4), 0x05720299);
}

/* Traps */

Test(assign_bars, the_table_is_ours_and_never_the_devices)
{
	open_on();
	guest_vector(&g, 3, 0x1234, true);
	cr_assert_eq(bus_read(&g.mmio, guest_bar(&g, 4) + 3 * 16, 8),
		     0xfee00000);
	cr_assert_eq(bus_read(&g.mmio, guest_bar(&g, 4) + 3 * 16 + 8, 8),
		     0x100001234);
	cr_assert_str_eq(sim_take("w"), "");
	bus_write(&g.mmio, guest_bar(&g, 4) + 0x1000, 8, UINT64_MAX);
	cr_assert_str_eq(sim_take("w"), "", "pending bits are read-only");
}

Test(assign_bars, an_unaligned_store_concerns_two_vectors)
{
	open_on();
	guest_cfg_write(&g, 0xa2, 2, 0x8000);
	guest_vector(&g, 0, 0x40, true);
	guest_vector(&g, 1, 0x41, true);
	bus_write(&g.mmio, guest_bar(&g, 4) + 12, 8, 0xfee0000000000000);
	sim_take("");
	sim_fire(&card, 0);
	cr_assert_str_eq(sim_take("i"), "inject 24 0x0:fee00000/40\n");
}

Test(assign_bars, the_rest_of_the_trapped_pages_goes_to_the_device)
{
	uint64_t at;

	open_on();
	at = guest_bar(&g, 4) + 0x800;
	for (unsigned size = 1; size <= 8; size *= 2) {
		bus_write(&g.mmio, at, size, 0x1122334455667788);
		cr_assert_eq(bus_read(&g.mmio, at, size),
			     0x1122334455667788 & ones(size));
	}
	cr_assert_str_eq(sim_take("w"),
			 "pwrite 4 0x800/1=0x88\n"
			 "pwrite 4 0x800/2=0x7788\n"
			 "pwrite 4 0x800/4=0x55667788\n"
			 "pwrite 4 0x800/8=0x1122334455667788\n");
}

/* MSI-X registers of the card: where table and PBA are */
static void msix_at(uint32_t table, uint32_t pba)
{
	le_put(card.cfg + 0xa0 + PCI_MSIX_TABLE, 4, table);
	le_put(card.cfg + 0xa0 + PCI_MSIX_PBA, 4, pba);
}

/* Table and PBA among registers, in BARs of their own, over a page's edge */
Test(assign_bars, a_table_over_two_pages_and_a_pba_elsewhere)
{
	uint64_t bar0;
	uint64_t bar2;

	msix_at(0x1fc8 | 0, 0x7ff8 | 2); /* 17 entries: 0x1fc8..0x20d7 */
	open_on();
	cr_assert_eq(g.dev.bar[0].nwindows, 2);
	cr_assert_eq(g.dev.bar[0].window[0].part.len, 0x1000);
	cr_assert_eq(g.dev.bar[0].window[1].part.start, 0x3000);
	cr_assert_eq(g.dev.bar[2].nwindows, 2);
	cr_assert_eq(g.dev.bar[2].window[0].part.len, 0x7000);
	cr_assert_eq(g.dev.bar[2].window[1].part.start, 0x8000);
	cr_assert_eq(g.dev.bar[4].window[0].part.len, 0x10000);
	guest_cfg_write(&g, 0xa2, 2, 0x8000);
	bar0 = guest_bar(&g, 0);
	bar2 = guest_bar(&g, 2);
	guest_vector(&g, 3, 0x43, false); /* its halves are in two pages */
	guest_vector(&g, 16, 0x50, false);
	guest_mask(&g, 16, true);
	sim_take("");
	sim_fire(&card, 3);
	sim_fire(&card, 16);
	cr_assert_str_eq(sim_take("i"), "inject 24 0x0:fee00000/43\n");
	cr_assert_eq(bus_read(&g.mmio, bar2 + 0x7ff8, 8), 1 << 16);
	bus_write(&g.mmio, bar0 + 0x1fc0, 8, 1);
	bus_write(&g.mmio, bar0 + 0x20d8, 4, 2);
	bus_write(&g.mmio, bar2 + 0x7ff0, 8, 3);
	bus_write(&g.mmio, bar2 + 0x7ff8, 8, 4);
	cr_assert_str_eq(sim_take("w"), "pwrite 0 0x1fc0/8=0x1\n"
					"pwrite 0 0x20d8/4=0x2\n"
					"pwrite 2 0x7ff0/8=0x3\n");
}

Test(assign_bars, table_and_pba_in_one_page_with_registers)
{
	uint64_t at;

	msix_at(0x3010 | 4, 0x3120 | 4);
	open_on();
	cr_assert_eq(g.dev.bar[4].nwindows, 2);
	cr_assert_eq(g.dev.bar[4].window[0].part.len, 0x3000);
	cr_assert_eq(g.dev.bar[4].window[1].part.start, 0x4000);
	at = guest_bar(&g, 4) + 0x3000;
	guest_vector(&g, 16, 0x50, true);
	cr_assert_eq(bus_read(&g.mmio, at + 0x118, 4), 0x50);
	cr_assert_str_eq(sim_take("w"), "");
	bus_write(&g.mmio, at + 0x8, 8, 1);
	bus_write(&g.mmio, at + 0x120, 8, 2);
	bus_write(&g.mmio, at + 0x128, 8, 3);
	cr_assert_str_eq(sim_take("w"), "pwrite 4 0x3008/8=0x1\n"
					"pwrite 4 0x3128/8=0x3\n");
}

Test(assign_bars, nvme_keeps_its_registers_fast)
{
	sim_nvme(&card, "0000:03:00.0", 8);
	open_on();
	cr_assert_eq(sim_count().maps, 1);
	cr_assert_eq(g.dev.bar[0].nwindows, 1);
	cr_assert_eq(g.dev.bar[0].window[0].part.len, 0x2000);
}

Test(assign_bars, io_ports_and_rom)
{
	const char rom[4] = {0x55, (char)0xaa, 0, 1};

	sim_e1000e(&card, "0000:02:00.0", 7);
	open_on();
	cr_assert_eq(guest_bar(&g, 2), 0x1000);
	bus_write(&g.pio, 0x1004, 4, 0xcafe);
	cr_assert_eq(bus_read(&g.pio, 0x1004, 4), 0xcafe);
	cr_assert_str_eq(sim_take("w"), "pwrite 2 0x4/4=0xcafe\n");
	cr_assert_eq(pwrite(card.bar_fd[SIM_ROM], rom, 4, 0), 4);
	guest_cfg_write(&g, 0x30, 1, 1);
	cr_assert_eq(bus_read(&g.mmio, guest_cfg(&g, 0x30, 4) & ~1u, 4),
		     0x0100aa55);
	guest_cfg_write(&g, 0x30, 1, 0);
	guest_command(&g, 0, PCI_COMMAND_IO);
	cr_assert_eq(bus_read(&g.pio, 0x1004, 4), 0xffffffff);
}

static uint64_t rom_on(void)
{
	guest_cfg_write(&g, 0x30, 1, 1);
	return guest_cfg(&g, 0x30, 4) & ~1u;
}

static void rom_holds(const void *bytes, size_t len, off_t off)
{
	cr_assert_eq(pwrite(card.bar_fd[SIM_ROM], bytes, len, off),
		     (ssize_t)len);
}

Test(assign_bars, the_rom_is_read_by_the_page_and_anew_when_shown_again)
{
	uint64_t at;

	sim_e1000e(&card, "0000:02:00.0", 7);
	open_on();
	rom_holds("abcdefgh", 8, 0xffc);
	at = rom_on();
	cr_assert_eq(bus_read(&g.mmio, at + 0xffc, 4), 0x64636261);
	cr_assert_eq(bus_read(&g.mmio, at + 0xffe, 4), 0x66656463,
		     "across pages: from the device");
	cr_assert_eq(bus_read(&g.mmio, at + 0x1001, 1), 'f');
	rom_holds("ABCDEFGH", 8, 0xffc);
	cr_assert_eq(bus_read(&g.mmio, at + 0x1002, 2), 0x6867, "kept");
	cr_assert_eq(bus_read(&g.mmio, at + 0xffc, 2), 0x4241, "another page");
	guest_cfg_write(&g, 0x30, 1, 0);
	cr_assert_eq(bus_read(&g.mmio, at + 0xffc, 4), 0xffffffff);
	rom_holds("0123", 4, 0xffc);
	cr_assert_eq(rom_on(), at);
	cr_assert_eq(bus_read(&g.mmio, at + 0xffc, 4), 0x33323130);
}

Test(assign_bars, a_rom_below_a_page_and_one_that_cannot_be_read)
{
	uint64_t at;

	sim_e1000e(&card, "0000:02:00.0", 7);
	card.size[SIM_ROM] = 2048;
	open_on();
	rom_holds("abcd", 4, 2044);
	at = rom_on();
	cr_assert_eq(bus_read(&g.mmio, at + 2044, 4), 0x64636261);
	guest_cfg_write(&g, 0x30, 1, 0);
	at = rom_on();
	sim_fail(1, EIO);
	cr_assert_eq(bus_read(&g.mmio, at, 4), 0, "tried again by the word");
	sim_fail(0, 0);
}

Test(assign_bars, a_bar_below_a_page_is_trapped)
{
	sim_e1000e(&card, "0000:02:00.0", 7);
	card.size[1] = 256;
	open_on();
	cr_assert_eq(g.dev.bar[1].nwindows, 0);
	bus_write(&g.mmio, guest_bar(&g, 1) + 4, 4, 7);
	cr_assert_eq(bus_read(&g.mmio, guest_bar(&g, 1) + 4, 4), 7);
	cr_assert_eq(guest_bar(&g, 1) % 4096, 0);
	guest_cfg_write(&g, 0x14, 4, 0x90000100);
	cr_assert_eq(bus_read(&g.mmio, 0x90000104, 4), 7, "anywhere in a page");
}

Test(assign_bars, sparse_areas_are_slots_and_the_holes_are_trapped)
{
	card.sparse[0][0] = (struct range){0, 0x2000};
	card.sparse[0][1] = (struct range){0x8000, 0x1000};
	open_on();
	cr_assert_eq(g.dev.bar[0].nwindows, 2);
	cr_assert_eq(sim_count().slots, 4);
	bus_write(&g.mmio, guest_bar(&g, 0) + 0x2000, 4, 5);
	cr_assert_str_eq(sim_take("w"), "pwrite 0 0x2000/4=0x5\n");
}

Test(assign_bars, no_slot_is_slower_and_not_wrong)
{
	guest_open(&g, &card);
	memset(g.vm.slot_used, 1, sizeof(g.vm.slot_used));
	guest_command(&g, PCI_COMMAND_MEMORY, 0);
	bus_write(&g.mmio, guest_bar(&g, 0) + 16, 4, 9);
	cr_assert_eq(bus_read(&g.mmio, guest_bar(&g, 0) + 16, 4), 9);
	memset(g.vm.slot_used, 0, sizeof(g.vm.slot_used));
}

Test(assign_bars_blamed, a_slot_that_stays_is_tried_again)
{
	open_on();
	sim_fail(4, ENOMEM); /* after two reads of COMMAND, and DMA */
	guest_command(&g, 0, PCI_COMMAND_MEMORY);
	cr_assert_str_eq(sim_failed(), "KVM_SET_USER_MEMORY_REGION");
	sim_fail(0, 0);
	cr_assert_eq(sim_count().slots, 1, "it stays");
	sim_take("");
	guest_command(&g, PCI_COMMAND_MEMORY, 0);
	cr_assert_str_eq(sim_take("m"),
			 "KVM_SET_USER_MEMORY_REGION 0 -\n"
			 "KVM_SET_USER_MEMORY_REGION 0 0x8000000000+0x10000\n"
			 "KVM_SET_USER_MEMORY_REGION 1 0x8000010000+0x10000\n"
			 "KVM_SET_USER_MEMORY_REGION 2 0x8000022000+0xe000\n");
	cr_assert_str_eq(sim_blame(), "0000:02:00.0: memory decode off under a "
				      "memory slot\n");
	cr_assert_eq(guest_release(&g), 0, "%s", err_last());
	cr_assert_eq(sim_count().slots, 0);
}

/* 64 KiB here; up to 1 GiB, the largest page there is */
Test(assign_bars, mapped_where_huge_pages_fit)
{
	const struct assign_window *whole = &g.dev.bar[0].window[0];
	const struct assign_window *part = &g.dev.bar[4].window[0];

	open_on();
	cr_assert_eq(whole->part.len, 64 * KiB);
	cr_assert_eq((uintptr_t)whole->hva % (64 * KiB), 0);
	cr_assert_eq(part->part.start, 8 * KiB);
	cr_assert_eq((uintptr_t)part->hva % (32 * KiB), 8 * KiB);
}

Test(assign_bars, over_another_bar_nothing_breaks)
{
	open_on();
	guest_cfg_write(&g, 0x10, 4, 0x10000);
	cr_assert(!g.dev.bar[0].shown);
	cr_assert(g.dev.bar[2].shown);
	guest_cfg_write(&g, 0x10, 4, 0);
	cr_assert(g.dev.bar[0].shown);
}

Test(assign_bars, a_dead_device_reads_all_ones)
{
	open_on();
	card.dead = true;
	cr_assert_eq(bus_read(&g.mmio, guest_bar(&g, 4) + 0x900, 4),
		     0xffffffff);
	cr_assert_eq(guest_cfg(&g, 0, 4), 0xffffffff);
	card.dead = false;
}
