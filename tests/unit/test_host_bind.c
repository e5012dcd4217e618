/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole groups to vfio-pci and back, over a kernel of files; every write
 * failed and every write died at, once each.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "test_host_duo.h"

TestSuite(host_bind, .init = duo_setup, .fini = duo_teardown);

Test(host_bind, the_whole_group_goes_and_comes_back)
{
	struct bind_set set;

	cr_assert_eq(duo_bind(FN1, false, &set), 0, "%s", err_last());
	duo_drivers_are("vfio-pci", "vfio-pci");
	cr_assert_eq(set.n, 2);
	cr_assert(fake_has(&duo, "run/" FN0));
	cr_assert_str_eq(fake_override(&duo, FN0), "vfio-pci");
	cr_assert_str_eq(fake_driver(&duo, "0000:00:1c.0"), "", "the bridge");
	cr_assert(!fake_has(&duo, "run/0000:00:1c.0"));
	cr_assert_eq(bind_restore(&duo.s, &set), 0, "%s", err_last());
	cr_assert_eq(set.n, 0);
	cr_assert_eq(duo.if_ups, 1, "only what was up");
	duo_as_before();
}

Test(host_bind, the_same_group_named_twice)
{
	struct pci_addr a[] = {fake_addr(FN0), fake_addr(FN1), fake_addr(FN0)};
	struct bind_set set;

	cr_assert_eq(bind_groups(&duo.s, a, 3, false, &set), 0);
	cr_assert_eq(set.n, 2);
}

Test(host_bind, twice_keeps_the_first_record)
{
	struct bind_set set;

	cr_assert_eq(duo_bind(FN0, false, &set), 0);
	cr_assert_eq(duo_bind(FN0, false, &set), 0);
	cr_assert_eq(set.n, 0, "nothing was moved");
	cr_assert_eq(bind_restore(&duo.s, &set), 0);
	duo_drivers_are("vfio-pci", "vfio-pci");
	cr_assert_eq(bind_restore_all(&duo.s), 0);
	duo_as_before();
}

Test(host_bind, managed_over_a_half_bound_group_restores_its_half)
{
	struct bind_set first, set;

	cr_assert_eq(duo_bind(FN0, false, &first), 0);
	cr_assert_eq(bind_restore_one(&duo.s, fake_addr(FN1)), 0);
	duo_drivers_are("vfio-pci", "e1000e");
	cr_assert_eq(duo_bind(FN1, false, &set), 0);
	cr_assert_eq(set.n, 1);
	cr_assert_eq(bind_restore(&duo.s, &set), 0);
	duo_drivers_are("vfio-pci", "e1000e");
}

Test(host_bind, restore_twice_and_without_record)
{
	struct bind_set set;

	cr_assert_eq(bind_restore_all(&duo.s), 0, "no directory yet");
	cr_assert_eq(bind_restore_one(&duo.s, fake_addr(FN0)), 0);
	cr_assert_eq(duo_bind(FN0, false, &set), 0);
	cr_assert_eq(bind_restore_all(&duo.s), 0);
	duo.writes = 0;
	cr_assert_eq(bind_restore_all(&duo.s), 0);
	cr_assert_eq(bind_restore_one(&duo.s, fake_addr(FN0)), 0);
	cr_assert_eq(duo.writes, 0);
	duo_as_before();
}

Test(host_bind, driverless_stays_driverless)
{
	struct bind_set set;

	fake_dev(&duo, "0000:05:00.0", 0x020000, 20, NULL);
	cr_assert_eq(duo_bind("0000:05:00.0", false, &set), 0);
	cr_assert_str_eq(fake_driver(&duo, "0000:05:00.0"), "vfio-pci");
	cr_assert_eq(bind_restore(&duo.s, &set), 0);
	cr_assert_str_eq(fake_driver(&duo, "0000:05:00.0"), "");
}

Test(host_bind, an_older_override_comes_back)
{
	struct bind_set set;

	fake_text(&duo, "sys/devices/pci0000:00/" FN0 "/driver_override",
		  "e1000e\n");
	cr_assert_eq(duo_bind(FN0, false, &set), 0);
	cr_assert_eq(bind_restore(&duo.s, &set), 0);
	duo_drivers_are("e1000e", "e1000e");
	cr_assert_str_eq(fake_override(&duo, FN0), "e1000e");
}

Test(host_bind, a_driver_the_kernel_would_not_choose_is_named)
{
	struct bind_set set;

	fake_text(&duo, "sys/devices/pci0000:00/" FN0 "/native", "nvme");
	cr_assert_eq(duo_bind(FN0, false, &set), 0);
	cr_assert_eq(bind_restore(&duo.s, &set), 0, "%s", err_last());
	duo_drivers_are("e1000e", "e1000e");
	cr_assert_str_eq(fake_override(&duo, FN0), "");
}

Test(host_bind, override_vfio_pci_before_on_another_driver)
{
	struct bind_set set;

	fake_text(&duo, "sys/devices/pci0000:00/" FN0 "/driver_override",
		  "vfio-pci\n");
	cr_assert_eq(duo_bind(FN0, false, &set), 0);
	cr_assert_eq(bind_restore(&duo.s, &set), 0, "%s", err_last());
	duo_drivers_are("e1000e", "e1000e");
	cr_assert_str_eq(fake_override(&duo, FN0), "vfio-pci");
}

Test(host_bind, wrong_devices)
{
	static const struct {
		const char *bdf;
		int rc;
		const char *says;
	} cases[] = {
		{"0000:09:00.0", -ENODEV, "no such PCI device"},
		{"0000:00:1c.0", -EINVAL, "bridge"},
		{"0000:06:00.0", -ENODEV, "intel_iommu=on"},
	};
	struct bind_set set;

	fake_dev(&duo, "0000:06:00.0", 0x020000, -1, NULL);
	for (size_t i = 0; i < 3; i++) {
		cr_assert_eq(duo_bind(cases[i].bdf, true, &set), cases[i].rc);
		cr_assert(strstr(err_last(), cases[i].says), "%s", err_last());
		cr_assert(strstr(err_last(), cases[i].bdf), "%s", err_last());
		cr_assert_eq(set.n, 0);
	}
	cr_assert_eq(duo.writes, 0);
	cr_assert(!fake_has(&duo, "run"));
}

Test(host_bind, one_wrong_device_leaves_the_right_one)
{
	struct pci_addr a[] = {fake_addr(FN0), fake_addr("09:00.0")};
	struct bind_set set;

	cr_assert_eq(bind_groups(&duo.s, a, 2, false, &set), -ENODEV);
	cr_assert_eq(duo.writes, 0);
	duo_as_before();
}

Test(host_bind, vfio_pci_is_loaded_once_or_asked_for)
{
	struct bind_set set;

	fake_rm(&duo, "sys/bus/pci/drivers/vfio-pci");
	cr_assert_eq(duo_bind(FN0, false, &set), -ENODEV);
	cr_assert(strstr(err_last(), "modprobe vfio-pci"), "%s", err_last());
	cr_assert_eq(duo.modprobes, 1);
	duo_as_before();
	duo.modprobe_works = true;
	cr_assert_eq(duo_bind(FN0, false, &set), 0, "%s", err_last());
	cr_assert_eq(duo.modprobes, 2);
	duo_drivers_are("vfio-pci", "vfio-pci");
}

Test(host_bind, in_use_is_refused_for_any_function_but_not_with_force)
{
	struct bind_set set;

	fake_text(&duo, "proc/net/route",
		  "eth1\t00000000\t0202000A\t0003\t0\t0\t0\t00000000\n");
	cr_assert_eq(duo_bind(FN0, false, &set), -EBUSY);
	cr_assert(strstr(err_last(), FN1 ": eth1 carries"), "%s", err_last());
	cr_assert_eq(duo.writes, 0);
	cr_assert_eq(duo_bind(FN0, true, &set), 0);
	cr_assert_eq(set.n, 2);
}

Test(host_bind, vfio_pci_refuses_the_second_function)
{
	struct bind_set set;

	duo.refuse = FN1;
	cr_assert_eq(duo_bind(FN0, false, &set), -ENXIO);
	cr_assert(strstr(err_last(), FN1), "%s", err_last());
	cr_assert_eq(set.n, 0);
	duo_as_before();
}

/* Six writes move two functions: fail each of them */
Test(host_bind, every_failed_write_is_undone)
{
	struct bind_set set;
	int n;

	for (n = 1; n < 50; n++) {
		duo.writes = 0;
		duo.fail_at = n;
		duo.fail_err = EIO;
		if (duo_bind(FN0, false, &set) == 0)
			break;
		cr_assert(strstr(err_last(), "EIO"), "%s", err_last());
		cr_assert_eq(set.n, 0);
		duo_as_before();
	}
	cr_assert_eq(n, 7);
	duo_drivers_are("vfio-pci", "vfio-pci");
}

/* The record stays until all is well, so the second try gets there */
Test(host_bind, every_failed_write_of_a_restore_can_be_repeated)
{
	struct bind_set set;
	bool failed = true;
	int n;

	for (n = 1; failed; n++) {
		duo.fail_at = 0;
		cr_assert_eq(duo_bind(FN0, false, &set), 0, "%s", err_last());
		duo.writes = 0;
		duo.fail_at = n;
		duo.fail_err = EIO;
		failed = bind_restore_all(&duo.s) < 0;
		duo.fail_at = 0;
		cr_assert_eq(bind_restore_all(&duo.s), 0, "write %d: %s", n,
			     err_last());
		duo_as_before();
	}
	cr_assert_gt(n, 6);
}

/* kill -9 at every write of a bind, then a restore by another process */
Test(host_bind, killed_at_every_write)
{
	struct bind_set set;
	int n, status = 1;
	pid_t pid;

	for (n = 1; status != 0 && n < 50; n++) {
		pid = fork();
		cr_assert_geq(pid, 0);
		if (pid == 0) {
			duo.writes = 0;
			duo.die_at = n;
			_exit(duo_bind(FN0, false, &set) == 0 ? 0 : 1);
		}
		cr_assert_eq(waitpid(pid, &status, 0), pid);
		cr_assert(WIFEXITED(status) && WEXITSTATUS(status) != 1);
		cr_assert_eq(bind_restore_all(&duo.s), 0, "%s", err_last());
		duo_as_before();
	}
	cr_assert_eq(n, 8);
}

/* Restores, or dies as @die says; returns its status */
static int restore_dying(void (*die)(int), int n)
{
	int status;
	pid_t pid = fork();

	cr_assert_geq(pid, 0);
	if (pid == 0) {
		duo.writes = 0;
		die(n);
		_exit(bind_restore_all(&duo.s) == 0 ? 0 : 1);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) != 1);
	return status;
}

static void at_write(int n)
{
	duo.die_at = n;
}

static void at_link(int n)
{
	(void)n;
	duo.die_at_link = true;
}

/* ... or at every step of the restore: interfaces are up again all the same */
Test(host_bind, killed_at_every_step_of_a_restore)
{
	struct bind_set set;
	int n, status = 1;

	for (n = 0; status != 0 && n < 50; n++) {
		cr_assert_eq(duo_bind(FN0, false, &set), 0, "%s", err_last());
		status = restore_dying(n ? at_write : at_link, n);
		cr_assert_eq(bind_restore_all(&duo.s), 0, "%s", err_last());
		duo_as_before();
	}
	cr_assert_eq(n, 8);
}

/* ... and a bind again without a restore: the first record is the true one */
Test(host_bind, killed_then_bound_then_restored)
{
	struct bind_set set;
	int status;
	pid_t pid;

	for (int n = 1; n <= 6; n++) {
		pid = fork();
		cr_assert_geq(pid, 0);
		if (pid == 0) {
			duo.writes = 0;
			duo.die_at = n;
			_exit(duo_bind(FN0, false, &set));
		}
		cr_assert_eq(waitpid(pid, &status, 0), pid);
		cr_assert_eq(duo_bind(FN0, false, &set), 0, "%s", err_last());
		duo_drivers_are("vfio-pci", "vfio-pci");
		cr_assert_eq(bind_restore_all(&duo.s), 0, "%s", err_last());
		duo_drivers_are("e1000e", "e1000e");
		cr_assert_str_eq(fake_override(&duo, FN0), "");
		cr_assert_str_eq(fake_override(&duo, FN1), "");
	}
}

/* ... likewise while it gave back: no driver, or no interface up again yet */
Test(host_bind, killed_in_a_restore_then_bound_then_restored)
{
	struct bind_set set;
	int n, status = 1;

	for (n = 0; status != 0 && n < 50; n++) {
		cr_assert_eq(duo_bind(FN0, false, &set), 0, "%s", err_last());
		status = restore_dying(n ? at_write : at_link, n);
		cr_assert_eq(duo_bind(FN0, false, &set), 0, "%s", err_last());
		duo_drivers_are("vfio-pci", "vfio-pci");
		cr_assert_eq(bind_restore_all(&duo.s), 0, "%s", err_last());
		duo_as_before();
	}
	cr_assert_eq(n, 8);
}

Test(host_bind, restore_while_a_guest_holds_the_group)
{
	struct bind_set set;

	cr_assert_eq(duo_bind(FN0, false, &set), 0);
	fake_link(&duo, "proc/4711/fd/9", "/dev/vfio/16");
	duo.writes = 0;
	cr_assert_eq(bind_restore_all(&duo.s), -EBUSY);
	cr_assert(strstr(err_last(), "4711"), "%s", err_last());
	cr_assert_eq(duo.writes, 0);
	duo_drivers_are("vfio-pci", "vfio-pci");
	fake_rm(&duo, "proc/4711");
	cr_assert_eq(bind_restore_all(&duo.s), 0);
	duo_as_before();
}

Test(host_bind, restore_when_the_device_is_gone)
{
	struct bind_set set;

	cr_assert_eq(duo_bind(FN0, false, &set), 0);
	fake_rm(&duo, "sys/bus/pci/devices/" FN0);
	cr_assert_eq(bind_restore_all(&duo.s), 0, "%s", err_last());
	cr_assert(!fake_has(&duo, "run/" FN0));
	cr_assert_str_eq(fake_driver(&duo, FN1), "e1000e");
}

Test(host_bind, restore_when_the_old_driver_is_not_loaded)
{
	struct bind_set set;

	cr_assert_eq(duo_bind(FN0, false, &set), 0);
	fake_rm(&duo, "sys/bus/pci/drivers/e1000e");
	cr_assert_eq(bind_restore_one(&duo.s, fake_addr(FN0)), -ENXIO);
	cr_assert(strstr(err_last(), "modprobe e1000e"), "%s", err_last());
	cr_assert(fake_has(&duo, "run/" FN0), "the record is kept");
	cr_assert_str_eq(fake_override(&duo, FN0), "");
	fake_text(&duo, "sys/bus/pci/drivers/e1000e/bind", "%s", "");
	cr_assert_eq(bind_restore_all(&duo.s), 0);
	duo_as_before();
}

Test(host_bind, a_driver_given_by_somebody_else_is_left_alone)
{
	struct bind_set set;

	cr_assert_eq(duo_bind(FN0, false, &set), 0);
	fake_link(&duo, "sys/devices/pci0000:00/" FN0 "/driver",
		  "../../../bus/pci/drivers/nvme");
	cr_assert_eq(bind_restore_all(&duo.s), 0);
	duo_drivers_are("nvme", "e1000e");
	cr_assert(!fake_has(&duo, "run/" FN0));
}

Test(host_bind, a_damaged_record_is_an_error_and_the_rest_is_restored)
{
	struct bind_set set;

	cr_assert_eq(duo_bind(FN0, false, &set), 0);
	fake_text(&duo, "run/" FN0, "driver=evil\n");
	cr_assert_eq(bind_restore_all(&duo.s), -EBADMSG);
	cr_assert(strstr(err_last(), "run/" FN0));
	duo_drivers_are("vfio-pci", "e1000e");
}

Test(host_bind, interfaces_that_come_back_with_another_name_are_set_up)
{
	struct bind_set set;

	cr_assert_eq(duo_bind(FN0, false, &set), 0);
	fake_text(&duo, "sys/devices/pci0000:00/" FN0 "/netdevs", "renamed0");
	cr_assert_eq(bind_restore(&duo.s, &set), 0);
	cr_assert_str_eq(fake_get(&duo, "sys/class/net/renamed0/flags"),
			 "0x1003");
}

Test(host_bind, check_before_a_run)
{
	struct bind_set set;
	uint32_t group = 0;

	fake_dev(&duo, "0000:06:00.0", 0x020000, -1, NULL);
	cr_assert_eq(bind_check(&duo.s, fake_addr("09:00.0"), &group), -ENODEV);
	cr_assert_eq(bind_check(&duo.s, fake_addr("06:00.0"), &group), -ENODEV);
	cr_assert_eq(bind_check(&duo.s, fake_addr("00:1c.0"), &group), -EINVAL);
	cr_assert_eq(bind_check(&duo.s, fake_addr(FN0), &group), -EBUSY);
	cr_assert(strstr(err_last(), "is on e1000e"), "%s", err_last());
	cr_assert(strstr(err_last(), "passthru bind " FN0));
	cr_assert_eq(duo_bind(FN0, false, &set), 0);
	cr_assert_eq(bind_check(&duo.s, fake_addr(FN0), &group), 0);
	cr_assert_eq(group, 16);
	cr_assert_eq(bind_restore_one(&duo.s, fake_addr(FN1)), 0);
	cr_assert_eq(bind_check(&duo.s, fake_addr(FN0), &group), -EBUSY);
	cr_assert_str_eq(err_last(),
			 FN0 ": group 16 is not viable: " FN1 " is still on "
			     "e1000e (bind it too: passthru bind " FN0 ")");
	cr_assert_eq(bind_not_viable(&duo.s, fake_addr(FN0), 16), -EBUSY);
	cr_assert(strstr(err_last(), FN1 " is still on e1000e"));
}

Test(host_bind, not_viable_for_a_reason_that_cannot_be_seen)
{
	cr_assert_eq(bind_not_viable(&duo.s, fake_addr(FN0), 99), -EBUSY);
	cr_assert(strstr(err_last(), "VFIO_GROUP_GET_STATUS"));
}
