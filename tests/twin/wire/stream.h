/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stream socket with QEMU's framing (-netdev stream) as the other end of a
 * cable: 4 bytes of length, big-endian, then the frame.
 *
 * One peer at a time.  When it goes, a listening socket waits for the next,
 * and a connecting one tries again every second; until then frames are lost,
 * as on a cable that hangs out of its socket.
 */
#ifndef TESTS_TWIN_WIRE_STREAM_H
#define TESTS_TWIN_WIRE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire_queue;
struct wire_stream;

/**
 * wire_stream_open - listen, or begin to connect
 * @s:    uninitialised; NULL when this fails
 * @spec: connect=HOST:PORT, listen=HOST:PORT, unix=PATH or unix-listen=PATH;
 *        an IPv6 address stands in brackets, an empty HOST is this machine
 *
 * That nobody answers yet is no error.  A socket file that a dead program left
 * is replaced.
 * Return: 0, or -errno with a message.
 */
int wire_stream_open(struct wire_stream **s, const char *spec, uint64_t now_ns)
	__attribute__((warn_unused_result));

/** wire_stream_close - close, remove the socket file we made; *@s is NULL */
void wire_stream_close(struct wire_stream **s);

/**
 * wire_stream_fd - what to poll, or -1 for nothing
 * @events: filled with POLLIN and POLLOUT as wanted
 * @room:   whether frames are welcome
 */
int wire_stream_fd(const struct wire_stream *s, bool room, short *events);

/** wire_stream_ready - poll(2) said that something can be done: accept, learn
 *  whether a connection came to be, write on, read frames into @q */
void wire_stream_ready(struct wire_stream *s, struct wire_queue *q,
		       uint64_t now_ns);

/** wire_stream_send - a frame to the peer; false when it is lost: no peer, or
 *  a peer that does not read */
bool wire_stream_send(struct wire_stream *s, const void *frame, size_t len,
		      uint64_t now_ns);

/** wire_stream_deadline - when to try to connect again, or UINT64_MAX */
uint64_t wire_stream_deadline(const struct wire_stream *s);

/** wire_stream_tick - try again if it is time */
void wire_stream_tick(struct wire_stream *s, uint64_t now_ns);

#endif
