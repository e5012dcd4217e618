/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VERSION: what we say of ourselves, and what the server's answer means.
 *
 * Its limits are taken within ours, and refused where nothing could be done
 * within them.  Members that are unknown here do not matter.
 */
#include "vfio/user/user.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/bytes.h"

#include "base/json.h"

enum {
	TEXT_MAX = 4096,
	XFER_LEAST = 8, /* a register */
	TYPICAL_FDS = 1,
};

struct answer {
	struct userwire_version v;
	char text[TEXT_MAX];
};

static int offer(char *buf, size_t cap)
{
	return snprintf(buf, cap,
			"{\"capabilities\":{\"max_msg_fds\":%d,"
			"\"max_data_xfer_size\":%d,"
			"\"twin_socket\":{\"supported\":true}}}",
			USER_FDS, USERWIRE_XFER_MAX);
}

static int bad(struct vfio_user *u, const char *what)
{
	return user_die(u, USERWIRE_VERSION, EPROTO, "%s", what);
}

/* Is @fd what a second socket must be? */
static bool is_socket(int fd)
{
	int domain = 0, type = 0;
	socklen_t len = sizeof(int);

	return !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) &&
	       !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) &&
	       domain == AF_UNIX && type == SOCK_STREAM;
}

/* The second socket comes with the reply, and is its only descriptor. */
static int take_twin(struct vfio_user *u, uint64_t supported, uint64_t index,
		     int fd)
{
	bool named = supported && index != UINT64_MAX;

	if (!named && fd < 0)
		return 0;
	if (!named)
		return bad(u, "a descriptor that is no twin_socket");
	if (fd < 0 || index)
		return bad(u, "a twin_socket that did not come");
	if (!is_socket(fd))
		return bad(u, "a twin_socket that is no stream socket");
	return 0;
}

static int take_text(struct vfio_user *u, const char *text, size_t len, int fd)
{
	struct json_want want[] = {
		{"capabilities.max_data_xfer_size", USERWIRE_XFER_MAX},
		{"capabilities.max_msg_fds", TYPICAL_FDS},
		{"capabilities.twin_socket.supported", 0},
		{"capabilities.twin_socket.fd_index", UINT64_MAX},
	};

	if (len && (text[len - 1] || memchr(text, 0, len - 1) ||
		    json_read(text, len - 1, want, ARRAY_SIZE(want))))
		return bad(u, "its capabilities are not to be understood");
	if (want[0].value < XFER_LEAST)
		return bad(u, "its max_data_xfer_size is below 8");
	if (!want[1].value)
		return bad(u, "its max_msg_fds is 0");
	u->xfer_max = min_u64(want[0].value, USERWIRE_XFER_MAX);
	u->fds_max = (unsigned)min_u64(want[1].value, USER_FDS);
	return take_twin(u, want[2].value, want[3].value, fd);
}

int user_version(struct vfio_user *u)
{
	struct userwire_version v = {USERWIRE_MAJOR, USERWIRE_MINOR};
	struct answer a;
	char text[256];
	size_t len = 1 + (size_t)offer(text, sizeof(text));
	struct user_req q = {.cmd = USERWIRE_VERSION,
			     .tx = {{&v, sizeof(v)}, {text, len}},
			     .rx = {{&a, sizeof(a)}},
			     .least = sizeof(v),
			     .most_fds = 1};
	int rc = user_call(u, &q);
	int fd = q.nin ? q.in[0] : -1;

	if (rc)
		return rc;
	if (a.v.major != USERWIRE_MAJOR || a.v.minor > USERWIRE_MINOR)
		rc = user_die(u, USERWIRE_VERSION, EPROTO,
			      "it speaks version %u.%u", a.v.major, a.v.minor);
	else
		rc = take_text(u, a.text, q.got - sizeof(a.v), fd);
	if (rc)
		user_sock_discard(q.in, q.nin);
	else
		u->twin.fd = fd;
	return rc;
}
