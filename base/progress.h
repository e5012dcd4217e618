/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A long job that is done in steps: who is asked between two of them, and one
 * line on the terminal that says how far it is.
 *
 * The line is for a person who waits: where standard error is not a terminal
 * nothing is printed, so that logs stay as they are; nor is it between lines
 * that say more, of --explain or --trace.
 */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* Asked before each step of a long job */
struct progress_steps {
	/*
	 * @done of @all bytes are done.  Returns 0 to go on, or -errno with a
	 * message, which ends the job and is its result.
	 */
	int (*ask)(void *opaque, uint64_t done, uint64_t all);
	void *opaque;
};

/** progress_ask - shall the job go on?  @steps may be NULL: yes */
int progress_ask(const struct progress_steps *steps, uint64_t done,
		 uint64_t all) __attribute__((warn_unused_result));

struct progress {
	bool on;      /* somebody looks */
	unsigned len; /* of the line that is there now */
};

/** progress_begin - nothing is shown yet; asks whether anybody looks */
void progress_begin(struct progress *p);

/**
 * progress_show - "PROGRAM: WHAT DONE of ALL GiB", in place of the line before
 * @what: as in "pinning guest RAM:"
 * @done: bytes, likewise @all
 */
void progress_show(struct progress *p, const char *what, uint64_t done,
		   uint64_t all);

/** progress_end - the line is gone; before anything else is printed */
void progress_end(struct progress *p);

#endif
