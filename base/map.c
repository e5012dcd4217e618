/* SPDX-License-Identifier: BSD-2-Clause */
/* Sorted array of ranges with binary search. */
#include "base/map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void map_init(struct map *m)
{
	*m = (struct map){0};
}

void map_fini(struct map *m)
{
	free(m->v);
	map_init(m);
}

/* Index of the first entry that starts above @a; @m->n when none does. */
static size_t above(const struct map *m, uint64_t a)
{
	size_t lo = 0;
	size_t hi = m->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (m->v[mid].r.start > a)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

const struct map_entry *map_find(const struct map *m, uint64_t a)
{
	size_t i = above(m, a);

	if (i == 0 || !range_has(m->v[i - 1].r, a))
		return NULL;
	return &m->v[i - 1];
}

const struct map_entry *map_overlap(const struct map *m, struct range r)
{
	size_t i = above(m, r.start);

	if (i > 0 && range_overlaps(m->v[i - 1].r, r))
		return &m->v[i - 1];
	if (i < m->n && range_overlaps(m->v[i].r, r))
		return &m->v[i];
	return NULL;
}

static int grow(struct map *m)
{
	size_t cap = m->cap ? 2 * m->cap : 8;
	struct map_entry *v = realloc(m->v, cap * sizeof(*v));

	if (!v)
		return -ENOMEM;
	m->v = v;
	m->cap = cap;
	return 0;
}

int map_add(struct map *m, struct range r, void *val)
{
	size_t i;

	if (r.len == 0 || !range_ok(r))
		return -EINVAL;
	if (map_overlap(m, r))
		return -EEXIST;
	if (m->n == m->cap && grow(m))
		return -ENOMEM;
	i = above(m, r.start);
	memmove(&m->v[i + 1], &m->v[i], (m->n - i) * sizeof(*m->v));
	m->v[i] = (struct map_entry){.r = r, .val = val};
	m->n++;
	return 0;
}

int map_del(struct map *m, uint64_t start)
{
	size_t i = above(m, start);

	if (i == 0 || m->v[i - 1].r.start != start)
		return -ENOENT;
	m->n--;
	memmove(&m->v[i - 1], &m->v[i], (m->n - i + 1) * sizeof(*m->v));
	return 0;
}
