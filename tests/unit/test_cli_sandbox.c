/* SPDX-License-Identifier: BSD-2-Clause */
/* --sandbox: on without being asked for, where the build can be in one. */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "vmm/cli/opts.h"
#include "vmm/machine/sandbox.h"

static struct run_opts o;

/* `run --sandbox FIRST --sandbox SECOND`; NULL: not given */
static int parse(const char *first, const char *second)
{
	static char text[2][16];
	static char run[] = "run", option[] = "--sandbox";
	char *argv[] = {run, NULL, NULL, NULL, NULL, NULL};
	int argc = 1;

	snprintf(text[0], sizeof(text[0]), "%s", first ? first : "");
	snprintf(text[1], sizeof(text[1]), "%s", second ? second : "");
	for (int i = 0; i < !!first + !!second; i++) {
		argv[argc++] = option;
		argv[argc++] = text[i];
	}
	return opts_parse_run(&o, argc, argv);
}

Test(cli_sandbox, is_on_where_it_can_be)
{
	cr_assert_eq(parse(NULL, NULL), 0);
	cr_assert_eq(o.sandbox, sandbox_can());
}

Test(cli_sandbox, off_and_on)
{
	cr_assert_eq(parse("off", NULL), 0);
	cr_assert_not(o.sandbox);
	cr_assert_eq(parse("off", "on"), sandbox_can() ? 0 : -EINVAL);
	cr_assert_eq(o.sandbox, sandbox_can());
}

Test(cli_sandbox, anything_else_is_refused)
{
	cr_assert_eq(parse("On", NULL), -EINVAL);
	cr_assert_str_eq(err_last(), "--sandbox On: give on or off");
	cr_assert_eq(parse("", NULL), -EINVAL);
}
