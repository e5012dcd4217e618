/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guest RAM: announced to the server with its file, and by message where the
 * server does not map that.
 *
 * Data go straight between the socket and guest RAM; what is not wholly RAM is
 * refused by a bare header.  The map of RAM is locked while that lasts, so
 * that nothing is unmapped under it.
 */
#include "vfio/user/user.h"

#include <errno.h>

int user_ram_init(struct user_ram *ram)
{
	pthread_rwlockattr_t a;
	int rc;

	ram->mem.n = 0;
	pthread_rwlockattr_init(&a);
	/* else servers that ask without pause could keep an unmap waiting */
	pthread_rwlockattr_setkind_np(
		&a, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	rc = -pthread_rwlock_init(&ram->lock, &a);
	pthread_rwlockattr_destroy(&a);
	return rc;
}

void user_ram_fini(struct user_ram *ram)
{
	pthread_rwlock_destroy(&ram->lock);
}

/* ---- DMA_MAP and DMA_UNMAP -------------------------------------------- */

int user_dma_map(struct vfio_user *u, const struct gmem_part *part)
{
	struct userwire_map m = {
		.argsz = sizeof(m),
		.flags = USERWIRE_MAP_READ | USERWIRE_MAP_WRITE,
		.offset = part->fd_offset,
		.iova = part->gpa.start,
		.size = part->gpa.len,
	};
	struct userwire_map echo;
	struct user_req q = {.cmd = USERWIRE_DMA_MAP,
			     .tx = {{&m, sizeof(m)}},
			     .fds = &part->fd,
			     .nfds = part->fd >= 0,
			     .rx = {{&echo, sizeof(echo)}}};

	return user_call(u, &q);
}

int user_dma_unmap(struct vfio_user *u, struct range iova)
{
	struct userwire_unmap m = {
		.argsz = sizeof(m), .iova = iova.start, .size = iova.len};
	struct userwire_unmap echo; /* some reply with it, others bare */
	struct user_req q = {.cmd = USERWIRE_DMA_UNMAP,
			     .tx = {{&m, sizeof(m)}},
			     .rx = {{&echo, sizeof(echo)}}};

	return user_call(u, &q);
}

/* ---- DMA_READ and DMA_WRITE ------------------------------------------- */

/* A request of the server's that is being served */
struct job {
	struct vfio_user *u;
	struct user_chan *ch;
	const struct userwire_header *h;
	struct userwire_dma w;
	uint64_t until;
};

static int lost(const struct job *j, int rc)
{
	return user_broken(j->u, j->h->cmd, rc, j->u->timeout_ms);
}

/* @err: positive, and then the reply is a bare header; @data: .w.count bytes */
static int reply(struct job *j, int err, void *data)
{
	struct userwire_header h = *j->h;
	struct iovec v[3] = {{&h, sizeof(h)}, {&j->w, sizeof(j->w)}, {0}};
	int rc;

	if (h.flags & USERWIRE_NO_REPLY)
		return 0;
	if (data)
		v[2] = (struct iovec){data, (size_t)j->w.count};
	h.flags = USERWIRE_REPLY | (err ? USERWIRE_ERROR : 0);
	h.err = (uint32_t)err;
	h.size = (uint32_t)(err ? sizeof(h)
				: sizeof(h) + v[1].iov_len + v[2].iov_len);
	pthread_mutex_lock(&j->ch->tx);
	rc = user_sock_send(j->ch->fd, v, err ? 1 : 3, NULL, 0, j->until);
	pthread_mutex_unlock(&j->ch->tx);
	return rc ? lost(j, rc) : 0;
}

/* No, and @left bytes of the request are still in the socket */
static int refuse(struct job *j, size_t left, int err)
{
	int rc = user_sock_skip(j->ch->fd, left, j->until);

	return rc ? lost(j, rc) : reply(j, err, NULL);
}

/* @left: bytes of data that the request has */
static int check(const struct job *j, size_t left, const void *ram)
{
	bool write = j->h->cmd == USERWIRE_DMA_WRITE;

	if (j->w.count > USERWIRE_XFER_MAX)
		return E2BIG;
	if (left != (write ? j->w.count : 0))
		return EINVAL;
	return ram ? 0 : EFAULT;
}

/* With RAM locked */
static int transfer(struct job *j, size_t left)
{
	void *ram = gmem_at(&j->u->c->ram.mem, j->w.iova, j->w.count);
	struct iovec v = {ram, left};
	int rc = check(j, left, ram);

	if (rc)
		return refuse(j, left, rc);
	if (j->h->cmd == USERWIRE_DMA_READ)
		return reply(j, 0, ram);
	rc = user_sock_body(j->ch->fd, &v, 1, left, j->until);
	return rc ? lost(j, rc) : reply(j, 0, NULL);
}

int user_serve(struct vfio_user *u, struct user_chan *ch,
	       const struct user_in *in, uint64_t until)
{
	struct job j = {.u = u, .ch = ch, .h = &in->h, .until = until};
	struct iovec v = {&j.w, sizeof(j.w)};
	size_t left = in->h.size - USER_HEAD;
	int rc;

	if (in->h.cmd != USERWIRE_DMA_READ && in->h.cmd != USERWIRE_DMA_WRITE)
		return refuse(&j, left, ENOSYS);
	if (left < sizeof(j.w))
		return refuse(&j, left, EINVAL);
	rc = user_sock_body(ch->fd, &v, 1, sizeof(j.w), until);
	if (rc)
		return lost(&j, rc);
	pthread_rwlock_rdlock(&u->c->ram.lock);
	rc = transfer(&j, left - sizeof(j.w));
	pthread_rwlock_unlock(&u->c->ram.lock);
	return rc;
}
