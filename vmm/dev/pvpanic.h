/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pvpanic port: a guest kernel says that it panicked.
 *
 * One byte. It tells a panic from a reboot, which look alike from outside when
 * the kernel has panic=N.
 */
#ifndef VMM_DEV_PVPANIC_H
#define VMM_DEV_PVPANIC_H

#include <stdint.h>

#include "vmm/dev/stop.h"

#define PVPANIC_NPORTS   1
#define PVPANIC_PANICKED 0x01 /* the guest is dead */
#define PVPANIC_CRASH_LOADED                                                   \
	0x02 /* dead; a crash kernel wants to take over                        \
	      */

struct pvpanic {
	stop_fn *stop;
	void *opaque;
};

/**
 * pvpanic_init - set up
 * @p:      filled
 * @stop:   told STOP_PANIC
 * @opaque: handed to @stop
 */
void pvpanic_init(struct pvpanic *p, stop_fn *stop, void *opaque);

/**
 * pvpanic_read - the events we understand; ports other than @off 0 read 0xff
 * @size: bytes, 1, 2 or 4
 *
 * Source: QEMU docs/specs/pvpanic, "ISA Interface".
 */
uint32_t pvpanic_read(struct pvpanic *p, unsigned off, unsigned size);

/**
 * pvpanic_write - either event stops the machine; other bits are ignored
 *
 * A crash kernel does not get its turn: what counts here is that the guest
 * panicked.
 */
void pvpanic_write(struct pvpanic *p, unsigned off, unsigned size,
		   uint32_t value);

#endif
