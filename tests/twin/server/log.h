/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the server tells: one line at a time, with a time before it.
 *
 * A client can make lines as fast as it can send; so, unless .verbose, there
 * are VFU_LOG_LINES at first and then VFU_LOG_RATE a second.
 *
 * Not for errors of the command line, which are main()'s to print.
 */
#ifndef TESTS_TWIN_SERVER_LOG_H
#define TESTS_TWIN_SERVER_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum { VFU_LOG_LINES = 1000, VFU_LOG_RATE = 10 };

struct vfu_log {
	int fd;         /* -1: nowhere */
	bool verbose;   /* every register access too */
	uint64_t start; /* ns of CLOCK_MONOTONIC that is printed as 0 */
	uint64_t last;  /* when .left was last added to, likewise */
	unsigned left;  /* lines that may still be written */
	unsigned lost;  /* lines that were not */
};

/**
 * vfu_log_open - start a log
 * @path: file, made or emptied; NULL or "-" for standard error
 *
 * Owns:   @l->fd unless it is standard error, until vfu_log_close().
 * Return: 0, or -errno of open(2) with err_last() set.
 */
int vfu_log_open(struct vfu_log *l, const char *path, bool verbose)
	__attribute__((warn_unused_result));

/** vfu_log_close - idempotent */
void vfu_log_close(struct vfu_log *l);

/**
 * vfu_log_line - "SECONDS NAME: TEXT"; longer ones are cut
 * @l:    NULL: nothing happens
 * @name: whom it is about
 */
void vfu_log_line(struct vfu_log *l, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
