/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists the functions on bus 0 like `lspci -n`, but always with revision:
 *
 *   00:0a.0 0200: 8086:10d3 (rev 00)
 */
#include "payload.h"

#define NSLOTS        32
#define NFUNCTIONS    8
#define ID            0x00
#define CLASS_REV     0x08 /* class, subclass, interface, revision */
#define HEADER_TYPE   0x0e
#define MULTIFUNCTION 0x80
#define NO_DEVICE     0xffff

static bool list(unsigned slot, unsigned fn)
{
	uint32_t id = pci_get(slot, fn, ID, 4);
	uint32_t class = pci_get(slot, fn, CLASS_REV, 4);

	if ((id & 0xffff) == NO_DEVICE)
		return false;
	print("00:%02x.%u %04x: %04x:%04x (rev %02x)\n", slot, fn, class >> 16,
	      id & 0xffff, id >> 16, class & 0xff);
	return true;
}

int payload_main(void)
{
	if (!pci_init()) {
		report(false, "PCI host bridge in the device tree");
		return 1;
	}
	for (unsigned slot = 0; slot < NSLOTS; slot++) {
		unsigned n = NFUNCTIONS;

		if (!list(slot, 0))
			continue;
		if (!(pci_get(slot, 0, HEADER_TYPE, 1) & MULTIFUNCTION))
			n = 1;
		for (unsigned fn = 1; fn < n; fn++)
			list(slot, fn);
	}
	return 0;
}
