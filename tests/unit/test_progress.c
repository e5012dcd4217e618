/* SPDX-License-Identifier: BSD-2-Clause */
/* The line that says how far a long job is: on a terminal, and nowhere else. */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/progress.h"
#include "base/tell.h"
#include "test_said.h"

#define END "\001" /* of what a test printed */

static int tty, kept;

/* Standard error is a terminal, whose other end is @tty. */
static void terminal_begin(void)
{
	int fd;

	tty = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
	cr_assert(tty >= 0 && !grantpt(tty) && !unlockpt(tty));
	fd = open(ptsname(tty), O_RDWR | O_NOCTTY);
	cr_assert_geq(fd, 0);
	kept = dup(STDERR_FILENO);
	dup2(fd, STDERR_FILENO);
	close(fd);
}

/* A byte of what was printed; the kernel may take its time to hand it over */
static char next(void)
{
	struct pollfd p = {tty, POLLIN, 0};
	char c;

	cr_assert_eq(poll(&p, 1, 20000), 1);
	cr_assert_eq(read(tty, &c, 1), 1);
	return c;
}

/* What a person sees of it when all was printed: one line */
static const char *terminal_end(void)
{
	static char screen[128];
	size_t at = 0;

	memset(screen, 0, sizeof(screen));
	cr_assert_eq(write(STDERR_FILENO, END, 1), 1);
	for (char c = next(); c != *END; c = next()) {
		cr_assert_neq(c, '\n');
		if (c == '\r')
			at = 0;
		else
			screen[at++] = c;
		cr_assert_lt(at, 80);
	}
	dup2(kept, STDERR_FILENO);
	close(kept);
	close(tty);
	while (*screen && screen[strlen(screen) - 1] == ' ')
		screen[strlen(screen) - 1] = '\0';
	return screen;
}

static void show(bool end)
{
	struct progress p;

	program_invocation_short_name = "passthru";
	progress_begin(&p);
	progress_show(&p, "a long word, and more", 100 * GiB, 640 * GiB);
	progress_show(&p, "pinning guest RAM:", 12 * GiB, 64 * GiB - 1);
	if (end)
		progress_end(&p);
}

Test(progress, a_terminal_shows_the_last_line)
{
	terminal_begin();
	show(false);
	cr_assert_str_eq(terminal_end(),
			 "passthru: pinning guest RAM: 12 of 64 GiB");
}

Test(progress, and_nothing_when_it_is_done)
{
	terminal_begin();
	show(true);
	cr_assert_str_eq(terminal_end(), "");
}

Test(progress, a_line_fits_the_narrowest_terminal)
{
	struct progress p;
	char what[200];

	memset(what, 'x', sizeof(what));
	what[sizeof(what) - 1] = '\0';
	terminal_begin();
	progress_begin(&p);
	progress_show(&p, what, 0, GiB);
	progress_show(&p, "", 0, GiB);
	progress_end(&p);
	cr_assert_str_eq(terminal_end(), "");
}

Test(progress, nothing_in_a_log)
{
	said_begin();
	show(true);
	cr_assert_str_eq(said(), "");
	said_end();
}

/* Two that print on one line of the screen: the one that says more */
Test(progress, nothing_between_lines_of_an_explanation)
{
	terminal_begin();
	tell_explain(STDERR_FILENO);
	show(false);
	cr_assert_str_eq(terminal_end(), "");
}

Test(progress, nothing_between_lines_of_a_trace)
{
	terminal_begin();
	tell_trace(1U << TELL_VFIO, STDERR_FILENO);
	show(false);
	cr_assert_str_eq(terminal_end(), "");
}

Test(progress, a_trace_into_a_file_is_not_in_its_way)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	terminal_begin();
	tell_trace(1U << TELL_VFIO, fd);
	show(false);
	cr_assert_str_eq(terminal_end(),
			 "passthru: pinning guest RAM: 12 of 64 GiB");
	close(fd);
}

static int refuse(void *opaque, uint64_t done, uint64_t all)
{
	(void)opaque;
	return done == 1 && all == 2 ? -EINTR : 0;
}

Test(progress, who_is_asked_decides)
{
	const struct progress_steps s = {refuse, NULL};

	cr_assert_eq(progress_ask(&s, 0, 2), 0);
	cr_assert_eq(progress_ask(&s, 1, 2), -EINTR);
	cr_assert_eq(progress_ask(NULL, 1, 2), 0);
}
