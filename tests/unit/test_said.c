/* SPDX-License-Identifier: BSD-2-Clause */
/* Standard error through a pipe that nobody waits for. */
#include "test_said.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <unistd.h>

static int lines;  /* read end of the pipe */
static int screen; /* what standard error was before */

void said_begin(void)
{
	int p[2];

	cr_assert_eq(pipe2(p, O_NONBLOCK | O_CLOEXEC), 0);
	screen = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	cr_assert_eq(dup2(p[1], STDERR_FILENO), STDERR_FILENO);
	close(p[1]);
	lines = p[0];
}

const char *said(void)
{
	static char text[65537];
	ssize_t n = read(lines, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

void said_stall(void)
{
	static const char page[4096];

	while (write(STDERR_FILENO, page, sizeof(page)) > 0)
		;
	cr_assert_eq(fcntl(STDERR_FILENO, F_SETFL, 0), 0);
}

void said_end(void)
{
	dup2(screen, STDERR_FILENO);
	close(screen);
	close(lines);
}

unsigned said_lines(const char *text)
{
	unsigned n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}
