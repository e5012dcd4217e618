/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupt paths: what the guest writes, which calls follow in which order,
 * and that what the device fires arrives once.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "test_assign_guest.h"

#define MSIX_ON   0x8000
#define MSIX_MASK 0x4000

static struct sim_pci card;
static struct guest g;

static void setup(void)
{
	sim_reset();
	sim_e1000e(&card, "0000:02:00.0", 7);
}

static void teardown(void)
{
	guest_close(&g);
}

TestSuite(assign_irqs, .init = setup, .fini = teardown);

static void open_quiet(void)
{
	guest_open(&g, &card);
	guest_command(&g, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 0);
	sim_take("");
}

static void happened(const char *want)
{
	cr_assert_str_eq(sim_take("i"), want);
}

static void msix_control(uint32_t val)
{
	guest_cfg_write(&g, 0xa2, 2, val);
}

/* INTx */

Test(assign_irqs, intx_is_wired_masked_and_then_unmasked)
{
	sim_add(&card);
	guest_boards(&g);
	sim_take("");
	cr_assert_eq(guest_assign(&g, &card), 0, "%s", err_last());
	happened("VFIO_DEVICE_SET_IRQS INTx trigger 0+1 ev0\n"
		 "VFIO_DEVICE_SET_IRQS INTx mask\n"
		 "VFIO_DEVICE_SET_IRQS INTx unmask ev1\n"
		 "KVM_IRQFD assign 18 ev0 resample ev1\n"
		 "VFIO_DEVICE_SET_IRQS INTx unmask\n"
		 "VFIO_DEVICE_SET_IRQS REQ trigger 0+1\n"
		 "VFIO_DEVICE_SET_IRQS ERR trigger 0+1\n");
	guest_release(&g);
	guest_boards_fini(&g);
	guest_open(&g, &card);
}

Test(assign_irqs, intx_comes_again_after_the_eoi)
{
	open_quiet();
	sim_intx(&card, true);
	happened("inject pin 18\n");
	cr_assert(card.masked);
	sim_intx(&card, true);
	happened("");
	sim_eoi(18);
	happened("inject pin 18\n");
	sim_intx(&card, false);
	sim_eoi(18);
	happened("");
	cr_assert(!card.masked);
}

static void comes_by(uint8_t pin, const char *want)
{
	card.cfg[PCI_INTERRUPT_PIN] = pin;
	open_quiet();
	sim_intx(&card, true);
	happened(want);
}

Test(assign_irqs, pin_b_has_the_next_line)
{
	comes_by(2, "inject pin 19\n");
}

Test(assign_irqs, pin_c_the_one_after)
{
	comes_by(3, "inject pin 20\n");
}

Test(assign_irqs, pin_d_the_last)
{
	comes_by(4, "inject pin 21\n");
}

Test(assign_irqs, a_pin_beyond_d_is_taken_for_a)
{
	comes_by(5, "inject pin 18\n");
}

Test(assign_irqs, no_pin_no_intx)
{
	card.cfg[PCI_INTERRUPT_PIN] = 0;
	open_quiet();
	cr_assert_eq(card.irq, -1);
	cr_assert_eq(g.dev.irqs.mode, ASSIGN_NO_IRQ);
}

Test(assign_irqs, intx_disable_is_the_devices_business)
{
	open_quiet();
	guest_command(&g, PCI_COMMAND_INTX_DISABLE, 0);
	sim_intx(&card, true);
	happened("");
	guest_command(&g, 0, PCI_COMMAND_INTX_DISABLE);
	happened("inject pin 18\n");
}

/* MSI-X */

Test(assign_irqs, msix_on_while_masked_arms_a_vector_without_irqfd)
{
	open_quiet();
	msix_control(MSIX_ON | MSIX_MASK);
	happened("VFIO_DEVICE_SET_IRQS INTx mask\n"
		 "VFIO_DEVICE_SET_IRQS INTx off\n"
		 "KVM_IRQFD deassign 18 ev0\n"
		 "VFIO_DEVICE_SET_IRQS MSI-X trigger 0+5 ev2,-,-,-,-\n");
	cr_assert_eq(sim_count().irqfds, 0);
	sim_fire(&card, 0);
	happened("");
}

/* What vector 0 fired while the set was made anew for vector 2 would be lost */
Test(assign_irqs, a_kernel_that_cannot_grow_is_not_torn_down_either)
{
	open_quiet();
	msix_control(MSIX_ON | MSIX_MASK);
	guest_vector(&g, 0, 0x40, false);
	guest_vector(&g, 2, 0x42, false);
	sim_take("");
	msix_control(MSIX_ON);
	happened("KVM_SET_GSI_ROUTING 38 pins 24=0:fee00000/40\n"
		 "KVM_IRQFD assign 24 ev2\n"
		 "VFIO_DEVICE_SET_IRQS MSI-X trigger 2+1 ev3\n"
		 "KVM_SET_GSI_ROUTING 38 pins 24=0:fee00000/40 "
		 "25=0:fee00000/42\n"
		 "KVM_IRQFD assign 25 ev3\n");
	guest_vector(&g, 4, 0x44, false);
	happened("VFIO_DEVICE_SET_IRQS MSI-X trigger 4+1 ev4\n"
		 "KVM_SET_GSI_ROUTING 38 pins 24=0:fee00000/40 "
		 "25=0:fee00000/42 26=0:fee00000/44\n"
		 "KVM_IRQFD assign 26 ev4\n");
	sim_fire(&card, 4);
	sim_fire(&card, 0);
	happened("inject 26 0x0:fee00000/44\n"
		 "inject 24 0x0:fee00000/40\n");
}

Test(assign_irqs, a_kernel_that_can_grow_is_not_torn_down)
{
	card.resizable = true;
	open_quiet();
	sim_take("");
	msix_control(MSIX_ON);
	happened("VFIO_DEVICE_SET_IRQS INTx mask\n"
		 "VFIO_DEVICE_SET_IRQS INTx off\n"
		 "KVM_IRQFD deassign 18 ev0\n"
		 "VFIO_DEVICE_SET_IRQS MSI-X trigger 0+1 ev2\n");
	guest_vector(&g, 0, 0x40, false);
	sim_take("");
	guest_vector(&g, 3, 0x43, false);
	happened("VFIO_DEVICE_SET_IRQS MSI-X trigger 3+1 ev3\n"
		 "KVM_SET_GSI_ROUTING 38 pins 24=0:fee00000/40 "
		 "25=0:fee00000/43\n"
		 "KVM_IRQFD assign 25 ev3\n");
	sim_fire(&card, 3);
	sim_fire(&card, 0);
	happened("inject 25 0x0:fee00000/43\n"
		 "inject 24 0x0:fee00000/40\n");
	guest_vector(&g, 1, 0x41, false);
	sim_fire(&card, 1);
	cr_assert(strstr(sim_take("i"), "inject 26 0x0:fee00000/41\n"));
}

Test(assign_irqs, masked_pending_and_not_lost)
{
	open_quiet();
	msix_control(MSIX_ON);
	guest_vector(&g, 1, 0x41, false);
	guest_mask(&g, 1, true);
	sim_take("");
	cr_assert(!guest_pba(&g, 1));
	sim_fire(&card, 1);
	sim_fire(&card, 1);
	happened("");
	cr_assert(guest_pba(&g, 1));
	cr_assert(!guest_pba(&g, 0));
	guest_mask(&g, 1, false);
	happened("KVM_IRQFD assign 24 ev3\n"
		 "inject 24 0x0:fee00000/41\n");
	cr_assert(!guest_pba(&g, 1));
}

Test(assign_irqs, the_function_mask_masks_all)
{
	open_quiet();
	msix_control(MSIX_ON);
	guest_vector(&g, 0, 0x40, false);
	guest_vector(&g, 1, 0x41, false);
	sim_take("");
	msix_control(MSIX_ON | MSIX_MASK);
	happened("KVM_IRQFD deassign 24 ev2\n"
		 "KVM_IRQFD deassign 25 ev3\n");
	sim_fire(&card, 0);
	cr_assert(guest_pba(&g, 0));
	msix_control(MSIX_ON);
	happened("KVM_IRQFD assign 24 ev2\n"
		 "inject 24 0x0:fee00000/40\n"
		 "KVM_IRQFD assign 25 ev3\n");
}

Test(assign_irqs, a_message_changes_while_masked)
{
	open_quiet();
	msix_control(MSIX_ON);
	guest_vector(&g, 0, 0x40, false);
	guest_mask(&g, 0, true);
	sim_take("");
	guest_vector(&g, 0, 0x50, true);
	happened("");
	guest_mask(&g, 0, false);
	happened("KVM_SET_GSI_ROUTING 38 pins 24=0:fee00000/50\n"
		 "KVM_IRQFD assign 24 ev2\n");
}

Test(assign_irqs, a_message_changes_while_live)
{
	open_quiet();
	msix_control(MSIX_ON);
	guest_vector(&g, 0, 0x40, false);
	sim_take("");
	guest_vector(&g, 0, 0x60, false);
	happened("KVM_SET_GSI_ROUTING 38 pins 24=0:fee00000/60\n");
	sim_fire(&card, 0);
	happened("inject 24 0x0:fee00000/60\n");
}

Test(assign_irqs, fewer_msix_vectors_than_wanted)
{
	card.grant = 3;
	open_quiet();
	msix_control(MSIX_ON);
	for (unsigned v = 0; v < 5; v++)
		guest_vector(&g, v, 0x40 + v, false);
	cr_assert_eq(card.irq, VFIO_PCI_MSIX_IRQ_INDEX);
	sim_take("");
	for (unsigned v = 0; v < 3; v++)
		sim_fire(&card, v);
	happened("inject 24 0x0:fee00000/40\n"
		 "inject 25 0x0:fee00000/41\n"
		 "inject 26 0x0:fee00000/42\n");
}

/* What gives the line up is the next call */
Test(assign_irqs, intx_that_cannot_be_masked_is_given_up_all_the_same)
{
	open_quiet();
	sim_fail(1, EIO);
	msix_control(MSIX_ON);
	cr_assert_str_eq(sim_failed(), "VFIO_DEVICE_SET_IRQS");
	sim_fail(0, 0);
	cr_assert_eq(g.dev.irqs.mode, ASSIGN_MSIX);
	happened("VFIO_DEVICE_SET_IRQS INTx mask = EIO\n"
		 "VFIO_DEVICE_SET_IRQS INTx off\n"
		 "KVM_IRQFD deassign 18 ev0\n"
		 "VFIO_DEVICE_SET_IRQS MSI-X trigger 0+5 ev2,-,-,-,-\n");
}

Test(assign_irqs, a_vector_that_failed_is_tried_again)
{
	card.resizable = true;
	open_quiet();
	msix_control(MSIX_ON);
	guest_vector(&g, 2, 0x42, false);
	sim_fail(2, EIO);
	guest_vector(&g, 1, 0x41, false);
	cr_assert_str_eq(sim_failed(), "VFIO_DEVICE_SET_IRQS");
	sim_fail(0, 0);
	guest_mask(&g, 1, true);
	guest_mask(&g, 1, false);
	sim_take("");
	sim_fire(&card, 1);
	happened("inject 25 0x0:fee00000/41\n");
}

/* MSI */

static void msi_on(unsigned log2)
{
	guest_cfg_write(&g, 0x5c, 4, 0xfee01000);
	guest_cfg_write(&g, 0x60, 4, 0);
	guest_cfg_write(&g, 0x64, 2, 0x80);
	guest_cfg_write(&g, 0x5a, 2, log2 << 4 | 1);
}

static void open_bcm5720(void)
{
	sim_bcm5720(&card, "0000:02:00.0", 7);
	open_quiet();
}

Test(assign_irqs, msi_of_two_vectors)
{
	open_bcm5720();
	msi_on(1);
	happened("VFIO_DEVICE_SET_IRQS INTx mask\n"
		 "VFIO_DEVICE_SET_IRQS INTx off\n"
		 "KVM_IRQFD deassign 18 ev0\n"
		 "VFIO_DEVICE_SET_IRQS MSI trigger 0+2 ev2,ev3\n"
		 "KVM_SET_GSI_ROUTING 38 pins 24=0:fee01000/80\n"
		 "KVM_IRQFD assign 24 ev2\n"
		 "KVM_SET_GSI_ROUTING 38 pins 24=0:fee01000/80 "
		 "25=0:fee01000/81\n"
		 "KVM_IRQFD assign 25 ev3\n");
	sim_fire(&card, 1);
	happened("inject 25 0x0:fee01000/81\n");
}

Test(assign_irqs, msi_count_changed_while_on)
{
	open_bcm5720();
	msi_on(0);
	cr_assert_eq(card.nctx, 1);
	msi_on(1);
	cr_assert_eq(card.nctx, 2);
	sim_take("");
	sim_fire(&card, 1);
	happened("inject 25 0x0:fee01000/81\n");
}

Test(assign_irqs, msi_with_fewer_vectors_keeps_those)
{
	sim_bcm5720(&card, "0000:02:00.0", 7);
	card.grant = 2;
	open_quiet();
	msi_on(3);
	cr_assert_eq(card.irq, VFIO_PCI_MSI_IRQ_INDEX);
	cr_assert_eq(card.nctx, 2);
	sim_take("");
	sim_fire(&card, 0);
	sim_fire(&card, 1);
	happened("inject 24 0x0:fee01000/80\n"
		 "inject 25 0x0:fee01000/81\n");
}

Test(assign_irqs, msi_masked_by_its_own_bits)
{
	sim_bcm5720(&card, "0000:02:00.0", 7);
	card.cfg[0x5b] |= PCI_MSI_FLAGS_MASKBIT >> 8;
	open_quiet();
	msi_on(1);
	guest_cfg_write(&g, 0x68, 4, 2);
	sim_take("");
	sim_fire(&card, 1);
	happened("");
	guest_cfg_write(&g, 0x68, 4, 0);
	happened("KVM_IRQFD assign 25 ev3\n"
		 "inject 25 0x0:fee01000/81\n");
}

/* From one to the other */

Test(assign_irqs, off_gives_intx_back)
{
	open_quiet();
	msix_control(MSIX_ON);
	guest_vector(&g, 0, 0x40, false);
	sim_take("");
	msix_control(0);
	happened("VFIO_DEVICE_SET_IRQS MSI-X off\n"
		 "KVM_IRQFD deassign 24 ev2\n"
		 "KVM_SET_GSI_ROUTING 38 pins\n"
		 "VFIO_DEVICE_SET_IRQS INTx trigger 0+1 ev3\n"
		 "VFIO_DEVICE_SET_IRQS INTx mask\n"
		 "VFIO_DEVICE_SET_IRQS INTx unmask ev4\n"
		 "KVM_IRQFD assign 18 ev3 resample ev4\n"
		 "VFIO_DEVICE_SET_IRQS INTx unmask\n");
	sim_intx(&card, true);
	happened("inject pin 18\n");
}

Test(assign_irqs, round_and_round)
{
	unsigned fds;

	open_bcm5720();
	fds = open_fds();
	for (unsigned i = 0; i < 20; i++) {
		msi_on(3);
		cr_assert_eq(card.irq, VFIO_PCI_MSI_IRQ_INDEX);
		guest_cfg_write(&g, 0x5a, 2, 0);
		guest_cfg_write(&g, 0xa2, 2, MSIX_ON);
		guest_vector(&g, 16, 0x90, false);
		cr_assert_eq(card.irq, VFIO_PCI_MSIX_IRQ_INDEX);
		guest_cfg_write(&g, 0xa2, 2, 0);
		cr_assert_eq(card.irq, VFIO_PCI_INTX_IRQ_INDEX);
		guest_mask(&g, 16, true);
	}
	cr_assert_eq(open_fds(), fds);
	cr_assert_eq(sim_count().routes, 0);
	cr_assert_eq(sim_count().irqfds, 1);
}

Test(assign_irqs, both_on_at_once_is_msix)
{
	open_bcm5720();
	msi_on(0);
	guest_cfg_write(&g, 0xa2, 2, MSIX_ON);
	cr_assert_eq(card.irq, VFIO_PCI_MSIX_IRQ_INDEX);
	guest_cfg_write(&g, 0xa2, 2, 0);
	cr_assert_eq(card.irq, VFIO_PCI_MSI_IRQ_INDEX);
}

/* A failure in the middle */

static void every_failure(void (*drive)(void))
{
	char failed[64];

	for (unsigned n = 1;; n++) {
		sim_fail(n, EIO);
		drive();
		if (!*sim_failed())
			break;
		snprintf(failed, sizeof(failed), "%s", sim_failed());
		sim_fail(0, 0);
		sim_take("");
		guest_cfg_write(&g, 0xa2, 2, MSIX_ON);
		guest_cfg_write(&g, 0xa2, 2, 0);
		guest_cfg_write(&g, 0x5a, 2, 0);
		cr_assert_eq(card.irq, VFIO_PCI_INTX_IRQ_INDEX,
			     "call %u, %s: no way back", n, failed);
	}
}

static void drive_msix(void)
{
	guest_cfg_write(&g, 0xa2, 2, MSIX_ON);
	guest_vector(&g, 0, 0x40, false);
	guest_vector(&g, 2, 0x42, false);
	guest_cfg_write(&g, 0xa2, 2, 0);
}

static void drive_msi(void)
{
	msi_on(2);
	guest_cfg_write(&g, 0x5a, 2, 0);
}

Test(assign_irqs, a_failure_of_any_call_is_survived_by_msix)
{
	open_bcm5720();
	every_failure(drive_msix);
}

Test(assign_irqs, a_failure_of_any_call_is_survived_by_msi)
{
	open_bcm5720();
	every_failure(drive_msi);
}
