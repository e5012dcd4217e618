/* SPDX-License-Identifier: BSD-2-Clause */
/* fork, wait for a byte, restore, answer with a byte and what went wrong. */
#include "vmm/cli/keeper.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"

#define SELF   "keeper"
#define SOCKET 3 /* the child's */

enum { NOW = 'n', DONE = 'd', FAILED = 'f' };

void keeper_init(struct keeper *k)
{
	k->fd = -1;
}

/* What comes until the other end is closed, or there is no more room */
static size_t get(int fd, char *buf, size_t cap)
{
	size_t len = 0;

	while (len < cap) {
		ssize_t n = read(fd, buf + len, cap - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	return len;
}

/* Nothing of ours but the standard files: least of all a device's */
static void keep(int fd, const struct sysfs *s, struct bind_set *set)
	__attribute__((noreturn));

static void keep(int fd, const struct sysfs *s, struct bind_set *set)
{
	char c = 0;

	if (fd != SOCKET && dup2(fd, SOCKET) < 0)
		_exit(EXIT_FAILURE);
	(void)close_range(SOCKET + 1, ~0U, 0);
	if (!get(SOCKET, &c, 1) || c != NOW)
		_exit(EXIT_SUCCESS);
	err_clear();
	c = bind_restore(s, set) ? FAILED : DONE;
	(void)fd_write_all(SOCKET, &c, 1);
	if (c == FAILED)
		(void)fd_write_all(SOCKET, err_last(), strlen(err_last()));
	_exit(EXIT_SUCCESS);
}

int keeper_start(struct keeper *k, const struct sysfs *s, struct bind_set *set)
{
	int end[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, end))
		return err_call(errno, SELF, "socketpair",
				"raise the limit: ulimit -n 4096");
	pid = fork();
	if (pid == 0)
		keep(end[1], s, set);
	fd_close(&end[1]);
	if (pid < 0) {
		int rc = err_call(errno, SELF, "fork",
				  "raise the limit: ulimit -u");

		fd_close(&end[0]);
		return rc;
	}
	k->fd = end[0];
	set->n = 0;
	return 0;
}

int keeper_finish(struct keeper *k)
{
	const char now = NOW;
	char said[1 + ERR_MAX] = "";

	if (k->fd < 0)
		return 0;
	if (!fd_write_all(k->fd, &now, 1))
		(void)get(k->fd, said, sizeof(said) - 1);
	fd_close(&k->fd);
	if (said[0] == DONE)
		return 0;
	if (said[0] == FAILED)
		return err_set(EIO, "%s", said + 1);
	return err_set(EIO, "the process that was to give the devices back is "
			    "gone; type: passthru restore --all");
}
