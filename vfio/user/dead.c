/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of a connection: once, with one message, and everybody awake.
 *
 * A stream whose framing is in doubt cannot be repaired, and a server that is
 * late would have its reply taken for the next one's; so there is no way back
 * from here but a new connection.
 */
#include "vfio/user/user.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "base/bytes.h"

const char *user_cmd_name(unsigned cmd)
{
	/* clang-format off */
	static const char *const name[] = {
		[USERWIRE_VERSION]      = "VERSION",
		[USERWIRE_DMA_MAP]      = "DMA_MAP",
		[USERWIRE_DMA_UNMAP]    = "DMA_UNMAP",
		[USERWIRE_GET_INFO]     = "GET_INFO",
		[USERWIRE_REGION_INFO]  = "REGION_INFO",
		[USERWIRE_IRQ_INFO]     = "IRQ_INFO",
		[USERWIRE_SET_IRQS]     = "SET_IRQS",
		[USERWIRE_REGION_READ]  = "REGION_READ",
		[USERWIRE_REGION_WRITE] = "REGION_WRITE",
		[USERWIRE_DMA_READ]     = "DMA_READ",
		[USERWIRE_DMA_WRITE]    = "DMA_WRITE",
		[USERWIRE_RESET]        = "RESET",
	};
	/* clang-format on */

	return cmd < ARRAY_SIZE(name) && name[cmd] ? name[cmd] : "message";
}

static const char *cure(unsigned cmd, int err)
{
	if (cmd == USERWIRE_VERSION && err == -ETIMEDOUT)
		return "another client may be connected: a server takes one "
		       "at a time";
	if (cmd == USERWIRE_VERSION)
		return "is it a vfio-user server, of version 0?  See its log";
	return "see the server's log and start it again";
}

/* Wake who waits, in whatever call: nothing more will come or go. */
static void hang_up(struct vfio_user *u)
{
	shutdown(u->main.fd, SHUT_RDWR);
	if (u->twin.fd >= 0)
		shutdown(u->twin.fd, SHUT_RDWR);
	if (u->lost_fd >= 0)
		(void)eventfd_write(u->lost_fd, 1);
}

int user_die(struct vfio_user *u, unsigned cmd, int err, const char *fmt, ...)
{
	char what[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	err = err > 0 ? -err : err;
	pthread_mutex_lock(&u->why_lock);
	if (!atomic_load(&u->dead)) {
		snprintf(u->why, sizeof(u->why), "%s: %s%s%s (%s); %s", u->name,
			 cmd ? user_cmd_name(cmd) : "", cmd ? ": " : "",
			 err_name(err), what, cure(cmd, err));
		atomic_store(&u->dead, err);
		hang_up(u);
	}
	err = err_set(atomic_load(&u->dead), "%s", u->why);
	pthread_mutex_unlock(&u->why_lock);
	return err;
}

int user_broken(struct vfio_user *u, unsigned cmd, int err, unsigned ms)
{
	switch (-err) {
	case ETIMEDOUT:
		return ms % 1000 ? user_die(u, cmd, err,
					    "no answer within %u ms", ms)
				 : user_die(u, cmd, err,
					    "no answer within %u s", ms / 1000);
	case ECONNRESET:
		return user_die(u, cmd, err, "the server is gone");
	case EPROTO:
		return user_die(u, cmd, err, "unexpected descriptors");
	default:
		return user_die(u, cmd, err, "%s", strerrordesc_np(-err));
	}
}

int user_alive(const struct vfio_user *u)
{
	if (!atomic_load(&u->dead))
		return 0;
	/* .why was complete before .dead was set, and does not change */
	return err_set(EIO, "%s", u->why);
}
