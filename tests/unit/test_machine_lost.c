/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices that go away: while the machine is opened, while its guest runs, and
 * while it is closed.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/err.h"
#include "test_machine_board.h"
#include "test_machine_peer.h"
#include "test_said.h"
#include "vmm/machine/loop.h"

static struct peer_knobs *knobs;

static void setup(void)
{
	board_setup();
	knobs = peer_reset();
	for (unsigned i = 0; i < board.cfg.ndev; i++)
		board.cfg.dev[i].src.ops = &peer_backend;
	said_begin();
	alarm(30);
}

static void teardown(void)
{
	said_end();
	sim_end();
}

TestSuite(machine_lost, .init = setup, .fini = teardown);

/* One line, of device @i */
static void told_once(unsigned i)
{
	const char *text = said();
	char want[256];

	snprintf(want, sizeof(want),
		 "warning: %s; the guest has lost the device and reads all "
		 "ones from it\n",
		 peer_why(i));
	cr_assert(strstr(text, want), "'%s'", text);
	cr_assert_eq(said_lines(text), 1, "'%s'", text);
}

/* Opening */

Test(machine_lost, all_well)
{
	unsigned fds = open_fds();

	board_open();
	cr_assert_geq(board.m.memory.fd, 0);
	cr_assert_null(strstr(sim_take("o"), "KVM"), "KVM is told of none");
	board_close();
	cr_assert_eq(open_fds(), fds);
	cr_assert_str_eq(said(), "");
}

Test(machine_lost, both_kinds_in_one_machine)
{
	unsigned fds = open_fds();
	const char *log;

	board.card[1].group = 8;
	board.cfg.dev[1].src.group = 8;
	board.cfg.dev[0].src.ops = &vfio_kernel;
	board_open();
	cr_assert_geq(board.m.memory.fd, 0);
	cr_assert_eq(sim_count().dma, 2 + 3, "RAM for each, BARs for one");
	cr_assert(strstr(sim_take("o"), "KVM_DEV_VFIO_GROUP_ADD\n"));
	board_close();
	log = sim_take("o");
	cr_assert_lt(strstr(log, "UNMAP_DMA"), strstr(log, "close 0000"));
	cr_assert_lt(strstr(log, "close 0000:02:00.0"),
		     strstr(log, "UNSET_CONTAINER"));
	cr_assert_eq(open_fds(), fds);
}

Test(machine_lost, without_servers_ram_is_no_file)
{
	board.cfg.dev[0].src.ops = board.cfg.dev[1].src.ops = &vfio_kernel;
	board_open();
	cr_assert_eq(board.m.memory.fd, -1);
	board_close();
}

static void kill_the_other(unsigned i)
{
	if (i == 1)
		peer_kill(0);
}

static void refused(void)
{
	unsigned fds = open_fds();

	cr_assert_lt(machine_open(&board.m, &board.cfg), 0);
	cr_assert_str_eq(err_last(), peer_why(0));
	cr_assert_eq(machine_exit_status(&board.m), STOP_STATUS_ERROR);
	cr_assert_str_eq(said(), "", "the caller prints the error");
	cr_assert_eq(open_fds(), fds);
}

Test(machine_lost, before_the_start_it_is_an_error)
{
	knobs->opening = kill_the_other;
	refused();
}

static void kill_it(unsigned i)
{
	peer_kill(i);
}

Test(machine_lost, a_device_that_cannot_be_opened)
{
	knobs->opening = kill_it;
	refused();
}

static void interrupt(unsigned i)
{
	cr_assert_eq(i, 0, "no other device is opened");
	kill(getpid(), SIGINT);
}

Test(machine_lost, a_signal_between_two_devices)
{
	sigset_t set;

	loop_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	knobs->opening = interrupt;
	cr_assert_eq(machine_open(&board.m, &board.cfg), -EINTR);
	cr_assert_eq(machine_exit_status(&board.m), 128 + SIGINT);
	cr_assert_str_eq(said(), "");
}

/* Running */

static struct stop play(board_script *script)
{
	board_open();
	return board_run(script);
}

static int exits_with(struct kvm_run *r, uint8_t status)
{
	return board_outb(r, PLAT_PORT_DEBUG_EXIT, status);
}

/* Vendor and device of the function at slot 0x0a + @i */
static int reads_id(struct kvm_run *r, unsigned i)
{
	return board_read(r, PLAT_ECAM_GPA + ((0x0a + i) << 15));
}

static uint64_t seen[2];

/* Goes on when the loop has noticed. */
static int loses_one(struct kvm_run *r, unsigned i)
{
	if (i == 0)
		peer_kill(0);
	if (!__atomic_load_n(&board.m.nlost, __ATOMIC_ACQUIRE)) {
		usleep(1000);
		board_step = 1;
		return -ENODATA;
	}
	switch (i) {
	case 1:
		return reads_id(r, 0);
	case 2:
		seen[0] = le_get(r->mmio.data, 4);
		return reads_id(r, 1);
	case 3:
		seen[1] = le_get(r->mmio.data, 4);
		return exits_with(r, 7);
	default:
		return -ENODATA;
	}
}

Test(machine_lost, the_guest_runs_on)
{
	struct stop s = play(loses_one);

	cr_assert_eq(s.reason, STOP_EXIT);
	cr_assert_eq(s.status, 7);
	cr_assert_eq(seen[0], 0xffffffff);
	cr_assert_eq(seen[1], 0x165f14e4);
	told_once(0);
	board_close();
	cr_assert_str_eq(said(), "");
	cr_assert_eq(machine_exit_status(&board.m), STOP_STATUS_LOST);
}

static unsigned slots; /* of RAM, and of the BARs of two equal devices */

static int maps_and_loses(struct kvm_run *r, unsigned i)
{
	uint64_t config = PLAT_ECAM_GPA + (0x0a << 15);

	if (i == 0)
		return board_write(r, config + PCI_COMMAND, PCI_COMMAND_MEMORY);
	if (i == 1) {
		slots = sim_count().slots;
		peer_kill(0);
	}
	if (!__atomic_load_n(&board.m.dev[0].lost, __ATOMIC_ACQUIRE)) {
		usleep(1000);
		board_step = 2;
		return -ENODATA;
	}
	return exits_with(r, 0);
}

Test(machine_lost, what_was_mapped_is_hidden)
{
	play(maps_and_loses);
	cr_assert_gt(slots, 1);
	cr_assert_eq(sim_count().slots, 1 + (slots - 1) / 2,
		     "RAM, and what the other device has");
	told_once(0);
	board_close();
}

static int faults_until_hidden(struct kvm_run *r, unsigned i)
{
	if (i == 0)
		peer_kill(0);
	if (!__atomic_load_n(&board.m.dev[0].lost, __ATOMIC_ACQUIRE))
		return -EFAULT;
	return exits_with(r, 4);
}

/* Its server cut the file behind a window. */
Test(machine_lost, memory_that_is_gone_with_it)
{
	struct stop s = play(faults_until_hidden);

	cr_assert_eq(s.reason, STOP_EXIT, "%s", board.m.error);
	cr_assert_eq(s.status, 4);
	told_once(0);
	board_close();
}

static int loses_both(struct kvm_run *r, unsigned i)
{
	if (i == 0) {
		peer_kill(0);
		peer_kill(1);
	}
	if (__atomic_load_n(&board.m.nlost, __ATOMIC_ACQUIRE) == 2)
		return exits_with(r, 0);
	usleep(1000);
	return -ENODATA;
}

Test(machine_lost, each_has_its_line)
{
	const char *text;

	play(loses_both);
	text = said();
	cr_assert(strstr(text, peer_why(0)), "%s", text);
	cr_assert(strstr(text, peer_why(1)), "%s", text);
	cr_assert_eq(said_lines(text), 2, "%s", text);
	board_close();
	cr_assert_eq(machine_exit_status(&board.m), STOP_STATUS_LOST);
}

static int loses_one_and_waits(struct kvm_run *r, unsigned i)
{
	(void)r;
	if (i == 0)
		peer_kill(1);
	if (__atomic_load_n(&board.m.nlost, __ATOMIC_ACQUIRE) && i < 1000000) {
		board_step = 1000000;
		kill(getpid(), SIGTERM);
	}
	usleep(1000);
	return -ENODATA;
}

Test(machine_lost, a_signal_counts_more)
{
	sigset_t set;

	loop_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	cr_assert_eq(play(loses_one_and_waits).reason, STOP_SIGNAL);
	told_once(1);
	board_close();
	cr_assert_eq(machine_exit_status(&board.m), 128 + SIGTERM);
}

static int loses_one_and_ends(struct kvm_run *r, unsigned i)
{
	if (i == 0)
		peer_kill(0);
	return i ? -ENODATA : exits_with(r, 0);
}

Test(machine_lost, at_the_very_end_of_the_run)
{
	play(loses_one_and_ends);
	told_once(0);
	board_close();
	cr_assert_eq(machine_exit_status(&board.m), STOP_STATUS_LOST);
}

/* Waiting for what does not come */

static int reads_for_ever(struct kvm_run *r, unsigned i)
{
	if (i == 0)
		kill(getpid(), SIGTERM);
	return reads_id(r, 0);
}

/* A vCPU waits for a server: the kick does not help, the limit does. */
Test(machine_lost, a_signal_ends_it_within_the_limit)
{
	uint64_t start;
	struct stop s;
	sigset_t set;

	loop_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	board_open();
	knobs->slow_ms = 400;
	start = clock_now_ns();
	s = board_run(reads_for_ever);
	board_close();
	cr_assert_eq(s.reason, STOP_SIGNAL);
	cr_assert_lt(clock_now_ns() - start, 5 * CLOCK_SEC);
	told_once(0);
	cr_assert_eq(machine_exit_status(&board.m), 128 + SIGTERM);
}

static bool answered; /* device 1, while device 0 let vCPU 0 wait */

static int reads_the_slow_one(struct kvm_run *r, unsigned i)
{
	return i ? -ENODATA : reads_id(r, 0);
}

static int reads_the_other(struct kvm_run *r, unsigned i)
{
	if (i == 0) {
		while (!__atomic_load_n(&board_step, __ATOMIC_ACQUIRE))
			usleep(1000);
		usleep(20000);
		return reads_id(r, 1);
	}
	answered = le_get(r->mmio.data, 4) == 0x165f14e4 && board_step == 1;
	return exits_with(r, 0);
}

Test(machine_lost, a_slow_one_stops_nobody_else)
{
	board.cfg.ncpus = 2;
	board_other = reads_the_other;
	board_open();
	knobs->slow_ms = 2000;
	cr_assert_eq(board_run(reads_the_slow_one).reason, STOP_EXIT);
	cr_assert(answered);
	board_close();
}

static int talks(struct kvm_run *r, unsigned i)
{
	(void)i;
	return board_outb(r, PLAT_PORT_COM1, 'x');
}

static int loses_one_and_talks(struct kvm_run *r, unsigned i)
{
	if (i == 0)
		peer_kill(0);
	return talks(r, i);
}

/*
 * The machine's lock is with a vCPU that waits for a reader: hiding the device
 * must wait, and the clock must not.
 */
Test(machine_lost, while_nobody_reads_the_console)
{
	struct stop s;
	int p[2];

	cr_assert_eq(pipe2(p, O_NONBLOCK), 0);
	while (write(p[1], "", 1) == 1)
		;
	cr_assert_eq(fcntl(p[1], F_SETFL, 0), 0);
	board.cfg.out_fd[0] = p[1];
	board_open();
	board.cfg.deadline_ns = clock_now_ns() + 300 * CLOCK_MS;
	s = board_run(loses_one_and_talks);
	cr_assert_eq(s.reason, STOP_TIMEOUT);
	cr_assert(strstr(said(), peer_why(0)));
	board_close();
	cr_assert_eq(machine_exit_status(&board.m), STOP_STATUS_TIMEOUT);
	close(p[0]);
	close(p[1]);
}

/* Closing */

static int exits_3(struct kvm_run *r, unsigned i)
{
	return i ? -ENODATA : exits_with(r, 3);
}

Test(machine_lost, while_it_is_closed)
{
	play(exits_3);
	cr_assert_eq(machine_exit_status(&board.m), 3);
	peer_kill(1);
	board_close();
	told_once(1);
	cr_assert_eq(machine_exit_status(&board.m), STOP_STATUS_LOST);
}

/* Other errors of closing are not hidden by it. */
Test(machine_lost, what_else_fails_is_said)
{
	char failed[64];
	unsigned errors = 0;

	for (unsigned n = 1;; n++) {
		int rc;

		peer_reset();
		play(loses_one);
		told_once(0);
		sim_fail(n, EIO);
		rc = machine_close(&board.m);
		snprintf(failed, sizeof(failed), "%s", sim_failed());
		sim_fail(0, 0);
		if (rc)
			cr_assert(strstr(err_last(), failed), "%u, %s: '%s'", n,
				  failed, err_last());
		errors += !!rc;
		cr_assert_null(strstr(said(), peer_why(0)));
		sim_take("");
		if (!*failed)
			break;
	}
	cr_assert_gt(errors, 3);
	said();
}
