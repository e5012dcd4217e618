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

#define MSI        0x05 /* capability, and what is at which offset in it */
#define MSI_FLAGS  0x02
#define MSI_ADDR   0x04
#define MSI_DATA   0x0c
#define MSI_ENABLE 0x01
#define LOCAL_APIC 0xfee00000
#define VECTOR     0x40

#define FACTORIAL 0x08
#define STATUS    0x20
#define INTERRUPT 0x80 /* when the factorial is there */
#define WORK      40000000

static void msi_on(unsigned slot)
{
	unsigned cap = pci_cap(slot, 0, MSI);
	uint32_t flags = pci_get(slot, 0, cap + MSI_FLAGS, 2);

	report(cap, "it has MSI");
	pci_put(slot, 0, cap + MSI_ADDR, 4, LOCAL_APIC);
	pci_put(slot, 0, cap + MSI_ADDR + 4, 4, 0);
	pci_put(slot, 0, cap + MSI_DATA, 2, VECTOR);
	pci_put(slot, 0, cap + MSI_FLAGS, 2, flags | MSI_ENABLE);
}

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
		msi_on(slot);
		command |= COMMAND_NOINTX;
	}
	pci_put(slot, 0, COMMAND, 2, command);
	mmio_put32(edu + STATUS, INTERRUPT);
	mmio_put32(edu + FACTORIAL, arg_u32("work", WORK));
	return 0;
}
