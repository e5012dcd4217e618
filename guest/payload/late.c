/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leaves a device behind that is going to interrupt: QEMU's edu
 * (docs/specs/edu) multiplies as often as work=N says, forty million
 * times in a tenth of a second, and raises its line then, until somebody
 * acknowledges.  The program does not wait for that.
 *
 * msi=1 on the command line: MSI is on when it ends, and INTx off, as Linux has
 * it.
 */
#include "payload.h"

#define NSLOTS         32
#define EDU            0x11e81234 /* device and vendor */
#define COMMAND        0x04
#define COMMAND_MEMORY 0x02
#define COMMAND_MASTER 0x04
#define COMMAND_NOINTX 0x400

#define FACTORIAL 0x08
#define STATUS    0x20
#define INTERRUPT 0x80 /* when the factorial is there */
#define WORK      40000000

int payload_main(void)
{
	uint32_t command = COMMAND_MEMORY | COMMAND_MASTER;
	unsigned slot = 0;
	uint64_t edu;

	if (!pci_init())
		return 1;
	while (slot < NSLOTS && pci_get(slot, 0, 0, 4) != EDU)
		slot++;
	if (!report(slot < NSLOTS, "there is an edu"))
		return 1;
	edu = pci_bar(slot, 0, 0);
	if (arg_u32("msi", 0)) {
		report(msi_enable(slot, 0, 0, 1), "it has MSI");
		command |= COMMAND_NOINTX;
	}
	pci_put(slot, 0, COMMAND, 2, command);
	mmio_put32(edu + STATUS, INTERRUPT);
	mmio_put32(edu + FACTORIAL, arg_u32("work", WORK));
	return 0;
}
