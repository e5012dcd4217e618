/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames for the tests of the software BCM5720, and checksums computed the
 * slow way: byte pairs, most significant first.
 */
#ifndef TEST_TWIN_FRAMES_H
#define TEST_TWIN_FRAMES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The frame of a test: @len bytes at @p */
struct tf {
	uint8_t p[70000];
	size_t len;
	size_t l3, l4;
	bool v6;
};

static const uint8_t tf_us[6] = {0x34, 0x17, 0xeb, 0xf0, 0xdc, 0xe3};

static inline void tf_be16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline uint32_t tf_get16(const uint8_t *p)
{
	return (uint32_t)(p[0] << 8 | p[1]);
}

static inline uint32_t tf_get32(const uint8_t *p)
{
	return tf_get16(p) << 16 | tf_get16(p + 2);
}

/* One's complement sum of byte pairs, folded, on top of @sum */
static inline uint32_t tf_sum(uint32_t sum, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return sum;
}

static inline uint32_t tf_pseudo(const struct tf *f, size_t l4_len)
{
	uint8_t tail[4] = {0, f->v6 ? f->p[f->l3 + 6] : f->p[f->l3 + 9]};
	const uint8_t *addr = f->p + f->l3 + (f->v6 ? 8 : 12);

	tf_be16(tail + 2, (uint32_t)l4_len);
	return tf_sum(tf_sum(0, tail, 4), addr, f->v6 ? 32 : 8);
}

/* Ethernet header from elsewhere to us, and payload that counts up */
static inline void tf_eth(struct tf *f, uint32_t type, size_t len)
{
	memset(f, 0, sizeof(*f));
	memcpy(f->p, tf_us, 6);
	memcpy(f->p + 6, "\x02\0\0\0\0\x01", 6);
	tf_be16(f->p + 12, type);
	for (size_t i = 14; i < len; i++)
		f->p[i] = (uint8_t)(i * 7 + i / 256);
	f->len = len;
	f->l3 = 14;
}

static inline void tf_vlan(struct tf *f, uint32_t tag)
{
	memmove(f->p + 16, f->p + 12, f->len - 12);
	tf_be16(f->p + 12, 0x8100);
	tf_be16(f->p + 14, tag);
	f->len += 4;
	f->l3 += 4;
	f->l4 += 4;
}

/* TCP (6) or UDP (17) over IPv4 or IPv6; @data bytes; checksums right */
static inline void tf_ip(struct tf *f, bool v6, uint8_t proto, size_t data)
{
	size_t l4_len = (proto == 6 ? 20 : 8) + data;
	size_t l3_len = v6 ? 40 : 20;
	uint8_t *p;

	tf_eth(f, v6 ? 0x86dd : 0x0800, 14 + l3_len + l4_len);
	f->v6 = v6;
	f->l4 = 14 + l3_len;
	p = f->p + 14;
	memset(p, 0, l3_len + l4_len - data);
	if (v6) {
		p[0] = 0x60;
		tf_be16(p + 4, (uint32_t)l4_len);
		p[6] = proto;
		p[7] = 64;
		memcpy(p + 8, "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x02", 16);
		memcpy(p + 24, "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", 16);
	} else {
		p[0] = 0x45;
		tf_be16(p + 2, (uint32_t)(20 + l4_len));
		tf_be16(p + 4, 0xfffe); /* identification: wraps soon */
		p[8] = 64;
		p[9] = proto;
		memcpy(p + 12, "\x0a\0\x02\x02\x0a\0\x02\x0f", 8);
		tf_be16(p + 10, ~tf_sum(0, p, 20) & 0xffff);
	}
	p = f->p + f->l4;
	tf_be16(p, 4660);
	tf_be16(p + 2, 80);
	if (proto == 6) {
		memcpy(p + 4, "\xff\xff\xff\xf0\x01\x02\x03\x04", 8);
		p[12] = 0x50;
		p[13] = 0x18; /* ACK PSH */
		tf_be16(p + 14, 1000);
	} else {
		tf_be16(p + 4, (uint32_t)l4_len);
	}
	tf_be16(p + (proto == 6 ? 16 : 6),
		~tf_sum(tf_pseudo(f, l4_len), p, l4_len) & 0xffff);
}

/* Sum of layer 4 with its pseudo-header: 0xffff when the checksum is right */
static inline uint32_t tf_check(const struct tf *f)
{
	size_t end = f->v6 ? f->l3 + 40 + tf_get16(f->p + f->l3 + 4)
			   : f->l3 + tf_get16(f->p + f->l3 + 2);

	return tf_sum(tf_pseudo(f, end - f->l4), f->p + f->l4, end - f->l4);
}

/* The same for a frame that came back, with the layout of @like */
static inline uint32_t tf_check_like(const struct tf *like, const uint8_t *p,
				     size_t len)
{
	static struct tf f;

	f = *like;
	memcpy(f.p, p, len);
	f.len = len;
	return tf_check(&f);
}

/* CRC-32 of Ethernet, bit by bit */
static inline uint32_t tf_fcs(const uint8_t *p, size_t len)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < len * 8; i++) {
		uint32_t bit = (crc ^ (uint32_t)(p[i / 8] >> i % 8)) & 1;

		crc = crc >> 1 ^ (bit ? 0xedb88320 : 0);
	}
	return ~crc;
}

#endif
