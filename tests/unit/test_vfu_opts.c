/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of bcm5720: what is taken, and what is said of the rest. */
#include <errno.h>
#include <string.h>

#include <criterion/criterion.h>

#include "base/bytes.h"
#include "base/err.h"
#include "tests/twin/server/opts.h"

enum { ARGS = 16 };

/* The words of @line, as a shell would split it */
static int parse(struct vfu_opts *o, const char *line)
{
	static char buf[512];
	char *argv[ARGS + 1] = {"bcm5720"};
	int argc = 1;

	snprintf(buf, sizeof(buf), "%s", line);
	for (char *w = strtok(buf, " "); w; w = strtok(NULL, " "))
		argv[argc++] = w;
	argv[argc] = NULL;
	err_clear();
	return vfu_opts_parse(o, argc, argv);
}

/* Refused, and the message has @word in it */
static void refused(const char *line, const char *word)
{
	struct vfu_opts o;

	cr_assert_eq(parse(&o, line), -EINVAL, "%s", line);
	cr_assert(strstr(err_last(), word), "%s: %s", line, err_last());
}

Test(test_vfu_opts, one_socket_is_enough)
{
	struct vfu_opts o;

	cr_assert_eq(parse(&o, "--socket /tmp/a"), 0);
	cr_assert_eq(o.nsockets, 1);
	cr_assert_str_eq(o.socket[0], "/tmp/a");
	cr_assert_str_eq(o.net, "responder");
	cr_assert_null(o.pcap);
	cr_assert_null(o.log);
	cr_assert_eq(o.chip.link, BCM_LINK_1000);
	cr_assert_not(o.chip.asf);
	cr_assert_eq(o.mmap, 0);
	cr_assert_not(o.verbose);
}

Test(test_vfu_opts, all_of_them)
{
	struct vfu_opts o;

	cr_assert_eq(parse(&o, "--socket a --socket b --net pair --pcap f.pcap "
			       "--link=100 --asf on --log l -v --mmap"),
		     0);
	cr_assert_eq(o.nsockets, 2);
	cr_assert_str_eq(o.socket[1], "b");
	cr_assert_str_eq(o.net, "pair");
	cr_assert_str_eq(o.pcap, "f.pcap");
	cr_assert_eq(o.chip.link, BCM_LINK_100);
	cr_assert(o.chip.asf);
	cr_assert_eq(o.mmap, 3, "both functions");
	cr_assert_str_eq(o.log, "l");
	cr_assert(o.verbose);
}

Test(test_vfu_opts, mac_and_the_next_one)
{
	struct vfu_opts o;

	cr_assert_eq(parse(&o, "--socket a --mac 02:00:00:AB:cd:0f"), 0);
	cr_assert(!memcmp(o.chip.mac[0], "\x02\0\0\xab\xcd\x0f", 6));
	cr_assert(!memcmp(o.chip.mac[1], "\x02\0\0\xab\xcd\x10", 6));
	cr_assert_eq(parse(&o, "--socket a --mac "
			       "02:00:00:00:00:01,04:00:00:00:00:09"),
		     0);
	cr_assert(!memcmp(o.chip.mac[1], "\x04\0\0\0\0\x09", 6));
}

Test(test_vfu_opts, mac_that_is_none)
{
	refused("--socket a --mac 0", "--mac 0");
	refused("--socket a --mac 02:00:00:00:00", "not a MAC");
	refused("--socket a --mac 02:00:00:00:00:0g", "not a MAC");
	refused("--socket a --mac 02-00-00-00-00-01", "not a MAC");
	refused("--socket a --mac 02:00:00:00:00:01x", "not a MAC");
	refused("--socket a --mac 02:00:00:00:00:01,", "not a MAC");
	refused("--socket a --mac 01:00:00:00:00:01", "one card");
	refused("--socket a --mac 00:00:00:00:00:00", "one card");
	refused("--socket a --mac 02:00:00:00:00:01,02:00:00:00:00:01",
		"differ");
}

Test(test_vfu_opts, vpd)
{
	struct vfu_opts o;

	cr_assert_eq(parse(&o, "--socket a"), 0);
	cr_assert_str_eq(o.chip.partno, "BCM95720");
	cr_assert_str_eq(o.chip.vpd_v0, "FFV21.40.21");
	cr_assert_eq(parse(&o, "--socket a --vpd PN=0123456789abcdef "
			       "--vpd V0=FFV1"),
		     0);
	cr_assert_str_eq(o.chip.partno, "0123456789abcdef");
	cr_assert_str_eq(o.chip.vpd_v0, "FFV1");
	refused("--socket a --vpd PN=0123456789abcdefg", "16 characters");
	refused("--socket a --vpd V0=0123456789abc", "12 characters");
	refused("--socket a --vpd PN=", "PN=");
	refused("--socket a --vpd SN=1", "give PN= ");
	refused("--socket a --vpd PN=\t", "letters");
}

Test(test_vfu_opts, every_fault_by_its_name)
{
	struct vfu_opts o;

	for (unsigned i = 1; i < BCM_FAULT_COUNT; i++) {
		char line[64];

		snprintf(line, sizeof(line), "--socket a --fault %s",
			 bcm_fault_name((enum bcm_fault)i));
		cr_assert_eq(parse(&o, line), 0, "%s", line);
		cr_assert_eq(o.nfaults, 1);
		cr_assert_eq(o.fault[0].what, i);
		cr_assert_eq(o.fault[0].at, 1);
		cr_assert_eq(o.fault[0].fn, BCM_FUNCS, "in both");
	}
}

Test(test_vfu_opts, faults_with_count_and_function)
{
	struct vfu_opts o;

	cr_assert_eq(parse(&o, "--socket a --fault err@7:1 --fault req:0 "
			       "--fault dma@1000000000"),
		     0);
	cr_assert_eq(o.nfaults, 3);
	cr_assert_eq(o.fault[0].what, VFU_FAULT_ERR);
	cr_assert_eq(o.fault[0].at, 7);
	cr_assert_eq(o.fault[0].fn, 1);
	cr_assert_eq(o.fault[1].what, VFU_FAULT_REQ);
	cr_assert_eq(o.fault[1].at, 1);
	cr_assert_eq(o.fault[1].fn, 0);
	cr_assert_eq(o.fault[2].at, 1000000000);
}

Test(test_vfu_opts, fault_that_is_none)
{
	static const char *const tail[] = {
		"@",  "@0", "@x",  "@-1",  "@1000000001", ":",
		":2", ":x", "@1:", "@1:2", ":0@1",        "@1x"};
	char line[64];

	refused("--socket a --fault dm", "no such fault");
	refused("--socket a --fault none", "no such fault");
	refused("--socket a --fault @1", "no such fault");
	for (size_t i = 0; i < ARRAY_SIZE(tail); i++) {
		snprintf(line, sizeof(line), "--socket a --fault dma%s",
			 tail[i]);
		refused(line, "@COUNT");
	}
}

Test(test_vfu_opts, too_many_faults)
{
	struct vfu_opts o;
	char *argv[2 * VFU_FAULTS + 8] = {"bcm5720", "--socket", "a"};
	int n = 3;

	for (unsigned i = 0; i <= VFU_FAULTS; i++) {
		argv[n++] = "--fault";
		argv[n++] = "dma";
	}
	argv[n] = NULL;
	cr_assert_eq(vfu_opts_parse(&o, n, argv), -EINVAL);
	cr_assert_eq(vfu_opts_parse(&o, n - 2, argv), -EINVAL + EINVAL);
}

Test(test_vfu_opts, what_is_wrong_is_named_with_a_cure)
{
	refused("", "--socket PATH");
	refused("--socket a --socket b --socket c", "one too many");
	refused("--socket a --socket a", "given twice");
	refused("--socket", "value is missing");
	refused("--socket a --link 10", "down, 100 or 1000");
	refused("--socket a --asf maybe", "on or off");
	refused("--socket a --nett x", "--nett: no such option");
	refused("--socket a --help=x", "takes no value");
	refused("--socket a --verbose=1", "takes no value");
	refused("--socket a -x", "-x: no such option");
	refused("--socket a more", "more: not an option");
	refused("--socket a --net=", "--net: empty");
}

Test(test_vfu_opts, help_and_version_before_anything_else)
{
	struct vfu_opts o;

	cr_assert_eq(parse(&o, "--help --nonsense"), 0);
	cr_assert(o.help);
	cr_assert_eq(parse(&o, "--version"), 0);
	cr_assert(o.version);
}

Test(test_vfu_opts, help_names_every_fault)
{
	char text[8192] = {0};
	FILE *f = fmemopen(text, sizeof(text) - 1, "w");

	vfu_help(f);
	fclose(f);
	for (unsigned i = 1; i < BCM_FAULT_COUNT; i++)
		cr_assert(strstr(text, bcm_fault_name((enum bcm_fault)i)), "%s",
			  bcm_fault_name((enum bcm_fault)i));
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		cr_assert_leq(strlen(line), 80, "%s", line);
}

Test(test_vfu_opts, mmap_of_one_function)
{
	struct vfu_opts o;

	cr_assert_eq(parse(&o, "--socket a --mmap=0"), 0);
	cr_assert_eq(o.mmap, 1);
	cr_assert_eq(parse(&o, "--socket a --mmap=1"), 0);
	cr_assert_eq(o.mmap, 2);
	cr_assert_eq(parse(&o, "--mmap=1 --socket a --mmap=0"), 0);
	cr_assert_eq(o.mmap, 3);
	refused("--socket a --mmap=2", "--mmap=2");
	refused("--socket a --mmap=", "--mmap=");
	refused("--socket a --mmap=01", "--mmap=01");
	refused("--socket a --mmap 0", "0");
}
