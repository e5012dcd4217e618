/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Raw mode and back, and the Ctrl-a keys.
 *
 * tty_restore() may run in a signal handler, at any moment and beside an exit
 * handler: kept_fd is what decides, and whoever takes it out does the work.
 */
#include "vmm/cli/tty.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/err.h"
#include "vmm/cli/sys.h"

static atomic_int kept_fd = -1; /* terminal to restore; -1: none */
static struct termios cooked;   /* its settings; valid while that is not -1 */
static bool raw;                /* we changed them */
static bool registered;         /* with atexit() */

bool tty_is_terminal(int fd)
{
	return isatty(fd) == 1;
}

int tty_keep(int fd)
{
	if (atomic_load(&kept_fd) != -1)
		return 0;
	if (tcgetattr(fd, &cooked))
		return err_call(errno, "terminal", "tcgetattr", NULL);
	atomic_store(&kept_fd, fd);
	return 0;
}

static int make_raw(int fd)
{
	struct termios t = cooked;

	t.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | INLCR | IGNCR | ISTRIP |
				 IXON | IXOFF);
	t.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL | ISIG | IEXTEN);
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	if (!registered && !atexit(tty_restore))
		registered = true;
	if (!tcsetattr(fd, TCSANOW, &t))
		return 0;
	atomic_store(&kept_fd, -1);
	return err_call(errno, "terminal", "tcsetattr", NULL);
}

int tty_raw_enable(int fd)
{
	int rc = raw ? 0 : tty_keep(fd);

	if (!rc && !raw)
		rc = make_raw(fd);
	raw = !rc;
	return rc;
}

void tty_restore(void)
{
	int fd = atomic_exchange(&kept_fd, -1);
	int saved = errno;

	raw = false;
	if (fd != -1)
		tcsetattr(fd, TCSANOW, &cooked);
	errno = saved;
}

int tty_size(int fd, unsigned *cols, unsigned *rows)
{
	struct winsize ws;
	int rc = cli_sys_get_winsize(fd, &ws);

	if (rc)
		return rc;
	if (!ws.ws_col || !ws.ws_row)
		return -ENOTTY;
	*cols = ws.ws_col;
	*rows = ws.ws_row;
	return 0;
}

/* the key behind a Ctrl-a */
static void escape_key(struct tty_escape_result *r, uint8_t key, uint8_t *out)
{
	switch (key) {
	case 'x':
	case 'X':
		r->leave = true;
		break;
	case 'h':
	case 'H':
		r->help = true;
		break;
	case 'a':
	case 'A':
	case TTY_ESCAPE_KEY:
		out[r->n_out++] = TTY_ESCAPE_KEY;
		break;
	default:
		out[r->n_out++] = TTY_ESCAPE_KEY;
		out[r->n_out++] = key;
		break;
	}
}

struct tty_escape_result
tty_escape_feed(struct tty_escape *e, const uint8_t *in, size_t n, uint8_t *out)
{
	struct tty_escape_result r = {0};

	for (size_t i = 0; i < n && !r.leave; i++) {
		if (e->armed) {
			e->armed = false;
			escape_key(&r, in[i], out);
		} else if (in[i] == TTY_ESCAPE_KEY) {
			e->armed = true;
		} else {
			out[r.n_out++] = in[i];
		}
	}
	return r;
}
