/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets in the file system.
 *
 * A server that was killed leaves its socket's file behind.  Whether somebody
 * is there is asked by connecting, since the file alone does not tell; a
 * server takes a client that leaves without a word for what it is.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "tests/twin/server/server.h"

/* Does nobody accept connections at @a?  Whatever else goes wrong, maybe. */
static bool dead(const struct sockaddr_un *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool yes;

	if (fd < 0)
		return false;
	yes = connect(fd, (const struct sockaddr *)a, sizeof(*a)) &&
	      errno == ECONNREFUSED;
	fd_close(&fd);
	return yes;
}

static int remove_stale(const char *path, const struct sockaddr_un *a)
{
	struct stat st;

	if (lstat(path, &st))
		return 0; /* nothing there; bind() says what else it is */
	if (!S_ISSOCK(st.st_mode))
		return err_set(EEXIST,
			       "%s: there is a file that is no socket; name "
			       "another path: --socket PATH",
			       path);
	if (!dead(a))
		return err_set(EADDRINUSE,
			       "%s: a server is running there; end it, or "
			       "name another path: --socket PATH",
			       path);
	if (unlink(path))
		return err_call(errno, path, "unlink",
				"remove the old socket by hand");
	return 0;
}

static int bind_at(const char *path, const struct sockaddr_un *a, int fd)
{
	if (bind(fd, (const struct sockaddr *)a, sizeof(*a)))
		return err_call(errno, path, "bind",
				"name a path where files can be made: "
				"--socket PATH");
	/* who comes while there is a client waits here until it is gone */
	if (listen(fd, 4))
		return err_call(errno, path, "listen", NULL);
	return 0;
}

int vfu_listen(const char *path, int *fd)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int rc;

	*fd = -1;
	if (strlen(path) >= sizeof(a.sun_path))
		return err_set(ENAMETOOLONG,
			       "%s: a socket's path has at most %zu "
			       "characters; name a shorter one",
			       path, sizeof(a.sun_path) - 1);
	memcpy(a.sun_path, path, strlen(path));
	rc = remove_stale(path, &a);
	if (rc)
		return rc;
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0)
		return err_call(errno, path, "socket", NULL);
	rc = bind_at(path, &a, *fd);
	if (rc)
		fd_close(fd);
	return rc;
}
