/* SPDX-License-Identifier: BSD-2-Clause */
/* The host of the tests of binding, which share one object each process. */
#include "test_host_duo.h"

#include <criterion/criterion.h>

#include "base/err.h"

struct fake duo;

void duo_setup(void)
{
	fake_init(&duo);
	fake_pair(&duo);
}

void duo_teardown(void)
{
	fake_fini(&duo);
}

int duo_bind(const char *bdf, bool force, struct bind_set *set)
{
	struct pci_addr a = fake_addr(bdf);

	err_clear();
	return bind_groups(&duo.s, &a, 1, force, set);
}

void duo_drivers_are(const char *fn0, const char *fn1)
{
	cr_assert_str_eq(fake_driver(&duo, FN0), fn0);
	cr_assert_str_eq(fake_driver(&duo, FN1), fn1);
}

void duo_as_before(void)
{
	duo_drivers_are("e1000e", "e1000e");
	cr_assert_str_eq(fake_override(&duo, FN0), "");
	cr_assert_str_eq(fake_override(&duo, FN1), "");
	cr_assert(!fake_has(&duo, "run/" FN0));
	cr_assert(!fake_has(&duo, "run/" FN1));
	cr_assert_str_eq(fake_get(&duo, "sys/class/net/eth0/flags"), "0x1003");
	cr_assert_str_eq(fake_get(&duo, "sys/class/net/eth1/flags"), "0x1002");
}
