/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices whose server is slow or gone: who has to wait, and what the guest
 * reads; and interrupts of a server that offers less than the kernel.
 */
#include <criterion/criterion.h>
#include <criterion/redirect.h>

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/err.h"
#include "test_assign_guest.h"
#include "test_assign_server.h"

#define SLOT(i)  (GUEST_SLOT + (i))
#define TRAPPED  0x800 /* in BAR 4: the table's page, behind the table */
#define MSIX_ON  0x8000
#define SOON     (50 * CLOCK_MS)
#define SURELY   (5 * CLOCK_SEC)
#define ALL_ONES 0xffffffff

static struct guest g;
static struct assign_dev dev[SERVERS];
static struct server *server[SERVERS];

/* The test is vCPU 0 and has the machine's lock, but where it says so. */
static void open_device(unsigned i)
{
	const struct vfio_source src = server_source(i);

	pthread_mutex_unlock(&g.lock);
	cr_assert_eq(assign_host_attach(&g.host, &src), 0, "%s", err_last());
	cr_assert_eq(assign_open(&dev[i], &g.env,
				 assign_host_container(&g.host, &src), &src,
				 (struct assign_place){SLOT(i), 0, false}),
		     0, "%s", err_last());
	pthread_mutex_lock(&g.lock);
}

static uint32_t cfg(unsigned i, unsigned off, unsigned size)
{
	return (uint32_t)pci_root_ecam_read(&g.root, SLOT(i) << 15 | off, size);
}

static void cfg_write(unsigned i, unsigned off, unsigned size, uint32_t val)
{
	pci_root_ecam_write(&g.root, SLOT(i) << 15 | off, size, val);
}

static uint64_t bar(unsigned i, unsigned n)
{
	return dev[i].bar[n].gpa;
}

static void setup(void)
{
	sim_reset();
	guest_boards(&g);
	for (unsigned i = 0; i < SERVERS; i++) {
		server[i] = server_start(i);
		open_device(i);
		cfg_write(i, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	}
	server[0]->log[0] = '\0';
	server_calls(server[0]);
}

static void release(void)
{
	pthread_mutex_unlock(&g.lock);
	for (unsigned i = 0; i < SERVERS; i++)
		if (assign_quiesce(&dev[i]))
			sim_wrong("quiesce: %s", err_last());
	for (unsigned i = 0; i < SERVERS; i++)
		assign_close(&dev[i]);
	if (assign_host_close(&g.host))
		sim_wrong("close: %s", err_last());
	pthread_mutex_lock(&g.lock);
}

static void teardown(void)
{
	release();
	for (unsigned i = 0; i < SERVERS; i++)
		server_stop(server[i]);
	guest_boards_fini(&g);
	sim_end();
}

TestSuite(assign_locks, .init = setup, .fini = teardown, .timeout = 30);
TestSuite(assign_lost, .init = setup, .fini = teardown, .timeout = 30);
TestSuite(assign_stingy, .init = setup, .fini = teardown, .timeout = 30);

static int lost_within(unsigned i, uint64_t ns)
{
	int rc;

	pthread_mutex_unlock(&g.lock);
	rc = assign_lost(&dev[i], clock_now_ns() + ns);
	pthread_mutex_lock(&g.lock);
	return rc;
}

static void lose(unsigned i)
{
	server_kill(server[i]);
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

	pthread_mutex_lock(&g.lock);
	if (a->write)
		bus_write(&g.mmio, a->at, 4, a->val);
	else
		a->val = (uint32_t)bus_read(&g.mmio, a->at, 4);
	pthread_mutex_unlock(&g.lock);
	return NULL;
}

static void *vcpu_command(void *arg)
{
	struct vcpu_access *a = arg;

	pthread_mutex_lock(&g.lock);
	cfg_write(0, PCI_COMMAND, 2, a->val);
	pthread_mutex_unlock(&g.lock);
	return NULL;
}

/* It runs until server 0 holds it. */
static void begin(struct vcpu_access *a, void *(*what)(void *))
{
	server_hold(server[0]);
	cr_assert_eq(pthread_create(&a->thread, NULL, what, a), 0);
	pthread_mutex_unlock(&g.lock);
	cr_assert(server_held(server[0]));
	pthread_mutex_lock(&g.lock);
}

static void end(struct vcpu_access *a)
{
	pthread_mutex_unlock(&g.lock);
	pthread_join(a->thread, NULL);
	pthread_mutex_lock(&g.lock);
}

/* Who has to wait */

Test(assign_locks, a_slow_server_stops_only_its_device)
{
	struct vcpu_access a = {.at = bar(0, 4) + TRAPPED};

	bus_write(&g.mmio, a.at, 4, 0xcafe);
	begin(&a, vcpu);
	bus_write(&g.mmio, bar(1, 4) + TRAPPED, 4, 0xbeef);
	cr_assert_eq(bus_read(&g.mmio, bar(1, 4) + TRAPPED, 4), 0xbeef);
	cr_assert_eq(cfg(1, 0, 4), 0x165f14e4);
	cfg_write(1, 0xa2, 2, MSIX_ON);
	cfg_write(1, 0x10, 4, 0x00550000);
	cr_assert_eq(bar(1, 0) & UINT32_MAX, 0x00550000);
	server_release(server[0]);
	end(&a);
	cr_assert_eq(a.val, 0xcafe);
}

Test(assign_locks, its_own_accesses_come_one_after_the_other)
{
	struct vcpu_access a = {
		.at = bar(0, 4) + TRAPPED, .write = true, .val = 1};
	struct vcpu_access b = {.at = a.at};

	begin(&a, vcpu);
	cr_assert_eq(pthread_create(&b.thread, NULL, vcpu, &b), 0);
	pthread_mutex_unlock(&g.lock);
	server_release(server[0]);
	pthread_mutex_lock(&g.lock);
	end(&a);
	end(&b);
	cr_assert_eq(b.val & ~1u, 0, "before or behind it");
	cr_assert_eq(bus_read(&g.mmio, a.at, 4), 1);
}

Test(assign_locks, a_bar_that_moves_meanwhile_is_no_trouble)
{
	struct vcpu_access a = {.at = bar(0, 4) + TRAPPED};
	struct vcpu_access off = {.val = 0};

	begin(&a, vcpu);
	cr_assert_eq(pthread_create(&off.thread, NULL, vcpu_command, &off), 0);
	server_release(server[0]);
	end(&a);
	end(&off);
	cr_assert(!dev[0].bar[4].shown);
	cr_assert_eq(bus_read(&g.mmio, a.at, 4), ALL_ONES, "nobody is there");
}

/* What the guest reads */

static void reads_all_ones(unsigned i)
{
	uint64_t nobody = g.mmio.nobody.reads;

	cr_assert_eq(cfg(i, 0, 4), ALL_ONES);
	cr_assert_eq(cfg(i, PCI_COMMAND, 2), 0xffff);
	cr_assert_eq(cfg(i, 0x10, 4), ALL_ONES, "also what is ours");
	cr_assert_eq(cfg(i, 0x5a, 2), 0xffff);
	for (unsigned n = 0; n <= 4; n += 2)
		cr_assert_eq(bus_read(&g.mmio, bar(i, n) + 0x2000, 8),
			     UINT64_MAX, "BAR %u", n);
	cr_assert_eq(bus_read(&g.mmio, bar(i, 4), 4), ALL_ONES, "the table");
	cr_assert_eq(bus_read(&g.mmio, bar(i, 4) + 0x1000, 4), ALL_ONES);
	cr_assert_eq(g.mmio.nobody.reads, nobody, "the traps are there");
}

Test(assign_lost, all_ones_through_traps_and_windows)
{
	cr_assert_eq(sim_count().slots, 6);
	lose(0);
	cr_assert_eq(sim_count().slots, 3, "those of the other one");
	server_calls(server[0]);
	reads_all_ones(0);
	cr_assert_eq(server_calls(server[0]), 0, "nobody is asked");
	cr_assert_eq(cfg(1, 0, 4), 0x165f14e4);
}

Test(assign_lost, writes_go_nowhere)
{
	lose(0);
	server_calls(server[0]);
	cfg_write(0, 0x10, 4, 0x00550000);
	cfg_write(0, PCI_COMMAND, 2, 0);
	cfg_write(0, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	cfg_write(0, 0xa2, 2, MSIX_ON);
	bus_write(&g.mmio, bar(0, 4), 4, 1);
	bus_write(&g.mmio, bar(0, 4) + TRAPPED, 4, 1);
	cr_assert_eq(server_calls(server[0]), 0);
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
	cr_assert_eq(assign_lost_fd(&dev[0]), server[0]->lost_fd);
	cr_assert_eq(vfio_device_check(&dev[0].vfio), 0);
	server_kill(server[0]);
	cr_assert_eq(vfio_device_check(&dev[0].vfio), -EIO);
	cr_assert_str_eq(err_last(), "server:0: the server is gone");
	cr_assert_eq(lost_within(0, SURELY), 0);
}

Test(assign_lost, before_the_machine_knows_the_device_reads_all_ones)
{
	server_kill(server[0]);
	cr_assert_eq(cfg(0, 0, 4), ALL_ONES);
	cr_assert_eq(bus_read(&g.mmio, bar(0, 4) + TRAPPED, 4), ALL_ONES);
	cfg_write(0, 0x10, 4, 0x00550000);
	cfg_write(0, PCI_COMMAND, 2, 0);
	cfg_write(0, 0xa2, 2, MSIX_ON);
	cr_assert_eq(lost_within(0, SURELY), 0);
	cr_assert_eq(cfg(0, 0x10, 4), ALL_ONES);
}

Test(assign_lost, no_lock_no_change)
{
	struct vcpu_access a = {.at = bar(0, 4) + TRAPPED};

	begin(&a, vcpu);
	cr_assert_eq(lost_within(0, SOON), -EAGAIN, "the device's");
	cr_assert(!dev[0].lost);
	server_release(server[0]);
	end(&a);
	cr_assert_eq(assign_lost(&dev[0], clock_now_ns() + SOON), -EAGAIN,
		     "the machine's");
	cr_assert(!dev[0].lost);
	cr_assert_eq(sim_count().slots, 6);
	lose(0);
}

/* The slots of a BAR are on their way while the server dies. */
static void dies_while(uint32_t before, uint32_t command)
{
	struct vcpu_access a = {.val = command};

	cfg_write(0, PCI_COMMAND, 2, before);
	begin(&a, vcpu_command);
	cr_assert_eq(lost_within(0, SOON), -EAGAIN);
	server_kill(server[0]);
	end(&a);
	cr_assert_eq(lost_within(0, SURELY), 0);
	cr_assert_eq(sim_count().slots, 3);
	cr_assert_eq(cfg(0, 0, 4), ALL_ONES);
	cr_assert_eq(bus_read(&g.mmio, bar(0, 0), 4), ALL_ONES);
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
	uint64_t was = bar(0, 0);

	server_kill(server[0]);
	cfg_write(0, 0x10, 4, 0x00550000);
	cr_assert_neq(bar(0, 0), was);
	cr_assert_eq(lost_within(0, SURELY), 0);
	cr_assert_eq(sim_count().slots, 3);
	cr_assert_eq(bus_read(&g.mmio, bar(0, 0), 4), ALL_ONES);
	cr_assert_eq(bus_read(&g.mmio, was, 4), ALL_ONES);
}

/* The end */

static void quiesces(int want)
{
	int rc;

	pthread_mutex_unlock(&g.lock);
	rc = assign_quiesce(&dev[0]);
	pthread_mutex_lock(&g.lock);
	cr_assert_eq(rc, want, "%d: %s", rc, err_last());
}

Test(assign_lost, is_closed_without_a_word)
{
	cr_redirect_stderr();
	cfg_write(0, 0xa2, 2, MSIX_ON);
	lose(0);
	quiesces(0);
	cr_assert_eq(sim_count().irqfds, 1, "of the other one");
	fflush(stderr);
	cr_assert_stderr_eq_str("");
}

Test(assign_lost, one_that_dies_before_it_is_closed_is_reported_once)
{
	cr_redirect_stderr();
	cfg_write(0, 0xa2, 2, MSIX_ON);
	server_kill(server[0]);
	quiesces(-EIO);
	cr_assert_str_eq(err_last(), "server:0: the server is gone");
	quiesces(-EIO);
	cr_assert_eq(lost_within(0, SURELY), 0);
	fflush(stderr);
	cr_assert_stderr_eq_str("");
}

Test(assign_lost, what_the_guest_does_before_we_know_warns_of_nothing)
{
	cr_redirect_stderr();
	server_kill(server[0]);
	cfg_write(0, 0xa2, 2, MSIX_ON);
	bus_write(&g.mmio, bar(0, 4) + 12, 4, 0);
	cfg_write(0, 0x5a, 2, 1);
	cr_assert_eq(lost_within(0, SURELY), 0);
	fflush(stderr);
	cr_assert_stderr_eq_str("");
}

/* Interrupts: what libvfio-user and others offer */

static void again(unsigned i)
{
	pthread_mutex_unlock(&g.lock);
	cr_assert_eq(assign_quiesce(&dev[i]), 0);
	assign_close(&dev[i]);
	g.root.fn[PCI_DEVFN(SLOT(i), 0)] = (struct pci_function){0};
	pthread_mutex_lock(&g.lock);
	server[i]->log[0] = '\0';
	open_device(i);
	cfg_write(i, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
}

static void said(const char *want)
{
	cr_assert_str_eq(server[0]->log, want);
	server[0]->log[0] = '\0';
}

static void unmask(unsigned v)
{
	bus_write(&g.mmio, bar(0, 4) + 16 * v + 12, 4, 0);
}

Test(assign_stingy, no_masking_where_there_is_none)
{
	again(0);
	said("INTx 0+1 fd;INTx unmask 0+1 fd;");
	cr_assert_eq(dev[0].irqs.mode, ASSIGN_INTX);
	cr_assert(dev[0].irqs.intx_attached);
}

Test(assign_stingy, masked_while_it_is_wired_where_there_is)
{
	server[0]->irq_flags |= VFIO_IRQ_INFO_MASKABLE;
	again(0);
	said("INTx 0+1 fd;INTx mask 0+1;INTx unmask 0+1 fd;INTx unmask 0+1;");
}

Test(assign_stingy, the_old_type_goes_before_the_new_one_comes)
{
	cfg_write(0, 0xa2, 2, MSIX_ON);
	said("INTx 0+0;MSI-X 0+1 fd;");
	cfg_write(0, 0xa2, 2, 0);
	said("MSI-X 0+0;INTx 0+1 fd;INTx unmask 0+1 fd;");
	cfg_write(0, 0x5a, 2, 1 << 4 | 1);
	said("INTx 0+0;MSI 0+2 fd;");
	quiesces(0);
	said("MSI 0+0;");
	quiesces(0);
	said("");
}

Test(assign_stingy, vectors_are_added_one_by_one)
{
	cfg_write(0, 0xa2, 2, MSIX_ON);
	unmask(0);
	unmask(3);
	unmask(1);
	said("INTx 0+0;MSI-X 0+1 fd;MSI-X 3+1 fd;MSI-X 1+1 fd;");
}

Test(assign_stingy, no_intx_nothing_to_turn_off)
{
	server[0]->vectors[VFIO_PCI_INTX_IRQ_INDEX] = 0;
	again(0);
	said("");
	cr_assert_eq(dev[0].irqs.mode, ASSIGN_NO_IRQ);
	cfg_write(0, 0xa2, 2, MSIX_ON);
	said("MSI-X 0+1 fd;");
	cfg_write(0, 0xa2, 2, 0);
	said("MSI-X 0+0;");
}

Test(assign_stingy, what_has_no_eventfd_is_no_interrupt)
{
	server[0]->irq_flags = VFIO_IRQ_INFO_MASKABLE;
	again(0);
	said("");
	cr_assert_eq(dev[0].vfio.irq[VFIO_PCI_MSIX_IRQ_INDEX].count, 0);
}

Test(assign_stingy, counts_are_bounded)
{
	server[0]->vectors[VFIO_PCI_INTX_IRQ_INDEX] = UINT32_MAX;
	server[0]->vectors[VFIO_PCI_MSIX_IRQ_INDEX] = UINT32_MAX;
	again(0);
	cr_assert_eq(dev[0].vfio.irq[VFIO_PCI_INTX_IRQ_INDEX].count, 1);
	cr_assert_eq(dev[0].vfio.irq[VFIO_PCI_MSIX_IRQ_INDEX].count,
		     VFIO_IRQ_MAX);
}

Test(assign_stingy, fewer_vectors_than_the_table_has)
{
	server[0]->vectors[VFIO_PCI_MSIX_IRQ_INDEX] = 2;
	again(0);
	cfg_write(0, 0xa2, 2, MSIX_ON);
	server[0]->log[0] = '\0';
	unmask(5);
	said("");
	unmask(1);
	said("MSI-X 1+1 fd;");
}

Test(assign_stingy, fewer_vectors_in_a_set_that_cannot_grow)
{
	server[0]->irq_flags |= VFIO_IRQ_INFO_NORESIZE;
	server[0]->vectors[VFIO_PCI_MSIX_IRQ_INDEX] = 2;
	again(0);
	cfg_write(0, 0xa2, 2, MSIX_ON);
	server[0]->log[0] = '\0';
	unmask(1);
	said("MSI-X 0+0;MSI-X 0+2 fd;");
}

Test(assign_stingy, fewer_msis_than_the_guest_wants)
{
	server[0]->vectors[VFIO_PCI_MSI_IRQ_INDEX] = 1;
	cfg_write(0, 0x5a, 2, 0);
	again(0);
	server[0]->log[0] = '\0';
	cfg_write(0, 0x5a, 2, 1 << 4 | 1);
	said("INTx 0+0;MSI 0+1 fd;");
	cfg_write(0, 0x5a, 2, 0);
	server[0]->vectors[VFIO_PCI_MSI_IRQ_INDEX] = 0;
	again(0);
	server[0]->log[0] = '\0';
	cfg_write(0, 0x5a, 2, 1);
	said("INTx 0+0;");
}

Test(assign_stingy, a_region_of_any_size_is_a_bar_of_a_power_of_two)
{
	server[0]->card.size[0] = 0x3000;
	server[0]->card.size[2] = UINT64_MAX;
	again(0);
	cfg_write(0, 0x10, 4, ALL_ONES);
	cr_assert_eq(cfg(0, 0x10, 4) & ~15u, 0xffffc000);
	cr_assert_eq(dev[0].bar[2].bar.kind, PCI_BAR_NONE);
}
