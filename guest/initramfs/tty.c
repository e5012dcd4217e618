// SPDX-License-Identifier: BSD-2-Clause
/*
 * Starting programs, with or without a terminal.
 *
 * The terminal on the host is raw for input but still turns line feeds into
 * CR LF on output, so here output is passed as it is and input is cooked.
 */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

void spawn_exec(char **argv)
{
	sigset_t none;
	int err;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGTTOU, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	execvp(argv[0], argv);
	err = errno;
	dprintf(2, "%s: %s\n", argv[0], strerror(err));
	_exit(err == ENOENT || err == ENOTDIR ? 127 : 126);
}

static void tty_sane(int fd, const struct winsize *ws)
{
	struct termios t;

	if (tcgetattr(fd, &t))
		return;
	t.c_iflag = ICRNL | IXON;
	t.c_oflag = 0;
	t.c_cflag = CS8 | CREAD | CLOCAL | HUPCL;
	t.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE |
		    IEXTEN;
	cfsetspeed(&t, B115200);
	tcsetattr(fd, TCSANOW, &t);
	if (ws->ws_row && ws->ws_col)
		ioctl(fd, TIOCSWINSZ, ws);
}

int tty_spawn(const char *path, const struct request *rq, char **argv, int err)
{
	int fd, pid;

	setsid();
	signal(SIGTTOU, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || ioctl(fd, TIOCSCTTY, 1))
		say("%s: %s", path, strerror(errno));
	tty_sane(fd, &rq->ws);
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		tcsetpgrp(fd, getpid());
		dup2(fd, 0);
		dup2(fd, 1);
		dup2(err < 0 ? fd : err, 2);
		spawn_exec(argv);
	}
	close(fd);
	return pid;
}

void tty_drain(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return;
	tcdrain(fd);
	close(fd);
}
