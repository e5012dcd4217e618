/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DMA to ranges that came without a file: requests to the client, which here
 * is a thread that answers as the test wants.
 */
#include "tests/unit/test_vfu.h"

#include <pthread.h>

#include "base/clock.h"

enum { IOVA = 0x100000, SIZE = 0x100000 };

/* How the client behaves */
struct client {
	struct vt *t;
	enum how {
		GOOD,
		READ_FIRST, /* asks for a register before it answers */
		FAIL,
		FAIL_ZERO,
		SLOW,
		SHORT,
		OTHER_IOVA,
		OTHER_ID,
		BARE,
		VANISH,
	} how;
	uint8_t mem[SIZE];
	unsigned requests;
	size_t largest;
	unsigned register_value;
	pthread_t thread;
};

static bool whole(int fd, void *p, size_t len)
{
	return recv(fd, p, len, MSG_WAITALL) == (ssize_t)len;
}

static void answer(struct client *c, const struct userwire_header *h,
		   struct userwire_dma d)
{
	bool read = h->cmd == USERWIRE_DMA_READ;
	static uint8_t msg[VFU_MSG_MAX];
	struct userwire_header r = {
		.id = h->id, .cmd = h->cmd, .flags = USERWIRE_REPLY};
	size_t data = read ? (size_t)d.count : 0;

	if (read)
		memcpy(msg + 32, c->mem + (d.iova - IOVA), data);
	if (c->how == SHORT)
		data--;
	r.size = (uint32_t)(32 + data);
	if (c->how == OTHER_IOVA)
		d.iova++;
	if (c->how == BARE)
		r.size = 16;
	if (c->how == FAIL || c->how == FAIL_ZERO) {
		r.flags |= USERWIRE_ERROR;
		r.err = c->how == FAIL ? ENODEV : 0;
		r.size = 16;
	}
	if (c->how == OTHER_ID) {
		r.id++;
		memcpy(msg, &r, 16);
		memcpy(msg + 16, &d, 16);
		send(c->t->peer, msg, r.size, MSG_NOSIGNAL);
		r.id--;
	}
	memcpy(msg, &r, 16);
	memcpy(msg + 16, &d, 16);
	send(c->t->peer, msg, r.size, MSG_NOSIGNAL);
}

/* Ask for a register and wait for its value, as a vCPU would */
static void read_register(struct client *c)
{
	struct userwire_access a = {.offset = 8, .count = 4};
	struct userwire_header h;
	uint8_t msg[64];
	size_t n = vt_make(msg, 77, USERWIRE_REGION_READ, 0, &a, sizeof(a));

	send(c->t->peer, msg, n, MSG_NOSIGNAL);
	if (whole(c->t->peer, &h, 16) && h.id == 77 &&
	    h.flags == USERWIRE_REPLY && whole(c->t->peer, msg, 20))
		c->register_value = (unsigned)le_get(msg + 16, 4);
}

static void *run_client(void *arg)
{
	struct client *c = arg;
	struct userwire_header h;
	struct userwire_dma d;
	int fd = c->t->peer;

	while (whole(fd, &h, 16) && whole(fd, &d, 16)) {
		c->requests++;
		c->largest = max_u64(c->largest, d.count);
		if (c->how == VANISH) {
			shutdown(fd, SHUT_RDWR);
			return NULL;
		}
		if (h.cmd == USERWIRE_DMA_WRITE &&
		    !whole(fd, c->mem + (d.iova - IOVA), d.count))
			return NULL;
		if (c->how == SLOW)
			usleep(50000);
		if (c->how == READ_FIRST)
			read_register(c);
		answer(c, &h, d);
	}
	return NULL;
}

/* A session with a range that has no file, and its client in a thread */
static struct client *start(enum how how)
{
	struct userwire_map m = {32, 3, 0, IOVA, SIZE};
	struct client *c = calloc(1, sizeof(*c));

	c->t = vt_open();
	c->how = how;
	cr_assert_eq(vt_call(c->t, USERWIRE_DMA_MAP, &m, sizeof(m)), 0);
	cr_assert(!fcntl(c->t->peer, F_SETFL, 0));
	cr_assert(!pthread_create(&c->thread, NULL, run_client, c));
	return c;
}

static void finish(struct client *c)
{
	vfu_session_close(&c->t->s);
	pthread_join(c->thread, NULL);
	vt_close(c->t);
	free(c);
}

static int dma(struct client *c, uint64_t iova, void *buf, size_t len,
	       bool write)
{
	return vfu_session_dma(&c->t->s, iova, buf, len, write);
}

Test(test_vfu_remote, read_and_write)
{
	alarm(20);
	struct client *c = start(GOOD);
	char buf[16] = "written by chip";

	cr_assert_eq(dma(c, IOVA + 100, buf, 16, true), 0);
	cr_assert_str_eq((char *)c->mem + 100, "written by chip");
	memcpy(c->mem + 200, "read by the chip", 16);
	cr_assert_eq(dma(c, IOVA + 200, buf, 16, false), 0);
	cr_assert(!memcmp(buf, "read by the chip", 16));
	cr_assert_eq(c->requests, 2);
	finish(c);
}

Test(test_vfu_remote, long_access_goes_in_chunks)
{
	alarm(20);
	struct client *c = start(GOOD);
	uint8_t *buf = malloc(SIZE);

	for (size_t i = 0; i < SIZE; i++)
		c->mem[i] = (uint8_t)(i * 31 + i / 4096);
	cr_assert_eq(dma(c, IOVA, buf, SIZE, false), 0);
	cr_assert(!memcmp(buf, c->mem, SIZE));
	cr_assert_eq(c->requests, SIZE / VFU_REMOTE_CHUNK);
	cr_assert_eq(c->largest, 64 << 10);
	free(buf);
	finish(c);
}

Test(test_vfu_remote, clients_transfer_limit_is_kept)
{
	alarm(20);
	struct client *c = start(GOOD);
	uint8_t buf[1000];

	c->t->s.xfer_max = 256;
	cr_assert_eq(dma(c, IOVA, buf, sizeof(buf), false), 0);
	cr_assert_eq(c->requests, 4);
	cr_assert_eq(c->largest, 256);
	finish(c);
}

/* The client may be unable to answer before its own request is answered. */
Test(test_vfu_remote, register_read_while_a_dma_read_is_pending)
{
	alarm(20);
	struct client *c = start(READ_FIRST);
	uint32_t v = 0;

	le_put(c->t->hw.bar + 8, 4, 0x5720);
	memcpy(c->mem, "\1\2\3\4", 4);
	cr_assert_eq(dma(c, IOVA, &v, 4, false), 0);
	cr_assert_eq(v, 0x04030201);
	cr_assert_eq(c->register_value, 0x5720);
	finish(c);
}

Test(test_vfu_remote, never_inside_a_handler)
{
	alarm(20);
	struct client *c = start(GOOD);
	uint32_t v;

	c->t->s.in_handler = true;
	cr_assert_eq(dma(c, IOVA, &v, 4, false), -EDEADLK);
	c->t->s.in_handler = false;
	cr_assert_eq(c->requests, 0);
	finish(c);
}

Test(test_vfu_remote, client_that_refuses)
{
	alarm(20);
	struct client *c = start(FAIL);
	uint32_t v;

	cr_assert_eq(dma(c, IOVA, &v, 4, false), -ENODEV);
	c->how = FAIL_ZERO;
	cr_assert_eq(dma(c, IOVA, &v, 4, false), -EIO, "no errno told");
	c->how = GOOD;
	cr_assert_eq(dma(c, IOVA, &v, 4, false), 0, "goes on");
	finish(c);
}

Test(test_vfu_remote, reply_that_does_not_fit_the_request)
{
	alarm(20);
	static const enum how how[] = {SHORT, OTHER_IOVA, BARE};

	for (size_t i = 0; i < ARRAY_SIZE(how); i++) {
		struct client *c = start(how[i]);
		uint32_t v;

		cr_assert_eq(dma(c, IOVA, &v, 4, false), -EPROTO, "%d", how[i]);
		c->how = GOOD;
		cr_assert_eq(dma(c, IOVA, &v, 4, false), 0, "goes on");
		finish(c);
	}
}

Test(test_vfu_remote, bare_reply_to_a_write_is_fine)
{
	alarm(20);
	struct client *c = start(BARE);
	uint32_t v = 0;

	cr_assert_eq(dma(c, IOVA, &v, 4, true), 0);
	finish(c);
}

Test(test_vfu_remote, reply_with_another_id_is_passed_over)
{
	alarm(20);
	struct client *c = start(OTHER_ID);
	uint32_t v;

	memcpy(c->mem, "\1\2\3\4", 4);
	cr_assert_eq(dma(c, IOVA, &v, 4, false), 0);
	cr_assert_eq(v, 0x04030201);
	finish(c);
}

Test(test_vfu_remote, client_vanishes_instead_of_answering)
{
	alarm(20);
	struct client *c = start(VANISH);
	uint32_t v;

	cr_assert_eq(dma(c, IOVA, &v, 4, false), -ECONNRESET);
	cr_assert_eq(dma(c, IOVA, &v, 4, false), -ECONNRESET, "and stays gone");
	finish(c);
}

/* Each answer in time, but all together they would hold everybody up. */
Test(test_vfu_remote, slow_answers_add_up)
{
	alarm(20);
	struct client *c = start(SLOW);
	uint8_t *buf = malloc(SIZE);

	c->t->s.wait_ms = 300;
	cr_assert_eq(dma(c, IOVA, buf, SIZE, false), -ETIMEDOUT);
	cr_assert_leq(c->requests, 8);
	c->t->s.remote.waited = 0;
	usleep(100000);
	for (unsigned i = 0; i < 10 && vfu_session_step(&c->t->s) >= 0; i++)
		usleep(10000);
	cr_assert_eq(dma(c, IOVA, buf, 64, false), 0, "in the next pass");
	free(buf);
	finish(c);
}

/* For some time, then failure at once until the late answer is there */
Test(test_vfu_remote, client_that_never_answers)
{
	alarm(30);
	struct userwire_map m = {32, 3, 0, IOVA, SIZE};
	struct vt *t = vt_open();
	struct userwire_header r = {.size = 16,
				    .cmd = USERWIRE_DMA_READ,
				    .flags = USERWIRE_REPLY | USERWIRE_ERROR};
	uint64_t start = clock_now_ns();
	uint32_t v;

	cr_assert_eq(t->s.wait_ms, 5000, "as long as QEMU waits for us");
	t->s.wait_ms = 200;
	cr_assert_eq(vt_call(t, USERWIRE_DMA_MAP, &m, sizeof(m)), 0);
	cr_assert_eq(vfu_session_dma(&t->s, IOVA, &v, 4, false), -ETIMEDOUT);
	cr_assert_geq(clock_now_ns() - start, UINT64_C(199000000));
	cr_assert_lt(clock_now_ns() - start, UINT64_C(5000000000));
	cr_assert_eq(vfu_session_dma(&t->s, IOVA, &v, 4, false), -EIO);
	cr_assert(vt_receive(t));
	r.id = t->head.id;
	vt_send_raw(t, &r, sizeof(r), NULL, 0);
	vt_run(t);
	cr_assert_eq(t->s.remote.state, VFU_REMOTE_IDLE);
	cr_assert_eq(vt_call(t, USERWIRE_RESET, NULL, 0), 0, "goes on");
	vt_close(t);
}

Test(test_vfu_remote, access_over_the_border_of_file_and_none)
{
	alarm(20);
	struct client *c = start(GOOD);
	struct userwire_map m = {32, 3, 0, IOVA - VT_PAGE, VT_PAGE};
	int fd = memfd_create("t", 0);
	uint8_t msg[64];
	uint32_t v;

	cr_assert(!ftruncate(fd, VT_PAGE));
	cr_assert_eq(pwrite(fd, "ab", 2, VT_PAGE - 2), 2);
	memcpy(c->mem, "cd", 2);
	vt_send_raw(c->t, msg,
		    vt_make(msg, 1, USERWIRE_DMA_MAP, USERWIRE_NO_REPLY, &m,
			    sizeof(m)),
		    &fd, 1);
	vt_run(c->t);
	cr_assert_eq(dma(c, IOVA - 2, &v, 4, false), 0);
	cr_assert(!memcmp(&v, "abcd", 4));
	finish(c);
}
