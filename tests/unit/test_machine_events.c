/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the host says of a device of the kernel's while a guest has it: that it
 * wants it back, that it failed; and what is found when it says nothing.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "test_machine_board.h"
#include "test_machine_peer.h"
#include "test_said.h"

#define AER 0x100 /* of sim_bcm5720() */

static void setup(void)
{
	board_setup();
	peer_reset();
	board.card[0].cfg_size = board.card[1].cfg_size = 4096;
	said_begin();
	alarm(30);
}

static void teardown(void)
{
	said_end();
	sim_end();
}

TestSuite(machine_events, .init = setup, .fini = teardown);

/* Opened, run, closed without an error; nothing stays open */
static void play(board_script *script, enum stop_reason want, const char *why)
{
	unsigned fds = open_fds();
	struct stop s;

	board_open();
	s = board_run(script);
	cr_assert_eq(s.reason, want, "%s", stop_name(s.reason));
	if (why)
		cr_assert_str_eq(err_last(), why);
	cr_assert_str_eq(said(), "");
	board_close();
	cr_assert_str_eq(said(), "");
	cr_assert_eq(machine_exit_status(&board.m), STOP_STATUS_LOST);
	cr_assert_eq(open_fds(), fds);
}

static int is_wanted(struct kvm_run *r, unsigned i)
{
	(void)r;
	if (i == 0)
		sim_event(&board.card[1], VFIO_PCI_REQ_IRQ_INDEX);
	return -ENODATA;
}

Test(machine_events, the_host_wants_a_device_back)
{
	play(is_wanted, STOP_DEVICE,
	     "0000:02:00.1: the host wants the device back (VFIO request "
	     "interrupt); the guest was stopped");
	cr_assert_eq(board.card[1].event[0], -1);
	cr_assert_eq(board.card[1].event[1], -1);
}

static int nothing(struct kvm_run *r, unsigned i)
{
	(void)r;
	(void)i;
	return -ENODATA;
}

Test(machine_events, before_the_guest_starts)
{
	board_open();
	sim_event(&board.card[0], VFIO_PCI_REQ_IRQ_INDEX);
	cr_assert_eq(board_run(nothing).reason, STOP_DEVICE);
	cr_assert(strstr(err_last(), "wants the device back"), "%s",
		  err_last());
	board_close();
}

static int fails(struct kvm_run *r, unsigned i)
{
	(void)r;
	if (i == 0)
		sim_event(&board.card[0], VFIO_PCI_ERR_IRQ_INDEX);
	return -ENODATA;
}

/* The kernel tells both functions; the registers know which. */
Test(machine_events, an_error_is_told_by_the_registers)
{
	le_put(board.card[1].cfg + AER + PCI_ERR_UNCOR_STATUS, 4, 1 << 14);
	le_put(board.card[1].cfg + AER + PCI_ERR_COR_STATUS, 4, 1 << 13);
	play(fails, STOP_DEVICE,
	     "0000:02:00.1: PCI Express error: uncorrectable 0x00004000 "
	     "(Completion Timeout), correctable 0x00002000 (Advisory "
	     "Non-Fatal Error); the guest was stopped");
}

Test(machine_events, an_error_that_the_host_has_cleared)
{
	play(fails, STOP_DEVICE,
	     "0000:02:00.0: PCI Express error: the host has cleared its "
	     "registers, and says in dmesg what it was; the guest was stopped");
	board.card[0].cfg_size = 256;
	play(fails, STOP_DEVICE,
	     "0000:02:00.0: PCI Express error: the host has cleared its "
	     "registers, and says in dmesg what it was; the guest was stopped");
}

/* Pulled out */

#define PULLED                                                                 \
	"0000:02:00.1: the device does not answer: its configuration space "   \
	"reads all ones; it was pulled out or has no power, see dmesg"

static int is_pulled(struct kvm_run *r, unsigned i)
{
	if (i == 0)
		board.card[1].pulled = true;
	return is_wanted(r, i);
}

Test(machine_events, pulled_out_and_the_host_noticed)
{
	play(is_pulled, STOP_DEVICE, PULLED);
	board.card[1].pulled = false;
	sim_knobs()->group_left = EINVAL;
	play(is_pulled, STOP_DEVICE, PULLED);
	board.card[1].pulled = false;
	sim_knobs()->group_left = ENODEV;
	play(is_pulled, STOP_DEVICE, PULLED);
}

static int is_pulled_and_ends(struct kvm_run *r, unsigned i)
{
	board.card[1].pulled = true;
	return i ? -ENODATA : board_outb(r, PLAT_PORT_DEBUG_EXIT, 0);
}

Test(machine_events, pulled_out_and_nobody_noticed)
{
	const char *text;

	board_open();
	cr_assert_eq(board_run(is_pulled_and_ends).reason, STOP_EXIT);
	text = said();
	cr_assert(strstr(text, "warning: " PULLED "\n"), "%s", text);
	cr_assert_eq(said_lines(text), 1, "one line: %s", text);
	board_close();
	cr_assert_str_eq(said(), "");
	cr_assert_eq(machine_exit_status(&board.m), STOP_STATUS_LOST);
}

static int exits(struct kvm_run *r, unsigned i)
{
	return i ? -ENODATA : board_outb(r, PLAT_PORT_DEBUG_EXIT, 0);
}

static int faults(struct kvm_run *r, unsigned i)
{
	(void)r;
	board.card[1].pulled = true;
	return i ? -ENODATA : -EFAULT;
}

Test(machine_events, pulled_out_from_under_a_window)
{
	play(faults, STOP_DEVICE, PULLED);
}

Test(machine_events, pulled_out_while_it_is_closed)
{
	const char *text;

	board_open();
	cr_assert_eq(board_run(exits).reason, STOP_EXIT);
	cr_assert_str_eq(said(), "");
	board.card[1].pulled = true;
	board_close();
	text = said();
	cr_assert(strstr(text, "warning: " PULLED "\n"), "%s", text);
	cr_assert_eq(said_lines(text), 1, "one line: %s", text);
	cr_assert_eq(machine_exit_status(&board.m), STOP_STATUS_LOST);
}

/* The way to the device */

static unsigned times(const char *text, const char *what)
{
	unsigned n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

Test(machine_events, each_is_wired_once_where_it_is_offered)
{
	const char *log;

	memset(board.card[1].cfg + 0xac, 0, 1); /* conventional PCI */
	board_open();
	log = sim_take("i");
	cr_assert_eq(times(log, "VFIO_DEVICE_SET_IRQS REQ trigger 0+1\n"), 2,
		     "%s", log);
	cr_assert_eq(times(log, "VFIO_DEVICE_SET_IRQS ERR trigger 0+1\n"), 1,
		     "%s", log);
	board_close();
	log = sim_take("i");
	cr_assert_eq(times(log, "VFIO_DEVICE_SET_IRQS REQ off\n"), 2, "%s",
		     log);
	cr_assert_eq(times(log, "VFIO_DEVICE_SET_IRQS ERR off\n"), 1, "%s",
		     log);
}

Test(machine_events, a_guest_does_without_them)
{
	const char *text;

	board.card[0].no_events = true;
	board_open();
	text = said();
	cr_assert(strstr(text, "warning: 0000:02:00.0: taking it away from the "
			       "guest waits for its end: 0000:02:00.0: "
			       "VFIO_DEVICE_SET_IRQS (enable REQ): EINVAL"),
		  "%s", text);
	cr_assert(strstr(text, "(enable ERR): EINVAL"), "%s", text);
	cr_assert_eq(board_run(exits).reason, STOP_EXIT);
	board_close();
	cr_assert_str_eq(said(), "");
	cr_assert_eq(machine_exit_status(&board.m), 0);
}

/* Another device's server may take its time. */
Test(machine_events, what_the_host_waits_for_is_closed_first)
{
	const char *log;

	board.card[1].group = 8;
	board.cfg.dev[1].src.group = 8;
	board.cfg.dev[0].src.ops = &peer_backend;
	board_open();
	sim_take("");
	board_run(is_wanted);
	board_close();
	log = sim_take("oc");
	cr_assert_str_eq(log, "pwrite 7 0x4/2=0x402\n"
			      "VFIO_IOMMU_UNMAP_DMA 0x8000030000+0x10000\n"
			      "VFIO_IOMMU_UNMAP_DMA 0x8000040000+0x10000\n"
			      "VFIO_IOMMU_UNMAP_DMA 0x8000052000+0xe000\n"
			      "VFIO_IOMMU_UNMAP_DMA 0x0+0x4000000\n"
			      "KVM_DEV_VFIO_GROUP_DEL\n"
			      "close 0000:02:00.1\n"
			      "pwrite 7 0x4/2=0x402\n"
			      "VFIO_IOMMU_UNMAP_DMA 0x0+0x4000000\n"
			      "close 0000:02:00.0\n"
			      "VFIO_GROUP_UNSET_CONTAINER 8\n"
			      "close group 8\n"
			      "close container\n"
			      "VFIO_GROUP_UNSET_CONTAINER 7\n"
			      "close group 7\n"
			      "close container\n");
}
