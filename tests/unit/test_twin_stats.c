/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters of the software BCM5720, and what loopback does. */
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

TestSuite(twin_stats, .init = setup, .fini = teardown);

static const uint8_t *const dst[] = {
	tf_us,
	(const uint8_t *)"\x33\x33\0\0\0\x01",
	(const uint8_t *)"\xff\xff\xff\xff\xff\xff",
};

Test(twin_stats, sent_frames)
{
	for (unsigned int i = 0; i < 3; i++) {
		tf_eth(&f, 0x1234, 100);
		memcpy(f.p, dst[i], 6);
		for (unsigned int n = 0; n <= i; n++)
			th_tx(h, f.p, f.len, 0, 0);
	}
	cr_expect_eq(th_rd(h, 0x800), 6 * 104);
	for (unsigned int i = 0; i < 3; i++)
		cr_expect_eq(th_rd(h, 0x86c + 4 * i), i + 1);
	cr_expect_eq(th_rd(h, 0x808), 0, "no collisions");
}

Test(twin_stats, received_frames)
{
	th_wr(h, 0x468, 0x102);
	for (unsigned int i = 0; i < 3; i++) {
		tf_eth(&f, 0x1234, 100);
		memcpy(f.p, dst[i], 6);
		for (unsigned int n = 0; n <= i; n++)
			th_rx(h, f.p, f.len);
	}
	cr_expect_eq(th_rd(h, 0x880), 6 * 104);
	for (unsigned int i = 0; i < 3; i++)
		cr_expect_eq(th_rd(h, 0x88c + 4 * i), i + 1);
}

Test(twin_stats, each_segment_of_a_large_send_counts)
{
	tf_ip(&f, false, 6, 4344);
	th_tx(h, f.p, f.len, 0x300 | (40 & 0x10) | (40 & 0x3e0) << 5,
	      (1448u | (40 & 0xc) << 12) << 16);
	cr_expect_eq(th_rd(h, 0x86c), 3);
	cr_expect_eq(th_rd(h, 0x800), 3 * 1506);
}

Test(twin_stats, reading_clears)
{
	tf_eth(&f, 0x1234, 100);
	th_tx(h, f.p, f.len, 0, 0);
	cr_expect_eq(th_rd(h, 0x800), 104);
	cr_expect_eq(th_rd(h, 0x800), 0);
	th_wr(h, 0x86c, 77);
	cr_expect_eq(th_rd(h, 0x86c), 1, "writing does nothing");
}

Test(twin_stats, mac_mode_clears)
{
	tf_eth(&f, 0x1234, 100);
	th_tx(h, f.p, f.len, 0, 0);
	th_rx(h, f.p, f.len);
	th_wr(h, 0x400, 0x00e04808 | 0x8000);
	cr_expect_eq(th_rd(h, 0x800), 0);
	cr_expect_eq(th_rd(h, 0x880), 104);
	th_rx(h, f.p, f.len);
	th_wr(h, 0x400, 0x00e04808 | 0x1000);
	cr_expect_eq(th_rd(h, 0x880), 0);
	cr_expect_eq(th_rd(h, 0x88c), 0);
}

Test(twin_stats, frames_of_others_do_not_count)
{
	tf_eth(&f, 0x1234, 100);
	f.p[5] ^= 1;
	th_rx(h, f.p, f.len);
	cr_expect_eq(th_rd(h, 0x88c), 0);
	cr_expect_eq(th_rd(h, 0x880), 0);
}

/* ---- loopback --------------------------------------------------------- */

static void phy_write(uint32_t reg, uint32_t val)
{
	th_wr(h, 0x44c, 0x24000000 | 1 << 21 | reg << 16 | val);
}

static void looped(size_t len, uint32_t ring)
{
	unsigned int at = th_rd(h, 0x3c80);

	tf_eth(&f, 0, len);
	th_wr(h, 0x43c, (uint32_t)len + 4);
	th_forget(h);
	th_tx(h, f.p, f.len, len > 1518 ? 8 : 0, 0);
	cr_expect_eq(h->nframes, 0, "nothing leaves");
	cr_assert_eq(th_ret_prod(h, 0, false), at + 1);
	cr_expect_eq(th_ret(h, 0, at, 2) & 0xffff, len + 4);
	cr_expect_eq(th_ret(h, 0, at, 7) & 0xf0000, ring);
	cr_expect_eq(memcmp(th_buf(h, 0, at), f.p, len), 0);
}

Test(twin_stats, phy_loopback_of_the_self_test)
{
	th_up(h, (struct th_conf){.vectors = 1, .mtu = 9000});
	phy_write(0, 0x4140);
	cr_expect_eq(th_rd(h, 0x460) & 8, 8, "link for the MAC");
	looped(1514, 0x10000);
	looped(9014, 0x20000);
	phy_write(0, 0x1340);
	th_later(h, 1000000000);
	th_forget(h);
	tf_eth(&f, 0, 60);
	th_tx(h, f.p, 60, 0, 0);
	cr_expect_eq(h->nframes, 1, "the wire again");
}

Test(twin_stats, phy_loopback_of_a_large_send)
{
	phy_write(0, 0x4140);
	tf_ip(&f, false, 6, 1456);
	th_wr(h, 0x43c, (uint32_t)f.len + 4);
	th_tx(h, f.p, f.len, 0x300 | (40 & 0x10) | (40 & 0x3e0) << 5,
	      (500u | (40 & 0xc) << 12) << 16);
	cr_expect_eq(th_ret_prod(h, 0, false), 3);
	for (unsigned int i = 0; i < 3; i++) {
		cr_expect_eq(th_ret(h, 0, i, 3) & 0x2000, 0x2000);
		cr_expect_eq(th_ret(h, 0, i, 4) & 0xffff, 0xffff);
		cr_expect_eq(memcmp(th_buf(h, 0, i) + 54, f.p + 54 + 500 * i,
				    i < 2 ? 500 : 456),
			     0);
	}
}

Test(twin_stats, the_wire_is_cut_off_in_loopback)
{
	phy_write(0, 0x4140);
	tf_eth(&f, 0x1234, 60);
	th_rx(h, f.p, 60);
	cr_expect_eq(th_rd(h, 0x3c80), 0);
}

Test(twin_stats, loopback_fills_the_return_ring_and_stops_there)
{
	th_wr(h, 0x400, 0x00e04818);
	th_sram_wr(h, 0x208, 8u << 16);
	tf_eth(&f, 0x1234, 60);
	for (unsigned int i = 0; i < 20; i++)
		th_tx(h, f.p, 60, 0, 0);
	cr_expect_eq(th_rd(h, 0x3c80), 7);
	cr_expect_eq(th_tx_cons(h, 0), 20);
	cr_expect_eq(th_rd(h, 0x224c), 13);
}
