/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line of each function of a BCM5720 at slot=N, into a handler: it stays
 * up until the chip is told, and as long as it is, each end of interrupt
 * brings the next.
 *
 * An interrupt that finds the line down belongs to nobody, as with every line
 * that may be shared.  Observed: a KVM that emulates takes the interrupt for
 * ended when it has delivered it, so there each comes with such another.
 */
#include "bcm.h"

#define AGAIN       5 /* times that the handler leaves the line up */
#define STATUS      0x06
#define STATUS_IRQ  0x08
#define PCISTATE    0x70
#define NOT_ACTIVE  0x02
#define PATIENCE_MS 3000
#define QUIET_MS    20

static struct bcm b;
static unsigned left;       /* times that it still leaves the line up */
static unsigned ours, none; /* times that the line was up, and was not */
static unsigned seen;       /* of the first, those that a test looked at */

static bool is_up(void)
{
	return pci_get(b.slot, b.fn, STATUS, 2) & STATUS_IRQ &&
	       !(bcm_get(&b, PCISTATE) & NOT_ACTIVE);
}

/* A write to the mailbox takes the line back; with the last tag, for good. */
static void handler(void)
{
	if (!is_up()) {
		none++;
		return;
	}
	ours++;
	if (left) {
		left--;
		return;
	}
	bcm_put(&b, BCM_MBOX_IRQ, b.status[0].tag << 24);
	bcm_get(&b, BCM_MBOX_IRQ); /* a write may be on its way until then */
}

static bool others_are_few(void)
{
	return none <= ours;
}

/* Until the handler has found the line up once for each that was looked at */
static bool await_ours(void)
{
	for (unsigned ms = 0; ours < seen && ms < PATIENCE_MS; ms++)
		sleep_ms(1);
	return ours == seen;
}

/* The line goes up; the handler is to find it so @want times, and no more. */
static bool comes(unsigned want)
{
	left = want - 1;
	bcm_status_now(&b, 0);
	seen += want;
	if (!await_ours())
		return false;
	sleep_ms(QUIET_MS);
	return ours == seen;
}

static void line(unsigned fn)
{
	int gsi = pci_intx_gsi(b.slot, fn);

	if (!report(gsi >= 0, "its line in the device tree"))
		return;
	print("pin %u is line %u\n", fn + 1, (unsigned)gsi);
	irq_route((unsigned)gsi, true);
	report(comes(1), "it comes, once");
	report(comes(1), "and again");
	report(comes(AGAIN), "left up, it comes at each end of interrupt");
	report(!is_up(), "then it is down");
	report(others_are_few(), "and it seldom came for nothing");
}

static void disabled(void)
{
	left = 0;
	pci_put(b.slot, b.fn, BCM_COMMAND, 2, BCM_COMMAND_ON);
	bcm_status_now(&b, 0);
	sleep_ms(QUIET_MS);
	report(ours == seen, "disabled: it does not come");
	report(is_up(), "though it is up");
	pci_put(b.slot, b.fn, BCM_COMMAND, 2, BCM_COMMAND_LINE);
	seen++;
	report(await_ours() && !is_up(), "enabled: then it does");
}

int payload_main(void)
{
	if (!report(irq_init(), "APICs in the device tree"))
		return 1;
	irq_handler(0, handler);
	for (unsigned fn = 0; fn < 2; fn++) {
		if (!report(bcm_find(&b, fn), "a BCM5720 at slot=N"))
			return 1;
		bcm_status_open(&b);
		pci_put(b.slot, fn, BCM_COMMAND, 2, BCM_COMMAND_LINE);
		line(fn);
		disabled();
		pci_put(b.slot, fn, BCM_COMMAND, 2, BCM_COMMAND_ON);
	}
	return 0;
}
