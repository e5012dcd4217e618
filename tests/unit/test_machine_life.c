/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A whole machine over the fake kernel: opened, run with exits that the test
 * gives, closed.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "test_machine_board.h"
#include "test_said.h"
#include "vmm/machine/loop.h"
#include "vmm/machine/machine.h"
#include "vmm/machine/stats.h"

/* What each of two devices reaches of the other; BAR 4 has the MSI-X table */
#define MAP   "VFIO_IOMMU_MAP_DMA 0x80000"
#define UNMAP "VFIO_IOMMU_UNMAP_DMA 0x80000"
#define BARS(call, flags)                                                      \
	call "00000+0x10000" flags "\n" call "10000+0x10000" flags "\n" call   \
	     "22000+0xe000" flags "\n"
#define BARS1(call, flags)                                                     \
	call "30000+0x10000" flags "\n" call "40000+0x10000" flags "\n" call   \
	     "52000+0xe000" flags "\n"

TestSuite(machine_life, .init = board_setup, .fini = sim_end);

Test(machine_life, set_up_and_teardown_in_the_kernels_order)
{
	unsigned fds = open_fds();

	board_open();
	cr_assert_str_eq(sim_take("o"),
			 "open /dev/vfio/vfio\n"
			 "open /dev/vfio/7\n"
			 "VFIO_GROUP_GET_STATUS 7\n"
			 "VFIO_GROUP_SET_CONTAINER 7\n"
			 "VFIO_SET_IOMMU 3\n"
			 "KVM_CREATE_DEVICE 4\n"
			 "KVM_DEV_VFIO_GROUP_ADD\n"
			 "VFIO_IOMMU_MAP_DMA 0x0+0x4000000 3\n"
			 "VFIO_GROUP_GET_DEVICE_FD "
			 "0000:02:00.0\n" BARS(
				 MAP, " 3") "VFIO_GROUP_GET_DEVICE_FD "
					    "0000:02:00.1\n" BARS1(MAP, " 3"));
	board_close();
	cr_assert_str_eq(
		sim_take("o"),
		BARS(UNMAP, "")
			BARS1(UNMAP, "") "VFIO_IOMMU_UNMAP_DMA 0x0+0x4000000\n"
					 "KVM_DEV_VFIO_GROUP_DEL\n"
					 "close 0000:02:00.1\n"
					 "close 0000:02:00.0\n"
					 "VFIO_GROUP_UNSET_CONTAINER 7\n"
					 "close group 7\n"
					 "close container\n");
	cr_assert_eq(open_fds(), fds);
	board_close();
}

Test(machine_life, without_devices_vfio_is_not_touched)
{
	board.cfg.ndev = 0;
	board_open();
	cr_assert_str_eq(sim_take("o"), "");
	board_close();
	cr_assert_str_eq(sim_take("o"), "");
}

Test(machine_life, high_ram_is_a_second_slot_and_mapping)
{
	board.cfg.ram_size = 3 * GiB;
	board.cfg.ndev = 1;
	board_open();
	cr_assert(strstr(sim_take("m"),
			 "KVM_SET_USER_MEMORY_REGION 0 0x0+0x80000000\n"
			 "KVM_SET_USER_MEMORY_REGION 1 "
			 "0x100000000+0x40000000\n"));
	cr_assert_eq(sim_count().dma, 3 + 3, "RAM by the GiB, and BARs");
	board_close();
}

Test(machine_life, a_hundred_times_leaves_nothing)
{
	unsigned fds = open_fds();

	for (unsigned i = 0; i < 100; i++) {
		board_open();
		board_close();
		sim_take("");
	}
	cr_assert_eq(open_fds(), fds);
}

Test(machine_life, the_guest_finds_the_devices_where_they_were_put)
{
	board_open();
	pthread_mutex_lock(&board.m.lock);
	for (unsigned slot = 0x0a; slot <= 0x0b; slot++) {
		uint64_t at = PLAT_ECAM_GPA + (slot << 15);

		cr_assert_eq(bus_read(&board.m.mmio, at, 4), 0x165f14e4);
		cr_assert_eq(bus_read(&board.m.mmio, at + 0x3d, 1), slot - 9);
	}
	cr_assert_eq(bus_read(&board.m.mmio, PLAT_ECAM_GPA + (0x0c << 15), 4),
		     0xffffffff);
	pthread_mutex_unlock(&board.m.lock);
	sim_intx(&board.card[1], true);
	cr_assert(strstr(sim_take("i"), "inject pin 20\n"));
	board_close();
}

Test(machine_life, functions_at_one_slot_say_so)
{
	board.cfg.dev[1].slot = 0x0a;
	board.cfg.dev[1].fn = 1;
	board_open();
	pthread_mutex_lock(&board.m.lock);
	cr_assert_eq(bus_read(&board.m.mmio, PLAT_ECAM_GPA + (0x0a << 15) + 0xe,
			      1),
		     0x80);
	pthread_mutex_unlock(&board.m.lock);
	board_close();
}

Test(machine_life, the_same_place_twice_is_refused)
{
	board.cfg.dev[1].slot = 0x0a;
	cr_assert_eq(machine_open(&board.m, &board.cfg), -EEXIST);
	cr_assert_str_eq(err_last(), "0000:02:00.1: guest slot 0a.0 is taken; "
				     "choose another with at=");
}

Test(machine_life, bad_figures_are_refused)
{
	board.cfg.ncpus = PLAT_MAX_CPUS + 1;
	cr_assert_eq(machine_open(&board.m, &board.cfg), -EINVAL);
	board.cfg.ncpus = 1;
	board.cfg.ram_size = 1;
	cr_assert_eq(machine_open(&board.m, &board.cfg), -EINVAL);
	board.cfg.ram_size = 64 * MiB;
	board_image.eh.e_machine = EM_386;
	cr_assert_lt(machine_open(&board.m, &board.cfg), 0);
	cr_assert(strstr(err_last(), "payload.elf"), "%s", err_last());
}

/* Running */

/* @ns: deadline, once all is open: on a busy host that may take as long; or 0
 */
static struct stop play_for(uint64_t ns, board_script *script)
{
	struct stop s;

	board_open();
	board.cfg.deadline_ns = ns ? clock_now_ns() + ns : 0;
	s = board_run(script);
	board_close();
	return s;
}

static struct stop play(board_script *script)
{
	return play_for(0, script);
}

static int exits_7(struct kvm_run *r, unsigned i)
{
	return i ? -ENODATA : board_outb(r, PLAT_PORT_DEBUG_EXIT, 7);
}

Test(machine_life, the_debug_exit_port_ends_it)
{
	struct stop s = play(exits_7);

	cr_assert_eq(s.reason, STOP_EXIT);
	cr_assert_eq(s.status, 7);
	board.cfg.ncpus = 4;
	s = play(exits_7);
	cr_assert_eq(s.reason, STOP_EXIT, "with four vCPUs, too");
}

static uint64_t seen;

static int reads_mmio(struct kvm_run *r, unsigned i)
{
	if (i == 0)
		return board_read(r, PLAT_ECAM_GPA + (0x0a << 15));
	if (i == 1)
		seen = le_get(r->mmio.data, 4);
	return i > 1 ? -ENODATA
		     : board_outb(r, PLAT_PORT_RESET, PLAT_RESET_VALUE);
}

Test(machine_life, mmio_is_answered_and_reset_ends_it)
{
	cr_assert_eq(play(reads_mmio).reason, STOP_RESET);
	cr_assert_eq(seen, 0x165f14e4);
}

static int triple(struct kvm_run *r, unsigned i)
{
	r->exit_reason = KVM_EXIT_SHUTDOWN;
	return i ? -ENODATA : 0;
}

static int fails(struct kvm_run *r, unsigned i)
{
	(void)r;
	return i ? -ENODATA : -EFAULT;
}

static int entry(struct kvm_run *r, unsigned i)
{
	r->exit_reason = KVM_EXIT_FAIL_ENTRY;
	r->fail_entry.hardware_entry_failure_reason = 0x80000021;
	return i ? -ENODATA : 0;
}

static int strange(struct kvm_run *r, unsigned i)
{
	r->exit_reason = 61;
	return i ? -ENODATA : 0;
}

Test(machine_life, what_else_ends_it)
{
	cr_assert_eq(play(triple).reason, STOP_TRIPLE_FAULT);
	cr_assert_eq(play(fails).reason, STOP_ERROR);
	cr_assert(strstr(board.m.error, "KVM_RUN: EFAULT"), "%s",
		  board.m.error);
	cr_assert_eq(play(entry).reason, STOP_ERROR);
	cr_assert(strstr(board.m.error, "0x80000021"), "%s", board.m.error);
	cr_assert_eq(play(strange).reason, STOP_ERROR);
	cr_assert(strstr(board.m.error, "reason 61"), "%s", board.m.error);
}

/* KVM gives up an exit for an event under delivery: 3 times, then 7; for ever
 */
static int gives_up(struct kvm_run *r, unsigned i)
{
	r->exit_reason = KVM_EXIT_INTERNAL_ERROR;
	r->internal.suberror = KVM_INTERNAL_ERROR_DELIVERY_EV;
	r->internal.ndata = 1;
	r->internal.data[0] = 0x3ec;
	return i == 3 ? board_outb(r, PLAT_PORT_DEBUG_EXIT, 7) : 0;
}

static int gives_up_for_ever(struct kvm_run *r, unsigned i)
{
	return gives_up(r, i == 3 ? 4 : i);
}

/* Each time elsewhere: the tries in between went well, inside KVM */
static int gives_up_here_and_there(struct kvm_run *r, unsigned i)
{
	sim_knobs()->rip = i / 2;
	gives_up(r, 0);
	return i == 4 * VCPU_TRIES ? board_outb(r, PLAT_PORT_DEBUG_EXIT, 7) : 0;
}

Test(machine_life, what_kvm_gave_up_is_counted_at_one_place)
{
	cr_assert_eq(play(gives_up_here_and_there).reason, STOP_EXIT);
}

Test(machine_life, an_exit_that_kvm_gave_up_is_tried_again)
{
	cr_assert_eq(play(gives_up).reason, STOP_EXIT);
	cr_assert_eq(play(gives_up_for_ever).reason, STOP_ERROR);
	cr_assert(strstr(board.m.error, "suberror 3"), "%s", board.m.error);
	cr_assert(strstr(board.m.error, "0x3ec"), "%s", board.m.error);
	cr_assert_eq(board_step, VCPU_TRIES + 1);
}

static int idle(struct kvm_run *r, unsigned i)
{
	(void)r;
	(void)i;
	return -ENODATA;
}

Test(machine_life, the_clock_ends_it)
{
	cr_assert_eq(play_for(20000000, idle).reason, STOP_TIMEOUT);
}

static int talks(struct kvm_run *r, unsigned i)
{
	(void)i;
	return board_outb(r, PLAT_PORT_COM1, 'x');
}

/* A vCPU that waits for a reader does not keep the clock from ending it. */
Test(machine_life, nobody_reads)
{
	alarm(10);
	struct stop s;
	int p[2];

	cr_assert_eq(pipe2(p, O_NONBLOCK), 0);
	while (write(p[1], "", 1) == 1)
		;
	cr_assert_eq(fcntl(p[1], F_SETFL, 0), 0);
	board.cfg.out_fd[0] = p[1];
	s = play_for(300000000, talks);
	cr_assert_eq(s.reason, STOP_TIMEOUT);
	cr_assert_leq(board_step, 1, "it waits");
	close(p[0]);
	close(p[1]);
}

static int talks_and_ends(struct kvm_run *r, unsigned i)
{
	return i < 9 ? talks(r, i) : exits_7(r, i - 9);
}

Test(machine_life, a_reader_that_has_gone_is_not_waited_for)
{
	int p[2];

	signal(SIGPIPE, SIG_IGN);
	cr_assert_eq(pipe(p), 0);
	close(p[0]);
	board.cfg.out_fd[0] = p[1];
	cr_assert_eq(play(talks_and_ends).reason, STOP_EXIT);
	cr_assert_eq(board.m.legacy.com[0].out_fd, -1);
	close(p[1]);
}

/* 9 letters, of which the file has room for 5: what is lost is told once */
Test(machine_life, a_guest_does_not_fill_the_disk)
{
	int fd = memfd_create("log", MFD_CLOEXEC);
	char text[16];

	said_begin();
	board.cfg.out_fd[0] = fd;
	board.cfg.out_max[0] = 5;
	cr_assert_eq(play(talks_and_ends).reason, STOP_EXIT);
	cr_assert_eq(pread(fd, text, sizeof(text), 0), 5);
	cr_assert_eq(memcmp(text, "xxxxx", 5), 0);
	cr_assert_str_eq(strstr(said(), ": warning: "),
			 ": warning: output of the guest is lost: EFBIG; a "
			 "--console FILE has no limit\n");
	said_end();
	close(fd);
}

static int signalled(struct kvm_run *r, unsigned i)
{
	(void)r;
	if (i == 0)
		kill(getpid(), SIGTERM);
	return -ENODATA;
}

Test(machine_life, a_signal_ends_it)
{
	struct stop s;
	sigset_t set;

	loop_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	s = play(signalled);
	cr_assert_eq(s.reason, STOP_SIGNAL);
	cr_assert_eq(s.status, SIGTERM);
	raise(SIGINT);
	cr_assert_eq(machine_open(&board.m, &board.cfg), -EINTR,
		     "before the loop, too");
	cr_assert_eq(board.m.stop.reason, STOP_SIGNAL);
	cr_assert_eq(board.m.stop.status, SIGINT);
	cr_assert(strstr(err_last(), "signal 2"), "%s", err_last());
}

Test(machine_life, the_clock_ends_it_before_the_start)
{
	board.cfg.deadline_ns = 1;
	cr_assert_eq(machine_open(&board.m, &board.cfg), -ETIME);
	cr_assert_eq(board.m.stop.reason, STOP_TIMEOUT);
}

Test(machine_life, statistics)
{
	char text[4096] = "";
	FILE *f = fmemopen(text, sizeof(text), "w");

	board_open();
	board.m.vcpu[0].returns[KVM_EXIT_IO] = 3;
	board.m.vcpu[0].interrupted = 1;
	stats_print(&board.m, f);
	fclose(f);
	cr_assert(strstr(text, "stats: kvm_run.returns 4\n"), "%s", text);
	cr_assert(strstr(text, "stats: kvm_run.io 3\n"), "%s", text);
	board_close();
}
