/* SPDX-License-Identifier: BSD-2-Clause */
/* The pvpanic port: its one byte. */
#include "vmm/dev/pvpanic.h"

#include "vmm/dev/port.h"

#define EVENTS (PVPANIC_PANICKED | PVPANIC_CRASH_LOADED)

static uint8_t get(void *dev, uint64_t off)
{
	(void)dev;
	return off == 0 ? EVENTS : 0xff;
}

static void put(void *dev, uint64_t off, uint8_t byte)
{
	struct pvpanic *p = dev;

	if (off == 0 && (byte & EVENTS))
		p->stop(p->opaque, (struct stop){.reason = STOP_PANIC});
}

void pvpanic_init(struct pvpanic *p, stop_fn *stop, void *opaque)
{
	p->stop = stop;
	p->opaque = opaque;
}

uint32_t pvpanic_read(struct pvpanic *p, unsigned off, unsigned size)
{
	return port_read(get, p, off, size);
}

void pvpanic_write(struct pvpanic *p, unsigned off, unsigned size,
		   uint32_t value)
{
	port_write(put, p, off, size, value);
}
