/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poll(2) over a handful of descriptors, each of which has a function below,
 * and those of every device: it is lost, it is wanted back, it has failed.
 */
#include "vmm/machine/loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "vmm/machine/lost.h"
#include "vmm/machine/machine.h"
#include "vmm/machine/stats.h"

#define DRAIN_MS   50
#define LOCK_NS    (20 * CLOCK_MS)
#define FOREVER_MS 1000000 /* poll(2) takes an int; the loop asks again */

enum { ON_STOP, ON_SIGNAL, ON_ROOM, ON_INPUT, ON_DEVICE };
enum { OF_REQ = ASSIGN_REQ, OF_ERR = ASSIGN_ERR, OF_LOST = ASSIGN_EVENTS, OFS };

struct loop {
	struct machine *m;
	struct pollfd fd[ON_DEVICE + OFS * MACHINE_DEVICES];
	uint8_t typed[65]; /* for the guest, not taken yet */
	size_t ntyped;
	bool late;     /* the lock was not to be had for it */
	uint32_t hide; /* bit i: device i is lost, and the guest sees it */
	bool done;
};

static void stop(struct loop *l, enum stop_reason reason, int status)
{
	machine_stop(l->m, (struct stop){reason, status});
}

/*
 * A vCPU that waits for a reader of its output has the lock; this thread must
 * see signals and the clock meanwhile.
 */
static bool try_lock(struct loop *l)
{
	uint64_t until = clock_now_ns() + LOCK_NS;
	const struct timespec t = {(time_t)(until / CLOCK_SEC),
				   (long)(until % CLOCK_SEC)};

	return !pthread_mutex_clocklock(&l->m->lock, CLOCK_MONOTONIC, &t);
}

static void on_signal(struct loop *l)
{
	struct signalfd_siginfo info;

	if (read(l->fd[ON_SIGNAL].fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGUSR1)
		stats_write(l->m);
	else
		stop(l, STOP_SIGNAL, (int)info.ssi_signo);
}

/*
 * Gives the guest what was typed; what does not fit waits for room(), all of it
 * for the lock.
 */
static void push(struct loop *l)
{
	struct machine *m = l->m;
	struct serial *s = &m->legacy.com[m->cfg->input_com].serial;
	size_t n;

	l->fd[ON_INPUT].events = 0;
	l->late = !try_lock(l);
	if (l->late)
		return;
	n = serial_rx_push(s, l->typed, l->ntyped);
	pthread_mutex_unlock(&m->lock);
	l->ntyped -= n;
	memmove(l->typed, l->typed + n, l->ntyped);
	l->fd[ON_INPUT].events = l->ntyped ? 0 : POLLIN;
}

static void on_room(struct loop *l)
{
	eventfd_t count;

	if (!eventfd_read(l->fd[ON_ROOM].fd, &count) && l->ntyped)
		push(l);
}

static void on_input(struct loop *l)
{
	const struct machine_config *cfg = l->m->cfg;
	uint8_t in[sizeof(l->typed) - 1];
	ssize_t n = read(l->fd[ON_INPUT].fd, in, sizeof(in));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) { /* the terminal is gone: no more input */
		l->fd[ON_INPUT].fd = -1;
		return;
	}
	memcpy(l->typed, in, (size_t)n);
	l->ntyped = (size_t)n;
	if (cfg->input && !cfg->input(cfg->input_opaque, in, (size_t)n,
				      l->typed, &l->ntyped)) {
		stop(l, STOP_USER, 0);
		return;
	}
	if (l->ntyped)
		push(l);
}

/* All descriptors of a device stay readable: once is enough. */
static void on_device(struct loop *l, unsigned i)
{
	struct pollfd *of = &l->fd[ON_DEVICE + OFS * i];

	for (unsigned k = 0; k < OFS; k++) {
		if (!of[k].revents)
			continue;
		of[k].fd = -1;
		if (k != OF_LOST)
			lost_event(l->m, i, (enum assign_event)k);
		else if (lost_tell(l->m, i))
			l->hide |= 1U << i;
	}
}

static void watch_device(struct loop *l, unsigned i)
{
	const struct assign_dev *d = &l->m->dev[i];
	struct pollfd *of = &l->fd[ON_DEVICE + OFS * i];

	for (unsigned k = 0; k < OFS; k++)
		of[k] = (struct pollfd){
			k == OF_LOST ? assign_lost_fd(d)
				     : assign_event_fd(d, (enum assign_event)k),
			POLLIN, 0};
}

/* Likewise: the locks that it takes may be waiting for a reader. */
static void hide(struct loop *l)
{
	for (unsigned i = 0; i < l->m->ndev; i++) {
		struct assign_dev *d = &l->m->dev[i];

		if (l->hide & 1U << i &&
		    assign_lost(d, clock_now_ns() + LOCK_NS) != -EAGAIN)
			l->hide &= ~(1U << i);
	}
}

/*
 * Until the deadline, but not longer than kept output may wait: our init makes
 * an exit after each piece, another guest may not.
 */
static int wait_ms(const struct loop *l)
{
	uint64_t deadline = l->m->cfg->deadline_ns;
	bool soon = l->m->cfg->keep_output || l->late || l->hide;
	int64_t most = soon ? DRAIN_MS : FOREVER_MS;
	int64_t left;

	if (!deadline)
		return soon ? DRAIN_MS : -1;
	left = (int64_t)(deadline - clock_now_ns());
	if (left <= 0)
		return 0;
	left = (left + 999999) / 1000000;
	return (int)(left < most ? left : most);
}

/* Without a reader a vCPU waits for one, when it has filled the ring. */
static void drain(struct loop *l)
{
	if (!l->m->cfg->keep_output || !legacy_can_output(&l->m->legacy) ||
	    !try_lock(l))
		return;
	machine_drain(l->m);
	pthread_mutex_unlock(&l->m->lock);
}

static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

void loop_signals(sigset_t *set)
{
	sigemptyset(set);
	for (unsigned i = 0; i < ARRAY_SIZE(ending); i++)
		sigaddset(set, ending[i]);
}

void loop_all_signals(sigset_t *set)
{
	loop_signals(set);
	sigaddset(set, SIGUSR1);
}

static bool expired(const struct machine *m)
{
	uint64_t deadline = m->cfg->deadline_ns;

	return deadline && clock_now_ns() >= deadline;
}

int loop_asked_to_stop(struct machine *m)
{
	sigset_t pending;

	sigpending(&pending);
	for (unsigned i = 0; i < ARRAY_SIZE(ending); i++) {
		if (!sigismember(&pending, ending[i]))
			continue;
		m->stop = (struct stop){STOP_SIGNAL, ending[i]};
		return err_set(EINTR, "signal %d before the guest started",
			       ending[i]);
	}
	if (!expired(m))
		return 0;
	m->stop = (struct stop){.reason = STOP_TIMEOUT};
	return err_set(ETIME, "time is up before the guest started; give a "
			      "longer --timeout or a smaller --memory");
}

static void dispatch(struct loop *l)
{
	if (l->fd[ON_STOP].revents)
		l->done = true;
	if (l->fd[ON_SIGNAL].revents)
		on_signal(l);
	if (l->fd[ON_ROOM].revents)
		on_room(l);
	if (l->fd[ON_INPUT].revents)
		on_input(l);
	for (unsigned i = 0; i < l->m->ndev; i++)
		on_device(l, i);
}

static int run(struct loop *l)
{
	while (!l->done) {
		int n = poll(l->fd, ON_DEVICE + OFS * l->m->ndev, wait_ms(l));

		if (n < 0 && errno != EINTR)
			return err_call(errno, "event loop", "poll", NULL);
		if (n > 0)
			dispatch(l);
		if (expired(l->m))
			stop(l, STOP_TIMEOUT, 0);
		if (l->late)
			push(l);
		hide(l);
		drain(l);
	}
	return 0;
}

int loop_run(struct machine *m)
{
	struct loop l = {.m = m};
	sigset_t set;
	int sigfd;
	int rc;

	loop_all_signals(&set);
	sigfd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (sigfd < 0)
		return err_call(errno, "event loop", "signalfd",
				"raise the limit: ulimit -n 4096");
	l.fd[ON_STOP] = (struct pollfd){m->stop_fd, POLLIN, 0};
	l.fd[ON_SIGNAL] = (struct pollfd){sigfd, POLLIN, 0};
	l.fd[ON_ROOM] = (struct pollfd){m->legacy.room_fd, POLLIN, 0};
	l.fd[ON_INPUT] = (struct pollfd){m->cfg->input_fd, POLLIN, 0};
	for (unsigned i = 0; i < m->ndev; i++)
		watch_device(&l, i);
	rc = run(&l);
	fd_close(&sigfd);
	return rc;
}
