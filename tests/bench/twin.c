/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the software BCM5720 costs, without guest, QEMU or network.
 *
 *   twin-bench               every figure: NAME, nanoseconds each, goal
 *   twin-bench NAME COUNT    that one, COUNT times, and prints nothing
 *
 * The second form is for callgrind: it counts what is inside of figure_*().
 * The host is an array; rings are set up as a driver does it.  A frame's cost
 * has the host's part of it too (a descriptor or two written), and the copies.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "tests/twin/model/bcm5720.h"
#include "tests/twin/server/session.h"

enum {
	MEM = 0x800000,
	STATUS = 0x1000,
	STD = 0x10000,  /* producer ring, 2048 * 32 bytes */
	RET = 0x40000,  /* return ring, 4096 * 32 bytes */
	SEND = 0x80000, /* send ring, 512 * 16 bytes */
	FRAMES = 0x100000,
	BUFFERS = 0x200000, /* 2048 * 2 KiB */

	SEND_N = 512,
	STD_N = 2048,
	BATCH = 32, /* frames a driver hands over at a time */
	RUNS = 5,   /* the best of so many is told */
};

struct bench {
	struct bcm_chip *chip;
	uint8_t *mem;
	uint64_t now;
	uint64_t sent; /* frames that left */
	uint32_t send_prod, std_prod;
	uint8_t frame[1514];
	struct vfu_session session;
	int peer, file;
};

/* ---- the host --------------------------------------------------------- */

static uint8_t *at(struct bench *b, uint64_t iova, size_t len)
{
	return iova <= MEM && len <= MEM - iova ? b->mem + iova : NULL;
}

static int dma_read(void *ctx, unsigned int fn, uint64_t iova, void *buf,
		    size_t len)
{
	const uint8_t *p = at(ctx, iova, len);

	(void)fn;
	if (!p)
		return -EFAULT;
	memcpy(buf, p, len);
	return 0;
}

static int dma_write(void *ctx, unsigned int fn, uint64_t iova, const void *buf,
		     size_t len)
{
	uint8_t *p = at(ctx, iova, len);

	(void)fn;
	if (!p)
		return -EFAULT;
	memcpy(p, buf, len);
	return 0;
}

static void irq(void *ctx, unsigned int fn, enum bcm_irq how,
		unsigned int vector, bool level)
{
	(void)ctx;
	(void)fn;
	(void)how;
	(void)vector;
	(void)level;
}

static void frame_out(void *ctx, unsigned int fn, const void *frame, size_t len)
{
	(void)fn;
	(void)frame;
	(void)len;
	((struct bench *)ctx)->sent++;
}

static uint64_t now_ns(void *ctx)
{
	return ((struct bench *)ctx)->now;
}

static const struct bcm_ops ops = {
	.dma_read = dma_read,
	.dma_write = dma_write,
	.irq = irq,
	.frame_out = frame_out,
	.now_ns = now_ns,
};

static void run(struct bench *b)
{
	while (bcm_deadline(b->chip) <= b->now)
		bcm_run(b->chip);
}

static void wr(struct bench *b, uint32_t off, uint32_t val)
{
	bcm_write(b->chip, 0, BCM_BAR0, off, &val, 4);
}

static void cfg_wr(struct bench *b, uint32_t off, uint32_t val, size_t len)
{
	bcm_write(b->chip, 0, BCM_CONFIG, off, &val, len);
}

/* ---- set-up, with the values that tg3 writes -------------------------- */

static void sram_wr(struct bench *b, uint32_t where, uint32_t val)
{
	cfg_wr(b, 0x7c, where, 4);
	cfg_wr(b, 0x84, val, 4);
	cfg_wr(b, 0x7c, 0, 4);
}

static void sram_ring(struct bench *b, uint32_t where, uint32_t ring,
		      uint32_t size)
{
	sram_wr(b, where, 0);
	sram_wr(b, where + 4, ring);
	sram_wr(b, where + 8, size << 16);
}

static void fill_std(struct bench *b)
{
	for (uint32_t i = 0; i < STD_N; i++) {
		uint8_t *bd = b->mem + STD + 32 * i;

		le_put(bd, 8, (uint64_t)(BUFFERS + 0x800 * i) << 32);
		le_put(bd + 8, 4, i << 16 | 1536);
		le_put(bd + 12, 4, 4);
		le_put(bd + 28, 4, 0x10000 | i);
	}
}

static void rings_up(struct bench *b)
{
	fill_std(b);
	wr(b, 0x2450, 0);
	wr(b, 0x2454, STD);
	wr(b, 0x2448, 2);
	wr(b, 0x2458, (uint32_t)STD_N << 16 | 1536 << 2);
	wr(b, 0x26c, b->std_prod = STD_N - 64);
	sram_ring(b, 0x200, RET, 4096);
	sram_ring(b, 0x100, SEND, SEND_N);
	wr(b, 0x410, 0x3417);
	wr(b, 0x414, 0xebf0dce3);
	wr(b, 0x43c, 1522);
	wr(b, 0x3c3c, STATUS);
}

/* Reset, rings, engines, interrupts: a card that is up with its link */
static void card_up(struct bench *b)
{
	static const uint32_t mode[] = {0x3000, 0x2000, 0x4c00, 0x4800, 0x2800,
					0x1000, 0x1c00, 0x2c00, 0x2400, 0x0c00,
					0x1800, 0x1400, 0x045c};

	cfg_wr(b, 0x04, 0x0406, 2);
	cfg_wr(b, 0x68, 0x29a, 4);
	wr(b, 0x6804, 0x20000001);
	run(b);
	cfg_wr(b, 0x04, 0x0406, 2);
	cfg_wr(b, 0x68, 0x29a, 4);
	wr(b, 0x6800, 0x041b0034);
	rings_up(b);
	wr(b, 0x3c00, 0x2 | 0x704);
	wr(b, 0x400, 0x00e04808 | 0x9000);
	for (size_t i = 0; i < ARRAY_SIZE(mode); i++)
		wr(b, mode[i], 2);
	wr(b, 0x468, 0x01000002);
	cfg_wr(b, 0x68, 0x298, 4);
	wr(b, 0x204, 0);
	bcm_irq_wire(b->chip, 0, BCM_IRQ_MSIX);
	b->now += 1000000000;
	run(b);
}

/* TCP over IPv4 to the card's own address, so that either way takes it */
static void make_frame(struct bench *b)
{
	static const uint8_t head[] = {
		0x34, 0x17, 0xeb, 0xf0, 0xdc, 0xe3, 2, 0,    0, 0,  0, 1, 8,
		0,    0x45, 0,    5,    0xdc, 0,    1, 0x40, 0, 64, 6, 0, 0,
		10,   0,    2,    15,   10,   0,    2, 2,    0, 80, 0, 80};

	for (size_t i = 0; i < sizeof(b->frame); i++)
		b->frame[i] = (uint8_t)(i * 7);
	memcpy(b->frame, head, sizeof(head));
	memcpy(b->mem + FRAMES, b->frame, sizeof(b->frame));
}

static int session_read(void *ctx, uint32_t region, uint64_t off, void *buf,
			size_t len)
{
	return bcm_read(((struct bench *)ctx)->chip, 0, (enum bcm_region)region,
			off, buf, len);
}

static const struct vfu_ops session_ops = {.read = session_read};

static void session_up(struct bench *b)
{
	static struct vfu_dev dev;
	int fd[2];

	dev = (struct vfu_dev){
		.region = {[0] = {BCM_BAR_SIZE, VFIO_REGION_INFO_FLAG_READ}},
		.ops = &session_ops,
		.ctx = b,
		.name = "bench"};
	b->file = memfd_create("bench", MFD_CLOEXEC);
	if (b->file < 0 || ftruncate(b->file, 1 << 30) ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) ||
	    vfu_session_open(&b->session, fd[0], &dev))
		err(1, "session");
	b->session.open = true;
	b->peer = fd[1];
}

static void bench_up(struct bench *b)
{
	struct bcm_options o = bcm_options_default();

	*b = (struct bench){.mem = calloc(1, MEM), .now = 1000};
	b->chip = bcm_create(&ops, b, &o);
	if (!b->mem || !b->chip)
		err(1, "memory");
	card_up(b);
	make_frame(b);
	session_up(b);
}

static void bench_down(struct bench *b)
{
	vfu_session_close(&b->session);
	close(b->peer);
	close(b->file);
	bcm_destroy(b->chip);
	free(b->mem);
}

/* ---- figures ---------------------------------------------------------- */

#define FIGURE static __attribute__((noinline)) void

static void read_often(struct bench *b, enum bcm_region r, uint32_t off,
		       unsigned n)
{
	uint32_t v;

	while (n--)
		bcm_read(b->chip, 0, r, off, &v, 4);
}

FIGURE figure_read_plain(struct bench *b, unsigned n)
{
	read_often(b, BCM_BAR0, 0x2450, n);
}

FIGURE figure_read_mac_status(struct bench *b, unsigned n)
{
	read_often(b, BCM_BAR0, 0x460, n);
}

FIGURE figure_read_sram(struct bench *b, unsigned n)
{
	read_often(b, BCM_BAR0, 0x8000 + 0x100, n);
}

FIGURE figure_read_config(struct bench *b, unsigned n)
{
	read_often(b, BCM_CONFIG, 4, n);
}

FIGURE figure_read_ape(struct bench *b, unsigned n)
{
	read_often(b, BCM_BAR2, 0x4000, n);
}

/* As the server does it: a run of the chip when there is something to do */
FIGURE figure_write_plain(struct bench *b, unsigned n)
{
	while (n--) {
		wr(b, 0x4004, n);
		run(b);
	}
}

FIGURE figure_write_irq_mailbox(struct bench *b, unsigned n)
{
	while (n--) {
		wr(b, 0x204, 0);
		run(b);
	}
}

static void send_frames(struct bench *b, unsigned n, uint32_t len)
{
	while (n) {
		unsigned some = n < BATCH ? n : BATCH;

		for (unsigned i = 0; i < some; i++) {
			uint8_t *bd = b->mem + SEND + 16 * b->send_prod;

			le_put(bd, 8, (uint64_t)FRAMES << 32);
			le_put(bd + 8, 8, len << 16 | 4);
			b->send_prod = (b->send_prod + 1) % SEND_N;
		}
		wr(b, 0x304, b->send_prod);
		run(b);
		n -= some;
	}
}

FIGURE figure_send_64(struct bench *b, unsigned n)
{
	send_frames(b, n, 64);
}

FIGURE figure_send_1514(struct bench *b, unsigned n)
{
	send_frames(b, n, 1514);
}

static void receive_frames(struct bench *b, unsigned n, size_t len)
{
	for (unsigned i = 1; i <= n; i++) {
		bcm_frame_in(b->chip, 0, b->frame, len);
		if (i % BATCH && i < n)
			continue;
		b->std_prod =
			(b->std_prod + (i % BATCH ? i % BATCH : BATCH)) % STD_N;
		wr(b, 0x26c, b->std_prod);
		wr(b, 0x284, (uint32_t)le_get(b->mem + STATUS + 16, 2));
		wr(b, 0x204, 0);
		run(b);
	}
}

FIGURE figure_receive_64(struct bench *b, unsigned n)
{
	receive_frames(b, n, 64);
}

FIGURE figure_receive_1514(struct bench *b, unsigned n)
{
	receive_frames(b, n, 1514);
}

/* The client's two system calls are in it, no change of thread */
FIGURE figure_message_read(struct bench *b, unsigned n)
{
	struct userwire_header h = {.cmd = USERWIRE_REGION_READ, .size = 32};
	struct userwire_access a = {.offset = 0x2450, .count = 4};
	uint8_t msg[64];

	memcpy(msg, &h, sizeof(h));
	memcpy(msg + sizeof(h), &a, sizeof(a));
	while (n--) {
		uint8_t reply[64];

		if (send(b->peer, msg, 32, 0) != 32 ||
		    vfu_session_step(&b->session) != 1 ||
		    recv(b->peer, reply, sizeof(reply), 0) != 36)
			errx(1, "message");
	}
}

/* A page with a descriptor, at falling addresses: the worst for a table */
FIGURE figure_map_page(struct bench *b, unsigned n)
{
	struct userwire_unmap u = {.argsz = sizeof(u),
				   .flags = USERWIRE_UNMAP_ALL};

	for (uint64_t i = n; i > 0; i--) {
		struct userwire_map m = {.argsz = sizeof(m),
					 .flags = 3,
					 .iova = i << 12,
					 .offset = (i * 7919 & 0x3ffff) << 12,
					 .size = 4096};

		if (vfu_dma_map(&b->session.dma, &m, b->file))
			errx(1, "map");
	}
	if (vfu_dma_unmap(&b->session.dma, &u))
		errx(1, "unmap");
}

/* clang-format off */
static const struct figure {
	const char *name;
	void (*run)(struct bench *b, unsigned n);
	unsigned n;
	unsigned goal_ns; /* 0: none */
} figures[] = {
	{"read-plain",        figure_read_plain,        200000, 2000},
	{"read-mac-status",   figure_read_mac_status,   200000, 2000},
	{"read-sram",         figure_read_sram,         200000, 2000},
	{"read-config",       figure_read_config,       200000, 2000},
	{"read-ape",          figure_read_ape,          200000, 2000},
	{"write-plain",       figure_write_plain,       200000, 2000},
	{"write-irq-mailbox", figure_write_irq_mailbox, 200000, 2000},
	{"send-64",           figure_send_64,           100000, 1000},
	{"send-1514",         figure_send_1514,         100000, 0},
	{"receive-64",        figure_receive_64,        100000, 1000},
	{"receive-1514",      figure_receive_1514,      100000, 0},
	{"message-read",      figure_message_read,      50000,  0},
	{"map-page",          figure_map_page,          65536,  0},
};
/* clang-format on */

static double best_of(struct bench *b, const struct figure *f)
{
	double best = 1e18;

	for (unsigned i = 0; i < RUNS; i++) {
		uint64_t start = clock_now_ns();
		double ns;

		f->run(b, f->n);
		ns = (double)(clock_now_ns() - start) / f->n;
		best = ns < best ? ns : best;
	}
	return best;
}

static int only(struct bench *b, const char *name, const char *count)
{
	for (size_t i = 0; i < ARRAY_SIZE(figures); i++)
		if (!strcmp(figures[i].name, name)) {
			figures[i].run(b, (unsigned)strtoul(count, NULL, 10));
			return 0;
		}
	errx(1, "%s: no such figure; without arguments all are shown", name);
}

int main(int argc, char **argv)
{
	static struct bench b;

	bench_up(&b);
	if (argc == 3)
		return only(&b, argv[1], argv[2]);
	for (size_t i = 0; i < ARRAY_SIZE(figures); i++) {
		const struct figure *f = &figures[i];

		printf("%-18s %8.0f ns", f->name, best_of(&b, f));
		if (f->goal_ns)
			printf("   goal %u", f->goal_ns);
		putchar('\n');
	}
	if (b.sent < 100000)
		errx(1, "the card is not up: %llu frames left",
		     (unsigned long long)b.sent);
	bench_down(&b);
	return 0;
}
