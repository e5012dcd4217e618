/* SPDX-License-Identifier: BSD-2-Clause */
/* Guest RAM: announced by DMA_MAP, reached by DMA_READ and DMA_WRITE. */
#include "tests/unit/test_user.h"

/* A DMA request that the server makes, and what came back */
struct ask {
	unsigned when; /* the command whose reply it comes before; 0: at once */
	uint16_t cmd;
	uint32_t flags;
	struct userwire_dma w;
	size_t len; /* bytes of data sent */
	uint8_t data[64];
	size_t cut; /* send only so much of the fixed part */
	atomic_bool done;
};

/* What came back */
static struct peer_msg back;

static void send_ask(struct peer *p, struct ask *a)
{
	uint8_t body[80];
	size_t n = a->cut ? a->cut : sizeof(a->w) + a->len;
	struct userwire_header h = {.id = 0x4321,
				    .cmd = a->cmd,
				    .flags = a->flags,
				    .size = (uint32_t)(sizeof(h) + n)};

	memcpy(body, &a->w, sizeof(a->w));
	memcpy(body + sizeof(a->w), a->data, a->len);
	peer_message(p, h, body, n, NULL, 0);
	if (!(a->flags & USERWIRE_NO_REPLY)) {
		cr_assert(peer_receive(p, &back));
		cr_assert_eq(back.h.id, 0x4321);
		cr_assert_eq(back.h.cmd, a->cmd);
		cr_assert_eq(back.nfds, 0);
	}
	atomic_store(&a->done, true);
}

static bool ask_before_reply(struct peer *p, struct peer_msg *m)
{
	struct ask *a = p->ctx;

	if (!a->done && m->h.cmd == a->when && p->nlog > 5)
		send_ask(p, a);
	return false;
}

static struct ut *open_ram(struct ask *a)
{
	struct ut *t = ut_new();

	ut_ram(t);
	for (unsigned i = 0; i < UT_RAM; i++)
		t->ram[i] = (uint8_t)(i * 5 + 3);
	cr_assert(!vfio_user.map(t->c, &t->mem, t->mem.part[0].gpa));
	t->peer->hook = ask_before_reply;
	t->peer->ctx = a;
	cr_assert(!ut_open(t), "%s", err_last());
	return t;
}

/* The server asks while we wait for the reply to a read */
static void asked(struct ask *a)
{
	struct ut *t = open_ram(a);

	a->when = USERWIRE_REGION_READ;
	t->peer->bar[0] = 0x77;
	cr_assert_eq(ut_read32(t, 0), 0x77, "%s", err_last());
	cr_assert(a->done);
	cr_assert_eq(vfio_user.check(&t->d), 0);
	ut_free(t);
}

static void refused(struct ask a, uint32_t err)
{
	asked(&a);
	cr_assert_eq(back.h.flags, USERWIRE_REPLY | USERWIRE_ERROR);
	cr_assert_eq(back.h.err, err);
	cr_assert_eq(back.len, 0, "an error is a bare header");
}

Test(test_user_dma, read_while_a_request_is_out)
{
	struct ask *a = calloc(1, sizeof(*a));

	a->cmd = USERWIRE_DMA_READ;
	a->w = (struct userwire_dma){UT_RAM_GPA + 0x100, 32};
	asked(a);
	cr_assert_eq(back.h.flags, USERWIRE_REPLY);
	cr_assert_eq(back.len, 16 + 32);
	cr_assert(!memcmp(back.body, &a->w, 16), "it is repeated");
	for (unsigned i = 0; i < 32; i++)
		cr_assert_eq(back.body[16 + i], (uint8_t)((0x100 + i) * 5 + 3));
	free(a);
}

Test(test_user_dma, refusals)
{
	const uint64_t end = UT_RAM_GPA + UT_RAM;
	const uint16_t rd = USERWIRE_DMA_READ, wr = USERWIRE_DMA_WRITE;

	refused((struct ask){.cmd = rd, .w = {0, 4}}, EFAULT);
	refused((struct ask){.cmd = rd, .w = {end - 4, 5}}, EFAULT);
	refused((struct ask){.cmd = rd, .w = {UT_RAM_GPA - 1, 4}}, EFAULT);
	refused((struct ask){.cmd = rd, .w = {UINT64_MAX, 4}}, EFAULT);
	refused((struct ask){.cmd = rd, .w = {UT_RAM_GPA, 0}}, EFAULT);
	refused((struct ask){.cmd = rd, .w = {UT_RAM_GPA, UINT64_MAX}}, E2BIG);
	refused((struct ask){.cmd = rd, .w = {UT_RAM_GPA, (1 << 20) + 1}},
		E2BIG);
	refused((struct ask){.cmd = rd, .w = {UT_RAM_GPA, 4}, .len = 4},
		EINVAL);
	refused((struct ask){.cmd = rd, .w = {UT_RAM_GPA, 4}, .cut = 15},
		EINVAL);
	refused((struct ask){.cmd = wr, .w = {UT_RAM_GPA, 8}, .len = 4},
		EINVAL);
	refused((struct ask){.cmd = wr, .w = {UT_RAM_GPA, 4}, .len = 8},
		EINVAL);
	refused((struct ask){.cmd = wr, .w = {end - 3, 4}, .len = 4}, EFAULT);
	refused((struct ask){.cmd = wr, .w = {0, 4}, .len = 4}, EFAULT);
	refused((struct ask){.cmd = wr, .w = {UT_RAM_GPA, UINT64_MAX}}, E2BIG);
}

Test(test_user_dma, requests_that_are_none)
{
	static const uint16_t cmds[] = {0,
					USERWIRE_VERSION,
					USERWIRE_RESET,
					USERWIRE_REGION_READ,
					99,
					0xffff};

	for (size_t i = 0; i < ARRAY_SIZE(cmds); i++)
		refused((struct ask){.cmd = cmds[i], .len = i}, ENOSYS);
}

/* ---- while nobody waits ----------------------------------------------- */

static bool ask_after_reply(struct peer *p, struct peer_msg *m)
{
	struct ask *a = p->ctx;

	peer_answer(p, m);
	if (m->h.cmd == a->when && !a->done)
		send_ask(p, a);
	return true;
}

static void asked_later(struct ask *a, struct ut *t)
{
	t->peer->hook = ask_after_reply;
	a->when = USERWIRE_RESET;
	cr_assert(!vfio_user.reset(&t->d));
	for (unsigned i = 0; i < 2000 && !a->done; i++)
		usleep(1000);
	cr_assert(a->done, "nobody answered");
}

Test(test_user_dma, write_while_nobody_waits)
{
	struct ask *a = calloc(1, sizeof(*a));
	struct ut *t = open_ram(a);

	a->cmd = USERWIRE_DMA_WRITE;
	a->w = (struct userwire_dma){UT_RAM_GPA + UT_RAM - 6, 6};
	a->len = 6;
	memcpy(a->data, "hello", 6);
	asked_later(a, t);
	cr_assert_str_eq((char *)t->ram + UT_RAM - 6, "hello");
	cr_assert_eq(back.h.flags, USERWIRE_REPLY);
	cr_assert_eq(back.len, 16);
	cr_assert(!memcmp(back.body, &a->w, 16));
	cr_assert_eq(ut_read32(t, 0), 0);
	ut_free(t);
	free(a);
}

Test(test_user_dma, writes_without_reply)
{
	struct ask *a = calloc(1, sizeof(*a));
	struct ut *t = open_ram(a);

	a->cmd = USERWIRE_DMA_WRITE;
	a->flags = USERWIRE_NO_REPLY;
	a->w = (struct userwire_dma){UT_RAM_GPA, 3};
	a->len = 3;
	memcpy(a->data, "abc", 3);
	asked_later(a, t);
	cr_assert_eq(ut_read32(t, 0), 0);
	cr_assert(!memcmp(t->ram, "abc", 3));
	ut_join(t);
	for (unsigned i = 0; i < t->peer->nlog; i++)
		cr_assert_neq(t->peer->log[i].cmd, USERWIRE_DMA_WRITE);
	ut_free(t);
	free(a);
}

/* ---- the second socket ------------------------------------------------ */

struct twin {
	struct ask ask;
	int fd[2];
};

static bool offer_twin(struct peer *p, struct peer_msg *m)
{
	static const char body[] =
		"\0\0\0\0{\"capabilities\":{\"twin_socket\":{\"supported\":"
		"true,\"fd_index\":0}}}";
	struct twin *w = p->ctx;

	if (m->h.cmd == USERWIRE_VERSION) {
		peer_reply_fds(p, m, body, sizeof(body), &w->fd[1], 1);
		fd_close(&w->fd[1]);
		return true;
	}
	if (m->h.cmd == USERWIRE_REGION_READ && m->body[8] == 0) {
		struct peer other = {.fd = w->fd[0]};

		send_ask(&other, &w->ask); /* before it replies */
	}
	return false;
}

static struct ut *open_twin(struct twin *w)
{
	struct ut *t = ut_new();

	cr_assert(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, w->fd));
	ut_ram(t);
	cr_assert(!vfio_user.map(t->c, &t->mem, t->mem.part[0].gpa));
	t->peer->hook = offer_twin;
	t->peer->ctx = w;
	cr_assert(!ut_open(t), "%s", err_last());
	return t;
}

Test(test_user_dma, twin_socket_is_served_while_a_request_is_out)
{
	struct twin *w = calloc(1, sizeof(*w));
	struct ut *t = open_twin(w);

	strcpy((char *)t->ram + 8, "twin");
	w->ask.cmd = USERWIRE_DMA_READ;
	w->ask.w = (struct userwire_dma){UT_RAM_GPA + 8, 5};
	cr_assert_eq(ut_read32(t, 0), 0, "%s", err_last());
	cr_assert(w->ask.done);
	cr_assert_str_eq((char *)back.body + 16, "twin");
	close(w->fd[0]);
	ut_free(t);
	free(w);
}

Test(test_user_dma, twin_socket_that_closes_is_the_end)
{
	struct twin *w = calloc(1, sizeof(*w));
	struct ut *t = open_twin(w);

	close(w->fd[0]);
	ut_assert_dead(t, "ECONNRESET", "the server is gone");
	ut_free(t);
	free(w);
}

/* ---- DMA_MAP and DMA_UNMAP -------------------------------------------- */

struct maps {
	struct userwire_map m;
	struct userwire_unmap u;
	unsigned nmap, nunmap, nfds;
	char text[8]; /* what the file has where it is said to be */
	int err;      /* of unmaps */
	size_t echo;  /* bytes that come back of an unmap */
};

static bool note_maps(struct peer *p, struct peer_msg *m)
{
	struct maps *x = p->ctx;

	if (m->h.cmd == USERWIRE_DMA_MAP) {
		cr_assert_eq(m->len, sizeof(x->m));
		memcpy(&x->m, m->body, sizeof(x->m));
		x->nmap++;
		x->nfds += m->nfds;
		if (m->nfds)
			cr_assert_eq(pread(m->fds[0], x->text, 8,
					   (off_t)x->m.offset),
				     8);
	} else if (m->h.cmd == USERWIRE_DMA_UNMAP) {
		cr_assert_eq(m->len, sizeof(x->u));
		memcpy(&x->u, m->body, sizeof(x->u));
		x->nunmap++;
		if (x->err)
			peer_error(p, m, (uint32_t)x->err, 24);
		else
			peer_reply(p, m, &x->u, x->echo);
		return true;
	}
	return false;
}

static struct ut *open_maps(struct maps *x, bool before)
{
	struct ut *t = ut_new();

	memset(x, 0, sizeof(*x));
	ut_ram(t);
	strcpy((char *)t->ram, "the RAM");
	t->peer->hook = note_maps;
	t->peer->ctx = x;
	if (before)
		cr_assert(!vfio_user.map(t->c, &t->mem, t->mem.part[0].gpa));
	cr_assert(!ut_open(t), "%s", err_last());
	return t;
}

static void assert_map(const struct maps *x)
{
	cr_assert_eq(x->nmap, 1);
	cr_assert_eq(x->nfds, 1);
	cr_assert_eq(x->m.argsz, 32);
	cr_assert_eq(x->m.flags, USERWIRE_MAP_READ | USERWIRE_MAP_WRITE);
	cr_assert_eq(x->m.iova, UT_RAM_GPA);
	cr_assert_eq(x->m.size, UT_RAM);
	cr_assert_str_eq(x->text, "the RAM");
}

Test(test_user_dma, ram_mapped_before_and_after_the_device_is_open)
{
	for (unsigned before = 0; before < 2; before++) {
		struct maps x;
		struct ut *t = open_maps(&x, before);

		if (!before)
			cr_assert(!vfio_user.map(t->c, &t->mem,
						 t->mem.part[0].gpa));
		assert_map(&x);
		cr_assert(!vfio_user.unmap(t->c, t->mem.part[0].gpa));
		cr_assert_eq(x.nunmap, 1);
		cr_assert_eq(x.u.argsz, 24);
		cr_assert_eq(x.u.flags, 0);
		cr_assert_eq(x.u.iova, UT_RAM_GPA);
		cr_assert_eq(x.u.size, UT_RAM);
		cr_assert_eq(vfio_user.check(&t->d), 0);
		ut_free(t);
	}
}

Test(test_user_dma, unmap_may_be_answered_with_an_echo)
{
	struct maps x;
	struct ut *t = open_maps(&x, true);

	x.echo = 24;
	cr_assert(!vfio_user.unmap(t->c, t->mem.part[0].gpa));
	cr_assert_eq(vfio_user.check(&t->d), 0);
	ut_free(t);
}

Test(test_user_dma, a_refused_unmap_ends_nothing)
{
	struct maps x;
	struct ut *t = open_maps(&x, true);

	x.err = ENOENT;
	cr_assert(!vfio_user.unmap(t->c, t->mem.part[0].gpa));
	cr_assert_eq(vfio_user.check(&t->d), 0);
	cr_assert_eq(x.nunmap, 1);
	ut_free(t);
}

Test(test_user_dma, ram_without_a_file_is_reached_by_message)
{
	struct maps x;
	struct ut *t = open_maps(&x, false);
	struct gmem m = t->mem;

	m.part[0].fd = -1;
	cr_assert(!vfio_user.map(t->c, &m, m.part[0].gpa));
	cr_assert_eq(x.nmap, 1);
	cr_assert_eq(x.nfds, 0);
	ut_free(t);
}

static bool refuse_map(struct peer *p, struct peer_msg *m)
{
	if (m->h.cmd != USERWIRE_DMA_MAP)
		return false;
	peer_error(p, m, EINVAL, 0);
	return true;
}

Test(test_user_dma, a_refused_map_is_an_error_and_is_forgotten)
{
	struct ut *t = ut_with(refuse_map);

	ut_ram(t);
	for (unsigned i = 0; i < 3 * GMEM_MAX; i++) {
		cr_assert_eq(vfio_user.map(t->c, &t->mem, t->mem.part[0].gpa),
			     -EINVAL);
		cr_assert(strstr(err_last(), "DMA_MAP: EINVAL"), "%s",
			  err_last());
	}
	ut_free(t);
}

Test(test_user_dma, what_is_unmapped_is_not_served)
{
	struct ask *a = calloc(1, sizeof(*a));
	struct ut *t = open_ram(a);

	cr_assert(!vfio_user.unmap(t->c, t->mem.part[0].gpa));
	a->cmd = USERWIRE_DMA_READ;
	a->w = (struct userwire_dma){UT_RAM_GPA, 4};
	asked_later(a, t);
	cr_assert_eq(back.h.err, EFAULT);
	ut_free(t);
	free(a);
}
