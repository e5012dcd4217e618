/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Choose the command.
 *
 * What the words behind it mean is the command's to know, and it prints its own
 * errors; here is only the case that there is no such command, and the check
 * that what was printed has arrived.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "vmm/cli/cmd.h"
#include "vmm/cli/fail.h"
#include "vmm/cli/help.h"

/* clang-format off */
static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{"run",     cmd_run},
	{"list",    cmd_list},
	{"info",    cmd_info},
	{"doctor",  cmd_doctor},
	{"bind",    cmd_bind},
	{"restore", cmd_restore},
	{"test",    cmd_test},
};
/* clang-format on */

/* what was printed must have arrived: a full disk is an error too */
static int finish_output(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	err_call(errno ? errno : EIO, "standard output", "write", NULL);
	return cli_fail();
}

static int run_command(size_t i, int argc, char **argv)
{
	int status = commands[i].run(argc, argv);

	return status ? status : finish_output();
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(name, commands[i].name))
			return run_command(i, argc - 1, argv + 1);
	if (!strcmp(name, "--help") || !strcmp(name, "-h")) {
		help_main(stdout);
		return finish_output();
	}
	if (!strcmp(name, "--version")) {
		help_version(stdout);
		return finish_output();
	}
	if (argc < 2)
		err_set(EINVAL, "no command; see: passthru --help");
	else
		err_set(EINVAL, "%s: no such command; see: passthru --help",
			name);
	return cli_fail();
}
