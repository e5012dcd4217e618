/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the device does by itself: DMA, always by message and never through the
 * memory that it was given, and interrupts.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "tests/lying/liar.h"

/* Interrupts */

void liar_fire(struct liar *l, unsigned index, unsigned vector)
{
	const uint64_t one = 1;
	int fd;

	if (index >= VFIO_PCI_NUM_IRQS || vector >= LIAR_VECTORS)
		return;
	fd = l->dev.event[index][vector];
	if (fd >= 0 && write(fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		liar_die("eventfd: %s", strerror(errno));
}

void liar_fire_all(struct liar *l)
{
	for (unsigned i = 0; i < VFIO_PCI_NUM_IRQS; i++)
		for (unsigned v = 0; v < LIAR_VECTORS; v++)
			liar_fire(l, i, v);
}

static void intx_update(struct liar *l)
{
	struct device *d = &l->dev;

	if (!d->intx_asserted || d->intx_masked)
		return;
	d->intx_masked = true;
	liar_fire(l, VFIO_PCI_INTX_IRQ_INDEX, 0);
}

static void intx_set(struct liar *l, bool on)
{
	uint8_t *status = &l->dev.config[6];

	l->dev.intx_asserted = on;
	*status = (uint8_t)((*status & ~8) | (on ? 8 : 0));
	intx_update(l);
}

static void set_event(struct device *d, const struct userwire_irq_set *s,
		      uint32_t v, int fd)
{
	int *e = &d->event[s->index][v];

	if (*e >= 0)
		close(*e);
	*e = fd;
}

static uint32_t trigger(struct liar *l, const struct userwire_irq_set *s)
{
	struct device *d = &l->dev;
	bool some = l->in_nfds;

	if (s->flags & VFIO_IRQ_SET_DATA_NONE) {
		if (s->count)
			return EINVAL;
		for (uint32_t v = 0; v < LIAR_VECTORS; v++)
			set_event(d, s, v, -1);
		return 0;
	}
	if (some && l->in_nfds != s->count)
		liar_bug("SET_IRQS: count %u with %u descriptors", s->count,
			 l->in_nfds);
	for (uint32_t v = 0; v < s->count; v++)
		set_event(d, s, s->start + v, some ? dup(l->in_fd[v]) : -1);
	return 0;
}

uint32_t liar_set_irqs(struct liar *l)
{
	struct device *d = &l->dev;
	struct userwire_irq_set s;

	if (l->in_len < sizeof(s))
		liar_bug("SET_IRQS of %zu bytes", l->in_len);
	memcpy(&s, l->in, sizeof(s));
	if (s.index >= VFIO_PCI_NUM_IRQS || s.start > LIAR_VECTORS ||
	    s.count > LIAR_VECTORS - s.start)
		return EINVAL;
	if (s.flags & VFIO_IRQ_SET_ACTION_TRIGGER)
		return trigger(l, &s);
	d->intx_masked = s.flags & VFIO_IRQ_SET_ACTION_MASK;
	intx_update(l);
	return 0;
}

/* DMA */

/* Is all of it in what the client mapped?  Pieces may follow one another. */
static bool mapped(const struct device *d, uint64_t iova, uint64_t count)
{
	while (count) {
		uint64_t did = 0;

		for (unsigned i = 0; i < d->nmaps && !did; i++) {
			uint64_t off = iova - d->map[i].iova;

			if (iova >= d->map[i].iova && off < d->map[i].size)
				did = min_u64(d->map[i].size - off, count);
		}
		if (!did)
			return false;
		iova += did;
		count -= did;
	}
	return true;
}

struct asked *liar_expect(struct liar *l, uint16_t cmd, uint64_t count)
{
	struct asked *a = &l->asked[l->nasked];

	if (l->nasked == LIAR_ASKED)
		liar_die("too many requests at once");
	l->nasked++;
	*a = (struct asked){.id = ++l->next_id, .cmd = cmd, .count = count};
	return a;
}

void liar_ask(struct liar *l, uint16_t cmd, uint64_t iova, uint64_t count,
	      const void *data)
{
	size_t more = cmd == USERWIRE_DMA_WRITE ? count : 0;
	struct asked *a = liar_expect(l, cmd, count);
	struct {
		struct userwire_header head;
		struct userwire_dma dma;
		uint8_t data[REG_DATA_MAX];
	} m = {
		.head = {.id = a->id, .cmd = cmd},
		.dma = {iova, count},
	};

	if (more > sizeof(m.data))
		more = sizeof(m.data);
	m.head.size = (uint32_t)(sizeof(m.head) + sizeof(m.dma) + more);
	if (more && data)
		memcpy(m.data, data, more);
	a->want = ASKED_BAD;
	if (!count || !l->dev.nmaps) /* not told yet, or just taken back */
		a->want = ASKED_ANY;
	else if (count <= l->xfer && mapped(&l->dev, iova, count) &&
		 (!more || more == count))
		a->want = ASKED_GOOD;
	liar_raw(l->twin >= 0 ? l->twin : l->fd, &m, m.head.size);
}

static void engine_done(struct liar *l, const struct asked *a, uint32_t err)
{
	uint8_t *reg = l->dev.reg;

	if (!err && a->cmd == USERWIRE_DMA_READ)
		memcpy(reg + REG_DATA, l->in + sizeof(struct userwire_dma),
		       a->count);
	le_put(reg + REG_STATUS, 4, err ? 1u << 31 | err : 2);
}

static struct asked *find(struct liar *l, uint16_t id)
{
	for (unsigned i = 0; i < l->nasked; i++)
		if (l->asked[i].id == id)
			return &l->asked[i];
	if (l->lenient)
		return NULL;
	liar_bug("a reply to %u, which was not asked", id);
}

/* Is the reply, of @body bytes unless it is an error, what it must be? */
static void judge(const struct liar *l, const struct asked *a, uint32_t err,
		  size_t body)
{
	if (l->head.cmd != a->cmd)
		liar_bug("a reply to command %u that says %u", a->cmd,
			 l->head.cmd);
	if (!err && l->in_len != body)
		liar_bug("command %u: a reply of %zu bytes, not %zu", a->cmd,
			 l->in_len, body);
	if (!err != (a->want == ASKED_GOOD) && a->want != ASKED_ANY)
		liar_bug("command %u, %llu bytes: errno %u", a->cmd,
			 (unsigned long long)a->count, err);
}

void liar_answered(struct liar *l)
{
	struct asked *p = find(l, l->head.id), a;
	size_t body = sizeof(struct userwire_dma);
	uint32_t err = 0;

	if (!p) /* we were lenient */
		return;
	a = *p;
	*p = l->asked[--l->nasked];
	if (l->head.flags & USERWIRE_ERROR)
		err = l->head.err ? l->head.err : EIO;
	if (a.cmd == USERWIRE_DMA_READ)
		body += a.count;
	if (!l->lenient)
		judge(l, &a, err, body);
	else if (!err && l->in_len != body)
		err = EIO;
	if (a.engine)
		engine_done(l, &a, err);
}

static void engine_go(struct liar *l, uint32_t how)
{
	uint8_t *reg = l->dev.reg;
	uint32_t count = (uint32_t)le_get(reg + REG_COUNT, 4);

	if (count > REG_DATA_MAX || how < 1 || how > 2) {
		le_put(reg + REG_STATUS, 4, 1u << 31 | EINVAL);
		return;
	}
	le_put(reg + REG_STATUS, 4, 1);
	liar_ask(l, how == 1 ? USERWIRE_DMA_READ : USERWIRE_DMA_WRITE,
		 le_get(reg + REG_IOVA, 8), count, reg + REG_DATA);
	l->asked[l->nasked - 1].engine = true;
}

static bool touches(uint64_t off, size_t len, uint64_t reg)
{
	return off <= reg && reg < off + len;
}

void liar_engine_write(struct liar *l, uint64_t off, size_t len)
{
	uint8_t *reg = l->dev.reg;
	uint32_t fire = (uint32_t)le_get(reg + REG_FIRE, 4);

	if (touches(off, len, REG_GO))
		engine_go(l, (uint32_t)le_get(reg + REG_GO, 4));
	if (touches(off, len, REG_DROP))
		intx_set(l, false);
	if (!touches(off, len, REG_FIRE))
		return;
	if (fire >> 8 == VFIO_PCI_INTX_IRQ_INDEX)
		intx_set(l, true);
	else
		liar_fire(l, fire >> 8, fire & 0xff);
}

void liar_engine_reset(struct liar *l)
{
	memset(l->dev.reg + REG_SCRATCH, 0, REG_BYTES - REG_SCRATCH);
	l->dev.config[4] = l->dev.config[5] = 0;
	l->dev.config[CFG_PM + 4] = 0;
	intx_set(l, false);
}
