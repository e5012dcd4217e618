/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A function is given back while somebody else is at it, or when it is gone.
 */
#include <criterion/criterion.h>
#include <criterion/redirect.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "base/err.h"
#include "test_host_duo.h"

TestSuite(host_restore, .init = duo_setup, .fini = duo_teardown);

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

	cr_assert_eq(duo_bind(FN0, false, &set), 0);
	duo.writes = 0;
	duo.at_write = write;
	duo.meanwhile = meanwhile;
	return bind_restore(&duo.s, &set);
}

Test(host_restore, pulled_out_at_every_write_of_a_restore)
{
	for (int write = 1; write <= 3; write++) {
		cr_assert_eq(restore_while(write, pulled_out), 0, "%d: %s",
			     write, err_last());
		cr_assert(!fake_has(&duo, "run/" FN0));
		cr_assert_str_eq(fake_driver(&duo, FN1), "e1000e");
		duo.at_write = 0;
		fake_fini(&duo);
		duo_setup();
	}
}

static void *soon(void *arg)
{
	const struct timespec ms100 = {.tv_nsec = 100000000};

	nanosleep(&ms100, NULL);
	pulled_out(arg);
	return NULL;
}

/* As when its slot is being emptied: the driver has lost it, it is there yet */
Test(host_restore, without_its_driver_and_then_gone)
{
	struct bind_set set;
	pthread_t thread;

	cr_assert_eq(duo_bind(FN0, false, &set), 0);
	fake_rm(&duo, "sys/bus/pci/drivers/e1000e");
	cr_assert_lt(bind_restore_one(&duo.s, fake_addr(FN0)), 0);
	cr_assert(fake_has(&duo, "run/" FN0), "kept, to be tried again");
	duo.s.settle_ms = 5000;
	pthread_create(&thread, NULL, soon, &duo);
	cr_assert_eq(bind_restore_one(&duo.s, fake_addr(FN0)), 0, "%s",
		     err_last());
	pthread_join(thread, NULL);
	cr_assert(!fake_has(&duo, "run/" FN0));
}

Test(host_restore, unbound_by_somebody_else_at_the_same_moment)
{
	cr_assert_eq(restore_while(1, unbound), 0, "%s", err_last());
	duo_drivers_are("e1000e", "e1000e");
	cr_assert(!fake_has(&duo, "run/" FN0));
	cr_assert_eq(restore_while(3, given_to_its_driver), 0, "%s",
		     err_last());
	duo_drivers_are("e1000e", "e1000e");
}

/* Twelve bytes, of which none may be zero */
static void restore_reading(const char *config)
{
	struct bind_set set;

	cr_assert_eq(duo_bind(FN0, false, &set), 0);
	fake_text(&duo, "sys/devices/pci0000:00/" FN0 "/config", "%s", config);
	cr_assert_eq(bind_restore(&duo.s, &set), 0, "%s", err_last());
}

Test(host_restore, a_device_that_does_not_answer_gets_no_driver)
{
	restore_reading("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff");
	duo_drivers_are("", "e1000e");
	cr_assert_str_eq(fake_override(&duo, FN0), "");
	cr_assert(!fake_has(&duo, "run/" FN0));
}

Test(host_restore, a_virtual_function_has_ids_of_all_ones)
{
	restore_reading("\xff\xff\xff\xff\x06\x04\x10\x10\x01\x01\x01\x02");
	duo_drivers_are("e1000e", "e1000e");
}

Test(host_restore, one_of_two_says_which_is_left)
{
	const struct pci_addr both[] = {fake_addr(FN0), fake_addr(FN1)};
	static char name[] = "passthru";
	struct bind_set set;

	program_invocation_short_name = name;
	cr_redirect_stderr();
	cr_assert_eq(duo_bind(FN0, false, &set), 0);
	bind_say_left(&duo.s, both, 2); /* nothing: they are bound */
	cr_assert_eq(bind_restore_one(&duo.s, fake_addr(FN0)), 0);
	bind_say_left(&duo.s, both, 2);
	cr_assert_eq(bind_restore_one(&duo.s, fake_addr(FN1)), 0);
	bind_say_left(&duo.s, both, 2); /* nothing: all are back */
	cr_assert_str_eq(err_last(), "");
	fflush(stderr);
	cr_assert_stderr_eq_str("passthru: " FN0 ": e1000e -> vfio-pci\n"
				"passthru: " FN1 ": e1000e -> vfio-pci\n"
				"passthru: " FN0 ": vfio-pci -> e1000e\n"
				"passthru: " FN1
				": of the same group, is still on vfio-pci "
				"(passthru restore " FN1 ")\n"
				"passthru: " FN1 ": vfio-pci -> e1000e\n");
}
