/* SPDX-License-Identifier: BSD-2-Clause */
/* Takes two options out, puts the table's devices in. */
#include "vmm/cli/testopts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"

#define SEE_HELP "see: passthru test --help"

static int set_format(struct testopts *o, const char *text)
{
	o->format = !strcmp(text, "junit") ? report_junit : report_tap;
	if (o->format == report_junit || !strcmp(text, "tap"))
		return 0;
	return err_set(EINVAL, "--format %s: give tap or junit", text);
}

static int set_output(struct testopts *o, const char *text)
{
	o->output = text;
	if (*text)
		return 0;
	return err_set(EINVAL, "--output: empty; give a file's name");
}

/* clang-format off */
static const struct {
	const char *name;
	int (*set)(struct testopts *o, const char *text);
} own[] = {
	{"--format", set_format},
	{"--output", set_output},
};
/* clang-format on */

/* Return: strings taken, 0: it is none of ours; or -EINVAL */
static int take(struct testopts *o, char **arg)
{
	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		size_t n = strlen(own[i].name);

		if (strncmp(*arg, own[i].name, n) != 0)
			continue;
		if ((*arg)[n] == '=')
			return own[i].set(o, *arg + n + 1) ? -EINVAL : 1;
		if ((*arg)[n])
			continue;
		if (!arg[1])
			return err_set(EINVAL,
				       "%s: its value is missing; " SEE_HELP,
				       *arg);
		return own[i].set(o, arg[1]) ? -EINVAL : 2;
	}
	return 0;
}

static bool wants_help(char **arg)
{
	for (; *arg && strcmp(*arg, "--") != 0; arg++)
		if (!strcmp(*arg, "--help"))
			return true;
	return false;
}

static int take_all(struct testopts *o, char **arg)
{
	while (*arg) {
		int n = take(o, arg);

		if (n < 0)
			return n;
		if (!n)
			o->rest[o->nrest++] = *arg;
		arg += n ? n : 1;
	}
	return 0;
}

int testopts_parse(struct testopts *o, int argc, char **argv)
{
	*o = (struct testopts){.format = report_tap};
	o->help = wants_help(argv + 1);
	if (o->help)
		return 0;
	if (argc < 2 || !*argv[1] || *argv[1] == '-')
		return err_set(EINVAL,
			       "test: the file comes first, as in "
			       "passthru test FILE --timeout 60; " SEE_HELP);
	o->file = argv[1];
	o->rest = calloc((size_t)argc, sizeof(*o->rest));
	if (!o->rest)
		return err_set(ENOMEM, "no memory for the options");
	return take_all(o, argv + 2);
}

static int check(const struct run_opts *r)
{
	if (r->cmd)
		return err_set(EINVAL, "--: test takes its commands from the "
				       "file; write run \"COMMAND\" there");
	if (r->restart)
		return err_set(EINVAL, "--on-reboot restart: a test is over "
				       "when the guest ends; leave it out");
	if (r->console == OPTS_CONSOLE_STDIO)
		return err_set(EINVAL, "--console stdio: it would be among "
				       "the results; give a file, or none");
	return 0;
}

int testopts_run(const struct testopts *o, const struct table *t,
		 struct run_opts *r)
{
	static char name[] = "test", device[] = "--device";
	char **argv = calloc((size_t)o->nrest + 2 * t->ndev + 2, sizeof(*argv));
	int argc = 0, rc;

	if (!argv)
		return err_set(ENOMEM, "no memory for the options");
	argv[argc++] = name;
	for (unsigned i = 0; i < t->ndev; i++) {
		argv[argc++] = device;
		argv[argc++] = t->dev[i].name;
	}
	memcpy(argv + argc, o->rest, (size_t)o->nrest * sizeof(*argv));
	rc = opts_parse_run(r, argc + o->nrest, argv);
	if (!rc)
		rc = check(r);
	if (!rc && !r->timeout_s)
		r->timeout_s = TESTOPTS_TIMEOUT_S;
	free(argv);
	return rc;
}

void testopts_fini(struct testopts *o)
{
	free(o->rest);
	o->rest = NULL;
}
