/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's back end with another face: most calls go through to it. */
#include "test_machine_peer.h"

#include <errno.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <time.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "tests/fake/fake.h"
#include "vfio/device.h"

static struct {
	bool dead[PEERS];
	int lost_fd[PEERS]; /* while open; else -1 */
	struct peer_knobs knobs;
} peer;

struct peer_knobs *peer_reset(void)
{
	for (unsigned i = 0; i < PEERS; i++) {
		peer.dead[i] = false;
		peer.lost_fd[i] = -1;
	}
	peer.knobs = (struct peer_knobs){0};
	return &peer.knobs;
}

void peer_kill(unsigned i)
{
	peer.dead[i] = true;
	if (peer.lost_fd[i] >= 0)
		eventfd_write(peer.lost_fd[i], 1);
}

const char *peer_why(unsigned i)
{
	return i ? "vfio-user:/tmp/s1: the server is gone; start it again"
		 : "vfio-user:/tmp/s0: the server is gone; start it again";
}

static unsigned number(const struct vfio_device *d)
{
	return (unsigned)(uintptr_t)d->priv;
}

static int check(const struct vfio_device *d)
{
	unsigned i = number(d);

	return peer.dead[i] ? err_set(EIO, "%s", peer_why(i)) : 0;
}

static int container_open(struct vfio_container **c)
{
	int rc = vfio_kernel.container_open(c);

	if (!rc)
		(*c)->ops = &peer_backend;
	return rc;
}

static int attach(struct vfio_container *c, const struct vfio_source *src,
		  int *kvm_fd)
{
	int rc = vfio_kernel.attach(c, src, kvm_fd);

	*kvm_fd = -1;
	return rc;
}

static int map(struct vfio_container *c, const struct gmem *ram,
	       struct range iova)
{
	if (gmem_cut(ram, iova).fd < 0)
		sim_wrong("RAM for a server is in no file");
	return vfio_kernel.map(c, ram, iova);
}

static int unmap(struct vfio_container *c, struct range iova)
{
	return vfio_kernel.unmap(c, iova);
}

static int container_close(struct vfio_container *c)
{
	return vfio_kernel.container_close(c);
}

static int open_lost_fd(struct vfio_device *d, unsigned i)
{
	int rc = sim_enter('x', "eventfd", "%s", "");

	if (rc)
		return err_call(rc, d->name, "eventfd", NULL);
	d->lost_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	peer.lost_fd[i] = d->lost_fd;
	if (peer.dead[i])
		eventfd_write(d->lost_fd, 1);
	return 0;
}

static void close_device(struct vfio_device *d)
{
	fd_close(&d->lost_fd);
	peer.lost_fd[number(d)] = -1;
	vfio_kernel.close(d);
}

/* Nobody told KVM of this device, and nobody had to. */
static int open_card(struct vfio_device *d, struct vfio_container *c,
		     const struct vfio_source *src)
{
	int rc;

	sim_knobs()->no_kvm = true;
	rc = vfio_kernel.open(d, c, src);
	sim_knobs()->no_kvm = false;
	return rc;
}

static int open_device(struct vfio_device *d, struct vfio_container *c,
		       const struct vfio_source *src)
{
	unsigned i = src->addr.fn;
	int rc;

	if (peer.knobs.opening)
		peer.knobs.opening(i);
	d->priv = (void *)(uintptr_t)i;
	rc = check(d);
	if (!rc)
		rc = open_card(d, c, src);
	if (rc)
		return rc;
	snprintf(d->name, sizeof(d->name), "vfio-user:/tmp/s%u", i);
	rc = open_lost_fd(d, i);
	if (rc)
		close_device(d);
	return rc;
}

static int info(struct vfio_device *d, struct vfio_device_info *i)
{
	int rc = check(d);

	return rc ? rc : vfio_kernel.info(d, i);
}

static int region_info(struct vfio_device *d, struct vfio_region_info *i,
		       uint32_t argsz)
{
	int rc = check(d);

	return rc ? rc : vfio_kernel.region_info(d, i, argsz);
}

static int irq_info(struct vfio_device *d, struct vfio_irq_info *i)
{
	int rc = check(d);

	return rc ? rc : vfio_kernel.irq_info(d, i);
}

static int set_irqs(struct vfio_device *d, struct vfio_irq_set *set)
{
	int rc = check(d);

	return rc ? rc : vfio_kernel.set_irqs(d, set);
}

static int reset(struct vfio_device *d)
{
	int rc = check(d);

	return rc ? rc : vfio_kernel.reset(d);
}

/* As a client waits for a reply: signals do not end it, its limit does. */
static void be_slow(void)
{
	uint64_t until = clock_now_ns() + peer.knobs.slow_ms * CLOCK_MS;
	const struct timespec t = {(time_t)(until / CLOCK_SEC),
				   (long)(until % CLOCK_SEC)};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL))
		;
	peer_kill(0);
}

static ssize_t read_region(const struct vfio_device *d,
			   const struct vfio_region *r, uint64_t off, void *buf,
			   size_t len)
{
	if (peer.knobs.slow_ms && !number(d) && !peer.dead[0])
		be_slow();
	return peer.dead[number(d)] ? -EIO
				    : vfio_kernel.read(d, r, off, buf, len);
}

static ssize_t write_region(const struct vfio_device *d,
			    const struct vfio_region *r, uint64_t off,
			    const void *buf, size_t len)
{
	return peer.dead[number(d)] ? -EIO
				    : vfio_kernel.write(d, r, off, buf, len);
}

static void *map_region(const struct vfio_device *d,
			const struct vfio_region *r, struct range part,
			int prot)
{
	return vfio_kernel.mmap(d, r, part, prot);
}

const struct vfio_backend peer_backend = {
	.name = "peers",
	.shares_ram = true,
	.container_open = container_open,
	.attach = attach,
	.map = map,
	.unmap = unmap,
	.container_close = container_close,
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
