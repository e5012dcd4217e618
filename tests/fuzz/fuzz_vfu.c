/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vfio-user client of any behaviour: the server answers in form, and touches
 * nothing that it was not given.
 *
 * Input: 1 byte, whose bit 0 says that VERSION is behind us, then messages as
 * they are on the wire.  No descriptors: what needs them is in the unit tests.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/twin/server/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { HEAD = sizeof(struct userwire_header), SIZE = 0x1000 };

static uint8_t memory[SIZE];

static int on_read(void *ctx, uint32_t region, uint64_t off, void *buf,
		   size_t len)
{
	(void)ctx;
	assert(region == 0 || region == 7);
	assert(off < SIZE && len <= SIZE - off);
	memcpy(buf, memory + off, len);
	return 0;
}

static int on_write(void *ctx, uint32_t region, uint64_t off, const void *buf,
		    size_t len)
{
	(void)ctx;
	assert(region == 0);
	assert(off < SIZE && len <= SIZE - off);
	memcpy(memory + off, buf, len);
	return 0;
}

static int on_reset(void *ctx)
{
	(void)ctx;
	return 0;
}

static const struct vfu_ops ops = {
	.read = on_read,
	.write = on_write,
	.reset = on_reset,
};

/* clang-format off */
static const struct vfu_dev dev = {
	.region = {[0] = {SIZE, VFIO_REGION_INFO_FLAG_READ |
				VFIO_REGION_INFO_FLAG_WRITE},
		   [7] = {SIZE, VFIO_REGION_INFO_FLAG_READ}},
	.irq = {{1, 7}, {8, 1}, {17, 1}, {1, 1}, {1, 1}},
	.ops = &ops,
	.name = "fuzz",
};
/* clang-format on */

/* The most that a client has room for, who asked for this */
static size_t room(const struct userwire_header *h, const uint8_t *body,
		   size_t len)
{
	switch (h->cmd) {
	case USERWIRE_VERSION:
	case USERWIRE_DMA_MAP:
	case USERWIRE_DMA_UNMAP:
	case USERWIRE_SET_IRQS:
	case USERWIRE_REGION_WRITE:
		return HEAD + len;
	case USERWIRE_REGION_READ:
		return HEAD + len + (len < 16 ? 0 : le_get(body + 12, 4));
	default:
		return HEAD + (len < 4 ? 0 : le_get(body, 4));
	}
}

static void check_reply(const struct vfu_session *s, size_t n,
			const struct userwire_header *h, const uint8_t *body,
			size_t len)
{
	struct userwire_header r;

	if (h->flags & USERWIRE_NO_REPLY) {
		assert(n == 0);
		return;
	}
	assert(n >= HEAD);
	memcpy(&r, s->reply, HEAD);
	assert(r.size == n && r.id == h->id && r.cmd == h->cmd);
	assert((r.flags & USERWIRE_TYPE) == USERWIRE_REPLY);
	if (r.flags & USERWIRE_ERROR)
		assert(n == HEAD && r.err);
	else
		assert(n <= room(h, body, len) && !r.err);
}

/* One message at @data, as the socket would deliver it; its length */
static size_t feed(struct vfu_session *s, const uint8_t *data, size_t len)
{
	struct vfu_msg m = {.len = 0};
	size_t n;

	memcpy(&m.head, data, HEAD);
	if (m.head.size > HEAD)
		m.len = min_u64(m.head.size, len) - HEAD;
	m.body = malloc(m.len ? m.len : 1); /* exactly, for the sanitizer */
	assert(m.body);
	memcpy(m.body, data + HEAD, m.len);
	if ((m.head.flags & USERWIRE_TYPE) == USERWIRE_REPLY) {
		vfu_remote_answer(s, &m);
	} else {
		struct userwire_header h = m.head;

		n = vfu_session_handle(s, &m);
		check_reply(s, n, &h, data + HEAD, m.len);
	}
	n = m.len;
	free(m.body);
	return HEAD + n;
}

/* What is mapped came without a file: no byte of it can be had here. */
static void try_dma(struct vfu_session *s, const uint8_t *data)
{
	uint8_t buf[64];

	assert(vfu_session_dma(s, le_get(data, 8), buf, sizeof(buf), false));
	assert(vfu_session_dma(s, le_get(data, 8), buf, sizeof(buf), true));
}

/* As new, but for its buffers: getting those anew would be most of the work. */
static void renew(struct vfu_session *s)
{
	if (!s->reply && vfu_session_open(s, -1, &dev))
		abort();
	vfu_irqs_fini(&s->irqs);
	vfu_dma_fini(&s->dma);
	s->ending = false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct vfu_session s;
	size_t at = 1;

	if (!len)
		return 0;
	renew(&s);
	s.open = data[0] & 1;
	while (len - at >= HEAD && !s.ending) {
		try_dma(&s, data + at);
		at += feed(&s, data + at, len - at);
	}
	return 0;
}
