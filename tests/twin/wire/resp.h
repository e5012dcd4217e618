/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The built-in neighbour at the other end of a cable: 10.0.2.2/24 and fd00::2.
 *
 * It answers ARP, neighbour discovery and ping, hands out 10.0.2.15 by DHCP,
 * and has discard, echo and chargen over UDP and TCP.  It makes no system call
 * and asks for no time: frames and nanoseconds come in, frames go to a queue.
 * It sends no router advertisement: that would give the peer a default route.
 *
 * Why not a library: libslirp serves nothing at the address of its host and
 * opens sockets of the machine it runs on; lwIP as Debian builds it runs in a
 * thread of its own on its own clock, is one stack per process (the two ports
 * have the same addresses), and has 1460 bytes of MSS and 64 KiB of window
 * compiled in, so neither jumbo frames nor TSO would ever be seen.
 */
#ifndef TESTS_TWIN_WIRE_RESP_H
#define TESTS_TWIN_WIRE_RESP_H

#include <stddef.h>
#include <stdint.h>

struct wire_queue;
struct wire_resp;
struct wire_counts;

/**
 * wire_resp_open - a responder that answers into @out
 * @r:   uninitialised; NULL when this fails
 * @out: borrowed until wire_resp_close()
 *
 * Return: 0 or -ENOMEM with err_last() set.
 */
int wire_resp_open(struct wire_resp **r, struct wire_queue *out,
		   uint64_t now_ns) __attribute__((warn_unused_result));

/** wire_resp_close - free it and its connections; *@r becomes NULL */
void wire_resp_close(struct wire_resp **r);

/** wire_resp_input - a frame arrives, WIRE_FRAME_MIN..WIRE_FRAME_MAX bytes */
void wire_resp_input(struct wire_resp *r, const uint8_t *frame, size_t len,
		     uint64_t now_ns);

/** wire_resp_pull - the queue ran empty: let TCP put its next segments there */
void wire_resp_pull(struct wire_resp *r);

/** wire_resp_deadline - when wire_resp_tick() is wanted, or UINT64_MAX */
uint64_t wire_resp_deadline(const struct wire_resp *r);

/** wire_resp_tick - run what is due */
void wire_resp_tick(struct wire_resp *r, uint64_t now_ns);

/** wire_resp_count - fill in the responder's members of @c */
void wire_resp_count(const struct wire_resp *r, struct wire_counts *c);

#endif
