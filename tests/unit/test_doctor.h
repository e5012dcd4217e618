/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host where nothing stands in the way of a guest with 0000:02:00.0 and .1,
 * and what the doctor says of it after a test has broken something.
 */
#ifndef TESTS_UNIT_TEST_DOCTOR_H
#define TESTS_UNIT_TEST_DOCTOR_H

#include "test_host_fake.h"
#include "vmm/doctor/doctor.h"

#define FN0 "0000:02:00.0"
#define FN1 "0000:02:00.1"

extern struct fake sick;     /* the host */
extern struct doctor doctor; /* what was found last */

/** sick_setup - the sound host */
void sick_setup(void);

/** sick_teardown - remove it */
void sick_teardown(void);

/** sick_config - @len bytes as configuration space of @bdf */
void sick_config(const char *bdf, const uint8_t *raw, size_t len);

/** sick_examine - look, with no, one (FN0) or both devices named */
void sick_examine(size_t ndev);

/**
 * sick_says - assert that there is this finding
 * @subject: "host" or a BDF
 * @text: part of its text; NULL: any
 * @cure: part of its cure; "": it has none; NULL: any
 */
void sick_says(enum doctor_level level, const char *subject, const char *id,
	       const char *text, const char *cure);

/**
 * sick_is - look, and assert that there is this finding
 *
 * FN0 is named, unless @subject is the host.  If it is no failure, there is to
 * be none.  Arguments as sick_says().
 */
void sick_is(enum doctor_level level, const char *subject, const char *id,
	     const char *text, const char *cure);

/** sick_ready - assert that nothing is said to fail, by what was found last */
void sick_ready(void);

#endif
