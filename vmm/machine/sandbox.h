/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is given up before the guest's first instruction, thread by thread:
 * privileges, capabilities, files, system calls.
 *
 * Each thread enters by itself, because the kernel binds threads, not
 * processes.  What a thread may do afterwards is rules.h's.  Drivers, servers
 * and files are the parent's to look after, see vmm/cli/child.h.
 */
#ifndef VMM_MACHINE_SANDBOX_H
#define VMM_MACHINE_SANDBOX_H

#include <stdbool.h>
#include "vmm/machine/filter.h"

struct sandbox {
	bool on;
	struct sock_fprog filter[SANDBOX_KINDS];
	int ruleset[SANDBOX_KINDS]; /* of Landlock; -1: this kernel has none */
};

/**
 * sandbox_can - can this build be in one?
 *
 * Not with the sanitizers: what they do when they find something, and at the
 * end, is what the sandbox forbids.
 */
bool sandbox_can(void);

/** sandbox_init - inert: nothing to close, and entering does nothing */
void sandbox_init(struct sandbox *s);

/**
 * sandbox_open - prepare what the threads will enter
 * @s:  uninitialised; inert on failure, and without @on
 * @on: false: sandbox_enter() will do nothing
 *
 * A kernel without Landlock is fine: system calls that would name a file are
 * few anyway.  One without seccomp is not.
 *
 * Context: the main thread, before there are others.
 * Return:  0, or -errno with a message.
 */
int sandbox_open(struct sandbox *s, bool on)
	__attribute__((warn_unused_result));

/**
 * sandbox_enter - this thread, for the rest of its life
 *
 * SANDBOX_LOOP also forbids core files, for the whole process; and it is the
 * last one: threads that it makes would be in it.
 *
 * Return: 0, or -errno with a message; the thread may have given up a part.
 */
int sandbox_enter(const struct sandbox *s, enum sandbox_kind kind)
	__attribute__((warn_unused_result));

/** sandbox_close - free what sandbox_open() made; repeatable */
void sandbox_close(struct sandbox *s);

#endif
