/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Claims and accesses of any place and size: the bus hands each piece of an
 * access to him who claimed all of it, at the right offset, and answers for
 * nobody with all ones.  Compared with a list that is searched from its start.
 *
 * Input: steps of 12 bytes: what and which (1), size (1), a shift of the
 * address (1), length's shift (1), address or value (8).
 */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "vmm/dev/bus.h"

#define CLIENTS 16
#define STEP    12

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct bus bus;
static struct bus_client client[CLIENTS];
static struct range claimed[CLIENTS]; /* len 0: none */
static uint64_t last;                 /* of what clients were asked */
static uint64_t reads, writes;        /* that reached one */

/* Depends on all of it, so that a wrong offset or size shows */
static uint64_t mix(unsigned who, uint64_t off, unsigned size)
{
	return (who + 1) * UINT64_C(0x9e3779b97f4a7c15) ^
	       off * UINT64_C(0x100000001b3) ^ (uint64_t)size << 56;
}

static unsigned number(const void *opaque)
{
	return (unsigned)((const struct bus_client *)opaque - client);
}

static void check_access(unsigned who, uint64_t off, unsigned size)
{
	assert(size == 1 || size == 2 || size == 4 || size == 8);
	assert(claimed[who].len >= size && off <= claimed[who].len - size);
}

static uint64_t client_read(void *opaque, uint64_t off, unsigned size)
{
	unsigned who = number(opaque);

	check_access(who, off, size);
	reads++;
	return mix(who, off, size);
}

static void client_write(void *opaque, uint64_t off, unsigned size,
			 uint64_t val)
{
	unsigned who = number(opaque);

	check_access(who, off, size);
	assert(!(val & ~ones(size)));
	writes++;
	last = last * 31 + (mix(who, off, size) ^ val);
}

/* Who should serve [at, at + size)? -1: nobody */
static int owner(uint64_t at, unsigned size)
{
	for (int i = 0; i < CLIENTS; i++)
		if (claimed[i].len && at >= claimed[i].start &&
		    at - claimed[i].start < claimed[i].len &&
		    claimed[i].len - (at - claimed[i].start) >= size)
			return i;
	return -1;
}

static void claim(unsigned who, struct range r)
{
	int want = 0;
	int rc;

	if (claimed[who].len)
		return;
	if (!r.len || r.start > UINT64_MAX - (r.len - 1))
		want = -EINVAL;
	for (unsigned i = 0; !want && i < CLIENTS; i++)
		if (claimed[i].len &&
		    claimed[i].start <= r.start + (r.len - 1) &&
		    r.start <= claimed[i].start + (claimed[i].len - 1))
			want = -EEXIST;
	rc = bus_claim(&bus, r, &client[who]);
	assert(rc == want);
	if (!rc)
		claimed[who] = r;
}

static void release(unsigned who)
{
	if (claimed[who].len)
		bus_release(&bus, claimed[who].start);
	claimed[who].len = 0;
}

/* One access in pieces of 8, 4, 2 and 1, as bus.h says */
static void access_bus(uint64_t at, unsigned size, bool write, uint64_t val)
{
	uint64_t want = 0, expect = last, served = 0;

	for (unsigned done = 0, n; done < size; done += n) {
		int who;

		for (n = 8; n > size - done; n /= 2)
			;
		who = owner(at + done, n);
		served += who >= 0;
		if (who < 0) {
			want |= ones(n) << 8 * done;
			continue;
		}
		uint64_t off = at + done - claimed[who].start;

		want |= (mix((unsigned)who, off, n) & ones(n)) << 8 * done;
		expect = expect * 31 + (mix((unsigned)who, off, n) ^
					(val >> 8 * done & ones(n)));
	}
	reads = writes = 0;
	if (write) {
		bus_write(&bus, at, size, val);
		assert(last == expect && writes == served && !reads);
	} else {
		assert(bus_read(&bus, at, size) == want);
		assert(reads == served && !writes);
	}
}

static void step(const uint8_t b[STEP])
{
	unsigned who = b[0] >> 4;
	uint64_t at = le_get(b + 4, 8) >> (b[2] & 63);
	uint64_t len = le_get(b + 4, 8) << 8 >> (b[3] & 63);

	switch (b[0] & 3) {
	case 0:
		claim(who, (struct range){at, len});
		break;
	case 1:
		release(who);
		break;
	default: /* near the end of somebody's, as often as anywhere */
		if (b[0] & 4 && claimed[who].len)
			at = claimed[who].start + claimed[who].len -
			     (b[3] & 15);
		access_bus(at, 1 + b[1] % 8, b[0] & 1, le_get(b + 4, 8));
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	bus_init(&bus);
	memset(claimed, 0, sizeof(claimed));
	for (unsigned i = 0; i < CLIENTS; i++)
		client[i] = (struct bus_client){.read = client_read,
						.write = client_write,
						.opaque = &client[i],
						.name = "fuzz"};
	for (; len >= STEP; data += STEP, len -= STEP)
		step(data);
	bus_fini(&bus);
	return 0;
}
