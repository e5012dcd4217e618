/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file of `passthru test`: what its lines mean, and what is said of each
 * that means nothing.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "vmm/cli/table.h"
#include "vmm/cli/tablewords.h"

static struct table t;

static void fini(void)
{
	table_fini(&t);
}

TestSuite(cli_table, .fini = fini);

/* From a copy of exactly that length, for the address sanitizer's sake */
static int parse_bytes(const char *text, size_t len)
{
	char *copy = malloc(len ? len : 1);
	int rc;

	cr_assert_not_null(copy);
	memcpy(copy, text, len);
	table_fini(&t);
	err_clear();
	rc = table_parse(&t, "F", copy, len);
	free(copy);
	return rc;
}

static int parse(const char *text)
{
	return parse_bytes(text, strlen(text));
}

static void accept(const char *text)
{
	cr_assert_eq(parse(text), 0, "%s: %s", text, err_last());
}

Test(cli_table, a_whole_file)
{
	const struct table_row *r = t.row;

	accept("# what CI wants\n"
	       "device bcm5720,at=0a.0\n"
	       "  device\t02:00.0 # and a real one\n"
	       "\n"
	       "present 00:0a.0 14E4:165f # id\n"
	       "present 0000:00:0b.0\r\n"
	       "driver 00:0a.0 tg3\n"
	       "mac 00:0a.0 34:17:EB:f0:dc:e3\n"
	       "mac 00:0a.1 host\n"
	       "link eth0 up\n"
	       "address 00:0a.1 10.0.2.15/24\n"
	       "ping eth0 fe80::1\n"
	       "run \"echo \\\"a b\\\"; exit 3\" output ~ ^a.b$ status 3");
	cr_assert_eq(t.ndev, 2);
	cr_assert_str_eq(t.dev[0].name, "bcm5720,at=0a.0");
	cr_assert_str_eq(t.dev[1].name, "02:00.0");
	cr_assert_eq(t.dev[1].line, 3);
	cr_assert_eq(t.n, 9);
	cr_assert_eq(r[0].verb, TABLE_PRESENT);
	cr_assert_eq(r[0].line, 5);
	cr_assert_str_eq(r[0].name, "present 00:0a.0 14E4:165f");
	cr_assert_str_eq(r[0].where, "0000:00:0a.0");
	cr_assert_str_eq(r[0].want, "14e4:165f");
	cr_assert_str_eq(r[1].name, "present 0000:00:0b.0");
	cr_assert_str_eq(r[1].want, "");
	cr_assert_str_eq(r[2].want, "tg3");
	cr_assert_str_eq(r[3].want, "34:17:eb:f0:dc:e3");
	cr_assert_not(r[3].host);
	cr_assert(r[4].host);
	cr_assert_eq(r[4].addr.fn, 1);
	cr_assert_str_eq(r[5].where, "eth0");
	cr_assert_str_eq(r[6].want, "10.0.2.15/24");
	cr_assert_str_eq(r[7].want, "fe80::1");
	cr_assert_eq(r[8].verb, TABLE_RUN);
	cr_assert_str_eq(r[8].where, "echo \"a b\"; exit 3");
	cr_assert_eq(r[8].status, 3);
	cr_assert_eq(r[8].op, TABLE_LIKE);
	cr_assert_str_eq(r[8].want, "^a.b$");
}

Test(cli_table, words)
{
	accept("run \"\\t\\\\\\n\\\"#\" output = \"\" #x\n"
	       "run a#b output !~ \"#\" # comment");
	cr_assert_str_eq(t.row[0].where, "\t\\\n\"#");
}

/* The parser's message begins with the file's name and the line, and then: */
static void refuse(const char *text, const char *says)
{
	cr_assert_lt(parse(text), 0, "%s", text);
	cr_assert(!strncmp(err_last(), "F:", 2), "%s", err_last());
	cr_assert(strstr(err_last(), says), "%s\ngot: %s\nwant: %s", text,
		  err_last(), says);
}

/* clang-format off */
static const struct {
	const char *text, *says;
} wrong[] = {
	{"\n\nbogus", "F:3: bogus: not known; write device, present"},
	{"", "it expects nothing; write a line"},
	{"# nothing\n", "it expects nothing"},
	{"device bcm5720", "it expects nothing"},
	{"device", "F:1: device: it has 0 words behind it; write device DEV"},
	{"device a b", "it has 2 words"},
	{"device nonsense", "F:1: --device: \"nonsense\" is no PCI address"},
	{"device bcm5720,at=0a.1", "F:1: --device bcm5720,at=0a.1: it has"},
	{"device 02:00.0\ndevice 02:00.0", "F:2: --device 02:00.0: given twi"},
	{"present", "present: it has 0 words behind it; write present BDF ["},
	{"present 00:0a.0 1:2 x", "it has 3 words"},
	{"present eth0", "eth0: no place of a PCI device; write"},
	{"present 01:0a.0", "a guest has bus 00 only; write 00:SLOT.FN"},
	{"present 0001:00:0a.0", "a guest has bus 00 only"},
	{"present 00:0a.0 14e4", "14e4: no VENDOR:DEVICE; write four"},
	{"present 00:0a.0 14e4:165g", "no VENDOR:DEVICE"},
	{"present 00:0a.0 14e4:165ff", "no VENDOR:DEVICE"},
	{"driver 00:0a.0", "driver: it has 1 words behind it; write driver"},
	{"driver 00:0a.0 \"\"", "its name is empty; write none"},
	{"mac 00:0a.0 34:17:eb:f0:dc", "no MAC address; write one as in"},
	{"mac 00:0a.0 34:17:eb:f0:dc:e3:00", "no MAC address"},
	{"mac 00:0a.0 34:17:eb:f0:dc:eg", "no MAC address"},
	{"mac 00:0a.0 34-17-eb-f0-dc-e3", "no MAC address"},
	{"mac eth0 host", "eth0: no place"},
	{"link eth0 on", "link on: write up or down"},
	{"link eth/0 up", "eth/0: no interface's name; write one as in eth0"},
	{"link -a up", "no interface's name"},
	{"link \"\" up", "no interface's name"},
	{"link a234567890123456 up", "no interface's name"},
	{"address eth0 10.0.2.15", "no address; write ADDRESS/BITS"},
	{"address eth0 10.0.2.15/33", "no address"},
	{"address eth0 10.0.2/24", "no address"},
	{"address eth0 fe80::1/129", "no address"},
	{"address eth0 /24", "no address"},
	{"ping eth0 example.org", "names are not looked up"},
	{"ping eth0 -f", "no address"},
	{"run", "run: it has 0 words behind it; write run \"COMMAND\""},
	{"run \"\"", "the command is empty; write one"},
	{"run ethtool -i eth0", "-i: write status or output here; a command"},
	{"run a status", "write a number from 0 to 255"},
	{"run a status 256", "status 256: write a number"},
	{"run a status -1", "status -1: write a number"},
	{"run a status 0x1", "write a number"},
	{"run a output ~", "write =, ~ or !~ and a text"},
	{"run a output =~ b", "output =~: write =, ~ or !~"},
	{"run a output ~ \"(\"", "output ~ \"(\": Unmatched ( or \\(; write an"},
	{"run a output ~ (a)\\1", "back-references are not taken"},
	{"run a output ~ (a{50}){50}", "repeats more than 1000 times"},
	{"run a output ~ a{1,2000}", "repeats more than 1000 times"},
	{"run a status 1 status 1", "status: given twice; leave one out"},
	{"run a output = b output = b", "output: given twice"},
	{"run a b c d e f g h", "more than 8 words; put a command or text"},
	{"run \"a", "a quote is not closed; write another"},
	{"run \"a\\", "a backslash in quotes: write \\\\ for it"},
	{"run \"\\a\"", "a backslash in quotes"},
	{"run \"a\"b", "a word goes on behind its quote"},
	{"run a\"b", "a quote in a word; put the whole word in quotes"},
	{"run \x01", "byte 0x01: only printable UTF-8"},
	{"run \xff", "byte 0xff: only printable UTF-8"},
	{"run a\rb", "byte 0x0d"},
	{"# \x1b[2J", "byte 0x1b"},
	{"run \xc2\x9b", "byte 0xc2"},
};
/* clang-format on */

Test(cli_table, what_is_wrong_is_named_with_its_cure)
{
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		refuse(wrong[i].text, wrong[i].says);
	cr_assert_lt(parse_bytes("run \0", 5), 0);
	cr_assert(strstr(err_last(), "byte 0x00"), "%s", err_last());
}

Test(cli_table, limits)
{
	static char text[TABLE_BYTES_MAX + 1];
	const char row[] = "link e up\n";
	size_t n = sizeof(row) - 1;

	for (size_t i = 0; i <= TABLE_ROWS_MAX; i++)
		memcpy(text + i * n, row, n);
	cr_assert_eq(parse_bytes(text, TABLE_ROWS_MAX * n), 0);
	cr_assert_eq(t.n, TABLE_ROWS_MAX);
	cr_assert_eq(parse_bytes(text, (TABLE_ROWS_MAX + 1) * n), -E2BIG);
	cr_assert(strstr(err_last(), "F:257: one row too many; 256 at most"));
	memset(text, '#', sizeof(text));
	memcpy(text, row, n);
	cr_assert_eq(parse_bytes(text, TABLE_BYTES_MAX), 0);
	cr_assert_eq(parse_bytes(text, TABLE_BYTES_MAX + 1), -E2BIG);
	cr_assert(strstr(err_last(), "F: too long; 65536 bytes at most"));
	for (size_t i = 0; i < OPTS_MAX_DEVICES / 2 + 1; i++)
		strcpy(text + i * 15, "device bcm5720\n");
	cr_assert_lt(parse(text), 0);
	cr_assert(strstr(err_last(), "F:9: --device bcm5720: one too many"));
}

Test(cli_table, regular_expressions_see_lines_and_bytes)
{
	static const char text[] = "one\ntwo\0three\n";

	cr_assert(tablewords_like("^two", text, sizeof(text) - 1));
	cr_assert(tablewords_like("three$", text, sizeof(text) - 1));
	cr_assert(tablewords_like("^one$", text, sizeof(text) - 1));
	cr_assert_not(tablewords_like("one.two", text, sizeof(text) - 1));
	cr_assert_not(tablewords_like("three", text, 8));
	cr_assert_not(tablewords_like("x", "", 0));
	cr_assert_null(tablewords_bad_ere("a\\{2000}"), "no repetition");
}
