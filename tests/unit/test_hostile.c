/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The accesses of guest/payload/hostile.c, natively: into the buses of a whole
 * machine with two functions, over the fake kernel.  Nothing is spared: bus
 * mastering and the ports that end a run are written, too.
 *
 * HOSTILE_NATIVE=N in the environment makes so many accesses of each seed.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <linux/pci_regs.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "guest/payload/stream.h"
#include "test_machine_board.h"
#include "test_said.h"

#define FUNCTIONS 2
#define WARNINGS  20 /* of a device, at most */
#define NHOT      8

static const uint8_t hot[FUNCTIONS][NHOT] = {
	{0x04, 0x10, 0x24, 0x34, 0x48, 0x58, 0xa0, 0xac},
	{0x04, 0x10, 0x24, 0x30, 0xc8, 0xd0, 0xe0, 0xa0},
};

static struct stream s;
static struct pci_cfg first[FUNCTIONS]; /* as the guest found it */

static struct assign_dev *dev(unsigned i)
{
	return &board.m.dev[i];
}

static void setup(void)
{
	board_setup();
	sim_reset();
	sim_bcm5720(&board.card[0], "0000:02:00.0", 7);
	sim_e1000e(&board.card[1], "0000:02:00.1", 7);
	sim_add(&board.card[0]);
	sim_add(&board.card[1]);
	said_begin();
	board_open();
	for (unsigned i = 0; i < FUNCTIONS; i++)
		first[i] = dev(i)->cfg;
	pthread_mutex_lock(&board.m.lock);
}

static void teardown(void)
{
	pthread_mutex_unlock(&board.m.lock);
	board_close();
	said_end();
	sim_end();
}

TestSuite(hostile, .init = setup, .fini = teardown);

/* What must not change by a read */
struct state {
	uint32_t address;
	uint8_t val[FUNCTIONS][PCI_CFG_MAX];
	uint8_t card[FUNCTIONS][PCI_CFG_MAX];
	uint8_t table[FUNCTIONS][32 * PCI_MSIX_ENTRY];
};

static void look(struct state *to)
{
	to->address = board.m.root.address;
	for (unsigned i = 0; i < FUNCTIONS; i++) {
		const struct pci_msix *m = &dev(i)->msix;

		memcpy(to->val[i], dev(i)->cfg.val, PCI_CFG_MAX);
		memcpy(to->card[i], board.card[i].cfg, PCI_CFG_MAX);
		memcpy(to->table[i], m->entry, m->n * PCI_MSIX_ENTRY);
	}
}

static void read_bus(struct bus *b, uint64_t at, unsigned size)
{
	static struct state before, after;
	bool check = stream_one_in(&s, 16);
	uint64_t val;

	if (check)
		look(&before);
	val = bus_read(b, at, size);
	cr_assert_eq(val & ~ones(size), 0, "0x%llx/%u: more than was asked for",
		     (unsigned long long)at, size);
	if (!check)
		return;
	look(&after);
	cr_assert(!memcmp(&before, &after, sizeof(before)),
		  "0x%llx/%u: a read changed something", (unsigned long long)at,
		  size);
}

static void access_bus(struct bus *b, uint64_t at, unsigned size)
{
	if (stream_one_in(&s, 2))
		read_bus(b, at, size);
	else
		bus_write(b, at, size, stream_value(&s));
}

static void by_ecam(void)
{
	unsigned i = stream_below(&s, FUNCTIONS);
	uint64_t at = PLAT_ECAM_GPA + ((0x0a + i) << 15) +
		      stream_config(&s, hot[i], NHOT);

	if (stream_one_in(&s, 16)) /* anybody's, or nobody's, or over the end */
		at = PLAT_ECAM_GPA + stream_offset(&s, PLAT_ECAM_LEN);
	access_bus(&board.m.mmio, at, stream_size(&s));
}

static void by_ports(void)
{
	unsigned i = stream_below(&s, FUNCTIONS);
	uint32_t reg = stream_config(&s, hot[i], NHOT) & 0xff;

	bus_write(&board.m.pio, PLAT_PORT_PCI_CONFIG, 4,
		  UINT32_C(0x80000000) | (0x0a + i) << 11 | reg);
	access_bus(&board.m.pio, PLAT_PORT_PCI_CONFIG + 4 + stream_below(&s, 4),
		   1U << stream_below(&s, 3));
	if (stream_one_in(&s, 8))
		access_bus(&board.m.pio,
			   PLAT_PORT_PCI_CONFIG + stream_below(&s, 8),
			   stream_size(&s));
}

/* Where it is now, shown or not; the table of MSI-X more often */
static void by_bar(void)
{
	struct assign_dev *d = dev(stream_below(&s, FUNCTIONS));
	struct assign_bar *b = &d->bar[stream_below(&s, PCI_BARS)];
	uint64_t at = pci_bar_addr(&d->cfg, &b->bar, b->index);
	struct bus *bus =
		b->bar.kind == PCI_BAR_IO ? &board.m.pio : &board.m.mmio;

	if (b->bar.kind == PCI_BAR_NONE)
		return;
	if (b->index == d->msix.table_bar && stream_one_in(&s, 2))
		at += d->msix.table.start +
		      stream_offset(&s, d->msix.table.len);
	else
		at += stream_offset(&s, b->bar.size);
	access_bus(bus, at, stream_size(&s));
}

static void by_hole(void)
{
	access_bus(&board.m.mmio,
		   STREAM_HOLE + stream_any(&s) % STREAM_HOLE_LEN,
		   stream_size(&s));
}

static void by_port(void)
{
	uint32_t most = stream_one_in(&s, 2) ? 0x1000 : 0x10000;

	access_bus(&board.m.pio, stream_below(&s, most), stream_size(&s));
}

/* Decode on, and one BAR over another: the second is refused, with a warning */
static void by_overlap(void)
{
	uint64_t at =
		PLAT_ECAM_GPA + ((0x0a + stream_below(&s, FUNCTIONS)) << 15);
	unsigned reg = PCI_BASE_ADDRESS_0 + 4 * stream_below(&s, 6);

	bus_write(&board.m.mmio, at + PCI_COMMAND, 2, 3);
	bus_write(&board.m.mmio, at + reg, 4,
		  0x90000000 | stream_below(&s, 2) << 15);
}

static void by_device(void)
{
	struct sim_pci *d = &board.card[stream_below(&s, FUNCTIONS)];

	if (stream_one_in(&s, 2))
		sim_fire(d, stream_below(&s, 17));
	else
		sim_intx(d, stream_one_in(&s, 2));
}

/* A register of ours keeps what the guest may not write. */
static void check_masks(void)
{
	for (unsigned i = 0; i < FUNCTIONS; i++) {
		const struct pci_cfg *c = &dev(i)->cfg;

		cr_assert(!memcmp(c->own, first[i].own, sizeof(c->own)));
		cr_assert(!memcmp(c->mask, first[i].mask, sizeof(c->mask)));
		for (unsigned at = 0; at < PCI_CFG_MAX; at++)
			cr_assert_eq((c->val[at] ^ first[i].val[at]) &
					     (uint8_t)~c->mask[at],
				     0, "function %u, register 0x%x", i, at);
	}
}

/* A BAR that is shown lies where its register says, within the windows. */
static void check_bars(void)
{
	for (unsigned i = 0; i < FUNCTIONS * PCI_BARS; i++) {
		struct assign_dev *d = dev(i / PCI_BARS);
		struct assign_bar *b = &d->bar[i % PCI_BARS];

		if (!b->shown)
			continue;
		cr_assert_eq(b->gpa, pci_bar_addr(&d->cfg, &b->bar, b->index));
		cr_assert(pci_bar_live(&d->cfg, &b->bar, b->index, d->command,
				       &d->env->windows));
	}
}

static void play(uint32_t seed, unsigned long n)
{
	static void (*const kind[])(void) = {
		by_ecam, by_ecam, by_ports, by_bar,     by_bar,
		by_bar,  by_hole, by_port,  by_overlap,
	};

	stream_seed(&s, seed, 0);
	for (unsigned long i = 0; i < n; i++) {
		kind[stream_below(&s, ARRAY_SIZE(kind))]();
		if (stream_one_in(&s, 64))
			by_device();
		if (i % 16 == 0)
			sim_take("");
		if (i % 1024 == 0) {
			check_masks();
			check_bars();
		}
	}
	check_masks();
	cr_assert_str_eq(sim_blame(), "");
	cr_assert_leq(said_lines(said()), FUNCTIONS * WARNINGS + 8,
		      "a guest can fill our log");
}

Test(hostile, a_guest_that_means_harm)
{
	const char *text = getenv("HOSTILE_NATIVE");
	unsigned long n = text ? strtoul(text, NULL, 10) : 250000;

	for (uint32_t seed = 1; seed <= 4; seed++)
		play(seed, n);
}
