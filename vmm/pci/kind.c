/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells by class and IDs. */
#include "vmm/pci/kind.h"

#include <errno.h>
#include <linux/pci_regs.h>

#include "base/bytes.h"
#include "base/err.h"

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

/*
 * A balloon is told of pages by number: QEMU would drop the host's memory under
 * the guest's numbers, whatever the IOMMU maps.
 */
int pci_kind_check(const uint8_t *raw, bool shares_ram)
{
	if (pci_kind_balloon(raw) && !shares_ram)
		return err_set(EPERM,
			       "virtio balloon: it is told of pages by the "
			       "guest's numbers and takes them for this "
			       "host's, past the IOMMU: the guest could empty "
			       "all of this host's memory");
	if (pci_kind_pvscsi(raw) && !shares_ram)
		return err_set(EPERM,
			       "pvscsi: QEMU's reads and writes memory past "
			       "the IOMMU: the guest could write all of this "
			       "host's. Where QEMU makes it: another "
			       "controller, such as virtio-scsi-pci,"
			       "disable-legacy=on,iommu_platform=on");
	if (pci_kind_old_ide(raw))
		return err_set(ENOTSUP,
			       "IDE controller in compatibility mode: its "
			       "ports 0x1f0 and its interrupt 14 are the "
			       "machine's, not the function's. Set it to "
			       "native mode or AHCI in the firmware's setup, "
			       "or give its disk in another way");
	return 0;
}
