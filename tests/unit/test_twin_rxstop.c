/* SPDX-License-Identifier: BSD-2-Clause */
/* When the software BCM5720 does not receive, or stops in the middle of it. */
#include <criterion/criterion.h>
#include <errno.h>

#include "tests/unit/twin_frames.h"
#include "tests/unit/twin_host.h"

static struct th *h;
static struct tf f;

static void setup(void)
{
	h = th_new();
	th_up(h, (struct th_conf){.vectors = 1});
	tf_eth(&f, 0x1234, 100);
}

static void teardown(void)
{
	th_free(h);
}

TestSuite(twin_rxstop, .init = setup, .fini = teardown);

static void nothing(const char *what)
{
	unsigned int before = th_rd(h, 0x3c80);

	th_forget(h);
	cr_expect(bcm_rx_room(h->chip, 0, 100), "%s", what);
	th_rx(h, f.p, f.len);
	cr_expect_eq(th_count(h, TH_WRITE), 0, "%s", what);
	cr_expect_eq(th_count(h, TH_READ), 0, "%s", what);
	cr_expect_eq(th_rd(h, 0x3c80), before, "%s", what);
}

static void works(const char *what)
{
	unsigned int before = th_rd(h, 0x3c80);

	th_forget(h);
	th_rx(h, f.p, f.len);
	cr_expect_eq(th_rd(h, 0x3c80), before + 1, "%s", what);
	cr_expect_eq(memcmp(th_buf(h, 0, before), f.p, f.len), 0, "%s", what);
}

Test(twin_rxstop, engines_off)
{
	th_wr(h, 0x2c00, 0);
	nothing("RCVBDI");
	cr_expect_eq(th_rd(h, 0x2250), 1, "counted");
	th_wr(h, 0x2c00, 2);
	works("RCVBDI again");
	th_wr(h, 0x4c00, 0);
	nothing("WDMAC");
	th_wr(h, 0x4c00, 2);
	works("WDMAC again");
	th_wr(h, 0x468, 0);
	nothing("MAC");
	cr_expect_eq(th_rd(h, 0x88c), 4, "the MAC is off: not even counted");
}

Test(twin_rxstop, no_bus_mastering)
{
	th_cfg_wr(h, 0x04, 0x0402, 2);
	nothing("no bus mastering");
	th_cfg_wr(h, 0x04, 0x0406, 2);
	works("bus mastering");
}

Test(twin_rxstop, sleeping)
{
	th_cfg_wr(h, 0x4c, 0x0003, 2);
	th_forget(h);
	th_rx(h, f.p, f.len);
	cr_expect_eq(th_count(h, TH_WRITE), 0);
	th_cfg_wr(h, 0x4c, 0x0000, 2);
	works("awake");
}

Test(twin_rxstop, no_link)
{
	bcm_link_set(h->chip, 0, BCM_LINK_DOWN);
	th_run(h);
	nothing("no link");
}

Test(twin_rxstop, functions_that_are_not_there)
{
	bcm_frame_in(h->chip, 2, f.p, f.len);
	cr_expect(bcm_rx_room(h->chip, 2, 100));
	cr_expect(bcm_rx_room(h->chip, UINT32_MAX, 100));
}

Test(twin_rxstop, fresh_chip_drops_everything)
{
	struct th *g = th_new();

	bcm_frame_in(g->chip, 0, f.p, f.len);
	bcm_frame_in(g->chip, 1, f.p, f.len);
	th_run(g);
	cr_expect_eq(g->nlog, 0);
	th_free(g);
}

/* ---- the world changes during DMA ------------------------------------- */

static void (*act)(struct th *host);
static unsigned int when;

static void hook(struct th *host, bool write, uint64_t iova, size_t len)
{
	(void)write;
	(void)iova;
	(void)len;
	if (when--)
		return;
	host->on_dma = NULL;
	act(host);
}

static void core_reset(struct th *host)
{
	th_wr_quiet(host, 0x6804, 0x20000001);
}

static void flr(struct th *host)
{
	bcm_flr(host->chip, 0);
}

static void bus_reset(struct th *host)
{
	bcm_bus_reset(host->chip);
}

/* DMA accesses of a frame: BDs, data, return BD, status block */
static void resets_in_each_access(void (*what)(struct th *host))
{
	for (unsigned int n = 0; n < 4; n++) {
		th_up(h, (struct th_conf){.vectors = 1});
		th_later(h, 1000000000);
		act = what;
		when = n;
		h->on_dma = hook;
		th_rx(h, f.p, f.len);
		cr_expect_eq(th_count(h, TH_READ) + th_count(h, TH_WRITE),
			     n + 1, "nothing after access %u", n);
		th_cfg_wr(h, 0x04, 0x0402, 2); /* BARs are decoded again */
		cr_expect_eq(th_rd(h, 0x3c80), 0);
		cr_expect_eq(th_rd(h, 0x3c54), 0);
		cr_expect_eq(th_count(h, TH_IRQ), 0);
		th_up(h, (struct th_conf){.vectors = 1});
		th_later(h, 1000000000);
		works("after the reset");
	}
}

Test(twin_rxstop, core_reset_in_each_access)
{
	resets_in_each_access(core_reset);
}

Test(twin_rxstop, flr_in_each_access)
{
	resets_in_each_access(flr);
}

Test(twin_rxstop, bus_reset_in_each_access)
{
	resets_in_each_access(bus_reset);
}

static void stop_ring(struct th *host)
{
	th_wr_quiet(host, 0x2c00, 0);
}

Test(twin_rxstop, ring_is_stopped_before_its_data_is_written)
{
	act = stop_ring;
	when = 0;
	h->on_dma = hook;
	th_rx(h, f.p, f.len);
	cr_expect_eq(th_count(h, TH_WRITE), 0);
	cr_expect_eq(th_rd(h, 0x3c54), 0);
}

/* Blocks that can be off while frames arrive, written with 0 once more */
static const uint32_t idle[] = {0x2400, 0x2800, 0x2000, 0x3000, 0x3400};
static uint32_t idle_off;

static void stop_again(struct th *host)
{
	th_wr_quiet(host, idle_off, 0);
}

Test(twin_rxstop, block_that_is_off_is_stopped_again_in_each_access)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(idle); i++) {
		th_up(h, (struct th_conf){.vectors = 1});
		idle_off = idle[i];
		th_wr(h, idle_off, 0);
		for (unsigned int n = 0; n < 4; n++) {
			act = stop_again;
			when = n;
			h->on_dma = hook;
			th_rx(h, f.p, f.len);
			h->on_dma = NULL;
			for (unsigned int k = 0; k < 20; k++)
				works("afterwards");
		}
	}
}

static void move_ring(struct th *host)
{
	th_wr_quiet(host, 0x2450, 0);
}

Test(twin_rxstop, ring_moves_while_its_descriptors_are_read)
{
	act = move_ring;
	when = 0;
	h->on_dma = hook;
	th_rx(h, f.p, f.len);
	cr_expect_eq(th_count(h, TH_WRITE), 0);
	th_wr(h, 0x2450, (uint32_t)(TH_BASE >> 32));
	works("and back");
}

/* ---- faults ----------------------------------------------------------- */

Test(twin_rxstop, data_cannot_be_written)
{
	le_put(h->mem + TH_STD, 8, 0);
	th_rx(h, f.p, f.len);
	cr_expect_eq(th_rd(h, 0x4c04), 8, "master abort");
	cr_expect_eq(th_sb(h, 0, 0), 5, "updated, error");
	cr_expect_eq(th_rd(h, 0x3c80), 0);
	cr_expect_eq(th_irqs(h, 0), 1);
	nothing("it stands");
	th_wr(h, 0x4c04, 8);
	cr_expect_eq(th_rd(h, 0x4c04), 0);
	le_put(h->mem + TH_STD, 4, TH_BASE >> 32);
	le_put(h->mem + TH_STD + 4, 4, TH_BASE + TH_STDBUF);
	th_wr(h, 0x2454, (uint32_t)(TH_BASE + TH_STD)); /* read it again */
	works("after clearing");
}

Test(twin_rxstop, descriptors_cannot_be_read)
{
	th_wr(h, 0x2450, 0);
	th_rx(h, f.p, f.len);
	cr_expect_eq(th_rd(h, 0x4804), 8);
	cr_expect_eq(th_sb(h, 0, 0), 5);
	th_wr(h, 0x2450, (uint32_t)(TH_BASE >> 32));
	nothing("it stands");
	th_wr(h, 0x4804, 8);
	works("after clearing");
}

Test(twin_rxstop, return_ring_cannot_be_written)
{
	th_sram_wr(h, 0x200, 0);
	th_rx(h, f.p, f.len);
	cr_expect_eq(th_rd(h, 0x4c04), 8);
	cr_expect_eq(th_rd(h, 0x3c80), 0);
	cr_expect_eq(th_rd(h, 0x3c54), 0);
}

/* What a DMA callback may answer, the model's own errnos among them */
static const int errnos[] = {-EACCES,   -ECANCELED, -EAGAIN, -ENOBUFS,
			     -EMSGSIZE, -EIO,       -1};

Test(twin_rxstop, status_block_is_refused_with_any_errno)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(errnos); i++) {
		th_up(h, (struct th_conf){.vectors = 1});
		h->fail_write = true;
		h->fail_rc = errnos[i];
		th_wr(h, 0x3c00, 0x70e);
		cr_expect_leq(th_count(h, TH_WRITE), 2, "errno %d", errnos[i]);
		cr_expect_eq(th_rd(h, 0x4c04), 8, "errno %d", errnos[i]);
		cr_expect_neq(bcm_deadline(h->chip), 0);
		h->fail_write = false;
	}
}

Test(twin_rxstop, data_is_refused_with_any_errno)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(errnos); i++) {
		th_up(h, (struct th_conf){.vectors = 1});
		h->fail_read = true;
		h->fail_rc = errnos[i];
		th_rx(h, f.p, f.len);
		cr_expect_eq(th_rd(h, 0x4804), 8, "errno %d", errnos[i]);
		cr_expect_eq(th_sb(h, 0, 0), 5);
		cr_expect_eq(th_rd(h, 0x2254), 0);
		cr_expect_eq(th_rd(h, 0x224c), 0);
		h->fail_read = false;
	}
}

Test(twin_rxstop, status_block_cannot_be_written)
{
	th_wr(h, 0x3c38, 0x12345);
	th_forget(h);
	th_rx(h, f.p, f.len);
	cr_expect_eq(th_rd(h, 0x4c04), 8);
	cr_expect_eq(th_count(h, TH_IRQ), 0);
	cr_expect_leq(th_count(h, TH_WRITE), 4, "it is not tried for ever");
}
