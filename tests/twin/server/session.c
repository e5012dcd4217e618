/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which verb a message is, whether it may come now, and the form of the reply.
 *
 * Replies that nobody asked for, or longer ones than asked for, break QEMU's
 * framing for good: an error is a bare header, and no reply means none, even
 * for what was wrong.
 */
#include "tests/twin/server/session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/fd.h"

enum { HEAD = sizeof(struct userwire_header) };

/* A verb: what its body is at least, whether more may follow, descriptors */
struct verb {
	const char *name;
	size_t len;
	bool more;
	unsigned fds;
	int (*handle)(struct vfu_session *s, struct vfu_msg *m, uint8_t *out);
};

/* clang-format off */
static const struct verb verbs[] = {
[USERWIRE_VERSION]       = {"VERSION", sizeof(struct userwire_version), true, 0,
			    vfu_do_version},
[USERWIRE_DMA_MAP]       = {"DMA_MAP", sizeof(struct userwire_map), false, 1,
			    vfu_do_map},
[USERWIRE_DMA_UNMAP]     = {"DMA_UNMAP", sizeof(struct userwire_unmap), false,
			    0, vfu_do_unmap},
[USERWIRE_GET_INFO]      = {"GET_INFO", sizeof(struct userwire_info), false, 0,
			    vfu_do_info},
[USERWIRE_REGION_INFO]   = {"REGION_INFO", sizeof(struct userwire_region),
			    false, 0, vfu_do_region_info},
[USERWIRE_REGION_IO_FDS] = {"REGION_IO_FDS", sizeof(struct userwire_io_fds),
			    false, 0, vfu_do_io_fds},
[USERWIRE_IRQ_INFO]      = {"IRQ_INFO", sizeof(struct userwire_irq), false, 0,
			    vfu_do_irq_info},
[USERWIRE_SET_IRQS]      = {"SET_IRQS", sizeof(struct userwire_irq_set), true,
			    VFU_MSG_FDS, vfu_do_set_irqs},
[USERWIRE_REGION_READ]   = {"REGION_READ", sizeof(struct userwire_access),
			    false, 0, vfu_do_read},
[USERWIRE_REGION_WRITE]  = {"REGION_WRITE", sizeof(struct userwire_access),
			    true, 0, vfu_do_write},
[USERWIRE_RESET]         = {"RESET", 0, false, 0, vfu_do_reset},
};
/* clang-format on */

int vfu_session_open(struct vfu_session *s, int fd, const struct vfu_dev *dev)
{
	*s = (struct vfu_session){.fd = fd,
				  .dev = dev,
				  .reply_fd = -1,
				  .xfer_max = USERWIRE_XFER_MAX,
				  .wait_ms = USERWIRE_TIMEOUT_MS};
	vfu_irqs_init(&s->irqs, dev);
	vfu_dma_init(&s->dma);
	if (vfu_msg_init(s)) {
		vfu_session_close(s);
		return err_set(ENOMEM, "%s: no memory for a connection",
			       dev->name);
	}
	if (fd >= 0 && fcntl(fd, F_SETFL, O_NONBLOCK)) {
		int rc = err_call(errno, dev->name, "fcntl", NULL);

		vfu_session_close(s);
		return rc;
	}
	return 0;
}

void vfu_session_close(struct vfu_session *s)
{
	fd_close(&s->fd);
	vfu_irqs_fini(&s->irqs);
	vfu_dma_fini(&s->dma);
	vfu_msg_fini(s);
	s->open = false;
	s->ended = true;
}

short vfu_session_events(const struct vfu_session *s)
{
	int events = vfu_msg_waiting(s) ? POLLOUT : 0;

	if (!vfu_msg_full(s) && !s->ending)
		events |= POLLIN;
	return (short)events;
}

/* Is it a request that may come now, and of the form that its verb has? */
static int check(const struct vfu_session *s, const struct vfu_msg *m)
{
	const struct userwire_header *h = &m->head;
	const struct verb *v;

	if ((h->flags & USERWIRE_TYPE) != USERWIRE_REQUEST ||
	    h->size != HEAD + m->len)
		return -EINVAL;
	if (h->cmd >= ARRAY_SIZE(verbs) || !verbs[h->cmd].handle)
		return -EOPNOTSUPP;
	if (s->open == (h->cmd == USERWIRE_VERSION))
		return -EINVAL;
	if (m->fds_lost)
		return -EMFILE;
	v = &verbs[h->cmd];
	if (m->len < v->len || (m->len > v->len && !v->more) ||
	    m->nfds > v->fds)
		return -EINVAL;
	return 0;
}

static void complain(const struct vfu_session *s, const struct vfu_msg *m,
		     int rc)
{
	uint16_t cmd = m->head.cmd;
	bool known = cmd < ARRAY_SIZE(verbs) && verbs[cmd].name;

	vfu_log_line(s->dev->log, s->dev->name,
		     "%s (%u) of %u bytes, flags %#x, %u fds: %s",
		     known ? verbs[cmd].name : "command", cmd, m->head.size,
		     m->head.flags, m->nfds, err_name(rc));
}

/*
 * A stream whose framing is broken, or a client that does not begin with a
 * VERSION we can agree on: it gets its error, then the connection ends.
 */
static bool hopeless(const struct vfu_session *s, const struct vfu_msg *m)
{
	return m->head.size < HEAD || !s->open;
}

size_t vfu_session_handle(struct vfu_session *s, struct vfu_msg *m)
{
	struct userwire_header h = m->head;
	int rc = check(s, m);

	s->reply_fd = -1;
	s->in_handler = true;
	if (!rc)
		rc = verbs[h.cmd].handle(s, m, s->reply + HEAD);
	s->in_handler = false;
	if (rc < 0) {
		s->reply_fd = -1;
		complain(s, m, rc);
		s->ending = hopeless(s, m);
	}
	vfu_msg_done(m);
	if (h.flags & USERWIRE_NO_REPLY)
		return 0;
	h.flags = USERWIRE_REPLY | (rc < 0 ? USERWIRE_ERROR : 0);
	h.err = rc < 0 ? (uint32_t)-rc : 0;
	h.size = HEAD + (rc < 0 ? 0 : (uint32_t)rc);
	memcpy(s->reply, &h, HEAD);
	return h.size;
}

static int handle(struct vfu_session *s)
{
	struct vfu_msg *m = &s->in.msg;
	size_t len;

	if ((m->head.flags & USERWIRE_TYPE) == USERWIRE_REPLY) {
		vfu_remote_answer(s, m);
		vfu_msg_done(m);
		return 0;
	}
	len = vfu_session_handle(s, m);
	return len ? vfu_msg_send(s, s->reply, len, s->reply_fd) : 0;
}

static int step(struct vfu_session *s)
{
	int rc = vfu_msg_flush(s);

	if (rc)
		return rc;
	if (s->ending)
		return vfu_msg_waiting(s) ? 0 : -ECONNRESET;
	if (vfu_msg_full(s))
		return 0;
	rc = vfu_msg_receive(s);
	if (rc <= 0)
		return rc;
	rc = handle(s);
	if (s->ending && !vfu_msg_waiting(s))
		return -ECONNRESET;
	return rc ? rc : 1;
}

int vfu_session_step(struct vfu_session *s)
{
	int rc;

	if (s->ended)
		return -ECONNRESET;
	rc = step(s);
	if (rc >= 0)
		return rc;
	s->ended = true;
	return -ECONNRESET;
}
