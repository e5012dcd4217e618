/* SPDX-License-Identifier: BSD-2-Clause */
/* Lies about what is in a message, and about what a device does. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"
#include "tests/lying/tell.h"

#define CAPS(more)                                                             \
	"{\"capabilities\":{\"max_msg_fds\":8,\"twin_socket\":{" more "}}}"

void tell_put(struct liar *l, const struct lie *lie)
{
	if (LIAR_HEAD + lie->a + lie->b <= l->out.len)
		le_put(l->out.p + LIAR_HEAD + lie->a, lie->b, lie->c);
}

void tell_config(struct liar *l, const struct lie *lie)
{
	le_put(l->dev.config + lie->a, lie->b, lie->c);
}

void tell_fill(struct liar *l, const struct lie *lie)
{
	memset(l->dev.config + lie->a, (int)lie->c, lie->b - lie->a);
}

void tell_region(struct liar *l, const struct lie *lie)
{
	struct userwire_region *r = &l->dev.region[lie->index];

	r->size = lie->a;
	if (lie->b)
		r->flags = (uint32_t)lie->b;
}

/* The body of VERSION anew: @n times @text */
static uint8_t *rewrite(struct liar *l, const char *text, uint64_t n,
			size_t nul)
{
	size_t len = strlen(text);
	uint8_t *b = liar_body(l, 4 + n * len + nul);

	for (uint64_t i = 0; i < n; i++)
		memcpy(b + 4 + i * len, text, len);
	return b;
}

void tell_json(struct liar *l, const struct lie *lie)
{
	rewrite(l, lie->text, 1, 1);
}

void tell_json_bare(struct liar *l, const struct lie *lie)
{
	rewrite(l, lie->text, 1, 0);
}

void tell_json_many(struct liar *l, const struct lie *lie)
{
	rewrite(l, lie->text, lie->a, 1);
}

/* a: 0 no descriptor, 1 index out of range, 2 no socket, 3 closed, 4 floods,
 * 5 says nonsense, 6 a datagram socket, 7 two of them, 8 half a header, 9 the
 * client's own end is kept, 10 fd_index is no number, 11 it is negative, 12 it
 * is our end of the first socket: the client meets itself */
void tell_twin(struct liar *l, const struct lie *lie)
{
	static const uint8_t junk[4096] = {1, 2, 3, 4};
	int type = lie->a == 6 ? SOCK_DGRAM : SOCK_STREAM;
	int pair[2];

	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair))
		liar_die("socketpair");
	rewrite(l,
		lie->a == 1    ? CAPS("\"supported\":true,\"fd_index\":9")
		: lie->a == 10 ? CAPS("\"supported\":true,\"fd_index\":\"0\"")
		: lie->a == 11 ? CAPS("\"supported\":true,\"fd_index\":-1")
			       : CAPS("\"supported\":true,\"fd_index\":0"),
		1, 1);
	if (lie->a == 12) {
		pair[1] = l->fd;
		l->out.after = AFTER_DEAF;
	}
	if (lie->a == 2)
		pair[1] = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (lie->a)
		l->out.fd[l->out.nfds++] = pair[1];
	if (lie->a == 7)
		l->out.fd[l->out.nfds++] = pair[1];
	l->twin = pair[0];
	l->out.close_fds = lie->a != 7 && lie->a != 9 && lie->a != 12;
	if (lie->a == 3) {
		close(pair[0]);
		l->twin = -1;
	}
	if (lie->a == 5)
		liar_raw(pair[0], junk, sizeof(junk));
	if (lie->a == 8)
		liar_raw(pair[0], junk, 8);
}

void tell_grow(struct liar *l, const struct lie *lie)
{
	l->grown += (unsigned)lie->a;
	le_put(l->out.p + LIAR_HEAD, 4,
	       le_get(l->out.p + LIAR_HEAD, 4) + l->grown);
}

void tell_shrink(struct liar *l, const struct lie *lie)
{
	if (ftruncate(l->dev.mem, (off_t)lie->a))
		liar_bug("BAR 2's file cannot be truncated: %s",
			 strerror(errno));
}

/* DMA */

static uint16_t dma_cmd(const struct lie *lie)
{
	return lie->text ? USERWIRE_DMA_WRITE : USERWIRE_DMA_READ;
}

void tell_dma(struct liar *l, const struct lie *lie)
{
	static const uint8_t data[REG_DATA_MAX];

	for (uint64_t i = 0; i < lie->c; i++)
		liar_ask(l, dma_cmd(lie), lie->a, lie->b, data);
}

static uint64_t ram_end(const struct device *d)
{
	uint64_t end = 0;

	for (unsigned i = 0; i < d->nmaps; i++)
		end = max_u64(end, d->map[i].iova + d->map[i].size);
	return end;
}

void tell_dma_ram(struct liar *l, const struct lie *lie)
{
	static const uint8_t data[REG_DATA_MAX];

	liar_ask(l, dma_cmd(lie), ram_end(&l->dev) + lie->a, lie->b, data);
}

void tell_dma_form(struct liar *l, const struct lie *lie)
{
	static uint8_t m[1 << 16];
	struct asked *a = liar_expect(l, USERWIRE_DMA_WRITE, lie->b);
	const struct userwire_header h = {
		.id = a->id,
		.cmd = a->cmd,
		.size = (uint32_t)(LIAR_HEAD + lie->a),
		.flags = (uint32_t)lie->c,
	};
	const struct userwire_dma dma = {0x100000, lie->b};

	a->want = ASKED_BAD;
	memcpy(m, &h, sizeof(h));
	memcpy(m + sizeof(h), &dma, sizeof(dma));
	liar_raw(l->fd, m, h.size);
	if (lie->c & USERWIRE_NO_REPLY)
		l->nasked--;
}

/* Sent in one go: a client that answers each at once gets stuck with us. */
void tell_flood(struct liar *l, const struct lie *lie)
{
	for (uint64_t i = 0; i < lie->a; i++)
		liar_ask(l, USERWIRE_DMA_READ, 0, lie->b, NULL);
}

/* It always has something to do, but not what it was asked for. */
void tell_for_ever(struct liar *l, const struct lie *lie)
{
	for (;;) {
		liar_ask(l, USERWIRE_DMA_READ, 0, lie->a, NULL);
		if (!liar_receive(l, l->fd))
			exit(0);
		liar_answered(l);
	}
}

/* Interrupts */

void tell_events(struct liar *l, const struct lie *lie)
{
	for (unsigned i = 0; i < VFIO_PCI_NUM_IRQS; i++)
		for (unsigned v = 0; v < LIAR_VECTORS; v++) {
			int fd = l->dev.event[i][v];

			if (fd >= 0 && lie->c)
				fcntl(fd, F_SETFL, 0);
			if (fd >= 0 && write(fd, &lie->a, 8) < 0 &&
			    errno != EAGAIN)
				liar_die("eventfd");
		}
}

void tell_storm(struct liar *l, const struct lie *lie)
{
	(void)lie;
	l->storm = true;
}

void tell_event_close(struct liar *l, const struct lie *lie)
{
	(void)lie;
	for (unsigned i = 0; i < VFIO_PCI_NUM_IRQS; i++)
		for (unsigned v = 0; v < LIAR_VECTORS; v++) {
			int *fd = &l->dev.event[i][v];

			if (*fd >= 0)
				close(*fd);
			*fd = -1;
		}
}

void tell_ram(struct liar *l, const struct lie *lie)
{
	static const char *const name[] = {"truncated", "sealed", "extended"};
	int fd = l->dev.ram;
	int rc;

	if (fd < 0)
		return;
	if (lie->a == 1)
		rc = fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE);
	else
		rc = ftruncate(fd, lie->a ? INT64_C(1) << 40 : 0);
	if (!rc)
		liar_bug("guest RAM could be %s", name[lie->a]);
}
