/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leaves a device behind that is going to interrupt: QEMU's edu
 * (docs/specs/edu) copies four bytes of ours, which takes it a tenth of a
 * second, and raises its line then, until somebody acknowledges.  The program
 * does not wait for that.
 */
#include "payload.h"

#define NSLOTS         32
#define EDU            0x11e81234 /* device and vendor */
#define COMMAND        0x04
#define COMMAND_MEMORY 0x02
#define COMMAND_MASTER 0x04

#define DMA_FROM  0x80
#define DMA_TO    0x88
#define DMA_BYTES 0x90
#define DMA_START 0x98
#define RUN       0x01
#define INTERRUPT 0x04
#define BUFFER    0x40000 /* the device's own */

int payload_main(void)
{
	static uint32_t word = 0x600df00d;
	unsigned slot = 0;
	uint64_t edu;

	if (!pci_init())
		return 1;
	while (slot < NSLOTS && pci_get(slot, 0, 0, 4) != EDU)
		slot++;
	if (!report(slot < NSLOTS, "there is an edu"))
		return 1;
	edu = pci_bar(slot, 0, 0);
	pci_put(slot, 0, COMMAND, 2, COMMAND_MEMORY | COMMAND_MASTER);
	mmio_put64(edu + DMA_FROM, (uint64_t)(uintptr_t)&word);
	mmio_put64(edu + DMA_TO, BUFFER);
	mmio_put64(edu + DMA_BYTES, sizeof(word));
	mmio_put64(edu + DMA_START, RUN | INTERRUPT);
	return 0;
}
