/* SPDX-License-Identifier: BSD-2-Clause */
/* The debug-exit port: its one byte. */
#include "vmm/dev/exitport.h"

#include "vmm/dev/port.h"

static uint8_t get(void *dev, uint64_t off)
{
	(void)dev;
	(void)off;
	return 0xff;
}

static void put(void *dev, uint64_t off, uint8_t byte)
{
	struct exitport *e = dev;

	if (off == 0)
		e->stop(e->opaque, (struct stop){STOP_EXIT, byte});
}

void exitport_init(struct exitport *e, stop_fn *stop, void *opaque)
{
	e->stop = stop;
	e->opaque = opaque;
}

uint32_t exitport_read(struct exitport *e, unsigned off, unsigned size)
{
	return port_read(get, e, off, size);
}

void exitport_write(struct exitport *e, unsigned off, unsigned size,
		    uint32_t value)
{
	port_write(put, e, off, size, value);
}
