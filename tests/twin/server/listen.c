/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets in the file system, where clients come. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/unsock.h"
#include "tests/twin/server/server.h"

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
	rc = unsock_clear(path, "--socket PATH");
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
