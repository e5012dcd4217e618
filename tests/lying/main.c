/* SPDX-License-Identifier: BSD-2-Clause */
/* Command line of the lying server, and the order in which it does things. */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/bytes.h"
#include "tests/lying/liar.h"

#define LIFE_S 90 /* nobody may leave us behind for ever */

static const char usage[] =
	"usage: liar --socket PATH [--lie NAME[@MESSAGE[/INDEX]][:N]]...\n"
	"            [--late] [--twin] [--delay-ms N] [--seed N]\n"
	"            [--fork]\n"
	"       liar --list\n"
	"A vfio-user server with one honest PCI device, for one client. A\n"
	"lie is told at every MESSAGE (default: see --list) about the region\n"
	"or interrupt INDEX, or only at the Nth of them.\n"
	"  --late      what is done when a message comes is done behind it\n"
	"  --twin      own requests go over a twin socket\n"
	"  --seed N    of the lie noise\n"
	"  --fork      once clients can come: print the server's process ID, "
	"end\n";

static void list(void)
{
	size_t n;
	const struct lie *lie = liar_lies(&n);

	for (; n--; lie++)
		printf("%s%s%s\n", lie->name, lie->cmd ? "@" : "",
		       lie->cmd ? liar_message(lie->cmd) : "");
}

static void parse(struct liar *l, int argc, char **argv)
{
	static const struct option opts[] = {
		{"socket", required_argument, NULL, 's'},
		{"lie", required_argument, NULL, 'l'},
		{"late", no_argument, NULL, 'a'},
		{"twin", no_argument, NULL, 't'},
		{"delay-ms", required_argument, NULL, 'd'},
		{"seed", required_argument, NULL, 'S'},
		{"fork", no_argument, NULL, 'f'},
		{"list", no_argument, NULL, 'L'},
		{0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", opts, NULL)) != -1) {
		switch (c) {
		case 's':
			l->path = optarg;
			break;
		case 'l':
			liar_order(l, optarg);
			break;
		case 'a':
			l->late = true;
			break;
		case 't':
			l->offer_twin = true;
			break;
		case 'd':
			l->delay_ms = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'S':
			l->seed = strtoul(optarg, NULL, 10) | 1ul << 40;
			break;
		case 'f':
			l->fork = true;
			break;
		case 'L':
			list();
			exit(0);
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	if (!l->path || optind < argc) {
		fputs(usage, stderr);
		exit(2);
	}
}

static void open_socket(struct liar *l)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	if (strlen(l->path) >= sizeof(a.sun_path))
		liar_die("%s: too long", l->path);
	memcpy(a.sun_path, l->path, strlen(l->path));
	l->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(l->listener, (struct sockaddr *)&a, sizeof(a)) ||
	    listen(l->listener, l->deaf ? 0 : 1))
		liar_die("%s: %s", l->path, strerror(errno));
	while (l->full) { /* come to ourselves until nobody can any more */
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

		l->full = !connect(fd, (struct sockaddr *)&a, sizeof(a));
	}
}

/* Whoever started us need not watch for the socket to be there. */
static void leave(void)
{
	pid_t pid = fork();

	if (pid < 0)
		liar_die("fork: %s", strerror(errno));
	if (pid) {
		printf("%d\n", (int)pid);
		exit(0);
	}
	close(STDOUT_FILENO);
	alarm(LIFE_S); /* is not inherited */
}

static void close_in_fds(struct liar *l)
{
	while (l->in_nfds)
		close(l->in_fd[--l->in_nfds]);
}

/* A register that the guest wrote; the reply to that went before. */
static void run_engine(struct liar *l, const struct userwire_access *a)
{
	if (l->head.cmd == USERWIRE_REGION_WRITE &&
	    a->region == VFIO_PCI_BAR0_REGION_INDEX)
		liar_engine_write(l, a->offset, a->count);
}

static void serve_request(struct liar *l)
{
	bool quiet = l->head.flags & USERWIRE_NO_REPLY;
	struct userwire_access a;

	if (l->delay_ms)
		liar_sleep(l->delay_ms);
	memcpy(&a, l->in, sizeof(a));
	l->out.nfds = 0;
	l->out.close_fds = false;
	l->out.piece = l->out.pause = 0;
	l->out.after = AFTER_GO_ON;
	l->out.copies = quiet ? 0 : 1;
	if (!l->late)
		liar_tell(l, AT_REQUEST);
	liar_answer(l);
	if (!quiet)
		liar_tell(l, AT_REPLY);
	liar_send(l, l->fd);
	if (l->late)
		liar_tell(l, AT_REQUEST);
	run_engine(l, &a);
}

static bool serve(struct liar *l, int fd)
{
	if (!liar_receive(l, fd))
		return false;
	if ((l->head.flags & USERWIRE_TYPE) == USERWIRE_REPLY)
		liar_answered(l);
	else if (fd == l->twin)
		liar_bug("command %u on the twin socket", l->head.cmd);
	else
		serve_request(l);
	close_in_fds(l);
	return true;
}

static void run(struct liar *l)
{
	for (;;) {
		struct pollfd p[] = {
			{.fd = l->fd, .events = POLLIN},
			{.fd = l->twin, .events = POLLIN},
		};

		if (poll(p, 2, l->storm ? 0 : -1) < 0 && errno != EINTR)
			liar_die("poll: %s", strerror(errno));
		if (l->storm)
			liar_fire_all(l);
		if (p[1].revents && !serve(l, l->twin))
			l->twin = -1;
		if (p[0].revents && !serve(l, l->fd))
			return;
	}
}

static void *memory(size_t len)
{
	void *p = calloc(1, len);

	if (!p)
		liar_die("no memory");
	return p;
}

int main(int argc, char **argv)
{
	struct liar *l = memory(sizeof(*l));

	l->fd = l->twin = l->listener = -1;
	l->seed = 1;
	l->in = memory(LIAR_MSG + LIAR_HEAD);
	l->out.p = memory(LIAR_MSG + LIAR_HEAD);
	l->asked = memory(LIAR_ASKED * sizeof(*l->asked));
	parse(l, argc, argv);
	alarm(LIFE_S);
	signal(SIGPIPE, SIG_IGN);
	liar_device_init(&l->dev);
	liar_tell(l, AT_START);
	open_socket(l);
	if (l->fork)
		leave();
	while (l->deaf)
		pause();
	l->fd = accept4(l->listener, NULL, NULL, SOCK_CLOEXEC);
	if (l->fd < 0)
		liar_die("accept: %s", strerror(errno));
	unlink(l->path);
	run(l);
	return 0;
}
