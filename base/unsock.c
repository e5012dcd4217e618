/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether somebody is there is asked by connecting, since the file alone does
 * not tell; a server takes a client that leaves without a word for what it is.
 */
#include "base/unsock.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"

/* Does nobody accept connections there?  Whatever else goes wrong, maybe. */
static bool dead(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool yes;

	if (fd < 0)
		return false;
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	yes = connect(fd, (const struct sockaddr *)&a, sizeof(a)) &&
	      errno == ECONNREFUSED;
	fd_close(&fd);
	return yes;
}

int unsock_clear(const char *path, const char *option)
{
	struct stat st;

	if (lstat(path, &st))
		return 0; /* nothing there; bind() says what else it is */
	if (!S_ISSOCK(st.st_mode))
		return err_set(EEXIST,
			       "%s: there is a file that is no socket; name "
			       "another path: %s",
			       path, option);
	if (!dead(path))
		return err_set(EADDRINUSE,
			       "%s: a server is running there; end it, or "
			       "name another path: %s",
			       path, option);
	if (unlink(path))
		return err_call(errno, path, "unlink",
				"remove the old socket by hand");
	return 0;
}
