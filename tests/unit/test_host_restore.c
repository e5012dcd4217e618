/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A function is given back while somebody else is at it, or when it is gone.
 */
#include <criterion/criterion.h>

#include <stdio.h>

#include "base/err.h"
#include "test_host_fake.h"
#include "vfio/bind.h"

#define FN0 "0000:02:00.0"
#define FN1 "0000:02:00.1"

static struct fake f;

static void setup(void)
{
	fake_init(&f);
	fake_pair(&f);
}

static void teardown(void)
{
	fake_fini(&f);
}

TestSuite(host_restore, .init = setup, .fini = teardown);

static int bind_one(struct bind_set *set)
{
	struct pci_addr a = fake_addr(FN0);

	err_clear();
	return bind_groups(&f.s, &a, 1, false, set);
}

static void drivers_are(const char *fn0, const char *fn1)
{
	cr_assert_str_eq(fake_driver(&f, FN0), fn0);
	cr_assert_str_eq(fake_driver(&f, FN1), fn1);
}

/* What somebody else does while we give FN0 back */

static void pulled_out(struct fake *host)
{
	fake_rm(host, "sys/devices/pci0000:00/" FN0);
	fake_rm(host, "sys/bus/pci/devices/" FN0);
}

static void unbound(struct fake *host)
{
	fake_rm(host, "sys/devices/pci0000:00/" FN0 "/driver");
}

static void given_to_its_driver(struct fake *host)
{
	fake_link(host, "sys/devices/pci0000:00/" FN0 "/driver",
		  "../../../bus/pci/drivers/e1000e");
}

static int restore_while(int write, void (*meanwhile)(struct fake *host))
{
	struct bind_set set;

	cr_assert_eq(bind_one(&set), 0);
	f.writes = 0;
	f.at_write = write;
	f.meanwhile = meanwhile;
	return bind_restore(&f.s, &set);
}

Test(host_restore, pulled_out_at_every_write_of_a_restore)
{
	for (int write = 1; write <= 3; write++) {
		cr_assert_eq(restore_while(write, pulled_out), 0, "%d: %s",
			     write, err_last());
		cr_assert(!fake_has(&f, "run/" FN0));
		cr_assert_str_eq(fake_driver(&f, FN1), "e1000e");
		f.at_write = 0;
		fake_fini(&f);
		setup();
	}
}

Test(host_restore, unbound_by_somebody_else_at_the_same_moment)
{
	cr_assert_eq(restore_while(1, unbound), 0, "%s", err_last());
	drivers_are("e1000e", "e1000e");
	cr_assert(!fake_has(&f, "run/" FN0));
	cr_assert_eq(restore_while(3, given_to_its_driver), 0, "%s",
		     err_last());
	drivers_are("e1000e", "e1000e");
}

Test(host_restore, a_device_that_does_not_answer_gets_no_driver)
{
	struct bind_set set;

	cr_assert_eq(bind_one(&set), 0);
	fake_text(&f, "sys/devices/pci0000:00/" FN0 "/config", "%s",
		  "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff");
	cr_assert_eq(bind_restore(&f.s, &set), 0, "%s", err_last());
	drivers_are("", "e1000e");
	cr_assert_str_eq(fake_override(&f, FN0), "");
	cr_assert(!fake_has(&f, "run/" FN0));
}

Test(host_restore, a_virtual_function_has_no_ids_of_its_own_and_answers)
{
	struct bind_set set;

	cr_assert_eq(bind_one(&set), 0);
	fake_text(&f, "sys/devices/pci0000:00/" FN0 "/config", "%s",
		  "\xff\xff\xff\xff\x01\x01\x10\x01\x01\x01\x01\x02");
	cr_assert_eq(bind_restore(&f.s, &set), 0, "%s", err_last());
	drivers_are("e1000e", "e1000e");
}
