/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line of `run`: what it means, and what is wrong with it.
 *
 * Lines are split at spaces; "" stands for an empty argument.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "vmm/cli/devices.h"
#include "vmm/cli/opts.h"

#define MAX_ARGS 64

struct line {
	char text[1024];
	char *argv[MAX_ARGS + 1];
	int argc;
};

static void split(struct line *l, const char *text)
{
	char *save = NULL;

	memset(l, 0, sizeof(*l));
	snprintf(l->text, sizeof(l->text), "run %s", text);
	for (char *p = strtok_r(l->text, " ", &save); p;
	     p = strtok_r(NULL, " ", &save)) {
		cr_assert_lt(l->argc, MAX_ARGS);
		l->argv[l->argc++] = strcmp(p, "\"\"") ? p : p + 2;
	}
}

static int parse(struct run_opts *o, struct line *l, const char *text)
{
	split(l, text);
	err_clear();
	return opts_parse_run(o, l->argc, l->argv);
}

Test(cli_opts, defaults)
{
	struct run_opts o;
	struct line l;

	cr_assert_eq(parse(&o, &l, ""), 0);
	cr_assert_eq(o.ndev, 0);
	cr_assert_eq(o.cpus, 1);
	cr_assert_eq(o.memory, 512 * MiB);
	cr_assert_eq(o.console, OPTS_CONSOLE_AUTO);
	cr_assert_eq(o.timeout_s, 0);
	cr_assert_eq(o.server_ms, 0);
	cr_assert_null(o.kernel);
	cr_assert_null(o.initrd);
	cr_assert_null(o.append);
	cr_assert_null(o.console_file);
	cr_assert_null(o.cmd);
	cr_assert_not(o.managed || o.stats || o.force || o.help);
	cr_assert_not(o.hugepages);
}

Test(cli_opts, everything_at_once)
{
	struct run_opts o;
	struct line l;

	cr_assert_eq(parse(&o, &l,
			   "--device 02:00.0,at=0a.0 --device=02:00.1,at=b.0 "
			   "--managed --kernel K --initrd I --append a=b "
			   "--cpus 4 --memory 3G --console C --timeout 60 "
			   "--stats --force --hugepages --server-timeout 10 "
			   "--on-reboot exit --on-reboot restart "
			   "-- sh --help -c x"),
		     0, "%s", err_last());
	cr_assert_eq(o.ndev, 2);
	cr_assert_str_eq(o.dev[0].name, "02:00.0");
	cr_assert_eq(o.dev[0].slot, 0x0a);
	cr_assert_eq(o.dev[1].slot, 0x0b);
	cr_assert(o.dev[1].placed);
	cr_assert(o.managed && o.stats && o.force && o.hugepages && o.restart);
	cr_assert_not(o.help, "that one is the command's");
	cr_assert_str_eq(o.kernel, "K");
	cr_assert_str_eq(o.initrd, "I");
	cr_assert_str_eq(o.append, "a=b");
	cr_assert_eq(o.cpus, 4);
	cr_assert_eq(o.memory, 3 * GiB);
	cr_assert_eq(o.console, OPTS_CONSOLE_FILE);
	cr_assert_str_eq(o.console_file, "C");
	cr_assert_eq(o.timeout_s, 60);
	cr_assert_eq(o.server_ms, 10);
	cr_assert_eq(o.ncmd, 4);
	cr_assert_str_eq(o.cmd[0], "sh");
	cr_assert_str_eq(o.cmd[1], "--help");
	cr_assert_null(o.cmd[4]);
}

Test(cli_opts, a_second_parse_starts_afresh)
{
	struct run_opts o;
	struct line l;

	for (unsigned i = 0; i < 3; i++) {
		cr_assert_eq(parse(&o, &l, "--stats --cpus 2 -- a b"), 0);
		cr_assert_eq(o.ncmd, 2);
		cr_assert_lt(parse(&o, &l, "--bogus"), 0);
	}
}

Test(cli_opts, the_last_one_counts)
{
	struct run_opts o;
	struct line l;

	cr_assert_eq(parse(&o, &l,
			   "--cpus 2 --cpus 3 --console f --console none"),
		     0);
	cr_assert_eq(o.cpus, 3);
	cr_assert_eq(o.console, OPTS_CONSOLE_NONE);
	cr_assert_null(o.console_file);
	cr_assert_eq(parse(&o, &l, "--console ./none --console stdio"), 0);
	cr_assert_eq(o.console, OPTS_CONSOLE_STDIO);
}

Test(cli_opts, values_that_look_like_options)
{
	struct run_opts o;
	struct line l;

	cr_assert_eq(parse(&o, &l, "--append --"), 0);
	cr_assert_str_eq(o.append, "--");
	cr_assert_null(o.cmd);
	cr_assert_eq(parse(&o, &l, "--append -- -- -- x"), 0);
	cr_assert_eq(o.ncmd, 2);
	cr_assert_str_eq(o.cmd[0], "--");
	cr_assert_eq(parse(&o, &l, "--append \"\""), 0);
	cr_assert_str_eq(o.append, "");
}

Test(cli_opts, help_ends_the_checks)
{
	struct run_opts o;
	struct line l;

	cr_assert_eq(parse(&o, &l, "--help --bogus"), 0);
	cr_assert(o.help);
	cr_assert_eq(parse(&o, &l, "--device 02:00.0,at=01.1 --help"), 0);
	cr_assert(o.help);
}

/* clang-format off */
static const struct {
	const char *text;
	const char *slots; /* SLOT.FN of each device */
} places[] = {
	{"--device 02:00.0", "01.0"},
	{"--device 02:00.0 --device 02:00.1 --device 03:00.0", "01.0 02.0 03.0"},
	{"--device 02:00.0 --device 02:00.1,at=01.0", "02.0 01.0"},
	{"--device 02:00.0,at=02.0 --device 03:00.0 --device 04:00.0",
	 "02.0 01.0 03.0"},
	{"--device 02:00.1,at=1f.7 --device 02:00.0,at=1f.0", "1f.7 1f.0"},
	{"--device 02:00.0,at=1.0 --device 02:00.1,at=01.1 --device 03:00.0",
	 "01.0 01.1 02.0"},
	{"--device 0000:02:00.0,at=0A.0 --device 0001:02:00.0,at=0a.5",
	 "0a.0 0a.5"},
	{"--device bcm5720", "01.0 01.1"},
	{"--device bcm5720,at=1f.0", "1f.0 1f.1"},
	{"--device bcm5720 --device bcm5720", "01.0 01.1 02.0 02.1"},
	{"--device 02:00.0 --device bcm5720 --device 03:00.0",
	 "01.0 02.0 02.1 03.0"},
	{"--device bcm5720 --device 02:00.0,at=01.0", "02.0 02.1 01.0"},
	{"--device bcm5720,at=2.0 --device 03:00.0,at=02.2", "02.0 02.1 02.2"},
	{"--device vfio-user:/a --device vfio-user:b,at=01.0 --device 02:00.0",
	 "02.0 01.0 03.0"},
	{"--device vfio-user:/a,at=x,at=04.0 --device vfio-user:,at=04.1,at=4.1",
	 "04.0 04.1"},
};
/* clang-format on */

Test(cli_opts, devices_find_their_places)
{
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		struct run_opts o;
		char got[256] = "";
		struct line l;

		cr_assert_eq(parse(&o, &l, places[i].text), 0, "%s: %s",
			     places[i].text, err_last());
		for (unsigned d = 0; d < o.ndev; d++) {
			size_t n = strlen(got);

			snprintf(got + n, sizeof(got) - n, "%s%02x.%u",
				 d ? " " : "", o.dev[d].slot, o.dev[d].fn);
		}
		cr_assert_str_eq(got, places[i].slots);
	}
}

Test(cli_opts, kinds_of_devices)
{
	struct run_opts o;
	struct line l;

	cr_assert_eq(parse(&o, &l,
			   "--device vfio-user:/tmp/a,b=c:d --device 02:00.0 "
			   "--device bcm5720 --device bcm5720 "
			   "--device vfio-user:/s,at=1,at=0a.0"),
		     0, "%s", err_last());
	cr_assert_eq(o.ndev, 7);
	cr_assert_eq(o.ntwins, 2);
	cr_assert_eq(o.dev[0].kind, OPTS_SOCKET);
	cr_assert_str_eq(o.dev[0].name, "vfio-user:/tmp/a,b=c:d");
	cr_assert_str_eq(devices_path(&o.dev[0]), "/tmp/a,b=c:d");
	cr_assert_eq(o.dev[1].kind, OPTS_HOST);
	for (unsigned i = 2; i < 6; i++) {
		cr_assert_eq(o.dev[i].kind, OPTS_TWIN);
		cr_assert_eq(o.dev[i].twin, (i - 2) / 2);
		cr_assert_eq(o.dev[i].port, i % 2);
		cr_assert_eq(o.dev[i].fn, i % 2);
	}
	cr_assert_str_eq(devices_path(&o.dev[6]), "/s,at=1");
}

Test(cli_opts, a_path_of_107_bytes_and_no_more)
{
	char text[200] = "--device vfio-user:";
	size_t head = strlen(text);
	struct run_opts o;
	struct line l;

	for (size_t n = 0; n < 150; n++) {
		text[head + n] = '\0';
		cr_assert_eq(parse(&o, &l, text),
			     n >= 1 && n <= 107 ? 0 : -EINVAL, "%zu", n);
		if (n == 107)
			cr_assert_eq(strlen(devices_path(o.dev)), 107);
		if (n > 107)
			cr_assert(strstr(err_last(), "107"), "%s", err_last());
		text[head + n] = 'x';
	}
}

Test(cli_opts, one_socket_by_two_names)
{
	char text[200];
	struct run_opts o;
	struct line l;

	/* a directory is as good as a socket here: nobody connects */
	snprintf(text, sizeof(text),
		 "--device vfio-user:/tmp --device vfio-user:/usr/../tmp");
	cr_assert_eq(parse(&o, &l, text), -EINVAL);
	cr_assert(strstr(err_last(), "given twice"), "%s", err_last());
	cr_assert_eq(parse(&o, &l,
			   "--device vfio-user:/tmp --device vfio-user:/usr"),
		     0);
}

static void many_devices(char *text, size_t cap, unsigned n)
{
	text[0] = '\0';
	for (unsigned i = 0; i < n; i++) {
		size_t used = strlen(text);

		snprintf(text + used, cap - used, "--device %02x:00.0 ", i + 1);
	}
}

Test(cli_opts, sixteen_devices_and_no_more)
{
	struct run_opts o;
	char text[512];
	struct line l;

	many_devices(text, sizeof(text), 16);
	cr_assert_eq(parse(&o, &l, text), 0);
	cr_assert_eq(o.dev[15].slot, 0x10);
	many_devices(text, sizeof(text), 17);
	cr_assert_eq(parse(&o, &l, text), -EINVAL);
	cr_assert(strstr(err_last(), "11:00.0"), "%s", err_last());
	cr_assert(strstr(err_last(), "16"), "%s", err_last());
	many_devices(text, sizeof(text), 14);
	strcat(text, "--device bcm5720");
	cr_assert_eq(parse(&o, &l, text), 0);
	many_devices(text, sizeof(text), 15);
	strcat(text, "--device bcm5720");
	cr_assert_eq(parse(&o, &l, text), -EINVAL, "it brings two");
}

/* what is wrong, and two things that the message must say */
/* clang-format off */
static const struct {
	const char *text;
	const char *names;
	const char *cure;
} wrong[] = {
	{"--bogus",                "--bogus: no such option", "--help"},
	{"-x",                     "-x: no such option", "--help"},
	{"-xyz",                   "-xyz: no such option", "--help"},
	{"--stats -x",             "-x: no such option", "--help"},
	{"--c 1",                  "--c: no such option", "--help"},
	{"--device",               "--device: its value is missing", "--help"},
	{"--stats --cpus",         "--cpus: its value is missing", "--help"},
	{"--managed=yes",          "--managed=yes", "no value"},
	{"ls",                     "ls: not an option", "--"},
	{"--stats 02:00.0 --",     "02:00.0: not an option", "--"},
	{"--",                     "--: no command", "name one"},
	{"--cpus 0",               "--cpus 0", "1 to 64"},
	{"--cpus 65",              "--cpus 65", "1 to 64"},
	{"--cpus -1",              "--cpus -1", "1 to 64"},
	{"--cpus +1",              "--cpus +1", "1 to 64"},
	{"--cpus 2x",              "--cpus 2x", "1 to 64"},
	{"--cpus 0x2",             "--cpus 0x2", "1 to 64"},
	{"--cpus \"\"",            "--cpus : ", "1 to 64"},
	{"--cpus 18446744073709551617", "--cpus 184", "1 to 64"},
	{"--memory 0",             "--memory 0", "64M"},
	{"--memory 62M",           "--memory 62M", "64M or more"},
	{"--memory 65M",           "--memory 65M", "66M"},
	{"--memory 70000K",        "--memory 70000K", "70M"},
	{"--memory 1T",            "--memory 1T", "K, M or G"},
	{"--memory 1GB",           "--memory 1GB", "K, M or G"},
	{"--memory 1.5G",          "--memory 1.5G", "K, M or G"},
	{"--memory -1G",           "--memory -1G", "K, M or G"},
	{"--memory G",             "--memory G", "K, M or G"},
	{"--memory \"\"",          "--memory : ", "K, M or G"},
	{"--memory 99999999999999G", "--memory 9999", "not a size"},
	{"--memory 99999999999999999999999", "--memory 9999", "not a size"},
	{"--timeout 0",            "--timeout 0", "seconds"},
	{"--timeout 1.5",          "--timeout 1.5", "whole seconds"},
	{"--timeout -3",           "--timeout -3", "seconds"},
	{"--timeout 4294967297",   "--timeout 4294967297", "seconds"},
	{"--on-reboot later",      "--on-reboot later:", "exit or restart"},
	{"--server-timeout 9",     "--server-timeout 9:", "10 to 3600000"},
	{"--server-timeout 3600001", "3600001", "10 to 3600000"},
	{"--server-timeout 5s",    "5s", "milliseconds"},
	{"--console \"\"",         "--console", "stdio, none or"},
	{"--kernel \"\"",          "--kernel", "file"},
	{"--initrd \"\"",          "--initrd", "file"},
	{"--device \"\"",          "--device", "BDF"},
	{"--device eth0",          "--device", "eth0"},
	{"--device 02:00.8",       "--device", "02:00.8"},
	{"--device 02:00.0,foo",   "--device", "02:00.0,foo"},
	{"--device ,at=01.0",      "--device ,at=01.0", "BDF"},
	{"--device 02:00.0,at=",   "at=", "SLOT.FN"},
	{"--device 02:00.0,at=0a", "at=0a", "SLOT.FN"},
	{"--device 02:00.0,at=00.0", "at=00.0", "01-1f"},
	{"--device 02:00.0,at=20.0", "at=20.0", "01-1f"},
	{"--device 02:00.0,at=001.0", "at=001.0", "01-1f"},
	{"--device 02:00.0,at=0x1.0", "at=0x1.0", "01-1f"},
	{"--device 02:00.0,at=-1.0", "at=-1.0", "01-1f"},
	{"--device 02:00.0,at=01.8", "at=01.8", "0-7"},
	{"--device 02:00.0,at=01.", "at=01.", "0-7"},
	{"--device 02:00.0,at=01.00", "at=01.00", "0-7"},
	{"--device 02:00.0,at=01.0,at=02.0", "02:00.0,at=01.0", "PCI address"},
	{"--device vfio-user:",    "vfio-user:", "PATH"},
	{"--device vfio-user:,at=01.0", "vfio-user:", "PATH"},
	{"--device vfio-user:/a,at=b", "at=", "SLOT.FN"},
	{"--device vfio-user",     "vfio-user", "PCI address"},
	{"--device vfio-user:/a --device vfio-user:/a,at=04.0", "/a", "once"},
	{"--device bcm5720x",      "bcm5720x", "at=SLOT.0"},
	{"--device bcm572",        "bcm572", "PCI address"},
	{"--device bcm5720,at=03.1", "at=03.1", "at=03.0"},
	{"--device 02:00.0,at=03.0 --device bcm5720,at=03.1", "at=03.1",
	 "at=03.0"},
	{"--device bcm5720,at=",   "at=", "SLOT.FN"},
	{"--device bcm5720,at=03.0 --device 02:00.0,at=03.1",
	 "02:00.0,at=03.1: bcm5720 is there", "own place"},
	{"--device 02:00.0,at=03.1 --device bcm5720,at=03.0",
	 "bcm5720,at=03.1: 02:00.0 is there", "own place"},
	{"--hugepages=2M",         "--hugepages=2M", "no value"},
	{"--device 02:00.0 --device 0000:02:00.0", "0000:02:00.0", "once"},
	{"--device 02:00.0,at=3.0 --device 02:00.1,at=03.0",
	 "02:00.1,at=03.0: 02:00.0 is there", "own place"},
	{"--device 02:00.0,at=03.1", "at=03.1", "at=03.0"},
	{"--device 02:00.0 --device 02:00.1,at=01.1", "at=01.1", "at=01.0"},
};
/* clang-format on */

Test(cli_opts, mistakes_are_named)
{
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct run_opts o;
		struct line l;

		cr_assert_eq(parse(&o, &l, wrong[i].text), -EINVAL, "%s",
			     wrong[i].text);
		cr_assert(strstr(err_last(), wrong[i].names), "%s -> %s",
			  wrong[i].text, err_last());
		cr_assert(strstr(err_last(), wrong[i].cure), "%s -> %s",
			  wrong[i].text, err_last());
		cr_assert_null(strchr(err_last(), '\n'));
	}
}

Test(cli_opts, a_name_of_any_length_is_safe)
{
	char text[600] = "--device ";
	struct run_opts o;
	struct line l;

	for (size_t n = 120; n < 500; n++) {
		memset(text + 9, 'a', n);
		text[9 + n] = '\0';
		cr_assert_eq(parse(&o, &l, text), -EINVAL);
		cr_assert_eq(strstr(err_last(), "no device's name") != NULL,
			     n >= OPTS_NAME_MAX, "%zu", n);
	}
}

/* clang-format off */
static const struct {
	const char *text;
	uint64_t bytes;
} sizes[] = {
	{"512",        512 * MiB},
	{"512M",       512 * MiB},
	{"512m",       512 * MiB},
	{"2G",         2 * GiB},
	{"2g",         2 * GiB},
	{"65536K",     64 * MiB},
	{"0",          0},
	{"007M",       7 * MiB},
	{"8589934592G", UINT64_C(1) << 63},
};
/* clang-format on */

Test(cli_opts, sizes)
{
	uint64_t bytes;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		cr_assert_eq(opts_parse_size(sizes[i].text, &bytes), 0);
		cr_assert_eq(bytes, sizes[i].bytes, "%s", sizes[i].text);
	}
	cr_assert_eq(opts_parse_size("8589934593G", &bytes), -EINVAL);
}

/* random words of the grammar: never a crash, always a sane result */
Test(cli_opts, anything_at_random)
{
	static const char *const words[] = {
		"--device",
		"02:00.0",
		"03:00.0,at=1.0",
		"--cpus",
		"3",
		"--memory",
		"64M",
		"--",
		"--stats",
		"-",
		"--append",
		"--device=",
		"04:00.0,at=1.1",
		"--cpus=",
		"\"\"",
		"--tim",
		"--console",
		"05:00.0,at=1f.",
		"--force",
		"=",
		"bcm5720",
		"bcm5720,at=2.0",
		"vfio-user:/x,at=3.0",
		"vfio-user:",
	};

	srandom(5);
	for (unsigned i = 0; i < 50000; i++) {
		char text[512] = "";
		struct run_opts o;
		struct line l;

		for (long n = random() % 10; n > 0; n--) {
			strcat(text,
			       words[(size_t)random() % ARRAY_SIZE(words)]);
			strcat(text, " ");
		}
		if (parse(&o, &l, text)) {
			cr_assert_str_not_empty(err_last());
			continue;
		}
		cr_assert_leq(o.ndev, OPTS_MAX_DEVICES);
		for (unsigned d = 0; d < o.ndev; d++)
			cr_assert(o.dev[d].slot >= 1 && o.dev[d].slot < 32 &&
				  o.dev[d].fn < 8);
		cr_assert(o.cpus >= 1 && o.memory >= 64 * MiB);
	}
}
