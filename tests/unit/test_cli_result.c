/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the guest's script says and what is believed of it.  The script is the
 * real one, run by this machine's shell: rows `run` and `present` need nothing
 * of a guest's.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "guest_expect_sh.h"
#include "vmm/cli/result.h"

#define MAX 4

static struct result r[MAX];

static unsigned take(const char *text)
{
	return result_read("N", text, strlen(text), r, MAX);
}

Test(cli_result, results_in_their_order)
{
	cr_assert_eq(take("N 1 0 12 3\nabc\nN 2 255 4294967295 0\n\n"), 2);
	cr_assert_eq(r[0].status, 0);
	cr_assert_eq(r[0].cs, 12);
	cr_assert_eq(r[0].len, 3);
	cr_assert(!memcmp(r[0].out, "abc", 3));
	cr_assert_eq(r[1].status, 255);
	cr_assert_eq(r[1].cs, UINT32_MAX);
	cr_assert_eq(r[1].len, 0);
}

/* A good first one, then each of these, is one result. */
Test(cli_result, nothing_is_believed_behind_the_first_wrong_byte)
{
	static const char *const bad[] = {
		"",
		"N 3 0 0 1\nx\n",
		"N 1 0 0 1\nx\n",
		"M 2 0 0 1\nx\n",
		"N 2 256 0 1\nx\n",
		"N 2 -1 0 1\nx\n",
		"N 2 0 4294967296 1\nx\n",
		"N 2 0 99999999999999999999999 1\nx\n",
		"N 2 0 0 65537\nx\n",
		"N 2 0 0 18446744073709551617\nx\n",
		"N 2 0 0 2\nx\n",
		"N 2 0 0 3\nx\n",
		"N 2 0 0 0\nx\n",
		"N 2 0 0 1\nx",
		"N 2 0 0 1\n",
		"N 2 0 0 1",
		"N 2 0 0 \nx\n",
		"N 2  0 0 1\nx\n",
		"N 2 0 0 1 \nx\n",
		"\nN 2 0 0 1\nx\n",
		"N",
	};
	char text[128];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		snprintf(text, sizeof(text), "N 1 0 0 1\nx\n%s", bad[i]);
		cr_assert_eq(take(text), 1, "row %zu", i);
	}
	cr_assert_eq(take("N 1 0 0 1\nx\nN 2 0 0 1\nx\n"), 2);
}

Test(cli_result, no_more_than_was_asked_for)
{
	cr_assert_eq(take("N 1 0 0 0\n\nN 2 0 0 0\n\nN 3 0 0 0\n\n"
			  "N 4 0 0 0\n\nN 5 0 0 0\n\n"),
		     MAX);
}

Test(cli_result, a_nonce_is_new)
{
	char one[RESULT_NONCE_LEN], two[RESULT_NONCE_LEN];

	cr_assert_eq(result_nonce(one), 0);
	cr_assert_eq(result_nonce(two), 0);
	cr_assert_eq(strspn(one, "0123456789abcdef"), RESULT_NONCE_LEN - 1);
	cr_assert_str_neq(one, two);
}

/* The script's output for these words, in a directory of its own; what a guest
 * mounts is not mounted here */
static size_t ask(char *const word[], char *out, size_t cap)
{
	char dir[] = "/tmp/test_cli_result_XXXXXX";
	char script[16384];
	const char *argv[16] = {"sh", "-c", script, "x"};
	unsigned n = 4;
	size_t len;
	FILE *f;
	int p[2];

	snprintf(script, sizeof(script), "mount() { :; }\n%s",
		 (const char *)guest_expect_sh);
	while (*word)
		argv[n++] = *word++;
	cr_assert_not_null(mkdtemp(dir));
	cr_assert_eq(pipe(p), 0);
	if (fork() == 0) {
		setenv("TMPDIR", dir, 1);
		dup2(p[1], STDOUT_FILENO);
		close(p[1]);
		execv("/bin/sh", (char **)argv);
		_exit(127);
	}
	close(p[1]);
	f = fdopen(p[0], "r");
	len = fread(out, 1, cap, f);
	fclose(f);
	snprintf(out + len, 64, "rm -rf %s", dir);
	cr_assert_eq(system(out + len), 0);
	return len;
}

/* Output that looks like the next result, long output, bytes of any kind */
Test(cli_result, what_a_command_prints_is_no_frame, .timeout = 60)
{
	static char out[1 << 20];
	char nonce[] = "4e4f", run[] = "run", none[] = "";
	char fake[] =
		"printf '\\n4e4f 2 0 0 0\\n\\n4e4f 3 0 0 0\\n\\n'; exit 7";
	char raw[] = "printf '\\0\\377\\033[2J'; echo e >&2";
	char much[] = "head -c 70000 /dev/zero; kill -9 $$";
	char *word[] = {nonce, run, fake, none, run, raw,
			none,  run, much, none, NULL};
	size_t len = ask(word, out, sizeof(out) - 64);

	cr_assert_eq(result_read(nonce, out, len, r, MAX), 3);
	cr_assert_eq(r[0].status, 7);
	cr_assert_eq(r[0].len, strlen("\n4e4f 2 0 0 0\n\n4e4f 3 0 0 0\n\n"));
	cr_assert_eq(r[1].status, 0);
	cr_assert_eq(r[1].len, 8);
	cr_assert(!memcmp(r[1].out, "\0\377\033[2Je\n", 8));
	cr_assert_eq(r[2].status, 128 + 9);
	cr_assert_eq(r[2].len, RESULT_OUTPUT_MAX);
}

Test(cli_result, words_are_no_commands, .timeout = 60)
{
	static char out[1 << 16];
	char nonce[] = "4e4f", present[] = "present";
	char hostile[] = "0000:00:1f.7$(echo x >&2)`id`;'\"", none[] = "";
	char *word[] = {nonce, present, hostile, none, NULL};
	size_t len = ask(word, out, sizeof(out) - 64);

	cr_assert_eq(result_read(nonce, out, len, r, MAX), 1);
	cr_assert_eq(r[0].status, 1);
	cr_assert_eq(r[0].len, 5);
	cr_assert(!memcmp(r[0].out, "none\n", 5));
}
