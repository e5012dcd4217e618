/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every port that ends the machine, what does and what does not end it, and
 * the exit status that comes of it.
 */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "vmm/boot/platform.h"
#include "vmm/dev/exitport.h"
#include "vmm/dev/power.h"
#include "vmm/dev/pvpanic.h"

struct all {
	struct power power;
	struct pvpanic pvpanic;
	struct exitport exitport;
	struct stop stop; /* the last one */
	unsigned n_stop;
};

static void on_stop(void *opaque, struct stop why)
{
	struct all *a = opaque;

	a->stop = why;
	a->n_stop++;
}

static void start(struct all *a)
{
	memset(a, 0, sizeof(*a));
	power_init(&a->power, on_stop, a);
	pvpanic_init(&a->pvpanic, on_stop, a);
	exitport_init(&a->exitport, on_stop, a);
}

enum window { EVT, CNT, RST, KBD, PANIC, EXITP, NWINDOWS };

static uint32_t read_at(struct all *a, enum window w, unsigned off,
			unsigned size)
{
	switch (w) {
	case EVT:
		return power_evt_read(&a->power, off, size);
	case CNT:
		return power_cnt_read(&a->power, off, size);
	case RST:
		return power_rst_read(&a->power, off, size);
	case KBD:
		return power_kbd_read(&a->power, off, size);
	case PANIC:
		return pvpanic_read(&a->pvpanic, off, size);
	case EXITP:
	case NWINDOWS:
	default:
		return exitport_read(&a->exitport, off, size);
	}
}

static void write_at(struct all *a, enum window w, unsigned off, unsigned size,
		     uint32_t v)
{
	switch (w) {
	case EVT:
		power_evt_write(&a->power, off, size, v);
		break;
	case CNT:
		power_cnt_write(&a->power, off, size, v);
		break;
	case RST:
		power_rst_write(&a->power, off, size, v);
		break;
	case KBD:
		power_kbd_write(&a->power, off, size, v);
		break;
	case PANIC:
		pvpanic_write(&a->pvpanic, off, size, v);
		break;
	case EXITP:
	case NWINDOWS:
	default:
		exitport_write(&a->exitport, off, size, v);
		break;
	}
}

#define S5 (PLAT_SLP_TYP_S5 << 10)

/* clang-format off */
static const struct {
	enum window w;
	unsigned off, size;
	uint32_t value;
	struct stop want;
} writes[] = {
	{CNT,   0, 2, S5 | 0x2000, {STOP_POWEROFF, 0}},
	{CNT,   0, 2, S5 | 0x2001, {STOP_POWEROFF, 0}},
	{CNT,   1, 1, S5 >> 8 | 0x20, {STOP_POWEROFF, 0}},
	{CNT,   0, 2, S5,          {STOP_NONE, 0}},
	{CNT,   0, 2, 0x2000,      {STOP_NONE, 0}},
	{CNT,   0, 2, 1 << 10 | 0x2000, {STOP_NONE, 0}},
	{CNT,   0, 1, S5 >> 8 | 0x20, {STOP_NONE, 0}},
	{EVT,   0, 4, UINT32_MAX,  {STOP_NONE, 0}},
	{RST,   0, 1, PLAT_RESET_VALUE, {STOP_RESET, 0}},
	{RST,   0, 1, 0x0e,        {STOP_RESET, 0}},
	{RST,   0, 1, 0x04,        {STOP_RESET, 0}},
	{RST,   0, 1, 0x02,        {STOP_NONE, 0}},
	{RST,   0, 1, 0x0a,        {STOP_NONE, 0}},
	{RST,   1, 1, 0x06,        {STOP_NONE, 0}},
	{KBD,   4, 1, 0xfe,        {STOP_RESET, 0}},
	{KBD,   4, 1, 0xff,        {STOP_NONE, 0}},
	{KBD,   0, 1, 0xfe,        {STOP_NONE, 0}},
	{KBD,   1, 1, 0xfe,        {STOP_NONE, 0}},
	{PANIC, 0, 1, 1,           {STOP_PANIC, 0}},
	{PANIC, 0, 1, 2,           {STOP_PANIC, 0}},
	{PANIC, 0, 1, 4,           {STOP_NONE, 0}},
	{PANIC, 0, 1, 0,           {STOP_NONE, 0}},
	{PANIC, 1, 1, 1,           {STOP_NONE, 0}},
	{EXITP, 0, 1, 0,           {STOP_EXIT, 0}},
	{EXITP, 0, 1, 7,           {STOP_EXIT, 7}},
	{EXITP, 0, 1, 255,         {STOP_EXIT, 255}},
	{EXITP, 0, 4, 0xffffff03,  {STOP_EXIT, 3}},
	{EXITP, 1, 1, 7,           {STOP_NONE, 0}},
};
/* clang-format on */

Test(dev_power, what_stops_and_what_does_not)
{
	for (size_t i = 0; i < ARRAY_SIZE(writes); i++) {
		struct all a;

		start(&a);
		write_at(&a, writes[i].w, writes[i].off, writes[i].size,
			 writes[i].value);
		cr_assert_eq(a.stop.reason, writes[i].want.reason, "row %zu",
			     i);
		cr_assert_eq(a.stop.status, writes[i].want.status, "row %zu",
			     i);
	}
}

Test(dev_power, nothing_wraps_into_a_device)
{
	for (unsigned w = 0; w < NWINDOWS; w++) {
		struct all a;

		start(&a);
		write_at(&a, w, UINT32_MAX, 4, 0xfefefefe);
		write_at(&a, w, 8, 4, 0xfefefefe);
		cr_assert_eq(a.n_stop, 0, "window %u", w);
		cr_assert_eq(read_at(&a, w, UINT32_MAX, 4), UINT32_MAX);
		cr_assert_eq(read_at(&a, w, 8, 4), UINT32_MAX);
	}
}

Test(dev_power, pm1_reads)
{
	struct all a;

	start(&a);
	cr_assert_eq(read_at(&a, CNT, 0, 2), 1, "ACPI mode from the start");
	write_at(&a, CNT, 0, 2, 0xffff & ~(0x2000 | 7 << 10));
	cr_assert_eq(read_at(&a, CNT, 0, 2), 0xc3ff);
	write_at(&a, CNT, 0, 2, 0);
	cr_assert_eq(read_at(&a, CNT, 0, 2), 1, "SCI_EN cannot be cleared");
	write_at(&a, CNT, 0, 2, 3 << 10 | 0x2000);
	cr_assert_eq(read_at(&a, CNT, 0, 2), 3 << 10 | 1, "SLP_EN reads 0");
	write_at(&a, EVT, 0, 4, 0x01200fff);
	cr_assert_eq(read_at(&a, EVT, 0, 4), 0x01200000, "no event ever");
	cr_assert_eq(read_at(&a, EVT, 2, 4), 0xffff0120);
	cr_assert_eq(a.n_stop, 0);
}

Test(dev_power, reset_register_reads_back)
{
	struct all a;

	start(&a);
	write_at(&a, RST, 0, 1, 0x02);
	cr_assert_eq(read_at(&a, RST, 0, 1), 0x02);
	write_at(&a, RST, 0, 1, 0x06);
	cr_assert_eq(read_at(&a, RST, 0, 1), 0x02);
}

/* what the two loops of a PC kernel do with the status register */
Test(dev_power, keyboard_loops_end_at_once)
{
	unsigned flushed = 0;
	struct all a;

	start(&a);
	cr_assert_eq(read_at(&a, KBD, 4, 1) & 2, 0, "ready for a command");
	while (flushed < 32 && (read_at(&a, KBD, 4, 1) & 1)) {
		cr_assert_eq(read_at(&a, KBD, 0, 1), 0xff);
		flushed++;
	}
	cr_assert_eq(flushed, 32, "a driver gives up flushing: no keyboard");
}

Test(dev_power, pvpanic_tells_its_events)
{
	struct all a;

	start(&a);
	cr_assert_eq(read_at(&a, PANIC, 0, 1), 3);
	cr_assert_eq(read_at(&a, EXITP, 0, 1), 0xff);
	cr_assert_eq(a.n_stop, 0);
}

/* clang-format off */
static const struct {
	struct stop why;
	int status;
	int lost; /* with a device lost on the way */
} statuses[] = {
	{{STOP_NONE, 0},         125, 125},
	{{STOP_POWEROFF, 9},     0,   121},
	{{STOP_RESET, 9},        0,   121},
	{{STOP_USER, 9},         0,   121},
	{{STOP_PANIC, 9},        123, 121},
	{{STOP_EXIT, 0},         0,   121},
	{{STOP_EXIT, 7},         7,   121},
	{{STOP_EXIT, 255},       255, 121},
	{{STOP_TRIPLE_FAULT, 9}, 122, 121},
	{{STOP_TIMEOUT, 9},      124, 124},
	{{STOP_SIGNAL, 15},      143, 143},
	{{STOP_SIGNAL, 2},       130, 130},
	{{STOP_ERROR, 9},        125, 125},
	{{STOP_DEVICE, 9},       121, 121},
};
/* clang-format on */

Test(dev_power, exit_statuses)
{
	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++) {
		cr_assert_eq(stop_exit_status(statuses[i].why),
			     statuses[i].status, "row %zu", i);
		cr_assert_eq(stop_lost_status(statuses[i].why),
			     statuses[i].lost, "row %zu", i);
	}
}

Test(dev_power, every_reason_has_its_words)
{
	for (unsigned i = 0; i <= STOP_ERROR; i++)
		for (unsigned j = 0; j < i; j++)
			cr_assert_str_neq(stop_name(i), stop_name(j));
	cr_assert_str_not_empty(stop_name((enum stop_reason)99));
}

Test(dev_power, anything_at_random)
{
	struct {
		uint64_t before;
		struct all a;
		uint64_t after;
	} box = {.before = 0x5a5a5a5a, .after = 0xa5a5a5a5};

	start(&box.a);
	srandom(4);
	for (unsigned i = 0; i < 200000; i++) {
		unsigned w = (unsigned)random() % NWINDOWS;
		unsigned off = (unsigned)random() % 8;
		unsigned size = (unsigned)random() % 6;

		if (random() & 1)
			write_at(&box.a, w, off, size, (uint32_t)random());
		else
			read_at(&box.a, w, off, size);
		cr_assert_eq(power_cnt_read(&box.a.power, 0, 2) & 0x2001, 1);
		cr_assert_eq(box.a.stop.status & ~0xff, 0);
	}
	cr_assert_gt(box.a.n_stop, 0);
	cr_assert_eq(box.before, 0x5a5a5a5a);
	cr_assert_eq(box.after, 0xa5a5a5a5);
}
