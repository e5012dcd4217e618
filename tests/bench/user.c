/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a trapped register read costs over vfio-user, beside the least that any
 * such protocol costs: the same bytes to and fro between two processes.
 *
 *   user-bench SOCKET CPU      both, in turns; the child that answers on CPU
 *   user-bench SOCKET -COUNT   COUNT reads of the device, and prints nothing
 *
 * The second form is for strace, which counts system calls.  The bare exchange
 * is what a plain server and a plain client do: a sendmsg, a receive of the
 * header and one of the rest at each end, on a socket pair.
 */
#include <err.h>
#include <linux/pci_regs.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/err.h"
#include "vfio/device.h"
#include "vfio/userwire.h"

enum {
	ROUNDS = 31,
	EACH = 1000,  /* exchanges of a round */
	REG = 0x2450, /* a register of BAR 0 that does nothing when read */
};

struct request {
	struct userwire_header h;
	struct userwire_access a;
};

struct reply {
	struct userwire_header h;
	struct userwire_access a;
	uint32_t data;
};

static_assert(sizeof(struct request) == 32, "nothing between");

/* ---- the bare exchange ------------------------------------------------ */

/* Two pieces, as who keeps header and payload apart sends them */
static void send_two(int fd, void *head, size_t head_len, void *body,
		     size_t body_len)
{
	struct iovec iov[] = {{head, head_len}, {body, body_len}};
	struct msghdr m = {.msg_iov = iov, .msg_iovlen = ARRAY_SIZE(iov)};

	if (sendmsg(fd, &m, MSG_NOSIGNAL) != (ssize_t)(head_len + body_len))
		err(1, "bare sendmsg");
}

static bool recv_two(int fd, void *head, size_t head_len, void *body,
		     size_t body_len)
{
	struct iovec iov = {head, head_len};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};

	return recvmsg(fd, &m, 0) == (ssize_t)head_len &&
	       recv(fd, body, body_len, 0) == (ssize_t)body_len;
}

static void answer_all(int fd)
{
	struct reply r = {.data = 0};

	while (recv_two(fd, &r.h, sizeof(r.h), &r.a, sizeof(r.a))) {
		r.h.size = 36;
		r.h.flags = USERWIRE_REPLY;
		send_two(fd, &r.h, sizeof(r.h), &r.a, 20);
	}
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned)cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		err(1, "processor %d", cpu);
}

/* Returns our end; a child, which ends with us, has the other. */
static int bare_open(int cpu)
{
	int fd[2];
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd))
		err(1, "socketpair");
	child = fork();
	if (child < 0)
		err(1, "fork");
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(fd[0]);
		pin(cpu);
		answer_all(fd[1]);
		_exit(0);
	}
	close(fd[1]);
	return fd[0];
}

static void bare_reads(int fd, unsigned n)
{
	struct request q = {{.cmd = USERWIRE_REGION_READ, .size = sizeof(q)},
			    {.offset = REG, .count = 4}};
	struct reply r;

	while (n--) {
		send_two(fd, &q.h, sizeof(q.h), &q.a, sizeof(q.a));
		if (!recv_two(fd, &r.h, sizeof(r.h), &r.a, 20))
			errx(1, "the bare exchange broke");
	}
}

/* ---- the client ------------------------------------------------------- */

struct client {
	struct vfio_container *c;
	struct vfio_device d;
};

static void client_open(struct client *u, const char *path)
{
	struct vfio_source src = {.ops = &vfio_user, .path = path};
	int kvm_fd;

	if (src.ops->container_open(&u->c) ||
	    src.ops->attach(u->c, &src, &kvm_fd) ||
	    vfio_device_open(&u->d, u->c, &src))
		errx(1, "%s", err_last());
	/* else no register answers */
	if (vfio_config_write(&u->d, PCI_COMMAND, 2, PCI_COMMAND_MEMORY))
		errx(1, "the device cannot be configured");
}

static void client_reads(struct client *u, unsigned n)
{
	uint32_t val = 0;

	while (n--)
		if (vfio_region_read(&u->d, &u->d.region[0], REG, &val, 4) ||
		    val == UINT32_MAX)
			errx(1, "the device does not answer");
}

static void client_close(struct client *u)
{
	vfio_device_close(&u->d);
	if (vfio_user.container_close(u->c))
		errx(1, "%s", err_last());
}

/* ---- side by side ----------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v)
{
	qsort(v, ROUNDS, sizeof(*v), by_size);
	return v[ROUNDS / 2];
}

static void compare(struct client *u, int bare)
{
	double ours[ROUNDS], theirs[ROUNDS], ratio[ROUNDS];

	client_reads(u, EACH);
	bare_reads(bare, EACH);
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t a = clock_now_ns(), b, c;

		client_reads(u, EACH);
		b = clock_now_ns();
		bare_reads(bare, EACH);
		c = clock_now_ns();
		ours[i] = (double)(b - a) / EACH;
		theirs[i] = (double)(c - b) / EACH;
		ratio[i] = ours[i] / theirs[i];
	}
	printf("read over vfio-user %6.0f ns, bare exchange %6.0f ns, "
	       "ratio %.2f (goal 1.3)\n",
	       median(ours), median(theirs), median(ratio));
}

int main(int argc, char **argv)
{
	static struct client u;
	int what, bare;

	if (argc != 3)
		errx(2, "usage: user-bench SOCKET CPU | -COUNT");
	what = atoi(argv[2]);
	bare = what >= 0 ? bare_open(what) : -1;
	client_open(&u, argv[1]);
	if (what < 0)
		client_reads(&u, (unsigned)-what);
	else
		compare(&u, bare);
	client_close(&u);
	return 0;
}
