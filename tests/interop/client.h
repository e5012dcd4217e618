/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client of a vfio-user server, and what a test of one needs.
 *
 * Everything here ends the program with a line on standard error when it does
 * not go as it should.  Which device is behind the socket, cases know.
 */
#ifndef INTEROP_CLIENT_H
#define INTEROP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/gmem.h"
#include "vfio/backend.h"
#include "vfio/device.h"
#include "vfio/irq.h"

#define LOW_RAM  (8 * MiB)
#define HIGH_RAM (4 * MiB)
#define HIGH_GPA (4 * GiB)
#define WAIT_MS  10000 /* for what must come */
#define QUIET_MS 100   /* for what must not */

struct test {
	const char *path; /* of the socket */
	struct vfio_source src;
	struct vfio_container *c;
	struct vfio_device d;
	struct gmem ram; /* two parts, in one file */
};

struct interop_case {
	const char *name; /* NULL ends a table */
	void (*run)(struct test *t);
	void (*alone)(const char *path); /* or this: it opens by itself */
};

extern const struct interop_case sample_cases[], peer_cases[];

/** die - end with @what and the last error message */
void die(const char *what) __attribute__((noreturn));

/** check - die() unless @good */
void check(bool good, const char *what);

/** equal - die, with both values, unless they are the same */
void equal(uint64_t got, uint64_t want, const char *what);

/** try_open - container, device and RAM; -errno as the first that failed */
int try_open(struct test *t);

/** test_open - RAM of a new file, then try_open() */
void test_open(struct test *t, const char *path);

/** test_close - everything back in the order of a VM's end */
void test_close(struct test *t);

/** rd - what @len bytes of a BAR read */
uint64_t rd(struct test *t, unsigned bar, uint64_t off, size_t len);

/** wr - write @len bytes of a BAR */
void wr(struct test *t, unsigned bar, uint64_t off, size_t len, uint64_t val);

/** event_new - an eventfd that does not block */
int event_new(void);

/** event_count - how often @fd was written since; waits up to @ms for once */
uint64_t event_count(int fd, int ms);

/** any_nothing, any_reset, any_remap - cases for every device */
void any_nothing(struct test *t);
void any_reset(struct test *t);
void any_remap(struct test *t);

/** many_clients - two hundred, one after the other; no file stays open */
void many_clients(const char *path);

#endif
