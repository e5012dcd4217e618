/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vfio_user: the back end whose devices are servers behind sockets.
 *
 * A connection lasts as long as its device is open; it is told then what RAM
 * is mapped, and afterwards of changes.  A server that is gone needs no unmap,
 * so that teardown goes on without it.
 */
#include "vfio/user/user.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/first.h"
#include "base/log.h"
#include "vfio/device.h"

/* ---- container -------------------------------------------------------- */

static struct user_container *mine(struct vfio_container *c)
{
	return (struct user_container *)(void *)c;
}

static int container_open(struct vfio_container **c)
{
	struct user_container *n = calloc(1, sizeof(*n));

	*c = NULL;
	if (!n || user_ram_init(&n->ram)) {
		free(n);
		return err_set(ENOMEM, "no memory for vfio-user devices");
	}
	n->base.ops = &vfio_user;

	*c = &n->base;
	return 0;
}

static int container_close(struct vfio_container *base)
{
	struct user_container *c = base ? mine(base) : NULL;

	if (!c)
		return 0;
	user_ram_fini(&c->ram);
	free(c);
	return 0;
}

/* open() tells the device of what is mapped; KVM need not know it. */
static int attach(struct vfio_container *c, const struct vfio_source *src,
		  int *kvm_fd)
{
	(void)c;
	(void)src;
	*kvm_fd = -1;
	return 0;
}

static void ram_add(struct user_ram *ram, const struct gmem_part *part)
{
	pthread_rwlock_wrlock(&ram->lock);
	ram->mem.part[ram->mem.n++] = *part;
	pthread_rwlock_unlock(&ram->lock);
}

static void ram_del(struct user_ram *ram, uint64_t iova)
{
	struct gmem *m = &ram->mem;

	pthread_rwlock_wrlock(&ram->lock);
	for (unsigned i = 0; i < m->n; i++)
		if (m->part[i].gpa.start == iova)
			m->part[i--] = m->part[--m->n];
	pthread_rwlock_unlock(&ram->lock);
}

/* Known here before a server is told, who may ask for it at once */
static int map(struct vfio_container *base, const struct gmem *ram,
	       struct range iova)
{
	struct user_container *c = mine(base);
	const struct gmem_part part = gmem_cut(ram, iova);
	int rc = 0;

	if (c->ram.mem.n == GMEM_MAX)
		return err_set(ENOSPC, "guest RAM: more than %d parts",
			       GMEM_MAX);
	ram_add(&c->ram, &part);
	for (struct vfio_user *u = c->head; u && !rc; u = u->next)
		rc = user_dma_map(u, &part);
	if (rc)
		ram_del(&c->ram, iova.start);
	return rc;
}

/* A server that refuses keeps what it has mapped; nobody can help that. */
static int unmap(struct vfio_container *base, struct range iova)
{
	struct user_container *c = mine(base);

	for (struct vfio_user *u = c->head; u; u = u->next) {
		if (atomic_load(&u->dead))
			continue;
		if (user_dma_unmap(u, iova) && !atomic_load(&u->dead))
			log_warn("%s", err_last());
	}
	ram_del(&c->ram, iova.start);
	return 0;
}

/* ---- connection ------------------------------------------------------- */

static void list_remove(struct vfio_user *u)
{
	struct vfio_user **p = &u->c->head;

	while (*p && *p != u)
		p = &(*p)->next;
	if (*p)
		*p = u->next;
}

void user_close(struct vfio_user *u)
{
	if (!u)
		return;
	list_remove(u);
	/* the thread may be in the middle of a message: that ends here */
	shutdown(u->main.fd, SHUT_RDWR);
	if (u->twin.fd >= 0)
		shutdown(u->twin.fd, SHUT_RDWR);
	user_thread_stop(u);
	fd_close(&u->main.fd);
	fd_close(&u->twin.fd);
	fd_close(&u->lost_fd);
	for (size_t i = 0; i < ARRAY_SIZE(u->region_fd); i++)
		fd_close(&u->region_fd[i]);
	pthread_mutex_destroy(&u->main.tx);
	pthread_mutex_destroy(&u->twin.tx);
	pthread_mutex_destroy(&u->turn);
	pthread_mutex_destroy(&u->eoi_lock);
	pthread_mutex_destroy(&u->why_lock);
	free(u);
}

static unsigned limit_ms(const struct vfio_source *src)
{
	return src->limit_ms ? src->limit_ms : USER_TIMEOUT_MS;
}

/* Inert, but for its socket */
static struct vfio_user *new_user(struct user_container *c, int fd,
				  const struct vfio_source *src)
{
	struct vfio_user *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	snprintf(u->name, sizeof(u->name), "vfio-user:%s", src->path);
	u->c = c;
	u->main.fd = fd;
	u->twin.fd = u->epoll = u->quit = u->eoi = u->lost_fd = -1;
	u->timeout_ms = limit_ms(src);
	u->slow_ms = USER_SLOW * u->timeout_ms;
	u->xfer_max = USERWIRE_XFER_MAX;
	u->fds_max = 1;
	u->begin = src->begin;
	u->begin_opaque = src->begin_opaque;
	for (size_t i = 0; i < ARRAY_SIZE(u->region_fd); i++)
		u->region_fd[i] = -1;
	pthread_mutex_init(&u->main.tx, NULL);
	pthread_mutex_init(&u->twin.tx, NULL);
	pthread_mutex_init(&u->turn, NULL);
	pthread_mutex_init(&u->eoi_lock, NULL);
	pthread_mutex_init(&u->why_lock, NULL);
	return u;
}

/*
 * A receiving call may block for half of the time limit, so that one which is
 * begun in its first half needs no other call to watch the clock.
 */
static int limit_receive(struct vfio_user *u)
{
	unsigned ms = (u->timeout_ms + 1) / 2;
	struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	if (setsockopt(u->main.fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)))
		return err_call(errno, u->name, "setsockopt", NULL);
	u->lost_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (u->lost_fd < 0)
		return err_call(errno, u->name, "eventfd",
				"raise the limit: ulimit -n 4096");
	return 0;
}

int user_open(struct vfio_user **out, struct user_container *c, int fd,
	      const struct vfio_source *src)
{
	struct vfio_user *u = new_user(c, fd, src);
	int rc;

	*out = NULL;
	if (!u) {
		fd_close(&fd);
		err_set(ENOMEM, "vfio-user:%s: no memory", src->path);
		return -ENOMEM;
	}
	rc = limit_receive(u);
	if (!rc)
		rc = user_version(u);
	if (rc)
		user_close(u);
	else
		*out = u;
	return rc;
}

/* ---- device ----------------------------------------------------------- */

static int reset(struct vfio_device *d)
{
	struct vfio_user *u = d->priv;
	struct user_req q = {.cmd = USERWIRE_RESET};

	return user_call(u, &q);
}

/* As the kernel does when a device is opened; not all servers can. */
static int reset_at_open(struct vfio_device *d)
{
	struct vfio_user *u = d->priv;
	struct vfio_device_info info = {0};
	int rc = user_info(d, &info);

	if (rc || !(info.flags & VFIO_DEVICE_FLAGS_RESET))
		return rc;
	rc = reset(d);
	if (rc && !atomic_load(&u->dead)) {
		log_warn("%s", err_last());
		rc = 0;
	}
	return rc;
}

/* Everything between VERSION and the generic code's questions */
static int begin(struct vfio_device *d)
{
	struct vfio_user *u = d->priv;
	const struct gmem *m = &u->c->ram.mem;
	int rc = user_thread_start(u);

	if (!rc)
		rc = reset_at_open(d);
	if (!rc)
		user_find_bars(u);
	for (unsigned i = 0; i < m->n && !rc; i++)
		rc = user_dma_map(u, &m->part[i]);
	return rc;
}

static void close_device(struct vfio_device *d)
{
	user_close(d->priv);
	d->priv = NULL;
	d->lost_fd = -1;
}

static int open_device(struct vfio_device *d, struct vfio_container *base,
		       const struct vfio_source *src)
{
	struct user_container *c = mine(base);
	struct vfio_user *u;
	int rc;

	snprintf(d->name, sizeof(d->name), "vfio-user:%s", src->path);
	rc = user_sock_connect(src->path, d->name, limit_ms(src));
	if (rc < 0)
		return rc;
	rc = user_open(&u, c, rc, src);
	if (rc)
		return rc;
	d->priv = u;
	d->lost_fd = u->lost_fd;
	rc = begin(d);
	if (rc) {
		close_device(d);
		return rc;
	}
	u->next = c->head;
	c->head = u;
	return 0;
}

static int check(const struct vfio_device *d)
{
	int rc = user_alive(d->priv);

	return rc ? rc : user_check_files(d->priv);
}

const struct vfio_backend vfio_user = {
	.name = "vfio-user",
	.shares_ram = true,
	.container_open = container_open,
	.attach = attach,
	.map = map,
	.unmap = unmap,
	.container_close = container_close,
	.open = open_device,
	.close = close_device,
	.info = user_info,
	.region_info = user_region_info,
	.irq_info = user_irq_info,
	.set_irqs = user_set_irqs,
	.reset = reset,
	.read = user_read,
	.write = user_write,
	.mmap = user_mmap,
	.check = check,
};
