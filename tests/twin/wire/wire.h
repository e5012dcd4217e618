/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the twin's ports are plugged into.
 *
 * A port sends a frame with wire_send() and takes what arrived for it with
 * wire_peek() and wire_pop(); between them stands the built-in responder, the
 * other port, a TAP interface or a stream socket.  The poll loop that owns the
 * wire passes the time in and calls nothing from two threads; nothing here
 * knows the chip, calls it, or waits.
 *
 * After wire_send(), wire_ready() and wire_tick() there may be frames to peek
 * at: the responder's TCP makes its segments when it is asked for them, so
 * that a slow receiver slows it down and loses nothing.
 *
 * A process that records to a pipe wants SIGPIPE ignored.
 */
#ifndef TESTS_TWIN_WIRE_WIRE_H
#define TESTS_TWIN_WIRE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pollfd;
struct wire;

#define WIRE_PORTS 2

/* Frames are Ethernet without FCS.  Longer ones are dropped and counted. */
#define WIRE_FRAME_MIN 14
#define WIRE_FRAME_MAX 65568

/** Frames and bytes of one port since wire_open(); "out" leaves the chip. */
struct wire_counts {
	uint64_t out_frames;
	uint64_t out_bytes;
	uint64_t out_drops; /* too short, too long, unplugged, no room */
	uint64_t in_frames; /* taken by wire_pop() */
	uint64_t in_bytes;
	uint64_t in_drops;   /* no room in the queue towards the chip */
	uint64_t bad_sums;   /* responder: an IP, ICMP, UDP or TCP checksum */
	uint64_t bad_form;   /* responder: cut short or against its protocol */
	uint64_t not_ours;   /* responder: for another MAC, address or type */
	uint64_t tcp_opens;  /* responder: connections that were established */
	uint64_t tcp_resent; /* responder: segments it had to send again */
};

/**
 * wire_open - plug @nports ports in
 * @w:      uninitialised; NULL when this fails
 * @net:    "responder", "pair", "tap:NAME[,NAME1]" or "socket:SPEC[,SPEC1]"
 *          with SPEC one of connect=HOST:PORT, listen=HOST:PORT, unix=PATH,
 *          unix-listen=PATH (QEMU's -netdev stream); without the second name
 *          port 1 is unplugged
 * @pcap:   file to record to, made or emptied; NULL for none
 * @nports: 1 or 2
 * @now_ns: any steady clock; later calls pass the same one
 *
 * Owns:   *@w, until wire_close().
 * Return: 0, or -errno with err_last() set.
 */
int wire_open(struct wire **w, const char *net, const char *pcap,
	      unsigned nports, uint64_t now_ns)
	__attribute__((warn_unused_result));

/** wire_close - unplug, write the recording's rest, free; *@w becomes NULL */
void wire_close(struct wire **w);

/** wire_plugged - whether a cable is in @port (a tap or socket was named) */
bool wire_plugged(const struct wire *w, unsigned port);

/**
 * wire_send - a frame leaves the chip
 * @port:  0 or 1
 * @frame: any bytes; borrowed until this returns
 * @len:   bytes; outside of WIRE_FRAME_MIN..WIRE_FRAME_MAX it is dropped
 */
void wire_send(struct wire *w, unsigned port, const void *frame, size_t len,
	       uint64_t now_ns);

/**
 * wire_peek - the next frame that arrives at @port
 * @len: its length, at least 60: short ones are padded as on a cable
 *
 * Return: the frame, borrowed until wire_pop() or wire_close(), or NULL when
 *         there is none; the same one until it is popped.
 */
const uint8_t *wire_peek(struct wire *w, unsigned port, size_t *len);

/** wire_pop - the frame that wire_peek() showed is done with */
void wire_pop(struct wire *w, unsigned port);

/**
 * wire_fds - what poll(2) shall wait for on behalf of the wire
 * @fds: filled with up to @cap entries; WIRE_PORTS are enough
 *
 * A tap or socket whose frames find no room any more is not polled for input.
 * Return: how many entries were filled.
 */
int wire_fds(const struct wire *w, struct pollfd *fds, size_t cap);

/**
 * wire_ready - act on what poll(2) returned
 * @fds: the entries of wire_fds(), others are passed over
 * @n:   how many
 */
void wire_ready(struct wire *w, const struct pollfd *fds, size_t n,
		uint64_t now_ns);

/** wire_deadline - when wire_tick() is wanted, in @now_ns's clock; UINT64_MAX:
 *  not before something else happens.  Every other call may change it, so ask
 *  right before poll(2) */
uint64_t wire_deadline(const struct wire *w);

/** wire_tick - time has passed; may be called too early and too often */
void wire_tick(struct wire *w, uint64_t now_ns);

/** wire_counts - what went through @port so far */
struct wire_counts wire_counts(const struct wire *w, unsigned port);

#endif
