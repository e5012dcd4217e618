/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A back end for tests that can lose its devices, as one with servers can.
 *
 * The cards of the fake kernel stand behind it, so that every call of it can be
 * made to fail; but it wants RAM in a file, tells KVM of nothing, and one that
 * was killed answers nothing any more.
 */
#ifndef TESTS_UNIT_TEST_MACHINE_PEER_H
#define TESTS_UNIT_TEST_MACHINE_PEER_H

#include <stdbool.h>

#include "vfio/backend.h"

#define PEERS 2 /* by function number of the card's address */

extern const struct vfio_backend peer_backend;

struct peer_knobs {
	/* called when device @i is about to be opened; NULL: nothing */
	void (*opening)(unsigned i);
	unsigned slow_ms; /* a read of device 0 takes it, and kills it */
};

/** peer_reset - all alive; the knobs as they come */
struct peer_knobs *peer_reset(void);

/** peer_kill - device @i is gone for good */
void peer_kill(unsigned i);

/** peer_why - what check() says of it then */
const char *peer_why(unsigned i);

#endif
