/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a server, in every way that it can come, and time limits. */
#include "tests/unit/test_user.h"

static uint64_t since_ms(uint64_t start)
{
	return (clock_now_ns() - start) / CLOCK_MS;
}

/* Which message the server does not live to answer */
static bool die_at(struct peer *p, struct peer_msg *m)
{
	return m->h.cmd == (uintptr_t)p->ctx && (p->stop = true);
}

static bool silent_at(struct peer *p, struct peer_msg *m)
{
	return m->h.cmd == (uintptr_t)p->ctx;
}

static struct ut *at(unsigned cmd, peer_hook *hook)
{
	struct ut *t = ut_with(NULL);

	t->peer->ctx = (void *)(uintptr_t)cmd;
	t->peer->hook = hook;
	ut_hurry(t);
	return t;
}

Test(test_user_dead, gone_while_a_request_is_out)
{
	struct ut *t = at(USERWIRE_REGION_READ, die_at);

	cr_assert_eq(ut_read32(t, 0), -ECONNRESET);
	ut_assert_dead(t, "REGION_READ: ECONNRESET (the server is gone)",
		       "see the server's log and start it again");
	ut_free(t);
}

static bool die_after(struct peer *p, struct peer_msg *m)
{
	p->stop = m->h.cmd == (uintptr_t)p->ctx;
	return false;
}

Test(test_user_dead, gone_while_nobody_looks)
{
	struct ut *t = at(USERWIRE_RESET, die_after);

	cr_assert(!vfio_user.reset(&t->d));
	ut_assert_dead(t, "ECONNRESET", "the server is gone");
	ut_free(t);
}

Test(test_user_dead, every_call_fails_at_once_and_says_why)
{
	struct ut *t = at(USERWIRE_REGION_READ, die_at);
	struct vfio_device_info info = {.argsz = sizeof(info)};
	struct vfio_irq_set set = {.argsz = sizeof(set),
				   .flags = VFIO_IRQ_SET_DATA_NONE |
					    VFIO_IRQ_SET_ACTION_TRIGGER};
	uint32_t v = 0;

	ut_ram(t);
	ut_read32(t, 0);
	cr_assert_eq(vfio_user.info(&t->d, &info), -EIO);
	cr_assert(strstr(err_last(), "REGION_READ: ECONNRESET"));
	cr_assert_eq(vfio_user.reset(&t->d), -EIO);
	cr_assert_eq(vfio_user.set_irqs(&t->d, &set), -EIO);
	cr_assert_eq(vfio_user.write(&t->d, &t->bar, 0, &v, 4), -EIO);
	cr_assert_eq(vfio_user.write(&t->d, &t->config, 0, &v, 4), -EIO);
	cr_assert_eq(vfio_user.map(t->c, &t->mem, t->mem.part[0].gpa), -EIO);
	cr_assert_eq(vfio_user.check(&t->d), -EIO);
	cr_assert_eq(vfio_user.unmap(t->c, (struct range){0, 0x1000}), 0,
		     "teardown goes on");
	ut_free(t);
}

Test(test_user_dead, generic_reads_are_all_ones)
{
	struct ut *t = at(USERWIRE_REGION_READ, die_at);
	uint32_t v = 0;

	cr_assert_lt(vfio_region_read(&t->d, &t->bar, 0, &v, 4), 0);
	cr_assert_eq(v, UINT32_MAX);
	ut_free(t);
}

Test(test_user_dead, gone_at_each_message_of_opening)
{
	static const unsigned cmds[] = {USERWIRE_VERSION, USERWIRE_GET_INFO,
					USERWIRE_RESET, USERWIRE_REGION_READ,
					USERWIRE_DMA_MAP};

	for (size_t i = 0; i < ARRAY_SIZE(cmds); i++) {
		struct ut *t = ut_new();

		ut_ram(t);
		cr_assert(!vfio_user.map(t->c, &t->mem, t->mem.part[0].gpa));
		t->peer->hook = die_at;
		t->peer->ctx = (void *)(uintptr_t)cmds[i];
		cr_assert_lt(ut_open(t), 0, "%zu", i);
		cr_assert(strstr(err_last(), "the server is gone"), "%s",
			  err_last());
		cr_assert_eq(t->d.priv, NULL);
		ut_free(t);
	}
}

/* ---- time limits ------------------------------------------------------ */

Test(test_user_dead, no_answer)
{
	struct ut *t = at(USERWIRE_REGION_READ, silent_at);
	uint64_t start = clock_now_ns();
	struct timespec until;

	cr_assert_eq(ut_read32(t, 0), -ETIMEDOUT);
	cr_assert_geq(since_ms(start), UT_MS);
	cr_assert_lt(since_ms(start), UT_MS + UT_SLACK);
	ut_assert_dead(t,
		       "REGION_READ: ETIMEDOUT (no answer within 300 ms); see "
		       "the server's log",
		       "start it again");
	/* the server is told at once, though the device stays open */
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 10;
	cr_assert(!pthread_timedjoin_np(t->thread, NULL, &until));
	t->joined = true;
	ut_free(t);
}

Test(test_user_dead, no_answer_to_a_reset)
{
	struct ut *t = at(USERWIRE_RESET, silent_at);
	uint64_t start = clock_now_ns();

	cr_assert_eq(vfio_user.reset(&t->d), -ETIMEDOUT);
	cr_assert_geq(since_ms(start), UT_SLOW);
	cr_assert_lt(since_ms(start), UT_SLOW + UT_SLACK);
	ut_assert_dead(t, "RESET: ETIMEDOUT", "within 1800 ms");
	ut_free(t);
}

/* A reply, a byte at a time, each well within the limit */
static bool trickle(struct peer *p, struct peer_msg *m)
{
	struct userwire_header h = {.id = m->h.id,
				    .cmd = m->h.cmd,
				    .size = 36,
				    .flags = USERWIRE_REPLY};
	struct pollfd gone = {.fd = p->fd, .events = POLLRDHUP};
	uint8_t buf[36] = {0};

	if (m->h.cmd != USERWIRE_REGION_READ || p->nlog <= 4)
		return false;
	memcpy(buf, &h, sizeof(h));
	memcpy(buf + sizeof(h), m->body, 16);
	for (unsigned i = 0; i < sizeof(buf) && !poll(&gone, 1, UT_MS / 2); i++)
		peer_send(p, buf + i, 1, NULL, 0);
	return true;
}

Test(test_user_dead, a_byte_at_a_time_is_too_slow)
{
	struct ut *t = ut_with(trickle);
	uint64_t start = clock_now_ns();

	ut_hurry(t);
	cr_assert_eq(ut_read32(t, 0), -ETIMEDOUT);
	cr_assert_lt(since_ms(start), UT_MS + UT_SLACK);
	ut_assert_dead(t, "REGION_READ", "no answer within");
	ut_free(t);
}

static bool trickle_fast(struct peer *p, struct peer_msg *m)
{
	struct userwire_header h = {.id = m->h.id,
				    .cmd = m->h.cmd,
				    .size = 36,
				    .flags = USERWIRE_REPLY};
	uint8_t buf[36] = {0};

	if (m->h.cmd != USERWIRE_REGION_READ || p->nlog <= 4)
		return false;
	memcpy(buf, &h, sizeof(h));
	memcpy(buf + sizeof(h), m->body, 16);
	buf[32] = 42;
	for (unsigned i = 0; i < sizeof(buf); i++) {
		usleep(100);
		peer_send(p, buf + i, 1, NULL, 0);
	}
	return true;
}

Test(test_user_dead, in_pieces_but_in_time)
{
	struct ut *t = ut_with(trickle_fast);

	cr_assert_eq(ut_read32(t, 0), 42, "%s", err_last());
	ut_free(t);
}

/* DMA requests for ever, more than can be served, and no reply */
static bool babble(struct peer *p, struct peer_msg *m)
{
	struct {
		struct userwire_header h;
		struct userwire_dma w;
	} many[1000];
	struct pollfd gone = {.fd = p->fd, .events = POLLRDHUP};

	if (m->h.cmd != USERWIRE_REGION_READ || p->nlog <= 4)
		return false;
	for (unsigned i = 0; i < ARRAY_SIZE(many); i++) {
		many[i].h = (struct userwire_header){.cmd = USERWIRE_DMA_WRITE,
						     .flags = USERWIRE_NO_REPLY,
						     .size = sizeof(many[i])};
		many[i].w = (struct userwire_dma){UT_RAM_GPA, 0};
	}
	while (poll(&gone, 1, 0) == 0)
		peer_send(p, many, sizeof(many), NULL, 0);
	p->stop = true;
	return true;
}

Test(test_user_dead, requests_without_end_are_no_answer)
{
	struct ut *t = ut_with(babble);
	uint64_t start = clock_now_ns();

	ut_hurry(t);
	cr_assert_eq(ut_read32(t, 0), -ETIMEDOUT);
	cr_assert_lt(since_ms(start), UT_MS + UT_SLACK);
	ut_assert_dead(t, "REGION_READ", "no answer within");
	ut_free(t);
}

/*
 * At a posted write: more than can be served in a millisecond, and behind it
 * the reply to what will be asked next.
 */
static bool reply_behind_much(struct peer *p, struct peer_msg *m)
{
	struct {
		struct userwire_header h;
		struct userwire_dma w;
	} one = {.h = {.cmd = USERWIRE_DMA_WRITE,
		       .flags = USERWIRE_NO_REPLY,
		       .size = sizeof(one)}},
	  many[3000];
	struct peer_msg *next;

	if (m->h.cmd != USERWIRE_REGION_WRITE)
		return false;
	for (unsigned i = 0; i < ARRAY_SIZE(many); i++)
		memcpy(&many[i], &one, sizeof(one));
	peer_send(p, many, sizeof(many), NULL, 0);
	next = calloc(1, sizeof(*next));
	next->h = (struct userwire_header){
		.id = (uint16_t)(p->log[p->nlog - 2].id + 1),
		.cmd = USERWIRE_REGION_READ};
	le_put(next->body + 12, 4, 4);
	peer_reply(p, next, next->body, 20);
	free(next);
	atomic_store((atomic_bool *)p->ctx, true);
	return true;
}

static int64_t read_behind_much(unsigned ms)
{
	struct ut *t = ut_with(NULL);
	struct vfio_user *u = t->d.priv;
	atomic_bool sent = false;
	uint32_t v = 0;
	int64_t rc;

	ut_hurry(t);
	t->peer->ctx = &sent;
	t->peer->hook = reply_behind_much;
	pthread_mutex_lock(&u->turn); /* so that all of it stays there */
	cr_assert_eq(vfio_user.write(&t->d, &t->bar, 0, &v, 4), 4);
	while (!sent)
		usleep(1000);
	u->timeout_ms = ms;
	pthread_mutex_unlock(&u->turn);
	rc = ut_read32(t, 0);
	ut_free(t);
	return rc;
}

Test(test_user_dead, a_reply_counts_until_its_time_is_up)
{
	cr_assert_eq(read_behind_much(5000), 0);
	cr_assert_eq(read_behind_much(1), -ETIMEDOUT);
}

/* ---- a server that does not read -------------------------------------- */

static bool deaf(struct peer *p, struct peer_msg *m)
{
	struct pollfd gone = {.fd = p->fd, .events = POLLRDHUP};

	if (m->h.cmd != USERWIRE_RESET || !p->ctx)
		return false;
	peer_answer(p, m);
	poll(&gone, 1, 10000);
	p->stop = true;
	return true;
}

static struct ut *open_deaf(void)
{
	struct ut *t = ut_with(deaf);

	t->peer->ctx = t;
	cr_assert(!vfio_user.reset(&t->d));
	ut_hurry(t);
	return t;
}

Test(test_user_dead, posted_writes_that_nobody_reads)
{
	struct ut *t = open_deaf();
	uint64_t start = clock_now_ns();
	ssize_t n = 4;
	uint32_t v = 0;

	for (unsigned i = 0; i < 1000000 && n == 4; i++)
		n = vfio_user.write(&t->d, &t->bar, 0, &v, 4);
	cr_assert_eq(n, -ETIMEDOUT);
	cr_assert_lt(since_ms(start), UT_MS + UT_SLACK);
	ut_assert_dead(t, "REGION_WRITE: ETIMEDOUT", "no answer within");
	ut_free(t);
}

Test(test_user_dead, eois_that_nobody_reads)
{
	struct ut *t = open_deaf();
	struct vfio_user *u = t->d.priv;
	int eoi = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	uint8_t junk[4096] = {0};

	cr_assert(!user_thread_eoi(u, eoi));
	while (send(u->main.fd, junk, sizeof(junk), MSG_DONTWAIT) > 0)
		;
	while (send(u->main.fd, junk, 1, MSG_DONTWAIT) > 0)
		;
	eventfd_write(eoi, 1);
	ut_assert_dead(t, "SET_IRQS: ETIMEDOUT", "no answer within");
	close(eoi);
	ut_free(t);
}

Test(test_user_dead, closing_does_not_wait_for_a_deaf_server)
{
	struct ut *t = open_deaf();
	uint64_t start = clock_now_ns();

	vfio_user.close(&t->d);
	cr_assert_lt(since_ms(start), UT_SLACK);
	ut_free(t);
}

/* ---- threads ---------------------------------------------------------- */

struct reader {
	struct ut *t;
	uint64_t ms;
	int64_t got;
};

static void *read_one(void *arg)
{
	struct reader *r = arg;
	uint64_t start = clock_now_ns();

	r->got = ut_read32(r->t, 0);
	r->ms = since_ms(start);
	return NULL;
}

Test(test_user_dead, who_waits_behind_a_dead_request_waits_no_longer)
{
	struct ut *t = at(USERWIRE_REGION_READ, silent_at);
	struct reader r[4];
	pthread_t th[4];

	for (unsigned i = 0; i < 4; i++) {
		r[i] = (struct reader){.t = t};
		cr_assert(!pthread_create(&th[i], NULL, read_one, &r[i]));
	}
	for (unsigned i = 0; i < 4; i++) {
		pthread_join(th[i], NULL);
		cr_assert(r[i].got == -ETIMEDOUT || r[i].got == -EIO);
		cr_assert_lt(r[i].ms, UT_MS + UT_SLACK);
	}
	ut_free(t);
}

static void *read_many(void *arg)
{
	struct reader *r = arg;

	for (unsigned i = 0; i < 500; i++)
		if (ut_read32(r->t, 4) != 0x1234)
			r->got++;
	return NULL;
}

Test(test_user_dead, many_threads_each_get_their_own_answers)
{
	struct ut *t = ut_with(NULL);
	struct reader r[4];
	pthread_t th[4];

	t->peer->nlog = UT_LOG;
	le_put(t->peer->bar + 4, 4, 0x1234);
	for (unsigned i = 0; i < 4; i++) {
		r[i] = (struct reader){.t = t};
		cr_assert(!pthread_create(&th[i], NULL, read_many, &r[i]));
	}
	for (unsigned i = 0; i < 4; i++) {
		pthread_join(th[i], NULL);
		cr_assert_eq(r[i].got, 0);
	}
	cr_assert_eq(vfio_user.check(&t->d), 0);
	ut_free(t);
}
