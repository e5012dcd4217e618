/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The thread of a connection: what comes when nobody waits for anything.
 *
 * It serves the server's DMA requests, notices that the server is gone, and
 * sends INTx's unmasks.  The socket is armed for one event at a time: whoever
 * makes a request disarms it before and arms it afterwards, so that replies
 * wake only who waits for them.  A server that talks without pause cannot keep
 * requests from their turn, because the thread steps back for them.
 */
#include "vfio/user/user.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/fd.h"

/* What an event is about */
enum what { QUIT, MAIN, TWIN, EOI };

enum { RETRY_MS = 1 };

/* The thread's own */
struct state {
	struct vfio_user *u;
	bool quit;
	bool unmask;    /* is due */
	uint64_t until; /* and no later than this */
};

static int ctl(struct vfio_user *u, int op, int fd, enum what what,
	       uint32_t events)
{
	struct epoll_event e = {.events = events, .data.u32 = what};

	return epoll_ctl(u->epoll, op, fd, &e) ? -errno : 0;
}

void user_thread_watch(struct vfio_user *u, bool on)
{
	uint32_t events = EPOLLONESHOT | (on ? EPOLLIN : 0);

	if (u->running) /* it cannot fail: the socket is there */
		(void)ctl(u, EPOLL_CTL_MOD, u->main.fd, MAIN, events);
}

/*
 * Without .turn there is nothing to do: who has it, or is waiting for it, will
 * receive what there is, and arm the socket again.
 */
static void on_main(struct vfio_user *u)
{
	if (atomic_load(&u->wanted) || pthread_mutex_trylock(&u->turn))
		return;
	user_receive_unasked(u, &u->main);
	pthread_mutex_unlock(&u->turn);
	user_thread_watch(u, true);
}

static void on_eoi(struct state *t)
{
	struct vfio_user *u = t->u;
	eventfd_t v;

	pthread_mutex_lock(&u->eoi_lock);
	if (u->eoi >= 0 && !eventfd_read(u->eoi, &v) && !t->unmask) {
		t->unmask = true;
		t->until = user_until(u, USERWIRE_SET_IRQS);
	}
	pthread_mutex_unlock(&u->eoi_lock);
}

/* Never waits: the server may need an answer of this thread's before. */
static void send_unmask(struct state *t)
{
	int rc = user_unmask(t->u);

	if (rc != -EAGAIN)
		t->unmask = false;
	else if (clock_now_ns() > t->until)
		user_broken(t->u, USERWIRE_SET_IRQS, -ETIMEDOUT,
			    t->u->timeout_ms);
}

static void handle(struct state *t, enum what what)
{
	switch (what) {
	case QUIT:
		t->quit = true;
		return;
	case MAIN:
		on_main(t->u);
		return;
	case TWIN:
		user_receive_unasked(t->u, &t->u->twin);
		return;
	case EOI:
		on_eoi(t);
		return;
	}
}

static void begin(struct vfio_user *u)
{
	if (u->begin && u->begin(u->begin_opaque))
		user_die(u, 0, EIO, "%s", err_last());
}

static void *run(void *arg)
{
	struct state t = {.u = arg};
	struct epoll_event e[4];

	begin(t.u);
	while (!t.quit && !atomic_load(&t.u->dead)) {
		int n = epoll_wait(t.u->epoll, e, ARRAY_SIZE(e),
				   t.unmask ? RETRY_MS : -1);

		for (int i = 0; i < n; i++)
			handle(&t, (enum what)e[i].data.u32);
		if (t.unmask)
			send_unmask(&t);
	}
	return NULL;
}

/* Signals are for the threads that expect them. */
static int start(struct vfio_user *u)
{
	sigset_t all, old;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = -pthread_create(&u->thread, NULL, run, u);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return rc;
}

static int failed(const struct vfio_user *u, const char *call, int rc)
{
	return err_call(rc, u->name, call,
			"raise the limits: ulimit -n 4096, ulimit -u");
}

int user_thread_start(struct vfio_user *u)
{
	int rc;

	u->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (u->epoll < 0)
		return failed(u, "epoll_create1", errno);
	u->quit = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (u->quit < 0)
		return failed(u, "eventfd", errno);
	rc = ctl(u, EPOLL_CTL_ADD, u->quit, QUIT, EPOLLIN);
	if (!rc)
		rc = ctl(u, EPOLL_CTL_ADD, u->main.fd, MAIN,
			 EPOLLIN | EPOLLONESHOT);
	if (!rc && u->twin.fd >= 0)
		rc = ctl(u, EPOLL_CTL_ADD, u->twin.fd, TWIN, EPOLLIN);
	if (rc)
		return failed(u, "epoll_ctl", rc);
	u->running = true; /* the thread looks at it, too */
	rc = start(u);
	if (!rc)
		return 0;
	u->running = false;
	return failed(u, "pthread_create", rc);
}

void user_thread_stop(struct vfio_user *u)
{
	if (u->running) {
		(void)eventfd_write(u->quit, 1);
		pthread_join(u->thread, NULL);
	}
	u->running = false;
	fd_close(&u->eoi);
	fd_close(&u->quit);
	fd_close(&u->epoll);
}

static int swap_eoi(struct vfio_user *u, int fd)
{
	if (u->eoi >= 0)
		(void)ctl(u, EPOLL_CTL_DEL, u->eoi, EOI, 0);
	fd_close(&u->eoi);
	if (fd < 0)
		return 0;
	u->eoi = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (u->eoi < 0)
		return -errno;
	return ctl(u, EPOLL_CTL_ADD, u->eoi, EOI, EPOLLIN);
}

int user_thread_eoi(struct vfio_user *u, int fd)
{
	int rc;

	pthread_mutex_lock(&u->eoi_lock);
	rc = swap_eoi(u, fd);
	pthread_mutex_unlock(&u->eoi_lock);
	return rc ? failed(u, "epoll_ctl", rc) : 0;
}
