/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Raw mode and back, and the Ctrl-a keys.
 *
 * tty_restore() may run in a signal handler, at any moment and beside an exit
 * handler: raw_fd is what decides, and whoever takes it out does the work.
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

static atomic_int raw_fd = -1; /* terminal to restore; -1: none */
static struct termios cooked;  /* its settings; valid while raw_fd is not -1 */
static bool registered;        /* with atexit() */

bool tty_is_terminal(int fd)
{
	return isatty(fd) == 1;
}

int tty_raw_enable(int fd)
{
	struct termios raw;

	if (atomic_load(&raw_fd) != -1)
		return 0;
	if (tcgetattr(fd, &cooked))
		return err_call(errno, "terminal", "tcgetattr", NULL);
	raw = cooked;
	raw.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | INLCR | IGNCR | ISTRIP |
				   IXON | IXOFF);
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL | ISIG | IEXTEN);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (!registered && !atexit(tty_restore))
		registered = true;
	atomic_store(&raw_fd, fd);
	if (tcsetattr(fd, TCSANOW, &raw)) {
		atomic_store(&raw_fd, -1);
		return err_call(errno, "terminal", "tcsetattr", NULL);
	}
	return 0;
}

void tty_restore(void)
{
	int fd = atomic_exchange(&raw_fd, -1);
	int saved = errno;

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
