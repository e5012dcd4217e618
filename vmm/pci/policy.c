/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything that a guest does not see raw, with the reason.
 *
 * To add a rule, add a row; what has no row goes to the device, through the
 * kernel's own filter (drivers/vfio/pci/vfio_pci_config.c).
 */
#include "vmm/pci/policy.h"

#include <linux/pci_regs.h>

#include "base/bytes.h"
#include "vmm/pci/cfg.h"

#define HDR     PCI_IN_HEADER, 0
#define CAP(id) PCI_IN_CAP, PCI_CAP_ID_##id
#define EXT(id) PCI_IN_EXT, PCI_EXT_CAP_ID_##id
#define ALL     0xffffffff

/* clang-format off */
static const struct pci_rule policy[] = {
/* place       kind       when           off   len  mask        hook              why */
{ HDR,         PCI_WATCH, PCI_ALWAYS,    0x04, 2,   0,          PCI_HOOK_COMMAND,
  "decode bits open and close the BARs; the device keeps the register" },
{ HDR,         PCI_ZEROS, PCI_ALWAYS,    0x04, 2,   PCI_COMMAND_SERR, 0,
  "errors go to the root port, which is the host's; so are the next of these" },
{ HDR,         PCI_OWN,   PCI_ALWAYS,    0x0e, 1,   0,          0,
  "multifunction bit: true of the guest's slot, not of the host's" },
{ HDR,         PCI_OWN,   PCI_ALWAYS,    0x10, 24,  0,          PCI_HOOK_BAR,
  "BARs hold guest addresses; masks come from the sizes" },
{ HDR,         PCI_OWN,   PCI_ALWAYS,    0x30, 4,   0,          PCI_HOOK_BAR,
  "ROM BAR, likewise" },
{ HDR,         PCI_OWN,   PCI_ALWAYS,    0x3c, 1,   0xff,       0,
  "interrupt line: firmware's note to the OS, and we are the firmware" },
{ CAP(PM),     PCI_WATCH, PCI_ALWAYS,    0x04, 2,   0,          PCI_HOOK_POWER,
  "in D3hot the kernel takes the BAR mappings away" },
{ CAP(PM),     PCI_ZEROS, PCI_ALWAYS,    0x02, 2,   0xf800,     0,
  "no wake-up reaches the guest; the kernel hides it too" },
{ CAP(PM),     PCI_ZEROS, PCI_ALWAYS,    0x04, 2,   0x0100,     0,
  "its enable bit, likewise" },
{ CAP(EXP),    PCI_WATCH, PCI_ALWAYS,    0x08, 2,   0,          PCI_HOOK_RESET,
  "bit 15 is a function level reset; the rest is the device's" },
{ CAP(EXP),    PCI_ZEROS, PCI_ALWAYS,    0x08, 2,   0x000f,     0,
  "error reporting: the host listens, and tells us by the error interrupt" },
{ CAP(EXP),    PCI_ZEROS, PCI_ALWAYS,    0x10, 2,   0x0040,     0,
  "common clock: of the link, whose other end the guest has not" },
{ EXT(ERR),    PCI_ONES,  PCI_ALWAYS,    0x14, 4,   0x2000,     0,
  "mask of advisory errors: as after reset, whatever the host has chosen" },
{ CAP(AF),     PCI_WATCH, PCI_ALWAYS,    0x04, 1,   0,          PCI_HOOK_RESET,
  "bit 0 is a function level reset" },
{ CAP(MSI),    PCI_OWN,   PCI_ALWAYS,    0x02, 2,   0x0071,     PCI_HOOK_MSI,
  "enable and count: the device is armed by VFIO_DEVICE_SET_IRQS only" },
{ CAP(MSI),    PCI_OWN,   PCI_ALWAYS,    0x04, 4,   0xfffffffc, PCI_HOOK_MSI,
  "message address: names the guest's local APIC" },
{ CAP(MSI),    PCI_OWN,   PCI_MSI_32BIT, 0x08, 2,   ALL,        PCI_HOOK_MSI,
  "message data, 32-bit layout" },
{ CAP(MSI),    PCI_OWN,   PCI_MSI_32MASK, 0x0c, 4,  ALL,        PCI_HOOK_MSI,
  "mask bits, 32-bit layout: host and guest mask apart" },
{ CAP(MSI),    PCI_OWN,   PCI_MSI_64BIT, 0x08, 4,   ALL,        PCI_HOOK_MSI,
  "upper message address" },
{ CAP(MSI),    PCI_OWN,   PCI_MSI_64BIT, 0x0c, 2,   ALL,        PCI_HOOK_MSI,
  "message data, 64-bit layout" },
{ CAP(MSI),    PCI_OWN,   PCI_MSI_64MASK, 0x10, 4,  ALL,        PCI_HOOK_MSI,
  "mask bits, 64-bit layout" },
{ CAP(MSIX),   PCI_OWN,   PCI_ALWAYS,    0x02, 2,   0xc000,     PCI_HOOK_MSIX,
  "enable and function mask: the kernel drops writes to them" },
{ EXT(SRIOV),  PCI_HIDE,  PCI_ALWAYS,    0,    0x40, 0,         0,
  "virtual functions would belong to the host, not to the guest" },
{ EXT(ARI),    PCI_HIDE,  PCI_ALWAYS,    0,    8,   0,          0,
  "next function number is of the host's bus" },
{ EXT(REBAR),  PCI_HIDE,  PCI_ALWAYS,    0,    0x34, 0,         0,
  "a BAR's size is fixed once VFIO has told it" },
{ EXT(ATS),    PCI_HIDE,  PCI_ALWAYS,    0,    8,   0,          0,
  "the guest has no IOMMU to translate for the device" },
{ EXT(PRI),    PCI_HIDE,  PCI_ALWAYS,    0,    0x10, 0,         0,
  "page requests need the IOMMU that the guest has not" },
{ EXT(PASID),  PCI_HIDE,  PCI_ALWAYS,    0,    8,   0,          0,
  "process address spaces, likewise" },
#ifdef PCI_POLICY_TEST_HIDE /* for the test that shows such a row to be seen */
{ PCI_IN_CAP,  PCI_POLICY_TEST_HIDE, PCI_HIDE, PCI_ALWAYS, 0, 4, 0, 0,
  "test only" },
#endif
};
/* clang-format on */

const struct pci_rule *pci_policy(size_t *n)
{
	*n = ARRAY_SIZE(policy);
	return policy;
}

bool pci_rule_applies(const struct pci_rule *r, enum pci_rule_place place,
		      unsigned id, const uint8_t *cap)
{
	bool is64;
	bool maskable;

	if (r->place != place || r->id != id)
		return false;
	if (r->when == PCI_ALWAYS)
		return true;
	is64 = cap[PCI_MSI_FLAGS] & PCI_MSI_FLAGS_64BIT;
	maskable = cap[PCI_MSI_FLAGS + 1] & PCI_MSI_FLAGS_MASKBIT >> 8;
	if (r->when == PCI_MSI_32MASK || r->when == PCI_MSI_64MASK)
		return maskable && is64 == (r->when == PCI_MSI_64MASK);
	return is64 == (r->when == PCI_MSI_64BIT);
}
