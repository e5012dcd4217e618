/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest with two devices, each of a server of test_assign_server.h: what the
 * tests of slow, lost and stingy servers stand on.
 */
#ifndef TEST_ASSIGN_PAIR_H
#define TEST_ASSIGN_PAIR_H

#include "test_assign_guest.h"
#include "test_assign_server.h"

struct pair {
	struct guest g; /* its lock is held: the test is vCPU 0 */
	struct assign_dev dev[SERVERS];
	struct server *server[SERVERS];
};

extern struct pair pair;

/** pair_setup - boards, servers, devices that decode memory; asserts */
void pair_setup(void);

/** pair_teardown - all back; sim_end(): nothing is left, nothing to blame */
void pair_teardown(void);

/** pair_open - put the device of server @i into the guest; asserts */
void pair_open(unsigned i);

/** pair_cfg - what the guest reads in its configuration space */
uint32_t pair_cfg(unsigned i, unsigned off, unsigned size);

/** pair_cfg_write - what it writes there */
void pair_cfg_write(unsigned i, unsigned off, unsigned size, uint32_t val);

/** pair_bar - where BAR @n of device @i is in the guest */
uint64_t pair_bar(unsigned i, unsigned n);

/** pair_quiesce - assign_quiesce() of device @i, without the lock */
int pair_quiesce(unsigned i);

#endif
