/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which system calls a thread may make once the guest runs: a table, a reason
 * in each row.
 *
 * Knows numbers and arguments; filter.c makes of them what the kernel takes,
 * sandbox.c says when.
 */
#ifndef VMM_MACHINE_RULES_H
#define VMM_MACHINE_RULES_H

#include <stddef.h>
#include <stdint.h>

/* Who makes calls; each kind of thread has a list of its own */
enum sandbox_kind {
	SANDBOX_LOOP,   /* the main thread: event loop, then teardown */
	SANDBOX_VCPU,   /* a vCPU's */
	SANDBOX_SERVER, /* of a connection to a vfio-user server */
	SANDBOX_KINDS
};

/* Where the value of a row comes from */
enum rule_who {
	RULE_VALUE, /* the table */
	RULE_SELF,  /* our own process id */
};

/*
 * A call is allowed when a row names it for this kind of thread and
 * (argument & mask) == value; a mask of 0 looks at no argument.
 */
struct rule {
	int nr;         /* system call */
	unsigned kinds; /* 1 << SANDBOX_... */
	unsigned arg;   /* 0..5 */
	uint64_t mask;
	uint64_t value;
	enum rule_who who;
	const char *why;
};

/** rules_all - the table; @n is set to its rows */
const struct rule *rules_all(size_t *n);

#endif
