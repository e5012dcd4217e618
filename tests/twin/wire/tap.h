/* SPDX-License-Identifier: BSD-2-Clause */
/* A TAP interface of the machine we run on, as the other end of a cable. */
#ifndef TESTS_TWIN_WIRE_TAP_H
#define TESTS_TWIN_WIRE_TAP_H

#include <stdbool.h>
#include <stddef.h>

struct wire_queue;

/**
 * wire_tap_open - attach to interface @name, making it when there is none
 * @fd: -1 when this fails
 *
 * Owns:   *@fd, until fd_close().
 * Return: 0, or -errno of open(2) or TUNSETIFF with a message.
 */
int wire_tap_open(int *fd, const char *name)
	__attribute__((warn_unused_result));

/**
 * wire_tap_read - move what waits, a bounded lot of it, into @q
 *
 * Return: false when the interface is there no longer (EBADFD).
 */
bool wire_tap_read(int fd, struct wire_queue *q);

/** wire_tap_write - send a frame; false when the interface took it not */
bool wire_tap_write(int fd, const void *frame, size_t len);

#endif
