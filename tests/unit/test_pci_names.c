/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of registers, over the capabilities of a BCM5720. */
#include <criterion/criterion.h>

#include <linux/pci_regs.h>
#include <string.h>

#include "base/bytes.h"
#include "vmm/pci/names.h"

static uint8_t raw[4096];

/* PM at 0x48, MSI-X at 0xa0, AER, and a capability that nobody knows */
static void device(uint32_t id)
{
	memset(raw, 0, sizeof(raw));
	le_put(raw, 4, id);
	raw[PCI_STATUS] = PCI_STATUS_CAP_LIST;
	raw[PCI_CAPABILITY_LIST] = 0x48;
	raw[0x48] = PCI_CAP_ID_PM;
	raw[0x49] = 0xa0;
	raw[0xa0] = PCI_CAP_ID_MSIX;
	raw[0xa1] = 0xc0;
	raw[0xc0] = 0x7e;
	le_put(raw + 0x100, 4, 0x15010001);
	le_put(raw + 0x150, 4, 0x00010003);
}

static const char *config(unsigned off)
{
	static char buf[PCI_NAME_MAX];
	struct pci_names n;

	pci_names_init(&n, raw, sizeof(raw));
	return pci_name_config(&n, off, buf);
}

static const char *bar(unsigned index, uint64_t off)
{
	static char buf[PCI_NAME_MAX];
	struct pci_names n;

	pci_names_init(&n, raw, sizeof(raw));
	return pci_name_bar(&n, index, off, buf);
}

Test(pci_names, header_and_capabilities)
{
	device(0x10d38086);
	cr_assert_str_eq(config(0x04), "COMMAND");
	cr_assert_str_eq(config(0x05), "COMMAND+0x1");
	cr_assert_str_eq(config(0x38), "-");
	cr_assert_str_eq(config(0x4c), "PM.CONTROL");
	cr_assert_str_eq(config(0x4e), "PM.CONTROL+0x2");
	cr_assert_str_eq(config(0x50), "-");
	cr_assert_str_eq(config(0xa2), "MSI-X.CONTROL");
	cr_assert_str_eq(config(0xc4), "CAP-0x7e+0x4");
	cr_assert_str_eq(config(0x104), "AER.UNCORRECTABLE_STATUS");
	cr_assert_str_eq(config(0x154), "SERIAL_NUMBER.ID+0x4");
	cr_assert_str_eq(config(0x68), "-");
	cr_assert_str_eq(bar(0, 0x400), "-");
}

Test(pci_names, of_a_bcm5720_as_tg3_has_them)
{
	device(0x165f14e4);
	cr_assert_str_eq(config(0x68), "MISC_HOST_CTRL");
	cr_assert_str_eq(config(0xf4), "CAP-0x7e+0x34"); /* its length is
							    unknown */
	raw[0xa1] = 0;
	cr_assert_str_eq(config(0xf4), "GEN2_PRODID_ASICREV");
	cr_assert_str_eq(bar(0, 0x68), "-");
	cr_assert_str_eq(bar(0, 0x400), "MAC_MODE");
	cr_assert_str_eq(bar(0, 0x402), "MAC_MODE+0x2");
	cr_assert_str_eq(bar(0, 0x3c20), "HOSTCC_MODE+0x20");
	cr_assert_str_eq(bar(0, 0x300), "MAILBOX_SNDHOST_PROD_IDX_0");
	cr_assert_str_eq(bar(0, 0xfffc), "MEMORY_WINDOW+0x7ffc");
	cr_assert_str_eq(bar(2, 0x400), "-");
}

Test(pci_names, msi_is_as_long_as_its_layout)
{
	static const struct {
		uint16_t flags;
		unsigned len;
	} t[] = {{0, 10}, {0x80, 14}, {0x100, 20}, {0x180, 24}};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		device(0x10d38086);
		raw[0xa0] = PCI_CAP_ID_MSI;
		le_put(raw + 0xa2, 2, t[i].flags);
		cr_assert_str_eq(config(0xa2), "MSI.CONTROL");
		cr_assert_neq(config(0xa0 + t[i].len - 1)[0], '-');
		cr_assert_str_eq(config(0xa0 + t[i].len), "-");
	}
}

Test(pci_names, a_chain_that_makes_no_sense_has_an_end)
{
	device(0x165f14e4);
	raw[0xc1] = 0x48;
	le_put(raw + 0x150, 4, 0x10010003);
	cr_assert_str_eq(config(0x4c), "PM.CONTROL");
	for (unsigned at = 0x40; at < 0x100; at += 4)
		raw[at + 1] = (uint8_t)(at + 4);
	cr_assert_str_eq(config(0x4e), "CAP-0x0+0x2");
	memset(raw, 0xff, sizeof(raw));
	cr_assert_str_eq(config(0x10), "BAR0");
}
