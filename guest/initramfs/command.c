// SPDX-License-Identifier: BSD-2-Clause
/*
 * Runs the command and carries its bytes and its status to the VMM.
 *
 * Standard output goes to the data port of COM2, standard error to that of
 * COM3, with string instructions straight from here: no tty driver changes a
 * byte and no interrupt is taken for them.  The VMM's ports are always ready,
 * so the status is read once behind each piece, not before each byte.  The exit
 * status is one byte to the debug-exit port.
 */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define PORT_OUT      0x2f8 /* COM2 */
#define PORT_ERR      0x3e8 /* COM3 */
#define PORT_EXIT     0xf4
#define UART_LSR      5
#define UART_LSR_THRE 0x20
#define TTY           "/dev/ttyS1"

/* Left over from background processes after the command's end: no more */
#define DRAIN_MAX (1024 * 1024)

struct stream {
	int fd; /* read end of a pipe; -1: ended or not used */
	uint16_t port;
};

static void port_write(uint16_t port, const void *buf, size_t len)
{
	__asm__ volatile("rep outsb"
			 : "+S"(buf), "+c"(len)
			 : "d"(port)
			 : "memory");
}

/*
 * Until the transmitter is empty.  One read with our VMM, whose ports are
 * always ready: that read makes it look at bytes that KVM has only collected
 * (coalesced I/O).
 */
static void port_wait(uint16_t port)
{
	while (!(inb(port + UART_LSR) & UART_LSR_THRE))
		;
}

/* Return: bytes moved; 0 when there is nothing now or ever */
static size_t stream_pump(struct stream *s)
{
	static char buf[65536];
	ssize_t n;

	if (s->fd < 0)
		return 0;
	n = read(s->fd, buf, sizeof(buf));
	if (n > 0) {
		port_write(s->port, buf, (size_t)n);
		port_wait(s->port);
		return (size_t)n;
	}
	if (n == 0 || errno != EAGAIN) {
		close(s->fd);
		s->fd = -1;
	}
	return 0;
}

static void stream_drain(struct stream *s)
{
	size_t done = 0, n;

	do {
		n = stream_pump(s);
		done += n;
	} while (n && done < DRAIN_MAX);
}

/* Return: write end for the command, or -1 */
static int stream_open(struct stream *s, uint16_t port)
{
	int p[2];

	s->fd = -1;
	s->port = port;
	if (pipe2(p, O_CLOEXEC)) {
		say("pipe: %s", strerror(errno));
		return -1;
	}
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	s->fd = p[0];
	return p[1];
}

/* Collect every dead child.  Return: true when @pid was among them */
static bool reap(int sigfd, int pid, int *status)
{
	struct signalfd_siginfo si;
	bool found = false;
	int got, st;

	if (read(sigfd, &si, sizeof(si)) < 0 && errno != EAGAIN)
		say("signalfd: %s", strerror(errno));
	while ((got = waitpid(-1, &st, WNOHANG)) > 0) {
		if (got != pid)
			continue;
		found = true;
		*status =
			WIFSIGNALED(st) ? 128 + WTERMSIG(st) : WEXITSTATUS(st);
	}
	return found;
}

static int pump_until_exit(int sigfd, int pid, struct stream s[2])
{
	int status = 125;

	for (;;) {
		struct pollfd p[3] = {
			{.fd = s[0].fd, .events = POLLIN},
			{.fd = s[1].fd, .events = POLLIN},
			{.fd = sigfd, .events = POLLIN},
		};

		if (poll(p, 3, -1) < 0 && errno != EINTR)
			return status;
		if (p[0].revents)
			stream_pump(&s[0]);
		if (p[1].revents)
			stream_pump(&s[1]);
		if (p[2].revents && reap(sigfd, pid, &status))
			return status;
	}
}

static int spawn_piped(char **argv, int out, int err)
{
	int pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_RDONLY);

		dup2(null, 0);
		dup2(out, 1);
		dup2(err, 2);
		if (null > 2)
			close(null);
		spawn_exec(argv);
	}
	return pid;
}

int command_run(const struct request *rq)
{
	struct stream s[2];
	sigset_t chld;
	int sigfd, out, err, pid, status;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	sigfd = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
	out = stream_open(&s[0], PORT_OUT);
	err = stream_open(&s[1], PORT_ERR);
	pid = rq->tty ? tty_spawn(TTY, rq, rq->argv, err)
		      : spawn_piped(rq->argv, out, err);
	close(out);
	close(err);
	if (sigfd < 0 || pid < 0 || iopl(3)) {
		say("cannot run %s: %s", rq->argv[0], strerror(errno));
		return 126;
	}
	status = pump_until_exit(sigfd, pid, s);
	stream_drain(&s[0]);
	stream_drain(&s[1]);
	if (rq->tty)
		tty_drain(TTY);
	return status;
}

void command_report(int status)
{
	uint8_t byte = (uint8_t)status;

	if (iopl(3) == 0)
		port_write(PORT_EXIT, &byte, 1);
}
