/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes n=N bytes to the delay port 0x80, which old drivers do for each access
 * to a device: the VMM should not be woken for any of them.
 */
#include "payload.h"

#define PORT_DELAY 0x80

int payload_main(void)
{
	for (uint32_t n = arg_u32("n", 1); n; n--)
		outb(PORT_DELAY, 0);
	return 0;
}
