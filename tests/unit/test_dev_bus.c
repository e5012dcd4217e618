/* SPDX-License-Identifier: BSD-2-Clause */
/* What a client of the bus gets to see of a guest's access. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "vmm/dev/bus.h"

static struct bus bus;
static uint8_t space[16];
static char said[256]; /* "r10/4 w12/2 ..." */

static void say(char what, uint64_t off, unsigned size)
{
	size_t n = strlen(said);

	snprintf(said + n, sizeof(said) - n, "%c%llx/%u ", what,
		 (unsigned long long)off, size);
}

static uint64_t client_read(void *opaque, uint64_t off, unsigned size)
{
	(void)opaque;
	say('r', off, size);
	return le_get(space + off, size) | ~ones(size);
}

static void client_write(void *opaque, uint64_t off, unsigned size,
			 uint64_t val)
{
	(void)opaque;
	say('w', off, size);
	le_put(space + off, size, val);
}

static struct bus_client client = {.read = client_read, .write = client_write};

static void setup(void)
{
	said[0] = '\0';
	for (unsigned i = 0; i < sizeof(space); i++)
		space[i] = (uint8_t)i;
	bus_init(&bus);
	cr_assert_eq(bus_claim(&bus, (struct range){0x100, 16}, &client), 0);
}

static void teardown(void)
{
	bus_fini(&bus);
}

TestSuite(dev_bus, .init = setup, .fini = teardown);

Test(dev_bus, sizes_that_clients_know_come_whole)
{
	cr_assert_eq(bus_read(&bus, 0x101, 1), 0x01);
	cr_assert_eq(bus_read(&bus, 0x102, 2), 0x0302);
	cr_assert_eq(bus_read(&bus, 0x103, 4), 0x06050403);
	cr_assert_eq(bus_read(&bus, 0x108, 8), 0x0f0e0d0c0b0a0908);
	cr_assert_str_eq(said, "r1/1 r2/2 r3/4 r8/8 ");
}

/* halves of an access that crossed a page; five bytes overran a buffer once */
Test(dev_bus, other_sizes_come_in_pieces)
{
	cr_assert_eq(bus_read(&bus, 0x100, 3), 0x020100);
	cr_assert_eq(bus_read(&bus, 0x100, 5), 0x0403020100);
	cr_assert_eq(bus_read(&bus, 0x100, 6), 0x050403020100);
	cr_assert_eq(bus_read(&bus, 0x101, 7), 0x07060504030201);
	cr_assert_str_eq(said, "r0/2 r2/1 r0/4 r4/1 r0/4 r4/2 r1/4 r5/2 r7/1 ");
	said[0] = '\0';
	bus_write(&bus, 0x103, 7, 0xa7a6a5a4a3a2a1);
	cr_assert_str_eq(said, "w3/4 w7/2 w9/1 ");
	cr_assert_eq(le_get(space + 3, 8), 0x0aa7a6a5a4a3a2a1);
}

Test(dev_bus, nobody_reads_all_ones)
{
	cr_assert_eq(bus_read(&bus, 0x10e, 4), 0xffffffff, "over the end");
	cr_assert_eq(bus_read(&bus, 0, 8), UINT64_MAX);
	cr_assert_eq(bus_read(&bus, 0, 5), 0xffffffffff);
	bus_write(&bus, 0x10e, 4, 0);
	cr_assert_eq(space[0xf], 0xf);
	cr_assert_eq(bus.nobody.writes, 1);
	cr_assert_str_eq(said, "");
}
