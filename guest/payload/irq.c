/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Takes interrupts that the test raises on one line of the I/O APIC.
 *
 * Command line: gsi=N, count=N (default 1), level=1 for a level-triggered
 * line.  Prints "ready" when the line may be raised, "got N" after each
 * interrupt; ends after `count` of them.  Whoever raises them waits for each
 * line, so that two cannot become one.
 */
#include "payload.h"

#define NO_GSI UINT32_MAX

int payload_main(void)
{
	uint32_t gsi = arg_u32("gsi", NO_GSI);
	uint32_t want = arg_u32("count", 1);
	unsigned got = 0;

	if (!report(gsi != NO_GSI, "gsi=N on the command line") ||
	    !report(irq_init(), "APICs in the device tree"))
		return 1;
	irq_route(gsi, arg_u32("level", 0));
	print("ready\n");
	while (got < want) {
		got = irq_wait(got);
		print("got %u\n", got);
	}
	return 0;
}
