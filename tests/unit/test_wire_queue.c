/* SPDX-License-Identifier: BSD-2-Clause */
/* The queue of frames: order, padding, wrapping, bounds. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/twin/wire/queue.h"
#include "tests/twin/wire/wire.h"

static struct wire_queue q;

static void start(void)
{
	cr_assert_eq(wire_queue_init(&q), 0);
}

static void stop(void)
{
	wire_queue_fini(&q);
	wire_queue_fini(&q);
}

TestSuite(wire_queue, .init = start, .fini = stop);

Test(wire_queue, is_empty_at_first)
{
	size_t len;

	cr_assert_null(wire_queue_peek(&q, &len));
	wire_queue_pop(&q);
	cr_assert_null(wire_queue_peek(&q, &len));
	cr_assert(wire_queue_room(&q));
}

Test(wire_queue, pads_short_frames_with_zeros)
{
	const uint8_t *p;
	uint8_t frame[60];
	size_t len;

	memset(frame, 0xff, sizeof(frame));
	cr_assert(wire_queue_push(&q, frame, 60)); /* leaves ones behind */
	wire_queue_pop(&q);
	cr_assert(wire_queue_push(&q, frame, 14));
	p = wire_queue_peek(&q, &len);
	cr_assert_eq(len, 60);
	cr_assert_eq(p[13], 0xff);
	for (size_t i = 14; i < 60; i++)
		cr_assert_eq(p[i], 0);
}

Test(wire_queue, a_peeked_frame_stays_until_it_is_popped)
{
	const uint8_t *p;
	size_t len;

	cr_assert(wire_queue_push(&q, "one", 4));
	p = wire_queue_peek(&q, &len);
	cr_assert(wire_queue_push(&q, "two", 4));
	cr_assert_eq(wire_queue_peek(&q, &len), p);
	cr_assert_str_eq((const char *)p, "one");
	wire_queue_pop(&q);
	cr_assert_str_eq((const char *)wire_queue_peek(&q, &len), "two");
}

Test(wire_queue, drops_and_counts_what_is_longer_than_any_frame)
{
	cr_assert_null(wire_queue_reserve(&q, WIRE_FRAME_MAX + 1));
	cr_assert_eq(q.drops, 1);
	cr_assert_not_null(wire_queue_reserve(&q, WIRE_FRAME_MAX));
}

Test(wire_queue, drops_and_counts_when_full_and_takes_again_after_a_pop)
{
	static uint8_t frame[WIRE_FRAME_MAX];
	size_t n = 0;

	while (wire_queue_room(&q)) {
		cr_assert(wire_queue_push(&q, frame, sizeof(frame)));
		n++;
	}
	cr_assert(n >= 30);
	cr_assert_not(wire_queue_push(&q, frame, sizeof(frame)));
	cr_assert_eq(q.drops, 1);
	wire_queue_pop(&q);
	wire_queue_pop(&q);
	cr_assert(wire_queue_push(&q, frame, sizeof(frame)));
}

Test(wire_queue, a_reservation_without_commit_leaves_nothing)
{
	size_t len;

	cr_assert_not_null(wire_queue_reserve(&q, 1000));
	cr_assert_null(wire_queue_peek(&q, &len));
	cr_assert_not_null(wire_queue_reserve(&q, 100));
	wire_queue_trim(&q, 70);
	wire_queue_commit(&q);
	cr_assert_not_null(wire_queue_peek(&q, &len));
	cr_assert_eq(len, 70);
}

static size_t seen_bytes;

static void seen(void *arg, const uint8_t *frame, size_t len)
{
	(void)frame;
	*(size_t *)arg += len;
}

Test(wire_queue, tells_an_observer_of_every_committed_frame)
{
	q.seen = seen;
	q.seen_arg = &seen_bytes;
	wire_queue_push(&q, "a", 1);
	wire_queue_reserve(&q, 99);
	cr_assert_eq(seen_bytes, 60);
}

static uint32_t turn(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* Every frame says its length and number; any order of push and pop. */
Test(wire_queue, keeps_order_and_bytes_over_many_wraps)
{
	static uint8_t frame[WIRE_FRAME_MAX];
	uint32_t in = 0, out = 0, state = 1;
	const uint8_t *p;
	size_t len;

	for (int i = 0; i < 40000; i++) {
		len = 60 + turn(&state) % (i % 7 ? 1500 : 65000);
		memset(frame, (int)in, len);
		memcpy(frame, &in, sizeof(in));
		if (turn(&state) % 9 < 5 && wire_queue_push(&q, frame, len))
			in++;
		p = wire_queue_peek(&q, &len);
		if (!p || turn(&state) % 9 >= 5)
			continue;
		cr_assert_eq(memcmp(p, &out, sizeof(out)), 0);
		cr_assert_eq(p[len - 1], (uint8_t)out);
		wire_queue_pop(&q);
		out++;
	}
	cr_assert(out > 10000);
	cr_assert(q.frames == in - out);
}
