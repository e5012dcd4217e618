/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes to who may never read; the rest of fd.h is in test_base.c. */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

#include "base/fd.h"

/* Lines that go in at the least */
enum {
	PIPE_LINES = 60, /* 64 KiB, and some space is lost at ends of pages */
	TTY_LINES = 9,   /* 8 KiB, newlines twice: drivers/tty/pty.c */
};

/* A terminal's bytes move on inside the kernel, and then it takes some more. */
static bool full(const struct fd_sink *to)
{
	return fd_await_room(to->fd, 50) == -ETIMEDOUT &&
	       fd_sink_write(to, "x", 1, 5) == -ETIMEDOUT;
}

/* With a write that blocks this does not end */
static void fill(struct fd_sink to, unsigned least)
{
	char line[700];
	unsigned n = 0;
	int rc;

	alarm(20);
	memset(line, 'x', sizeof(line) - 1);
	memset(line + 300, '\n', 100); /* two bytes each, to a terminal */
	line[sizeof(line) - 1] = '\n';
	do {
		rc = fd_sink_write(&to, line, sizeof(line), 0);
		n += !rc;
	} while (n < 10000 && (!rc || !full(&to)));
	cr_assert_eq(rc, -ETIMEDOUT);
	cr_assert_geq(n, least, "%u lines", n);
}

Test(base_fd, a_pipe_that_nobody_reads_takes_what_it_can)
{
	int p[2];
	struct fd_sink to;

	cr_assert_eq(pipe2(p, O_CLOEXEC), 0);
	to = fd_sink(p[1]);
	cr_assert(to.fd == p[1] && !to.terminal);
	fill(to, PIPE_LINES);
	fd_close(&p[0]);
	fd_close(&p[1]);
}

/* Its two ends; a newline becomes two bytes, as by default */
static void terminal(int end[2])
{
	struct termios raw;

	end[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	cr_assert(end[0] >= 0 && !grantpt(end[0]) && !unlockpt(end[0]));
	end[1] = open(ptsname(end[0]), O_RDWR | O_NOCTTY | O_CLOEXEC);
	cr_assert_geq(end[1], 0);
	cr_assert_eq(tcgetattr(end[1], &raw), 0);
	cr_assert(raw.c_oflag & OPOST && raw.c_oflag & ONLCR);
}

Test(base_fd, and_so_does_a_terminal)
{
	struct fd_sink to;
	int end[2];

	terminal(end);
	to = fd_sink(end[1]);
	cr_assert(to.terminal && to.fd != end[1]);
	cr_assert(!(fcntl(end[1], F_GETFL) & O_NONBLOCK), "others share it");
	fill(to, TTY_LINES);
	fd_close(&to.fd);
	fd_close(&end[1]);
	fd_close(&end[0]);
}

Test(base_fd, and_one_that_cannot_be_opened_again)
{
	int end[2];

	terminal(end);
	fill((struct fd_sink){end[1], true, 1}, TTY_LINES);
	fd_close(&end[1]);
	fd_close(&end[0]);
}

/* A limit of descriptors that is reached refuses the second open */
Test(base_fd, which_gets_a_byte_at_a_time)
{
	struct rlimit was, none;
	struct fd_sink to;
	int end[2];

	terminal(end);
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &was), 0);
	none = (struct rlimit){0, was.rlim_max};
	setrlimit(RLIMIT_NOFILE, &none);
	to = fd_sink(end[1]);
	setrlimit(RLIMIT_NOFILE, &was);
	cr_assert(to.terminal && to.fd == end[1] && to.piece == 1);
	fd_close(&end[1]);
	fd_close(&end[0]);
}

Test(base_fd, what_takes_nothing_says_why)
{
	struct fd_sink to;
	int p[2];

	signal(SIGPIPE, SIG_IGN);
	cr_assert_eq(pipe2(p, O_CLOEXEC), 0);
	to = fd_sink(p[1]);
	fd_close(&p[0]);
	cr_assert_eq(fd_sink_write(&to, "x", 1, 0), -EPIPE);
	fd_close(&p[1]);
	cr_assert_eq(fd_sink_write(&to, "x", 1, 0), -EBADF);
}
