/* SPDX-License-Identifier: BSD-2-Clause */
/* Names, and a walk of the chains that always ends. */
#include "vmm/pci/describe.h"

#include <linux/pci_regs.h>
#include <stdio.h>

#include "base/bytes.h"

#define EXT_BASE   0x100
#define HEADER_END 0x40

static unsigned walk_caps(const uint8_t *raw, struct pci_cap_at *out,
			  unsigned max)
{
	unsigned at = raw[PCI_CAPABILITY_LIST] & 0xfc;
	unsigned left = (256 - HEADER_END) / 4;
	unsigned n = 0;

	if (!(raw[PCI_STATUS] & PCI_STATUS_CAP_LIST))
		return 0;
	for (; at >= HEADER_END && left-- && n < max; at = raw[at + 1] & 0xfc)
		out[n++] = (struct pci_cap_at){PCI_IN_CAP, raw[at], at, 0};
	return n;
}

static unsigned walk_ext(const uint8_t *raw, struct pci_cap_at *out,
			 unsigned max)
{
	unsigned left = (PCI_CFG_MAX - EXT_BASE) / 8;
	unsigned at = EXT_BASE;
	unsigned n = 0;

	while (at >= EXT_BASE && left-- && n < max) {
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

/* By words of 4 bytes */
static const char *const header_name[HEADER_END / 4] = {
	"Vendor, Device ID",
	"Command, Status",
	"Revision, Class",
	"Cache Line, Latency, Header Type",
	"BAR0",
	"BAR1",
	"BAR2",
	"BAR3",
	"BAR4",
	"BAR5",
	"CardBus CIS",
	"Subsystem ID",
	"ROM BAR",
	"Capabilities Pointer",
	"",
	"Interrupt Line, Pin",
};

/*
 * Those that struct pci_cfg remembers, with lengths that end before what not
 * all have: another register may begin there.
 */
static const char *in_cap(const struct pci_cfg *c, unsigned off, unsigned *at)
{
	const struct {
		unsigned at, len, id;
		enum pci_rule_place place;
	} caps[] = {
		{c->pm, 8, PCI_CAP_ID_PM, PCI_IN_CAP},
		{c->msi, 0x10, PCI_CAP_ID_MSI, PCI_IN_CAP},
		{c->msix, 12, PCI_CAP_ID_MSIX, PCI_IN_CAP},
		{c->express, 0x3c, PCI_CAP_ID_EXP, PCI_IN_CAP},
		{c->af, 6, PCI_CAP_ID_AF, PCI_IN_CAP},
		{c->aer, 0x38, PCI_EXT_CAP_ID_ERR, PCI_IN_EXT},
	};
	const char *name = NULL;

	*at = 0;
	for (size_t i = 0; i < ARRAY_SIZE(caps); i++) {
		if (!caps[i].at || off < caps[i].at || caps[i].at < *at ||
		    off - caps[i].at >= caps[i].len)
			continue;
		*at = caps[i].at;
		name = pci_cap_name(caps[i].place, caps[i].id);
	}
	return name;
}

void pci_describe_where(const struct pci_cfg *c, unsigned off, char *buf,
			size_t cap)
{
	unsigned at;
	const char *name;

	*buf = '\0';
	if (off < HEADER_END) {
		snprintf(buf, cap, "%s", header_name[off / 4]);
		return;
	}
	name = in_cap(c, off, &at);
	if (name)
		snprintf(buf, cap, "%s + 0x%x", name, off - at);
}
