/* SPDX-License-Identifier: BSD-2-Clause */
/* Which frames the software BCM5720 takes, and to which ring they go. */
#include <criterion/criterion.h>
#include <stdlib.h>

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

TestSuite(twin_filter, .init = setup, .fini = teardown);

static bool takes(const uint8_t *dst)
{
	unsigned int before = th_rd(h, 0x3c80);

	tf_eth(&f, 0x1234, 60);
	memcpy(f.p, dst, 6);
	th_rx(h, f.p, f.len);
	return th_rd(h, 0x3c80) != before;
}

Test(twin_filter, our_address_and_nothing_near_it)
{
	uint8_t a[6];

	cr_expect(takes(tf_us));
	for (unsigned int bit = 0; bit < 48; bit++) {
		memcpy(a, tf_us, 6);
		a[bit / 8] ^= (uint8_t)(1 << bit % 8);
		cr_expect_not(takes(a), "bit %u", bit);
	}
}

Test(twin_filter, four_addresses)
{
	static const uint8_t a[4][6] = {{0x34, 0x17, 0xeb, 0xf0, 0xdc, 0xe3},
					{2, 0, 0, 0, 0, 1},
					{2, 0, 0, 0, 0, 2},
					{2, 1, 2, 3, 4, 5}};

	th_wr(h, 0x418, 0x0200);
	th_wr(h, 0x41c, 0x00000001);
	th_wr(h, 0x420, 0x0200);
	th_wr(h, 0x424, 0x00000002);
	th_wr(h, 0x428, 0xffff0201); /* only 16 bits count */
	th_wr(h, 0x42c, 0x02030405);
	for (unsigned int i = 0; i < 4; i++)
		cr_expect(takes(a[i]), "address %u", i);
}

Test(twin_filter, broadcast_always)
{
	cr_expect(takes((const uint8_t *)"\xff\xff\xff\xff\xff\xff"));
	cr_expect_not(takes((const uint8_t *)"\xff\xff\xff\xff\xff\xfe"));
}

Test(twin_filter, promiscuous)
{
	th_wr(h, 0x468, 0x102);
	cr_expect(takes((const uint8_t *)"\x02\x99\0\0\0\0"));
	cr_expect(takes((const uint8_t *)"\x03\x99\0\0\0\0"));
}

/* The bit as a driver computes it, from the inverted CRC */
static unsigned int hash_bit(const uint8_t *a)
{
	return ~tf_fcs(a, 6) & 0x7f;
}

Test(twin_filter, multicast_by_hash)
{
	uint8_t a[6] = {0x33, 0x33, 0, 0, 0, 0};
	unsigned int bit;

	for (unsigned int i = 0; i < 300; i++) {
		a[5] = (uint8_t)i;
		a[4] = (uint8_t)(i >> 8);
		cr_expect_not(takes(a));
		bit = hash_bit(a);
		th_wr(h, 0x470 + 4 * (bit >> 5), 1u << (bit & 31));
		cr_expect(takes(a), "%u", i);
		th_wr(h, 0x470 + 4 * (bit >> 5), ~(1u << (bit & 31)));
		cr_expect_not(takes(a), "%u", i);
		for (unsigned int r = 0; r < 4; r++)
			th_wr(h, 0x470 + 4 * r, 0);
		th_wr(h, 0x284, th_rd(h, 0x3c80));
		th_post_std(h, 1);
	}
}

Test(twin_filter, pause_frames_end_in_the_mac)
{
	tf_eth(&f, 0x8808, 60);
	memcpy(f.p, "\x01\x80\xc2\0\0\x01", 6);
	th_wr(h, 0x468, 0x102);
	tf_be16(f.p + 14, 1);
	tf_be16(f.p + 16, 0xffff);
	th_rx(h, f.p, f.len);
	tf_be16(f.p + 16, 0);
	th_rx(h, f.p, f.len);
	cr_expect_eq(th_rd(h, 0x3c80), 0);
	cr_expect_eq(th_rd(h, 0x8a4), 1, "XOFF");
	cr_expect_eq(th_rd(h, 0x8a0), 1, "XON");
	cr_expect_eq(th_rd(h, 0x8a8), 2);
	th_wr(h, 0x468, 0x112);
	th_rx(h, f.p, f.len);
	cr_expect_eq(th_rd(h, 0x3c80), 1, "kept");
	tf_be16(f.p + 14, 2);
	th_rx(h, f.p, f.len);
	cr_expect_eq(th_rd(h, 0x3c80), 1, "another control frame is not");
}

/* ---- RSS -------------------------------------------------------------- */

/* Bit by bit: the key moves left by one for each bit of the data */
static uint32_t toeplitz(const uint8_t *key, const uint8_t *p, size_t len)
{
	uint32_t hash = 0;

	for (size_t i = 0; i < len * 8; i++)
		for (unsigned int b = 0; b < 32; b++)
			if (p[i / 8] & 0x80 >> i % 8 &&
			    key[(i + b) / 8] & 0x80 >> (i + b) % 8)
				hash ^= 0x80000000u >> b;
	return hash;
}

/* The published key and values of the hash's inventor (Microsoft) */
static const uint8_t ms_key[48] = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e,
				   0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
				   0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae,
				   0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
				   0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7,
				   0x3b, 0xbe, 0xac, 0x01, 0xfa};

static void rss(unsigned int vectors)
{
	th_up(h, (struct th_conf){.vectors = vectors, .irq = BCM_IRQ_MSIX});
	for (uint32_t i = 0; i < 10; i++)
		th_wr(h, 0x670 + 4 * i, tf_get32(ms_key + 4 * i));
}

/* Which return ring the frame went to; 9: none */
static unsigned int ring_of(void)
{
	uint32_t before[4];

	for (unsigned int q = 0; q < 4; q++)
		before[q] = th_rd(h, 0x3c80 + 4 * q);
	th_rx(h, f.p, f.len);
	for (unsigned int q = 0; q < 4; q++)
		if (th_rd(h, 0x3c80 + 4 * q) != before[q])
			return q;
	return 9;
}

Test(twin_filter, rss_known_hashes)
{
	/* 161.142.100.80:1766 <- 66.9.149.187:2794 is 51ccc178, 323e8fc2 */
	static const struct {
		uint8_t proto;
		uint32_t hash;
	} row[] = {{6, 0x51ccc178}, {17, 0x323e8fc2}};

	rss(5);
	for (unsigned int i = 0; i < 2; i++) {
		tf_ip(&f, false, row[i].proto, 20);
		memcpy(f.p + 26, "\x42\x09\x95\xbb\xa1\x8e\x64\x50", 8);
		tf_be16(f.p + 34, 2794);
		tf_be16(f.p + 36, 1766);
		for (uint32_t r = 0; r < 16; r++)
			th_wr(h, 0x630 + 4 * r, 0);
		cr_expect_eq(ring_of(), 0);
		th_wr(h, 0x630 + 4 * ((row[i].hash & 127) / 8),
		      3u << (28 - 4 * (row[i].hash % 8)));
		cr_expect_eq(ring_of(), 3, "protocol %u", row[i].proto);
	}
}

Test(twin_filter, rss_by_address_and_port)
{
	uint8_t tuple[36];
	unsigned int used[4] = {0};
	unsigned int want;

	rss(5);
	for (unsigned int i = 0; i < 300; i++) {
		tf_ip(&f, i & 1, 6, 20);
		tf_be16(f.p + f.l4, 1024 + 37 * i);
		f.p[f.l4 - 1] = (uint8_t)i;
		memcpy(tuple, f.p + (i & 1 ? 22 : 26), i & 1 ? 32 : 8);
		memcpy(tuple + (i & 1 ? 32 : 8), f.p + f.l4, 4);
		want = (toeplitz(ms_key, tuple, i & 1 ? 36 : 12) & 127) % 4;
		cr_expect_eq(ring_of(), want);
		used[want]++;
		th_wr(h, 0x284 + 8 * want, th_rd(h, 0x3c80 + 4 * want));
		th_post_std(h, 1);
	}
	for (unsigned int q = 0; q < 4; q++)
		cr_expect_gt(used[q], 30, "ring %u: %u of 300", q, used[q]);
}

Test(twin_filter, rss_each_ring_has_its_vector_and_place)
{
	unsigned int q;

	rss(5);
	for (unsigned int i = 0; i < 40; i++) {
		tf_ip(&f, false, 6, 20);
		tf_be16(f.p + f.l4, 999 * i);
		th_forget(h);
		q = ring_of();
		cr_assert_lt(q, 4);
		cr_expect_eq(th_ret_prod(h, q, true), th_rd(h, 0x3c80 + 4 * q));
		cr_expect_eq(th_irqs(h, q + 1), 1, "ring %u", q);
		cr_expect_eq(th_count(h, TH_IRQ), 1);
		th_wr(h, 0x204 + 8 * (q + 1), th_sb(h, q + 1, 1) << 24);
	}
	cr_expect_eq(th_sb(h, 0, 4), 0, "vector 0 tells of none");
}

Test(twin_filter, rss_not_for_what_is_not_ip)
{
	rss(5);
	for (uint32_t r = 0; r < 16; r++)
		th_wr(h, 0x630 + 4 * r, 0x33333333);
	tf_eth(&f, 0x0806, 60);
	cr_expect_eq(ring_of(), 0);
	tf_ip(&f, false, 6, 20);
	cr_expect_eq(ring_of(), 3);
	tf_be16(f.p + 16, 4000);
	cr_expect_eq(ring_of(), 0, "a lying length is not IP");
}

Test(twin_filter, rss_by_types_that_are_enabled)
{
	uint8_t tuple[12];

	rss(5);
	th_wr(h, 0x468, 0x00f10002); /* IPv4 addresses only */
	tf_ip(&f, false, 6, 20);
	memcpy(tuple, f.p + 26, 8);
	cr_expect_eq(ring_of(), (toeplitz(ms_key, tuple, 8) & 127) % 4);
	th_wr(h, 0x468, 0x00f00002); /* none */
	for (uint32_t r = 0; r < 16; r++)
		th_wr(h, 0x630 + 4 * r, 0x33333333);
	cr_expect_eq(ring_of(), 0);
}

Test(twin_filter, rss_table_entry_beyond_the_rings)
{
	rss(3);
	for (uint32_t r = 0; r < 16; r++)
		th_wr(h, 0x630 + 4 * r, 0xffffffff);
	tf_ip(&f, false, 6, 20);
	cr_expect_eq(ring_of(), 9, "ring 3 is disabled: dropped");
	cr_expect_eq(th_rd(h, 0x224c), 1);
}
