/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bind_give(): which files of which groups change their owner.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "test_host_duo.h"

TestSuite(host_owner, .init = duo_setup, .fini = duo_teardown);

Test(host_owner, one_file_for_two_of_a_group)
{
	const struct pci_addr a[] = {fake_addr(FN0), fake_addr(FN1)};

	cr_assert_eq(bind_give(&duo.s, a, 2, 1000), 0, "%s", err_last());
	cr_assert_eq(duo.chowns, 1);
	cr_assert_str_eq(duo.chowned, "/dev/vfio/16 1000");
}

Test(host_owner, one_for_each_group)
{
	const struct pci_addr a[] = {fake_addr(FN0), fake_addr("0000:05:00.0")};

	fake_dev(&duo, "0000:05:00.0", 0x020000, 20, "e1000e");
	cr_assert_eq(bind_give(&duo.s, a, 2, 7), 0, "%s", err_last());
	cr_assert_eq(duo.chowns, 2);
	cr_assert_str_eq(duo.chowned, "/dev/vfio/20 7");
}

Test(host_owner, a_failure_names_file_and_cure)
{
	const struct pci_addr a = fake_addr(FN0);

	duo.chown_err = EPERM;
	cr_assert_eq(bind_give(&duo.s, &a, 1, 1000), -EPERM);
	cr_assert_str_eq(err_last(), "/dev/vfio/16: chown: EPERM (Operation "
				     "not permitted); run it as root");
}

Test(host_owner, a_device_that_is_gone_is_told_of)
{
	const struct pci_addr a = fake_addr("0000:09:00.0");

	cr_assert_eq(bind_give(&duo.s, &a, 1, 1000), -ENODEV);
	cr_assert_eq(duo.chowns, 0);
}
