/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host with one group of two e1000e and their bridge: what the tests of
 * binding and giving back begin with, and compare with at their end.
 */
#ifndef TESTS_UNIT_TEST_HOST_DUO_H
#define TESTS_UNIT_TEST_HOST_DUO_H

#include <stdbool.h>

#include "test_host_fake.h"
#include "vfio/bind.h"

#define FN0 "0000:02:00.0"
#define FN1 "0000:02:00.1"

extern struct fake duo;

/** duo_setup - a fresh host with the two */
void duo_setup(void);

/** duo_teardown - remove it */
void duo_teardown(void);

/** duo_bind - bind_groups() of one function, with no older message */
int duo_bind(const char *bdf, bool force, struct bind_set *set);

/** duo_drivers_are - assert which driver each has; "" is none */
void duo_drivers_are(const char *fn0, const char *fn1);

/** duo_as_before - assert that both are as duo_setup() made them */
void duo_as_before(void);

#endif
