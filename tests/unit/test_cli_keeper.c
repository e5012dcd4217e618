/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process that gives devices back: on the word, and only then.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "test_host_fake.h"
#include "vmm/cli/keeper.h"

#define FN0 "0000:02:00.0"
#define FN1 "0000:02:00.1"

static struct fake f;
static struct keeper k;

static void setup(void)
{
	alarm(20);
	fake_init(&f);
	fake_pair(&f);
	keeper_init(&k);
}

static void teardown(void)
{
	fake_fini(&f);
}

TestSuite(cli_keeper, .init = setup, .fini = teardown);

static void start(void)
{
	const struct pci_addr a = fake_addr(FN0);
	struct bind_set set;

	cr_assert_eq(bind_groups(&f.s, &a, 1, false, &set), 0);
	cr_assert_eq(set.n, 2);
	cr_assert_eq(keeper_start(&k, &f.s, &set), 0, "%s", err_last());
	cr_assert_eq(set.n, 0, "it is the child's now");
}

Test(cli_keeper, gives_all_back_on_the_word)
{
	start();
	cr_assert_str_eq(fake_driver(&f, FN0), "vfio-pci");
	cr_assert_eq(keeper_finish(&k), 0, "%s", err_last());
	cr_assert_str_eq(fake_driver(&f, FN0), "e1000e");
	cr_assert_str_eq(fake_driver(&f, FN1), "e1000e");
	cr_assert_eq(keeper_finish(&k), 0, "twice is harmless");
}

Test(cli_keeper, its_failure_comes_with_the_message)
{
	f.fail_at = 7; /* 6 were for binding two */
	f.fail_err = EIO;
	start();
	cr_assert_eq(keeper_finish(&k), -EIO);
	cr_assert(strstr(err_last(), FN0), "%s", err_last());
	cr_assert(strstr(err_last(), "EIO"), "%s", err_last());
}

Test(cli_keeper, without_the_word_it_ends_and_the_records_stay)
{
	int status;

	start();
	close(k.fd);
	cr_assert_gt(wait(&status), 0);
	cr_assert(WIFEXITED(status) && !WEXITSTATUS(status));
	cr_assert_str_eq(fake_driver(&f, FN0), "vfio-pci");
	cr_assert(fake_has(&f, "run/" FN0));
	cr_assert(fake_has(&f, "run/" FN1));
}

Test(cli_keeper, one_that_is_gone_is_told_of)
{
	signal(SIGPIPE, SIG_IGN); /* as cmd_run() does */
	start();
	cr_assert_eq(shutdown(k.fd, SHUT_RDWR), 0);
	cr_assert_gt(wait(NULL), 0);
	cr_assert_eq(keeper_finish(&k), -EIO);
	cr_assert(strstr(err_last(), "passthru restore --all"), "%s",
		  err_last());
}

Test(cli_keeper, none_is_needed)
{
	cr_assert_eq(keeper_finish(&k), 0);
}
