/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RAM that is larger than one step of pinning: which ranges the kernel is asked
 * to map and to unmap, and what ends it half-way.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "test_machine_board.h"
#include "vmm/assign/host.h"
#include "vmm/machine/loop.h"

static struct vfio_backend steps; /* the kernel's, that looks at each step */
static unsigned step;
static void (*at_step)(unsigned i);

static int map(struct vfio_container *c, const struct gmem *ram,
	       struct range iova)
{
	if (at_step)
		at_step(step);
	step++;
	return vfio_kernel.map(c, ram, iova);
}

static int container_open(struct vfio_container **c)
{
	int rc = vfio_kernel.container_open(c);

	if (!rc)
		(*c)->ops = &steps;
	return rc;
}

static void setup(void)
{
	board_setup();
	steps = vfio_kernel;
	steps.map = map;
	steps.container_open = container_open;
	board.cfg.dev[0].src.ops = board.cfg.dev[1].src.ops = &steps;
	board.cfg.ram_size = 3 * GiB + 512 * MiB;
}

TestSuite(machine_pin, .init = setup, .fini = sim_end);

/* Only what is about RAM, of what was taken: that of BARs is beside it */
static const char *ram_calls(const char *call)
{
	static char out[1024];
	char log[4096];
	size_t len = strlen(call);
	size_t n = 0;

	snprintf(log, sizeof(log), "%s", sim_take("o"));
	out[0] = '\0';
	for (char *l = strtok(log, "\n"); l; l = strtok(NULL, "\n"))
		if (!strncmp(l, call, len) && !strstr(l, " 0x80000"))
			n += (size_t)snprintf(out + n, sizeof(out) - n, "%s\n",
					      l + len + 1);
	return out;
}

Test(machine_pin, in_steps_of_a_gib_and_out_at_once)
{
	board_open();
	cr_assert_str_eq(ram_calls("VFIO_IOMMU_MAP_DMA"),
			 "0x0+0x40000000 3\n"
			 "0x40000000+0x40000000 3\n"
			 "0x100000000+0x40000000 3\n"
			 "0x140000000+0x20000000 3\n");
	board_close();
	cr_assert_str_eq(ram_calls("VFIO_IOMMU_UNMAP_DMA"),
			 "0x100000000+0x60000000\n"
			 "0x0+0x80000000\n");
}

static void interrupt_second(unsigned i)
{
	if (i == 1)
		kill(getpid(), SIGINT);
}

Test(machine_pin, a_signal_ends_it_between_two_steps)
{
	unsigned fds = open_fds();
	sigset_t set;

	loop_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	at_step = interrupt_second;
	cr_assert_eq(machine_open(&board.m, &board.cfg), -EINTR);
	cr_assert_eq(step, 2, "%u steps", step);
	cr_assert_eq(board.m.stop.reason, STOP_SIGNAL);
	cr_assert_str_eq(ram_calls("VFIO_IOMMU_UNMAP_DMA"), "0x0+0x80000000\n");
	board_nothing_left(fds, "a signal");
}

static void refuse_third(unsigned i)
{
	if (i == 2)
		sim_fail(1, ENOMEM);
}

Test(machine_pin, what_was_mapped_before_a_failure_is_unmapped)
{
	unsigned fds = open_fds();

	at_step = refuse_third;
	cr_assert_eq(machine_open(&board.m, &board.cfg), -ENOMEM);
	cr_assert(strstr(err_last(), "0x100000000, 0x40000000 bytes"), "%s",
		  err_last());
	cr_assert_str_eq(ram_calls("VFIO_IOMMU_UNMAP_DMA"), "0x0+0x80000000\n");
	board_nothing_left(fds, "a failure");
}

/* ---- without a machine: numbers --------------------------------------------
 */

static unsigned asked, mapped;
static uint64_t largest, told_done, told_all;

static int count(struct vfio_container *c, const struct gmem *ram,
		 struct range iova)
{
	(void)c;
	cr_assert_eq(gmem_cut(ram, iova).gpa.len, iova.len);
	mapped++;
	largest = max_u64(largest, iova.len);
	return 0;
}

static int ask(void *opaque, uint64_t done, uint64_t all)
{
	(void)opaque;
	asked++;
	told_done = done;
	told_all = all;
	return 0;
}

static void map_much(bool pins, uint64_t low, uint64_t high)
{
	const struct vfio_backend ops = {.map = count, .pins = pins};
	struct vfio_container c = {&ops};
	struct assign_host h = {.container = {&c}, .ncontainers = 1};
	const struct gmem ram = {
		.part = {{{0, low}, (uint8_t *)4096, -1, 0},
			 {{4 * GiB, high}, (uint8_t *)4096 + low, -1, 0}},
		.n = 2};

	asked = mapped = 0;
	largest = 0;
	cr_assert_eq(assign_host_map(&h, &ram,
				     &(struct progress_steps){ask, NULL}),
		     0);
	cr_assert_eq(h.nmapped, 2);
	cr_assert_eq(h.mapped[0].iova.len, low);
	cr_assert_eq(h.mapped[1].iova.len, high);
}

Test(machine_pin, steps_are_few_however_large_the_guest)
{
	map_much(true, 2 * GiB, 62 * GiB);
	cr_assert_eq(mapped, 64);
	cr_assert_eq(asked, 64);
	cr_assert_eq(told_done, 63 * GiB);
	cr_assert_eq(told_all, 64 * GiB);
	map_much(true, 2 * GiB, 4094 * GiB);
	cr_assert_eq(mapped, 513, "%u", mapped);
	cr_assert_eq(largest, 8 * GiB);
	map_much(true, 64 * MiB, 2 * MiB);
	cr_assert_eq(mapped, 2);
}

Test(machine_pin, who_does_not_pin_maps_parts_and_asks_nobody)
{
	map_much(false, 2 * GiB, 62 * GiB);
	cr_assert_eq(mapped, 2);
	cr_assert_eq(asked, 0);
}
