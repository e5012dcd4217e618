/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A request and its reply, and what may come between them.
 *
 * A message is known by type and id; whatever is neither the reply to what is
 * out, nor a request that a server may make, ends the connection.  The time
 * limit of a request is for all that happens until its reply is here.
 */
#include "vfio/user/user.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/tell.h"

static unsigned limit_ms(const struct vfio_user *u, unsigned cmd)
{
	switch (cmd) {
	case USERWIRE_DMA_MAP:
	case USERWIRE_DMA_UNMAP:
	case USERWIRE_RESET:
		return u->slow_ms;
	default:
		return u->timeout_ms;
	}
}

uint64_t user_until(const struct vfio_user *u, unsigned cmd)
{
	return clock_now_ns() + limit_ms(u, cmd) * CLOCK_MS;
}

static int broken(struct vfio_user *u, unsigned cmd, int err)
{
	return user_broken(u, cmd, err, limit_ms(u, cmd));
}

static size_t room(const struct iovec v[2])
{
	return v[0].iov_len + v[1].iov_len;
}

/* ---- sending ---------------------------------------------------------- */

/* Under .tx: the whole of a message, or the connection is dead */
static int send_locked(struct vfio_user *u, const struct user_req *q,
		       const struct userwire_header *h, uint64_t until)
{
	struct iovec v[3] = {{(void *)h, USER_HEAD}, q->tx[0], q->tx[1]};
	int rc = user_sock_send(u->main.fd, v, 3, q->fds, q->nfds, until);

	if (!rc || (rc == -EAGAIN && !until))
		return rc;
	return broken(u, q->cmd, rc);
}

static int send_request(struct vfio_user *u, const struct user_req *q,
			uint64_t until)
{
	struct userwire_header h = {
		.id = ++u->id,
		.cmd = (uint16_t)q->cmd,
		.size = (uint32_t)(USER_HEAD + room(q->tx))};
	int rc;

	pthread_mutex_lock(&u->main.tx);
	rc = send_locked(u, q, &h, until);
	pthread_mutex_unlock(&u->main.tx);
	return rc;
}

int user_post(struct vfio_user *u, struct user_req *q, uint64_t until)
{
	struct userwire_header h = {.cmd = (uint16_t)q->cmd,
				    .size = (uint32_t)(USER_HEAD + room(q->tx)),
				    .flags = USERWIRE_NO_REPLY};
	int rc = user_alive(u);

	if (rc)
		return rc;
	if (until)
		pthread_mutex_lock(&u->main.tx);
	else if (pthread_mutex_trylock(&u->main.tx))
		return -EAGAIN;
	rc = send_locked(u, q, &h, until);
	pthread_mutex_unlock(&u->main.tx);
	if (rc != -EAGAIN)
		user_tell_posted(u, q, rc, until);
	return rc;
}

/* ---- receiving -------------------------------------------------------- */

/* Can it be a message at all?  @cmd: what is waited for, for the report */
static int check_head(struct vfio_user *u, const struct user_in *in,
		      unsigned cmd)
{
	uint32_t type = in->h.flags & USERWIRE_TYPE;

	if (in->h.size < USER_HEAD || in->h.size > USER_MSG_MAX)
		return user_die(u, cmd, EPROTO, "a message of %u bytes",
				in->h.size);
	if (type != USERWIRE_REQUEST && type != USERWIRE_REPLY)
		return user_die(u, cmd, EPROTO, "a message of type %u", type);
	if (in->fds_lost)
		return user_die(u, cmd, EPROTO, "more than %d descriptors",
				USER_FDS);
	if (type == USERWIRE_REQUEST && in->nfds)
		return user_die(u, cmd, EPROTO, "a request with descriptors");
	return 0;
}

/* Is it the reply to what is out, and can its payload be one? */
static int check_reply(struct vfio_user *u, const struct user_req *q,
		       const struct user_in *in)
{
	size_t len = in->h.size - USER_HEAD;
	bool error = in->h.flags & USERWIRE_ERROR;

	if (in->h.id != u->id || in->h.cmd != q->cmd)
		return user_die(u, q->cmd, EPROTO,
				"a reply to message %u, command %u, not to "
				"%u, %d",
				in->h.id, in->h.cmd, u->id, (int)q->cmd);
	if (in->nfds > (error ? 0 : q->most_fds))
		return user_die(u, q->cmd, EPROTO,
				"a reply with %u descriptors", in->nfds);
	if (!error && (len < q->least || len > room(q->rx)))
		return user_die(u, q->cmd, EPROTO,
				"a reply of %zu bytes, not %zu to %zu", len,
				q->least, room(q->rx));
	return 0;
}

static int refused(const struct vfio_user *u, const struct user_req *q,
		   uint32_t err)
{
	int rc = err && err < 4096 ? (int)err : EIO;

	return err_call(rc, u->name, user_cmd_name(q->cmd),
			"so says the server; see its log");
}

static int take_reply(struct vfio_user *u, struct user_req *q,
		      struct user_in *in, uint64_t until)
{
	struct iovec v[2] = {q->rx[0], q->rx[1]};
	size_t len = in->h.size - USER_HEAD;
	int rc = check_reply(u, q, in);

	if (rc)
		return rc;
	if (in->h.flags & USERWIRE_ERROR) /* may have a payload even so */
		rc = user_sock_skip(u->main.fd, len, until);
	else
		rc = user_sock_body(u->main.fd, v, 2, len, until);
	if (rc)
		return broken(u, q->cmd, rc);
	if (in->h.flags & USERWIRE_ERROR)
		return refused(u, q, in->h.err);
	q->got = len;
	q->nin = in->nfds;
	memcpy(q->in, in->fds, q->nin * sizeof(q->in[0]));
	in->nfds = 0;
	return 0;
}

/* A message while @q is out; *@done when it was the reply */
static int take_one(struct vfio_user *u, struct user_req *q, uint64_t until,
		    bool *done)
{
	struct user_in in;
	/* the call itself may block: see user_open() for how long */
	bool fresh = clock_now_ns() + u->timeout_ms * CLOCK_MS / 2 <= until;
	int rc = user_sock_head(u->main.fd, &in, until, fresh);

	if (rc)
		rc = broken(u, q->cmd, rc);
	else
		rc = check_head(u, &in, q->cmd);
	if (!rc && (in.h.flags & USERWIRE_TYPE) == USERWIRE_REPLY) {
		*done = true;
		rc = take_reply(u, q, &in, until);
	} else if (!rc) {
		rc = user_serve(u, &u->main, &in, until);
	}
	user_sock_discard(in.fds, in.nfds);
	return rc;
}

static int exchange(struct vfio_user *u, struct user_req *q)
{
	uint64_t until = user_until(u, q->cmd);
	int rc = send_request(u, q, until);
	bool done = false;

	while (!rc && !done) {
		/* messages that come without pause would never make us wait */
		if (clock_now_ns() >= until)
			rc = broken(u, q->cmd, -ETIMEDOUT);
		else
			rc = take_one(u, q, until, &done);
	}
	return rc;
}

static int exchange_told(struct vfio_user *u, struct user_req *q)
{
	struct tell_call c;
	int rc;

	if (!tell_on(TELL_VFIO))
		return exchange(u, q);
	user_tell_begin(&c, u, q);
	rc = exchange(u, q);
	tell_call_end(&c, rc);
	return rc;
}

int user_call(struct vfio_user *u, struct user_req *q)
{
	int rc;

	q->got = 0;
	q->nin = 0;
	atomic_fetch_add(&u->wanted, 1);
	pthread_mutex_lock(&u->turn);
	atomic_fetch_sub(&u->wanted, 1);
	rc = user_alive(u);
	if (!rc) {
		user_thread_watch(u, false);
		rc = exchange_told(u, q);
	}
	pthread_mutex_unlock(&u->turn);
	/* not before: the thread would find the turn taken, and sleep on */
	user_thread_watch(u, true);
	return rc;
}

int user_receive_unasked(struct vfio_user *u, struct user_chan *ch)
{
	uint64_t until = clock_now_ns() + u->timeout_ms * CLOCK_MS;
	struct pollfd p = {.fd = ch->fd, .events = POLLIN};
	struct user_in in;
	int rc;

	if (poll(&p, 1, 0) <= 0)
		return 0; /* somebody else had it already */
	rc = user_sock_head(ch->fd, &in, until, false);
	if (rc)
		rc = user_broken(u, 0, rc, u->timeout_ms);
	else
		rc = check_head(u, &in, 0);
	if (!rc && (in.h.flags & USERWIRE_TYPE) == USERWIRE_REPLY)
		rc = user_die(u, 0, EPROTO, "a reply that nobody asked for");
	if (!rc)
		rc = user_serve(u, ch, &in, until);
	user_sock_discard(in.fds, in.nfds);
	return rc;
}
