/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process that keeps what --managed needs at the end, so that the one with
 * the guest need not: root's privileges, sysfs, other programs.
 *
 * It hears one word, "now", or nothing.  What is given back and how is
 * vfio/bind.h's.
 */
#ifndef VMM_CLI_KEEPER_H
#define VMM_CLI_KEEPER_H

#include "vfio/bind.h"

struct keeper {
	int fd; /* a socket to it; -1: there is none */
};

/** keeper_init - inert */
void keeper_init(struct keeper *k);

/**
 * keeper_start - from here on a child has the right to restore
 * @s:   host; borrowed until the child's end
 * @set: what bind_groups() moved; emptied on success, for it is the child's
 *
 * The child has the signals blocked that we have, and standard error.  When
 * this process dies without a word it ends, too, and the records stay for
 * `passthru restore`.
 *
 * Owns:    child and socket, until keeper_finish().
 * Context: the main thread, before there are others.
 * Return:  0, or -errno with a message: of socketpair(2), fork(2).
 */
int keeper_start(struct keeper *k, const struct sysfs *s, struct bind_set *set)
	__attribute__((warn_unused_result));

/**
 * keeper_finish - let it give everything back, and wait
 *
 * What it says on the way goes to standard error; the message of a failure
 * comes here.  Needs no right but to write and read the socket.  Harmless
 * without a child, and repeatable.
 *
 * Return: 0, or -EIO with the message: bind_restore()'s, or it is gone.
 */
int keeper_finish(struct keeper *k) __attribute__((warn_unused_result));

#endif
