/* SPDX-License-Identifier: BSD-2-Clause */
/* A TAP interface; see tap.h.  Its addresses and its state are the user's. */
#include "tests/twin/wire/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "tests/twin/wire/queue.h"
#include "tests/twin/wire/sys.h"
#include "tests/twin/wire/wire.h"

#define TUN   "/dev/net/tun"
#define BATCH 64 /* frames, so that a busy interface does not starve others */

static const char *cure(int rc)
{
	switch (-rc) {
	case EPERM:
	case EACCES:
		return "make one for you: ip tuntap add NAME mode tap user "
		       "$USER; ip link set NAME up";
	case EBUSY:
		return "another program holds it: name another interface";
	case EINVAL:
		return "it is no TAP interface: name another, or "
		       "ip tuntap add NAME mode tap";
	default:
		return "load the driver: modprobe tun";
	}
}

int wire_tap_open(int *fd, const char *name)
{
	int rc;

	*fd = -1;
	if (strlen(name) >= IFNAMSIZ)
		return err_set(EINVAL,
			       "--net tap:%s: a name of an interface has at "
			       "most %d characters",
			       name, IFNAMSIZ - 1);
	*fd = open(TUN, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (*fd < 0)
		return err_call(errno, TUN, "open",
				"load the driver: modprobe tun; and run as "
				"root, or type --net responder");
	rc = wire_sys_tunsetiff(*fd, name);
	if (rc) {
		fd_close(fd);
		return err_call(rc, name, "TUNSETIFF", cure(rc));
	}
	return 0;
}

bool wire_tap_read(int fd, struct wire_queue *q)
{
	for (int i = 0; i < BATCH && wire_queue_room(q); i++) {
		uint8_t *p = wire_queue_reserve(q, WIRE_FRAME_MAX);
		ssize_t n = read(fd, p, WIRE_FRAME_MAX);

		if (n <= 0)
			return n == 0 || errno == EAGAIN || errno == EINTR ||
			       errno == EIO; /* it is down */
		if (n < WIRE_FRAME_MIN)
			continue;
		wire_queue_trim(q, (size_t)n);
		wire_queue_commit(q);
	}
	return true;
}

bool wire_tap_write(int fd, const void *frame, size_t len)
{
	return write(fd, frame, len) == (ssize_t)len;
}
