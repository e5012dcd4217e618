/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options of `passthru run`: one parser per kind of value, and one table of
 * names.  --device is in devices.c.
 */
#include "vmm/cli/opts.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "vmm/boot/platform.h"
#include "vmm/cli/breaks.h"
#include "vmm/cli/devices.h"
#include "vmm/machine/sandbox.h"

#define SEE_HELP      "see: passthru run --help"
#define MEMORY_MIN    (64 * MiB)
#define MEMORY_STEP   (2 * MiB)
#define SIZE_LIMIT    (UINT64_C(1) << 63)
#define SERVER_MS_MIN 10
#define SERVER_MS_MAX 3600000     /* an hour: one in a debugger */
#define TIMEOUT_MAX   100000000UL /* three years; fits a poll in milliseconds */

enum opt {
	OPT_DEVICE = 256,
	OPT_MANAGED,
	OPT_KERNEL,
	OPT_INITRD,
	OPT_APPEND,
	OPT_CPUS,
	OPT_MEMORY,
	OPT_CONSOLE,
	OPT_TIMEOUT,
	OPT_SERVER_TIMEOUT,
	OPT_STATS,
	OPT_FORCE,
	OPT_HUGEPAGES,
	OPT_ON_REBOOT,
	OPT_SANDBOX,
	OPT_BREAK,
	OPT_HELP,
};

/* clang-format off */
static const struct option options[] = {
	{"device",         required_argument, NULL, OPT_DEVICE},
	{"managed",        no_argument,       NULL, OPT_MANAGED},
	{"kernel",         required_argument, NULL, OPT_KERNEL},
	{"initrd",         required_argument, NULL, OPT_INITRD},
	{"append",         required_argument, NULL, OPT_APPEND},
	{"cpus",           required_argument, NULL, OPT_CPUS},
	{"memory",         required_argument, NULL, OPT_MEMORY},
	{"hugepages",      no_argument,       NULL, OPT_HUGEPAGES},
	{"console",        required_argument, NULL, OPT_CONSOLE},
	{"timeout",        required_argument, NULL, OPT_TIMEOUT},
	{"server-timeout", required_argument, NULL, OPT_SERVER_TIMEOUT},
	{"stats",          no_argument,       NULL, OPT_STATS},
	{"sandbox",        required_argument, NULL, OPT_SANDBOX},
	{"break",          required_argument, NULL, OPT_BREAK},
	{"force",          no_argument,       NULL, OPT_FORCE},
	{"on-reboot",      required_argument, NULL, OPT_ON_REBOOT},
	{"help",           no_argument,       NULL, OPT_HELP},
	{NULL,             0,                 NULL, 0},
};
/* clang-format on */

/* decimal digits and nothing else (no sign, no space, no 0x), 0..@max */
static int parse_number(const char *text, unsigned long max, unsigned long *v)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	*v = strtoul(text, &end, 10);
	return errno || *end || *v > max ? -EINVAL : 0;
}

/* K, M or G in either case, "" for M; the power of two, or 0 */
static unsigned suffix_shift(const char *suffix)
{
	if (*suffix && suffix[1])
		return 0;
	switch (*suffix) {
	case 'k':
	case 'K':
		return 10;
	case 'm':
	case 'M':
	case '\0':
		return 20;
	case 'g':
	case 'G':
		return 30;
	default:
		return 0;
	}
}

int opts_parse_size(const char *text, uint64_t *bytes)
{
	unsigned long v;
	unsigned shift;
	char *end;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	v = strtoul(text, &end, 10);
	shift = suffix_shift(end);
	if (errno || !shift || v > SIZE_LIMIT >> shift)
		return -EINVAL;
	*bytes = (uint64_t)v << shift;
	return 0;
}

static int set_memory(struct run_opts *o, const char *text)
{
	if (opts_parse_size(text, &o->memory))
		return err_set(EINVAL,
			       "--memory %s: not a size; give a number with K, "
			       "M or G (without one it is in MiB), as in 512M",
			       text);
	if (o->memory < MEMORY_MIN)
		return err_set(EINVAL,
			       "--memory %s: too little; give 64M or more",
			       text);
	if (o->memory % MEMORY_STEP)
		return err_set(
			EINVAL,
			"--memory %s: not a multiple of 2M; the next "
			"one is %lluM",
			text,
			(unsigned long long)(align_up(o->memory, MEMORY_STEP) /
					     MiB));
	return 0;
}

static int set_cpus(struct run_opts *o, const char *text)
{
	unsigned long v;

	if (parse_number(text, PLAT_MAX_CPUS, &v) || v < 1)
		return err_set(EINVAL,
			       "--cpus %s: not a number of CPUs; give 1 to %d",
			       text, PLAT_MAX_CPUS);
	o->cpus = (unsigned)v;
	return 0;
}

static int set_timeout(struct run_opts *o, const char *text)
{
	unsigned long v;

	if (parse_number(text, TIMEOUT_MAX, &v) || v < 1)
		return err_set(
			EINVAL,
			"--timeout %s: not a time; give whole seconds, 1 "
			"to %lu, or leave it out for none",
			text, TIMEOUT_MAX);
	o->timeout_s = (unsigned)v;
	return 0;
}

static int set_server_timeout(struct run_opts *o, const char *text)
{
	unsigned long v;

	if (parse_number(text, SERVER_MS_MAX, &v) || v < SERVER_MS_MIN)
		return err_set(EINVAL,
			       "--server-timeout %s: not a time; give whole "
			       "milliseconds, %d to %d",
			       text, SERVER_MS_MIN, SERVER_MS_MAX);
	o->server_ms = (unsigned)v;
	return 0;
}

static int set_console(struct run_opts *o, const char *text)
{
	o->console_file = NULL;
	if (!*text)
		return err_set(EINVAL, "--console: empty; give stdio, none or "
				       "a file's name");
	if (!strcmp(text, "stdio")) {
		o->console = OPTS_CONSOLE_STDIO;
	} else if (!strcmp(text, "none")) {
		o->console = OPTS_CONSOLE_NONE;
	} else {
		o->console = OPTS_CONSOLE_FILE;
		o->console_file = text;
	}
	return 0;
}

static int set_on_reboot(struct run_opts *o, const char *text)
{
	o->restart = !strcmp(text, "restart");
	if (o->restart || !strcmp(text, "exit"))
		return 0;
	return err_set(EINVAL, "--on-reboot %s: give exit or restart", text);
}

static int set_sandbox(struct run_opts *o, const char *text)
{
	bool on = !strcmp(text, "on");

	if (!on && strcmp(text, "off") != 0)
		return err_set(EINVAL, "--sandbox %s: give on or off", text);
	if (on && !sandbox_can())
		return err_set(EINVAL,
			       "--sandbox on: not in a build with the address "
			       "sanitizer; type: make FLAVOUR=release");
	o->sandbox = on;
	return 0;
}

static int set_path(const char **path, const char *option, const char *text)
{
	if (!*text)
		return err_set(EINVAL, "--%s: empty; give a file's name",
			       option);
	*path = text;
	return 0;
}

/* getopt_long() said '?' or ':' about @arg */
static int bad_option(int said, const char *arg)
{
	if (said == ':')
		return err_set(EINVAL, "%s: its value is missing; " SEE_HELP,
			       arg);
	if (optopt >= OPT_DEVICE)
		return err_set(EINVAL,
			       "%s: this option takes no value; leave "
			       "out what follows the =",
			       arg);
	return err_set(EINVAL, "%s: no such option; " SEE_HELP, arg);
}

static int set_flag(struct run_opts *o, int opt, const char *arg)
{
	switch (opt) {
	case OPT_MANAGED:
		o->managed = true;
		return 0;
	case OPT_STATS:
		o->stats = true;
		return 0;
	case OPT_FORCE:
		o->force = true;
		return 0;
	case OPT_HUGEPAGES:
		o->hugepages = true;
		return 0;
	case OPT_HELP:
		o->help = true;
		return 0;
	default:
		return bad_option(opt, arg);
	}
}

static int set_option(struct run_opts *o, int opt, const char *arg)
{
	switch (opt) {
	case OPT_DEVICE:
		return devices_add(o, optarg);
	case OPT_KERNEL:
		return set_path(&o->kernel, "kernel", optarg);
	case OPT_INITRD:
		return set_path(&o->initrd, "initrd", optarg);
	case OPT_APPEND:
		o->append = optarg;
		return 0;
	case OPT_CPUS:
		return set_cpus(o, optarg);
	case OPT_MEMORY:
		return set_memory(o, optarg);
	case OPT_CONSOLE:
		return set_console(o, optarg);
	case OPT_TIMEOUT:
		return set_timeout(o, optarg);
	case OPT_SERVER_TIMEOUT:
		return set_server_timeout(o, optarg);
	case OPT_ON_REBOOT:
		return set_on_reboot(o, optarg);
	case OPT_SANDBOX:
		return set_sandbox(o, optarg);
	case OPT_BREAK:
		return breaks_parse(optarg, &o->breaks);
	default:
		return set_flag(o, opt, arg);
	}
}

/*
 * Walk the options, each of which starts at argv[before].  The leading '+'
 * stops at the first other argument; that getopt_long() stepped over one
 * string when it stopped means that this was "--".
 */
static int parse_options(struct run_opts *o, int argc, char **argv)
{
	int opt, before = 1;

	optind = 0; /* glibc: start afresh */
	opterr = 0;
	while ((opt = getopt_long(argc, argv, "+:", options, NULL)) != -1) {
		int rc = set_option(o, opt, argv[before]);

		if (rc || o->help)
			return rc;
		before = optind;
	}
	if (optind > before) {
		o->cmd = argv + optind;
		o->ncmd = argc - optind;
		if (!o->ncmd)
			return err_set(EINVAL, "--: no command follows; name "
					       "one, or leave out the --");
	} else if (optind < argc) {
		return err_set(
			EINVAL,
			"%s: not an option; a command for the guest goes "
			"behind --",
			argv[optind]);
	}
	return 0;
}

int opts_parse_run(struct run_opts *o, int argc, char **argv)
{
	int rc;

	memset(o, 0, sizeof(*o));
	o->cpus = 1;
	o->memory = 512 * MiB;
	o->sandbox = sandbox_can();
	rc = parse_options(o, argc, argv);
	if (rc || o->help)
		return rc;
	return devices_place(o);
}
