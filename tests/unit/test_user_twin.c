/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Our client and our server together: interrupts that arrive, DMA with and
 * without a file, and everything that each thinks of the other.
 */
#include "tests/unit/test_user.h"

#include "tests/twin/server/session.h"
#include "vfio/irq.h"

enum {
	CONFIG = 4096,
	/* registers of BAR 0: a copying machine */
	SRC = 0x100, /* IOVA */
	DST = 0x108,
	LEN = 0x110,
	GO = 0x118,
	RC = 0x11c,   /* what the last copy returned */
	INTX = 0x120, /* level */
	COPY_MAX = 0x8000,
};

struct copier {
	struct ut *t;
	struct vfu_dev dev;
	struct vfu_session s;
	uint8_t bar[UT_BAR], config[CONFIG], buf[COPY_MAX];
	atomic_bool go, busy;
	unsigned resets;
};

static int on_read(void *ctx, uint32_t region, uint64_t off, void *buf,
		   size_t len)
{
	struct copier *c = ctx;

	memcpy(buf, (region ? c->config : c->bar) + off, len);
	return 0;
}

static int on_write(void *ctx, uint32_t region, uint64_t off, const void *buf,
		    size_t len)
{
	struct copier *c = ctx;

	memcpy((region ? c->config : c->bar) + off, buf, len);
	if (!region && off == GO)
		c->go = true;
	if (!region && off == INTX)
		vfu_irqs_level(&c->s.irqs, c->bar[INTX]);
	return 0;
}

static int on_reset(void *ctx)
{
	struct copier *c = ctx;

	c->resets++;
	return 0;
}

static const struct vfu_ops ops = {
	.read = on_read,
	.write = on_write,
	.reset = on_reset,
};

/* Not in the handler, whose client waits; then tell it by vector 2 */
static void copy(struct copier *c)
{
	uint64_t src = le_get(c->bar + SRC, 8);
	uint64_t dst = le_get(c->bar + DST, 8);
	size_t len = le_get(c->bar + LEN, 4);
	int rc;

	c->busy = true;
	c->go = false; /* it may be set again while this one waits */
	rc = vfu_session_dma(&c->s, src, c->buf, len, false);
	if (!rc)
		rc = vfu_session_dma(&c->s, dst, c->buf, len, true);
	le_put(c->bar + RC, 4, (uint32_t)-rc);
	vfu_irqs_fire(&c->s.irqs, VFIO_PCI_MSIX_IRQ_INDEX, 2);
	c->busy = false;
}

static void *serve(void *arg)
{
	struct copier *c = arg;
	int fd = accept4(c->t->listener, NULL, NULL, SOCK_CLOEXEC);

	cr_assert(!vfu_session_open(&c->s, fd, &c->dev));
	while (!c->s.ended) {
		struct pollfd p[] = {
			{.fd = c->s.fd, .events = vfu_session_events(&c->s)},
			{.fd = c->s.irqs.resample, .events = POLLIN},
		};

		if (!vfu_msg_buffered(&c->s))
			poll(p, 2, 1000);
		while (vfu_session_step(&c->s) > 0 && !c->go)
			;
		if (c->go)
			copy(c);
	}
	vfu_session_close(&c->s);
	return NULL;
}

static struct copier *open_copier(bool file)
{
	const uint32_t rw =
		VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	struct copier *c = calloc(1, sizeof(*c));
	struct ut *t = ut_new();
	const struct vfio_source src = {.ops = &vfio_user, .path = t->path};
	struct gmem mem;

	c->t = t;
	c->dev = (struct vfu_dev){
		.ops = &ops,
		.ctx = c,
		.name = "copier",
		.region = {[0] = {UT_BAR, rw}, [7] = {CONFIG, rw}},
		.irq = {{1, 7}, {8, 1}, {17, 1}}};
	le_put(c->config, 4, 0x165f14e4);
	ut_ram(t);
	mem = t->mem;
	if (!file)
		mem.part[0].fd = -1;
	cr_assert(!vfio_user.map(t->c, &mem, mem.part[0].gpa));
	cr_assert(!pthread_create(&t->thread, NULL, serve, c));
	cr_assert(!vfio_device_open(&t->d, t->c, &src), "%s", err_last());
	return c;
}

static void close_copier(struct copier *c)
{
	struct ut *t = c->t;

	cr_assert_eq(vfio_user.check(&t->d), 0, "%s", err_last());
	cr_assert(!vfio_user.unmap(t->c, t->mem.part[0].gpa));
	cr_assert_eq(vfio_user.check(&t->d), 0, "%s", err_last());
	ut_free(t);
	free(c);
}

static void put(struct copier *c, uint64_t off, uint64_t v, size_t len)
{
	cr_assert(
		!vfio_region_write(&c->t->d, &c->t->d.region[0], off, &v, len));
}

/* Copy, and wait for the interrupt */
static int run_copy(struct copier *c, uint64_t src, uint64_t dst, uint32_t len,
		    int vector)
{
	struct pollfd p = {.fd = vector, .events = POLLIN};
	uint32_t rc = 0;
	eventfd_t v;

	put(c, SRC, src, 8);
	put(c, DST, dst, 8);
	put(c, LEN, len, 4);
	put(c, GO, 1, 4);
	cr_assert_eq(poll(&p, 1, 10000), 1, "no interrupt");
	cr_assert(!eventfd_read(vector, &v));
	cr_assert(!vfio_region_read(&c->t->d, &c->t->d.region[0], RC, &rc, 4));
	return (int)rc;
}

static void copies(bool file)
{
	const uint64_t half = UT_RAM_GPA + UT_RAM / 2;
	struct copier *c = open_copier(file);
	struct ut *t = c->t;
	int fds[4];

	for (unsigned i = 0; i < 4; i++)
		fds[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	cr_assert(!vfio_irq_enable(&t->d, VFIO_PCI_MSIX_IRQ_INDEX, 0, fds, 4));
	for (unsigned i = 0; i < COPY_MAX; i++)
		t->ram[i] = (uint8_t)(i * 11);
	cr_assert_eq(run_copy(c, UT_RAM_GPA, half, COPY_MAX, fds[2]), 0);
	cr_assert(!memcmp(t->ram, t->ram + UT_RAM / 2, COPY_MAX));
	cr_assert_eq(run_copy(c, UT_RAM_GPA, 0, 4, fds[2]), EFAULT);
	cr_assert_eq(run_copy(c, 0x7000, UT_RAM_GPA, 4, fds[2]), EFAULT);
	for (unsigned i = 0; i < 4; i++)
		close(fds[i]);
	close_copier(c);
}

Test(test_user_twin, dma_and_interrupt_through_the_file)
{
	copies(true);
}

Test(test_user_twin, dma_and_interrupt_by_message)
{
	copies(false);
}

Test(test_user_twin, dma_by_message_while_registers_are_read)
{
	struct copier *c = open_copier(false);
	struct ut *t = c->t;
	uint32_t v = 0;

	memset(t->ram, 0x5a, 64);
	for (unsigned i = 0; i < 200; i++) {
		put(c, SRC, UT_RAM_GPA, 8);
		put(c, DST, UT_RAM_GPA + 64 * (i % 100 + 1), 8);
		put(c, LEN, 64, 4);
		put(c, GO, 1, 4);
		cr_assert(!vfio_region_read(&t->d, &t->d.region[0], RC, &v, 4));
	}
	while (c->go || c->busy)
		usleep(1000);
	cr_assert_eq(t->ram[64 * 100 + 63], 0x5a);
	close_copier(c);
}

Test(test_user_twin, intx_is_told_again_after_each_eoi)
{
	struct copier *c = open_copier(true);
	struct ut *t = c->t;
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int eoi = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct pollfd p = {.fd = fd, .events = POLLIN};
	eventfd_t v;

	cr_assert(!vfio_irq_enable(&t->d, VFIO_PCI_INTX_IRQ_INDEX, 0, &fd, 1));
	cr_assert(!vfio_irq_mask(&t->d));
	cr_assert(!vfio_irq_unmask_on(&t->d, eoi));
	cr_assert(!vfio_irq_unmask(&t->d));
	put(c, INTX, 1, 1);
	for (unsigned i = 0; i < 5; i++) {
		cr_assert_eq(poll(&p, 1, 10000), 1, "%u", i);
		cr_assert(!eventfd_read(fd, &v));
		cr_assert_eq(poll(&p, 1, 10), 0, "it masks itself");
		eventfd_write(eoi, 1);
	}
	cr_assert(!vfio_irq_disable(&t->d, VFIO_PCI_INTX_IRQ_INDEX));
	close(fd);
	close(eoi);
	close_copier(c);
}

Test(test_user_twin, configuration_and_reset)
{
	struct copier *c = open_copier(true);
	struct ut *t = c->t;

	cr_assert_eq(vfio_config_read(&t->d, 0, 4), 0x165f14e4);
	cr_assert_eq(vfio_config_read(&t->d, 2, 2), 0x165f);
	cr_assert(!vfio_config_write(&t->d, 4, 2, 0x106));
	cr_assert_eq(vfio_config_read(&t->d, 4, 2), 0x106);
	cr_assert_eq(t->d.region[7].size, CONFIG);
	cr_assert_eq(t->d.irq[2].count, 17);
	cr_assert_eq(c->resets, 1, "at opening");
	cr_assert(!vfio_device_reset(&t->d));
	cr_assert_eq(c->resets, 2);
	close_copier(c);
}
