/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line of `passthru test`, and where the host's MAC addresses come
 * from.  Lines are split at spaces.
 */
#include <criterion/criterion.h>
#include <criterion/redirect.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "test_host_fake.h"
#include "vmm/cli/cmd.h"
#include "vmm/cli/hostmac.h"
#include "vmm/cli/run.h"
#include "vmm/cli/testopts.h"
#include "vmm/machine/machine.h"

static struct testopts opts;
static struct run_opts run;
static struct table t;
static struct fake host;

static void fini(void)
{
	testopts_fini(&opts);
	table_fini(&t);
	if (*host.root)
		fake_fini(&host);
}

TestSuite(cli_testopts, .fini = fini);

#define ARGS 16

static char line[256], *argv[ARGS + 1];

static int split(const char *text)
{
	int argc = 0;
	char *save;

	snprintf(line, sizeof(line), "test %s", text);
	memset(argv, 0, sizeof(argv));
	for (char *w = strtok_r(line, " ", &save); w && argc < ARGS;
	     w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	return argc;
}

/* @text with the table @rows */
static int parse(const char *text, const char *rows)
{
	int argc = split(text), rc;

	testopts_fini(&opts);
	table_fini(&t);
	err_clear();
	rc = testopts_parse(&opts, argc, argv);
	if (!rc && !opts.help)
		rc = table_parse(&t, opts.file, rows, strlen(rows));
	return rc || opts.help ? rc : testopts_run(&opts, &t, &run);
}

Test(cli_testopts, defaults)
{
	cr_assert_eq(parse("F", "link eth0 up"), 0, "%s", err_last());
	cr_assert_str_eq(opts.file, "F");
	cr_assert_eq(opts.format, report_tap);
	cr_assert_null(opts.output);
	cr_assert_eq(run.timeout_s, TESTOPTS_TIMEOUT_S);
	cr_assert_eq(run.console, OPTS_CONSOLE_AUTO);
	cr_assert_eq(run.ndev, 0);
}

Test(cli_testopts, ours_among_those_of_run)
{
	cr_assert_eq(parse("F --cpus 2 --format junit --memory=128M "
			   "--output=O --timeout 9 --device 03:00.0",
			   "device 02:00.0,at=0a.0\nlink eth0 up"),
		     0, "%s", err_last());
	cr_assert_eq(opts.format, report_junit);
	cr_assert_str_eq(opts.output, "O");
	cr_assert_eq(run.cpus, 2);
	cr_assert_eq(run.memory, 128 * MiB);
	cr_assert_eq(run.timeout_s, 9);
	cr_assert_eq(run.ndev, 2);
	cr_assert_str_eq(run.dev[0].name, "02:00.0");
	cr_assert_eq(run.dev[0].slot, 0x0a);
	cr_assert_str_eq(run.dev[1].name, "03:00.0");
	cr_assert_eq(parse("F --format junit --format=tap", "run x"), 0);
	cr_assert_eq(opts.format, report_tap, "the last one counts");
}

Test(cli_testopts, help_wherever_it_stands)
{
	cr_assert_eq(parse("--help", ""), 0);
	cr_assert(opts.help);
	cr_assert_eq(parse("F --bogus --help", ""), 0);
	cr_assert(opts.help);
	cr_assert_lt(parse("F -- --help", "run x"), 0);
}

Test(cli_testopts, what_is_refused)
{
	static const struct {
		const char *line, *says;
	} bad[] = {
		{"", "test: the file comes first, as in passthru test FILE"},
		{"--format tap F", "the file comes first"},
		{"F --format", "--format: its value is missing"},
		{"F --format xml", "--format xml: give tap or junit"},
		{"F --format=", "--format : give tap or junit"},
		{"F --output", "--output: its value is missing"},
		{"F --output=", "--output: empty; give a file's name"},
		{"F --outputs x", "--outputs: no such option"},
		{"F -- lspci", "test takes its commands from the file; write"},
		{"F --on-reboot restart", "leave it out"},
		{"F --console stdio",
		 "among the results; give a file, or none"},
		{"F G", "G: not an option"},
		{"F --device 02:00.0", "--device 02:00.0: given twice"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		cr_assert_lt(parse(bad[i].line, "device 02:00.0\nrun x"), 0,
			     "%s", bad[i].line);
		cr_assert(strstr(err_last(), bad[i].says), "%s\ngot: %s",
			  bad[i].line, err_last());
	}
}

static void redirect(void)
{
	cr_redirect_stdout();
	cr_redirect_stderr();
}

/* The command as far as it goes without a guest */
Test(cli_testopts, the_command_refuses_and_helps, .init = redirect)
{
	static const char *const bad[] = {"", "/nonexistent",
					  "/dev/null --cpus 1", "/dev/zero"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_assert_eq(cmd_test(split(bad[i]), argv), EXIT_OWN_ERROR,
			     "%s", bad[i]);
	cr_assert_eq(cmd_test(split("--help"), argv), 0);
}

static void a_host(void)
{
	fake_init(&host);
	fake_pair(&host);
}

static void write_rows(const char *path, const char *rows)
{
	FILE *f = fopen(path, "we");

	cr_assert_not_null(f);
	fputs(rows, f);
	fclose(f);
}

/* Its console goes to @console; there is no kernel, so nothing runs */
static int test_with_console(const char *console)
{
	char table[SYSFS_PATH_MAX], kernel[SYSFS_PATH_MAX];
	char out[SYSFS_PATH_MAX];
	char *arg[] = {(char *)"test",
		       table,
		       (char *)"--kernel",
		       kernel,
		       (char *)"--console",
		       (char *)console,
		       (char *)"--output",
		       out,
		       NULL};

	sysfs_path(table, "%s/t", host.root);
	sysfs_path(kernel, "%s/none", host.root);
	sysfs_path(out, "%s/out", host.root);
	write_rows(table, "run x\n");
	return cmd_test(ARRAY_SIZE(arg) - 1, arg);
}

Test(cli_testopts, a_console_with_a_long_name, .init = redirect)
{
	char path[5000], cut[512];
	size_t n;

	a_host();
	n = (size_t)snprintf(path, sizeof(path), "%s", host.root);
	while (n < 600) {
		n += (size_t)snprintf(path + n, sizeof(path) - n, "/%0199d", 0);
		if (n < 600)
			cr_assert_eq(mkdir(path, 0755), 0);
	}
	memcpy(cut, path, 511);
	cut[511] = '\0';
	cr_assert_eq(test_with_console(path), EXIT_OWN_ERROR);
	cr_assert_neq(access(cut, F_OK), 0, "another file was made");
	cr_assert_eq(access(path, F_OK), 0);
	memset(path + n, 'x', sizeof(path) - n);
	path[sizeof(path) - 1] = '\0';
	cr_assert_eq(test_with_console(path), EXIT_OWN_ERROR);
	cr_assert(strstr(err_last(), "--console"), "%.80s", err_last());
	cr_assert(strstr(err_last(), "ENAMETOOLONG"), "%.80s", err_last());
}

/* 121..125 of a test are ours to say */
Test(cli_testopts, the_guest_chooses_no_status, .init = redirect)
{
	static const struct {
		struct stop why;
		unsigned nlost;
		int test, run;
	} rows[] = {
		{{STOP_EXIT, 0}, 0, 0, 0},
		{{STOP_EXIT, 7}, 0, EXIT_GUEST_FAILED, 7},
		{{STOP_EXIT, 124}, 0, EXIT_GUEST_FAILED, 124},
		{{STOP_EXIT, 137}, 0, EXIT_GUEST_FAILED, 137},
		{{STOP_EXIT, 124}, 1, STOP_STATUS_LOST, STOP_STATUS_LOST},
		{{STOP_POWEROFF, 0}, 0, 0, 0},
		{{STOP_PANIC, 0}, 0, STOP_STATUS_PANIC, STOP_STATUS_PANIC},
		{{STOP_TIMEOUT, 0},
		 0,
		 STOP_STATUS_TIMEOUT,
		 STOP_STATUS_TIMEOUT},
		{{STOP_SIGNAL, 15}, 0, 143, 143},
	};
	static struct machine m;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		m.stop = rows[i].why;
		m.nlost = rows[i].nlost;
		cr_assert_eq(run_status(&m, false), rows[i].test, "row %zu", i);
		cr_assert_eq(run_status(&m, true), rows[i].run, "row %zu", i);
	}
}

static int fill(const char *rows)
{
	cr_assert_eq(parse("F", rows), 0, "%s", err_last());
	return hostmac_fill(&host.s, &run, &t);
}

#define PAIR "device 02:00.0,at=0a.0\ndevice 02:00.1,at=0b.0\n"

Test(cli_testopts, the_mac_that_the_host_has)
{
	a_host();
	fake_text(&host, "sys/class/net/eth1/address", "34:17:EB:f0:dc:e4\n");
	cr_assert_eq(fill(PAIR "mac 00:0b.0 host\nmac 00:0a.0 "
			       "00:00:00:00:00:01"),
		     0, "%s", err_last());
	cr_assert_str_eq(t.row[0].want, "34:17:eb:f0:dc:e4");
	cr_assert_str_eq(t.row[1].want, "00:00:00:00:00:01");
}

static void no_mac(const char *rows, int err, const char *says)
{
	cr_assert_eq(fill(rows), -err, "%s", rows);
	cr_assert(strstr(err_last(), says), "got: %s", err_last());
}

Test(cli_testopts, a_mac_that_nobody_knows)
{
	a_host();
	no_mac(PAIR "mac 00:0c.0 host", EINVAL,
	       "F:3: the guest gets no device at 0000:00:0c.0; give one with "
	       "at=0c.0");
	no_mac("device bcm5720,at=0a.0\nmac 00:0a.0 host", EINVAL,
	       "F:2: bcm5720 is no device of this host; write the MAC");
	fake_text(&host, "sys/class/net/eth1/address", "34:17:eb\n");
	no_mac(PAIR "mac 00:0b.0 host", EIO, "it holds no MAC address");
	fake_rm(&host, "sys/class/net/eth1/address");
	no_mac(PAIR "mac 00:0b.0 host", ENOENT, "ENOENT");
	fake_rm(&host, "sys/class/net/eth0");
	no_mac(PAIR "mac 00:0a.0 host", ENODEV,
	       "F:3: 02:00.0 has no network interface on this host now; give "
	       "it back to its driver (passthru restore 02:00.0)");
}
