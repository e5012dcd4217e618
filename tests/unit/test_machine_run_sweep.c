/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every call that a guest causes fails once: while it sizes and moves a BAR,
 * uses MSI, MSI-X and INTx, puts the device to sleep and resets it.  The guest
 * comes to its end, what failed is said, and closing finds all in order.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "test_machine_board.h"
#include "test_machine_peer.h"
#include "test_said.h"

#define STATUS 5
#define MSIX   0xa0 /* capabilities of sim_bcm5720() */
#define MSI    0x58
#define PM     0x48
#define EXP    0xac
#define BAR0   PCI_BASE_ADDRESS_0
#define PLACE  UINT64_C(0x9000100000)

static void setup(void)
{
	board_setup();
	peer_reset();
	said_begin();
	alarm(60);
}

TestSuite(machine_run_sweep, .init = setup, .fini = said_end);

/* One access of the guest: to configuration space, or to where it put BAR 4 */
struct access {
	enum { CFG, BAR } to;
	uint16_t off;
	uint8_t size;
	bool write;
	uint32_t val;
};

#define W(off, size, val)                                                      \
	{                                                                      \
		CFG, off, size, true, val                                      \
	}
#define R(off, size)                                                           \
	{                                                                      \
		CFG, off, size, false, 0                                       \
	}
#define BW(off, val)                                                           \
	{                                                                      \
		BAR, off, 4, true, val                                         \
	}
#define BR(off)                                                                \
	{                                                                      \
		BAR, off, 4, false, 0                                          \
	}

static const struct access life[] = {
	/* found, sized, moved, switched on */
	R(0, 4),
	W(BAR0 + 16, 4, 0xffffffff),
	R(BAR0 + 16, 4),
	W(BAR0 + 16, 4, (uint32_t)PLACE),
	W(BAR0 + 20, 4, PLACE >> 32),
	W(PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER),
	/* INTx off and on */
	W(PCI_COMMAND, 2, 0x406),
	W(PCI_COMMAND, 2, 6),
	/* MSI-X: two vectors, one masked in between */
	W(MSIX + 2, 2, 0xc000),
	BW(0, 0xfee00000),
	BW(4, 0),
	BW(8, 0x41),
	BW(12, 0),
	BW(16, 0xfee00000),
	BW(20, 0),
	BW(24, 0x42),
	BW(28, 0),
	W(MSIX + 2, 2, 0x8000),
	BW(12, 1),
	BR(0x1000),
	BW(8, 0x43),
	BW(12, 0),
	BR(8),
	BR(0x2000),
	BW(0x2000, 1),
	W(MSIX + 2, 2, 0),
	/* MSI */
	W(MSI + 4, 4, 0xfee00000),
	W(MSI + 8, 4, 0),
	W(MSI + 12, 2, 0x44),
	W(MSI + 2, 2, 0x81),
	W(MSI + 2, 2, 0xb1),
	W(MSI + 2, 2, 0x80),
	/* asleep and awake, and a reset */
	W(PM + 4, 2, 3),
	R(0, 4),
	W(PM + 4, 2, 0),
	W(EXP + 8, 2, 0x8000),
	W(PCI_COMMAND, 2, 0),
	W(PCI_COMMAND, 2, 6),
	W(MSIX + 2, 2, 0x8000),
};

static int guest(struct kvm_run *r, unsigned i)
{
	const struct access *a = &life[i];
	uint64_t gpa;

	if (i > ARRAY_SIZE(life))
		return -ENODATA;
	if (i == ARRAY_SIZE(life))
		return board_outb(r, PLAT_PORT_DEBUG_EXIT, STATUS);
	gpa = (a->to == CFG ? PLAT_ECAM_GPA + (0x0a << 15) : PLACE) + a->off;
	if (a->write)
		board_write(r, gpa, a->val);
	else
		board_read(r, gpa);
	r->mmio.len = a->size;
	return 0;
}

/* A register that cannot be read reads all ones, or is left as it was. */
static bool must_be_said(const char *call)
{
	return strcmp(call, "read") && strcmp(call, "write");
}

static void nothing_left(unsigned fds, const char *after)
{
	board_nothing_left(fds, after);
	if (strcmp(after, "KVM_SET_USER_MEMORY_REGION") != 0)
		cr_assert_str_eq(sim_blame(), "", "%s: %s", after, sim_blame());
	else /* until it could be taken away it was in the way */
		cr_assert_null(strstr(sim_blame(), "unmapped"), "%s",
			       sim_blame());
}

/* One life, whose @n-th call fails; false: it had not so many */
static bool live(unsigned n)
{
	char failed[64];
	struct stop s;
	char text[4096];
	unsigned fds;

	board_setup();
	fds = open_fds();
	board_open();
	said();
	sim_fail(n, EIO);
	s = board_run(guest);
	snprintf(failed, sizeof(failed), "%s", sim_failed());
	sim_fail(0, 0);
	snprintf(text, sizeof(text), "%s", said());
	cr_assert_eq(s.reason, STOP_EXIT, "%u, %s: %s", n, failed, err_last());
	cr_assert_eq(s.status, STATUS);
	cr_assert_leq(said_lines(text), 8, "%s: %s", failed, text);
	if (*failed && must_be_said(failed))
		cr_assert(strstr(text, failed), "%u, %s: '%s'", n, failed,
			  text);
	cr_assert_eq(machine_close(&board.m), 0, "%u, %s: %s", n, failed,
		     err_last());
	nothing_left(fds, failed);
	return *failed;
}

static unsigned sweep(void)
{
	unsigned n = 1;

	while (live(n))
		n++;
	return n;
}

Test(machine_run_sweep, every_call_of_a_short_life_can_fail)
{
	cr_assert_gt(sweep(), 100);
}
