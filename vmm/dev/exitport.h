/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The debug-exit port: one byte ends the machine with that status.
 */
#ifndef VMM_DEV_EXITPORT_H
#define VMM_DEV_EXITPORT_H

#include <stdint.h>

#include "vmm/dev/stop.h"

#define EXITPORT_NPORTS 1

struct exitport {
	stop_fn *stop;
	void *opaque;
};

/**
 * exitport_init - set up
 * @e:      filled
 * @stop:   told STOP_EXIT with the byte written
 * @opaque: handed to @stop
 */
void exitport_init(struct exitport *e, stop_fn *stop, void *opaque);

/** exitport_read - @size (1, 2, 4) bytes of 0xff: there is nothing to read */
uint32_t exitport_read(struct exitport *e, unsigned off, unsigned size);

/**
 * exitport_write - the first byte at @off 0 is the status; others are ignored
 * @size: bytes, 1, 2 or 4
 */
void exitport_write(struct exitport *e, unsigned off, unsigned size,
		    uint32_t value);

#endif
