/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The help texts agree with what they describe, and cli_fail() prints one line.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "vmm/cli/fail.h"
#include "vmm/cli/help.h"
#include "vmm/cli/version.h"

static char *text_of(void (*print)(FILE *f))
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	cr_assert_not_null(f);
	print(f);
	fclose(f);
	return text;
}

static void check_width(const char *text)
{
	for (const char *p = text; *p; p = strchr(p, '\n') + 1) {
		cr_assert_not_null(strchr(p, '\n'), "last line has no end");
		cr_assert_leq(strcspn(p, "\n"), 80, "%.30s...", p);
	}
}

Test(cli_help, run_names_every_option_default_and_status)
{
	static const char *const has[] = {
		"--device BDF",
		"--device vfio-user:PATH",
		"--device bcm5720",
		"--managed",
		"--kernel",
		"--initrd",
		"--append",
		"--cpus",
		"--memory",
		"--hugepages",
		"nr_hugepages",
		"--console",
		"--force",
		"--stats",
		"--explain",
		"--trace AREA",
		"--timeout",
		"--server-timeout",
		"-- CMD",
		"512M",
		"5000",
		"default: 1",
		"Ctrl-a x",
		"121",
		"122",
		"123",
		"124",
		"125",
		"128+n",
	};
	char *text = text_of(help_run);

	for (size_t i = 0; i < ARRAY_SIZE(has); i++)
		cr_assert(strstr(text, has[i]), "%s is missing", has[i]);
	check_width(text);
	free(text);
}

Test(cli_help, main_names_every_command)
{
	static const char *const has[] = {"run",      "list",
					  "info",     "doctor",
					  "test",     "bind ",
					  "restore",  "--version",
					  "--help",   "--device bcm5720",
					  "/dev/kvm", "IOMMU"};
	char *text = text_of(help_main);

	for (size_t i = 0; i < ARRAY_SIZE(has); i++)
		cr_assert(strstr(text, has[i]), "%s is missing", has[i]);
	check_width(text);
	free(text);
}

Test(cli_help, version)
{
	char *text = text_of(help_version);

	cr_assert_str_eq(text, "passthru " PASSTHRU_VERSION "\n");
	free(text);
}

static size_t fail_output(char *buf, size_t cap)
{
	int saved = dup(STDERR_FILENO);
	ssize_t n;
	int p[2];

	cr_assert_eq(pipe(p), 0);
	fflush(stderr);
	dup2(p[1], STDERR_FILENO);
	cr_assert_eq(cli_fail(), 125);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(p[1]);
	n = read(p[0], buf, cap - 1);
	close(p[0]);
	cr_assert_geq(n, 0);
	buf[n] = '\0';
	return (size_t)n;
}

Test(cli_help, failure_is_one_line)
{
	char buf[256];

	err_set(EBUSY, "02:00.0: taken");
	fail_output(buf, sizeof(buf));
	cr_assert_str_eq(buf, "passthru: 02:00.0: taken\n");
	err_clear();
	fail_output(buf, sizeof(buf));
	cr_assert_str_eq(buf, "passthru: unknown error\n");
}
