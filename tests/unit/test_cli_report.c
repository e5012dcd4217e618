/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Verdicts, and the two reports as they are in tests/golden: report.tap and
 * report.xml, which tests/golden/report.sh gives to parsers that are not ours.
 * With GOLDEN_WRITE=1 in the environment they are written anew.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "test_host_libc.h"
#include "vmm/cli/report.h"

static struct table t;
static struct result result[TABLE_ROWS_MAX];
static struct verdict verdict[TABLE_ROWS_MAX];

static void fini(void)
{
	table_fini(&t);
}

TestSuite(cli_report, .fini = fini);

/* Is @row as expected when the guest answers so? */
static bool judged(const char *row, unsigned status, const char *out)
{
	struct result r = {.status = status, .out = out, .len = strlen(out)};

	table_fini(&t);
	cr_assert_eq(table_parse(&t, "F", row, strlen(row)), 0, "%s",
		     err_last());
	verdict_of(&t.row[0], &r, &verdict[0]);
	cr_assert(verdict[0].there);
	cr_assert_eq(verdict[0].ok, !*verdict[0].why);
	return verdict[0].ok;
}

Test(cli_report, facts)
{
	cr_assert(judged("present 00:0a.0", 0, "14e4:165f\n"));
	cr_assert(judged("present 00:0a.0 14E4:165F", 0, "14e4:165f\n"));
	cr_assert_not(judged("present 00:0a.0", 1, "none\n"));
	cr_assert_not(judged("present 00:0a.0 14e4:1657", 0, "14e4:165f\n"));
	cr_assert(judged("driver 00:0a.0 tg3", 0, "tg3\n"));
	cr_assert(judged("driver 00:0a.0 none", 0, "none\n"));
	cr_assert_not(judged("driver 00:0a.0 tg3", 1, "tg3\n"));
	cr_assert_not(judged("driver 00:0a.0 tg3", 0, "tg31\n"));
	cr_assert_not(judged("driver 00:0a.0 tg3", 0, ""));
	cr_assert(judged("link eth0 up", 0, "up\n"));
	cr_assert_not(judged("link eth0 up", 0, "down\n"));
	cr_assert_not(judged("link eth0 down", 1, "no network interface\n"));
	cr_assert(judged("address eth0 dhcp", 0, "anything"));
	cr_assert_not(judged("address eth0 dhcp", 1, ""));
	cr_assert(judged("ping eth0 10.0.2.2", 0, ""));
	cr_assert_not(judged("ping eth0 10.0.2.2", 1, ""));
	cr_assert(judged("mac 00:0a.0 34:17:EB:f0:dc:e3", 0,
			 "34:17:eb:f0:dc:e3\n"));
	cr_assert_not(judged("mac 00:0a.0 34:17:eb:f0:dc:e3", 0,
			     "34:17:eb:f0:dc:e4\n"));
}

Test(cli_report, commands)
{
	cr_assert(judged("run x", 0, "y"));
	cr_assert_not(judged("run x", 1, "y"));
	cr_assert(judged("run x status 3", 3, ""));
	cr_assert_not(judged("run x status 3", 0, ""));
	cr_assert(judged("run x output = y", 0, "y\n"));
	cr_assert(judged("run x output = \"y\\n\"", 0, "y"));
	cr_assert(judged("run x output = \"\"", 0, "\n"));
	cr_assert_not(judged("run x output = y", 0, "yy"));
	cr_assert_not(judged("run x output = y", 1, "y"));
	cr_assert(judged("run x output ~ ^b$", 0, "a\nb\n"));
	cr_assert_not(judged("run x output ~ ^b$", 0, "a\nbb\n"));
	cr_assert(judged("run x output !~ ^b$", 0, "a\nbb\n"));
	cr_assert_not(judged("run x output !~ ^b$", 0, "a\nb\n"));
}

/* As many bytes as are sent: there may have been more */
Test(cli_report, what_nobody_saw_is_not_as_expected)
{
	static char lots[RESULT_OUTPUT_MAX + 1];

	memset(lots, '\n', RESULT_OUTPUT_MAX - 1);
	cr_assert(judged("run x output !~ z", 0, lots));
	cr_assert(judged("run x output = \"\"", 0, lots));
	memset(lots, '\n', RESULT_OUTPUT_MAX);
	lots[0] = 'y';
	cr_assert_not(judged("run x output !~ z", 0, lots));
	cr_assert(strstr(verdict[0].why, "output too long to tell"), "%s",
		  verdict[0].why);
	cr_assert_not(judged("run x output = y", 0, lots));
	cr_assert(strstr(verdict[0].why, "output too long to tell"), "%s",
		  verdict[0].why);
	cr_assert_not(judged("run x output !~ y", 0, lots));
	cr_assert(strstr(verdict[0].why, "want no line"), "%s", verdict[0].why);
	cr_assert(judged("run x output ~ y", 0, lots));
	cr_assert(judged("run x", 0, lots));
}

Test(cli_report, a_search_that_failed_found_nothing_out)
{
	static const char *const row[] = {"run x output ~ y",
					  "run x output !~ y"};

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		cr_assert_eq(judged(row[i], 0, "y"), i == 0);
		libc_fail(1, ENOMEM);
		cr_assert_not(judged(row[i], 0, i ? "z" : "y"));
		cr_assert_str_eq(libc_failed(), "regexec");
		cr_assert(strstr(verdict[0].why, "no memory"), "%s",
			  verdict[0].why);
		libc_fail(0, 0);
	}
}

/* What a guest may print to break whatever reads the report */
static const char hostile[] =
	"]]></failure><testcase name=\"x\"/>&amp; <!-- \x00\x01\x1b[2J\r\n"
	"ok 9 - x\nnot ok 10\n1..1\nBail out!\n  ...\n# TODO\n\"\\\t"
	"\xff\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80\xef\xbf\xbf\xc2\x9b"
	" \xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80 \xe2\x82";

static const char rows[] = "present 00:0a.0 14e4:165f\n"
			   "run \"echo '#\\\\' # TODO <&>\" output !~ \"<&>\"\n"
			   "driver 00:0a.0 \"]]>\\\"'\\n\xc3\xbc\"\n"
			   "link eth0 up\n"
			   "run long output = x\n"
			   "run \"reboot -f\"\n"
			   "ping eth0 10.0.2.2\n";

static char *make_report(report_fn *print, const char *log)
{
	static char lots[6000];
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);
	struct report r = {&t, result, verdict, log};

	cr_assert_eq(table_parse(&t, "a<b>&\".test", rows, sizeof(rows) - 1), 0,
		     "%s", err_last());
	memset(lots, 'x', sizeof(lots));
	result[0] = (struct result){0, 12, "14e4:165f\n", 10};
	result[1] = (struct result){0, 105, "a<&>b", 5};
	result[2] = (struct result){0, 0, hostile, sizeof(hostile) - 1};
	result[3] = (struct result){0, 70, "up\n", 3};
	result[4] = (struct result){1, 70, lots, sizeof(lots)};
	for (unsigned i = 0; i < 5; i++)
		verdict_of(&t.row[i], &result[i], &verdict[i]);
	verdict_none("no answer: the guest ended (status 0)", &verdict[5]);
	verdict_none("not reached: the guest ended (status 0)", &verdict[6]);
	cr_assert_eq(report_misses(&r), 5);
	print(f, &r);
	fclose(f);
	return text;
}

static void check(const char *path, char *text)
{
	static char golden[65536];
	bool anew = getenv("GOLDEN_WRITE");
	FILE *f = fopen(path, anew ? "w" : "r");

	cr_assert_not_null(f, "%s", path);
	if (anew)
		fputs(text, f);
	else
		golden[fread(golden, 1, sizeof(golden) - 1, f)] = '\0';
	fclose(f);
	cr_assert(anew || !strcmp(text, golden), "%s differs:\n%s", path, text);
	free(text);
}

Test(cli_report, tap_is_the_golden_one)
{
	check("tests/golden/report.tap",
	      make_report(report_tap, "/tmp/a b\n.log"));
}

Test(cli_report, junit_is_the_golden_one)
{
	check("tests/golden/report.xml",
	      make_report(report_junit, "/tmp/<&>.log"));
}

/* Whatever byte the guest prints, none of these reports has it as it is. */
Test(cli_report, no_control_character_gets_through)
{
	static report_fn *const print[] = {report_tap, report_junit};
	static const char row[] = "driver 00:0a.0 x";
	char bytes[256], *text = NULL;
	struct report r = {&t, result, verdict, NULL};
	size_t n;

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)i;
	cr_assert_eq(table_parse(&t, "F", row, sizeof(row) - 1), 0);
	result[0] = (struct result){0, 0, bytes, sizeof(bytes)};
	verdict_of(&t.row[0], &result[0], &verdict[0]);
	for (unsigned i = 0; i < ARRAY_SIZE(print); i++) {
		FILE *f = open_memstream(&text, &n);

		print[i](f, &r);
		fclose(f);
		for (size_t k = 0; k < n; k++)
			cr_assert(text[k] == '\n' ||
					  (text[k] >= ' ' && text[k] < 0x7f),
				  "byte 0x%02x", (unsigned char)text[k]);
		free(text);
	}
}
