/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same client on a real socket: framing in any pieces, replies to requests
 * of ours among its own, and an end anywhere.
 *
 * Input: pieces, each 1 byte N and then N bytes as they are on the wire (0: the
 * device wants 8 KiB of DMA; 255: our replies are read).  The session is past
 * VERSION, and IOVA 0 to 1 MiB is mapped without a file, so that DMA is by
 * message and takes pieces while it waits.  Region 0 can be mapped: questions
 * about it get a descriptor.
 */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"
#include "tests/twin/server/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { SIZE = 0x1000, DMA = 0x2000, MAPPED = 0x100000, STEPS = 1000 };

struct fuzz {
	struct vfu_session s;
	int peer;
	const uint8_t *data;
	size_t left;
	bool waiting; /* in DMA: no other is begun */
	uint8_t memory[SIZE];
};

static bool next_piece(struct fuzz *f);

static int on_read(void *ctx, uint32_t region, uint64_t off, void *buf,
		   size_t len)
{
	struct fuzz *f = ctx;

	assert(region == 0 && off < SIZE && len <= SIZE - off);
	memcpy(buf, f->memory + off, len);
	return 0;
}

static int on_write(void *ctx, uint32_t region, uint64_t off, const void *buf,
		    size_t len)
{
	struct fuzz *f = ctx;

	assert(region == 0 && off < SIZE && len <= SIZE - off);
	memcpy(f->memory + off, buf, len);
	return 0;
}

static int on_reset(void *ctx)
{
	(void)ctx;
	return 0;
}

static int on_wait(void *ctx, int ms)
{
	(void)ms;
	return next_piece(ctx) ? 0 : -EINTR;
}

static const struct vfu_ops ops = {
	.read = on_read,
	.write = on_write,
	.reset = on_reset,
	.wait = on_wait,
};

static void drain(struct fuzz *f)
{
	uint8_t buf[4096];

	while (recv(f->peer, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
}

static void step(struct fuzz *f)
{
	for (unsigned i = 0; vfu_session_step(&f->s) > 0; i++)
		assert(i < STEPS);
	assert(vfu_msg_waiting(&f->s) <= VFU_OUT_MAX + VFU_MSG_MAX);
}

static void dma(struct fuzz *f)
{
	static uint8_t buf[DMA];
	int rc;

	if (f->waiting)
		return;
	f->waiting = true;
	rc = vfu_session_dma(&f->s, f->left, buf, DMA, f->left & 1);
	f->waiting = false;
	assert(rc <= 0 && rc > -4096 && !f->s.in_handler);
}

/* Do what the next piece of the input says; false at its end */
static bool next_piece(struct fuzz *f)
{
	size_t n;

	if (!f->left)
		return false;
	n = *f->data++;
	f->left--;
	if (n == 255) {
		drain(f);
	} else if (!n) {
		dma(f);
	} else {
		n = min_u64(n, f->left);
		if (n &&
		    send(f->peer, f->data, n, MSG_NOSIGNAL | MSG_DONTWAIT) <
			    0 &&
		    errno == EPIPE)
			return false;
		f->data += n;
		f->left -= n;
	}
	step(f);
	return true;
}

static void begin(struct fuzz *f, const struct vfu_dev *dev)
{
	struct userwire_map m = {
		.argsz = sizeof(m), .flags = 3, .size = MAPPED};
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) ||
	    vfu_session_open(&f->s, fd[0], dev) ||
	    vfu_dma_map(&f->s.dma, &m, -1))
		abort();
	f->peer = fd[1];
	f->s.open = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct fuzz f;
	static struct vfu_dev dev;
	static const struct vfu_share share = {
		.fd = STDERR_FILENO, .nareas = 1, .area = {{0, SIZE}}};

	memset(&f, 0, sizeof(f));
	dev = (struct vfu_dev){
		.region = {[0] = {SIZE, VFIO_REGION_INFO_FLAG_READ |
						VFIO_REGION_INFO_FLAG_WRITE}},
		.share = {&share},
		.irq = {{1, 7}, {8, 1}, {17, 1}, {1, 1}, {1, 1}},
		.ops = &ops,
		.ctx = &f,
		.name = "fuzz"};
	begin(&f, &dev);
	f.data = data;
	f.left = len;
	while (next_piece(&f))
		;
	close(f.peer);
	step(&f);
	assert(f.s.ended);
	vfu_session_close(&f.s);
	return 0;
}
