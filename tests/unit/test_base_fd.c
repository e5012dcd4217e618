/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes to who may never read; the rest of fd.h is in test_base.c. */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

/* Some 64 KiB go in; with a write that blocks this does not end */
static void fill(int fd, size_t piece)
{
	char line[700];
	unsigned n = 0;
	int rc;

	alarm(20);
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\n';
	do {
		rc = fd_write_within(fd, line, sizeof(line), piece, 0);
	} while (!rc && n++ < 10000);
	cr_assert_eq(rc, -ETIMEDOUT);
	cr_assert_gt(n, 20);
	cr_assert_eq(fd_await_room(fd, 1), -ETIMEDOUT);
	cr_assert_eq(fd_write_within(fd, line, 1, piece, 5), -ETIMEDOUT);
}

Test(base_fd, a_pipe_that_nobody_reads_takes_what_it_can)
{
	int p[2];

	cr_assert_eq(pipe2(p, O_CLOEXEC), 0);
	fill(p[1], PIPE_BUF);
	fd_close(&p[0]);
	fd_close(&p[1]);
}

Test(base_fd, and_so_does_a_terminal)
{
	int tty = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	int fd;

	cr_assert(tty >= 0 && !grantpt(tty) && !unlockpt(tty));
	fd = open(ptsname(tty), O_RDWR | O_NOCTTY | O_CLOEXEC);
	cr_assert_geq(fd, 0);
	fill(fd, FD_PIECE);
	fd_close(&fd);
	fd_close(&tty);
}

Test(base_fd, what_takes_nothing_says_why)
{
	int p[2];

	signal(SIGPIPE, SIG_IGN);
	cr_assert_eq(pipe2(p, O_CLOEXEC), 0);
	fd_close(&p[0]);
	cr_assert_eq(fd_write_within(p[1], "x", 1, 1, 0), -EPIPE);
	cr_assert_eq(fd_write_within(p[1] + 1, "x", 1, 1, 0), -EBADF);
	fd_close(&p[1]);
}
