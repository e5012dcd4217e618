/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line of bcm5720, checked and turned into numbers.
 *
 * Whether a file or an interface exists is found out by those who open it.
 */
#ifndef TESTS_TWIN_SERVER_OPTS_H
#define TESTS_TWIN_SERVER_OPTS_H

#include <stdbool.h>
#include <stdio.h>

#include "tests/twin/model/bcm5720.h"

enum {
	VFU_FAULTS = 16,                 /* --fault, at most */
	VFU_FAULT_ERR = BCM_FAULT_COUNT, /* signal the ERR eventfd */
	VFU_FAULT_REQ,                   /* signal the REQ eventfd */
};

/* One --fault */
struct vfu_fault {
	unsigned what; /* enum bcm_fault, or VFU_FAULT_* */
	unsigned at;   /* the how-manieth occasion, 1 or more */
	unsigned fn;   /* BCM_FUNCS: in both */
};

struct vfu_opts {
	const char *socket[BCM_FUNCS];
	unsigned nsockets;       /* 1 or 2 */
	const char *net;         /* as wire_open() takes it */
	const char *pcap;        /* NULL: none */
	struct bcm_options chip; /* its strings are argv's, or the two below */
	char partno[17];         /* of --vpd PN= */
	char vpd_v0[13];         /* of --vpd V0= */
	struct vfu_fault fault[VFU_FAULTS];
	unsigned nfaults;
	const char *log; /* file, or NULL */
	unsigned mmap;   /* a bit for each function that may be mapped */
	bool verbose;
	bool help;    /* --help was given: the rest is not checked */
	bool version; /* likewise --version */
};

/**
 * vfu_opts_parse - parse the arguments
 * @o:    filled; strings in it are @argv's or its own: do not copy it
 * @argv: ends with NULL; argv[0] is passed over
 *
 * When an option is given twice the last one counts, but of --socket and
 * --fault, which add up.
 *
 * Return: 0, or -EINVAL with a message that names option, value and cure.
 */
int vfu_opts_parse(struct vfu_opts *o, int argc, char **argv)
	__attribute__((warn_unused_result));

/** vfu_help - the text of --help, to @f */
void vfu_help(FILE *f);

#endif
