/* SPDX-License-Identifier: BSD-2-Clause */
/* Status blocks of the software BCM5720: tags, contents, when they come. */
#include <criterion/criterion.h>

#include "tests/unit/twin_frames.h"
#include "tests/unit/twin_host.h"

static struct th *h;
static struct tf f;

static void setup(void)
{
	h = th_new();
	th_up(h, (struct th_conf){.vectors = 1, .irq = BCM_IRQ_MSIX});
	tf_eth(&f, 0x1234, 60);
}

static void teardown(void)
{
	th_free(h);
}

TestSuite(twin_status, .init = setup, .fini = teardown);

static void now(unsigned int v)
{
	th_wr(h, 0x3c00, 0x706 | (v ? 0x1000u << v : 8));
}

Test(twin_status, tag_counts_and_is_never_0)
{
	for (unsigned int i = 1; i < 600; i++) {
		now(0);
		cr_assert_eq(th_sb(h, 0, 1), (i - 1) % 255 + 1);
		cr_assert_eq(th_sb(h, 0, 0), 1);
		th_forget(h);
	}
}

Test(twin_status, now_bits_of_each_vector)
{
	th_up(h, (struct th_conf){.vectors = 5, .irq = BCM_IRQ_MSIX});
	for (unsigned int v = 0; v < 5; v++) {
		th_forget(h);
		now(v);
		cr_expect_eq(th_irqs(h, v), 1, "vector %u", v);
		cr_expect_eq(th_count(h, TH_IRQ), 1);
		cr_expect_eq(th_sb(h, v, 1), 1, "own tag");
		cr_expect_eq(th_rd(h, 0x3c00), 0x706, "the bit clears itself");
	}
	th_forget(h);
	th_wr(h, 0x3c00, 0x706 | 0x1e008);
	cr_expect_eq(th_count(h, TH_IRQ), 0, "all are masked: one-shot");
	for (unsigned int v = 0; v < 5; v++)
		cr_expect_eq(th_sb(h, v, 1), 2);
}

Test(twin_status, now_while_masked_writes_but_does_not_interrupt)
{
	th_wr(h, 0x204, 1);
	now(0);
	now(0);
	cr_expect_eq(th_sb(h, 0, 1), 2);
	cr_expect_eq(th_count(h, TH_IRQ), 0);
}

Test(twin_status, nothing_while_coalescing_is_off)
{
	th_wr(h, 0x3c00, 0);
	cr_expect_eq(th_rd(h, 0x3c00) & 2, 0);
	th_wr(h, 0x3c00, 8);
	th_rx(h, f.p, f.len);
	cr_expect_eq(th_sb(h, 0, 1), 0);
	cr_expect_eq(th_count(h, TH_IRQ), 0);
	th_wr(h, 0x3c00, 0x70e);
	cr_expect_eq(th_sb(h, 0, 1), 1);
	cr_expect_eq(th_sb(h, 0, 4) & 0xffff, 1, "what came meanwhile");
}

Test(twin_status, news_end_when_coalescing_is_turned_off)
{
	th_wr_quiet(h, 0x3c00, 0x70e);
	th_wr_quiet(h, 0x3c00, 0);
	th_wr(h, 0x3c00, 0x706);
	cr_expect_eq(th_count(h, TH_WRITE), 0);
	cr_expect_eq(th_count(h, TH_IRQ), 0);
}

Test(twin_status, vector_without_address)
{
	now(3);
	cr_expect_eq(th_count(h, TH_WRITE), 0);
	cr_expect_eq(th_count(h, TH_IRQ), 0);
}

Test(twin_status, one_block_for_many_frames_of_one_turn)
{
	for (unsigned int i = 0; i < 10; i++)
		bcm_frame_in(h->chip, 0, f.p, f.len);
	cr_expect_eq(bcm_deadline(h->chip), 0);
	th_run(h);
	cr_expect_eq(th_sb(h, 0, 1), 1);
	cr_expect_eq(th_sb(h, 0, 4) & 0xffff, 10);
	cr_expect_eq(th_irqs(h, 0), 1);
}

Test(twin_status, layout_with_one_vector)
{
	th_up(h,
	      (struct th_conf){.vectors = 1, .mtu = 9000, .irq = BCM_IRQ_MSIX});
	th_tx(h, f.p, 60, 0, 0);
	th_tx(h, f.p, 60, 0, 0);
	th_rx(h, f.p, 60);
	tf_eth(&f, 0x1234, 3000);
	th_rx(h, f.p, 3000);
	th_rx(h, f.p, 3000);
	cr_expect_eq(th_sb(h, 0, 2), 1 << 16 | 2, "standard, jumbo consumer");
	cr_expect_eq(th_sb(h, 0, 3), 0);
	cr_expect_eq(th_sb(h, 0, 4), 2 << 16 | 3, "sent, returned");
	cr_expect_eq(th_rd(h, 0x3c54), 1);
	cr_expect_eq(th_rd(h, 0x3c50), 2);
	cr_expect_eq(th_rd(h, 0x3c80), 3);
	cr_expect_eq(th_rd(h, 0x3cc0), 2);
}

Test(twin_status, each_block_is_32_bytes)
{
	memset(h->mem + TH_SB, 0xee, 64);
	now(0);
	cr_expect_eq(h->mem[TH_SB + 31], 0);
	cr_expect_eq(h->mem[TH_SB + 32], 0xee);
}

Test(twin_status, link_change_is_told_until_it_is_cleared)
{
	th_wr(h, 0x404, 0x1000);
	th_wr(h, 0x408, 0x1000);
	th_forget(h);
	bcm_link_set(h->chip, 0, BCM_LINK_DOWN);
	th_run(h);
	cr_expect_eq(th_irqs(h, 0), 1);
	cr_expect_eq(th_sb(h, 0, 0), 3, "updated, link");
	now(0);
	cr_expect_eq(th_sb(h, 0, 0), 3, "the host may not have seen it");
	th_wr(h, 0x404, 0x1000);
	now(0);
	cr_expect_eq(th_sb(h, 0, 0), 1);
}

Test(twin_status, link_change_that_is_not_armed)
{
	th_wr(h, 0x408, 0);
	th_wr(h, 0x404, 0x1000);
	bcm_link_set(h->chip, 0, BCM_LINK_DOWN);
	th_run(h);
	cr_expect_eq(th_count(h, TH_IRQ), 0);
	th_wr(h, 0x408, 0x1000);
	cr_expect_eq(th_irqs(h, 0), 1, "told when it is");
	cr_expect_eq(th_sb(h, 0, 0), 3);
}

Test(twin_status, no_bus_mastering_no_block)
{
	th_cfg_wr(h, 0x04, 0x0402, 2);
	now(0);
	cr_expect_eq(th_count(h, TH_WRITE), 0);
	cr_expect_eq(th_count(h, TH_IRQ), 0);
	cr_expect_neq(bcm_deadline(h->chip), 0, "and no busy loop");
	th_cfg_wr(h, 0x04, 0x0406, 2);
	cr_expect_eq(th_sb(h, 0, 1), 1);
	cr_expect_eq(th_irqs(h, 0), 1);
}

Test(twin_status, registers_of_the_self_test)
{
	static const struct {
		uint32_t off, ro, rw;
	} row[] = {
		{0x410, 0, 0xffff},      {0x414, 0, 0xffffffff},
		{0x43c, 0, 0xffff},      {0x45c, 0, 0x70},
		{0x464, 0, 0x3fff},      {0x468, 0, 0x7dc},
		{0x470, 0, 0xffffffff},  {0x474, 0, 0xffffffff},
		{0x478, 0, 0xffffffff},  {0x47c, 0, 0xffffffff},
		{0x2450, 0, 0xffffffff}, {0x2454, 0, 0xffffffff},
		{0x2458, 0, 0xffff0002}, {0x245c, 0, 0xffffffff},
		{0x2c18, 0, 0x3ff},      {0x3c00, 0, 0xf6},
		{0x3c08, 0, 0x3ff},      {0x3c0c, 0, 0x3ff},
		{0x3c10, 0, 0xff},       {0x3c14, 0, 0xff},
		{0x3c20, 0, 0xff},       {0x3c24, 0, 0xff},
		{0x3c38, 0, 0xffffffff}, {0x3c3c, 0, 0xffffffff},
		{0x3c40, 0xffffffff, 0}, {0x3c44, 0xffffffff, 0},
		{0x586c, 0, 0x1ff},      {0x5884, 0, 0x7ff},
		{0x5904, 0, 0x1ff},      {0x400, 0, 0x01ef6b8c},
		{0x404, 0x03800100, 0},  {0x4410, 0, 0x3f},
		{0x4414, 0, 0x1ff},      {0x4418, 0, 0x1ff},
	};
	uint32_t was, val;

	th_wr(h, 0x6804, 0x20000001);
	for (unsigned int i = 0; i < ARRAY_SIZE(row); i++) {
		was = th_rd(h, row[i].off);
		th_wr(h, row[i].off, 0);
		val = th_rd(h, row[i].off);
		cr_expect_eq(val & row[i].ro, was & row[i].ro, "%x",
			     row[i].off);
		cr_expect_eq(val & row[i].rw, 0, "%x", row[i].off);
		th_wr(h, row[i].off, row[i].ro | row[i].rw);
		val = th_rd(h, row[i].off);
		cr_expect_eq(val & row[i].ro, was & row[i].ro, "%x",
			     row[i].off);
		cr_expect_eq(val & row[i].rw, row[i].rw, "%x", row[i].off);
		th_wr(h, row[i].off, was);
	}
}

Test(twin_status, modes_read_0_after_0)
{
	static const uint32_t mode[] = {0x0c00, 0x1000, 0x1400, 0x1800, 0x1c00,
					0x2000, 0x2400, 0x2800, 0x2c00, 0x3000,
					0x3c00, 0x4800, 0x4c00, 0x45c,  0x468};

	for (unsigned int i = 0; i < ARRAY_SIZE(mode); i++) {
		cr_expect_eq(th_rd(h, mode[i]) & 2, 2, "%x", mode[i]);
		th_wr(h, mode[i], 0);
		cr_expect_eq(th_rd(h, mode[i]) & 3, 0, "%x", mode[i]);
		th_wr(h, mode[i], 1);
		cr_expect_eq(th_rd(h, mode[i]) & 3, 0, "%x resets", mode[i]);
	}
	for (uint32_t off = 0x4be0; off <= 0x4bec; off += 4)
		cr_expect_eq(th_rd(h, off), 0);
}

Test(twin_status, both_copies_of_the_mailboxes)
{
	th_wr(h, 0x5800 + 0x6c, 0x123);
	cr_expect_eq(th_rd(h, 0x26c), 0x123);
	th_wr(h, 0x284, 0x456);
	cr_expect_eq(th_rd(h, 0x5884), 0x456);
	th_wr(h, 0x5804, 1);
	now(0);
	cr_expect_eq(th_count(h, TH_IRQ), 0, "masked by the copy");
}
