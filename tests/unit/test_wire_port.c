/* SPDX-License-Identifier: BSD-2-Clause */
/* The wire as its owner sees it: ports, cables, counts, the recording. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/err.h"
#include "tests/twin/wire/wire.h"

static struct wire *w;
static char path[64];
static uint8_t frame[WIRE_FRAME_MAX + 1];
static size_t len;

static void start(void)
{
	snprintf(path, sizeof(path), "/tmp/wire-test.%d", (int)getpid());
}

static void stop(void)
{
	wire_close(&w);
	unlink(path);
}

TestSuite(wire_port, .init = start, .fini = stop);

static const uint8_t arp[42] = {
	255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0,  1, 8, 6,
	0,   1,   8,   0,   6,   4,   0, 1, 2, 0, 0,  0, 0, 1,
	10,  0,   2,   15,  0,   0,   0, 0, 0, 0, 10, 0, 2, 2,
};

Test(wire_port, each_port_has_a_responder_of_its_own)
{
	cr_assert_eq(wire_open(&w, "responder", NULL, 2, 1), 0);
	wire_send(w, 1, arp, sizeof(arp), 2);
	cr_assert_null(wire_peek(w, 0, &len));
	cr_assert_not_null(wire_peek(w, 1, &len));
	cr_assert_eq(len, 60);
	wire_pop(w, 1);
	cr_assert_null(wire_peek(w, 1, &len));
	cr_assert_eq(wire_counts(w, 1).out_frames, 1);
	cr_assert_eq(wire_counts(w, 1).out_bytes, 42);
	cr_assert_eq(wire_counts(w, 1).in_frames, 1);
	cr_assert_eq(wire_counts(w, 1).in_bytes, 60);
	cr_assert_eq(wire_counts(w, 0).out_frames, 0);
	cr_assert_eq(wire_deadline(w), UINT64_MAX);
	cr_assert_eq(wire_fds(w, NULL, 0), 0);
}

Test(wire_port, pair_crosses_the_ports)
{
	const uint8_t *p;

	cr_assert_eq(wire_open(&w, "pair", NULL, 2, 1), 0);
	memset(frame, 7, 100);
	wire_send(w, 0, frame, 100, 2);
	memset(frame, 8, 200);
	wire_send(w, 1, frame, 200, 2);
	p = wire_peek(w, 1, &len);
	cr_assert_eq(len, 100);
	cr_assert_eq(p[99], 7);
	p = wire_peek(w, 0, &len);
	cr_assert_eq(len, 200);
	cr_assert_eq(p[199], 8);
}

Test(wire_port, pair_drops_at_the_port_that_does_not_read)
{
	struct wire_counts c;

	cr_assert_eq(wire_open(&w, "pair", NULL, 2, 1), 0);
	for (int i = 0; i < 100; i++)
		wire_send(w, 0, frame, WIRE_FRAME_MAX, 2);
	c = wire_counts(w, 1);
	cr_assert(c.in_drops > 50 && c.in_drops < 100);
	cr_assert_eq(wire_counts(w, 0).out_frames, 100);
}

Test(wire_port, frames_too_short_or_too_long_are_dropped_and_counted)
{
	cr_assert_eq(wire_open(&w, "pair", NULL, 2, 1), 0);
	wire_send(w, 0, frame, 0, 2);
	wire_send(w, 0, frame, 13, 2);
	wire_send(w, 0, frame, WIRE_FRAME_MAX + 1, 2);
	cr_assert_null(wire_peek(w, 1, &len));
	cr_assert_eq(wire_counts(w, 0).out_drops, 3);
	cr_assert_eq(wire_counts(w, 0).out_frames, 0);
}

Test(wire_port, ports_that_are_not_there_do_nothing)
{
	cr_assert_eq(wire_open(&w, "responder", NULL, 1, 1), 0);
	wire_send(w, 1, arp, sizeof(arp), 2);
	wire_send(w, 99, arp, sizeof(arp), 2);
	cr_assert_null(wire_peek(w, 1, &len));
	wire_pop(w, 99);
	cr_assert_not(wire_plugged(w, 1));
	cr_assert(wire_plugged(w, 0));
	cr_assert_eq(wire_counts(w, 99).out_frames, 0);
}

Test(wire_port, an_unplugged_port_loses_what_it_sends)
{
	char net[100];

	snprintf(net, sizeof(net), "socket:unix=%s", path);
	cr_assert_eq(wire_open(&w, net, NULL, 2, 1), 0);
	cr_assert_not(wire_plugged(w, 1));
	wire_send(w, 1, arp, sizeof(arp), 2);
	cr_assert_eq(wire_counts(w, 1).out_drops, 1);
}

Test(wire_port, failure_leaves_nothing_open)
{
	cr_assert_eq(wire_open(&w, "nonsense", NULL, 1, 1), -EINVAL);
	cr_assert_null(w);
	wire_close(&w);
	cr_assert_eq(wire_open(&w, "responder", "/nonexistent/x", 1, 1),
		     -ENOENT);
	cr_assert_null(w);
	cr_assert(strstr(err_last(), "--pcap"), "%s", err_last());
}

Test(wire_port, tap_name_longer_than_an_interfaces_is_refused)
{
	cr_assert_eq(wire_open(&w, "tap:abcdefghijklmnop", NULL, 1, 1),
		     -EINVAL);
	cr_assert(strstr(err_last(), "15 characters"));
}

/* The recording */

static uint32_t word(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return v;
}

static size_t recorded(uint8_t *buf, size_t cap)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, buf, cap);

	close(fd);
	cr_assert(n >= 24);
	return (size_t)n;
}

Test(wire_port, pcap_has_both_directions_and_can_be_read_meanwhile)
{
	uint8_t f[512];

	cr_assert_eq(wire_open(&w, "responder", path, 1, 1), 0);
	cr_assert_eq(recorded(f, sizeof(f)), 24);
	cr_assert_eq(word(f), 0xa1b23c4d);
	cr_assert_eq(word(f + 4), 2 | 4 << 16);
	cr_assert(word(f + 16) >= 65535);
	cr_assert_eq(word(f + 20), 1);
	wire_send(w, 0, arp, sizeof(arp), 1000000007);
	cr_assert(wire_deadline(w) <= 1000000007 + 100000000);
	wire_tick(w, wire_deadline(w));
	cr_assert_eq(wire_deadline(w), UINT64_MAX);
	cr_assert_eq(recorded(f, sizeof(f)), 24 + 16 + 42 + 16 + 60);
	cr_assert_eq(word(f + 24 + 8), 42);
	cr_assert_eq(word(f + 24 + 12), 42);
	cr_assert_arr_eq(f + 40, arp, 42);
	cr_assert_eq(word(f + 82 + 8), 60);
}

Test(wire_port, pcap_has_frames_of_a_pair_once)
{
	uint8_t f[512];

	cr_assert_eq(wire_open(&w, "pair", path, 2, 1), 0);
	wire_send(w, 0, arp, sizeof(arp), 2);
	cr_assert_not_null(wire_peek(w, 1, &len));
	wire_pop(w, 1);
	wire_close(&w);
	cr_assert_eq(recorded(f, sizeof(f)), 24 + 16 + 42);
}

Test(wire_port, pcap_that_cannot_be_begun_fails_the_open)
{
	cr_assert_eq(wire_open(&w, "responder", "/dev/full", 1, 1), -ENOSPC);
	cr_assert(strstr(err_last(), "/dev/full: write: ENOSPC"));
}

Test(wire_port, pcap_on_a_full_disk_is_warned_of_once_and_the_wire_goes_on)
{
	struct rlimit limit = {100, 100};
	char text[1000] = "";
	int save = dup(2);
	int fds[2];

	cr_assert_eq(wire_open(&w, "responder", path, 1, 1), 0);
	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	cr_assert_eq(pipe(fds), 0);
	dup2(fds[1], 2);
	for (uint64_t t = 1; t < 10; t++) {
		wire_send(w, 0, arp, sizeof(arp), t * 1000000000);
		wire_tick(w, t * 1000000000 + 100000000);
	}
	dup2(save, 2);
	cr_assert(read(fds[0], text, sizeof(text) - 1) > 0);
	cr_assert(strstr(text, "EFBIG"));
	cr_assert_null(strstr(strstr(text, "EFBIG") + 1, "EFBIG"));
	cr_assert_eq(wire_counts(w, 0).out_frames, 9);
	cr_assert_not_null(wire_peek(w, 0, &len));
}

/* Stream sockets: the other end is the test's. */

static int peer;

/* A connected wire: port 0 connects to a listener of the test. */
static void connected(void)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int l = socket(AF_UNIX, SOCK_STREAM, 0);
	struct pollfd f;
	char net[100];

	strcpy(un.sun_path, path);
	cr_assert_eq(bind(l, (void *)&un, sizeof(un)), 0);
	cr_assert_eq(listen(l, 1), 0);
	snprintf(net, sizeof(net), "socket:unix=%s", path);
	cr_assert_eq(wire_open(&w, net, NULL, 1, 1), 0);
	peer = accept(l, NULL, NULL);
	close(l);
	cr_assert_eq(wire_fds(w, &f, 1), 1);
	cr_assert_eq(f.events, POLLOUT);
	f.revents = POLLOUT;
	wire_ready(w, &f, 1, 2);
}

/* Let the wire look at its socket. */
static void turn(uint64_t now)
{
	struct pollfd f[2];
	int n = wire_fds(w, f, 2);

	poll(f, (nfds_t)n, 1000);
	wire_ready(w, f, (size_t)n, now);
	wire_tick(w, now);
}

Test(wire_port, socket_frames_have_their_length_before_them)
{
	uint8_t buf[200];

	connected();
	wire_send(w, 0, arp, sizeof(arp), 3);
	cr_assert_eq(read(peer, buf, sizeof(buf)), 46);
	cr_assert_arr_eq(buf, "\0\0\0\52", 4);
	cr_assert_arr_eq(buf + 4, arp, 42);
}

Test(wire_port, socket_frames_may_come_in_pieces_or_together)
{
	uint8_t buf[92];

	connected();
	memcpy(buf, "\0\0\0\52", 4);
	memcpy(buf + 4, arp, 42);
	memcpy(buf + 46, buf, 46);
	for (int i = 0; i < 50; i++) {
		cr_assert_eq(write(peer, buf + i, 1), 1);
		turn(3);
	}
	cr_assert_not_null(wire_peek(w, 0, &len));
	wire_pop(w, 0);
	cr_assert_null(wire_peek(w, 0, &len));
	cr_assert_eq(write(peer, buf + 50, 42), 42);
	cr_assert_eq(write(peer, buf, 92), 92);
	turn(3);
	for (int i = 0; i < 3; i++) {
		cr_assert_arr_eq(wire_peek(w, 0, &len), arp, 42);
		wire_pop(w, 0);
	}
}

Test(wire_port, socket_frame_longer_than_any_ends_the_connection)
{
	uint8_t c;

	connected();
	cr_assert_eq(write(peer, "\0\1\0\41", 4), 4);
	turn(3);
	cr_assert_eq(read(peer, &c, 1), 0);
	cr_assert(wire_deadline(w) < UINT64_MAX, "it will try again");
}

Test(wire_port, socket_frame_of_nothing_is_passed_over)
{
	connected();
	cr_assert_eq(write(peer, "\0\0\0\0\0\0\0\1x\0\0\0\52", 13), 13);
	cr_assert_eq(write(peer, arp, 42), 42);
	turn(3);
	cr_assert_arr_eq(wire_peek(w, 0, &len), arp, 42);
}

Test(wire_port, socket_peer_that_does_not_read_costs_frames_not_time)
{
	size_t got = 0;
	ssize_t n;

	connected();
	for (int i = 0; i < 100; i++)
		wire_send(w, 0, frame, 60000, 3);
	cr_assert(wire_counts(w, 0).out_drops > 50);
	fcntl(peer, F_SETFL, O_NONBLOCK);
	while ((n = read(peer, frame, sizeof(frame))) > 0 ||
	       (turn(4), (n = read(peer, frame, sizeof(frame))) > 0))
		got += (size_t)n;
	cr_assert_eq(got, (100 - wire_counts(w, 0).out_drops) * 60004);
}

Test(wire_port, socket_full_queue_is_not_polled_for_input)
{
	struct pollfd f;

	connected();
	memcpy(frame, "\0\0\3\350", 4);
	fcntl(peer, F_SETFL, O_NONBLOCK);
	for (int i = 0; wire_fds(w, &f, 1) && i < 10000; i++) {
		if (write(peer, frame, 1004) < 0)
			cr_assert_eq(errno, EAGAIN);
		turn(3);
	}
	cr_assert_eq(wire_fds(w, &f, 1), 0);
	while (wire_fds(w, &f, 1) == 0)
		wire_pop(w, 0);
	cr_assert_eq(f.events, POLLIN);
}

Test(wire_port, socket_that_listens_takes_the_next_peer_when_one_goes)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	char net[100];

	snprintf(net, sizeof(net), "socket:unix-listen=%s", path);
	cr_assert_eq(wire_open(&w, net, NULL, 1, 1), 0);
	strcpy(un.sun_path, path);
	for (int i = 0; i < 3; i++) {
		peer = socket(AF_UNIX, SOCK_STREAM, 0);
		cr_assert_eq(connect(peer, (void *)&un, sizeof(un)), 0);
		turn(3);
		wire_send(w, 0, arp, sizeof(arp), 3);
		cr_assert_eq(read(peer, frame, 100), 46);
		close(peer);
		turn(3);
	}
	wire_close(&w);
	cr_assert_neq(access(path, F_OK), 0, "the socket's file is gone");
}

Test(wire_port, socket_that_connects_tries_again_each_second)
{
	char net[100];

	snprintf(net, sizeof(net), "socket:unix=%s", path);
	cr_assert_eq(wire_open(&w, net, NULL, 1, 1), 0);
	cr_assert_eq(wire_deadline(w), 1000000001);
	wire_tick(w, 1000000001);
	cr_assert_eq(wire_deadline(w), 2000000001);
	wire_send(w, 0, arp, sizeof(arp), 3);
	cr_assert_eq(wire_counts(w, 0).out_drops, 1);
}

Test(wire_port, socket_leaves_a_file_that_is_no_socket_alone)
{
	char net[100];

	close(open(path, O_CREAT | O_WRONLY, 0600));
	snprintf(net, sizeof(net), "socket:unix-listen=%s", path);
	cr_assert_eq(wire_open(&w, net, NULL, 1, 1), -EEXIST);
	cr_assert_eq(access(path, F_OK), 0);
}

Test(wire_port, socket_of_a_living_program_is_refused_a_dead_ones_replaced)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int l = socket(AF_UNIX, SOCK_STREAM, 0);
	char net[100];

	strcpy(un.sun_path, path);
	cr_assert_eq(bind(l, (void *)&un, sizeof(un)), 0);
	cr_assert_eq(listen(l, 1), 0);
	snprintf(net, sizeof(net), "socket:unix-listen=%s", path);
	cr_assert_eq(wire_open(&w, net, NULL, 1, 1), -EADDRINUSE);
	cr_assert_eq(access(path, F_OK), 0);
	close(l);
	cr_assert_eq(wire_open(&w, net, NULL, 1, 1), 0);
}

Test(wire_port, socket_without_a_free_descriptor_waits_and_does_not_spin)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct rlimit few = {.rlim_max = 256};
	struct pollfd f;
	char net[100];

	snprintf(net, sizeof(net), "socket:unix-listen=%s", path);
	cr_assert_eq(wire_open(&w, net, NULL, 1, 1), 0);
	strcpy(un.sun_path, path);
	peer = socket(AF_UNIX, SOCK_STREAM, 0);
	cr_assert_eq(connect(peer, (void *)&un, sizeof(un)), 0);
	few.rlim_cur = (rlim_t)peer + 1; /* none is free */
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	turn(3);
	cr_assert_eq(wire_fds(w, &f, 1), 0);
	cr_assert_eq(wire_deadline(w), 1000000003);
	few.rlim_cur = few.rlim_max;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	wire_tick(w, 1000000003);
	cr_assert_eq(wire_fds(w, &f, 1), 1);
	turn(1000000003);
	wire_send(w, 0, arp, sizeof(arp), 1000000003);
	cr_assert_eq(read(peer, frame, 100), 46);
}
