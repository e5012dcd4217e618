/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vfio-user session and its client in one process, step by step.
 *
 * The test is the client: it sends bytes, lets the session step until there
 * is nothing more to do, and looks at what came back.  Behind the session is a
 * device of plain memory that counts what it is asked.
 */
#ifndef TESTS_UNIT_TEST_VFU_H
#define TESTS_UNIT_TEST_VFU_H

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/bytes.h"
#include "tests/twin/server/session.h"
#include "vfio/userwire.h"

enum {
	VT_HEAD = sizeof(struct userwire_header),
	VT_BAR = 0x10000,
	VT_CONFIG = 0x1000,
	VT_PAGE = 0x1000,
	VT_BAR2 = 2, /* of the chip */
};

struct vt_device {
	uint8_t bar[VT_BAR];
	uint8_t config[VT_CONFIG];
	unsigned reads, writes, resets;
	uint32_t wired;
	struct vfu_irqs *line; /* whose INTx is up when it is wired, or NULL */
	int fail;              /* what reads, writes and resets return */
};

struct vt {
	struct vt_device hw;
	struct vfu_dev dev;
	struct vfu_session s;
	int peer;
	/* the last reply */
	struct userwire_header head;
	uint8_t body[VFU_MSG_MAX];
	size_t len; /* of .body */
	int fd;     /* that came with it, the test's to close; -1: none */
};

static inline uint8_t *vt_region(struct vt_device *d, uint32_t region)
{
	return region == VFIO_PCI_CONFIG_REGION_INDEX ? d->config : d->bar;
}

static inline int vt_read(void *ctx, uint32_t region, uint64_t off, void *buf,
			  size_t len)
{
	struct vt_device *d = ctx;

	d->reads++;
	memcpy(buf, vt_region(d, region) + off, len);
	return d->fail;
}

static inline int vt_write(void *ctx, uint32_t region, uint64_t off,
			   const void *buf, size_t len)
{
	struct vt_device *d = ctx;

	d->writes++;
	memcpy(vt_region(d, region) + off, buf, len);
	return d->fail;
}

static inline int vt_reset(void *ctx)
{
	struct vt_device *d = ctx;

	d->resets++;
	return d->fail;
}

static inline void vt_wired(void *ctx, uint32_t index)
{
	struct vt_device *d = ctx;

	d->wired = index;
	if (d->line)
		vfu_irqs_level(d->line, index == VFIO_PCI_INTX_IRQ_INDEX);
}

static const struct vfu_ops vt_ops = {
	.read = vt_read,
	.write = vt_write,
	.reset = vt_reset,
	.irq_wired = vt_wired,
};

/* Connected, but nothing said yet */
static inline struct vt *vt_connect(void)
{
	const uint32_t rw =
		VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	struct vt *t = calloc(1, sizeof(*t));
	int fd[2];

	cr_assert(t);
	t->fd = -1;
	t->hw.wired = VFU_NO_IRQ;
	t->dev = (struct vfu_dev){.ops = &vt_ops, .ctx = &t->hw, .name = "t"};
	t->dev.region[0] = (struct vfu_region){VT_BAR, rw};
	t->dev.region[6] =
		(struct vfu_region){VT_PAGE, VFIO_REGION_INFO_FLAG_READ};
	t->dev.region[7] = (struct vfu_region){VT_CONFIG, rw};
	t->dev.irq[0] = (struct vfu_irq){1, 7};
	t->dev.irq[1] = (struct vfu_irq){8, 1};
	t->dev.irq[2] = (struct vfu_irq){17, 1};
	t->dev.irq[3] = (struct vfu_irq){1, 1};
	t->dev.irq[4] = (struct vfu_irq){1, 1};
	cr_assert(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd));
	cr_assert(!vfu_session_open(&t->s, fd[0], &t->dev));
	t->peer = fd[1];
	cr_assert(!fcntl(t->peer, F_SETFL, O_NONBLOCK));
	return t;
}

static inline void vt_close(struct vt *t)
{
	vfu_session_close(&t->s);
	if (t->peer >= 0)
		close(t->peer);
	free(t);
}

/* A request as bytes; returns its size */
static inline size_t vt_make(uint8_t *msg, uint16_t id, uint16_t cmd,
			     uint32_t flags, const void *body, size_t len)
{
	struct userwire_header h = {.id = id,
				    .cmd = cmd,
				    .size = (uint32_t)(VT_HEAD + len),
				    .flags = flags};

	memcpy(msg, &h, VT_HEAD);
	if (len)
		memcpy(msg + VT_HEAD, body, len);
	return h.size;
}

/* Any bytes, with descriptors at the first one */
static inline void vt_send_raw(struct vt *t, const void *p, size_t len,
			       const int *fds, size_t nfds)
{
	char control[CMSG_SPACE(250 * sizeof(int))] = {0};
	struct iovec iov = {(void *)p, len};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};

	if (nfds) {
		struct cmsghdr *c = (void *)control;

		mh.msg_control = control;
		mh.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, nfds * sizeof(int));
	}
	cr_assert_eq(sendmsg(t->peer, &mh, MSG_NOSIGNAL), (ssize_t)len);
}

/* Let the session do all it can; what the last step returned */
static inline int vt_run(struct vt *t)
{
	int rc;

	while ((rc = vfu_session_step(&t->s)) > 0)
		;
	return rc;
}

/* A header, and the descriptor that came with it, one at most; to @fd or -1 */
static inline ssize_t vt_receive_head(int peer, struct userwire_header *h,
				      int *fd)
{
	char control[CMSG_SPACE(4 * sizeof(int))] = {0};
	struct iovec iov = {h, VT_HEAD};
	struct msghdr mh = {.msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(peer, &mh, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&mh) : NULL;

	*fd = -1;
	if (c) {
		cr_assert_eq(c->cmsg_len, CMSG_LEN(sizeof(int)), "one at most");
		memcpy(fd, CMSG_DATA(c), sizeof(int));
	}
	return n;
}

/* The next whole message that came back; false when there is none */
static inline bool vt_receive(struct vt *t)
{
	ssize_t n = vt_receive_head(t->peer, &t->head, &t->fd);

	if (n <= 0)
		return false;
	cr_assert_eq(n, VT_HEAD);
	t->len = t->head.size - VT_HEAD;
	if (t->len)
		cr_assert_eq(recv(t->peer, t->body, t->len, MSG_WAITALL),
			     (ssize_t)t->len);
	return true;
}

/* Send a request with descriptors, step, take the reply: 0 or its errno */
static inline int vt_call_fds(struct vt *t, uint16_t cmd, const void *body,
			      size_t len, const int *fds, size_t nfds)
{
	uint8_t *msg = malloc(VT_HEAD + len);
	size_t n = vt_make(msg, 0x1234, cmd, 0, body, len);

	vt_send_raw(t, msg, n, fds, nfds);
	free(msg);
	vt_run(t);
	cr_assert(vt_receive(t), "no reply");
	cr_assert_eq(t->head.id, 0x1234);
	cr_assert_eq(t->head.cmd, cmd);
	if (t->head.flags == USERWIRE_REPLY)
		return 0;
	cr_assert_eq(t->head.flags, USERWIRE_REPLY | USERWIRE_ERROR);
	cr_assert_eq(t->len, 0, "an error is a bare header");
	return (int)t->head.err;
}

static inline int vt_call(struct vt *t, uint16_t cmd, const void *body,
			  size_t len)
{
	return vt_call_fds(t, cmd, body, len, NULL, 0);
}

/* Connected and past VERSION */
static inline struct vt *vt_open(void)
{
	static const char hello[] =
		"\0\0\0\0{\"capabilities\":{\"max_data_xfer_size\":1048576,"
		"\"max_msg_fds\":16}}";
	struct vt *t = vt_connect();

	cr_assert_eq(vt_call(t, USERWIRE_VERSION, hello, sizeof(hello)), 0);
	return t;
}

/* How often an eventfd has been signalled since it was last asked */
static inline unsigned vt_events(int fd)
{
	eventfd_t v;

	return eventfd_read(fd, &v) ? 0 : (unsigned)v;
}

static inline int vt_eventfd(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	cr_assert(fd >= 0);
	return fd;
}

/* How many descriptors this process has */
static inline unsigned vt_count_fds(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 4096; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

#endif
