/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Ctrl-a keys as a table; raw mode on a pseudo-terminal, and that it ends
 * with the process whatever way it goes.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "vmm/cli/tty.h"

/* clang-format off */
static const struct {
	const char *in;
	const char *out;
	bool leave, help, armed; /* armed: afterwards */
} keys[] = {
	{"",              "",            false, false, false},
	{"plain\x7f\x03", "plain\x7f\x03", false, false, false},
	{"\001",          "",            false, false, true},
	{"\001x",         "",            true,  false, false},
	{"\001X",         "",            true,  false, false},
	{"ab\001xcd",     "ab",          true,  false, false},
	{"\001a",         "\001",        false, false, false},
	{"\001\001",      "\001",        false, false, false},
	{"\001\001x",     "\001x",       false, false, false},
	{"\001\001\001x", "\001",        true,  false, false},
	{"\001h",         "",            false, true,  false},
	{"a\001hb",       "ab",          false, true,  false},
	{"\001z",         "\001z",       false, false, false},
	{"\001z\001",     "\001z",       false, false, true},
	{"xx\001ax",      "xx\001x",     false, false, false},
};
/* clang-format on */

static void check_keys(size_t row, const struct tty_escape_result *r,
		       const char *out, const struct tty_escape *e)
{
	cr_assert_eq(r->n_out, strlen(keys[row].out), "row %zu", row);
	cr_assert(!memcmp(out, keys[row].out, r->n_out), "row %zu", row);
	cr_assert_eq(r->leave, keys[row].leave, "row %zu", row);
	cr_assert_eq(r->help, keys[row].help, "row %zu", row);
	cr_assert_eq(e->armed, keys[row].armed, "row %zu", row);
}

Test(cli_tty, keys_at_once)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		struct tty_escape e = {0};
		char out[64];
		struct tty_escape_result r;

		r = tty_escape_feed(&e, (const uint8_t *)keys[i].in,
				    strlen(keys[i].in), (uint8_t *)out);
		check_keys(i, &r, out, &e);
	}
}

Test(cli_tty, keys_one_by_one)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		struct tty_escape_result sum = {0};
		struct tty_escape e = {0};
		char out[64];

		for (const char *p = keys[i].in; *p && !sum.leave; p++) {
			struct tty_escape_result r;

			r = tty_escape_feed(&e, (const uint8_t *)p, 1,
					    (uint8_t *)out + sum.n_out);
			sum.n_out += r.n_out;
			sum.leave |= r.leave;
			sum.help |= r.help;
		}
		check_keys(i, &sum, out, &e);
	}
}

Test(cli_tty, output_stays_within_n_plus_1)
{
	srandom(6);
	for (unsigned i = 0; i < 100000; i++) {
		static const uint8_t some[] = {1, 'a', 'x', 'h', 'z', 1};
		struct tty_escape e = {.armed = random() & 1};
		uint8_t in[8], out[10];
		size_t n = (size_t)random() % (sizeof(in) + 1);
		struct tty_escape_result r;

		for (size_t j = 0; j < n; j++)
			in[j] = some[(size_t)random() % sizeof(some)];
		memset(out, 0xee, sizeof(out));
		r = tty_escape_feed(&e, in, n, out);
		cr_assert_leq(r.n_out, n + 1);
		cr_assert_eq(out[n + 1], 0xee);
	}
}

/* a pseudo-terminal: @master and @slave, both to be closed */
static void open_pty(int *master, int *slave)
{
	*master = posix_openpt(O_RDWR | O_NOCTTY);
	if (*master < 0)
		cr_skip_test("no pseudo-terminals here");
	cr_assert_eq(grantpt(*master), 0);
	cr_assert_eq(unlockpt(*master), 0);
	*slave = open(ptsname(*master), O_RDWR | O_NOCTTY);
	cr_assert_geq(*slave, 0);
}

static bool is_cooked(int fd)
{
	struct termios t;

	cr_assert_eq(tcgetattr(fd, &t), 0);
	return (t.c_lflag & ICANON) && (t.c_lflag & ECHO) &&
	       (t.c_lflag & ISIG) && (t.c_iflag & ICRNL);
}

Test(cli_tty, raw_and_back)
{
	struct termios before, raw, after;
	int master, slave;

	open_pty(&master, &slave);
	tcgetattr(slave, &before);
	cr_assert(tty_is_terminal(slave));
	cr_assert_eq(tty_raw_enable(slave), 0);
	cr_assert_eq(tty_raw_enable(slave), 0, "twice is once");
	tcgetattr(slave, &raw);
	cr_assert_eq(raw.c_lflag & (ICANON | ECHO | ISIG | IEXTEN), 0);
	cr_assert_eq(raw.c_iflag & (IXON | ICRNL), 0);
	cr_assert_neq(raw.c_oflag & OPOST, 0, "output is still processed");
	tty_restore();
	tty_restore();
	tcgetattr(slave, &after);
	cr_assert_eq(after.c_lflag, before.c_lflag);
	cr_assert_eq(after.c_iflag, before.c_iflag);
	cr_assert_eq(tty_raw_enable(slave), 0, "and again");
	tty_restore();
	cr_assert(is_cooked(slave));
	close(slave);
	close(master);
}

Test(cli_tty, restore_keeps_errno_when_the_terminal_is_gone)
{
	int master, slave;

	open_pty(&master, &slave);
	cr_assert_eq(tty_raw_enable(slave), 0);
	close(slave);
	errno = EXDEV;
	tty_restore();
	cr_assert_eq(errno, EXDEV);
	close(master);
}

static void on_term(int sig)
{
	tty_restore();
	_exit(128 + sig);
}

/*
 * Handlers run last one first, so this one comes behind tty_restore(); it keeps
 * the leak checker from looking at a forked half of the test runner.
 */
static void end_here(void)
{
	_exit(7);
}

/* a child goes raw on @fd and ends by exit() or by a signal */
static int child_status(int fd, bool by_signal)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		signal(SIGTERM, on_term);
		atexit(end_here);
		if (tty_raw_enable(fd) || is_cooked(fd))
			_exit(99);
		if (by_signal)
			raise(SIGTERM);
		exit(8);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Test(cli_tty, restored_at_exit_and_from_a_signal_handler)
{
	int master, slave;

	open_pty(&master, &slave);
	cr_assert_eq(child_status(slave, false), 7);
	cr_assert(is_cooked(slave));
	cr_assert_eq(child_status(slave, true), 128 + SIGTERM);
	cr_assert(is_cooked(slave));
	close(slave);
	close(master);
}

Test(cli_tty, what_is_no_terminal)
{
	unsigned cols, rows;
	int fd = open("/dev/null", O_RDWR);

	cr_assert_not(tty_is_terminal(fd));
	cr_assert_eq(tty_raw_enable(fd), -ENOTTY);
	cr_assert(strstr(err_last(), "tcgetattr"), "%s", err_last());
	cr_assert_eq(tty_size(fd, &cols, &rows), -ENOTTY);
	tty_restore();
	close(fd);
}

Test(cli_tty, size)
{
	unsigned cols = 0, rows = 0;
	int master, slave;
	char cmd[128];

	open_pty(&master, &slave);
	cr_assert_eq(tty_size(slave, &cols, &rows), -ENOTTY,
		     "a new one does not know");
	snprintf(cmd, sizeof(cmd), "stty -F %s rows 24 cols 80",
		 ptsname(master));
	cr_assert_eq(system(cmd), 0);
	cr_assert_eq(tty_size(slave, &cols, &rows), 0);
	cr_assert_eq(cols, 80);
	cr_assert_eq(rows, 24);
	close(slave);
	close(master);
}
