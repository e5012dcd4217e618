/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MSI-X of a BCM5720 at slot=N: every vector on its own, both functions at
 * once; masked ones pend and come when they are unmasked, exactly once.
 */
#include "bcm.h"

#define NMSIX 17 /* entries; only BCM_VECTORS of them are used by the chip */
#define FIRST 1  /* our vector of function 0; function 1's are behind */

static struct bcm b[2];
static struct msix m[2];
static unsigned seen[2][BCM_VECTORS];
static uint32_t tag[2][BCM_VECTORS];

static unsigned ours(unsigned fn, unsigned v)
{
	return FIRST + fn * BCM_VECTORS + v;
}

/* Vector @v of @fn is fired, and its status block has come. */
static bool fire(unsigned fn, unsigned v)
{
	bcm_status_now(&b[fn], v);
	return bcm_status_await(&b[fn], v, ++tag[fn][v]);
}

/* It comes, once more than before. */
static bool comes(unsigned fn, unsigned v)
{
	return irq_await(ours(fn, v), ++seen[fn][v]);
}

/* None but those that comes() was asked about has ever come. */
static bool no_others(void)
{
	bool good = true;

	sleep_ms(10);
	for (unsigned fn = 0; fn < 2; fn++)
		for (unsigned v = 0; v < BCM_VECTORS; v++)
			good &= irq_count(ours(fn, v)) == seen[fn][v];
	return good;
}

static bool begin(unsigned fn)
{
	if (!bcm_find(&b[fn], fn))
		return false;
	bcm_status_open(&b[fn]);
	bcm_put(&b[fn], BCM_MSG_MODE,
		BCM_MSG_ON | BCM_MSG_MANY | BCM_MSG_NO_ONE_SHOT);
	m[fn] = msix_find(b[fn].slot, fn);
	return m[fn].count == NMSIX;
}

static void each(void)
{
	bool good = true;

	for (unsigned v = 0; v < BCM_VECTORS; v++)
		for (unsigned fn = 0; fn < 2; fn++)
			good &= fire(fn, v) && comes(fn, v) && no_others();
	report(good, "each vector of both functions comes as itself, once");
}

static void masked(unsigned fn)
{
	msix_mask(&m[fn], 1, true);
	report(!msix_pending(&m[fn], 1), "masked: nothing pends yet");
	report(fire(fn, 1) && no_others(), "fired while masked: none comes");
	report(msix_pending(&m[fn], 1), "but it pends");
	report(fire(fn, 2) && comes(fn, 2), "its neighbour is not masked");
	msix_mask(&m[fn], 1, false);
	report(comes(fn, 1) && no_others(), "unmasked: it comes, once");
	report(!msix_pending(&m[fn], 1), "and pends no longer");
}

static void all_masked(unsigned fn)
{
	bool good = true;

	msix_control(&m[fn], true, true);
	for (unsigned v = 0; v < 3; v++)
		good &= fire(fn, v);
	report(good && no_others(), "function masked: none comes");
	for (unsigned v = 0; v < BCM_VECTORS; v++)
		good &= msix_pending(&m[fn], v) == (v < 3);
	report(good, "those that were fired pend");
	msix_control(&m[fn], true, false);
	for (unsigned v = 0; v < 3; v++)
		good &= comes(fn, v);
	report(good && no_others(), "unmasked: they come, once");
}

/* An entry that changes is another vector from then on: here function 1's. */
static void retarget(void)
{
	msix_set(&m[0], 3, ours(1, 4), false);
	report(fire(0, 3) && comes(1, 4) && no_others(),
	       "another message, another vector");
	msix_set(&m[0], 3, ours(0, 3), false);
	report(fire(0, 3) && comes(0, 3) && no_others(), "and back");
}

int payload_main(void)
{
	if (!report(irq_init(), "APICs in the device tree"))
		return 1;
	for (unsigned fn = 0; fn < 2; fn++) {
		if (!report(begin(fn), "a BCM5720 with MSI-X at slot=N"))
			return 1;
		for (unsigned v = 0; v < BCM_VECTORS; v++)
			msix_set(&m[fn], v, ours(fn, v), false);
		msix_control(&m[fn], true, false);
	}
	each();
	masked(0);
	masked(1);
	all_masked(0);
	all_masked(1);
	retarget();
	msix_control(&m[0], false, false);
	report(fire(0, 0) && no_others(), "switched off: none comes");
	report(fire(1, 0) && comes(1, 0), "of that function only");
	return 0;
}
