/* SPDX-License-Identifier: BSD-2-Clause */
/* A map from ranges to clients, and the counting that --stats shows. */
#include "vmm/dev/bus.h"

#include <errno.h>

#include "base/bytes.h"
#include "base/err.h"

void bus_init(struct bus *b)
{
	map_init(&b->map);
	b->nobody = (struct bus_client){.name = "nobody"};
}

void bus_fini(struct bus *b)
{
	map_fini(&b->map);
}

int bus_claim(struct bus *b, struct range r, struct bus_client *c)
{
	int rc = map_add(&b->map, r, c);

	if (rc)
		return err_set(rc, "%s: claim of 0x%llx, 0x%llx bytes: %s",
			       c->name, (unsigned long long)r.start,
			       (unsigned long long)r.len, err_name(rc));
	return 0;
}

void bus_release(struct bus *b, uint64_t start)
{
	map_del(&b->map, start);
}

/* Who serves all of the access; sets @off within the claim. */
static struct bus_client *find(struct bus *b, uint64_t addr, unsigned size,
			       uint64_t *off)
{
	const struct map_entry *e = map_find(&b->map, addr);

	if (!e || !range_in((struct range){addr, size}, e->r))
		return NULL;
	*off = addr - e->r.start;
	return e->val;
}

static uint64_t read_one(struct bus *b, uint64_t addr, unsigned size)
{
	uint64_t off;
	struct bus_client *c = find(b, addr, size, &off);

	if (!c) {
		b->nobody.reads++;
		return ones(size);
	}
	c->reads++;
	return c->read(c->opaque, off, size) & ones(size);
}

static void write_one(struct bus *b, uint64_t addr, unsigned size, uint64_t val)
{
	uint64_t off;
	struct bus_client *c = find(b, addr, size, &off);

	if (!c) {
		b->nobody.writes++;
		return;
	}
	c->writes++;
	c->write(c->opaque, off, size, val & ones(size));
}

/* The largest of 8, 4, 2, 1 that is not above @left: what a client serves */
static unsigned piece(unsigned left)
{
	unsigned n = 8;

	while (n > left)
		n /= 2;
	return n;
}

uint64_t bus_read(struct bus *b, uint64_t addr, unsigned size)
{
	uint64_t val = 0;
	unsigned n;

	for (unsigned done = 0; done < size && done < 8; done += n) {
		n = piece(size - done);
		val |= read_one(b, addr + done, n) << 8 * done;
	}
	return val;
}

void bus_write(struct bus *b, uint64_t addr, unsigned size, uint64_t val)
{
	unsigned n;

	for (unsigned done = 0; done < size && done < 8; done += n) {
		n = piece(size - done);
		write_one(b, addr + done, n, val >> 8 * done);
	}
}
