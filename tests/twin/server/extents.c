/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A list of blocks of extents: a tree of two levels.
 *
 * A position is a block and an index in it; one behind a block's last extent
 * is where something can be inserted, never where something is.
 */
#include "tests/twin/server/extents.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

enum { BLOCK = 128 };

struct vfu_block {
	size_t n; /* 1..BLOCK */
	struct vfu_extent e[BLOCK];
};

struct pos {
	size_t b, i;
};

void vfu_extents_fini(struct vfu_extents *x)
{
	free(x->pool);
	free(x->order);
	x->pool = NULL;
	x->order = NULL;
	x->nblocks = x->cap = x->n = 0;
}

static struct vfu_block *block(const struct vfu_extents *x, size_t b)
{
	return &x->pool[x->order[b]];
}

static void tell(struct vfu_extents *x, struct vfu_file *file, int change)
{
	if (x->count)
		x->count(x->ctx, file, change);
}

/* The last block that starts at or below @a; the first when none does */
static size_t block_of(const struct vfu_extents *x, uint64_t a)
{
	size_t lo = 0;
	size_t hi = x->nblocks;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (block(x, mid)->e[0].iova > a)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo ? lo - 1 : 0;
}

/* Where an extent that starts at @a belongs: behind all up to and with @a */
static struct pos above(const struct vfu_extents *x, uint64_t a)
{
	struct pos p = {.b = block_of(x, a)};
	size_t hi = x->nblocks ? block(x, p.b)->n : 0;

	while (p.i < hi) {
		size_t mid = p.i + (hi - p.i) / 2;

		if (block(x, p.b)->e[mid].iova > a)
			hi = mid;
		else
			p.i = mid + 1;
	}
	return p;
}

/* @p, or the start of the next block if it is behind its block's end */
static struct pos settled(const struct vfu_extents *x, struct pos p)
{
	if (p.b < x->nblocks && p.i == block(x, p.b)->n)
		return (struct pos){.b = p.b + 1};
	return p;
}

/* The extent at @p, which is settled; NULL behind all of them */
static struct vfu_extent *at(const struct vfu_extents *x, struct pos p)
{
	return p.b < x->nblocks ? &block(x, p.b)->e[p.i] : NULL;
}

/* The extent before @p, which above() made: it is in the same block */
static struct vfu_extent *before(const struct vfu_extents *x, struct pos p)
{
	return p.i ? &block(x, p.b)->e[p.i - 1] : NULL;
}

const struct vfu_extent *vfu_extents_find(const struct vfu_extents *x,
					  uint64_t iova)
{
	const struct vfu_extent *e = before(x, above(x, iova));

	return e && iova <= e->last ? e : NULL;
}

/* The first extent with a byte in @iova..@last and where it is, or NULL */
static struct vfu_extent *first_in(const struct vfu_extents *x, uint64_t iova,
				   uint64_t last, struct pos *p)
{
	struct vfu_extent *e;

	*p = above(x, iova);
	e = before(x, *p);
	if (e && e->last >= iova) {
		p->i--;
		return e;
	}
	*p = settled(x, *p);
	e = at(x, *p);
	return e && e->iova <= last ? e : NULL;
}

/* Does @b go on where @a ends, in space, file and rights? */
static bool continues(const struct vfu_extent *a, const struct vfu_extent *b)
{
	if (a->last + 1 != b->iova || a->file != b->file || a->prot != b->prot)
		return false;
	return !a->file || a->off + (b->iova - a->iova) == b->off;
}

static int grow(struct vfu_extents *x)
{
	size_t cap = x->cap ? 2 * x->cap : 4;
	uint32_t *order = realloc(x->order, cap * sizeof(*order));
	struct vfu_block *pool;

	if (!order)
		return -ENOMEM;
	x->order = order;
	pool = realloc(x->pool, cap * sizeof(*pool));
	if (!pool)
		return -ENOMEM;
	x->pool = pool;
	for (; x->cap < cap; x->cap++)
		order[x->cap] = (uint32_t)x->cap;
	return 0;
}

/* A block more, at index @b; @n extents of it are the caller's */
static int new_block(struct vfu_extents *x, size_t b, size_t n)
{
	uint32_t new;

	if (x->nblocks == x->cap && grow(x))
		return -ENOMEM;
	new = x->order[x->nblocks];
	memmove(&x->order[b + 1], &x->order[b], (x->nblocks - b) * sizeof(new));
	x->order[b] = new;
	x->nblocks++;
	block(x, b)->n = n;
	return 0;
}

static void drop_block(struct vfu_extents *x, size_t b)
{
	uint32_t old = x->order[b];

	x->nblocks--;
	memmove(&x->order[b], &x->order[b + 1], (x->nblocks - b) * sizeof(old));
	x->order[x->nblocks] = old;
}

/*
 * Room for one more at @p: half of a full block moves to a new one, or, when
 * @p is behind the last of all (addresses that rise), nothing does.
 */
static int make_room(struct vfu_extents *x, struct pos *p)
{
	struct vfu_block *b;
	size_t keep = BLOCK / 2;

	if (!x->nblocks)
		return new_block(x, 0, 0);
	if (block(x, p->b)->n < BLOCK)
		return 0;
	if (p->i == BLOCK && p->b + 1 == x->nblocks)
		keep = BLOCK;
	if (new_block(x, p->b + 1, BLOCK - keep))
		return -ENOMEM;
	b = block(x, p->b);
	memcpy(block(x, p->b + 1)->e, &b->e[keep],
	       (BLOCK - keep) * sizeof(b->e[0]));
	b->n = keep;
	if (p->i > keep || keep == BLOCK)
		*p = (struct pos){p->b + 1, p->i - keep};
	return 0;
}

static int insert(struct vfu_extents *x, struct pos p, struct vfu_extent e)
{
	struct vfu_block *b;

	if (x->n == VFU_EXTENTS)
		return -ENOSPC;
	if (make_room(x, &p))
		return -ENOMEM;
	b = block(x, p.b);
	memmove(&b->e[p.i + 1], &b->e[p.i], (b->n - p.i) * sizeof(e));
	b->e[p.i] = e;
	b->n++;
	x->n++;
	tell(x, e.file, 1);
	return 0;
}

static void erase(struct vfu_extents *x, struct pos p)
{
	struct vfu_block *b = block(x, p.b);

	tell(x, b->e[p.i].file, -1);
	b->n--;
	x->n--;
	memmove(&b->e[p.i], &b->e[p.i + 1], (b->n - p.i) * sizeof(b->e[0]));
	if (!b->n)
		drop_block(x, p.b);
}

int vfu_extents_add(struct vfu_extents *x, struct vfu_extent e)
{
	struct vfu_extent *prev, *next;
	struct pos p, q;

	if (e.last < e.iova)
		return -EINVAL;
	if (first_in(x, e.iova, e.last, &p))
		return -EEXIST;
	p = above(x, e.iova);
	q = settled(x, p);
	prev = before(x, p);
	next = at(x, q);
	if (next && e.last != UINT64_MAX && continues(&e, next)) {
		next->iova = e.iova;
		next->off = e.off;
		if (prev && continues(prev, next)) {
			prev->last = next->last;
			erase(x, q);
		}
		return 0;
	}
	if (prev && continues(prev, &e)) {
		prev->last = e.last;
		return 0;
	}
	return insert(x, p, e);
}

/* What of @e lies above @last, as an extent */
static struct vfu_extent above_of(const struct vfu_extent *e, uint64_t last)
{
	struct vfu_extent r = *e;

	r.iova = last + 1;
	r.off += r.iova - e->iova;
	return r;
}

/* Two of one: @e at @p keeps what lies below @iova, a new one above @last. */
static int split(struct vfu_extents *x, struct vfu_extent *e, struct pos p,
		 uint64_t iova, uint64_t last)
{
	struct vfu_extent tail = above_of(e, last);
	int rc;

	e->last = iova - 1;
	p.i++;
	rc = insert(x, p, tail);
	if (rc)
		e->last = tail.last; /* nothing has moved */
	return rc;
}

/* Remove @iova..@last from @e at @p, which has bytes of it */
static int cut_one(struct vfu_extents *x, struct vfu_extent *e, struct pos p,
		   uint64_t iova, uint64_t last)
{
	if (e->iova < iova && e->last > last)
		return split(x, e, p, iova, last);
	if (e->iova < iova)
		e->last = iova - 1;
	else if (e->last > last)
		*e = above_of(e, last);
	else
		erase(x, p);
	return 0;
}

int vfu_extents_cut(struct vfu_extents *x, uint64_t iova, uint64_t last,
		    uint64_t *bytes)
{
	struct vfu_extent *e;
	struct pos p;

	while ((e = first_in(x, iova, last, &p))) {
		uint64_t a = max_u64(e->iova, iova);
		uint64_t z = min_u64(e->last, last);
		int rc = cut_one(x, e, p, iova, last);

		if (rc)
			return rc;
		*bytes += z - a + 1;
	}
	return 0;
}
