/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file of `passthru test`: devices, and a row for each thing that is
 * expected of the guest.
 *
 *   device  DEVICE[,at=SLOT.FN]        as run's --device
 *   present BDF [VENDOR:DEVICE]
 *   driver  BDF NAME                   none: no driver
 *   mac     BDF host|MAC
 *   link    WHERE up|down              WHERE: BDF or interface
 *   address WHERE dhcp|ADDRESS/BITS
 *   ping    WHERE ADDRESS
 *   run     COMMAND [status N] [output =|~|!~ TEXT]
 *
 * Words are apart by blanks; one in double quotes may have blanks and \" \\ \n
 * \t; # begins a comment.  Bytes in, rows out: no file is opened, and nothing
 * here knows what a guest answers.
 */
#ifndef VMM_CLI_TABLE_H
#define VMM_CLI_TABLE_H

#include <stddef.h>

#include "vfio/bdf.h"
#include "vmm/cli/opts.h"

#define TABLE_BYTES_MAX 65536 /* of the file */
#define TABLE_ROWS_MAX  256
#define TABLE_MAC_LEN   18 /* "34:17:eb:f0:dc:e3" and its NUL */

enum table_verb {
	TABLE_PRESENT,
	TABLE_DRIVER,
	TABLE_MAC,
	TABLE_LINK,
	TABLE_ADDRESS,
	TABLE_PING,
	TABLE_RUN,
};

enum table_op {
	TABLE_ANY,    /* output is not looked at */
	TABLE_EQUAL,  /* = but for newlines at the end */
	TABLE_LIKE,   /* ~ a line matches */
	TABLE_UNLIKE, /* !~ no line does */
};

struct table_row {
	enum table_verb verb;
	unsigned line;        /* of the file, from 1 */
	const char *name;     /* as typed, without comment */
	const char *where;    /* BDF as the guest's sysfs has it, interface,
			       * command */
	const char *want;     /* what follows; "": nothing does */
	bool host;            /* mac: the host's, which is not known yet */
	struct pci_addr addr; /* mac: of the guest's device */
	unsigned status;      /* run: 0..255 */
	enum table_op op;     /* run */
	char bdf[BDF_STRLEN];
	char mac[TABLE_MAC_LEN];
};

struct table_device {
	char *name; /* for --device */
	unsigned line;
};

struct table {
	const char *file; /* borrowed: its name, for messages */
	struct table_device dev[OPTS_MAX_DEVICES];
	unsigned ndev;
	struct table_row row[TABLE_ROWS_MAX]; /* large: on the heap */
	unsigned n;
	char *names; /* owned: what the above points to */
	char *words;
};

/**
 * table_parse - read a file's text
 * @t:    uninitialised; free with table_fini(), also after a failure
 * @file: name for messages; borrowed as long as @t lives
 * @text: @len bytes, no NUL needed
 *
 * Return: 0, or -errno with a message that begins with "FILE:LINE: ":
 *   -EINVAL  what is wrong, and what to write
 *   -E2BIG   too long or too many rows
 *   -ENOMEM
 */
int table_parse(struct table *t, const char *file, const char *text, size_t len)
	__attribute__((warn_unused_result));

/** table_fini - free what @t holds; repeatable */
void table_fini(struct table *t);

/** table_verb_name - "present", "driver", ... */
const char *table_verb_name(enum table_verb verb);

/**
 * table_mac_ok - is it a MAC address, six pairs of hexadecimal digits?
 * @text: whole string, in either case
 * @mac:  set to it in lower case
 */
bool table_mac_ok(const char *text, char mac[TABLE_MAC_LEN]);

#endif
