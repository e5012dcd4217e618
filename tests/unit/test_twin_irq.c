/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts of the software BCM5720: INTx, MSI, MSI-X, masks and tags. */
#include <criterion/criterion.h>

#include "tests/unit/twin_frames.h"
#include "tests/unit/twin_host.h"

static struct th *h;

static void setup(void)
{
	h = th_new();
}

static void teardown(void)
{
	th_free(h);
}

TestSuite(twin_irq, .init = setup, .fini = teardown);

static void up(enum bcm_irq how, unsigned int vectors)
{
	th_up(h, (struct th_conf){.vectors = vectors, .irq = how});
}

static void now(unsigned int v)
{
	th_wr(h, 0x3c00, 0x706 | (v ? 0x1000u << v : 8));
}

static uint32_t tag(unsigned int v)
{
	return th_sb(h, v, 1) << 24;
}

/* ---- one-shot and tags ------------------------------------------------ */

static void one_shot(enum bcm_irq how)
{
	up(how, 1);
	now(0);
	now(0);
	now(0);
	cr_expect_eq(th_irqs(h, 0), 1, "only the first");
	cr_expect_eq(th_sb(h, 0, 1), 3, "all blocks are written");
	th_wr(h, 0x204, tag(0));
	cr_expect_eq(th_irqs(h, 0), 1, "nothing new");
	now(0);
	cr_expect_eq(th_irqs(h, 0), 2);
}

Test(twin_irq, one_shot_masks_until_the_mailbox)
{
	one_shot(BCM_IRQ_MSI);
	one_shot(BCM_IRQ_MSIX);
}

Test(twin_irq, unmask_with_an_old_tag_fires_again)
{
	up(BCM_IRQ_MSIX, 1);
	now(0);
	now(0);
	th_forget(h);
	th_wr(h, 0x204, 1 << 24); /* has seen the first only */
	cr_expect_eq(th_irqs(h, 0), 1);
	cr_expect_eq(th_count(h, TH_WRITE), 0, "the block is already there");
	th_wr(h, 0x204, 2 << 24);
	cr_expect_eq(th_irqs(h, 0), 1);
}

Test(twin_irq, a_block_between_look_and_unmask_is_not_lost)
{
	uint32_t seen;

	up(BCM_IRQ_MSIX, 1);
	for (unsigned int i = 0; i < 600; i++) {
		now(0);
		seen = tag(0);
		now(0); /* the race */
		th_forget(h);
		th_wr(h, 0x204, seen);
		cr_assert_eq(th_irqs(h, 0), 1, "round %u", i);
		th_wr(h, 0x204, tag(0));
	}
}

Test(twin_irq, enable_writes_the_mailbox_twice)
{
	up(BCM_IRQ_MSI, 1);
	now(0);
	th_wr(h, 0x204, 0);
	th_wr(h, 0x204, 0);
	cr_expect_geq(th_irqs(h, 0), 2);
	cr_expect_leq(th_irqs(h, 0), 3);
}

Test(twin_irq, without_one_shot_every_block_interrupts)
{
	up(BCM_IRQ_MSI, 1);
	th_wr(h, 0x6000, 0x22);
	for (unsigned int i = 0; i < 5; i++)
		now(0);
	cr_expect_eq(th_irqs(h, 0), 5);
}

Test(twin_irq, any_of_24_bits_masks)
{
	up(BCM_IRQ_MSIX, 1);
	for (unsigned int bit = 0; bit < 24; bit++) {
		th_wr(h, 0x204, 1u << bit);
		now(0);
		cr_expect_eq(th_count(h, TH_IRQ), 0, "bit %u", bit);
	}
	th_wr(h, 0x204, tag(0));
	cr_expect_eq(th_count(h, TH_IRQ), 0);
}

Test(twin_irq, mailbox_reads_what_was_written)
{
	up(BCM_IRQ_MSIX, 1);
	th_wr(h, 0x204, 0xab000000);
	cr_expect_eq(th_rd(h, 0x204), 0xab000000);
	now(0);
	cr_expect_eq(th_rd(h, 0x204), 0xab000000, "one-shot does not show");
}

Test(twin_irq, untagged_unmask_fires_when_something_was_missed)
{
	up(BCM_IRQ_MSI, 1);
	th_cfg_wr(h, 0x68, 0x98, 4);
	th_wr(h, 0x204, 0);
	cr_expect_eq(th_count(h, TH_IRQ), 0);
	now(0);
	now(0);
	th_forget(h);
	th_wr(h, 0x204, 0);
	cr_expect_eq(th_irqs(h, 0), 1);
	th_wr(h, 0x204, 0);
	cr_expect_eq(th_irqs(h, 0), 1);
}

Test(twin_irq, untagged_message_that_the_mailbox_overtook)
{
	up(BCM_IRQ_MSI, 1);
	th_cfg_wr(h, 0x68, 0x98, 4);
	th_wr(h, 0x6000, 0); /* the message cannot leave */
	now(0);
	th_wr(h, 0x204, 1);
	th_wr(h, 0x6000, 2);
	cr_expect_eq(th_count(h, TH_IRQ), 0);
	th_wr(h, 0x204, 0);
	cr_expect_eq(th_irqs(h, 0), 1);
}

Test(twin_irq, messages_wait_for_msgint_enable)
{
	up(BCM_IRQ_MSI, 1);
	cr_expect_eq(th_rd(h, 0x6000), 2, "on after a reset");
	th_wr(h, 0x6000, 0);
	now(0);
	cr_expect_eq(th_count(h, TH_IRQ), 0);
	cr_expect_neq(bcm_deadline(h->chip), 0);
	th_wr(h, 0x6000, 2);
	cr_expect_eq(th_irqs(h, 0), 1);
}

Test(twin_irq, one_message_for_all_without_multivec)
{
	up(BCM_IRQ_MSIX, 3);
	th_wr(h, 0x6000, 2);
	now(2);
	cr_expect_eq(th_irqs(h, 0), 1);
	cr_expect_eq(th_count(h, TH_IRQ), 1);
}

Test(twin_irq, more_vectors_than_msi_messages)
{
	up(BCM_IRQ_MSI, 3);
	th_wr(h, 0x6000, 0x82);
	th_cfg_wr(h, 0x5a, 1 | 1 << 4, 2); /* two granted */
	now(1);
	cr_expect_eq(th_irqs(h, 1), 1);
	now(2);
	cr_expect_eq(th_irqs(h, 0), 1);
}

Test(twin_irq, lost_interrupt)
{
	up(BCM_IRQ_MSIX, 1);
	bcm_fault(h->chip, 0, BCM_FAULT_LOST_IRQ, 2);
	now(0);
	th_wr(h, 0x204, tag(0));
	cr_expect_eq(th_irqs(h, 0), 1);
	now(0);
	now(0);
	cr_expect_eq(th_irqs(h, 0), 1, "lost, and masked by one-shot");
	th_wr(h, 0x204, tag(0));
	now(0);
	cr_expect_eq(th_irqs(h, 0), 2);
}

Test(twin_irq, lost_msi_spares_the_others)
{
	bcm_fault(h->chip, 0, BCM_FAULT_LOST_MSI, 1);
	up(BCM_IRQ_MSI, 1);
	now(0);
	th_wr(h, 0x204, 0);
	cr_expect_eq(th_count(h, TH_IRQ), 0);
	up(BCM_IRQ_MSIX, 1);
	now(0);
	cr_expect_eq(th_irqs(h, 0), 1);
	up(BCM_IRQ_INTX, 1);
	now(0);
	cr_expect_eq(th_irqs(h, 0), 1);
}

/* ---- MSI-X on a bus --------------------------------------------------- */

static void entry(unsigned int v, uint32_t masked)
{
	cr_assert_eq(bcm_write(h->chip, 0, BCM_BAR4, 16 * v + 12, &masked, 4),
		     0);
	th_run(h);
}

static uint32_t pba(void)
{
	uint32_t val = 0;

	bcm_read(h->chip, 0, BCM_BAR4, 0x1000, &val, 4);
	return val;
}

Test(twin_irq, msix_entry_mask_leaves_it_pending)
{
	up(BCM_IRQ_MSIX, 3);
	entry(1, 1);
	now(1);
	cr_expect_eq(th_count(h, TH_IRQ), 0);
	cr_expect_eq(pba(), 2);
	now(2);
	cr_expect_eq(th_irqs(h, 2), 1, "others are free");
	entry(1, 0);
	cr_expect_eq(th_irqs(h, 1), 1);
	cr_expect_eq(pba(), 0);
}

Test(twin_irq, msix_function_mask_leaves_all_pending)
{
	up(BCM_IRQ_MSIX, 3);
	th_cfg_wr(h, 0xa2, 0xc000, 2);
	for (unsigned int v = 0; v < 3; v++)
		now(v);
	cr_expect_eq(th_count(h, TH_IRQ), 0);
	cr_expect_eq(pba(), 7);
	th_cfg_wr(h, 0xa2, 0x8000, 2);
	cr_expect_eq(th_count(h, TH_IRQ), 3);
	cr_expect_eq(pba(), 0);
}

Test(twin_irq, pending_messages_end_with_an_flr)
{
	up(BCM_IRQ_MSIX, 1);
	entry(0, 1);
	now(0);
	cr_expect_eq(pba(), 1);
	bcm_flr(h->chip, 0);
	th_cfg_wr(h, 0x04, 0x0402, 2); /* BARs are decoded again */
	cr_expect_eq(pba(), 0);
	up(BCM_IRQ_MSIX, 1);
	cr_expect_eq(th_count(h, TH_IRQ), 0);
}

/* ---- wired by the host ------------------------------------------------ */

Test(twin_irq, wired_vectors_go_by_no_table)
{
	up(BCM_IRQ_INTX, 3); /* configuration space and table say nothing */
	th_wr(h, 0x6000, 0x82);
	bcm_irq_wire(h->chip, 0, BCM_IRQ_MSIX);
	now(2);
	cr_expect_eq(th_irqs(h, 2), 1);
	cr_expect_eq(h->log[h->nlog - 1].how, BCM_IRQ_MSIX);
	bcm_irq_wire(h->chip, 0, BCM_IRQ_MSI);
	now(0);
	cr_expect_eq(h->log[h->nlog - 1].how, BCM_IRQ_MSI);
}

Test(twin_irq, message_waits_until_something_is_wired)
{
	up(BCM_IRQ_MSIX, 1);
	bcm_irq_wire(h->chip, 0, BCM_IRQ_NONE);
	now(0);
	cr_expect_eq(th_count(h, TH_IRQ), 0);
	cr_expect_neq(bcm_deadline(h->chip), 0);
	bcm_irq_wire(h->chip, 0, BCM_IRQ_MSIX);
	th_run(h);
	cr_expect_eq(th_irqs(h, 0), 1);
}

Test(twin_irq, level_waits_until_the_line_is_wired)
{
	up(BCM_IRQ_INTX, 1);
	bcm_irq_wire(h->chip, 0, BCM_IRQ_NONE);
	now(0);
	cr_expect_eq(th_count(h, TH_IRQ), 0);
	cr_expect_eq(th_cfg(h, 0x70, 4) & 2, 0, "asserted inside");
	bcm_irq_wire(h->chip, 0, BCM_IRQ_INTX);
	cr_expect_eq(th_irqs(h, 0), 1);
	bcm_irq_wire(h->chip, 0, BCM_IRQ_INTX);
	cr_expect_eq(th_irqs(h, 0), 2, "each wire is told");
}

Test(twin_irq, wiring_a_function_that_is_not_there)
{
	up(BCM_IRQ_INTX, 1);
	bcm_irq_wire(h->chip, 2, BCM_IRQ_MSI);
	bcm_irq_wire(h->chip, UINT32_MAX, BCM_IRQ_MSI);
	now(0);
	cr_expect_eq(th_irqs(h, 0), 1);
	cr_expect_eq(h->log[h->nlog - 1].how, BCM_IRQ_INTX, "as before");
}

/* ---- INTx ------------------------------------------------------------- */

static bool line(void)
{
	for (unsigned int i = h->nlog; i > 0; i--)
		if (h->log[i - 1].kind == TH_IRQ)
			return h->log[i - 1].level;
	return false;
}

Test(twin_irq, intx_is_a_level_until_the_mailbox)
{
	up(BCM_IRQ_INTX, 1);
	cr_expect_eq(th_cfg(h, 0x70, 4) & 2, 2, "not active");
	now(0);
	now(0);
	cr_expect_eq(th_count(h, TH_IRQ), 1);
	cr_expect(line());
	cr_expect_eq(h->log[h->nlog - 2].how, BCM_IRQ_INTX);
	cr_expect_eq(th_cfg(h, 0x70, 4) & 2, 0);
	cr_expect_eq(th_rd(h, 0x70) & 2, 0, "by BAR0 too");
	cr_expect_eq(th_cfg(h, 0x06, 2) & 8, 8);
	th_wr(h, 0x204, 1);
	cr_expect_not(line());
	cr_expect_eq(th_cfg(h, 0x70, 4) & 2, 2);
	cr_expect_eq(th_cfg(h, 0x06, 2) & 8, 0);
	now(0);
	cr_expect_not(line(), "masked");
	th_wr(h, 0x204, 2 << 24); /* but there was a third block */
	cr_expect(line());
	th_wr(h, 0x204, tag(0));
	cr_expect_not(line());
}

Test(twin_irq, shared_line_that_is_not_ours)
{
	up(BCM_IRQ_INTX, 1);
	/* The handler looks at PCISTATE, as the tag is the one it knows. */
	cr_expect_eq(th_sb(h, 0, 1), 0);
	cr_expect_eq(th_rd(h, 0x70) & 2, 2);
	now(0);
	th_wr(h, 0x204, 1);
	th_wr(h, 0x204, tag(0));
	cr_expect_eq(th_rd(h, 0x70) & 2, 2);
}

Test(twin_irq, intx_disable_hides_the_line_only)
{
	up(BCM_IRQ_INTX, 1);
	th_cfg_wr(h, 0x04, 0x0406, 2);
	now(0);
	cr_expect_not(line());
	cr_expect_eq(th_cfg(h, 0x06, 2) & 8, 8, "status shows it");
	th_cfg_wr(h, 0x04, 0x0006, 2);
	cr_expect(line());
	th_cfg_wr(h, 0x04, 0x0406, 2);
	cr_expect_not(line());
}

Test(twin_irq, mask_pci_int_gates_the_line)
{
	up(BCM_IRQ_INTX, 1);
	th_cfg_wr(h, 0x68, 0x29a, 4);
	now(0);
	cr_expect_not(line());
	th_wr(h, 0x68, 0x298);
	cr_expect(line());
	th_wr(h, 0x68, 0x29a);
	cr_expect_not(line());
}

Test(twin_irq, core_reset_takes_the_line_back)
{
	up(BCM_IRQ_INTX, 1);
	now(0);
	cr_expect(line());
	th_wr(h, 0x6804, 0x20000001);
	cr_expect_not(line());
	cr_expect_eq(th_cfg(h, 0x70, 4) & 2, 2);
}

Test(twin_irq, enabling_msi_takes_the_line_back)
{
	up(BCM_IRQ_INTX, 1);
	now(0);
	cr_expect(line());
	th_cfg_wr(h, 0x5a, 1, 2);
	cr_expect_not(line());
}

Test(twin_irq, lines_of_two_functions_are_two)
{
	up(BCM_IRQ_INTX, 1);
	h->fn = 1;
	up(BCM_IRQ_INTX, 1);
	now(0);
	cr_expect_eq(h->log[h->nlog - 1].fn, 1);
	cr_expect_eq(th_cfg(h, 0x70, 4) & 2, 0);
	h->fn = 0;
	cr_expect_eq(th_cfg(h, 0x70, 4) & 2, 2);
}

/* ---- as the driver tests it ------------------------------------------- */

static void handler(void)
{
	th_cfg_wr(h, 0x68, 0x29a, 4);
	th_wr(h, 0x204, 1);
}

Test(twin_irq, interrupt_test_of_a_driver)
{
	static const enum bcm_irq how[] = {BCM_IRQ_INTX, BCM_IRQ_MSI,
					   BCM_IRQ_MSIX};

	for (unsigned int i = 0; i < 3; i++) {
		up(how[i], 1);
		handler();
		th_wr(h, 0x6000, th_rd(h, 0x6000) | 0x20);
		th_forget(h);
		th_cfg_wr(h, 0x68, 0x298, 4);
		th_wr(h, 0x204, tag(0));
		th_wr(h, 0x204, tag(0));
		now(0);
		cr_expect_geq(th_irqs(h, 0), 1, "mode %u", i);
		handler();
		cr_expect_neq(th_rd(h, 0x204), 0);
		cr_expect_eq(th_cfg(h, 0x68, 4) & 2, 2);
	}
}
