/* SPDX-License-Identifier: BSD-2-Clause */
/* What the software BCM5720 computes when it sends: checksums, large sends. */
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

TestSuite(twin_offload, .init = setup, .fini = teardown);

/* As a stack does for hardware: only the pseudo-header's sum */
static void seed(struct tf *g, uint8_t proto)
{
	size_t l4_len = g->len - g->l4;

	tf_be16(g->p + g->l4 + (proto == 6 ? 16 : 6), tf_pseudo(g, l4_len));
}

static void checksum_comes_back(bool v6, uint8_t proto, size_t data)
{
	static struct tf want;

	tf_ip(&f, v6, proto, data);
	want = f;
	seed(&f, proto);
	th_forget(h);
	th_tx(h, f.p, f.len, 1, 0);
	cr_assert_eq(h->nframes, 1);
	cr_expect_eq(memcmp(h->frame[0].p, want.p, f.len), 0,
		     "IPv%d protocol %u, %zu bytes", v6 ? 6 : 4, proto, data);
}

Test(twin_offload, checksums_of_tcp_and_udp)
{
	for (size_t data = 0; data < 200; data++) {
		checksum_comes_back(false, 6, data);
		checksum_comes_back(false, 17, data);
		checksum_comes_back(true, 6, data);
		checksum_comes_back(true, 17, data);
	}
	checksum_comes_back(false, 6, 8900);
	checksum_comes_back(true, 17, 1459);
}

Test(twin_offload, udp_checksum_0_is_sent_as_ffff)
{
	uint32_t sum;

	tf_ip(&f, false, 17, 2);
	tf_be16(f.p + f.l4 + 8, 0);
	tf_be16(f.p + f.l4 + 6, 0);
	sum = tf_check(&f);
	tf_be16(f.p + f.l4 + 8, ~sum & 0xffff); /* now all sums up to ffff */
	seed(&f, 17);
	th_tx(h, f.p, f.len, 1, 0);
	cr_expect_eq(tf_get16(h->frame[0].p + f.l4 + 6), 0xffff);
}

Test(twin_offload, header_checksum_of_ipv4)
{
	static struct tf want;

	tf_ip(&f, false, 17, 100);
	want = f;
	tf_be16(f.p + 24, 0xdead);
	th_tx(h, f.p, f.len, 2, 0);
	cr_expect_eq(memcmp(h->frame[0].p, want.p, f.len), 0);
}

Test(twin_offload, checksum_with_vlan_tag_and_padding)
{
	static struct tf want;

	tf_ip(&f, false, 17, 1);
	want = f;
	tf_vlan(&want, 7);
	seed(&f, 17);
	th_tx(h, f.p, f.len, 0x41, 7);
	cr_assert_eq(h->frame[0].len, 60);
	cr_expect_eq(memcmp(h->frame[0].p, want.p, want.len), 0);
}

Test(twin_offload, checksum_behind_ipv6_extension_headers)
{
	static struct tf want;

	tf_ip(&f, true, 17, 92);
	memmove(f.p + 14 + 48, f.p + 14 + 40, f.len - 54);
	f.p[14 + 6] = 0;                         /* hop by hop */
	memcpy(f.p + 54, "\x11\0\1\4\0\0\0", 8); /* then UDP; padding */
	f.len += 8;
	f.l4 += 8;
	tf_be16(f.p + 18, tf_get16(f.p + 18) + 8);
	want = f;
	/* The pseudo-header knows of neither the extension nor its length. */
	f.p[20] = 17;
	seed(&f, 17);
	f.p[20] = 0;
	th_tx(h, f.p, f.len, 1, 0);
	cr_expect_eq(memcmp(h->frame[0].p, want.p, f.len), 0);
}

/* Frames whose headers lie leave as they came. */
static void untouched(const char *what)
{
	th_forget(h);
	th_tx(h, f.p, f.len, 3, 0);
	cr_assert_eq(h->nframes, 1, "%s", what);
	cr_expect_eq(memcmp(h->frame[0].p, f.p, f.len), 0, "%s", what);
}

Test(twin_offload, lying_headers_are_sent_as_they_are)
{
	tf_eth(&f, 0x1234, 100);
	untouched("not IP");
	tf_eth(&f, 0x0800, 60);
	f.p[14] = 0x45;
	tf_be16(f.p + 16, 1000);
	untouched("IPv4 longer than the frame");
	tf_ip(&f, false, 6, 100);
	f.p[14] = 0x44;
	untouched("IPv4 header of 16 bytes");
	f.p[14] = 0x4f;
	tf_be16(f.p + 16, 40);
	untouched("IPv4 shorter than its header");
	tf_ip(&f, true, 6, 100);
	tf_be16(f.p + 18, 121);
	untouched("IPv6 longer than the frame");
	f.p[14] = 0x40;
	untouched("wrong version");
	tf_eth(&f, 0x86dd, 60);
	f.p[14] = 0x60;
	tf_be16(f.p + 18, 6);
	f.p[20] = 0;
	f.p[55] = 255;
	untouched("extension header longer than the packet");
	tf_eth(&f, 0x8100, 60);
	f.len = 17;
	f.p[16] = 8;
	th_forget(h);
	th_tx(h, f.p, 17, 3, 0);
	cr_expect_eq(h->nframes, 1, "a tag and half a type");
}

Test(twin_offload, fragments_keep_their_checksum)
{
	tf_ip(&f, false, 17, 100);
	tf_be16(f.p + 20, 0x2000);
	tf_be16(f.p + 24, 0);
	tf_be16(f.p + 24, ~tf_sum(0, f.p + 14, 20) & 0xffff);
	untouched("a fragment");
}

/* ---- large sends ------------------------------------------------------ */

/* BD flags and mss field that say so; @hdr without Ethernet */
static void tso(uint32_t mss, uint32_t hdr, uint32_t extra, uint32_t vlan)
{
	uint32_t flags = 0x300 | (hdr & 0x10) | (hdr & 0x3e0) << 5 | extra;
	uint32_t field = mss | (hdr & 0xc) << 12;
	uint32_t done = 0, part;

	while (done < f.len) {
		part = f.len - done < 32768 ? (uint32_t)f.len - done : 32768;
		th_bd(h, 0, th_put(h, f.p + done, part),
		      part << 16 | flags | (done + part == f.len ? 4 : 0),
		      field << 16 | vlan);
		done += part;
	}
	th_kick(h, 0);
}

/* What a driver does before: lengths of one segment, no checksums */
static void prepare(uint32_t mss)
{
	if (!f.v6) {
		tf_be16(f.p + f.l3 + 2, mss + (uint32_t)(f.l4 - f.l3) +
						(f.p[f.l4 + 12] >> 4) * 4u);
		tf_be16(f.p + f.l3 + 10, 0);
	}
	tf_be16(f.p + f.l4 + 16, 0);
}

/* Segment @i of @n: everything about it, with @data bytes from @at */
static void segment(unsigned int i, unsigned int n, size_t at, size_t data,
		    const struct tf *g)
{
	size_t hdr = g->l4 + (g->p[g->l4 + 12] >> 4) * 4u;
	const uint8_t *p = h->frame[i].p;
	size_t len = h->frame[i].len;
	uint8_t flags = g->p[g->l4 + 13];

	cr_assert_eq(len, hdr + data < 60 ? 60 : hdr + data, "segment %u", i);
	cr_expect_eq(memcmp(p, g->p, g->l3), 0, "Ethernet header");
	cr_expect_eq(memcmp(p + hdr, g->p + hdr + at, data), 0, "payload");
	cr_expect_eq(tf_get32(p + g->l4 + 4),
		     tf_get32(g->p + g->l4 + 4) + (uint32_t)at, "seq");
	flags = (uint8_t)(flags & (i + 1 < n ? 0xf6 : 0xff));
	flags = (uint8_t)(flags & (i ? 0x7f : 0xff));
	cr_expect_eq(p[g->l4 + 13], flags, "flags %x", p[g->l4 + 13]);
	cr_expect_eq(tf_check_like(g, p, len), 0xffff, "checksum of %u", i);
	if (g->v6) {
		cr_expect_eq(tf_get16(p + g->l3 + 4), hdr - g->l3 - 40 + data);
		return;
	}
	cr_expect_eq(tf_get16(p + g->l3 + 2), hdr - g->l3 + data);
	cr_expect_eq(tf_get16(p + g->l3 + 4),
		     (tf_get16(g->p + g->l3 + 4) + i) & 0xffff, "id");
	cr_expect_eq(tf_sum(0, p + g->l3, g->l4 - g->l3), 0xffff);
}

static void large(bool v6, size_t data, uint32_t mss, uint32_t vlan)
{
	static struct tf g;
	unsigned int n = (unsigned int)((data + mss - 1) / mss);

	tf_ip(&f, v6, 6, data);
	f.p[f.l4 + 13] = 0x99; /* CWR ACK PSH FIN */
	prepare(mss);
	g = f;
	if (vlan)
		tf_vlan(&g, vlan);
	th_forget(h);
	tso(mss, (uint32_t)(f.l4 - f.l3) + 20, vlan ? 0x40 : 0, vlan);
	cr_assert_eq(h->nframes, n, "%zu by %u", data, mss);
	for (unsigned int i = 0; i < n; i++)
		segment(i, n, i * mss,
			i + 1 < n ? mss : data - (size_t)(n - 1) * mss, &g);
	cr_expect_eq(th_tx_cons(h, 0), h->tx_prod[0]);
}

Test(twin_offload, large_send_ipv4)
{
	large(false, 14480, 1448, 0);
	large(false, 14481, 1448, 0);
	large(false, 64000, 1460, 0);
	large(false, 100, 1448, 0);
}

Test(twin_offload, large_send_ipv6)
{
	large(true, 14480, 1428, 0);
	large(true, 65000, 1440, 0);
}

Test(twin_offload, large_send_with_vlan_tag)
{
	large(false, 5000, 1448, 0x6123);
	large(true, 5000, 1428, 1);
}

Test(twin_offload, large_send_of_jumbo_and_of_tiny_segments)
{
	large(false, 50000, 8948, 0);
	large(false, 500, 1, 0);
	large(true, 301, 3, 0);
}

Test(twin_offload, large_send_with_tcp_and_ip_options)
{
	static struct tf g;

	tf_ip(&f, false, 6, 3012);
	f.p[f.l4 + 12] = 0x80; /* 12 bytes of the payload are options */
	prepare(1000);
	g = f;
	tso(1000, 52, 0, 0);
	cr_assert_eq(h->nframes, 3);
	for (unsigned int i = 0; i < 3; i++)
		segment(i, 3, i * 1000, 1000, &g);
}

Test(twin_offload, large_send_from_many_small_fragments)
{
	static struct tf g;
	uint32_t flags = 0x300 | (40 & 0x10) | (40 & 0x3e0) << 5;

	tf_ip(&f, false, 6, 2896);
	prepare(1448);
	g = f;
	for (uint32_t i = 0; i < f.len; i += 50) {
		uint32_t part = f.len - i < 50 ? (uint32_t)f.len - i : 50;

		th_bd(h, 0, th_put(h, f.p + i, part),
		      part << 16 | flags | (i + 50 >= f.len ? 4 : 0),
		      (1448u | (40 & 0xc) << 12) << 16);
	}
	th_kick(h, 0);
	cr_assert_eq(h->nframes, 2);
	segment(0, 2, 0, 1448, &g);
	segment(1, 2, 1448, 1448, &g);
}

static void refused(const char *what, uint32_t mss, uint32_t hdr)
{
	th_forget(h);
	th_rd(h, 0x818);
	tso(mss, hdr, 0, 0);
	cr_expect_eq(h->nframes, 0, "%s", what);
	cr_expect_eq(th_rd(h, 0x818), 1, "%s", what);
	cr_expect_eq(th_tx_cons(h, 0), h->tx_prod[0], "%s", what);
}

Test(twin_offload, large_sends_that_make_no_sense)
{
	tf_ip(&f, false, 6, 3000);
	prepare(1000);
	refused("mss 0", 0, 40);
	refused("mss longer than a frame", 9600, 40);
	refused("no header", 1000, 0);
	refused("header shorter than TCP's", 1000, 36);
	f.len = 14 + 39;
	refused("header longer than the packet", 1000, 40);
	tf_ip(&f, false, 17, 3000);
	refused("UDP", 1000, 40);
	tf_ip(&f, true, 6, 3000);
	refused("IPv6 with the header length of IPv4", 1000, 40);
	tf_ip(&f, false, 6, 3000);
	f.p[14] = 0x41;
	refused("IPv4 header of 4 bytes", 1000, 40);
	f.p[14] = 0x65;
	refused("version 6 under the type of IPv4", 1000, 40);
	tf_eth(&f, 0x0806, 3000);
	refused("ARP", 1000, 40);
}

Test(twin_offload, large_send_of_more_than_64_kib_and_headers)
{
	tf_ip(&f, false, 6, 65000);
	f.len = 66000;
	prepare(1448);
	refused("too long", 1448, 40);
}

static void reset_hook(struct th *host, bool write, uint64_t iova, size_t len)
{
	(void)len;
	if (!write || iova < TH_STDBUF)
		return;
	host->on_dma = NULL;
	th_wr_quiet(host, 0x6804, 0x20000001);
}

Test(twin_offload, reset_between_the_segments_of_a_loopback)
{
	th_wr(h, 0x400, 0x00e04818); /* MAC loopback */
	h->on_dma = reset_hook;
	tf_ip(&f, false, 6, 5000);
	prepare(1448);
	tso(1448, 40, 0, 0);
	cr_expect_eq(h->nframes, 0);
	cr_expect_eq(th_rd(h, 0x3c80), 0);
	cr_expect_eq(th_rd(h, 0x3cc0), 0);
	cr_expect_eq(th_rd(h, 0x800), 0, "counters are those of the reset");
}
