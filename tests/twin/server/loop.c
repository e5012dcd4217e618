/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happens when: one poll(2) for everything.
 *
 * A client's message is answered first and the chip runs afterwards, because a
 * register access holds the client's whole machine up; what it set going may
 * take longer.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "tests/twin/server/server.h"

#define DEAF_NS UINT64_C(100000000) /* no descriptor left: so long */

enum {
	/* requests without reply that are handled before others' turn */
	BURST = 64,
	FDS = 1 + 3 * BCM_FUNCS + WIRE_PORTS,
};

/* The descriptors of one poll(2), and where whose are */
struct waiting {
	struct pollfd p[FDS];
	nfds_t n;
	unsigned client[BCM_FUNCS]; /* index of its socket; then its eventfd */
	unsigned listener[BCM_FUNCS];
	unsigned wire, nwire;
};

static unsigned add(struct waiting *w, int fd, short events)
{
	w->p[w->n] = (struct pollfd){.fd = fd, .events = events};
	return (unsigned)w->n++;
}

/* Has it sent what poll(2) does not know of any more? */
static bool buffered(const struct vfu_port *p)
{
	return p->connected && !p->session.ended &&
	       (vfu_session_events(&p->session) & POLLIN) &&
	       vfu_msg_buffered(&p->session);
}

static void add_client(struct waiting *w, const struct vfu_port *p)
{
	const struct vfu_session *s = &p->session;
	bool on = p->connected && !s->ended;

	w->client[p->fn] = add(w, on ? s->fd : -1, vfu_session_events(s));
	add(w, on ? s->irqs.resample : -1, POLLIN);
}

/* Every client and who wants to be one, and unless @nested the wire */
static void fill(struct vfu_server *s, struct waiting *w, bool nested)
{
	uint64_t now = s->deaf_until ? clock_now_ns() : 0;

	w->n = 0;
	add(w, s->signals, POLLIN);
	for (unsigned i = 0; i < s->nports; i++)
		add_client(w, &s->port[i]);
	for (unsigned i = 0; i < s->nports; i++) {
		bool free = !s->port[i].connected && now >= s->deaf_until;

		w->listener[i] =
			add(w, free ? s->port[i].listener : -1, POLLIN);
	}
	if (nested)
		return;
	w->wire = (unsigned)w->n;
	w->nwire = (unsigned)wire_fds(s->wire, w->p + w->n, FDS - w->n);
	w->n += w->nwire;
}

/* @until: of clock_now_ns(); 0 at once, UINT64_MAX never */
static int wait_for(struct waiting *w, uint64_t until)
{
	const uint64_t second = 1000000000;
	uint64_t now = until && until != UINT64_MAX ? clock_now_ns() : 0;
	uint64_t left = until > now ? until - now : 0;
	struct timespec t = {.tv_sec = (time_t)(left / second),
			     .tv_nsec = (long)(left % second)};

	if (ppoll(w->p, w->n, until == UINT64_MAX ? NULL : &t, NULL) >= 0 ||
	    errno == EINTR)
		return 0;
	return err_call(errno, "clients", "ppoll", NULL);
}

/*
 * One request that is waited for, or a burst of such that are not: then there
 * is more to come, and asking poll(2) first would be a waste.  What is buffered
 * is served before poll(2) waits, since that will not tell of it.
 */
static void serve(struct vfu_session *s)
{
	uint32_t quiet = USERWIRE_NO_REPLY | USERWIRE_REPLY;

	for (unsigned i = 0; i < BURST; i++) {
		if (vfu_session_step(s) <= 0)
			return;
		if (!vfu_msg_buffered(s) && !(s->in.msg.head.flags & quiet))
			return;
	}
}

static void accept_client(struct vfu_server *s, struct vfu_port *p)
{
	int fd = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0) {
		/* gone again; or there is none left for it, maybe later */
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
			s->deaf_until = clock_now_ns() + DEAF_NS;
		return;
	}
	if (vfu_session_open(&p->session, fd, &p->dev)) {
		vfu_log_line(s->log, p->name, "%s", err_last());
		return;
	}
	p->connected = true;
	vfu_log_line(s->log, p->name, "client came");
}

static void serve_ready(struct vfu_server *s, const struct waiting *w)
{
	if (w->p[0].revents)
		s->stop = true;
	for (unsigned i = 0; i < s->nports; i++) {
		const struct pollfd *p = &w->p[w->client[i]];
		struct vfu_port *port = &s->port[i];

		if (p[0].revents || buffered(port))
			serve(&port->session);
		if (p[1].revents)
			vfu_irqs_resample(&port->session.irqs);
		if (w->p[w->listener[i]].revents)
			accept_client(s, port);
	}
}

/* When the poll shall end although nothing came: @until, or earlier */
static uint64_t sooner(const struct vfu_server *s, uint64_t until)
{
	for (unsigned i = 0; i < s->nports; i++)
		if (buffered(&s->port[i]))
			return 0;
	return s->deaf_until > clock_now_ns() ? min_u64(until, s->deaf_until)
					      : until;
}

int vfu_server_serve(struct vfu_server *s, int ms)
{
	uint64_t until = clock_now_ns() + (uint64_t)ms * 1000000;
	struct waiting w;
	int rc;

	fill(s, &w, true);
	rc = wait_for(&w, sooner(s, until));
	if (rc)
		return rc;
	serve_ready(s, &w);
	return s->stop ? -EINTR : 0;
}

/* Clients that are gone; one that never said VERSION has changed nothing. */
static void drop_ended(struct vfu_server *s)
{
	for (unsigned i = 0; i < s->nports; i++) {
		struct vfu_port *p = &s->port[i];
		bool used = p->session.open;

		if (!p->connected || !p->session.ended)
			continue;
		vfu_session_close(&p->session);
		p->connected = false;
		vfu_log_line(s->log, p->name, "client went");
		if (used)
			vfu_device_gone(p);
	}
}

static int pass(struct vfu_server *s)
{
	struct waiting w;
	int rc;

	fill(s, &w, false);
	rc = wait_for(&w, sooner(s, vfu_device_deadline(s)));
	if (rc)
		return rc;
	serve_ready(s, &w);
	wire_ready(s->wire, w.p + w.wire, w.nwire, clock_now_ns());
	wire_tick(s->wire, clock_now_ns());
	vfu_device_run(s);
	drop_ended(s);
	return 0;
}

int vfu_server_run(struct vfu_server *s)
{
	int rc = 0;

	while (!rc && !s->stop)
		rc = pass(s);
	return rc;
}

/* From here on SIGTERM and SIGINT are something to poll for. */
static int take_signals(struct vfu_server *s)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return err_call(errno, "SIGTERM", "sigprocmask", NULL);
	s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->signals < 0)
		return err_call(errno, "SIGTERM", "signalfd", NULL);
	return 0;
}

int vfu_server_open(struct vfu_server *s, const struct vfu_opts *o,
		    struct vfu_log *log)
{
	int rc;

	*s = (struct vfu_server){.opts = o,
				 .log = log,
				 .nports = o->nsockets,
				 .signals = -1,
				 .share = {.fd = -1}};
	for (unsigned i = 0; i < BCM_FUNCS; i++) {
		struct vfu_port *p = &s->port[i];

		*p = (struct vfu_port){.server = s, .fn = i, .listener = -1};
		p->session.fd = -1;
		p->path = o->socket[i];
		snprintf(p->name, sizeof(p->name), "port %u", i);
	}
	rc = take_signals(s);
	if (!rc)
		rc = vfu_device_open(s);
	for (unsigned i = 0; i < s->nports && !rc; i++) {
		rc = vfu_listen(s->port[i].path, &s->port[i].listener);
		s->port[i].bound = !rc;
	}
	return rc;
}

void vfu_server_close(struct vfu_server *s)
{
	for (unsigned i = 0; i < s->nports; i++) {
		struct vfu_port *p = &s->port[i];

		if (p->connected)
			vfu_session_close(&p->session);
		p->connected = false;
		fd_close(&p->listener);
		if (p->bound)
			unlink(p->path);
		p->bound = false;
	}
	vfu_device_close(s);
	fd_close(&s->signals);
}
