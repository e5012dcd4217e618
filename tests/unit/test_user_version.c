/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding the server, and agreeing with it. */
#include "tests/unit/test_user.h"

#include "base/json.h"

#define CAPABLE(x) "{\"capabilities\":{" x "}}"

static const struct vfio_user *priv(const struct ut *t)
{
	return t->d.priv;
}

/* ---- connecting ------------------------------------------------------- */

static void cannot_connect(const char *path, int err, const char *what)
{
	struct vfio_container *c;
	struct vfio_device d = {.fd = -1, .lost_fd = -1};
	const struct vfio_source src = {
		.ops = &vfio_user, .path = path, .limit_ms = 50};

	alarm(20);
	cr_assert(!vfio_user.container_open(&c));
	cr_assert_eq(vfio_user.open(&d, c, &src), -err, "%s", err_last());
	cr_assert(strstr(err_last(), what), "%s", err_last());
	cr_assert(!strncmp(err_last(), "vfio-user:", 10), "%s", err_last());
	cr_assert_eq(d.priv, NULL);
	cr_assert_eq(d.lost_fd, -1);
	vfio_user.close(&d);
	cr_assert(!vfio_user.container_close(c));
}

Test(test_user_version, no_such_socket_names_the_command_to_type)
{
	cannot_connect("/tmp/no/such/socket", ENOENT,
		       "build/bcm5720 --socket /tmp/no/such/socket");
}

Test(test_user_version, a_file_that_is_no_socket)
{
	cannot_connect("/proc/self/exe", ENOTSOCK, "ENOTSOCK");
	cannot_connect("/", ENOTSOCK, "ENOTSOCK");
}

Test(test_user_version, path_too_long_for_a_socket)
{
	char path[200];

	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[107] = '\0';
	cannot_connect(path, ENOENT, "start the server");
	path[107] = 'a';
	path[108] = '\0';
	cannot_connect(path, ENAMETOOLONG, "107 characters");
	path[108] = 'a';
	path[199] = '\0';
	cannot_connect(path, ENAMETOOLONG, "shorter");
}

Test(test_user_version, a_socket_that_nobody_listens_to)
{
	struct ut *t = ut_new();

	fd_close(&t->listener);
	cannot_connect(t->path, ECONNREFUSED, "start the server again");
	ut_free(t);
}

Test(test_user_version, who_is_second_learns_that_there_is_a_first)
{
	struct ut *t = ut_with(NULL);

	/* in the queue: connected, but not served */
	cannot_connect(t->path, ETIMEDOUT, "another client");
	ut_free(t);
}

Test(test_user_version, a_full_queue_is_not_waited_for_for_ever)
{
	struct ut *t = ut_new();
	int fd[8];
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", t->path);
	for (unsigned i = 0; i < ARRAY_SIZE(fd); i++) {
		fd[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(fd[i], (void *)&a, sizeof(a));
	}
	cannot_connect(t->path, ETIMEDOUT, "accepts nobody");
	for (unsigned i = 0; i < ARRAY_SIZE(fd); i++)
		close(fd[i]);
	ut_free(t);
}

/* ---- what is offered -------------------------------------------------- */

static bool check_offer(struct peer *p, struct peer_msg *m)
{
	struct json_want want[] = {
		{"capabilities.max_msg_fds", 0},
		{"capabilities.max_data_xfer_size", 0},
		{"capabilities.twin_socket.supported", 0},
	};

	if (m->h.cmd != USERWIRE_VERSION)
		return false;
	cr_assert_eq(p->nlog, 1, "it is the first message");
	cr_assert_eq(le_get(m->body, 4), 0, "version 0.0");
	cr_assert_eq(m->body[m->len - 1], 0);
	cr_assert_eq(json_read((char *)m->body + 4, m->len - 5, want, 3), 0);
	cr_assert_eq(want[0].value, USER_FDS);
	cr_assert_eq(want[1].value, 1 << 20);
	cr_assert_eq(want[2].value, 1);
	return false;
}

Test(test_user_version, the_offer_is_json_with_a_nul)
{
	ut_free(ut_with(check_offer));
}

/* ---- what is answered ------------------------------------------------- */

static struct ut *answered(const char *json)
{
	struct ut *t = ut_new();

	t->peer->json = json;
	cr_assert(!ut_open(t), "%s: %s", json, err_last());
	return t;
}

Test(test_user_version, limits_are_the_smaller_ones)
{
	static const struct {
		const char *json;
		uint64_t xfer;
		unsigned fds;
	} cases[] = {
		{NULL, 1 << 20, 1},
		{"{}", 1 << 20, 1},
		{CAPABLE(""), 1 << 20, 1},
		{CAPABLE("\"max_msg_fds\":4"), 1 << 20, 4},
		{CAPABLE("\"max_msg_fds\":1000000"), 1 << 20, USER_FDS},
		{CAPABLE("\"max_data_xfer_size\":4096"), 4096, 1},
		{CAPABLE("\"max_data_xfer_size\":8"), 8, 1},
		{CAPABLE("\"max_data_xfer_size\":9000000000000000"), 1 << 20,
		 1},
		{CAPABLE("\"twin_socket\":{\"supported\":false}"), 1 << 20, 1},
		{CAPABLE("\"a\":[1,{\"max_msg_fds\":0}],\"b\":null"), 1 << 20,
		 1},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ut *t = answered(cases[i].json);

		cr_assert_eq(priv(t)->xfer_max, cases[i].xfer, "%zu", i);
		cr_assert_eq(priv(t)->fds_max, cases[i].fds, "%zu", i);
		cr_assert_eq(priv(t)->twin.fd, -1);
		ut_free(t);
	}
}

static void not_answered(const char *json)
{
	struct ut *t = ut_new();

	t->peer->json = json;
	cr_assert_eq(ut_open(t), -EPROTO, "%s: %s", json, err_last());
	cr_assert(strstr(err_last(), "VERSION: EPROTO"), "%s", err_last());
	ut_free(t);
}

Test(test_user_version, answers_that_cannot_be_lived_with)
{
	static const char *const cases[] = {
		"",
		"7",
		"[]",
		"{",
		"{}{}",
		"{\"capabilities\":[]}",
		"{\"capabilities\":7}",
		CAPABLE("\"max_msg_fds\":0"),
		CAPABLE("\"max_msg_fds\":-1"),
		CAPABLE("\"max_msg_fds\":1.5"),
		CAPABLE("\"max_msg_fds\":\"8\""),
		CAPABLE("\"max_msg_fds\":99999999999999999999"),
		CAPABLE("\"max_data_xfer_size\":0"),
		CAPABLE("\"max_data_xfer_size\":7"),
		CAPABLE("\"max_data_xfer_size\":1e6"),
		CAPABLE("\"twin_socket\":true"),
		CAPABLE("\"twin_socket\":{\"supported\":true,\"fd_index\":0}"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		not_answered(cases[i]);
}

Test(test_user_version, json_nested_without_end)
{
	char text[4000];

	memset(text, '[', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	not_answered(text);
	memcpy(text, "{\"a\":", 5);
	not_answered(text);
}

static bool other_version(struct peer *p, struct peer_msg *m)
{
	const uint16_t *v = p->ctx;

	peer_reply(p, m, v, 4);
	return true;
}

Test(test_user_version, other_versions)
{
	static const uint16_t cases[][2] = {{1, 0}, {0, 1}, {0xffff, 0xffff}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ut *t = ut_new();

		t->peer->hook = other_version;
		t->peer->ctx = (void *)cases[i];
		cr_assert_eq(ut_open(t), -EPROTO);
		cr_assert(strstr(err_last(), "it speaks version"), "%s",
			  err_last());
		ut_free(t);
	}
}

static bool refuse(struct peer *p, struct peer_msg *m)
{
	peer_error(p, m, EINVAL, 0);
	p->stop = true;
	return true;
}

Test(test_user_version, a_server_that_refuses_us)
{
	struct ut *t = ut_new();

	t->peer->hook = refuse;
	cr_assert_eq(ut_open(t), -EINVAL);
	cr_assert(strstr(err_last(), "VERSION: EINVAL"), "%s", err_last());
	ut_free(t);
}

static bool no_nul(struct peer *p, struct peer_msg *m)
{
	static const char body[] = "\0\0\0\0{}";

	peer_reply(p, m, body, 6);
	return true;
}

static bool too_long(struct peer *p, struct peer_msg *m)
{
	static const uint8_t body[USER_MSG_MAX - USER_HEAD];

	peer_reply(p, m, body, sizeof(body));
	return true;
}

static bool too_short(struct peer *p, struct peer_msg *m)
{
	peer_reply(p, m, "\0\0", 2);
	return true;
}

Test(test_user_version, lengths)
{
	peer_hook *const hooks[] = {no_nul, too_long, too_short};

	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++) {
		struct ut *t = ut_new();

		t->peer->hook = hooks[i];
		cr_assert_eq(ut_open(t), -EPROTO, "%s", err_last());
		ut_free(t);
	}
}

/* A request of the server's own, in one piece with its reply */
static bool with_request(struct peer *p, struct peer_msg *m)
{
	struct {
		struct userwire_header h;
		struct userwire_version v;
		char text[3];
		struct userwire_header h2;
		struct userwire_dma w;
	} __attribute__((packed))
	both = {.h = {.id = m->h.id,
		      .cmd = m->h.cmd,
		      .flags = USERWIRE_REPLY,
		      .size = 16 + 4 + 3},
		.text = "{}",
		.h2 = {.cmd = USERWIRE_DMA_READ, .size = 32},
		.w = {UT_RAM_GPA, 4}};

	if (m->h.cmd != USERWIRE_VERSION)
		return false;
	peer_send(p, &both, sizeof(both), NULL, 0);
	return true;
}

static bool after_request(struct peer *p, struct peer_msg *m)
{
	bool *refused = p->ctx;

	if (m->h.cmd == USERWIRE_DMA_READ) {
		*refused = m->h.err == EFAULT;
		return true;
	}
	return with_request(p, m);
}

Test(test_user_version, a_request_right_behind_the_reply)
{
	struct ut *t = ut_new();
	bool refused = false;

	t->peer->hook = after_request;
	t->peer->ctx = &refused;
	cr_assert(!ut_open(t), "%s", err_last());
	ut_join(t);
	cr_assert(refused, "and answered");
	ut_free(t);
}

/* ---- the second socket ------------------------------------------------ */

#define TWIN CAPABLE("\"twin_socket\":{\"supported\":true,\"fd_index\":0}")

struct sent {
	const char *json;
	int fd[3];
	size_t n;
};

static bool send_fds(struct peer *p, struct peer_msg *m)
{
	const struct sent *s = p->ctx;
	uint8_t body[256] = {0};

	if (m->h.cmd != USERWIRE_VERSION)
		return false;
	memcpy(body + 4, s->json, strlen(s->json) + 1);
	peer_reply_fds(p, m, body, 4 + strlen(s->json) + 1, s->fd, s->n);
	return true;
}

static int open_with(const struct sent *s, struct ut **t)
{
	*t = ut_new();
	(*t)->peer->hook = send_fds;
	(*t)->peer->ctx = (void *)s;
	return ut_open(*t);
}

Test(test_user_version, a_twin_socket_is_taken)
{
	int fd[2];
	struct ut *t;

	cr_assert(!socketpair(AF_UNIX, SOCK_STREAM, 0, fd));
	cr_assert(!open_with(&(struct sent){TWIN, {fd[0]}, 1}, &t), "%s",
		  err_last());
	cr_assert_geq(priv(t)->twin.fd, 0);
	cr_assert(fcntl(priv(t)->twin.fd, F_GETFD) & FD_CLOEXEC);
	ut_free(t);
}

Test(test_user_version, what_is_no_twin_socket_is_closed)
{
	int fd[2], udp[2], null = open("/dev/null", O_RDONLY);
	struct ut *t;

	cr_assert(!socketpair(AF_UNIX, SOCK_STREAM, 0, fd));
	cr_assert(!socketpair(AF_UNIX, SOCK_DGRAM, 0, udp));

	const struct sent bad[] = {
		{TWIN, {null}, 1},
		{TWIN, {udp[0]}, 1},
		{TWIN, {fd[0], fd[1]}, 2},
		{"{}", {fd[0]}, 1},
		{CAPABLE("\"twin_socket\":{\"supported\":true,\"fd_index\":1}"),
		 {fd[0]},
		 1},
		{CAPABLE("\"twin_socket\":{\"supported\":false,"
			 "\"fd_index\":0}"),
		 {fd[0]},
		 1},
		{CAPABLE("\"twin_socket\":{\"supported\":true}"), {fd[0]}, 1},
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		cr_assert_eq(open_with(&bad[i], &t), -EPROTO, "%zu", i);
		ut_free(t); /* counts descriptors */
	}
}

/* ---- JSON, as far as the server's tests do not go ---------------------- */

Test(test_user_version, json_paths)
{
	static const struct {
		const char *text;
		int rc;
		uint64_t value;
	} cases[] = {
		{"{\"a\":{\"b\":{\"c\":5}}}", 0, 5},
		{"{\"a\":{\"b\":{\"c\":true}}}", 0, 1},
		{"{\"a\":{\"b\":{\"c\":false}}}", 0, 0},
		{"{\"a\":{\"b\":{\"cc\":5,\"\":6}}}", 0, 7},
		{"{\"a\":{\"b\":[{\"c\":5}]}}", -EINVAL, 7},
		{"{\"a\":{\"b\":7}}", -EINVAL, 7},
		{"{\"a\":[]}", -EINVAL, 7},
		{"{\"a.b\":{\"c\":5}}", 0, 7},
		{"{\"a.b.c\":5}", 0, 7},
		{"{\"\":{\"a\":{\"b\":{\"c\":5}}}}", 0, 7},
		{"{\"a\":{\"b\":{\"c\":nul}}}", -EINVAL, 7},
		{"{\"a\":{\"b\":{\"c\":null}}}", -EINVAL, 7},
		{"{\"a\":{\"b\":{\"c\":trues}}}", -EINVAL, 1},
		{"{\"b\":{\"c\":5},\"c\":5,\"a\":{\"c\":5}}", 0, 7},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct json_want w = {"a.b.c", 7};
		const char *text = cases[i].text;

		cr_assert_eq(json_read(text, strlen(text), &w, 1), cases[i].rc,
			     "%s", text);
		cr_assert_eq(w.value, cases[i].value, "%s", text);
	}
}
