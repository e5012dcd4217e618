/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Statistics: of a machine that has run, of one that runs, of one whose locks
 * are not to be had; as text and as JSON.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <linux/pci_regs.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/json.h"
#include "test_machine_board.h"
#include "test_said.h"
#include "vmm/machine/loop.h"
#include "vmm/machine/stats.h"

#define BAR4 UINT64_C(0x8000020000) /* of the first card: the MSI-X table */
#define ECAM (PLAT_ECAM_GPA + (0x0a << 15))

static char text[65536];

TestSuite(machine_stats, .init = board_setup, .fini = sim_end);

static void print(void)
{
	FILE *f = fmemopen(text, sizeof(text), "w");

	stats_print(&board.m, f);
	fclose(f);
}

static void has(const char *what)
{
	cr_assert(strstr(text, what), "%s is not in\n%s", what, text);
}

static void has_not(const char *what)
{
	cr_assert_not(strstr(text, what), "%s is in\n%s", what, text);
}

/* Vectors 0 and 1 in use, 1 masked again; then the end */
static int uses_vectors(struct kvm_run *r, unsigned i)
{
	static const struct {
		uint64_t gpa;
		uint32_t val;
	} step[] = {
		{BAR4 + 0x00, 0xfee00000}, {BAR4 + 0x08, 0x41},
		{BAR4 + 0x0c, 0},          {BAR4 + 0x10, 0xfee00000},
		{BAR4 + 0x18, 0x42},       {BAR4 + 0x1c, 0},
		{ECAM + 0xa0, 0x80000000}, {BAR4 + 0x1c, 1},
		{BAR4 + 0x1c, 0},          {BAR4 + 0x1c, 1},
	};

	if (i < ARRAY_SIZE(step))
		return board_write(r, step[i].gpa, step[i].val);
	if (i == ARRAY_SIZE(step))
		return board_read(r, ECAM);
	if (i == ARRAY_SIZE(step) + 1)
		return board_read(r, ECAM + 0xffc);
	return board_outb(r, PLAT_PORT_DEBUG_EXIT, 0);
}

static void use_vectors(void)
{
	board_open();
	cr_assert_eq(board_run(uses_vectors).reason, STOP_EXIT);
}

Test(machine_stats, registers_interrupts_and_mappings_as_text)
{
	use_vectors();
	print();
	has("stats: kvm_run.mmio 12\n");
	has("stats: kvm_run.io 1\n");
	has("stats: access \"0000:02:00.0\" reads 0 writes 9\n");
	has("\nstats: register \"0000:02:00.0\" BAR4+0x01c reads 0 writes 4  "
	    "# MSI-X table, vector 1\n");
	has("\nstats: register \"0000:02:00.0\" config+0x0a0 reads 0 writes 1 "
	    " # MSI-X.ID, CONTROL\n");
	has("\nstats: register \"0000:02:00.0\" config+0x000 reads 1 writes 0 "
	    " # VENDOR_ID, DEVICE_ID\n");
	has(" config+0xffc reads 1 writes 0\n"); /* it has no name */
	has("\nstats: irq \"0000:02:00.0\" mode MSI-X armed 17 modes 2\n");
	has(" gsi 24 message 0xfee00000/0x41 by irqfd unmasked 1\n");
	has(" gsi 25 message 0xfee00000/0x42 masked unmasked 2\n");
	has("\nstats: irq \"0000:02:00.1\" INTx eventfd ");
	has(" gsi 20 by irqfd line low\n");
	has("\nstats: dma 0x0 bytes 0x4000000 by \"the kernel's VFIO\" ram\n");
	has("\nstats: dma 0x8000022000 bytes 0xe000 by \"the kernel's VFIO\" "
	    "bar \"0000:02:00.0\" BAR4\n");
	has("\nstats: start.total ");
	has("\nstats: vcpu.0 rip ");
	has_not("pending");
	has_not("stuck");
	has_not("busy");
	board_close();
}

Test(machine_stats, interrupts_as_the_kernel_counts_them)
{
	static const char counts[] =
		"  40:  1  2  IR-PCI-MSIX 0-edge vfio-msix[0](0000:02:00.0)\n"
		"  17:  4  0  IR-IO-APIC 17-fasteoi vfio-intx(0000:02:00.1)\n";
	int fd = memfd_create("interrupts", MFD_CLOEXEC);

	cr_assert_gt(write(fd, counts, strlen(counts)), 0);
	board.cfg.fired_fd = fd;
	use_vectors();
	print();
	has(" message 0xfee00000/0x41 by irqfd unmasked 1 fired 3\n");
	has(" message 0xfee00000/0x42 masked unmasked 2\n");
	has(" gsi 20 by irqfd line low fired 4\n");
	board.cfg.stats_json = true;
	print();
	has("\"unmasked\": 1, \"fired\": 3}");
	has("\"unmasked\": 2}");
	has("\"asserted\": false, \"fired\": 4}");
	close(fd);
	board_close();
}

/* A file of one vCPU's counters with two of them */
static const struct {
	struct kvm_stats_header head;
	struct sim_stat row[2];
	uint64_t value[2];
} counters = {
	.head = {.name_size = sizeof(counters.row[0].name),
		 .num_desc = 2,
		 .desc_offset = offsetof(__typeof__(counters), row),
		 .data_offset = offsetof(__typeof__(counters), value)},
	.row = {{.size = 1, .name = "exits"},
		{.size = 1, .offset = 8, .name = "irq_injections"}},
	.value = {20, 3},
};

Test(machine_stats, what_kvm_counts_of_all_vcpus)
{
	sim_knobs()->stats = &counters;
	sim_knobs()->stats_len = sizeof(counters);
	board.cfg.stats = true;
	board.cfg.ncpus = 3;
	board_open();
	print();
	has("\nstats: kvm.exits 60\n");
	has("\nstats: kvm.irq_injections 9\n");
	has_not("kvm.io_exits");
	board.cfg.stats_json = true;
	print();
	has("\"kvm\": {\"exits\": 60, \"irq_injections\": 9}");
	board_close();
}

Test(machine_stats, kvm_counts_only_where_it_can)
{
	board.cfg.stats = true;
	board_open();
	print();
	has_not("kvm.exits");
	board.cfg.stats_json = true;
	print();
	has("\"kvm\": {}");
	board_close();
}

/* And only where that is wanted */
Test(machine_stats, kvm_is_not_asked_without_need)
{
	sim_knobs()->stats = &counters;
	sim_knobs()->stats_len = sizeof(counters);
	board_open();
	print();
	has_not("kvm.exits");
	board_close();
}

Test(machine_stats, what_fired_while_masked_pends)
{
	use_vectors();
	sim_fire(&board.card[0], 1);
	print();
	has(" gsi 25 message 0xfee00000/0x42 masked, pending unmasked 2\n");
	board_close();
}

Test(machine_stats, a_line_that_stays_up_is_told)
{
	board_open();
	board.card[1].cfg[PCI_STATUS] |= PCI_STATUS_INTERRUPT;
	print();
	has("gsi 20 by irqfd line asserted\n");
	board.card[1].pulled = true;
	print();
	has("gsi 20 by irqfd\n");
	board_close();
}

Test(machine_stats, a_mode_that_cannot_be_switched_off_is_told)
{
	board_open();
	board.m.dev[0].irqs.stuck = VFIO_PCI_MSIX_IRQ_INDEX;
	print();
	has("irq \"0000:02:00.0\" stuck: MSI-X could not be switched off\n");
	board.m.dev[0].irqs.stuck = -1;
	board_close();
}

static void number(const char *path, uint64_t want)
{
	struct json_want w = {path, UINT64_MAX};

	cr_assert_eq(json_read(text, strlen(text) - 1, &w, 1), 0, "%s", text);
	cr_assert_eq(w.value, want, "%s: %llu", path,
		     (unsigned long long)w.value);
}

Test(machine_stats, as_json)
{
	board.cfg.stats_json = true;
	use_vectors();
	print();
	cr_assert_eq(strchr(text, '\n'), text + strlen(text) - 1, "one line");
	number("stats", 1);
	number("running", 0);
	number("busy", 0);
	number("exits.mmio", 12);
	number("exits.returns", 13);
	has("{\"region\": \"BAR4\", \"offset\": 28, \"what\": \"MSI-X table, "
	    "vector 1\", \"reads\": 0, \"writes\": 4}");
	has("\"interrupts\": {\"mode\": \"MSI-X\", \"armed\": 17, \"modes\": "
	    "2, "
	    "\"stuck\": null, \"vectors\": [{\"vector\": 0, ");
	has("\"gsi\": 25, \"address\": \"0xfee00000\", \"data\": \"0x42\", "
	    "\"irqfd\": false, \"masked\": true, \"pending\": false, "
	    "\"unmasked\": 2}");
	has("\"mode\": \"INTx\", \"armed\": 1, ");
	has("\"irqfd\": true, \"asserted\": false}, \"vectors\": []");
	has("{\"iova\": 0, \"bytes\": 67108864, \"by\": \"the kernel's "
	    "VFIO\", \"device\": null}");
	has("{\"iova\": 549755953152, \"bytes\": 57344, \"by\": \"the "
	    "kernel's VFIO\", \"device\": \"0000:02:00.0\", \"region\": "
	    "\"BAR4\"}");
	board_close();
}

/* Whoever has a lock may keep it: what is free is told all the same. */
Test(machine_stats, waits_for_nobody)
{
	board.cfg.stats_json = true;
	board_open();
	pthread_mutex_lock(&board.m.lock);
	pthread_mutex_lock(&board.m.dev[0].lock);
	print();
	number("busy", 1);
	has("{\"name\": \"0000:02:00.0\", \"at\": \"0a.0\", \"busy\": true}");
	has("\"at\": \"0b.0\", \"busy\": false");
	board.cfg.stats_json = false;
	print();
	has("stats: busy: a vCPU has the lock");
	has("stats: busy: \"0000:02:00.0\": a vCPU waits");
	has("stats: irq \"0000:02:00.1\" mode INTx");
	pthread_mutex_unlock(&board.m.dev[0].lock);
	pthread_mutex_unlock(&board.m.lock);
	board_close();
}

static int p[2];
static volatile bool seen;

/* Its end comes when the statistics have been printed. */
static int asks_and_waits(struct kvm_run *r, unsigned i)
{
	ssize_t n;

	if (i == 0) {
		kill(getpid(), SIGUSR1);
		n = read(p[0], text, sizeof(text) - 1);
		seen = n > 0;
		text[n > 0 ? n : 0] = '\0';
		return board_outb(r, PLAT_PORT_DEBUG_EXIT, 7);
	}
	return -ENODATA;
}

Test(machine_stats, a_signal_prints_them_and_the_guest_runs_on)
{
	int saved = dup(STDERR_FILENO);
	sigset_t set;
	struct stop why;

	alarm(20);
	loop_all_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	cr_assert_eq(pipe(p), 0);
	board.cfg.stats_json = true;
	board_open();
	dup2(p[1], STDERR_FILENO);
	why = board_run(asks_and_waits);
	dup2(saved, STDERR_FILENO);
	cr_assert_eq(why.reason, STOP_EXIT);
	cr_assert_eq(why.status, 7);
	cr_assert(seen);
	number("running", 1);
	has("\"vcpus\": []");
	close(saved);
	close(p[0]);
	close(p[1]);
	board_close();
}

Test(machine_stats, a_reader_who_does_not_read_holds_nobody_up)
{
	alarm(20);
	board_open();
	said_begin();
	stats_write(&board.m);
	cr_assert_gt(said_lines(said()), 10);
	said_stall();
	stats_write(&board.m);
	said_end();
	board_close();
}
