/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames of any content at the responder: it stays within its bounds, and what
 * it answers are frames.
 *
 * Input: a sequence of frames, each after 3 bytes: its length (2 bytes, big-
 * endian) and what to do with it.  Bit 0: leave the checksums as they are;
 * they are made right otherwise, or hardly an input would get past them.  Bit
 * 1: take no answers yet.  Bits 4 to 7: let as many times 100 ms pass first.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/twin/wire/csum.h"
#include "tests/twin/wire/queue.h"
#include "tests/twin/wire/resp.h"
#include "tests/twin/wire/wire.h"

#define LEAVE_SUMS    1
#define LEAVE_ANSWERS 2
#define STEP_NS       UINT64_C(100000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Where a protocol keeps its checksum, or 0. */
static size_t sum_at(uint8_t proto)
{
	return proto == 6                  ? 16
	       : proto == 17               ? 6
	       : proto == 1 || proto == 58 ? 2
					   : 0;
}

static void fix_data(uint8_t *p, size_t len, uint8_t proto, uint64_t sum)
{
	size_t at = sum_at(proto);
	uint8_t tail[4] = {0, proto};

	if (!at || len < at + 2)
		return;
	wire_put16(tail + 2, len);
	if (proto != 1)
		sum = wire_sum(sum, tail, 4);
	else
		sum = 0;
	wire_put16(p + at, 0);
	wire_sum_put(p + at, wire_sum(sum, p, len));
}

static void fix4(uint8_t *ip, size_t len)
{
	size_t head = 4u * (ip[0] & 15);
	size_t total = wire_get16(ip + 2);

	if (head < 20 || head > total || total > len)
		return;
	if (!(wire_get16(ip + 6) & 0x3fff))
		fix_data(ip + head, total - head, ip[9],
			 wire_sum(0, ip + 12, 8));
	wire_put16(ip + 10, 0);
	wire_sum_put(ip + 10, wire_sum(0, ip, head));
}

static void fix6(uint8_t *ip, size_t len)
{
	size_t total = wire_get16(ip + 4);

	if (len >= 40 && total <= len - 40)
		fix_data(ip + 40, total, ip[6], wire_sum(0, ip + 8, 32));
}

static void fix(uint8_t *f, size_t len)
{
	size_t head = wire_get16(f + 12) == 0x8100 ? 18 : 14;

	if (len < head + 20)
		return;
	if (wire_get16(f + head - 2) == 0x0800)
		fix4(f + head, len - head);
	else if (wire_get16(f + head - 2) == 0x86dd)
		fix6(f + head, len - head);
}

static void one(struct wire_resp *r, const uint8_t *data, size_t len,
		uint64_t now)
{
	uint8_t *f = malloc(len);

	assert(f);
	memcpy(f, data + 3, len);
	if (!(data[2] & LEAVE_SUMS))
		fix(f, len);
	wire_resp_tick(r, now);
	wire_resp_input(r, f, len, now);
	free(f);
}

static void take(struct wire_resp *r, struct wire_queue *q)
{
	const uint8_t *f;
	size_t len;

	for (int i = 0; i < 200; i++) {
		if (!q->frames)
			wire_resp_pull(r);
		f = wire_queue_peek(q, &len);
		if (!f)
			break;
		assert(len >= 60 && len <= WIRE_FRAME_MAX);
		assert(f[6] == 0x52 && f[11] == 2);
		wire_queue_pop(q);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct wire_queue q; /* made once: it is large */
	struct wire_resp *r;
	uint64_t now = 1;
	size_t n;

	if ((!q.buf && wire_queue_init(&q)) || wire_resp_open(&r, &q, now))
		abort();
	for (; len > 3; data += 3 + n, len -= 3 + n) {
		n = min_u64(wire_get16(data), len - 3);
		now += (data[2] >> 4) * STEP_NS;
		if (n >= WIRE_FRAME_MIN)
			one(r, data, n, now);
		if (!(data[2] & LEAVE_ANSWERS))
			take(r, &q);
	}
	wire_resp_close(&r);
	while (q.frames)
		wire_queue_pop(&q);
	return 0;
}
