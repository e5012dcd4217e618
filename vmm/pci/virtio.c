/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks the vendor's capabilities of a virtio function. */
#include "vmm/pci/virtio.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <linux/virtio_pci.h>

#include "base/bytes.h"
#include "base/err.h"

#define VENDOR     0x1af4
#define DEVICE     0x1000 /* up to DEVICE_END */
#define DEVICE_END 0x107f
#define NCAPS      48 /* as many as there is room for */

static bool is_virtio(const uint8_t *raw)
{
	uint64_t device = le_get(raw + PCI_DEVICE_ID, 2);

	return le_get(raw + PCI_VENDOR_ID, 2) == VENDOR && device >= DEVICE &&
	       device <= DEVICE_END;
}

static bool is_common(const uint8_t *cap)
{
	return cap[VIRTIO_PCI_CAP_VNDR] == PCI_CAP_ID_VNDR &&
	       cap[VIRTIO_PCI_CAP_LEN] >= sizeof(struct virtio_pci_cap) &&
	       cap[VIRTIO_PCI_CAP_CFG_TYPE] == VIRTIO_PCI_CAP_COMMON_CFG &&
	       cap[VIRTIO_PCI_CAP_BAR] < PCI_STD_NUM_BARS;
}

struct pci_virtio pci_virtio_find(const uint8_t *raw)
{
	struct pci_virtio v = {.found = is_virtio(raw)};
	unsigned at = raw[PCI_CAPABILITY_LIST] & 0xfc;

	if (!v.found || !(raw[PCI_STATUS] & PCI_STATUS_CAP_LIST))
		return v;
	for (unsigned i = 0; i < NCAPS && at >= PCI_STD_HEADER_SIZEOF &&
			     at + sizeof(struct virtio_pci_cap) <= 256;
	     i++, at = raw[at + VIRTIO_PCI_CAP_NEXT] & 0xfc) {
		if (!is_common(raw + at))
			continue;
		v.common = true;
		v.bar = raw[at + VIRTIO_PCI_CAP_BAR];
		v.off = (uint32_t)le_get(raw + at + VIRTIO_PCI_CAP_OFFSET, 4);
		break;
	}
	return v;
}

int pci_virtio_refuse(void)
{
	return err_set(EPERM,
		       "virtio device whose DMA does not go through the "
		       "IOMMU (no VIRTIO_F_ACCESS_PLATFORM): the guest could "
		       "write all of this host's memory. Where QEMU makes it: "
		       "-device ...,disable-legacy=on,iommu_platform=on");
}
