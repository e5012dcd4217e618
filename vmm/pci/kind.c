/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells by class and IDs. */
#include "vmm/pci/kind.h"

#include <linux/pci_regs.h>

#include "base/bytes.h"

#define CLASS_IDE  0x0101
#define NATIVE     0x5 /* of the programming interface: both channels are */
#define VIRTIO     0x1af4
#define BALLOON    0x1045
#define BALLOON_V0 0x1002
#define PVSCSI     0x07c015ad /* device and vendor */

bool pci_kind_old_ide(const uint8_t *raw)
{
	return le_get(raw + PCI_CLASS_DEVICE, 2) == CLASS_IDE &&
	       (raw[PCI_CLASS_PROG] & NATIVE) != NATIVE;
}

bool pci_kind_balloon(const uint8_t *raw)
{
	uint64_t device = le_get(raw + PCI_DEVICE_ID, 2);

	return le_get(raw + PCI_VENDOR_ID, 2) == VIRTIO &&
	       (device == BALLOON || device == BALLOON_V0);
}

bool pci_kind_pvscsi(const uint8_t *raw)
{
	return le_get(raw + PCI_VENDOR_ID, 4) == PVSCSI;
}
