/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vfio-user server of any behaviour: our client keeps within its buffers,
 * loses no descriptor, and comes to an end.
 *
 * Input: 1 byte, whose bit 0 says that VERSION is answered well; then pieces,
 * each 1 byte F, 1 byte N, and N bytes as they are on the wire.  With a piece
 * go F % 4 descriptors, of files, or if F has bit 2 of sockets.  All of it is
 * in the socket before the client asks for anything, and then the end.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/fd.h"
#include "vfio/device.h"
#include "vfio/irq.h"
#include "vfio/user/user.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum {
	INPUT_MAX = 4096, /* so that no reply of ours has to wait */
	RAM = 256,
	RAM_GPA = 0x1000,
	FILE_SIZE = 0x3000,
};

struct fuzz {
	struct vfio_container *c;
	struct vfio_device d;
	struct gmem mem;
	int file, sock, peer;
};

/* ---- the server ------------------------------------------------------- */

static void send_piece(const struct fuzz *f, const void *p, size_t len,
		       unsigned how)
{
	char control[CMSG_SPACE(3 * sizeof(int))] = {0};
	int fd = how & 4 ? f->sock : f->file;
	const int fds[3] = {fd, fd, f->file};
	size_t n = (how % 4) * sizeof(int);
	struct iovec iov = {(void *)p, len};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};
	struct cmsghdr *c = (void *)control;

	if (n) {
		mh.msg_control = control;
		mh.msg_controllen = CMSG_SPACE(n);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n);
		memcpy(CMSG_DATA(c), fds, n);
	}
	if (sendmsg(f->peer, &mh, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		abort();
}

static void send_version(const struct fuzz *f)
{
	static const char text[] = "\0\0\0\0{\"capabilities\":{"
				   "\"max_msg_fds\":2}}";
	struct userwire_header h = {.id = 1,
				    .cmd = USERWIRE_VERSION,
				    .flags = USERWIRE_REPLY,
				    .size = USER_HEAD + sizeof(text)};

	send_piece(f, &h, sizeof(h), 0);
	send_piece(f, text, sizeof(text), 0);
}

static void send_all(const struct fuzz *f, const uint8_t *data, size_t len)
{
	if (data[0] & 1)
		send_version(f);
	data++;
	len--;
	while (len > 2) {
		size_t n = min_u64(data[1], len - 2);

		if (n)
			send_piece(f, data + 2, n, data[0]);
		data += 2 + n;
		len -= 2 + n;
	}
	shutdown(f->peer, SHUT_WR);
}

/* ---- the client ------------------------------------------------------- */

static void ask(struct fuzz *f)
{
	struct vfio_device_info info = {.argsz = sizeof(info)};
	struct vfio_irq_info irq = {.argsz = sizeof(irq), .index = 2};
	struct vfio_device *d = &f->d;

	(void)!vfio_user.info(d, &info);
	(void)!vfio_region_query(d, &d->region[0], 0);
	(void)!vfio_region_query(d, &d->region[7], 7);
	(void)!vfio_user.irq_info(d, &irq);
	user_find_bars(d->priv);
}

static void use(struct fuzz *f)
{
	struct vfio_region r[2] = {{.index = 0, .size = 0x1000},
				   {.index = 7, .size = 0x100}};
	const int ev[5] = {f->file, f->file, f->file, -1, f->file};
	uint8_t *buf = malloc(64);

	assert(buf);
	(void)!user_dma_map(f->d.priv, &f->mem.part[0]);
	(void)!vfio_irq_enable(&f->d, VFIO_PCI_MSIX_IRQ_INDEX, 0, ev, 5);
	for (unsigned i = 0; i < 2; i++) {
		ssize_t n = vfio_user.read(&f->d, &r[i], 8, buf, 4);

		assert(n <= 4);
		n = vfio_user.read(&f->d, &r[i], 0, buf, 64);
		assert(n <= 64);
		n = vfio_user.write(&f->d, &r[i], 4, buf, 4);
		assert(n <= 4);
	}
	(void)!vfio_user.reset(&f->d);
	free(buf);
}

static void map(struct fuzz *f)
{
	const struct vfio_region *r = &f->d.region[0];

	for (unsigned i = 0; i < r->nareas; i++) {
		struct range part = r->area[i];
		volatile uint8_t *p = vfio_user.mmap(&f->d, r, part, PROT_READ);

		if (!p)
			continue;
		assert(part.len <= FILE_SIZE);
		(void)p[part.len - 1]; /* no SIGBUS */
		munmap((void *)p, part.len);
	}
}

/* What is left is unasked */
static void finish(struct fuzz *f)
{
	struct vfio_user *u = f->d.priv;

	while (!user_alive(u)) {
		pthread_mutex_lock(&u->turn);
		(void)!user_receive_unasked(u, &u->main);
		pthread_mutex_unlock(&u->turn);
	}
	assert(vfio_user.check(&f->d) && *err_last());
	(void)!user_dma_unmap(u, f->mem.part[0].gpa);
}

/* ---- both ------------------------------------------------------------- */

static void begin(struct fuzz *f, uint8_t *ram)
{
	int fd[2];

	*f = (struct fuzz){.d = {.ops = &vfio_user, .fd = -1, .lost_fd = -1},
			   .sock = socket(AF_UNIX, SOCK_STREAM, 0),
			   .file = memfd_create("f", MFD_CLOEXEC)};
	if (f->file < 0 || ftruncate(f->file, FILE_SIZE) ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) ||
	    vfio_user.container_open(&f->c))
		abort();
	f->mem = (struct gmem){
		.n = 1,
		.part[0] = {.gpa = {RAM_GPA, RAM}, .hva = ram, .fd = f->file}};
	if (vfio_user.map(f->c, &f->mem, f->mem.part[0].gpa))
		abort();
	f->peer = fd[0];
	f->d.fd = fd[1]; /* to be handed on */
}

static void run(struct fuzz *f)
{
	const struct vfio_source src = {
		.ops = &vfio_user, .path = "fuzz", .limit_ms = 1000};
	struct vfio_user *u;
	int rc = user_open(&u, (struct user_container *)f->c, f->d.fd, &src);

	f->d.fd = -1;
	assert(rc <= 0 && !rc == !!u);
	if (rc)
		return;
	f->d.priv = u;
	ask(f);
	use(f);
	map(f);
	finish(f);
	user_close(u);
}

/* The next descriptor: the same as before, if all are closed */
static int next_fd(void)
{
	int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	int before = next_fd();
	uint8_t *ram = calloc(1, RAM);
	struct fuzz f;

	if (!len || len > INPUT_MAX || !ram) {
		free(ram);
		return 0;
	}
	begin(&f, ram);
	send_all(&f, data, len);
	run(&f);
	close(f.peer);
	close(f.sock);
	close(f.file);
	if (vfio_user.container_close(f.c))
		abort();
	free(ram);
	assert(next_fd() == before);
	return 0;
}
