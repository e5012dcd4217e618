/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One address space of the guest, memory or I/O ports: who answers where.
 *
 * The vCPU threads hand every exit to a bus; devices and trapped BAR pages
 * claim ranges of it.  An access that nobody claims reads all ones and drops
 * what is written, as a PC does.  No lock: the machine's lock is held by
 * whoever calls.
 */
#ifndef VMM_DEV_BUS_H
#define VMM_DEV_BUS_H

#include <stdint.h>

#include "base/map.h"

/**
 * struct bus_client - somebody who answers on a bus
 * @read:  @size (1, 2, 4, 8) bytes at @off from the start of the claim;
 *         the result is in the low bytes
 * @write: likewise, @val in the low bytes
 * @name:  for statistics and messages
 */
struct bus_client {
	uint64_t (*read)(void *opaque, uint64_t off, unsigned size);
	void (*write)(void *opaque, uint64_t off, unsigned size, uint64_t val);
	void *opaque;
	const char *name;
	uint64_t reads; /* accesses served, for --stats */
	uint64_t writes;
};

struct bus {
	struct map map;
	struct bus_client nobody; /* counts what nobody claimed */
};

/** bus_init - nobody claims anything */
void bus_init(struct bus *b);

/** bus_fini - free the table; the clients are their owners' */
void bus_fini(struct bus *b);

/**
 * bus_claim - let @c answer at @r
 * @c: borrowed until bus_release()
 *
 * Return: 0, or with a message -EEXIST when @r overlaps another claim,
 *         -EINVAL when it is empty or wraps, -ENOMEM.
 */
int bus_claim(struct bus *b, struct range r, struct bus_client *c)
	__attribute__((warn_unused_result));

/** bus_release - undo the claim that starts at @start, if there is one */
void bus_release(struct bus *b, uint64_t start);

/**
 * bus_read - a guest's load of @size (1..8) bytes at @addr
 *
 * KVM cuts an access that crosses a page in two, so 3, 5, 6 and 7 bytes come,
 * too; they reach the clients as accesses of 4, 2 and 1.  An access that runs
 * over the end of a claim is all ones for all its bytes.
 */
uint64_t bus_read(struct bus *b, uint64_t addr, unsigned size);

/** bus_write - a guest's store, likewise dropped when nobody claims all */
void bus_write(struct bus *b, uint64_t addr, unsigned size, uint64_t val);

#endif
