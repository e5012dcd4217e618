/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arguments of list, bind and restore.  Only such as are refused or answered
 * before the host is touched: these commands work on the real one.
 */
#include <criterion/criterion.h>
#include <criterion/redirect.h>

#include <string.h>

#include "base/bytes.h"
#include "test_cli_call.h"
#include "vmm/cli/cmd.h"

static void redirect(void)
{
	cr_redirect_stdout();
	cr_redirect_stderr();
}

TestSuite(host_cli, .init = redirect);

Test(host_cli, usage_errors_exit_125_and_point_to_help)
{
	static const struct {
		int (*cmd)(int argc, char **argv);
		const char *args[ARGS_MAX + 1];
	} cases[] = {
		{cmd_list, {"list", "--jsn"}},
		{cmd_list, {"list", "02:00.0"}},
		{cmd_info, {"info"}},
		{cmd_info, {"info", "--all"}},
		{cmd_info, {"info", "02:00.0", "02:00.1"}},
		{cmd_info, {"info", "nonsense"}},
		{cmd_info, {"info", "ff:1f.7"}},
		{cmd_info, {"info", "vfio-user:/nonexistent"}},
		{cmd_bind, {"bind"}},
		{cmd_bind, {"bind", "--force"}},
		{cmd_bind, {"bind", "--all"}},
		{cmd_bind, {"bind", "-f", "ff:1f.7"}},
		{cmd_bind, {"bind", "ff:1f.7", "nonsense"}},
		{cmd_bind, {"bind", ""}},
		{cmd_bind, {"bind", "--owner"}},
		{cmd_bind, {"bind", "--owner", "no such user", "ff:1f.7"}},
		{cmd_bind, {"bind", "--owner", "1000"}},
		{cmd_restore, {"restore", "--owner", "1000", "ff:1f.7"}},
		{cmd_restore, {"restore"}},
		{cmd_restore, {"restore", "--force", "ff:1f.7"}},
		{cmd_restore, {"restore", "--all", "ff:1f.7"}},
		{cmd_restore, {"restore", "02:00"}},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		cr_assert_eq(call(cases[i].cmd, cases[i].args), EXIT_OWN_ERROR,
			     "row %zu", i);
}

Test(host_cli, the_message_is_one_line)
{
	const char *const args[] = {"bind", "--nope", NULL};

	cr_assert_eq(call(cmd_bind, args), EXIT_OWN_ERROR);
	fflush(stderr);
	cr_assert_stderr_eq_str("passthru: bind: --nope: not understood; see: "
				"passthru bind --help\n");
}

Test(host_cli, help_is_no_error_and_does_nothing)
{
	const char *const list[] = {"list", "--help", NULL};
	const char *const info[] = {"info", "ff:1f.7", "--help", NULL};
	const char *const doctor[] = {"doctor", "ff:1f.7", "--help", NULL};
	const char *const bind[] = {"bind", "ff:1f.7", "--help", NULL};
	const char *const restore[] = {"restore", "--all", "--help", NULL};

	cr_assert_eq(call(cmd_list, list), 0);
	cr_assert_eq(call(cmd_info, info), 0);
	cr_assert_eq(call(cmd_doctor, doctor), 0);
	cr_assert_eq(call(cmd_bind, bind), 0);
	cr_assert_eq(call(cmd_restore, restore), 0);
}
