/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server as a process: sockets that come and go, clients that do, signals.
 *
 * A child runs the real loop with the real chip; the test is its clients.
 */
#include "tests/unit/test_vfu_child.h"

Test(test_vfu_server, both_functions_at_once)
{
	alarm(20);
	struct child c = {.tight = false};
	int a, b;

	start(&c);
	a = connect_to(c.path[0]);
	b = connect_to(c.path[1]);
	cr_assert_eq(hello(b), 0);
	cr_assert_eq(hello(a), 0);
	cr_assert_eq(read_reg(a, 7, 0), 0x165f14e4);
	cr_assert_eq(read_reg(b, 7, 0), 0x165f14e4);
	cr_assert_eq(read_reg(a, 7, 0x3c) >> 8 & 0xff, 1, "INTA");
	cr_assert_eq(read_reg(b, 7, 0x3c) >> 8 & 0xff, 2, "INTB");
	end(&c, SIGTERM);
}

/* Short ones in one go: what arrived with the first must not be forgotten. */
Test(test_vfu_server, several_in_flight)
{
	alarm(20);
	enum { N = 50 };
	uint8_t msg[N * VT_HEAD];
	struct userwire_header h;
	struct child c = {.tight = false};
	size_t n = 0;
	int a;

	start(&c);
	a = connect_to(c.path[0]);
	cr_assert_eq(hello(a), 0);
	for (uint16_t i = 0; i < N; i++)
		n += vt_make(msg + n, i, USERWIRE_RESET, 0, NULL, 0);
	cr_assert_eq(send(a, msg, n, 0), (ssize_t)n);
	for (uint16_t i = 0; i < N; i++) {
		cr_assert_eq(recv(a, &h, sizeof(h), MSG_WAITALL), sizeof(h));
		cr_assert_eq(h.id, i);
	}
	end(&c, SIGTERM);
}

Test(test_vfu_server, ends_on_sigint_with_clients)
{
	alarm(20);
	struct child c = {.tight = false};
	int a;
	char x;

	start(&c);
	a = connect_to(c.path[0]);
	cr_assert_eq(hello(a), 0);
	end(&c, SIGINT);
	cr_assert_eq(recv(a, &x, 1, 0), 0, "the connection is closed");
}

/* Device reset when its client goes; the next client finds it fresh. */
Test(test_vfu_server, client_gone_and_back)
{
	alarm(20);
	enum { COMMAND = 4, MASTER = 4, CACHE_LINE = 0x0c };
	struct child c = {.tight = false};
	uint32_t fresh;
	int a;

	start(&c);
	for (unsigned i = 0; i < 5; i++) {
		a = connect_to(c.path[0]);
		cr_assert_eq(hello(a), 0);
		fresh = read_reg(a, 7, COMMAND) & 0xffff;
		cr_assert_not(fresh & MASTER, "round %u", i);
		write_reg(a, 7, COMMAND, MASTER);
		cr_assert(read_reg(a, 7, COMMAND) & MASTER);
		close(a);
	}
	end(&c, SIGTERM);
}

/* Who only looks whether somebody is there resets nothing. */
Test(test_vfu_server, client_that_said_nothing_changes_nothing)
{
	alarm(20);
	struct child c = {.tight = false};
	int a;

	start(&c);
	for (unsigned i = 0; i < 20; i++)
		close(connect_to(c.path[i % 2]));
	for (unsigned i = 0; i < 2; i++) {
		a = connect_to(c.path[i]); /* its turn: they are gone */
		cr_assert_eq(hello(a), 0);
		cr_assert_not(logged(&c, i ? "port 1: function level reset"
					   : "port 0: function level reset"));
		close(a);
	}
	while (!logged(&c, "port 1: function level reset"))
		usleep(1000); /* who did say something */
	end(&c, SIGTERM);
}

Test(test_vfu_server, second_client_waits_for_its_turn)
{
	alarm(20);
	struct child c = {.tight = false};
	int a, b;
	char x;

	start(&c);
	a = connect_to(c.path[0]);
	cr_assert_eq(hello(a), 0);
	b = connect_to(c.path[0]);
	cr_assert_eq(send(b, "", 1, 0), 1);
	cr_assert_eq(read_reg(a, 7, 0), 0x165f14e4);
	cr_assert_eq(recv(b, &x, 1, MSG_DONTWAIT), -1);
	close(a);
	close(b);
	b = connect_to(c.path[0]);
	cr_assert_eq(hello(b), 0);
	close(b);
	end(&c, SIGTERM);
}

Test(test_vfu_server, bad_client_does_not_harm_the_other)
{
	alarm(20);
	static const uint8_t junk[64] = {1, 2, 3};
	struct child c = {.tight = false};
	int a, b;

	start(&c);
	a = connect_to(c.path[0]);
	cr_assert_eq(hello(a), 0);
	for (unsigned i = 0; i < 10; i++) {
		b = connect_to(c.path[1]);
		cr_assert_eq(send(b, junk, sizeof(junk), MSG_NOSIGNAL),
			     sizeof(junk));
		cr_assert_eq(read_reg(a, 7, 0), 0x165f14e4);
		close(b);
	}
	end(&c, SIGTERM);
}

/* Messages that never end where a read ends, as fast as can be */
static void flood(const char *path)
{
	struct userwire_access a = {0};
	static uint8_t msg[33 + 4096 * VT_HEAD];
	uint8_t body[17] = {0};
	int fd = connect_to(path);
	size_t n;

	hello(fd);
	memcpy(body, &a, sizeof(a));
	n = vt_make(msg, 1, USERWIRE_REGION_WRITE, USERWIRE_NO_REPLY, body, 17);
	if (send(fd, msg, n, MSG_NOSIGNAL) != (ssize_t)n)
		_exit(1);
	for (n = 0; n < sizeof(msg) - 33; n += VT_HEAD)
		vt_make(msg + n, 1, USERWIRE_RESET, USERWIRE_NO_REPLY, NULL, 0);
	while (send(fd, msg, n, MSG_NOSIGNAL) > 0)
		;
	_exit(0);
}

Test(test_vfu_server, flood_of_short_messages_starves_nobody)
{
	alarm(30);
	struct child c = {.tight = false};
	pid_t pid;
	int b;

	start(&c);
	pid = fork();
	if (!pid)
		flood(c.path[0]);
	usleep(200000);
	b = connect_to(c.path[1]);
	cr_assert_eq(hello(b), 0);
	for (unsigned i = 0; i < 100; i++)
		cr_assert_eq(read_reg(b, 7, 0), 0x165f14e4);
	end(&c, SIGTERM);
	waitpid(pid, NULL, 0);
}

Test(test_vfu_server, no_descriptor_for_a_client_is_no_reason_to_spin)
{
	alarm(20);
	struct child c = {.tight = true};
	struct rusage u;
	int a;

	start(&c);
	a = connect_to(c.path[0]);
	usleep(1000000);
	end(&c, SIGTERM);
	cr_assert(!getrusage(RUSAGE_CHILDREN, &u));
	cr_assert_lt(u.ru_utime.tv_sec + u.ru_stime.tv_sec, 1);
	cr_assert_lt(u.ru_utime.tv_usec + u.ru_stime.tv_usec, 400000);
	close(a);
}

Test(test_vfu_server, function_set_up_since_its_reset_is_in_use)
{
	alarm(20);
	enum { COMMAND = 4, BAR = 0x10, MASTER = 4 };
	struct child c = {.tight = false};
	int a, b;

	start(&c);
	a = connect_to(c.path[0]);
	b = connect_to(c.path[1]);
	cr_assert_eq(hello(a), 0);
	cr_assert_eq(hello(b), 0);
	cr_assert_eq(call(b, USERWIRE_RESET, NULL, 0, NULL), 0);
	write_reg(b, 7, COMMAND, MASTER);
	cr_assert_eq(call(a, USERWIRE_RESET, NULL, 0, NULL), 0);
	cr_assert(read_reg(b, 7, COMMAND) & MASTER);
	cr_assert_not(logged(&c, "bus reset"));
	cr_assert_eq(call(b, USERWIRE_RESET, NULL, 0, NULL), 0);
	cr_assert(logged(&c, "bus reset"), "both, and none used since");
	write_reg(b, 7, BAR, 0); /* as QEMU does behind a reset */
	cr_assert_eq(call(a, USERWIRE_RESET, NULL, 0, NULL), 0);
	cr_assert(logged(&c, "port 0: bus reset"));
	end(&c, SIGTERM);
}

Test(test_vfu_server, log_has_an_end)
{
	struct child c = {.log = "/tmp/test_vfu_log.XXXXXX"};
	struct vfu_log l;
	struct stat st;

	close(mkstemp(c.log));
	cr_assert_eq(vfu_log_open(&l, c.log, false), 0);
	for (unsigned i = 0; i < 10 * VFU_LOG_LINES; i++)
		vfu_log_line(&l, "t", "12345678");
	cr_assert(!stat(c.log, &st));
	cr_assert_lt(st.st_size, (VFU_LOG_LINES + 50) * 40);
	cr_assert_not(logged(&c, "left out"));
	l.last -= UINT64_C(1000000000);
	vfu_log_line(&l, "t", "the next");
	cr_assert(logged(&c, "lines left out"));
	cr_assert(logged(&c, "the next"));
	vfu_log_close(&l);
	unlink(c.log);
}

/* A RESET of every function that has a client is one of the bus. */
Test(test_vfu_server, reset_of_one_function_leaves_the_other)
{
	alarm(20);
	enum { COMMAND = 4, MASTER = 4 };
	struct child c = {.tight = false};
	int a, b;

	start(&c);
	a = connect_to(c.path[0]);
	b = connect_to(c.path[1]);
	cr_assert_eq(hello(a), 0);
	cr_assert_eq(hello(b), 0);
	write_reg(a, 7, COMMAND, MASTER);
	write_reg(b, 7, COMMAND, MASTER);
	cr_assert_eq(call(a, USERWIRE_RESET, NULL, 0, NULL), 0);
	cr_assert_not(read_reg(a, 7, COMMAND) & MASTER);
	cr_assert(read_reg(b, 7, COMMAND) & MASTER);
	cr_assert_eq(call(b, USERWIRE_RESET, NULL, 0, NULL), 0);
	cr_assert_not(read_reg(b, 7, COMMAND) & MASTER);
	end(&c, SIGTERM);
}

Test(test_vfu_server, stale_socket_is_replaced)
{
	alarm(20);
	char path[] = "/tmp/test_vfu_XXXXXX";
	int fd = mkstemp(path), again;

	close(fd);
	unlink(path);
	cr_assert_eq(vfu_listen(path, &fd), 0);
	close(fd); /* and no unlink: as if it had been killed */
	cr_assert_eq(vfu_listen(path, &fd), 0, "%s", err_last());
	cr_assert_eq(vfu_listen(path, &again), -EADDRINUSE);
	cr_assert(strstr(err_last(), "a server is running there"));
	cr_assert_eq(again, -1);
	close(fd);
	unlink(path);
}

Test(test_vfu_server, path_that_is_no_socket_is_kept)
{
	char path[] = "/tmp/test_vfu_XXXXXX";
	int fd = mkstemp(path), s;

	cr_assert_eq(vfu_listen(path, &s), -EEXIST);
	cr_assert(!access(path, F_OK));
	close(fd);
	unlink(path);
}

Test(test_vfu_server, path_that_cannot_be)
{
	char path[200];
	int s;

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	cr_assert_eq(vfu_listen(path, &s), -ENAMETOOLONG);
	cr_assert_eq(vfu_listen("/nonexistent/socket", &s), -ENOENT);
	cr_assert(strstr(err_last(), "--socket PATH"));
}
