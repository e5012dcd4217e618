/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every call of opening and of closing a machine fails once: the message names
 * it, and nothing is left behind.  With devices of the kernel, with devices of
 * servers, and with one of each.
 */
#include "test_machine_board.h"
#include "test_machine_peer.h"

#include <criterion/criterion.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

TestSuite(machine_sweep, .init = board_setup);

/* Card 1 is of another group, so that each can be of another kind. */
static void use(const struct vfio_backend *a, const struct vfio_backend *b)
{
	peer_reset();
	board.card[1].group = 8;
	board.cfg.dev[1].src.group = 8;
	board.cfg.dev[0].src.ops = a;
	board.cfg.dev[1].src.ops = b;
}

static unsigned sweep_opening(void)
{
	unsigned fds = open_fds();
	char failed[64];
	unsigned n = 1;

	for (;; n++) {
		int rc;

		sim_fail(n, EIO);
		err_clear();
		rc = machine_open(&board.m, &board.cfg);
		snprintf(failed, sizeof(failed), "%s", sim_failed());
		sim_fail(0, 0);
		if (rc)
			cr_assert(strstr(err_last(), failed), "%u, %s: '%s'", n,
				  failed, err_last());
		cr_assert_eq(machine_close(&board.m), 0, "%u, %s: %s", n,
			     failed, err_last());
		board_nothing_left(fds, failed);
		cr_assert_str_eq(sim_blame(), "", "%s: %s", failed,
				 sim_blame());
		sim_take("");
		if (!*failed)
			break;
	}
	return n;
}

Test(machine_sweep, every_call_of_opening_can_fail)
{
	cr_assert_gt(sweep_opening(), 80);
	use(&peer_backend, &peer_backend);
	cr_assert_gt(sweep_opening(), 80);
	use(&vfio_kernel, &peer_backend);
	sim_knobs()->landlock = 1;
	board.cfg.sandbox = true;
	cr_assert_gt(sweep_opening(), 80);
}

static unsigned sweep_closing(void)
{
	unsigned fds = open_fds();
	char failed[64];
	unsigned n = 1;

	for (;; n++) {
		int rc;

		board_open();
		sim_fail(n, EIO);
		rc = machine_close(&board.m);
		snprintf(failed, sizeof(failed), "%s", sim_failed());
		sim_fail(0, 0);
		if (rc)
			cr_assert(strstr(err_last(), failed), "%u, %s: '%s'", n,
				  failed, err_last());
		board_nothing_left(fds, failed);
		sim_take("");
		if (!*failed)
			break;
	}
	return n;
}

Test(machine_sweep, every_call_of_closing_can_fail)
{
	cr_assert_gt(sweep_closing(), 15);
	use(&peer_backend, &peer_backend);
	cr_assert_gt(sweep_closing(), 15);
	use(&vfio_kernel, &peer_backend);
	cr_assert_gt(sweep_closing(), 15);
}
