/* SPDX-License-Identifier: BSD-2-Clause */
/* Arguments of `passthru doctor`; what it finds here depends on this host. */
#include <criterion/criterion.h>
#include <criterion/redirect.h>

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/json.h"
#include "test_cli_call.h"
#include "vmm/cli/cmd.h"

TestSuite(cli_doctor);

Test(cli_doctor, usage_errors_exit_125)
{
	static const char *const cases[][ARGS_MAX + 1] = {
		{"doctor", "--jsn"},
		{"doctor", "02:00"},
		{"doctor", ""},
		{"doctor", "--memory"},
		{"doctor", "--memory", "1M"},
		{"doctor", "--memory=65M"},
		{"doctor", "ff:1f.7", "--memory", "much"},
	};

	cr_redirect_stdout();
	cr_redirect_stderr();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		cr_assert_eq(call(cmd_doctor, cases[i]), EXIT_OWN_ERROR,
			     "row %zu", i);
}

Test(cli_doctor, the_message_is_one_line)
{
	const char *const args[] = {"doctor", "--memory=65M", NULL};

	cr_redirect_stderr();
	cr_assert_eq(call(cmd_doctor, args), EXIT_OWN_ERROR);
	fflush(stderr);
	cr_assert_stderr_eq_str("passthru: --memory 65M: not a multiple of 2M; "
				"the next one is 66M\n");
}

static size_t output(const char *const args[], int *status, char *buf,
		     size_t cap)
{
	FILE *f = cr_get_redirected_stdout();
	size_t n = 0;

	*status = call(cmd_doctor, args);
	fflush(stdout);
	fclose(stdout);
	for (size_t got = 1; got && n < cap; n += got)
		got = fread(buf + n, 1, cap - n, f);
	return n;
}

Test(cli_doctor, json_is_json_and_agrees_with_the_status)
{
	static char buf[1 << 16];
	const char *const args[] = {"doctor", "--json", "ff:1f.7", NULL};
	struct json_want want[] = {{"format", 0}, {"ready", 2}};
	int status;
	size_t n;

	cr_redirect_stdout();
	n = output(args, &status, buf, sizeof(buf));
	cr_assert_eq(status, 1, "there is no such device");
	cr_assert_eq(json_read(buf, n, want, 2), 0, "%.*s", (int)n, buf);
	cr_assert_eq(want[0].value, 1);
	cr_assert_eq(want[1].value, 0);
	cr_assert(memmem(buf, n, "\"subject\": \"0000:ff:1f.7\"", 25));
}

Test(cli_doctor, for_a_person)
{
	static char buf[1 << 16];
	const char *const args[] = {"doctor", "ff:1f.7", NULL};
	int status;
	size_t n;

	cr_redirect_stdout();
	n = output(args, &status, buf, sizeof(buf));
	cr_assert_eq(status, 1);
	cr_assert(memmem(buf, n, "\n0000:ff:1f.7\n  fail     device", 31));
	cr_assert(memmem(buf, n, "           cure: passthru list\n", 31));
	cr_assert(memmem(buf, n, "not ready: ", 11));
}
