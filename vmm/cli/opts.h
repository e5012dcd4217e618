/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line of `passthru run`, checked and turned into numbers.
 *
 * Knows what is well formed and what contradicts itself; whether a device, a
 * file or that much memory exists is found out by those who open them.
 */
#ifndef VMM_CLI_OPTS_H
#define VMM_CLI_OPTS_H

#include <stdbool.h>
#include <stdint.h>

#define OPTS_MAX_DEVICES 16  /* functions, that is */
#define OPTS_NAME_MAX    128 /* bytes of a device's name with its NUL */

/* Where a device comes from */
enum opts_kind {
	OPTS_HOST,   /* this host's, by its BDF */
	OPTS_SOCKET, /* vfio-user:PATH, from a server that runs already */
	OPTS_TWIN,   /* bcm5720, from a server that this run starts */
};

/* One function of a --device */
struct opts_device {
	enum opts_kind kind;
	char name[OPTS_NAME_MAX]; /* as typed, without ",at=..." */
	unsigned twin;            /* OPTS_TWIN: which one of them, from 0 */
	unsigned port;            /* which function of its --device, from 0 */
	unsigned slot;            /* on guest bus 0, 0x01..0x1f */
	unsigned fn;              /* 0..7 */
	bool placed;              /* by at=; false: we chose the slot */
};

enum opts_console {
	OPTS_CONSOLE_AUTO,  /* not given: stderr with CMD, else stdio */
	OPTS_CONSOLE_STDIO, /* standard input and output */
	OPTS_CONSOLE_NONE,  /* thrown away */
	OPTS_CONSOLE_FILE,  /* written to .console_file */
};

struct run_opts {
	struct opts_device dev[OPTS_MAX_DEVICES]; /* in the order typed */
	unsigned ndev;
	unsigned ntwins; /* servers to be started */
	bool managed;
	bool stats;
	bool force;
	bool restart;       /* when the guest resets itself */
	bool help;          /* --help was given: the rest is not checked */
	const char *kernel; /* path; NULL: our own guest */
	const char *initrd; /* path; NULL: our own guest, or none */
	const char *append; /* NULL: nothing to append */
	unsigned cpus;      /* 1..PLAT_MAX_CPUS */
	uint64_t memory;    /* bytes, multiple of 2 MiB, 64 MiB or more */
	bool hugepages;     /* for it */
	bool sandbox;       /* while the guest runs */
	unsigned breaks;    /* bits of base/breaks.h */
	enum opts_console console;
	const char *console_file; /* set with OPTS_CONSOLE_FILE, else NULL */
	unsigned timeout_s;       /* 0: none */
	unsigned server_ms;       /* for an answer of a server; 0: default */
	char **cmd;               /* NULL-terminated; NULL: no command */
	int ncmd;
};

/**
 * opts_parse_run - parse the arguments of `passthru run`
 * @o:    filled; strings in it are @argv's and live as long
 * @argc: number of strings in @argv
 * @argv: argv[0] is the command's name ("run"), then its arguments; the array
 *        ends with NULL
 *
 * Devices without at= get the lowest slots that no at= names, in the order
 * typed, from function 0.  When an option is given twice the last one counts.
 *
 * Return: 0, or -EINVAL with a message that names option, value and cure.
 */
int opts_parse_run(struct run_opts *o, int argc, char **argv)
	__attribute__((warn_unused_result));

/**
 * opts_parse_size - "512M", "2G", "524288K"; a plain number is in MiB
 * @text:  number with one suffix K, M or G in either case, or none
 * @bytes: set on success
 *
 * Return: 0, or -EINVAL (no message) for anything else and beyond 2^63.
 */
int opts_parse_size(const char *text, uint64_t *bytes)
	__attribute__((warn_unused_result));

#endif
