/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first of several failures, for work that goes on after one: teardown.
 *
 * The first is the cause and goes to the caller with its message; the others
 * are printed as warnings.
 */
#ifndef BASE_FIRST_H
#define BASE_FIRST_H

#include "base/err.h"

struct first {
	int rc; /* 0: none so far; so a zeroed one is ready */
	char text[ERR_MAX];
};

/**
 * first_keep - note what a step returned
 * @rc: 0, or a negative errno with err_last() set
 */
void first_keep(struct first *f, int rc);

/** first_result - the first failure, its message in err_last(); or 0 */
int first_result(const struct first *f);

#endif
