/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bounded queue of frames in one piece of memory.
 *
 * A frame is written in place (reserve, fill, commit) and read in place (peek,
 * pop), so it is copied once.  Each lies in one piece behind a header of 8
 * bytes with its length; one that does not fit before the end of the memory
 * starts again at its beginning.  An emptied queue starts at the beginning
 * too, which keeps a short one in the cache.
 */
#ifndef TESTS_TWIN_WIRE_QUEUE_H
#define TESTS_TWIN_WIRE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_QUEUE_BYTES ((size_t)1 << 21)
#define WIRE_PAD_TO      60 /* shortest frame on a cable, without FCS */

struct wire_queue {
	uint8_t *buf;
	size_t head; /* next to read */
	size_t tail; /* next to write */
	size_t reserved;
	size_t frames;
	uint64_t drops;
	/* told of every frame that is committed; NULL: nobody */
	void (*seen)(void *arg, const uint8_t *frame, size_t len);
	void *seen_arg;
};

/** wire_queue_init - make an empty queue; 0 or -ENOMEM with a message */
int wire_queue_init(struct wire_queue *q) __attribute__((warn_unused_result));

/** wire_queue_fini - free it; one of zeros or freed before is fine */
void wire_queue_fini(struct wire_queue *q);

/**
 * wire_queue_reserve - room for a frame of @len bytes, to be filled
 *
 * Return: where to write, or NULL and one more in @q->drops.  Without a
 *         wire_queue_commit() the next reserve gives the same place.
 */
uint8_t *wire_queue_reserve(struct wire_queue *q, size_t len);

/** wire_queue_trim - the reserved frame turned out to have @len bytes only */
void wire_queue_trim(struct wire_queue *q, size_t len);

/** wire_queue_commit - the reserved frame is filled; pads it to 60 bytes */
void wire_queue_commit(struct wire_queue *q);

/** wire_queue_push - reserve, copy, commit; false when it was dropped */
bool wire_queue_push(struct wire_queue *q, const void *frame, size_t len);

/** wire_queue_room - whether a frame of the greatest length still fits */
bool wire_queue_room(const struct wire_queue *q);

/** wire_queue_peek - oldest frame and its length, or NULL */
const uint8_t *wire_queue_peek(const struct wire_queue *q, size_t *len);

/** wire_queue_pop - forget the oldest frame, if there is one */
void wire_queue_pop(struct wire_queue *q);

#endif
