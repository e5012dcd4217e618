/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bounded queue of frames in one piece of memory; see queue.h.
 *
 * Invariants: head and tail are multiples of 8, at most WIRE_QUEUE_BYTES, and
 * differ while there is a frame.  With tail < head the frames run from head to
 * a SKIP header (or the end of the memory) and on from 0 to tail.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "tests/twin/wire/queue.h"
#include "tests/twin/wire/wire.h"

#define HEADER 8
#define SKIP   UINT32_MAX /* length that says: go on at the beginning */

int wire_queue_init(struct wire_queue *q)
{
	*q = (struct wire_queue){.buf = malloc(WIRE_QUEUE_BYTES)};
	if (!q->buf)
		return err_set(ENOMEM, "wire: no memory for a queue of frames");
	return 0;
}

void wire_queue_fini(struct wire_queue *q)
{
	free(q->buf);
	*q = (struct wire_queue){0};
}

/* Bytes a frame takes with its header and what it may be padded to. */
static size_t space(size_t len)
{
	return HEADER + align_up(max_u64(len, WIRE_PAD_TO), HEADER);
}

static size_t length_at(const struct wire_queue *q, size_t at)
{
	return le_get(q->buf + at, 4);
}

/* Where @need bytes fit, or SIZE_MAX. */
static size_t place(const struct wire_queue *q, size_t need)
{
	if (!q->frames)
		return need <= WIRE_QUEUE_BYTES ? 0 : SIZE_MAX;
	if (q->tail < q->head)
		return need < q->head - q->tail ? q->tail : SIZE_MAX;
	if (need <= WIRE_QUEUE_BYTES - q->tail)
		return q->tail;
	return need < q->head ? 0 : SIZE_MAX;
}

uint8_t *wire_queue_reserve(struct wire_queue *q, size_t len)
{
	size_t at = len > WIRE_FRAME_MAX ? SIZE_MAX : place(q, space(len));

	if (at == SIZE_MAX) {
		q->drops++;
		return NULL;
	}
	if (!q->frames)
		q->head = q->tail = 0;
	if (at != q->tail && q->tail < WIRE_QUEUE_BYTES)
		le_put(q->buf + q->tail, 4, SKIP);
	q->tail = at;
	q->reserved = len;
	return q->buf + at + HEADER;
}

void wire_queue_trim(struct wire_queue *q, size_t len)
{
	q->reserved = min_u64(len, q->reserved);
}

void wire_queue_commit(struct wire_queue *q)
{
	uint8_t *frame = q->buf + q->tail + HEADER;
	size_t len = q->reserved;

	if (len < WIRE_PAD_TO) {
		memset(frame + len, 0, WIRE_PAD_TO - len);
		len = WIRE_PAD_TO;
	}
	le_put(q->buf + q->tail, 4, len);
	q->tail += space(len);
	q->frames++;
	if (q->seen)
		q->seen(q->seen_arg, frame, len);
}

bool wire_queue_push(struct wire_queue *q, const void *frame, size_t len)
{
	uint8_t *p = wire_queue_reserve(q, len);

	if (!p)
		return false;
	memcpy(p, frame, len);
	wire_queue_commit(q);
	return true;
}

bool wire_queue_room(const struct wire_queue *q)
{
	return place(q, space(WIRE_FRAME_MAX)) != SIZE_MAX;
}

/* The oldest frame's header; there is one. */
static size_t oldest(const struct wire_queue *q)
{
	if (q->head == WIRE_QUEUE_BYTES || length_at(q, q->head) == SKIP)
		return 0;
	return q->head;
}

const uint8_t *wire_queue_peek(const struct wire_queue *q, size_t *len)
{
	size_t at;

	if (!q->frames)
		return NULL;
	at = oldest(q);
	*len = length_at(q, at);
	return q->buf + at + HEADER;
}

void wire_queue_pop(struct wire_queue *q)
{
	size_t at;

	if (!q->frames)
		return;
	at = oldest(q);
	q->head = at + space(length_at(q, at));
	q->frames--;
}
