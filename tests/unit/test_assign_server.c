/* SPDX-License-Identifier: BSD-2-Clause */
/* Each function is one of struct vfio_backend; see the header. */
#include "test_assign_server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/fd.h"
#include "vfio/device.h"
#include "vfio/irq.h"

#define PATIENCE 5 /* seconds that a test waits for what must happen */

static struct server servers[SERVERS];
static struct vfio_container container;

/* An access waits here, when it shall; false: the server is dead. */
static bool pass(struct server *s)
{
	bool alive;

	pthread_mutex_lock(&s->lock);
	s->calls++;
	s->held = s->hold;
	pthread_cond_broadcast(&s->moved);
	while (s->hold && !s->dead)
		pthread_cond_wait(&s->moved, &s->lock);
	s->held = false;
	alive = !s->dead;
	pthread_mutex_unlock(&s->lock);
	return alive;
}

static void set(struct server *s, bool *what, bool to)
{
	pthread_mutex_lock(&s->lock);
	*what = to;
	pthread_cond_broadcast(&s->moved);
	pthread_mutex_unlock(&s->lock);
}

void server_hold(struct server *s)
{
	set(s, &s->hold, true);
}

void server_release(struct server *s)
{
	set(s, &s->hold, false);
}

void server_kill(struct server *s)
{
	set(s, &s->dead, true);
	eventfd_write(s->lost_fd, 1);
}

bool server_held(struct server *s)
{
	struct timespec until;
	bool held;
	int rc = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE;
	pthread_mutex_lock(&s->lock);
	while (!s->held && !rc)
		rc = pthread_cond_timedwait(&s->moved, &s->lock, &until);
	held = s->held;
	pthread_mutex_unlock(&s->lock);
	return held;
}

unsigned server_calls(struct server *s)
{
	unsigned n;

	pthread_mutex_lock(&s->lock);
	n = s->calls;
	s->calls = 0;
	pthread_mutex_unlock(&s->lock);
	return n;
}

struct server *server_start(unsigned i)
{
	struct server *s = &servers[i];

	*s = (struct server){
		.vectors = {1, 8, 17, 0, 0}, /* no events */
		.irq_flags = VFIO_IRQ_INFO_EVENTFD,
		.lost_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
	};
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->moved, NULL);
	sim_bcm5720(&s->card, "server", 0);
	for (unsigned b = 0; b < ARRAY_SIZE(s->bar_fd); b++) {
		s->bar_fd[b] = memfd_create("server", MFD_CLOEXEC);
		if (ftruncate(s->bar_fd[b], (off_t)s->card.size[b]))
			abort();
	}
	return s;
}

void server_stop(struct server *s)
{
	for (unsigned b = 0; b < ARRAY_SIZE(s->bar_fd); b++)
		fd_close(&s->bar_fd[b]);
	fd_close(&s->lost_fd);
	if (container.ops)
		sim_wrong("the container was not closed");
}

struct vfio_source server_source(unsigned i)
{
	static const char *const path[SERVERS] = {"0", "1"};

	return (struct vfio_source){.ops = &server_backend, .path = path[i]};
}

/* The back end */

static struct server *of(const struct vfio_device *d)
{
	return d->priv;
}

static int gone(const struct vfio_device *d)
{
	return err_set(EIO, "%s: the server is gone", d->name);
}

static int open_container(struct vfio_container **c)
{
	container.ops = &server_backend;
	*c = &container;
	return 0;
}

static int close_container(struct vfio_container *c)
{
	c->ops = NULL;
	return 0;
}

static int attach(struct vfio_container *c, const struct vfio_source *src,
		  int *kvm_fd)
{
	(void)c;
	(void)src;
	*kvm_fd = -1;
	return 0;
}

static int map(struct vfio_container *c, const struct gmem *ram,
	       struct range iova)
{
	(void)c;
	return gmem_cut(ram, iova).hva ? 0 : err_set(EINVAL, "no such part");
}

static int unmap(struct vfio_container *c, struct range iova)
{
	(void)c;
	return iova.len ? 0 : err_set(EINVAL, "no such range");
}

static int open_device(struct vfio_device *d, struct vfio_container *c,
		       const struct vfio_source *src)
{
	unsigned i = (unsigned)strtoul(src->path, NULL, 10);

	if (c != &container)
		return err_set(EINVAL, "not our container");
	d->priv = &servers[i];
	d->lost_fd = servers[i].lost_fd;
	snprintf(d->name, sizeof(d->name), "server:%s", src->path);
	return 0;
}

static void close_device(struct vfio_device *d)
{
	d->priv = NULL;
	d->lost_fd = -1;
}

static int info(struct vfio_device *d, struct vfio_device_info *i)
{
	i->flags = VFIO_DEVICE_FLAGS_PCI;
	i->num_regions = VFIO_PCI_NUM_REGIONS;
	i->num_irqs = VFIO_PCI_NUM_IRQS;
	return pass(of(d)) ? 0 : gone(d);
}

static int region_info(struct vfio_device *d, struct vfio_region_info *i,
		       uint32_t argsz)
{
	const struct server *s = of(d);

	i->argsz = argsz;
	i->flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	if (i->index == VFIO_PCI_CONFIG_REGION_INDEX)
		i->size = s->card.cfg_size;
	if (i->index == 2)
		i->offset = s->offset;
	if (i->index < ARRAY_SIZE(s->bar_fd)) {
		i->size = s->card.size[i->index];
		i->flags |= VFIO_REGION_INFO_FLAG_MMAP;
	}
	return pass(of(d)) ? 0 : gone(d);
}

static int irq_info(struct vfio_device *d, struct vfio_irq_info *i)
{
	i->flags = of(d)->irq_flags;
	i->count = of(d)->vectors[i->index];
	return pass(of(d)) ? 0 : gone(d);
}

static int set_irqs(struct vfio_device *d, struct vfio_irq_set *q)
{
	struct server *s = of(d);
	size_t n = strlen(s->log);
	const char *what = q->flags & VFIO_IRQ_SET_ACTION_MASK     ? " mask"
			   : q->flags & VFIO_IRQ_SET_ACTION_UNMASK ? " unmask"
								   : "";

	if (!pass(s))
		return gone(d);
	snprintf(s->log + n, sizeof(s->log) - n, "%s%s %u+%u%s;",
		 vfio_irq_name(q->index), what, q->start, q->count,
		 q->flags & VFIO_IRQ_SET_DATA_EVENTFD ? " fd" : "");
	if (q->start + q->count > s->vectors[q->index])
		return err_set(EINVAL, "%s: SET_IRQS: EINVAL", d->name);
	return 0;
}

static int reset(struct vfio_device *d)
{
	return gone(d);
}

static ssize_t read_region(const struct vfio_device *d,
			   const struct vfio_region *r, uint64_t off, void *buf,
			   size_t len)
{
	const struct server *s = of(d);

	if (!pass(of(d)))
		return -EIO;
	if (r->index < ARRAY_SIZE(s->bar_fd))
		return pread(s->bar_fd[r->index], buf, len, (off_t)off);
	memcpy(buf, s->card.cfg + off, len);
	return (ssize_t)len;
}

static ssize_t write_region(const struct vfio_device *d,
			    const struct vfio_region *r, uint64_t off,
			    const void *buf, size_t len)
{
	struct server *s = of(d);

	if (!pass(s))
		return -EIO;
	if (r->index < ARRAY_SIZE(s->bar_fd))
		return pwrite(s->bar_fd[r->index], buf, len, (off_t)off);
	memcpy(s->card.cfg + off, buf, len);
	return (ssize_t)len;
}

static void *map_region(const struct vfio_device *d,
			const struct vfio_region *r, struct range part,
			int prot)
{
	void *p = mmap(NULL, part.len, prot, MAP_SHARED,
		       of(d)->bar_fd[r->index], (off_t)part.start);

	return p == MAP_FAILED ? NULL : p;
}

static int check(const struct vfio_device *d)
{
	struct server *s = of(d);
	bool dead;

	pthread_mutex_lock(&s->lock);
	dead = s->dead;
	pthread_mutex_unlock(&s->lock);
	return dead ? gone(d) : 0;
}

const struct vfio_backend server_backend = {
	.name = "tables",
	.container_open = open_container,
	.attach = attach,
	.map = map,
	.unmap = unmap,
	.container_close = close_container,
	.open = open_device,
	.close = close_device,
	.info = info,
	.region_info = region_info,
	.irq_info = irq_info,
	.set_irqs = set_irqs,
	.reset = reset,
	.read = read_region,
	.write = write_region,
	.mmap = map_region,
	.check = check,
};
