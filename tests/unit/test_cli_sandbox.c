/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --sandbox: on without being asked for, where the build can be in one; and
 * where a server's sockets go, which must be removed from inside.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "vmm/cli/opts.h"
#include "vmm/cli/twin.h"
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

/* A server whose sockets' directory was to be in @base */
static bool is_in(const char *base, const char *program)
{
	struct twin t;
	bool in;

	setenv("XDG_RUNTIME_DIR", base, 1);
	twin_init(&t);
	cr_assert_eq(twin_start(&t, program, 0), 0, "%s", err_last());
	in = !strncmp(t.dir, base, strlen(base));
	twin_stop(&t);
	return in;
}

Test(cli_sandbox, sockets_lie_where_root_without_capabilities_removes_them)
{
	static const char text[] = "#!/bin/sh\necho ready; sleep 60\n";
	char base[] = "/tmp/sandbox-XXXXXX";
	char program[64];
	int fd;

	alarm(20);
	if (geteuid() != 0)
		return; /* whoever made it may remove it */
	cr_assert(mkdtemp(base));
	snprintf(program, sizeof(program), "%s/server", base);
	fd = creat(program, 0700);
	cr_assert_eq(fd_write_all(fd, text, strlen(text)), 0);
	fd_close(&fd);
	cr_expect(is_in(base, program), "root's own");
	cr_assert_eq(chown(base, 12345, 12345), 0);
	cr_expect(!is_in(base, program), "another user's");
	cr_assert_eq(chmod(base, 01777), 0);
	cr_expect(is_in(base, program), "everybody's");
	cr_assert_eq(unlink(program) | rmdir(base), 0);
}
