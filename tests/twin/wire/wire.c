/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ports and their cables: which frame goes where.  What each kind of cable
 * does is in resp.c, tap.c and stream.c; a crossed pair is just the other
 * port's queue.
 */
#include "tests/twin/wire/wire.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "tests/twin/wire/net.h"
#include "tests/twin/wire/pcap.h"
#include "tests/twin/wire/queue.h"
#include "tests/twin/wire/resp.h"
#include "tests/twin/wire/stream.h"
#include "tests/twin/wire/tap.h"

struct port {
	enum wire_kind kind;
	struct wire_queue in; /* towards the chip */
	struct wire_resp *resp;
	struct wire_stream *stream;
	int tap_fd;
	struct wire_counts counts;
};

struct wire {
	struct port port[WIRE_PORTS];
	unsigned nports;
	struct wire_pcap *pcap;
	uint64_t now; /* of the call that came last */
};

/* Every frame that is put into a queue, but for a pair: it was seen leaving. */
static void record_arrival(void *arg, const uint8_t *frame, size_t len)
{
	struct wire *w = arg;

	wire_pcap_frame(w->pcap, frame, len, w->now);
}

static int port_open(struct wire *w, struct port *p, const char *name)
{
	int rc = wire_queue_init(&p->in);

	if (rc)
		return rc;
	if (w->pcap && p->kind != WIRE_PAIR) {
		p->in.seen = record_arrival;
		p->in.seen_arg = w;
	}
	switch (p->kind) {
	case WIRE_RESPONDER:
		return wire_resp_open(&p->resp, &p->in, w->now);
	case WIRE_TAP:
		return wire_tap_open(&p->tap_fd, name);
	case WIRE_SOCKET:
		return wire_stream_open(&p->stream, name, w->now);
	case WIRE_PAIR:
	case WIRE_UNPLUGGED:
	default:
		return 0;
	}
}

static int open_all(struct wire *w, const char *net, const char *pcap)
{
	struct wire_net parsed;
	int rc = wire_net_parse(&parsed, net, w->nports);

	if (!rc && pcap)
		rc = wire_pcap_open(&w->pcap, pcap, w->now);
	for (unsigned i = 0; !rc && i < w->nports; i++) {
		w->port[i].kind = parsed.kind[i];
		rc = port_open(w, &w->port[i], parsed.name[i]);
	}
	return rc;
}

int wire_open(struct wire **w, const char *net, const char *pcap,
	      unsigned nports, uint64_t now_ns)
{
	struct wire *n = calloc(1, sizeof(*n));
	int rc;

	*w = n;
	if (!n)
		return err_set(ENOMEM, "wire: no memory");
	for (unsigned i = 0; i < WIRE_PORTS; i++)
		n->port[i].tap_fd = -1;
	n->nports = nports;
	n->now = now_ns;
	rc = open_all(n, net, pcap);
	if (rc)
		wire_close(w);
	return rc;
}

void wire_close(struct wire **w)
{
	if (!*w)
		return;
	for (unsigned i = 0; i < WIRE_PORTS; i++) {
		struct port *p = &(*w)->port[i];

		wire_resp_close(&p->resp);
		wire_stream_close(&p->stream);
		fd_close(&p->tap_fd);
		wire_queue_fini(&p->in);
	}
	wire_pcap_close(&(*w)->pcap);
	free(*w);
	*w = NULL;
}

bool wire_plugged(const struct wire *w, unsigned port)
{
	return port < w->nports && w->port[port].kind != WIRE_UNPLUGGED;
}

/* To what the port is plugged into; false when the frame is lost. */
static bool cross(struct wire *w, unsigned port, const void *frame, size_t len)
{
	struct port *p = &w->port[port];

	switch (p->kind) {
	case WIRE_RESPONDER:
		wire_resp_input(p->resp, frame, len, w->now);
		return true;
	case WIRE_PAIR:
		/* a full queue counts it, on the side where it arrives */
		wire_queue_push(&w->port[!port].in, frame, len);
		return true;
	case WIRE_TAP:
		return wire_tap_write(p->tap_fd, frame, len);
	case WIRE_SOCKET:
		return wire_stream_send(p->stream, frame, len, w->now);
	case WIRE_UNPLUGGED:
	default:
		return false;
	}
}

void wire_send(struct wire *w, unsigned port, const void *frame, size_t len,
	       uint64_t now_ns)
{
	struct wire_counts *c;

	if (port >= w->nports)
		return;
	w->now = now_ns;
	c = &w->port[port].counts;
	if (len < WIRE_FRAME_MIN || len > WIRE_FRAME_MAX) {
		c->out_drops++;
		return;
	}
	if (w->pcap)
		wire_pcap_frame(w->pcap, frame, len, now_ns);
	c->out_frames++;
	c->out_bytes += len;
	c->out_drops += !cross(w, port, frame, len);
}

const uint8_t *wire_peek(struct wire *w, unsigned port, size_t *len)
{
	struct port *p;

	if (port >= w->nports)
		return NULL;
	p = &w->port[port];
	if (p->resp && !p->in.frames)
		wire_resp_pull(p->resp);
	return wire_queue_peek(&p->in, len);
}

void wire_pop(struct wire *w, unsigned port)
{
	struct port *p;
	size_t len;

	if (port >= w->nports)
		return;
	p = &w->port[port];
	if (!wire_queue_peek(&p->in, &len))
		return;
	p->counts.in_frames++;
	p->counts.in_bytes += len;
	wire_queue_pop(&p->in);
}

static int port_fd(const struct port *p, short *events)
{
	bool room = wire_queue_room(&p->in);

	if (p->stream)
		return wire_stream_fd(p->stream, room, events);
	*events = POLLIN;
	return room ? p->tap_fd : -1;
}

int wire_fds(const struct wire *w, struct pollfd *fds, size_t cap)
{
	size_t n = 0;

	for (unsigned i = 0; i < w->nports && n < cap; i++) {
		short events = 0;
		int fd = port_fd(&w->port[i], &events);

		if (fd >= 0)
			fds[n++] = (struct pollfd){.fd = fd, .events = events};
	}
	return (int)n;
}

/* Somebody deleted the interface: frames are lost from now on. */
static void unplug(struct wire *w, struct port *p)
{
	log_warn("port %u: its TAP interface was deleted; restart to plug in "
		 "another",
		 (unsigned)(p - w->port));
	fd_close(&p->tap_fd);
	p->kind = WIRE_UNPLUGGED;
}

static void port_ready(struct wire *w, struct port *p, int fd)
{
	short events;

	if (fd < 0 || fd != port_fd(p, &events))
		return;
	if (p->stream)
		wire_stream_ready(p->stream, &p->in, w->now);
	else if (!wire_tap_read(fd, &p->in))
		unplug(w, p);
}

void wire_ready(struct wire *w, const struct pollfd *fds, size_t n,
		uint64_t now_ns)
{
	w->now = now_ns;
	for (size_t i = 0; i < n; i++)
		for (unsigned port = 0; fds[i].revents && port < w->nports;
		     port++)
			port_ready(w, &w->port[port], fds[i].fd);
}

uint64_t wire_deadline(const struct wire *w)
{
	uint64_t at = wire_pcap_deadline(w->pcap);

	for (unsigned i = 0; i < w->nports; i++) {
		const struct port *p = &w->port[i];

		if (p->resp)
			at = min_u64(at, wire_resp_deadline(p->resp));
		if (p->stream)
			at = min_u64(at, wire_stream_deadline(p->stream));
	}
	return at;
}

void wire_tick(struct wire *w, uint64_t now_ns)
{
	w->now = now_ns;
	for (unsigned i = 0; i < w->nports; i++) {
		if (w->port[i].resp)
			wire_resp_tick(w->port[i].resp, now_ns);
		if (w->port[i].stream)
			wire_stream_tick(w->port[i].stream, now_ns);
	}
	if (now_ns >= wire_pcap_deadline(w->pcap))
		wire_pcap_flush(w->pcap);
}

struct wire_counts wire_counts(const struct wire *w, unsigned port)
{
	struct wire_counts c = {0};

	if (port >= w->nports)
		return c;
	c = w->port[port].counts;
	c.in_drops = w->port[port].in.drops;
	if (w->port[port].resp)
		wire_resp_count(w->port[port].resp, &c);
	return c;
}
