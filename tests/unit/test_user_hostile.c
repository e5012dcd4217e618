/* SPDX-License-Identifier: BSD-2-Clause */
/* Servers that lie: each ends the connection, with one message. */
#include "tests/unit/test_user.h"

/* What is wrong with the reply to a read of 4 bytes of BAR 0 */
struct lie {
	const char *what; /* in the message */
	int id, cmd;      /* added */
	uint32_t flags;   /* if not 0 */
	uint32_t size;    /* in the header, if not 0 */
	size_t len;       /* bytes of body, if not 0 */
	size_t nfds;
	uint64_t off; /* added to the echo */
	uint32_t region, count;
	unsigned times; /* it is sent, if not 0 */
	bool late_fd;   /* with the body */
};

static bool tell(struct peer *p, struct peer_msg *m)
{
	const struct lie *l = p->ctx;
	struct userwire_header h = {.id = (uint16_t)(m->h.id + l->id),
				    .cmd = (uint16_t)(m->h.cmd + l->cmd),
				    .flags = l->flags ? l->flags
						      : USERWIRE_REPLY};
	size_t len = l->len ? l->len : 20;
	uint8_t *body = calloc(1, len + 20);
	struct userwire_access a;
	int fds[253];

	if (m->h.cmd != USERWIRE_REGION_READ || m->body[8]) {
		free(body);
		return false;
	}
	memcpy(&a, m->body, sizeof(a));
	a.offset += l->off;
	a.region += l->region;
	a.count += l->count;
	memcpy(body, &a, sizeof(a));
	h.size = l->size ? l->size : (uint32_t)(sizeof(h) + len);
	for (size_t i = 0; i < l->nfds; i++)
		fds[i] = eventfd(0, EFD_CLOEXEC);
	if (l->late_fd) {
		peer_send(p, &h, sizeof(h), NULL, 0);
		peer_send(p, body, len, fds, l->nfds);
	}
	for (unsigned i = 0; !l->late_fd && i < (l->times ? l->times : 1); i++)
		peer_message(p, h, body, len, fds, l->nfds);
	for (size_t i = 0; i < l->nfds; i++)
		close(fds[i]);
	free(body);
	return true;
}

static void lie(struct lie l)
{
	struct ut *t = ut_new();

	t->peer->hook = tell;
	t->peer->ctx = &l;
	cr_assert(!ut_open(t), "%s", err_last());
	ut_hurry(t);
	if (l.times > 1)
		ut_read32(t, 0); /* the first one is good */
	else
		cr_assert_lt(ut_read32(t, 0), 0, "%s", l.what);
	ut_assert_dead(t, "", l.what);
	ut_free(t);
}

Test(test_user_hostile, sizes)
{
	lie((struct lie){"a message of 1 bytes", .size = 1});
	lie((struct lie){"a message of 15 bytes", .size = 15});
	lie((struct lie){"a message of 4294967295 bytes", .size = UINT32_MAX});
	lie((struct lie){"a message of 1048609 bytes", .size = 1048609});
	lie((struct lie){"a reply of 15 bytes", .len = 15});
	lie((struct lie){"a reply of 21 bytes", .len = 21});
	lie((struct lie){"a reply of 1048560 bytes", .len = 1048560});
	lie((struct lie){"no answer", .size = 36, .len = 19});
	lie((struct lie){"with 3", .len = 19});
	lie((struct lie){"with 0", .len = 16});
}

Test(test_user_hostile, identity)
{
	lie((struct lie){"a reply to message", .id = 1});
	lie((struct lie){"a reply to message", .id = -1});
	lie((struct lie){"a reply to message", .cmd = 1});
	lie((struct lie){"a message of type 2", .flags = 2});
	lie((struct lie){"a message of type 15", .flags = 15});
	lie((struct lie){"no answer", .flags = USERWIRE_NO_REPLY});
	lie((struct lie){"a reply that nobody asked for", .times = 2});
	lie((struct lie){"a reply that nobody asked for", .times = 1000});
}

Test(test_user_hostile, echoes)
{
	lie((struct lie){"region 0 at 0x1", .off = 1});
	lie((struct lie){"region 0 at 0xffffffffffffffff", .off = UINT64_MAX});
	lie((struct lie){"region 1", .region = 1});
	lie((struct lie){"5 bytes", .count = 1});
	lie((struct lie){"3 bytes", .count = UINT32_MAX});
	lie((struct lie){"about 0 bytes", .count = UINT32_MAX - 3});
}

Test(test_user_hostile, descriptors_that_nobody_asked_for)
{
	lie((struct lie){"with 1 descriptors", .nfds = 1});
	lie((struct lie){"with 16 descriptors", .nfds = 16});
	lie((struct lie){"more than 16 descriptors", .nfds = 17});
	lie((struct lie){"more than 16 descriptors", .nfds = 253});
	lie((struct lie){"unexpected descriptors", .nfds = 1, .late_fd = true});
	lie((struct lie){"unexpected descriptors", .nfds = 253,
			 .late_fd = true});
	lie((struct lie){"with 1 descriptors", .nfds = 1,
			 .flags = USERWIRE_REPLY | USERWIRE_ERROR});
}

static bool wrote_more(struct peer *p, struct peer_msg *m)
{
	if (m->h.cmd != USERWIRE_REGION_WRITE)
		return false;
	m->body[12]++;
	peer_reply(p, m, m->body, 16);
	return true;
}

Test(test_user_hostile, more_was_written_than_there_was)
{
	struct ut *t = ut_with(wrote_more);
	uint32_t v = 0;

	cr_assert_eq(vfio_user.write(&t->d, &t->config, 4, &v, 4), -EPROTO);
	ut_assert_dead(t, "REGION_WRITE: EPROTO", "about 5 bytes");
	ut_free(t);
}

static bool shorter(struct peer *p, struct peer_msg *m)
{
	struct userwire_access a;

	if (m->h.cmd != USERWIRE_REGION_READ || m->body[8])
		return false;
	memcpy(&a, m->body, sizeof(a));
	a.count = 2;
	memcpy(m->body, &a, sizeof(a));
	peer_reply(p, m, m->body, 18);
	return true;
}

Test(test_user_hostile, a_short_read_is_short)
{
	struct ut *t = ut_with(shorter);
	uint32_t v = 0;

	cr_assert_eq(vfio_user.read(&t->d, &t->bar, 0, &v, 4), 2);
	cr_assert_eq(vfio_region_read(&t->d, &t->bar, 0, &v, 4), -EIO);
	cr_assert_eq(v, UINT32_MAX);
	cr_assert_eq(vfio_user.check(&t->d), 0);
	ut_free(t);
}

/* ---- errors ----------------------------------------------------------- */

struct error {
	uint32_t err;
	size_t len;
	int want;
};

static bool error(struct peer *p, struct peer_msg *m)
{
	const struct error *e = p->ctx;

	if (m->h.cmd != USERWIRE_REGION_READ || m->body[8] || m->body[0])
		return false;
	peer_error(p, m, e->err, e->len);
	return true;
}

Test(test_user_hostile, errors_of_any_number_and_length)
{
	static const struct error cases[] = {
		{EINVAL, 0, EINVAL},        {EINVAL, 16, EINVAL},
		{EINVAL, 4096, EINVAL},     {0, 0, EIO},
		{UINT32_MAX, 0, EIO},       {4096, 1, EIO},
		{0x80000000, 20, EIO},      {EAGAIN, 20, EAGAIN},
		{ETIMEDOUT, 20, ETIMEDOUT}, {ECONNRESET, 3, ECONNRESET},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ut *t = ut_new();

		t->peer->hook = error;
		t->peer->ctx = (void *)&cases[i];
		le_put(t->peer->bar + 4, 4, 99);
		cr_assert(!ut_open(t), "%s", err_last());
		cr_assert_eq(ut_read32(t, 0), -cases[i].want, "%zu", i);
		cr_assert_eq(ut_read32(t, 4), 99, "%zu: the next one", i);
		ut_free(t);
	}
}

/* ---- unasked ---------------------------------------------------------- */

struct unasked {
	const char *what;
	uint32_t flags, size;
	size_t len, nfds;
};

static bool after_reset(struct peer *p, struct peer_msg *m)
{
	const struct unasked *x = p->ctx;
	struct userwire_header h = {
		.cmd = USERWIRE_DMA_READ,
		.flags = x->flags,
		.size = x->size ? x->size : (uint32_t)(sizeof(h) + x->len)};
	static const uint8_t body[4096];
	int fds[253];

	peer_answer(p, m);
	if (m->h.cmd != USERWIRE_RESET)
		return true;
	for (size_t i = 0; i < x->nfds; i++)
		fds[i] = eventfd(0, EFD_CLOEXEC);
	peer_message(p, h, body, x->len, fds, x->nfds);
	for (size_t i = 0; i < x->nfds; i++)
		close(fds[i]);
	return true;
}

static void unasked(struct unasked x)
{
	struct ut *t = ut_with(NULL);

	ut_hurry(t);
	t->peer->ctx = &x;
	t->peer->hook = after_reset;
	vfio_user.reset(&t->d);
	ut_assert_dead(t, "", x.what);
	ut_free(t);
}

Test(test_user_hostile, what_comes_while_nobody_waits)
{
	unasked((struct unasked){"a reply that nobody asked for",
				 .flags = USERWIRE_REPLY});
	unasked((struct unasked){"a reply that nobody asked for",
				 .flags = USERWIRE_REPLY | USERWIRE_ERROR,
				 .len = 4096});
	unasked((struct unasked){"a message of 7 bytes", .size = 7});
	unasked((struct unasked){"a message of 16777216 bytes",
				 .size = 1 << 24});
	unasked((struct unasked){"a message of type 3", .flags = 3});
	unasked((struct unasked){"no answer within", .size = 4096, .len = 9});
	unasked((struct unasked){"a request with descriptors", .len = 16,
				 .nfds = 1});
	unasked((struct unasked){"more than 16 descriptors", .len = 16,
				 .nfds = 200});
}

/* Half of a header, and then nothing more */
static bool half(struct peer *p, struct peer_msg *m)
{
	peer_answer(p, m);
	if (m->h.cmd == USERWIRE_RESET && p->ctx)
		peer_send(p, m, 8, NULL, 0);
	return true;
}

Test(test_user_hostile, half_a_header)
{
	struct ut *t = ut_with(half);

	ut_hurry(t);
	t->peer->ctx = t;
	cr_assert(!vfio_user.reset(&t->d));
	ut_assert_dead(t, "ETIMEDOUT", "no answer within 300 ms");
	ut_free(t);
}

/* ---- files ------------------------------------------------------------ */

static bool file_without_flag(struct peer *p, struct peer_msg *m)
{
	struct userwire_region r = peer_region(p, 0);
	int fd = memfd_create("x", MFD_CLOEXEC);

	if (m->h.cmd == USERWIRE_REGION_INFO)
		peer_reply_fds(p, m, &r, sizeof(r), &fd, 1);
	close(fd);
	return m->h.cmd == USERWIRE_REGION_INFO;
}

Test(test_user_hostile, a_file_without_the_flag)
{
	struct ut *t = ut_with(file_without_flag);
	struct vfio_region_info r = {.argsz = sizeof(r)};

	cr_assert_eq(vfio_user.region_info(&t->d, &r, sizeof(r)), -EPROTO);
	ut_assert_dead(t, "REGION_INFO", "no MMAP flag");
	ut_free(t);
}

/* Capabilities that end where they begin, from a server that has much room */
static bool loop(struct peer *p, struct peer_msg *m)
{
	struct userwire_region r = peer_region(p, 0);
	struct vfio_info_cap_header cap = {0x77, 1, 0x20};
	uint8_t body[64] = {0};

	if (m->h.cmd != USERWIRE_REGION_INFO || m->body[8])
		return false;
	r.argsz = sizeof(body);
	r.flags |= VFIO_REGION_INFO_FLAG_MMAP | VFIO_REGION_INFO_FLAG_CAPS;
	r.cap_offset = 0x20;
	memcpy(body, &r, sizeof(r));
	memcpy(body + 0x20, &cap, sizeof(cap));
	peer_reply(p, m, body, min_u64(le_get(m->body, 4), sizeof(body)));
	return true;
}

Test(test_user_hostile, capabilities_in_a_circle)
{
	struct ut *t = ut_with(loop);
	struct vfio_region r;

	cr_assert(!vfio_region_query(&t->d, &r, 0), "%s", err_last());
	cr_assert_eq(r.nareas, 0);
	ut_free(t);
}
