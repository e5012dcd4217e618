/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vfio-user client and its server in one process.
 *
 * The test is what sits above vfio/: it opens the device through the back
 * end's table and calls it.  The server is a thread behind a real socket: it
 * answers well by itself, and a test's hook sees each message first, to note
 * it or to answer it badly.
 */
#ifndef TESTS_UNIT_TEST_USER_H
#define TESTS_UNIT_TEST_USER_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "vfio/device.h"
#include "vfio/region.h"
#include "vfio/user/user.h"

enum {
	/* time limit of a message, and of slow ones, after ut_hurry() */
	UT_MS = 300,
	UT_SLOW = 6 * UT_MS,
	UT_SLACK = 2500, /* what a loaded machine may add */
	UT_BAR = 0x4000,
	UT_CONFIG = 256,
	UT_RAM = 0x10000,
	UT_RAM_GPA = 0x100000,
	UT_LOG = 4096,
};

/* A message as the server has it */
struct peer_msg {
	struct userwire_header h;
	uint8_t body[USER_MSG_MAX];
	size_t len; /* of .body */
	int fds[64];
	unsigned nfds; /* those left are closed after the message */
};

struct peer;

/* Returns whether it has dealt with @m; may set @p->stop */
typedef bool peer_hook(struct peer *p, struct peer_msg *m);

/* The server */
struct peer {
	int fd;
	bool stop;
	peer_hook *hook;
	void *ctx;
	const char *json; /* of its VERSION; NULL: none */
	uint8_t bar[UT_BAR], config[UT_CONFIG];
	uint32_t region_flags; /* of BAR 0 */
	/* what came: read it when the server has been joined */
	struct userwire_header log[UT_LOG];
	unsigned nlog;
	struct peer_msg m;
};

/* The whole test */
struct ut {
	char dir[32], path[64];
	int listener;
	pthread_t thread;
	bool joined;
	struct peer *peer;
	struct vfio_container *c;
	struct vfio_device d;
	struct vfio_region bar, config;
	uint8_t *ram;
	struct gmem mem;
	unsigned fds; /* of the process, before */
};

/* ---- the server ------------------------------------------------------- */

/* Exactly @len bytes; false at the end */
static inline bool peer_bytes(int fd, void *p, size_t len)
{
	return !len || recv(fd, p, len, MSG_WAITALL) == (ssize_t)len;
}

static inline bool peer_receive(struct peer *p, struct peer_msg *m)
{
	char control[CMSG_SPACE(64 * sizeof(int))];
	struct iovec iov = {&m->h, sizeof(m->h)};
	struct msghdr mh = {.msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control)};
	struct cmsghdr *c;
	ssize_t n = recvmsg(p->fd, &mh, MSG_CMSG_CLOEXEC);

	m->nfds = 0;
	if (n <= 0)
		return false;
	c = CMSG_FIRSTHDR(&mh);
	if (c) {
		m->nfds = (unsigned)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(m->fds, CMSG_DATA(c), m->nfds * sizeof(int));
	}
	if (!peer_bytes(p->fd, (uint8_t *)&m->h + n, sizeof(m->h) - (size_t)n))
		return false;
	m->len = m->h.size - sizeof(m->h);
	if (p->nlog < UT_LOG)
		p->log[p->nlog++] = m->h;
	return m->len <= sizeof(m->body) && peer_bytes(p->fd, m->body, m->len);
}

/* Any bytes, with descriptors at the first one */
static inline void peer_send(struct peer *p, const void *buf, size_t len,
			     const int *fds, size_t nfds)
{
	char control[CMSG_SPACE(253 * sizeof(int))] = {0};
	struct iovec iov = {(void *)buf, len};
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
	while (len) {
		ssize_t n = sendmsg(p->fd, &mh, MSG_NOSIGNAL);

		if (n < 0)
			return; /* the client is gone: it will say why */
		len -= (size_t)n;
		iov = (struct iovec){(uint8_t *)iov.iov_base + n, len};
		mh.msg_control = NULL;
		mh.msg_controllen = 0;
	}
}

/* A message of any header with any body */
static inline void peer_message(struct peer *p, struct userwire_header h,
				const void *body, size_t len, const int *fds,
				size_t nfds)
{
	uint8_t *buf = malloc(sizeof(h) + len);

	memcpy(buf, &h, sizeof(h));
	if (len)
		memcpy(buf + sizeof(h), body, len);
	peer_send(p, buf, sizeof(h) + len, fds, nfds);
	free(buf);
}

static inline void peer_reply_fds(struct peer *p, const struct peer_msg *m,
				  const void *body, size_t len, const int *fds,
				  size_t nfds)
{
	struct userwire_header h = {
		.id = m->h.id,
		.cmd = m->h.cmd,
		.size = (uint32_t)(sizeof(h) + len),
		.flags = USERWIRE_REPLY,
	};

	peer_message(p, h, body, len, fds, nfds);
}

static inline void peer_reply(struct peer *p, const struct peer_msg *m,
			      const void *body, size_t len)
{
	peer_reply_fds(p, m, body, len, NULL, 0);
}

/* An error with a body behind it, as some servers send it, or 0 bytes */
static inline void peer_error(struct peer *p, const struct peer_msg *m,
			      uint32_t err, size_t len)
{
	static const uint8_t junk[4096] = {0xee};
	struct userwire_header h = {
		.id = m->h.id,
		.cmd = m->h.cmd,
		.size = (uint32_t)(sizeof(h) + len),
		.flags = USERWIRE_REPLY | USERWIRE_ERROR,
		.err = err,
	};

	peer_message(p, h, junk, len, NULL, 0);
}

static inline void peer_version(struct peer *p, struct peer_msg *m)
{
	struct userwire_version v = {0, 0};
	uint8_t body[4096];
	size_t len = p->json ? strlen(p->json) + 1 : 0;

	memcpy(body, &v, sizeof(v));
	if (len)
		memcpy(body + sizeof(v), p->json, len);
	peer_reply(p, m, body, sizeof(v) + len);
}

static inline struct userwire_region peer_region(struct peer *p, uint32_t index)
{
	struct userwire_region r = {.argsz = sizeof(r), .index = index};

	if (index == 0) {
		r.size = UT_BAR;
		r.flags = p->region_flags;
	} else if (index == VFIO_PCI_CONFIG_REGION_INDEX) {
		r.size = UT_CONFIG;
		r.flags = VFIO_REGION_INFO_FLAG_READ |
			  VFIO_REGION_INFO_FLAG_WRITE;
	}
	return r;
}

static inline void peer_access(struct peer *p, struct peer_msg *m)
{
	struct userwire_access a;
	uint8_t buf[16 + UT_BAR];
	uint8_t *at;

	memcpy(&a, m->body, sizeof(a));
	if (a.count > UT_BAR || a.offset > UT_BAR - a.count) {
		peer_error(p, m, EINVAL, 0);
		return;
	}
	at = (a.region ? p->config : p->bar) + a.offset;
	memcpy(buf, &a, sizeof(a));
	if (m->h.cmd == USERWIRE_REGION_WRITE) {
		memcpy(at, m->body + sizeof(a), a.count);
		a.count = 0;
	} else {
		memcpy(buf + sizeof(a), at, a.count);
	}
	if (!(m->h.flags & USERWIRE_NO_REPLY))
		peer_reply(p, m, buf, sizeof(a) + a.count);
}

/* What a good server says */
static inline void peer_answer(struct peer *p, struct peer_msg *m)
{
	struct userwire_info info = {
		16, VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET, 9, 5};
	struct userwire_region r;
	struct userwire_irq irq = {16, VFIO_IRQ_INFO_EVENTFD, 0, 32};

	switch (m->h.cmd) {
	case USERWIRE_VERSION:
		peer_version(p, m);
		return;
	case USERWIRE_GET_INFO:
		peer_reply(p, m, &info, sizeof(info));
		return;
	case USERWIRE_REGION_INFO:
		r = peer_region(p, (uint32_t)le_get(m->body + 8, 4));
		peer_reply(p, m, &r, sizeof(r));
		return;
	case USERWIRE_IRQ_INFO:
		irq.index = (uint32_t)le_get(m->body + 8, 4);
		peer_reply(p, m, &irq, sizeof(irq));
		return;
	case USERWIRE_REGION_READ:
	case USERWIRE_REGION_WRITE:
		peer_access(p, m);
		return;
	default:
		if (!(m->h.flags & USERWIRE_NO_REPLY))
			peer_reply(p, m, NULL, 0);
	}
}

static inline void *peer_run(void *arg)
{
	struct ut *t = arg;
	struct peer *p = t->peer;

	p->fd = accept4(t->listener, NULL, NULL, SOCK_CLOEXEC);
	while (p->fd >= 0 && !p->stop && peer_receive(p, &p->m)) {
		if (!p->hook || !p->hook(p, &p->m))
			peer_answer(p, &p->m);
		while (p->m.nfds)
			fd_close(&p->m.fds[--p->m.nfds]);
	}
	fd_close(&p->fd);
	return NULL;
}

/* ---- the test --------------------------------------------------------- */

/* How many descriptors this process has */
static inline unsigned ut_count_fds(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static inline void ut_listen(struct ut *t)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	strcpy(t->dir, "/tmp/test_user.XXXXXX");
	cr_assert(mkdtemp(t->dir));
	snprintf(t->path, sizeof(t->path), "%s/s", t->dir);
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", t->path);
	t->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert(!bind(t->listener, (void *)&a, sizeof(a)));
	cr_assert(!listen(t->listener, 1));
}

/* A server that runs, with room for changes; nobody is connected yet */
static inline struct ut *ut_new(void)
{
	struct ut *t = calloc(1, sizeof(*t));
	struct peer *p = calloc(1, sizeof(*p));
	alarm(20);
	cr_assert(t && p);
	t->fds = ut_count_fds();
	p->json = "{\"capabilities\":{\"max_msg_fds\":8,"
		  "\"max_data_xfer_size\":1048576}}";
	p->region_flags =
		VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	t->peer = p;
	ut_listen(t);
	cr_assert(!vfio_user.container_open(&t->c));

	t->d = (struct vfio_device){.ops = &vfio_user, .fd = -1, .lost_fd = -1};
	t->bar = (struct vfio_region){
		.index = 0, .flags = p->region_flags, .size = UT_BAR};
	t->config = (struct vfio_region){.index = VFIO_PCI_CONFIG_REGION_INDEX,
					 .flags = p->region_flags,
					 .size = UT_CONFIG};
	return t;
}

/* One piece of RAM in a file */
static inline void ut_ram(struct ut *t)
{
	int fd = memfd_create("ram", MFD_CLOEXEC);

	cr_assert(!ftruncate(fd, 2 * UT_RAM));
	t->ram = mmap(NULL, UT_RAM, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		      UT_RAM);
	cr_assert(t->ram != MAP_FAILED);
	t->mem = (struct gmem){.n = 1,
			       .part[0] = {.gpa = {UT_RAM_GPA, UT_RAM},
					   .hva = t->ram,
					   .fd = fd,
					   .fd_offset = UT_RAM}};
}

/* What the back end's open() returns */
static inline int ut_open(struct ut *t)
{
	const struct vfio_source src = {.ops = &vfio_user, .path = t->path};

	cr_assert(!pthread_create(&t->thread, NULL, peer_run, t));
	return vfio_user.open(&t->d, t->c, &src);
}

/* The client goes, then the server's thread ends */
static inline void ut_join(struct ut *t)
{
	vfio_user.close(&t->d);
	if (!t->joined)
		pthread_join(t->thread, NULL);
	t->joined = true;
}

/* Everything, and nothing is left behind */
static inline void ut_free(struct ut *t)
{
	if (t->thread)
		ut_join(t);
	cr_assert(!vfio_user.container_close(t->c));
	if (t->ram) {
		munmap(t->ram, UT_RAM);
		close(t->mem.part[0].fd);
	}
	fd_close(&t->listener);
	unlink(t->path);
	rmdir(t->dir);
	cr_assert_eq(ut_count_fds(), t->fds, "descriptors leaked");
	free(t->peer);
	free(t);
}

/* A server with this hook, and a device that is open */
static inline struct ut *ut_with(peer_hook *hook)
{
	struct ut *t = ut_new();

	t->peer->hook = hook;
	cr_assert(!ut_open(t), "%s", err_last());
	return t;
}

/* Short time limits from here on: a test that fails must not be slow */
static inline void ut_hurry(struct ut *t)
{
	struct vfio_user *u = t->d.priv;
	struct timeval tv = {.tv_usec = UT_MS * 1000 / 2};

	pthread_mutex_lock(&u->turn);
	u->timeout_ms = UT_MS;
	u->slow_ms = UT_SLOW;
	pthread_mutex_unlock(&u->turn);
	cr_assert(!setsockopt(u->main.fd, SOL_SOCKET, SO_RCVTIMEO, &tv,
			      sizeof(tv)));
}

/* 4 bytes of BAR 0; -errno */
static inline int64_t ut_read32(struct ut *t, uint64_t off)
{
	uint32_t v = 0;
	ssize_t n = vfio_user.read(&t->d, &t->bar, off, &v, sizeof(v));

	return n == sizeof(v) ? v : n;
}

/* Is the connection dead, with a message that begins and contains so? */
static inline void ut_assert_dead(struct ut *t, const char *cmd,
				  const char *what)
{
	struct pollfd p = {.fd = t->d.lost_fd, .events = POLLIN};
	uint64_t start = clock_now_ns();
	char begin[128];

	cr_assert_eq(poll(&p, 1, 5000), 1, "lost_fd is not readable");
	cr_assert_lt(vfio_user.check(&t->d), 0);
	snprintf(begin, sizeof(begin), "vfio-user:%s: %s", t->path, cmd);
	cr_assert(!strncmp(err_last(), begin, strlen(begin)), "%s", err_last());
	cr_assert(strstr(err_last(), what), "%s", err_last());
	cr_assert_eq(ut_read32(t, 0), -EIO);
	cr_assert_lt(clock_now_ns() - start, 7000 * CLOCK_MS);
}

#endif
