/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MSI of a BCM5720 at slot=N: one message, then four, then none.
 */
#include "bcm.h"

#define FOUR 4 /* our vectors 4 to 7; a multiple of their number */

static struct bcm b;
static unsigned seen[FOUR];
static uint32_t tag[BCM_VECTORS];

static bool fire(unsigned v)
{
	bcm_status_now(&b, v);
	return bcm_status_await(&b, v, ++tag[v]);
}

static bool comes(unsigned i)
{
	return irq_await(FOUR + i, ++seen[i]);
}

static bool no_others(void)
{
	bool good = true;

	sleep_ms(10);
	for (unsigned i = 0; i < FOUR; i++)
		good &= irq_count(FOUR + i) == seen[i];
	return good;
}

/* However many the chip has, they are all this message. */
static void one(void)
{
	report(msi_enable(b.slot, b.fn, FOUR, 1), "MSI with one message");
	bcm_put(&b, BCM_MSG_MODE, BCM_MSG_ON | BCM_MSG_NO_ONE_SHOT);
	report(fire(0) && comes(0) && no_others(), "it comes, once");
	report(fire(2) && comes(0) && no_others(), "for another vector too");
}

static void four(void)
{
	bool good = true;

	msi_disable(b.slot, b.fn);
	report(msi_enable(b.slot, b.fn, FOUR, FOUR), "MSI with four messages");
	bcm_put(&b, BCM_MSG_MODE,
		BCM_MSG_ON | BCM_MSG_MANY | BCM_MSG_NO_ONE_SHOT);
	for (unsigned v = 0; v < FOUR; v++)
		good &= fire(v) && comes(v) && no_others();
	report(good, "each comes as itself, once");
}

/* A message masks its vector until the driver writes to its mailbox. */
static void one_shot(void)
{
	bcm_put(&b, BCM_MSG_MODE, BCM_MSG_ON | BCM_MSG_MANY);
	report(fire(1) && comes(1) && no_others(), "one shot: it comes");
	report(fire(1) && no_others(), "and not again");
	bcm_put(&b, BCM_MBOX_IRQ + 8, (tag[1] - 1) << 24);
	report(comes(1) && no_others(), "told of old news only: it comes");
	bcm_put(&b, BCM_MBOX_IRQ + 8, tag[1] << 24);
	report(no_others(), "told of the last: it does not");
}

int payload_main(void)
{
	if (!report(irq_init(), "APICs in the device tree"))
		return 1;
	for (unsigned fn = 0; fn < 2; fn++) {
		for (unsigned v = 0; v < BCM_VECTORS; v++)
			tag[v] = 0;
		if (!report(bcm_find(&b, fn), "a BCM5720 at slot=N"))
			return 1;
		bcm_status_open(&b);
		one();
		four();
		one_shot();
		msi_disable(b.slot, fn);
		report(fire(0) && no_others(), "switched off: none comes");
	}
	return 0;
}
