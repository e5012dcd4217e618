/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A recording that tcpdump and Wireshark open: classic pcap, Ethernet, stamps
 * in nanoseconds.
 */
#ifndef TESTS_TWIN_WIRE_PCAP_H
#define TESTS_TWIN_WIRE_PCAP_H

#include <stddef.h>
#include <stdint.h>

struct wire_pcap;

/**
 * wire_pcap_open - begin a recording
 * @p:      uninitialised; NULL when this fails
 * @path:   file to make or empty
 * @now_ns: what the caller's steady clock shows; the stamps in the file are
 *          the time of day
 *
 * Return: 0, or -errno of fopen(3) or of the first write, with a message.
 */
int wire_pcap_open(struct wire_pcap **p, const char *path, uint64_t now_ns)
	__attribute__((warn_unused_result));

/** wire_pcap_close - write the rest and close; NULL is fine, *@p becomes it */
void wire_pcap_close(struct wire_pcap **p);

/** wire_pcap_frame - record one; the first failure is warned of, then no more
 *  is written */
void wire_pcap_frame(struct wire_pcap *p, const void *frame, size_t len,
		     uint64_t now_ns);

/** wire_pcap_deadline - when a flush is due, or UINT64_MAX; NULL is fine */
uint64_t wire_pcap_deadline(const struct wire_pcap *p);

/** wire_pcap_flush - let readers of the file see all; NULL is fine */
void wire_pcap_flush(struct wire_pcap *p);

#endif
