/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the send rings of the software BCM5720 stop, and how they go on. */
#include <criterion/criterion.h>

#include "tests/unit/twin_frames.h"
#include "tests/unit/twin_host.h"

static struct th *h;
static struct tf f;

static void setup(void)
{
	h = th_new();
	th_up(h, (struct th_conf){.vectors = 1});
	tf_eth(&f, 0x1234, 64);
}

static void teardown(void)
{
	th_free(h);
}

TestSuite(twin_txstop, .init = setup, .fini = teardown);

Test(twin_txstop, more_frames_than_one_turn_takes)
{
	for (unsigned int i = 0; i < 300; i++)
		th_bd(h, 0, th_put(h, f.p, 64), 64 << 16 | 4, 0);
	th_wr_quiet(h, 0x304, 300);
	bcm_run(h->chip);
	cr_expect_gt(h->nframes, 0);
	cr_expect_lt(h->nframes, 300, "a turn is bounded");
	cr_expect_eq(bcm_deadline(h->chip), 0, "there is more");
	th_run(h);
	cr_expect_eq(h->nframes, 300);
}

Test(twin_txstop, a_large_send_takes_its_part_of_a_turn)
{
	tf_ip(&f, false, 6, 60000);
	for (unsigned int i = 0; i < 3; i++)
		th_bd(h, 0, th_put(h, f.p, f.len),
		      (uint32_t)f.len << 16 | 4 | 0x300 | (40 & 0x10) |
			      (40 & 0x3e0) << 5,
		      (500u | (40 & 0xc) << 12) << 16);
	th_wr_quiet(h, 0x304, 3);
	bcm_run(h->chip);
	cr_expect_eq(h->nframes, 120, "one of three");
}

Test(twin_txstop, clearing_the_dma_error_goes_on)
{
	bcm_fault(h->chip, 0, BCM_FAULT_DMA, 2);
	th_tx(h, f.p, 64, 0, 0);
	cr_expect_eq(h->nframes, 0);
	th_wr(h, 0x4804, 8);
	cr_expect_eq(th_rd(h, 0x4804), 0);
	cr_expect_eq(h->nframes, 1);
	cr_expect_eq(th_tx_cons(h, 0), 1);
}

static void master_off(struct th *host, bool write, uint64_t iova, size_t len)
{
	uint16_t command = 2;

	(void)write;
	(void)len;
	if (iova < TH_TXBUF)
		return;
	host->on_dma = NULL;
	bcm_write(host->chip, 0, BCM_CONFIG, 4, &command, 2);
}

Test(twin_txstop, bus_mastering_ends_in_the_middle_of_a_frame)
{
	h->on_dma = master_off;
	th_bd(h, 0, th_put(h, f.p, 32), 32 << 16, 0);
	th_tx(h, f.p + 32, 32, 0, 0);
	cr_expect_eq(h->nframes, 0);
	cr_expect_eq(th_rd(h, 0x4804), 0, "no error: the host wanted it");
	th_cfg_wr(h, 0x04, 0x0406, 2);
	cr_assert_eq(h->nframes, 1, "from the start again");
	cr_expect_eq(memcmp(h->frame[0].p, f.p, 64), 0);
}

Test(twin_txstop, consumer_never_passes_the_producer)
{
	for (unsigned int round = 0; round < 50; round++) {
		for (unsigned int i = 0; i < 100; i++)
			th_bd(h, 0, th_put(h, f.p, 64), 64 << 16 | 4, 0);
		th_wr_quiet(h, 0x304, h->tx_prod[0]);
		while (bcm_deadline(h->chip) == 0) {
			bcm_run(h->chip);
			cr_assert_leq((h->tx_prod[0] - th_tx_cons(h, 0)) % 512,
				      100);
		}
		cr_assert_eq(th_tx_cons(h, 0), h->tx_prod[0]);
		th_forget(h);
	}
}

Test(twin_txstop, rings_of_the_other_function_go_on)
{
	h->fn = 1;
	th_up(h, (struct th_conf){.vectors = 1});
	h->fn = 0;
	bcm_fault(h->chip, 0, BCM_FAULT_DMA, 1);
	th_tx(h, f.p, 64, 0, 0);
	cr_expect_eq(h->nframes, 0);
	h->fn = 1;
	h->tx_prod[0] = 0;
	th_tx(h, f.p, 64, 0, 0);
	cr_expect_eq(h->nframes, 1);
}
