/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every call of binding and of giving back fails once: the message names it,
 * no descriptor stays open, and the host has its drivers back or can be given
 * them.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "test_assign_guest.h"
#include "test_host_duo.h"
#include "test_host_libc.h"

#define DEV0 "sys/devices/pci0000:00/" FN0

/* The host's kernel, for which no call fails */
static struct sysfs kernel;

static int write_attr(const struct sysfs *s, const char *path, const char *text)
{
	int rc;

	if (!libc_enter("write", path))
		return -errno;
	libc_pause(true);
	rc = kernel.write(s, path, text);
	libc_pause(false);
	return rc;
}

static int if_up(const struct sysfs *s, const char *ifname)
{
	int rc;

	libc_pause(true);
	rc = kernel.if_up(s, ifname);
	libc_pause(false);
	return rc;
}

static void setup(void)
{
	duo_setup();
	kernel = duo.s;
	duo.s.write = write_attr;
	duo.s.if_up = if_up;
}

TestSuite(host_sweep, .init = setup, .fini = duo_teardown);

/* One round: the call that failed, and the path it was made with */
static struct {
	unsigned n;
	unsigned fds; /* before it */
	char name[16];
	char path[512];
} now;

static void begin(void)
{
	now.fds = open_fds();
	libc_fail(++now.n, EIO);
}

/* An attribute that cannot be opened is called one that cannot be read. */
static bool is_named(const char *text)
{
	if (!strcmp(now.name, "open") || !strcmp(now.name, "fopen"))
		return strstr(text, ": open: ") || strstr(text, ": read: ");
	return strstr(text, now.name);
}

/* Return: did a call fail? */
static bool end(int rc)
{
	snprintf(now.name, sizeof(now.name), "%s", libc_failed());
	snprintf(now.path, sizeof(now.path), "%s", libc_failed_on());
	libc_fail(0, 0);
	if (rc)
		cr_assert(is_named(err_last()), "%u, %s %s: '%s'", now.n,
			  now.name, now.path, err_last());
	cr_assert_eq(open_fds(), now.fds, "%s %s", now.name, now.path);
	return *now.name;
}

static void all_back(void)
{
	cr_assert_eq(bind_restore_all(&duo.s), 0, "%u, %s %s: %s", now.n,
		     now.name, now.path, err_last());
	duo_as_before();
}

Test(host_sweep, every_call_of_binding_can_fail)
{
	struct bind_set set;
	bool more = true;
	int rc;

	while (more) {
		begin();
		rc = duo_bind(FN0, false, &set);
		more = end(rc);
		if (rc) {
			cr_assert_eq(set.n, 0, "%s %s", now.name, now.path);
			duo_as_before();
		}
		all_back();
	}
	cr_assert_gt(now.n, 100);
}

Test(host_sweep, every_call_of_giving_back_can_fail)
{
	struct bind_set set;
	bool more = true;
	int rc;

	while (more) {
		cr_assert_eq(duo_bind(FN0, false, &set), 0, "%s", err_last());
		begin();
		rc = bind_restore(&duo.s, &set);
		more = end(rc);
		if (!rc)
			duo_as_before();
		all_back();
	}
	cr_assert_gt(now.n, 60);
}

/* Of one who was killed when FN0 had lost its driver */
static void half_bound(void)
{
	struct bind_set set;

	cr_assert_eq(duo_bind(FN0, false, &set), 0, "%s", err_last());
	cr_assert_eq(bind_restore_one(&duo.s, fake_addr(FN1)), 0);
	fake_rm(&duo, DEV0 "/driver");
}

Test(host_sweep, a_record_of_one_who_was_killed_survives_all_of_it)
{
	struct bind_set set;
	bool more = true;

	while (more) {
		half_bound();
		begin();
		more = end(duo_bind(FN0, false, &set));
		all_back();
	}
	cr_assert_gt(now.n, 100);
}

/* What the host needs is refused, whatever cannot be found out */

static void never_bound(const char *bdf)
{
	struct bind_set set;
	bool more = true;
	int rc;

	while (more) {
		begin();
		rc = duo_bind(bdf, false, &set);
		more = *libc_failed();
		cr_assert_lt(rc, 0, "%u, %s %s: bound", now.n, libc_failed(),
			     libc_failed_on());
		libc_fail(0, 0);
		cr_assert_eq(open_fds(), now.fds);
	}
	cr_assert_eq(rc, -EBUSY);
	cr_assert_gt(now.n, 30);
}

Test(host_sweep, a_nic_in_use)
{
	fake_text(&duo, "proc/net/route",
		  "br0\t00000000\t0202000A\t0003\t0\t0\t0\t00000000\n");
	fake_text(&duo, "sys/devices/virtual/net/br0/flags", "0x1003\n");
	fake_link(&duo, DEV0 "/net/eth0/master", "../../virtual/net/br0");
	never_bound(FN1);
}

Test(host_sweep, a_disk_in_use)
{
	fake_dev(&duo, "0000:05:00.0", 0x010802, 20, "nvme");
	fake_block(&duo, "0000:05:00.0", "nvme0n1", "259:0");
	fake_text(&duo,
		  "sys/devices/pci0000:00/0000:05:00.0/x/nvme0n1/"
		  "nvme0n1p1/partition",
		  "1\n");
	fake_block(&duo, "0000:05:00.0", "nvme0n1p1", "259:1");
	fake_text(&duo, "proc/self/mountinfo",
		  "1 0 259:1 / /home rw - ext4 /dev/root rw\n");
	never_bound("0000:05:00.0");
}

/* The kernel would let the writer wait for the guest's end. */
Test(host_sweep, a_device_that_a_guest_has_is_not_unbound)
{
	struct bind_set set;
	bool more = true;

	cr_assert_eq(duo_bind(FN0, false, &set), 0, "%s", err_last());
	fake_link(&duo, "proc/4711/fd/9", "/dev/vfio/16");
	while (more) {
		begin();
		cr_assert_lt(bind_restore_all(&duo.s), 0, "%s %s",
			     libc_failed(), libc_failed_on());
		more = *libc_failed();
		libc_fail(0, 0);
		duo_drivers_are("vfio-pci", "vfio-pci");
	}
	cr_assert_gt(now.n, 20);
}
