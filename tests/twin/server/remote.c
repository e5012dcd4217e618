/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client's memory: by mapping where there is one, else by message.
 *
 * By message means to wait for an answer.  The client's own requests come
 * in meanwhile and are served, since it may be unable to answer before; and
 * never in a handler, because there the client waits for us: with QEMU both
 * would sit out the full five seconds, and its device be dead.
 */
#include "tests/twin/server/session.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "tests/twin/server/guard.h"

enum { HEAD = sizeof(struct userwire_header) };

/* What the client answered: 0 or -errno */
static int verdict(struct vfu_session *s, const struct vfu_msg *m)
{
	struct vfu_remote *r = &s->remote;
	size_t data = r->cmd == USERWIRE_DMA_READ ? (size_t)r->want.count : 0;
	size_t fixed = sizeof(r->want);

	if (m->head.flags & USERWIRE_ERROR)
		return m->head.err && m->head.err < 4096 ? -(int)m->head.err
							 : -EIO;
	if (!data && !m->len)
		return 0; /* older clients answer DMA_WRITE so */
	if (m->head.cmd != r->cmd || m->len != fixed + data ||
	    memcmp(m->body, &r->want, fixed) != 0)
		return -EPROTO;
	if (data)
		memcpy(r->data, m->body + fixed, data);
	return 0;
}

void vfu_remote_answer(struct vfu_session *s, const struct vfu_msg *m)
{
	struct vfu_remote *r = &s->remote;

	if (r->state == VFU_REMOTE_IDLE || m->head.id != r->id ||
	    m->head.size != HEAD + m->len) {
		vfu_log_line(s->dev->log, s->dev->name,
			     "a reply (id %u) to nothing", m->head.id);
		return;
	}
	if (r->state == VFU_REMOTE_SENT)
		r->rc = verdict(s, m);
	r->state = VFU_REMOTE_IDLE;
}

/* Until something has come, for sessions whose owner does not care */
static int wait_alone(struct vfu_session *s, int ms)
{
	struct pollfd p = {.fd = s->fd, .events = vfu_session_events(s)};

	if (poll(&p, 1, ms) < 0 && errno != EINTR)
		return -errno;
	while (vfu_session_step(s) > 0)
		;
	return 0;
}

static int wait_answer(struct vfu_session *s)
{
	const uint64_t ms = 1000000;
	uint64_t start = clock_now_ns();
	uint64_t end = start + s->wait_ms * ms - s->remote.waited;
	int rc = 0;

	while (!rc && s->remote.state == VFU_REMOTE_SENT) {
		uint64_t now = clock_now_ns();
		int left = now < end ? (int)((end - now) / ms) + 1 : 0;

		if (s->ended)
			rc = -ECONNRESET;
		else if (!left)
			rc = -ETIMEDOUT;
		else if (s->dev->ops->wait)
			rc = s->dev->ops->wait(s->dev->ctx, left);
		else
			rc = wait_alone(s, left);
	}
	s->remote.waited += clock_now_ns() - start;
	if (!rc)
		return s->remote.rc;
	s->remote.state = VFU_REMOTE_LATE;
	return rc;
}

static int request(struct vfu_session *s, const void *data, size_t len)
{
	struct vfu_remote *r = &s->remote;
	struct userwire_header h = {
		.id = ++r->id,
		.cmd = r->cmd,
		.size = (uint32_t)(HEAD + sizeof(r->want) + len)};
	uint8_t msg[HEAD + sizeof(r->want) + VFU_REMOTE_CHUNK];

	memcpy(msg, &h, HEAD);
	memcpy(msg + HEAD, &r->want, sizeof(r->want));
	if (len)
		memcpy(msg + HEAD + sizeof(r->want), data, len);
	return vfu_msg_send(s, msg, h.size, -1);
}

/* One request of at most VFU_REMOTE_CHUNK bytes, and its answer */
static int by_message(struct vfu_session *s, uint64_t iova, uint8_t *buf,
		      size_t len, bool write)
{
	struct vfu_remote *r = &s->remote;
	int rc;

	if (s->in_handler)
		return -EDEADLK;
	if (s->ended || s->fd < 0)
		return -ECONNRESET;
	if (r->state != VFU_REMOTE_IDLE)
		return -EIO;
	if (r->waited >= s->wait_ms * UINT64_C(1000000))
		return -ETIMEDOUT;
	r->want = (struct userwire_dma){.iova = iova, .count = len};
	r->cmd = write ? USERWIRE_DMA_WRITE : USERWIRE_DMA_READ;
	r->data = buf;
	rc = request(s, buf, write ? len : 0);
	if (rc)
		return rc;
	r->state = VFU_REMOTE_SENT;
	return wait_answer(s);
}

/* The longest first piece of an access that goes one way; how long it was */
static int piece(struct vfu_session *s, uint64_t iova, uint8_t *buf,
		 size_t *len, bool write)
{
	uint32_t prot = write ? USERWIRE_MAP_WRITE : USERWIRE_MAP_READ;
	uint64_t chunk = max_u64(min_u64(s->xfer_max, VFU_REMOTE_CHUNK), 1);
	uint8_t *mem;
	int rc = vfu_dma_piece(&s->dma, iova, prot, len, &mem);

	if (rc)
		return rc;
	if (mem)
		return write ? vfu_guard_copy(mem, buf, *len)
			     : vfu_guard_copy(buf, mem, *len);
	*len = min_u64(*len, chunk);
	return by_message(s, iova, buf, *len, write);
}

int vfu_session_dma(struct vfu_session *s, uint64_t iova, void *buf, size_t len,
		    bool write)
{
	uint8_t *p = buf;

	while (len) {
		size_t n = len;
		int rc = piece(s, iova, p, &n, write);

		if (rc)
			return rc;
		p += n;
		len -= n;
		iova += n;
		if (!iova && len)
			return -EFAULT; /* 2^64 is the end */
	}
	return 0;
}
