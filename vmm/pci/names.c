/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sources: linux/pci_regs.h; drivers/net/ethernet/broadcom/tg3.h, whose names
 * are those of Broadcom's programmer's guide 5718-PG108-R.
 */
#include "vmm/pci/names.h"

#include <linux/pci_regs.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "vmm/pci/describe.h"

#define BCM5720    0x165f14e4
#define EXT_BASE   0x100
#define HEADER_END 0x40

struct reg {
	uint16_t off;
	const char *name;
};

/* clang-format off */
static const struct reg header[] = {
	{0x00, "VENDOR_ID"},       {0x02, "DEVICE_ID"},   {0x04, "COMMAND"},
	{0x06, "STATUS"},          {0x08, "REVISION"},    {0x09, "CLASS"},
	{0x0c, "CACHE_LINE_SIZE"}, {0x0d, "LATENCY"},     {0x0e, "HEADER_TYPE"},
	{0x0f, "BIST"},            {0x10, "BAR0"},        {0x14, "BAR1"},
	{0x18, "BAR2"},            {0x1c, "BAR3"},        {0x20, "BAR4"},
	{0x24, "BAR5"},            {0x28, "CARDBUS_CIS"}, {0x2c, "SUBVENDOR_ID"},
	{0x2e, "SUBDEVICE_ID"},    {0x30, "ROM"},         {0x34, "CAPABILITIES"},
	{0x35, "-"},               {0x3c, "INTERRUPT_LINE"},
	{0x3d, "INTERRUPT_PIN"},   {0x3e, "MIN_GNT"},     {0x3f, "MAX_LAT"},
};

/* A capability: its length, behind which another register may stand */
static const struct cap {
	uint16_t id;
	uint16_t len;
	const char *name;
	struct reg reg[8];
} caps[] = {
	{PCI_CAP_ID_PM, 8, "PM",
	 {{0, "ID"}, {2, "CAPABILITIES"}, {4, "CONTROL"}}},
	{PCI_CAP_ID_VPD, 8, "VPD", {{0, "ID"}, {2, "ADDRESS"}, {4, "DATA"}}},
	{PCI_CAP_ID_MSI, 24, "MSI", {{0, "ID"}, {2, "CONTROL"}, {4, "ADDRESS"}}},
	{PCI_CAP_ID_VNDR, 4, "VENDOR", {{0, "ID"}}},
	{PCI_CAP_ID_EXP, 60, "EXPRESS",
	 {{0, "ID"}, {2, "CAPABILITIES"}, {8, "DEVICE_CONTROL"},
	  {10, "DEVICE_STATUS"}, {16, "LINK_CONTROL"}, {18, "LINK_STATUS"},
	  {40, "DEVICE_CONTROL2"}}},
	{PCI_CAP_ID_MSIX, 12, "MSI-X",
	 {{0, "ID"}, {2, "CONTROL"}, {4, "TABLE"}, {8, "PBA"}}},
	{PCI_CAP_ID_AF, 6, "AF", {{0, "ID"}, {3, "CAPABILITIES"}, {4, "CONTROL"}}},
}, exts[] = {
	{PCI_EXT_CAP_ID_ERR, 72, "AER",
	 {{0, "ID"}, {4, "UNCORRECTABLE_STATUS"}, {8, "UNCORRECTABLE_MASK"},
	  {16, "CORRECTABLE_STATUS"}, {20, "CORRECTABLE_MASK"}}},
	{PCI_EXT_CAP_ID_VC, 28, "VC", {{0, "ID"}}},
	{PCI_EXT_CAP_ID_DSN, 12, "SERIAL_NUMBER", {{0, "ID"}}},
	{PCI_EXT_CAP_ID_PWR, 16, "POWER_BUDGET", {{0, "ID"}}},
	{PCI_EXT_CAP_ID_LTR, 8, "LTR", {{0, "ID"}}},
};

/* TG3PCI_*: between the capabilities */
static const struct reg bcm_config[] = {
	{0x68, "MISC_HOST_CTRL"},    {0x6c, "DMA_RW_CTRL"},
	{0x70, "PCISTATE"},          {0x74, "CLOCK_CTRL"},
	{0x78, "REG_BASE_ADDR"},     {0x7c, "MEM_WIN_BASE_ADDR"},
	{0x80, "REG_DATA"},          {0x84, "MEM_WIN_DATA"},
	{0x98, "STD_RING_PROD_IDX"}, {0xa0, "-"},
	{0xf4, "GEN2_PRODID_ASICREV"}, {0xf8, "-"},
};

/* Of a block its first register: what follows is told as that and how far */
static const struct reg bcm_bar0[] = {
	{0x0200, "MAILBOX_INTERRUPT_0"},   {0x0260, "MAILBOX"},
	{0x0268, "MAILBOX_RCV_STD_PROD_IDX"}, {0x0270, "MAILBOX"},
	{0x0280, "MAILBOX_RCVRET_CON_IDX_0"}, {0x0300, "MAILBOX_SNDHOST_PROD_IDX_0"},
	{0x0400, "MAC_MODE"},      {0x0404, "MAC_STATUS"},
	{0x0408, "MAC_EVENT"},     {0x040c, "MAC_LED_CTRL"},
	{0x0410, "MAC_ADDR_0"},    {0x0438, "MAC_TX_BACKOFF_SEED"},
	{0x043c, "MAC_RX_MTU_SIZE"}, {0x0440, "MAC_TX_AUTO_NEG"},
	{0x044c, "MAC_MI_COM"},    {0x0450, "MAC_MI_STAT"},
	{0x0454, "MAC_MI_MODE"},   {0x045c, "MAC_TX_MODE"},
	{0x0460, "MAC_TX_STATUS"}, {0x0464, "MAC_TX_LENGTHS"},
	{0x0468, "MAC_RX_MODE"},   {0x046c, "MAC_RX_STATUS"},
	{0x0470, "MAC_HASH_REG_0"}, {0x0480, "MAC_RCV_RULE_0"},
	{0x0800, "MAC_TX_STATS"},  {0x0c00, "SNDDATAI_MODE"},
	{0x1000, "SNDDATAC_MODE"}, {0x1400, "SNDBDS_MODE"},
	{0x1800, "SNDBDI_MODE"},   {0x1c00, "SNDBDC_MODE"},
	{0x2000, "RCVLPC_MODE"},   {0x2400, "RCVDBDI_MODE"},
	{0x2800, "RCVDCC_MODE"},   {0x2c00, "RCVBDI_MODE"},
	{0x3000, "RCVCC_MODE"},    {0x3600, "CPMU_CTRL"},
	{0x3800, "MBFREE_MODE"},   {0x3c00, "HOSTCC_MODE"},
	{0x4000, "MEMARB_MODE"},   {0x4400, "BUFMGR_MODE"},
	{0x4800, "RDMAC_MODE"},    {0x4c00, "WDMAC_MODE"},
	{0x5000, "RX_CPU_MODE"},   {0x5400, "TX_CPU_MODE"},
	{0x5800, "MAILBOX_LOW"},   {0x5c00, "FTQ_RESET"},
	{0x6000, "MSGINT_MODE"},   {0x6400, "DMAC_MODE"},
	{0x6800, "GRC_MODE"},      {0x6804, "GRC_MISC_CFG"},
	{0x6808, "GRC_LOCAL_CTRL"}, {0x680c, "GRC_TIMER"},
	{0x6838, "GRC_EEPROM_ADDR"}, {0x6840, "GRC"},
	{0x7000, "NVRAM_CMD"},     {0x7004, "NVRAM_STAT"},
	{0x7008, "NVRAM_WRDATA"},  {0x700c, "NVRAM_ADDR"},
	{0x7010, "NVRAM_RDDATA"},  {0x7014, "NVRAM_CFG1"},
	{0x7020, "NVRAM_SWARB"},   {0x7024, "NVRAM_ACCESS"},
	{0x7400, "-"},             {0x7c00, "PCIE_TRANSACTION_CFG"},
	{0x8000, "MEMORY_WINDOW"},
};
/* clang-format on */

/* MSI has four layouts (PCI 3.0, 6.8.1); 0 for other capabilities */
static unsigned msi_len(const uint8_t *cap)
{
	unsigned flags = (unsigned)le_get(cap + PCI_MSI_FLAGS, 2);
	unsigned len = flags & PCI_MSI_FLAGS_MASKBIT ? 20 : 10;

	if (cap[0] != PCI_CAP_ID_MSI)
		return 0;
	return flags & PCI_MSI_FLAGS_64BIT ? len + 4 : len;
}

void pci_names_init(struct pci_names *n, const uint8_t *raw, unsigned size)
{
	struct pci_cap_at cap[PCI_NAMES_CAPS];

	*n = (struct pci_names){.id = (uint32_t)le_get(raw, 4)};
	n->n = pci_describe_caps(raw, size, cap, PCI_NAMES_CAPS);
	for (unsigned i = 0; i < n->n; i++) {
		n->cap[i].at = (uint16_t)cap[i].at;
		n->cap[i].id = (uint16_t)cap[i].id;
		if (cap[i].place == PCI_IN_CAP)
			n->cap[i].len = (uint16_t)msi_len(raw + cap[i].at);
	}
}

/* The last of @reg that starts at or before @off; NULL: none */
static const struct reg *last(const struct reg *reg, size_t n, uint64_t off)
{
	const struct reg *best = NULL;

	for (size_t i = 0; i < n && reg[i].name && reg[i].off <= off; i++)
		best = &reg[i];
	return best && best->name[0] != '-' ? best : NULL;
}

/* "CAP.REG+0x4", of what there is; "-" for nothing */
static const char *print(char buf[PCI_NAME_MAX], const char *cap,
			 const struct reg *r, uint64_t off)
{
	unsigned long long more = off - (r ? r->off : 0);
	char far[PCI_NAME_MAX] = "";

	if (more && (r || *cap))
		snprintf(far, sizeof(far), "+0x%llx", more);
	snprintf(buf, PCI_NAME_MAX, "%s%s%.26s%.8s", cap, *cap && r ? "." : "",
		 r      ? r->name
		 : *cap ? ""
			: "-",
		 far);
	return buf;
}

/* Of capability @i; NULL: @off is behind its end */
static const char *in_cap(const struct pci_names *names, unsigned i,
			  unsigned off, char buf[PCI_NAME_MAX])
{
	unsigned at = names->cap[i].at;
	unsigned id = names->cap[i].id;
	unsigned len = names->cap[i].len;
	bool ext = at >= EXT_BASE;
	const struct cap *c = ext ? exts : caps;
	size_t n = ext ? ARRAY_SIZE(exts) : ARRAY_SIZE(caps);
	char name[PCI_NAME_MAX];

	for (; n && c->id != id; n--)
		c++;
	if (n && off - at >= (len ? len : c->len))
		return NULL;
	if (n)
		return print(buf, c->name,
			     last(c->reg, ARRAY_SIZE(c->reg), off - at),
			     off - at);
	snprintf(name, sizeof(name), "%s-0x%x", ext ? "EXT" : "CAP", id);
	return print(buf, name, NULL, off - at);
}

const char *pci_name_config(const struct pci_names *n, unsigned off,
			    char buf[PCI_NAME_MAX])
{
	const char *name = NULL;
	unsigned best = 0;

	if (off < HEADER_END)
		return print(buf, "", last(header, ARRAY_SIZE(header), off),
			     off);
	for (unsigned i = 0; i < n->n; i++)
		if (n->cap[i].at <= off && n->cap[i].at >= best) {
			best = n->cap[i].at;
			name = in_cap(n, i, off, buf);
		}
	if (name)
		return name;
	return print(buf, "",
		     n->id == BCM5720 && off < EXT_BASE
			     ? last(bcm_config, ARRAY_SIZE(bcm_config), off)
			     : NULL,
		     off);
}

/* Whose name begins within the word, and not before it */
static void add_name(const char *name, char buf[PCI_NAME_MAX])
{
	const char *reg = strchr(name, '.');
	size_t n = strlen(buf);

	if (*name != '-' && !strchr(name, '+'))
		snprintf(buf + n, PCI_NAME_MAX - n, ", %s",
			 reg ? reg + 1 : name);
}

const char *pci_name_word(const struct pci_names *n, unsigned off,
			  char buf[PCI_NAME_MAX])
{
	char other[PCI_NAME_MAX];

	pci_name_config(n, off, buf);
	for (unsigned i = 1; i < 4; i++)
		add_name(pci_name_config(n, off + i, other), buf);
	return buf;
}

const char *pci_name_bar(const struct pci_names *n, unsigned bar, uint64_t off,
			 char buf[PCI_NAME_MAX])
{
	const struct reg *r = NULL;

	if (n->id == BCM5720 && bar == 0 && off < HEADER_END)
		r = last(header, ARRAY_SIZE(header), off);
	else if (n->id == BCM5720 && bar == 0)
		r = last(bcm_bar0, ARRAY_SIZE(bcm_bar0), off);
	return print(buf, "", r, off);
}
