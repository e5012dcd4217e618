/* SPDX-License-Identifier: BSD-2-Clause */
/* Names, and a walk of the chains that always ends. */
#include "vmm/pci/describe.h"

#include <linux/pci_regs.h>

#include "base/bytes.h"

#define EXT_BASE   0x100
#define HEADER_END 0x40

/* A chain that comes back to itself has no more to say. */
static bool seen(const struct pci_cap_at *out, unsigned n, unsigned at)
{
	while (n--)
		if (out[n].at == at)
			return true;
	return false;
}

static unsigned walk_caps(const uint8_t *raw, struct pci_cap_at *out,
			  unsigned max)
{
	unsigned at = raw[PCI_CAPABILITY_LIST] & 0xfc;
	unsigned n = 0;

	if (!(raw[PCI_STATUS] & PCI_STATUS_CAP_LIST))
		return 0;
	for (; at >= HEADER_END && n < max && !seen(out, n, at);
	     at = raw[at + 1] & 0xfc)
		out[n++] = (struct pci_cap_at){PCI_IN_CAP, raw[at], at, 0};
	return n;
}

static unsigned walk_ext(const uint8_t *raw, struct pci_cap_at *out,
			 unsigned max)
{
	unsigned at = EXT_BASE;
	unsigned n = 0;

	while (at >= EXT_BASE && n < max && !seen(out, n, at)) {
		uint32_t head = (uint32_t)le_get(raw + at, 4);

		if (head == 0 || head == UINT32_MAX)
			break;
		out[n++] = (struct pci_cap_at){PCI_IN_EXT, head & 0xffff, at,
					       head >> 16 & 0xf};
		at = head >> 20 & 0xffc;
	}
	return n;
}

unsigned pci_describe_caps(const uint8_t *raw, unsigned size,
			   struct pci_cap_at *out, unsigned max)
{
	unsigned n = walk_caps(raw, out, max);

	return size < PCI_CFG_MAX ? n : n + walk_ext(raw, out + n, max - n);
}

static const char *const cap_name[] = {
	[PCI_CAP_ID_PM] = "Power Management",
	[PCI_CAP_ID_AGP] = "AGP",
	[PCI_CAP_ID_VPD] = "Vital Product Data",
	[PCI_CAP_ID_SLOTID] = "Slot ID",
	[PCI_CAP_ID_MSI] = "MSI",
	[PCI_CAP_ID_CHSWP] = "Hot Swap",
	[PCI_CAP_ID_PCIX] = "PCI-X",
	[PCI_CAP_ID_HT] = "HyperTransport",
	[PCI_CAP_ID_VNDR] = "Vendor Specific",
	[PCI_CAP_ID_DBG] = "Debug Port",
	[PCI_CAP_ID_SHPC] = "Hot-Plug",
	[PCI_CAP_ID_SSVID] = "Subsystem ID",
	[PCI_CAP_ID_EXP] = "PCI Express",
	[PCI_CAP_ID_MSIX] = "MSI-X",
	[PCI_CAP_ID_SATA] = "SATA",
	[PCI_CAP_ID_AF] = "Advanced Features",
	[PCI_CAP_ID_EA] = "Enhanced Allocation",
};

static const char *const ext_name[] = {
	[PCI_EXT_CAP_ID_ERR] = "Advanced Error Reporting",
	[PCI_EXT_CAP_ID_VC] = "Virtual Channel",
	[PCI_EXT_CAP_ID_DSN] = "Device Serial Number",
	[PCI_EXT_CAP_ID_PWR] = "Power Budgeting",
	[PCI_EXT_CAP_ID_VC9] = "Virtual Channel",
	[PCI_EXT_CAP_ID_VNDR] = "Vendor Specific",
	[PCI_EXT_CAP_ID_ACS] = "ACS",
	[PCI_EXT_CAP_ID_ARI] = "ARI",
	[PCI_EXT_CAP_ID_ATS] = "ATS",
	[PCI_EXT_CAP_ID_SRIOV] = "SR-IOV",
	[PCI_EXT_CAP_ID_MCAST] = "Multicast",
	[PCI_EXT_CAP_ID_PRI] = "Page Requests",
	[PCI_EXT_CAP_ID_REBAR] = "Resizable BAR",
	[PCI_EXT_CAP_ID_DPA] = "Dynamic Power Allocation",
	[PCI_EXT_CAP_ID_TPH] = "TPH Requester",
	[PCI_EXT_CAP_ID_LTR] = "Latency Tolerance",
	[PCI_EXT_CAP_ID_SECPCI] = "Secondary PCI Express",
	[PCI_EXT_CAP_ID_PASID] = "PASID",
	[PCI_EXT_CAP_ID_DPC] = "Downstream Port Containment",
	[PCI_EXT_CAP_ID_L1SS] = "L1 PM Substates",
	[PCI_EXT_CAP_ID_PTM] = "Precision Time",
	[PCI_EXT_CAP_ID_DVSEC] = "Designated Vendor Specific",
	[PCI_EXT_CAP_ID_DLF] = "Data Link Feature",
	[PCI_EXT_CAP_ID_PL_16GT] = "Physical Layer 16 GT/s",
};

const char *pci_cap_name(enum pci_rule_place place, unsigned id)
{
	const char *name = NULL;

	if (place == PCI_IN_CAP && id < ARRAY_SIZE(cap_name))
		name = cap_name[id];
	if (place == PCI_IN_EXT && id < ARRAY_SIZE(ext_name))
		name = ext_name[id];
	return name ? name : "";
}
