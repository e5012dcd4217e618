/* SPDX-License-Identifier: BSD-2-Clause */
/* SET_IRQS: eventfds in runs and chunks, and the unmasking of INTx. */
#include "tests/unit/test_user.h"

#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/tell.h"
#include "test_said.h"
#include "vfio/irq.h"

enum { MAX = 64 };

/* What came, in order */
struct sets {
	struct userwire_irq_set s[MAX];
	unsigned nfds[MAX];
	uint32_t flags[MAX]; /* of the header */
	atomic_uint n;
	int trigger[MAX]; /* eventfds by vector */
	uint32_t refuse;  /* the message with this .start; 0: none */
};

static bool note(struct peer *p, struct peer_msg *m)
{
	struct sets *x = p->ctx;
	unsigned n = atomic_load(&x->n);

	if (m->h.cmd != USERWIRE_SET_IRQS)
		return false;
	cr_assert_eq(m->len, sizeof(x->s[0]));
	cr_assert_lt(n, MAX);
	memcpy(&x->s[n], m->body, sizeof(x->s[0]));
	x->nfds[n] = m->nfds;
	x->flags[n] = m->h.flags;
	for (unsigned i = 0; i < m->nfds; i++) {
		fd_close(&x->trigger[x->s[n].start + i]);
		x->trigger[x->s[n].start + i] = m->fds[i];
	}
	m->nfds = 0;
	if (x->refuse && x->s[n].start == x->refuse) {
		peer_error(p, m, EINVAL, 20);
		return true;
	}
	atomic_store(&x->n, n + 1);
	return false;
}

static struct ut *open_irqs(struct sets *x, const char *json)
{
	struct ut *t = ut_new();

	memset(x, 0, sizeof(*x));
	for (unsigned i = 0; i < MAX; i++)
		x->trigger[i] = -1;
	t->peer->ctx = x;
	t->peer->hook = note;
	t->peer->json = json;
	cr_assert(!ut_open(t), "%s", err_last());
	return t;
}

static void close_irqs(struct ut *t, struct sets *x)
{
	ut_join(t);
	for (unsigned i = 0; i < MAX; i++)
		fd_close(&x->trigger[i]);
	ut_free(t);
}

static void assert_set(const struct sets *x, unsigned i, uint32_t start,
		       uint32_t count, unsigned nfds)
{
	cr_assert_lt(i, x->n);
	cr_assert_eq(x->s[i].argsz, 20);
	cr_assert_eq(x->s[i].flags,
		     VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER);
	cr_assert_eq(x->s[i].index, VFIO_PCI_MSIX_IRQ_INDEX);
	cr_assert_eq(x->s[i].start, start, "message %u", i);
	cr_assert_eq(x->s[i].count, count, "message %u", i);
	cr_assert_eq(x->nfds[i], nfds, "message %u", i);
}

static void make_fds(int *fds, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		fds[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

static void close_fds(int *fds, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		fd_close(&fds[i]);
}

Test(test_user_irqs, chunks_of_what_the_server_takes)
{
	struct sets x;
	struct ut *t = open_irqs(&x, "{\"capabilities\":{\"max_msg_fds\":8}}");
	int fds[20];
	eventfd_t v;

	make_fds(fds, 20);
	cr_assert(!vfio_irq_enable(&t->d, VFIO_PCI_MSIX_IRQ_INDEX, 3, fds, 20));
	cr_assert_eq(x.n, 3);
	assert_set(&x, 0, 3, 8, 8);
	assert_set(&x, 1, 11, 8, 8);
	assert_set(&x, 2, 19, 4, 4);
	for (unsigned i = 0; i < 20; i++) {
		cr_assert(!eventfd_write(x.trigger[3 + i], i + 1));
		cr_assert(!eventfd_read(fds[i], &v));
		cr_assert_eq(v, i + 1, "each to its vector");
	}
	close_fds(fds, 20);
	close_irqs(t, &x);
}

Test(test_user_irqs, one_at_a_time_where_no_number_is_told)
{
	struct sets x;
	struct ut *t = open_irqs(&x, "{}");
	int fds[3];

	make_fds(fds, 3);
	cr_assert(!vfio_irq_enable(&t->d, VFIO_PCI_MSIX_IRQ_INDEX, 0, fds, 3));
	cr_assert_eq(x.n, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_set(&x, i, i, 1, 1);
	close_fds(fds, 3);
	close_irqs(t, &x);
}

Test(test_user_irqs, vectors_without_eventfd_are_messages_of_their_own)
{
	struct sets x;
	struct ut *t = open_irqs(&x, "{\"capabilities\":{\"max_msg_fds\":8}}");
	int ev[3], fds[20];

	make_fds(ev, 3);
	memset(fds, 0xff, sizeof(fds));
	fds[2] = ev[0];
	fds[3] = ev[1];
	fds[19] = ev[2];
	cr_assert(!vfio_irq_enable(&t->d, VFIO_PCI_MSIX_IRQ_INDEX, 0, fds, 20));
	cr_assert_eq(x.n, 4);
	assert_set(&x, 0, 0, 2, 0);
	assert_set(&x, 1, 2, 2, 2);
	assert_set(&x, 2, 4, 15, 0);
	assert_set(&x, 3, 19, 1, 1);
	close_fds(ev, 3);
	close_irqs(t, &x);
}

Test(test_user_irqs, a_refusal_ends_the_series)
{
	struct sets x;
	struct ut *t = open_irqs(&x, "{\"capabilities\":{\"max_msg_fds\":2}}");
	int fds[6];

	make_fds(fds, 6);
	x.refuse = 2;
	cr_assert_eq(vfio_irq_enable(&t->d, VFIO_PCI_MSIX_IRQ_INDEX, 0, fds, 6),
		     -EINVAL);
	cr_assert(strstr(err_last(), "SET_IRQS: EINVAL"), "%s", err_last());
	cr_assert_eq(x.n, 1);
	cr_assert_eq(vfio_user.check(&t->d), 0);
	close_fds(fds, 6);
	close_irqs(t, &x);
}

Test(test_user_irqs, disable_mask_unmask)
{
	static const uint32_t want[][3] = {
		{VFIO_IRQ_SET_ACTION_TRIGGER, VFIO_PCI_MSIX_IRQ_INDEX, 0},
		{VFIO_IRQ_SET_ACTION_MASK, 0, 1},
		{VFIO_IRQ_SET_ACTION_UNMASK, 0, 1},
	};
	struct sets x;
	struct ut *t = open_irqs(&x, "{}");

	cr_assert(!vfio_irq_disable(&t->d, VFIO_PCI_MSIX_IRQ_INDEX));
	cr_assert(!vfio_irq_mask(&t->d));
	cr_assert(!vfio_irq_unmask(&t->d));
	for (unsigned i = 0; i < 3; i++) {
		cr_assert_eq(x.s[i].flags, VFIO_IRQ_SET_DATA_NONE | want[i][0]);
		cr_assert_eq(x.s[i].index, want[i][1]);
		cr_assert_eq(x.s[i].count, want[i][2]);
		cr_assert_eq(x.nfds[i], 0);
	}
	close_irqs(t, &x);
}

/* ---- INTx ------------------------------------------------------------- */

/* Until so many messages have come */
static void wait_sets(struct sets *x, unsigned n)
{
	for (unsigned i = 0; i < 2000 && x->n < n; i++)
		usleep(1000);
	cr_assert_eq(x->n, n);
}

Test(test_user_irqs, an_eoi_is_a_message_that_is_not_answered)
{
	struct sets x;
	struct ut *t = open_irqs(&x, "{}");
	int eoi = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	eventfd_t v;

	cr_assert(!vfio_irq_unmask_on(&t->d, eoi));
	cr_assert_eq(x.n, 0, "the server need not know how");
	for (unsigned i = 0; i < 5; i++) {
		eventfd_write(eoi, 1);
		wait_sets(&x, i + 1);
		cr_assert_eq(x.s[i].flags, VFIO_IRQ_SET_DATA_NONE |
						   VFIO_IRQ_SET_ACTION_UNMASK);
		cr_assert_eq(x.s[i].index, 0);
		cr_assert_eq(x.s[i].count, 1);
		cr_assert_eq(x.flags[i], USERWIRE_NO_REPLY);
		cr_assert_eq(eventfd_read(eoi, &v), -1, "it was taken");
	}
	cr_assert_eq(ut_read32(t, 0), 0);
	close(eoi);
	close_irqs(t, &x);
}

Test(test_user_irqs, an_eoi_is_told_although_a_request_is_out)
{
	struct sets x;
	struct ut *t = open_irqs(&x, "{}");
	struct vfio_user *u = t->d.priv;
	int eoi = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	cr_assert(!vfio_irq_unmask_on(&t->d, eoi));
	pthread_mutex_lock(&u->turn); /* as if a request were out */
	eventfd_write(eoi, 1);
	wait_sets(&x, 1);
	pthread_mutex_unlock(&u->turn);
	close(eoi);
	close_irqs(t, &x);
}

Test(test_user_irqs, an_eoi_waits_for_who_is_sending)
{
	struct sets x;
	struct ut *t = open_irqs(&x, "{}");
	struct vfio_user *u = t->d.priv;
	int eoi = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	cr_assert(!vfio_irq_unmask_on(&t->d, eoi));
	pthread_mutex_lock(&u->main.tx);
	eventfd_write(eoi, 1);
	usleep(20000);
	cr_assert_eq(x.n, 0);
	pthread_mutex_unlock(&u->main.tx);
	wait_sets(&x, 1);
	close(eoi);
	close_irqs(t, &x);
}

Test(test_user_irqs, an_eoi_does_not_wait_for_who_tells)
{
	static const struct tell_row row = {.name = "LONG"};
	struct sets x;
	struct ut *t = open_irqs(&x, "{}");
	int eoi = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct tell_call c;

	alarm(20);
	cr_assert(!vfio_irq_unmask_on(&t->d, eoi));
	said_begin();
	tell_trace(1U << TELL_VFIO, STDERR_FILENO);
	tell_call_begin(&c, TELL_VFIO, &row, "it", NULL);
	for (unsigned i = 1; i <= 2; i++) {
		eventfd_write(eoi, 1);
		wait_sets(&x, i);
	}
	tell_call_end(&c, 0);
	said_end();
	close(eoi);
	close_irqs(t, &x);
}

/* A while in which the thread has nothing to do, and does not do it again */
static void idle(void)
{
	clock_t before = clock();

	usleep(200000);
	cr_assert_lt(clock() - before, CLOCKS_PER_SEC / 100);
}

Test(test_user_irqs, an_eoi_counts_until_intx_is_disabled)
{
	struct sets x;
	struct ut *t = open_irqs(&x, "{}");
	unsigned fds = ut_count_fds();
	int eoi[2];

	make_fds(eoi, 2);
	cr_assert(!vfio_irq_unmask_on(&t->d, eoi[0]));
	cr_assert(!vfio_irq_unmask_on(&t->d, eoi[1]));
	cr_assert_eq(ut_count_fds(), fds + 3, "the first one's is closed");
	eventfd_write(eoi[0], 1);
	eventfd_write(eoi[1], 1);
	wait_sets(&x, 1);
	cr_assert(!vfio_irq_disable(&t->d, VFIO_PCI_INTX_IRQ_INDEX));
	eventfd_write(eoi[1], 1);
	idle();
	cr_assert_eq(x.n, 2, "one unmask, one disable");
	close_fds(eoi, 2);
	cr_assert_eq(ut_count_fds(), fds);
	close_irqs(t, &x);
}

Test(test_user_irqs, what_cannot_be_is_refused_here)
{
	struct sets x;
	struct ut *t = open_irqs(&x, "{}");
	int fd = eventfd(0, EFD_CLOEXEC);
	struct vfio_irq_set *set = calloc(1, sizeof(*set) + sizeof(fd));

	set->argsz = sizeof(*set) + sizeof(fd);
	set->flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_MASK;
	set->count = 1;
	memcpy(set->data, &fd, sizeof(fd));
	cr_assert_eq(vfio_user.set_irqs(&t->d, set), -ENOTTY);
	set->flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_UNMASK;
	set->index = VFIO_PCI_MSIX_IRQ_INDEX;
	cr_assert_eq(vfio_user.set_irqs(&t->d, set), -ENOTTY);
	set->flags = VFIO_IRQ_SET_DATA_BOOL | VFIO_IRQ_SET_ACTION_TRIGGER;
	cr_assert_eq(vfio_user.set_irqs(&t->d, set), -ENOTTY);
	cr_assert_eq(x.n, 0);
	free(set);
	close(fd);
	close_irqs(t, &x);
}

Test(user_irqs, messages_are_told_with_their_structures)
{
	struct sets x;
	struct ut *t = ut_new();
	const char *text;
	struct vfio_region_info bar = {.index = VFIO_PCI_BAR0_REGION_INDEX};
	struct vfio_irq_info irq = {.index = VFIO_PCI_MSIX_IRQ_INDEX};
	int fd = eventfd(0, EFD_CLOEXEC);

	memset(&x, 0, sizeof(x));
	for (unsigned i = 0; i < MAX; i++)
		x.trigger[i] = -1;
	t->peer->ctx = &x;
	t->peer->hook = note;
	said_begin();
	tell_trace(1U << TELL_VFIO, STDERR_FILENO);
	cr_assert(!ut_open(t), "%s", err_last());
	cr_assert(!vfio_irq_enable(&t->d, VFIO_PCI_MSIX_IRQ_INDEX, 0, &fd, 1));
	close(fd);
	cr_assert(!t->d.ops->region_info(&t->d, &bar, sizeof(bar)));
	cr_assert(!t->d.ops->irq_info(&t->d, &irq));
	text = said();
	said_end();
	tell_off();
	close_irqs(t, &x);
	cr_expect_not_null(strstr(text, "version=0.0 -> 0 version=0.0\n"));
	cr_expect_not_null(strstr(text, "vfio VFIO_USER_GET_INFO vfio-user:"));
	cr_expect_not_null(strstr(text, " index=BAR0 -> 0 argsz="), "%s", text);
	cr_expect_not_null(strstr(text, " index=MSI-X -> 0 flags=EVENTFD"));
	cr_expect_not_null(strstr(text, " flags=DATA_EVENTFD|ACTION_TRIGGER "
					"index=MSI-X start=0 count=1 "
					"eventfds=1 -> 0\n"));
}
