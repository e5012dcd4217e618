/* SPDX-License-Identifier: BSD-2-Clause */
/* Send rings of the software BCM5720: gathering, indices, bad descriptors. */
#include <criterion/criterion.h>

#include "tests/unit/twin_frames.h"
#include "tests/unit/twin_host.h"

static struct th *h;
static struct tf f;

static void setup(void)
{
	h = th_new();
	th_up(h, (struct th_conf){.vectors = 1});
}

static void teardown(void)
{
	th_free(h);
}

TestSuite(twin_tx, .init = setup, .fini = teardown);

static void left(unsigned int i, const void *p, size_t len)
{
	cr_assert_gt(h->nframes, i, "frame %u did not leave", i);
	cr_expect_eq(h->frame[i].len, len);
	cr_expect_eq(memcmp(h->frame[i].p, p, len), 0, "frame %u", i);
}

Test(twin_tx, a_frame_in_one_bd)
{
	tf_eth(&f, 0x1234, 1514);
	th_tx(h, f.p, f.len, 0, 0);
	cr_assert_eq(h->nframes, 1);
	left(0, f.p, 1514);
	cr_expect_eq(th_tx_cons(h, 0), 1);
	cr_expect_eq(th_irqs(h, 0), 1);
}

Test(twin_tx, both_functions_send_by_themselves)
{
	tf_eth(&f, 0x1234, 100);
	h->fn = 1;
	th_up(h, (struct th_conf){.vectors = 1});
	th_tx(h, f.p, f.len, 0, 0);
	cr_assert_eq(h->nframes, 1);
	cr_expect_eq(h->frame[0].fn, 1);
}

Test(twin_tx, fragments_of_odd_lengths_are_gathered)
{
	static const uint32_t part[] = {1, 13, 54, 9, 1000, 437};
	uint64_t at;
	uint32_t done = 0;

	tf_eth(&f, 0x1234, 1514);
	for (unsigned int i = 0; i < 6; i++) {
		at = th_put(h, f.p + done, part[i]);
		done += part[i];
		th_bd(h, 0, at, part[i] << 16 | (i == 5 ? 4 : 0), 0);
	}
	cr_assert_eq(done, f.len);
	th_kick(h, 0);
	cr_assert_eq(h->nframes, 1);
	left(0, f.p, f.len);
	cr_expect_eq(th_tx_cons(h, 0), 6);
}

Test(twin_tx, as_many_fragments_as_the_ring_has)
{
	uint64_t at;

	tf_eth(&f, 0x1234, 511 * 3);
	for (uint32_t i = 0; i < 511; i++) {
		at = th_put(h, f.p + 3 * i, 3);
		th_bd(h, 0, at, 3 << 16 | (i == 510 ? 4 : 0), 0);
	}
	th_kick(h, 0);
	cr_assert_eq(h->nframes, 1);
	left(0, f.p, f.len);
	cr_expect_eq(th_tx_cons(h, 0), 511);
}

Test(twin_tx, short_frames_are_padded_with_zeros)
{
	uint8_t want[60] = {0};

	for (size_t len = 14; len < 60; len += 15) {
		tf_eth(&f, 0x1234, len);
		memset(want, 0, sizeof(want));
		memcpy(want, f.p, len);
		th_forget(h);
		th_tx(h, f.p, len, 0, 0);
		left(0, want, 60);
	}
}

Test(twin_tx, vlan_tag_is_put_behind_the_addresses)
{
	tf_eth(&f, 0x1234, 1514);
	th_tx(h, f.p, f.len, 0x40, 0xabcd);
	tf_vlan(&f, 0xabcd);
	cr_assert_eq(h->nframes, 1);
	left(0, f.p, 1518);
}

Test(twin_tx, the_ring_wraps_many_times)
{
	for (unsigned int i = 0; i < 1500; i++) {
		tf_eth(&f, 0x1000 + i, 60 + i % 7);
		th_forget(h);
		th_tx(h, f.p, f.len, 0, 0);
		left(0, f.p, f.len);
		cr_assert_eq(th_tx_cons(h, 0), (i + 1) % 512);
	}
}

Test(twin_tx, a_packet_across_the_end_of_the_ring)
{
	uint64_t at;

	tf_eth(&f, 0x1234, 60);
	for (unsigned int i = 0; i < 500; i++)
		th_tx(h, f.p, f.len, 0, 0);
	th_forget(h);
	tf_eth(&f, 0x1234, 800);
	for (uint32_t i = 0; i < 40; i++) {
		at = th_put(h, f.p + 20 * i, 20);
		th_bd(h, 0, at, 20 << 16 | (i == 39 ? 4 : 0), 0);
	}
	th_kick(h, 0);
	cr_assert_eq(h->nframes, 1);
	left(0, f.p, 800);
	cr_expect_eq(th_tx_cons(h, 0), 540 - 512);
}

Test(twin_tx, many_frames_need_few_reads_of_descriptors)
{
	unsigned int reads = 0;

	tf_eth(&f, 0x1234, 60);
	for (unsigned int i = 0; i < 64; i++)
		th_bd(h, 0, th_put(h, f.p, 60), 60 << 16 | 4, 0);
	th_kick(h, 0);
	cr_assert_eq(h->nframes, 64);
	for (unsigned int i = 0; i < h->nlog; i++)
		reads += h->log[i].kind == TH_READ && h->log[i].len != 60;
	cr_expect_leq(reads, 2);
	cr_expect_eq(th_irqs(h, 0), 1, "one status block for all");
}

Test(twin_tx, packet_without_end_waits_for_the_rest)
{
	tf_eth(&f, 0x1234, 200);
	th_bd(h, 0, th_put(h, f.p, 100), 100 << 16, 0);
	th_kick(h, 0);
	cr_expect_eq(h->nframes, 0);
	cr_expect_eq(th_rd(h, 0x3cc0), 0, "nothing is given back");
	th_run(h);
	th_bd(h, 0, th_put(h, f.p + 100, 100), 100 << 16 | 4, 0);
	th_kick(h, 0);
	cr_assert_eq(h->nframes, 1);
	left(0, f.p, 200);
	cr_expect_eq(th_tx_cons(h, 0), 2);
}

static void dropped(uint32_t bds)
{
	uint32_t errors = th_rd(h, 0x818);

	cr_expect_eq(h->nframes, 0);
	cr_expect_eq(errors, 1);
	cr_expect_eq(th_tx_cons(h, 0), bds);
	th_forget(h);
	tf_eth(&f, 0x1234, 60);
	th_tx(h, f.p, f.len, 0, 0);
	cr_expect_eq(h->nframes, 1, "the ring goes on");
}

Test(twin_tx, bd_of_length_0)
{
	th_bd(h, 0, TH_BASE, 4, 0);
	th_kick(h, 0);
	dropped(1);
}

Test(twin_tx, bds_of_length_0_among_others)
{
	tf_eth(&f, 0x1234, 200);
	th_bd(h, 0, 0, 0, 0);
	th_bd(h, 0, th_put(h, f.p, 200), 200 << 16, 0);
	th_bd(h, 0, UINT64_MAX, 4, 0);
	th_kick(h, 0);
	cr_assert_eq(h->nframes, 1);
	left(0, f.p, 200);
}

Test(twin_tx, frame_without_a_whole_ethernet_header)
{
	tf_eth(&f, 0x1234, 13);
	th_tx(h, f.p, 13, 0, 0);
	dropped(1);
}

Test(twin_tx, frame_longer_than_the_wire_takes)
{
	tf_eth(&f, 0x1234, 9601);
	th_tx(h, f.p, 9601, 8, 0);
	dropped(1);
}

Test(twin_tx, fragments_of_64_kib_without_number)
{
	for (unsigned int i = 0; i < 511; i++)
		th_bd(h, 0, TH_BASE + TH_TXBUF,
		      0xffffu << 16 | (i == 510 ? 4 : 0), 0);
	th_kick(h, 0);
	dropped(511);
	cr_expect_lt(th_count(h, TH_READ), 30, "they are not even read");
}

Test(twin_tx, mailbox_index_beyond_the_ring)
{
	tf_eth(&f, 0x1234, 60);
	th_bd(h, 0, th_put(h, f.p, 60), 60 << 16 | 4, 0);
	th_wr(h, 0x304, 0xfffffe01);
	cr_expect_eq(h->nframes, 1);
	cr_expect_eq(th_tx_cons(h, 0), 1);
	cr_expect_eq(th_rd(h, 0x304), 0xfffffe01);
}

Test(twin_tx, ring_of_size_0_or_disabled)
{
	tf_eth(&f, 0x1234, 60);
	th_sram_wr(h, 0x108, 0);
	th_tx(h, f.p, 60, 0, 0);
	th_sram_wr(h, 0x108, 512u << 16 | 2);
	th_kick(h, 0);
	cr_expect_eq(h->nframes, 0);
	cr_expect_eq(th_count(h, TH_READ), 0);
}

Test(twin_tx, ring_that_shrinks_below_its_consumer)
{
	tf_eth(&f, 0x1234, 60);
	for (unsigned int i = 0; i < 20; i++)
		th_tx(h, f.p, 60, 0, 0);
	th_forget(h);
	th_sram_wr(h, 0x108, 16u << 16);
	th_tx(h, f.p, 60, 0, 0);
	cr_expect_eq(h->nframes, 0);
}

Test(twin_tx, nothing_is_read_without_bus_mastering)
{
	tf_eth(&f, 0x1234, 60);
	th_cfg_wr(h, 0x04, 0x0402, 2);
	th_forget(h);
	th_tx(h, f.p, 60, 0, 0);
	cr_expect_eq(h->nlog, 0);
	cr_expect_eq(h->nframes, 0);
	th_cfg_wr(h, 0x04, 0x0406, 2);
	cr_expect_eq(h->nframes, 1, "it was only waiting");
}

Test(twin_tx, nothing_moves_while_an_engine_is_off)
{
	static const uint32_t mode[] = {0x4800, 0x1800, 0x0c00, 0x45c};
	unsigned int i;

	tf_eth(&f, 0x1234, 60);
	for (i = 0; i < ARRAY_SIZE(mode); i++) {
		th_wr(h, mode[i], 0);
		cr_expect_eq(th_rd(h, mode[i]) & 2, 0);
		th_forget(h);
		th_tx(h, f.p, 60, 0, 0);
		cr_expect_eq(h->nframes, 0, "register 0x%x", mode[i]);
		th_wr(h, mode[i], 2);
		cr_expect_eq(h->nframes, 1, "register 0x%x", mode[i]);
	}
}

Test(twin_tx, nothing_leaves_without_link)
{
	tf_eth(&f, 0x1234, 60);
	bcm_link_set(h->chip, 0, BCM_LINK_DOWN);
	th_run(h);
	th_tx(h, f.p, 60, 0, 0);
	cr_expect_eq(h->nframes, 0);
	cr_expect_eq(th_tx_cons(h, 0), 1, "but its buffer comes back");
	cr_expect_eq(th_rd(h, 0x86c), 0);
}

Test(twin_tx, four_rings_in_their_odd_order_of_mailboxes)
{
	static const uint32_t mbox[] = {0x304, 0x300, 0x30c, 0x308};

	th_up(h, (struct th_conf){
			 .vectors = 5, .multi_tx = true, .irq = BCM_IRQ_MSIX});
	for (unsigned int r = 0; r < 4; r++) {
		tf_eth(&f, 0x2000 + r, 64);
		th_forget(h);
		th_bd(h, r, th_put(h, f.p, 64), 64 << 16 | 4, 0);
		th_wr(h, mbox[r], 1);
		left(0, f.p, 64);
		cr_expect_eq(th_tx_cons(h, r + 1), 1);
		cr_expect_eq(th_tx_cons(h, 0), 0);
		cr_expect_eq(th_irqs(h, r + 1), 1, "ring %u", r);
		cr_expect_eq(th_count(h, TH_IRQ), 1);
	}
}

Test(twin_tx, one_queue_with_rss_completes_on_vector_0)
{
	th_up(h, (struct th_conf){.vectors = 3, .irq = BCM_IRQ_MSIX});
	tf_eth(&f, 0x1234, 64);
	th_tx(h, f.p, 64, 0, 0);
	cr_expect_eq(th_tx_cons(h, 0), 1);
	cr_expect_eq(th_tx_cons(h, 1), 0);
	cr_expect_eq(th_irqs(h, 0), 1);
}

/* ---- the world changes during DMA ------------------------------------- */

static void reset_hook(struct th *host, bool write, uint64_t iova, size_t len)
{
	(void)write;
	(void)iova;
	(void)len;
	host->on_dma = NULL;
	th_wr_quiet(host, 0x6804, 0x20000001);
}

Test(twin_tx, reset_while_descriptors_are_read)
{
	tf_eth(&f, 0x1234, 64);
	h->on_dma = reset_hook;
	th_tx(h, f.p, 64, 0, 0);
	cr_expect_eq(h->nframes, 0);
	cr_expect_eq(th_rd(h, 0x3cc0), 0);
	cr_expect_eq(th_rd(h, 0x304), 0, "mailboxes are cleared");
	cr_expect_eq(th_count(h, TH_WRITE), 0, "no status block");
}

static void reset_later_hook(struct th *host, bool write, uint64_t iova,
			     size_t len)
{
	if (iova >= TH_TXBUF)
		reset_hook(host, write, iova, len);
}

Test(twin_tx, reset_while_data_is_read)
{
	tf_eth(&f, 0x1234, 64);
	h->on_dma = reset_later_hook;
	th_tx(h, f.p, 64, 0, 0);
	cr_expect_eq(h->nframes, 0);
	cr_expect_eq(th_rd(h, 0x3cc0), 0);
	th_up(h, (struct th_conf){.vectors = 1});
	th_tx(h, f.p, 64, 0, 0);
	cr_expect_eq(h->nframes, 1, "and up again");
}

static void flr_hook(struct th *host, bool write, uint64_t iova, size_t len)
{
	(void)write;
	(void)iova;
	(void)len;
	host->on_dma = NULL;
	bcm_flr(host->chip, 0);
}

Test(twin_tx, flr_while_data_is_read)
{
	tf_eth(&f, 0x1234, 64);
	h->on_dma = flr_hook;
	th_tx(h, f.p, 64, 0, 0);
	cr_expect_eq(h->nframes, 0);
	cr_expect_eq(th_count(h, TH_IRQ), 0);
}

static void stop_hook(struct th *host, bool write, uint64_t iova, size_t len)
{
	(void)write;
	(void)len;
	if (iova < TH_TXBUF)
		return;
	host->on_dma = NULL;
	th_wr_quiet(host, 0x1800, 0);
}

Test(twin_tx, ring_is_stopped_while_data_is_read)
{
	tf_eth(&f, 0x1234, 64);
	h->on_dma = stop_hook;
	th_bd(h, 0, th_put(h, f.p, 32), 32 << 16, 0);
	th_tx(h, f.p + 32, 32, 0, 0);
	cr_expect_eq(h->nframes, 0);
	cr_expect_eq(th_count(h, TH_READ), 2, "nothing after the stop");
}

Test(twin_tx, dma_fault_stops_the_engine_and_tells)
{
	tf_eth(&f, 0x1234, 64);
	th_bd(h, 0, TH_BASE + TH_MEM - 10, 64 << 16 | 4, 0);
	th_kick(h, 0);
	cr_expect_eq(h->nframes, 0);
	cr_expect_eq(th_rd(h, 0x4804), 8, "master abort");
	cr_expect_eq(th_sb(h, 0, 0) & 4, 4, "SD_ERROR");
	cr_expect_eq(th_tx_cons(h, 0), 0);
	cr_expect_eq(th_irqs(h, 0), 1);
	th_forget(h);
	th_tx(h, f.p, 64, 0, 0);
	cr_expect_eq(th_count(h, TH_READ), 0, "it stands");
	th_up(h, (struct th_conf){.vectors = 1});
	th_tx(h, f.p, 64, 0, 0);
	cr_expect_eq(h->nframes, 1);
	cr_expect_eq(th_sb(h, 0, 0), 1, "no error any more");
}

Test(twin_tx, injected_dma_fault)
{
	tf_eth(&f, 0x1234, 64);
	bcm_fault(h->chip, 0, BCM_FAULT_DMA, 2);
	th_tx(h, f.p, 64, 0, 0);
	cr_expect_eq(h->nframes, 0);
	cr_expect_eq(th_rd(h, 0x4804), 8);
}
