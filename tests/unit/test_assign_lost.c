/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices whose server is slow or gone: who has to wait, what the guest reads,
 * and what the user sees of it.
 */
#include <criterion/criterion.h>
#include <criterion/redirect.h>

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "test_assign_pair.h"

#define TRAPPED  0x800 /* in BAR 4: the table's page, behind the table */
#define MSIX_ON  0x8000
#define SOON     (50 * CLOCK_MS)
#define SURELY   (5 * CLOCK_SEC)
#define ALL_ONES 0xffffffff

TestSuite(assign_locks, .init = pair_setup, .fini = pair_teardown,
	  .timeout = 30);
TestSuite(assign_lost, .init = pair_setup, .fini = pair_teardown,
	  .timeout = 30);

static int lost_within(unsigned i, uint64_t ns)
{
	int rc;

	pthread_mutex_unlock(&pair.g.lock);
	rc = assign_lost(&pair.dev[i], clock_now_ns() + ns);
	pthread_mutex_lock(&pair.g.lock);
	return rc;
}

static void lose(unsigned i)
{
	server_kill(pair.server[i]);
	cr_assert_eq(lost_within(i, SURELY), 0);
}

/* Another vCPU: one access, under the machine's lock as all are */
struct vcpu_access {
	pthread_t thread;
	uint64_t at;
	bool write;
	uint32_t val;
};

static void *vcpu(void *arg)
{
	struct vcpu_access *a = arg;

	pthread_mutex_lock(&pair.g.lock);
	if (a->write)
		bus_write(&pair.g.mmio, a->at, 4, a->val);
	else
		a->val = (uint32_t)bus_read(&pair.g.mmio, a->at, 4);
	pthread_mutex_unlock(&pair.g.lock);
	return NULL;
}

static void *vcpu_command(void *arg)
{
	struct vcpu_access *a = arg;

	pthread_mutex_lock(&pair.g.lock);
	pair_cfg_write(0, PCI_COMMAND, 2, a->val);
	pthread_mutex_unlock(&pair.g.lock);
	return NULL;
}

/* It runs until server 0 holds it. */
static void begin(struct vcpu_access *a, void *(*what)(void *))
{
	server_hold(pair.server[0]);
	cr_assert_eq(pthread_create(&a->thread, NULL, what, a), 0);
	pthread_mutex_unlock(&pair.g.lock);
	cr_assert(server_held(pair.server[0]));
	pthread_mutex_lock(&pair.g.lock);
}

static void end(struct vcpu_access *a)
{
	pthread_mutex_unlock(&pair.g.lock);
	pthread_join(a->thread, NULL);
	pthread_mutex_lock(&pair.g.lock);
}

/* Who has to wait */

Test(assign_locks, a_slow_server_stops_only_its_device)
{
	struct vcpu_access a = {.at = pair_bar(0, 4) + TRAPPED};

	bus_write(&pair.g.mmio, a.at, 4, 0xcafe);
	begin(&a, vcpu);
	bus_write(&pair.g.mmio, pair_bar(1, 4) + TRAPPED, 4, 0xbeef);
	cr_assert_eq(bus_read(&pair.g.mmio, pair_bar(1, 4) + TRAPPED, 4),
		     0xbeef);
	cr_assert_eq(pair_cfg(1, 0, 4), 0x165f14e4);
	pair_cfg_write(1, 0xa2, 2, MSIX_ON);
	pair_cfg_write(1, 0x10, 4, 0x00550000);
	cr_assert_eq(pair_bar(1, 0) & UINT32_MAX, 0x00550000);
	server_release(pair.server[0]);
	end(&a);
	cr_assert_eq(a.val, 0xcafe);
}

Test(assign_locks, its_own_accesses_come_one_after_the_other)
{
	struct vcpu_access a = {
		.at = pair_bar(0, 4) + TRAPPED, .write = true, .val = 1};
	struct vcpu_access b = {.at = a.at};

	begin(&a, vcpu);
	cr_assert_eq(pthread_create(&b.thread, NULL, vcpu, &b), 0);
	pthread_mutex_unlock(&pair.g.lock);
	server_release(pair.server[0]);
	pthread_mutex_lock(&pair.g.lock);
	end(&a);
	end(&b);
	cr_assert_eq(b.val & ~1u, 0, "before or behind it");
	cr_assert_eq(bus_read(&pair.g.mmio, a.at, 4), 1);
}

Test(assign_locks, a_bar_that_moves_meanwhile_is_no_trouble)
{
	struct vcpu_access a = {.at = pair_bar(0, 4) + TRAPPED};
	struct vcpu_access off = {.val = 0};

	begin(&a, vcpu);
	cr_assert_eq(pthread_create(&off.thread, NULL, vcpu_command, &off), 0);
	server_release(pair.server[0]);
	end(&a);
	end(&off);
	cr_assert(!pair.dev[0].bar[4].shown);
	cr_assert_eq(bus_read(&pair.g.mmio, a.at, 4), ALL_ONES,
		     "nobody is there");
}

/* What the guest reads */

static void reads_all_ones(unsigned i)
{
	uint64_t nobody = pair.g.mmio.nobody.reads;

	cr_assert_eq(pair_cfg(i, 0, 4), ALL_ONES);
	cr_assert_eq(pair_cfg(i, PCI_COMMAND, 2), 0xffff);
	cr_assert_eq(pair_cfg(i, 0x10, 4), ALL_ONES, "also what is ours");
	cr_assert_eq(pair_cfg(i, 0x5a, 2), 0xffff);
	for (unsigned n = 0; n <= 4; n += 2)
		cr_assert_eq(bus_read(&pair.g.mmio, pair_bar(i, n) + 0x2000, 8),
			     UINT64_MAX, "BAR %u", n);
	cr_assert_eq(bus_read(&pair.g.mmio, pair_bar(i, 4), 4), ALL_ONES,
		     "the table");
	cr_assert_eq(bus_read(&pair.g.mmio, pair_bar(i, 4) + 0x1000, 4),
		     ALL_ONES);
	cr_assert_eq(pair.g.mmio.nobody.reads, nobody, "the traps are there");
}

Test(assign_lost, all_ones_through_traps_and_windows)
{
	cr_assert_eq(sim_count().slots, 6);
	lose(0);
	cr_assert_eq(sim_count().slots, 3, "those of the other one");
	server_calls(pair.server[0]);
	reads_all_ones(0);
	cr_assert_eq(server_calls(pair.server[0]), 0, "nobody is asked");
	cr_assert_eq(pair_cfg(1, 0, 4), 0x165f14e4);
}

Test(assign_lost, writes_go_nowhere)
{
	lose(0);
	server_calls(pair.server[0]);
	pair_cfg_write(0, 0x10, 4, 0x00550000);
	pair_cfg_write(0, PCI_COMMAND, 2, 0);
	pair_cfg_write(0, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	pair_cfg_write(0, 0xa2, 2, MSIX_ON);
	bus_write(&pair.g.mmio, pair_bar(0, 4), 4, 1);
	bus_write(&pair.g.mmio, pair_bar(0, 4) + TRAPPED, 4, 1);
	cr_assert_eq(server_calls(pair.server[0]), 0);
	cr_assert_eq(sim_count().slots, 3);
	reads_all_ones(0);
}

Test(assign_lost, twice_is_once)
{
	lose(0);
	sim_take("");
	lose(0);
	cr_assert_str_eq(sim_take("mi"), "");
}

Test(assign_lost, the_descriptor_tells_and_the_message_names_it)
{
	cr_assert_eq(assign_lost_fd(&pair.dev[0]), pair.server[0]->lost_fd);
	cr_assert_eq(vfio_device_check(&pair.dev[0].vfio), 0);
	server_kill(pair.server[0]);
	cr_assert_eq(vfio_device_check(&pair.dev[0].vfio), -EIO);
	cr_assert_str_eq(err_last(), "server:0: the server is gone");
	cr_assert_eq(lost_within(0, SURELY), 0);
}

Test(assign_lost, before_the_machine_knows_the_device_reads_all_ones)
{
	server_kill(pair.server[0]);
	cr_assert_eq(pair_cfg(0, 0, 4), ALL_ONES);
	cr_assert_eq(bus_read(&pair.g.mmio, pair_bar(0, 4) + TRAPPED, 4),
		     ALL_ONES);
	pair_cfg_write(0, 0x10, 4, 0x00550000);
	pair_cfg_write(0, PCI_COMMAND, 2, 0);
	pair_cfg_write(0, 0xa2, 2, MSIX_ON);
	cr_assert_eq(lost_within(0, SURELY), 0);
	cr_assert_eq(pair_cfg(0, 0x10, 4), ALL_ONES);
}

Test(assign_lost, no_lock_no_change)
{
	struct vcpu_access a = {.at = pair_bar(0, 4) + TRAPPED};

	begin(&a, vcpu);
	cr_assert_eq(lost_within(0, SOON), -EAGAIN, "the device's");
	cr_assert(!pair.dev[0].lost);
	server_release(pair.server[0]);
	end(&a);
	cr_assert_eq(assign_lost(&pair.dev[0], clock_now_ns() + SOON), -EAGAIN,
		     "the machine's");
	cr_assert(!pair.dev[0].lost);
	cr_assert_eq(sim_count().slots, 6);
	lose(0);
}

/* The slots of a BAR are on their way while the server dies. */
static void dies_while(uint32_t before, uint32_t command)
{
	struct vcpu_access a = {.val = command};

	pair_cfg_write(0, PCI_COMMAND, 2, before);
	begin(&a, vcpu_command);
	cr_assert_eq(lost_within(0, SOON), -EAGAIN);
	server_kill(pair.server[0]);
	end(&a);
	cr_assert_eq(lost_within(0, SURELY), 0);
	cr_assert_eq(sim_count().slots, 3);
	cr_assert_eq(pair_cfg(0, 0, 4), ALL_ONES);
	cr_assert_eq(bus_read(&pair.g.mmio, pair_bar(0, 0), 4), ALL_ONES);
}

Test(assign_lost, while_bars_are_shown)
{
	dies_while(0, PCI_COMMAND_MEMORY);
}

Test(assign_lost, while_bars_are_hidden)
{
	dies_while(PCI_COMMAND_MEMORY, 0);
}

Test(assign_lost, after_a_move_the_new_place_reads_all_ones)
{
	uint64_t was = pair_bar(0, 0);

	server_kill(pair.server[0]);
	pair_cfg_write(0, 0x10, 4, 0x00550000);
	cr_assert_neq(pair_bar(0, 0), was);
	cr_assert_eq(lost_within(0, SURELY), 0);
	cr_assert_eq(sim_count().slots, 3);
	cr_assert_eq(bus_read(&pair.g.mmio, pair_bar(0, 0), 4), ALL_ONES);
	cr_assert_eq(bus_read(&pair.g.mmio, was, 4), ALL_ONES);
}

/* The end */

Test(assign_lost, is_closed_without_a_word)
{
	cr_redirect_stderr();
	pair_cfg_write(0, 0xa2, 2, MSIX_ON);
	lose(0);
	cr_assert_eq(pair_quiesce(0), 0, "%s", err_last());
	cr_assert_eq(sim_count().irqfds, 1, "of the other one");
	fflush(stderr);
	cr_assert_stderr_eq_str("");
}

Test(assign_lost, one_that_dies_before_it_is_closed_is_reported_once)
{
	cr_redirect_stderr();
	pair_cfg_write(0, 0xa2, 2, MSIX_ON);
	server_kill(pair.server[0]);
	cr_assert_eq(pair_quiesce(0), -EIO, "%s", err_last());
	cr_assert_str_eq(err_last(), "server:0: the server is gone");
	cr_assert_eq(pair_quiesce(0), -EIO, "%s", err_last());
	cr_assert_eq(lost_within(0, SURELY), 0);
	fflush(stderr);
	cr_assert_stderr_eq_str("");
}

Test(assign_lost, what_the_guest_does_before_we_know_warns_of_nothing)
{
	cr_redirect_stderr();
	server_kill(pair.server[0]);
	pair_cfg_write(0, 0xa2, 2, MSIX_ON);
	bus_write(&pair.g.mmio, pair_bar(0, 4) + 12, 4, 0);
	pair_cfg_write(0, 0x5a, 2, 1);
	cr_assert_eq(lost_within(0, SURELY), 0);
	fflush(stderr);
	cr_assert_stderr_eq_str("");
}
