/* SPDX-License-Identifier: BSD-2-Clause */
/* Receive rings of the software BCM5720. */
#include <criterion/criterion.h>

#include "tests/unit/twin_frames.h"
#include "tests/unit/twin_host.h"

static struct th *h;
static struct tf f;

enum { LEN = 2, FLAGS, CSUM, TAG, OPAQUE = 7 };

static void setup(void)
{
	h = th_new();
	th_up(h, (struct th_conf){.vectors = 1});
}

static void teardown(void)
{
	th_free(h);
}

TestSuite(twin_rx, .init = setup, .fini = teardown);

static uint32_t ret(unsigned int index, unsigned int i)
{
	return th_ret(h, 0, index, i);
}

/* Return BD @index holds @p, padded, with FCS, from ring @opaque */
static void arrived(unsigned int index, const uint8_t *p, size_t len,
		    uint32_t opaque)
{
	const uint8_t *b = th_buf(h, 0, index);
	size_t want = len < 60 ? 60 : len;

	cr_assert_eq(ret(index, OPAQUE), opaque, "opaque %x",
		     ret(index, OPAQUE));
	cr_expect_eq(ret(index, LEN) & 0xffff, want + 4);
	cr_expect_eq(ret(index, LEN) >> 16, opaque & 0xffff);
	cr_expect_eq(memcmp(b, p, len), 0);
	cr_expect_eq(le_get(b + want, 4), tf_fcs(b, want), "FCS");
	cr_expect_eq(ret(index, TAG) >> 16, 0, "no error");
}

Test(twin_rx, a_frame_with_its_fcs)
{
	tf_eth(&f, 0x1234, 1514);
	th_rx(h, f.p, f.len);
	cr_assert_eq(th_ret_prod(h, 0, false), 1);
	arrived(0, f.p, f.len, 0x10000);
	cr_expect_eq(ret(0, FLAGS) & 0xffff, 4);
	cr_expect_eq(th_sb(h, 0, 2) >> 16, 1, "standard consumer");
	cr_expect_eq(th_irqs(h, 0), 1);
}

Test(twin_rx, data_then_descriptor_then_status_then_interrupt)
{
	static const uint64_t order[] = {TH_STDBUF, TH_RET, TH_SB};
	unsigned int n = 0;

	tf_eth(&f, 0x1234, 200);
	th_rx(h, f.p, f.len);
	for (unsigned int i = 0; i < h->nlog; i++) {
		if (h->log[i].kind == TH_WRITE)
			cr_expect_eq(h->log[i].iova, order[n++]);
		if (h->log[i].kind == TH_IRQ)
			cr_expect_eq(n, 3);
	}
	cr_expect_eq(n, 3);
}

Test(twin_rx, short_frames_are_padded)
{
	tf_eth(&f, 0x1234, 14);
	th_rx(h, f.p, 14);
	arrived(0, f.p, 14, 0x10000);
	for (unsigned int i = 14; i < 60; i++)
		cr_expect_eq(th_buf(h, 0, 0)[i], 0);
}

Test(twin_rx, fcs_of_every_length)
{
	unsigned int n = 0;

	th_up(h, (struct th_conf){.vectors = 1, .mtu = 9000});
	for (size_t len = 60; len < 9014; len += len < 200 ? 1 : 97) {
		tf_eth(&f, 0x1234, len);
		th_rx(h, f.p, len);
		cr_assert_eq(th_rd(h, 0x3c80), n + 1);
		cr_expect_eq(le_get(th_buf(h, 0, n) + len, 4), tf_fcs(f.p, len),
			     "%zu bytes", len);
		n++;
		th_post_std(h, 1);
		th_post_jmb(h, 1);
	}
}

Test(twin_rx, descriptors_are_fetched_ahead)
{
	tf_eth(&f, 0x1234, 60);
	for (unsigned int i = 0; i < 64; i++)
		th_rx(h, f.p, f.len);
	cr_expect_eq(th_ret_prod(h, 0, false), 64);
	cr_expect_leq(th_count(h, TH_READ), 4);
}

Test(twin_rx, rings_wrap_many_times)
{
	for (unsigned int i = 0; i < 9000; i++) {
		tf_eth(&f, 0x1234, 60 + i % 50);
		th_rx(h, f.p, f.len);
		arrived(i % 4096, f.p, f.len, 0x10000 | i % 2048);
		th_wr_quiet(h, 0x284, (i + 1) % 4096);
		th_post_std(h, 1);
		th_forget(h);
	}
}

Test(twin_rx, no_descriptor_counts_and_drops)
{
	tf_eth(&f, 0x1234, 60);
	for (unsigned int i = 0; i < TH_STD_POSTED; i++) {
		cr_assert(bcm_rx_room(h->chip, 0, 60));
		th_rx(h, f.p, f.len);
	}
	cr_expect_not(bcm_rx_room(h->chip, 0, 60));
	th_forget(h);
	th_rx(h, f.p, f.len);
	cr_expect_eq(th_count(h, TH_WRITE), 0);
	cr_expect_eq(th_rd(h, 0x224c), 1);
	cr_expect_eq(th_rd(h, 0x224c), 0, "clears when read");
	cr_expect_eq(th_rd(h, 0x3c48), 0x40, "out of buffers");
	th_wr(h, 0x3c48, 0x40);
	cr_expect_eq(th_rd(h, 0x3c48), 0);
	th_post_std(h, 1);
	cr_expect(bcm_rx_room(h->chip, 0, 60));
	th_rx(h, f.p, f.len);
	arrived(TH_STD_POSTED, f.p, f.len, 0x10000 | TH_STD_POSTED);
}

Test(twin_rx, return_ring_full_counts_and_drops)
{
	th_sram_wr(h, 0x208, 8u << 16);
	tf_eth(&f, 0x1234, 60);
	for (unsigned int i = 0; i < 7; i++)
		th_rx(h, f.p, f.len);
	cr_expect_eq(th_ret_prod(h, 0, false), 7);
	cr_expect_not(bcm_rx_room(h->chip, 0, 60));
	th_rx(h, f.p, f.len);
	cr_expect_eq(th_ret_prod(h, 0, false), 7);
	cr_expect_eq(th_rd(h, 0x224c), 1);
	th_wr(h, 0x284, 3);
	cr_expect(bcm_rx_room(h->chip, 0, 60));
	th_rx(h, f.p, f.len);
	cr_expect_eq(th_ret_prod(h, 0, false), 0, "around the end");
}

Test(twin_rx, return_ring_of_size_0_or_disabled)
{
	tf_eth(&f, 0x1234, 60);
	th_sram_wr(h, 0x208, 0);
	th_rx(h, f.p, f.len);
	th_sram_wr(h, 0x208, 4096u << 16 | 2);
	th_rx(h, f.p, f.len);
	cr_expect_eq(th_count(h, TH_WRITE), 0);
	cr_expect(bcm_rx_room(h->chip, 0, 60));
}

Test(twin_rx, return_ring_that_shrinks_below_its_producer)
{
	tf_eth(&f, 0x1234, 60);
	for (unsigned int i = 0; i < 20; i++)
		th_rx(h, f.p, f.len);
	th_sram_wr(h, 0x208, 16u << 16);
	th_forget(h);
	th_rx(h, f.p, f.len);
	cr_expect_eq(th_count(h, TH_WRITE), 0);
}

Test(twin_rx, producer_ring_that_shrinks_below_its_consumer)
{
	tf_eth(&f, 0x1234, 60);
	for (unsigned int i = 0; i < 20; i++)
		th_rx(h, f.p, f.len);
	th_wr(h, 0x2458, 16u << 16 | 1536 << 2);
	th_forget(h);
	th_rx(h, f.p, f.len);
	cr_expect_eq(th_count(h, TH_WRITE), 0);
	th_wr(h, 0x2458, 0u << 16 | 1536 << 2);
	th_rx(h, f.p, f.len);
	cr_expect_eq(th_count(h, TH_WRITE), 0);
}

Test(twin_rx, a_ring_that_moves_is_read_again)
{
	tf_eth(&f, 0x1234, 60);
	th_rx(h, f.p, f.len);
	memmove(h->mem + TH_STD + 0x700000, h->mem + TH_STD, 32 * 64);
	le_put(h->mem + TH_STD + 0x700000 + 32 + 28, 4, 0x10777);
	th_wr(h, 0x2454, (uint32_t)(TH_BASE + TH_STD + 0x700000));
	th_rx(h, f.p, f.len);
	cr_expect_eq(ret(1, OPAQUE), 0x10777);
}

Test(twin_rx, buffer_shorter_than_the_frame)
{
	tf_eth(&f, 0x1234, 600);
	le_put(h->mem + TH_STD + 8, 2, 603);
	th_rx(h, f.p, f.len);
	cr_expect_eq(th_count(h, TH_WRITE), 0);
	cr_expect_eq(th_rd(h, 0x2254), 1);
	cr_expect_eq(th_rd(h, 0x3c54), 0, "the buffer stays");
	tf_eth(&f, 0x1234, 599);
	th_rx(h, f.p, f.len);
	arrived(0, f.p, f.len, 0x10000);
}

/* ---- jumbo ------------------------------------------------------------ */

Test(twin_rx, jumbo_frames_go_to_their_ring)
{
	th_up(h, (struct th_conf){.vectors = 1, .mtu = 9000});
	tf_eth(&f, 0x1234, 1532);
	th_rx(h, f.p, f.len);
	arrived(0, f.p, f.len, 0x10000);
	tf_eth(&f, 0x1234, 1533);
	th_rx(h, f.p, f.len);
	arrived(1, f.p, f.len, 0x20000);
	cr_expect_eq(ret(1, FLAGS) & 0xffff, 0x24);
	tf_eth(&f, 0x1234, 9018);
	th_rx(h, f.p, f.len);
	arrived(2, f.p, f.len, 0x20001);
	cr_expect_eq(th_sb(h, 0, 2), 1 << 16 | 2, "both consumers");
}

Test(twin_rx, jumbo_ring_wraps)
{
	th_up(h, (struct th_conf){.vectors = 1, .mtu = 9000});
	tf_eth(&f, 0x1234, 2000);
	for (unsigned int i = 0; i < 2500; i++) {
		th_rx(h, f.p, f.len);
		arrived(i, f.p, f.len, 0x20000 | i % 1024);
		th_post_jmb(h, 1);
		th_forget(h);
	}
}

Test(twin_rx, jumbo_ring_without_descriptor)
{
	th_up(h, (struct th_conf){.vectors = 1, .mtu = 9000});
	tf_eth(&f, 0x1234, 2000);
	for (unsigned int i = 0; i < TH_JMB_POSTED; i++)
		th_rx(h, f.p, f.len);
	cr_expect_not(bcm_rx_room(h->chip, 0, 2000));
	cr_expect(bcm_rx_room(h->chip, 0, 1500));
	th_rx(h, f.p, f.len);
	cr_expect_eq(th_rd(h, 0x224c), 1);
}

Test(twin_rx, jumbo_frame_without_jumbo_ring)
{
	th_wr(h, 0x43c, 9022);
	tf_eth(&f, 0x1234, 2000);
	cr_expect(bcm_rx_room(h->chip, 0, 2000), "no use to wait");
	th_rx(h, f.p, f.len);
	cr_expect_eq(th_rd(h, 0x224c), 1);
	cr_expect_eq(th_ret_prod(h, 0, false), 0);
}

Test(twin_rx, extended_descriptor_with_four_buffers)
{
	uint8_t *bd = h->mem + TH_JMB;

	th_up(h, (struct th_conf){.vectors = 1, .mtu = 9000});
	tf_eth(&f, 0x1234, 4000);
	le_put(bd + 32 + 8, 2, 1000);
	for (uint32_t i = 0; i < 3; i++) {
		le_put(bd + 8 * i, 4, TH_BASE >> 32);
		le_put(bd + 8 * i + 4, 4, TH_BASE + 0x500000 + 0x1000 * i);
	}
	le_put(bd + 24, 4, 1002u << 16 | 1001); /* third, second */
	le_put(bd + 28, 4, 1001);
	th_rx(h, f.p, f.len);
	cr_assert_eq(ret(0, OPAQUE), 0x20000);
	cr_expect_eq(memcmp(h->mem + TH_JMBBUF, f.p, 1000), 0);
	cr_expect_eq(memcmp(h->mem + 0x500000, f.p + 1000, 1001), 0);
	cr_expect_eq(memcmp(h->mem + 0x501000, f.p + 2001, 1002), 0);
	cr_expect_eq(memcmp(h->mem + 0x502000, f.p + 3003, 997), 0);
	cr_expect_eq(le_get(h->mem + 0x502000 + 997, 4), tf_fcs(f.p, 4000));
}

/* ---- lengths, tags ---------------------------------------------------- */

Test(twin_rx, frames_beyond_the_limit_are_too_long)
{
	tf_eth(&f, 0x1234, 1519);
	th_rx(h, f.p, 1519);
	th_rx(h, f.p, 9601);
	cr_expect_eq(th_ret_prod(h, 0, false), 0);
	cr_expect_eq(th_rd(h, 0x8b0), 2);
	th_wr(h, 0x468, th_rd(h, 0x468) | 0x20); /* take them all */
	th_rx(h, f.p, 1519);
	cr_expect_eq(th_ret_prod(h, 0, false), 1);
}

Test(twin_rx, frames_of_less_than_a_header_are_undersize)
{
	tf_eth(&f, 0x1234, 60);
	th_rx(h, f.p, 13);
	th_rx(h, f.p, 0);
	cr_expect_eq(th_rd(h, 0x8b8), 2);
	cr_expect_eq(th_ret_prod(h, 0, false), 0);
}

Test(twin_rx, vlan_tag_is_stripped)
{
	static struct tf tagged;

	tf_eth(&f, 0x1234, 1514);
	tagged = f;
	tf_vlan(&tagged, 0x6007);
	th_rx(h, tagged.p, tagged.len);
	arrived(0, f.p, f.len, 0x10000);
	cr_expect_eq(ret(0, TAG), 0x6007);
	cr_expect_eq(ret(0, FLAGS) & 0xffff, 0x44);
	tf_eth(&f, 0x1234, 60);
	th_rx(h, f.p, f.len);
	cr_expect_eq(ret(1, TAG), 0, "not left over");
}

Test(twin_rx, vlan_tag_stays_if_so_set)
{
	th_wr(h, 0x468, 0x01000402);
	tf_ip(&f, false, 6, 100);
	tf_vlan(&f, 0x6007);
	th_rx(h, f.p, f.len);
	arrived(0, f.p, f.len, 0x10000);
	cr_expect_eq(ret(0, FLAGS) & 0xffff, 0x7004, "checked all the same");
	cr_expect_eq(ret(0, CSUM), 0xffffffff);
}

Test(twin_rx, tag_that_is_cut_off)
{
	tf_eth(&f, 0x8100, 60);
	th_rx(h, f.p, 16);
	cr_expect_eq(th_ret_prod(h, 0, false), 1);
	cr_expect_eq(ret(0, FLAGS) & 0x40, 0);
}

/* ---- checksums -------------------------------------------------------- */

static void checked(uint32_t flags, bool good)
{
	unsigned int i = th_ret_prod(h, 0, false);

	th_rx(h, f.p, f.len);
	cr_assert_eq(th_ret_prod(h, 0, false), i + 1);
	cr_expect_eq(ret(i, FLAGS) & 0x7000, flags, "flags %x", ret(i, FLAGS));
	if (flags & 0x2000)
		cr_expect_eq((ret(i, CSUM) & 0xffff) == 0xffff, good);
}

Test(twin_rx, checksums_are_checked)
{
	for (size_t data = 0; data < 8; data++) {
		tf_ip(&f, false, 6, data);
		checked(0x7000, true);
		f.p[f.l4 + 3] ^= 1;
		checked(0x7000, false);
		tf_ip(&f, true, 6, data);
		checked(0x6000, true);
		f.p[f.l4 + 3] ^= 1;
		checked(0x6000, false);
		tf_ip(&f, false, 17, data);
		checked(0x3000, true);
		tf_ip(&f, true, 17, data);
		checked(0x2000, true);
		f.p[f.l4] ^= 0x80;
		checked(0x2000, false);
	}
}

Test(twin_rx, no_checksum_to_check)
{
	tf_ip(&f, false, 17, 30);
	tf_be16(f.p + f.l4 + 6, 0);
	checked(0x1000, true);
	tf_ip(&f, false, 1, 30);
	checked(0x1000, true);
	tf_ip(&f, false, 17, 30);
	tf_be16(f.p + 20, 0x0010); /* a later fragment */
	checked(0x1000, true);
	tf_eth(&f, 0x0806, 60);
	checked(0, true);
	tf_ip(&f, false, 6, 30);
	tf_be16(f.p + 16, 39); /* half a TCP header */
	checked(0x1000, true);
	th_wr(h, 0x468, 2); /* IPv6 off */
	tf_ip(&f, true, 6, 30);
	checked(0, true);
}

Test(twin_rx, wrong_ip_header_checksum_is_told)
{
	tf_ip(&f, false, 17, 30);
	th_rx(h, f.p, f.len);
	cr_expect_eq(ret(0, CSUM) >> 16, 0xffff);
	f.p[22]--;
	th_rx(h, f.p, f.len);
	cr_expect_neq(ret(1, CSUM) >> 16, 0xffff);
}
