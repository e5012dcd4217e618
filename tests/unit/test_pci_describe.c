/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configuration space in words: that of a BCM5720 (tests/golden/bcm5720.txt),
 * and such as no device should have.
 */
#include <criterion/criterion.h>

#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "vmm/pci/describe.h"
#include "vmm/pci/names.h"

static uint8_t raw[PCI_CFG_MAX];
static struct pci_cap_at cap[PCI_CAPS_MAX];
static char detail[PCI_DETAIL_MAX];

/* The first function of lspci -xxxx */
static void load(void)
{
	FILE *f = fopen("tests/golden/bcm5720.txt", "r");
	char line[256];

	cr_assert_not_null(f);
	cr_assert(fgets(line, sizeof(line), f));
	while (fgets(line, sizeof(line), f) && line[0] != '\n') {
		char *p;
		unsigned long at = strtoul(line, &p, 16);

		cr_assert_eq(*p, ':', "%s", line);
		for (unsigned i = 0; i < 16; i++)
			raw[(at + i) % PCI_CFG_MAX] =
				(uint8_t)strtoul(p + 1, &p, 16);
	}
	fclose(f);
}

static const char *says(enum pci_rule_place place, unsigned id, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (cap[i].place != place || cap[i].id != id)
			continue;
		pci_describe_cap(raw, &cap[i], detail);
		return detail;
	}
	cr_assert_fail("no capability 0x%x", id);
	return "";
}

Test(pci_describe, a_bcm5720)
{
	unsigned n;

	load();
	n = pci_describe_caps(raw, PCI_CFG_MAX, cap, PCI_CAPS_MAX);
	cr_assert_eq(n, 9);
	cr_assert_str_eq(says(PCI_IN_CAP, PCI_CAP_ID_PM, n),
			 "now D0, D3hot to D0 keeps the state, can wake");
	cr_assert_str_eq(says(PCI_IN_CAP, PCI_CAP_ID_MSI, n),
			 "8 vectors at most, 64-bit address");
	cr_assert_str_eq(says(PCI_IN_CAP, PCI_CAP_ID_MSIX, n),
			 "17 vectors, table BAR4+0x0, PBA BAR4+0x1000, on");
	cr_assert_str_eq(says(PCI_IN_CAP, PCI_CAP_ID_EXP, n),
			 "endpoint v2, FLR, payload 256 of 256, "
			 "link 5 GT/s x2 of 5 GT/s x2");
	cr_assert_str_eq(says(PCI_IN_EXT, PCI_EXT_CAP_ID_ERR, n),
			 "uncorrectable 0x0, correctable 0x0");
	cr_assert_str_eq(says(PCI_IN_EXT, PCI_EXT_CAP_ID_PWR, n), "");
	cr_assert_str_eq(pci_cap_name(PCI_IN_EXT, PCI_EXT_CAP_ID_SRIOV),
			 "SR-IOV");
	cr_assert_eq(pci_describe_caps(raw, 256, cap, PCI_CAPS_MAX), 5);
}

Test(pci_describe, capabilities_of_virtualization)
{
	static const struct {
		unsigned id;
		uint64_t words[2]; /* from 4 on */
		const char *says;
	} row[] = {
		{PCI_EXT_CAP_ID_ARI, {0x0300}, "next function 3"},
		{PCI_EXT_CAP_ID_ATS, {0x80000000}, "on"},
		{PCI_EXT_CAP_ID_ATS, {0}, ""},
		{PCI_EXT_CAP_ID_ACS,
		 {PCI_ACS_SV | PCI_ACS_RR | PCI_ACS_CR},
		 "source validation, request redirect, completion redirect"},
		{PCI_EXT_CAP_ID_SRIOV,
		 {0, UINT64_C(0x0008000800000000)},
		 "0 of 8 virtual functions, device 0000"},
		{PCI_EXT_CAP_ID_PASID, {0x1400}, "20 bits"},
		{PCI_EXT_CAP_ID_REBAR, {UINT64_C(0x4000000000)}, "2 BARs"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		memset(raw, 0, sizeof(raw));
		le_put(raw + 0x100, 4, row[i].id | 1 << 16);
		le_put(raw + 0x104, 8, row[i].words[0]);
		if (row[i].id == PCI_EXT_CAP_ID_SRIOV)
			le_put(raw + 0x108, 8, row[i].words[1]);
		cr_assert_eq(pci_describe_caps(raw, PCI_CFG_MAX, cap, 4), 1);
		cr_assert_eq(cap[0].version, 1);
		cr_assert_str_eq(says(PCI_IN_EXT, row[i].id, 1), row[i].says);
	}
}

Test(pci_describe, registers_by_name)
{
	static struct pci_names names;
	static const struct {
		unsigned off;
		const char *name;
	} row[] = {
		{0x04, "COMMAND, STATUS"},
		{0x08, "REVISION, CLASS"},
		{0x0c, "CACHE_LINE_SIZE, LATENCY, HEADER_TYPE, BIST"},
		{0x24, "BAR5"},
		{0x34, "CAPABILITIES"},
		{0x38, "-"},
		{0x4c, "PM.CONTROL"},
		{0x58, "MSI.ID, CONTROL"},
		{0xa0, "MSI-X.ID, CONTROL"},
		{0xb4, "EXPRESS.DEVICE_CONTROL, DEVICE_STATUS"},
		{0x104, "AER.UNCORRECTABLE_STATUS"},
		{0x13c, "SERIAL_NUMBER.ID"}, /* right behind AER */
		{0x140, "SERIAL_NUMBER.ID+0x4"},
		{0x68, "MISC_HOST_CTRL"}, /* the chip's own, behind MSI */
		{0xffc, "-"},
	};

	load();
	pci_names_init(&names, raw, PCI_CFG_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(row); i++)
		cr_assert_str_eq(pci_name_word(&names, row[i].off, detail),
				 row[i].name, "0x%x: %s", row[i].off, detail);
}

Test(pci_describe, a_chain_without_an_end_ends)
{
	raw[PCI_STATUS] = PCI_STATUS_CAP_LIST;
	raw[PCI_CAPABILITY_LIST] = 0x40;
	raw[0x40] = PCI_CAP_ID_VPD;
	raw[0x41] = 0x40;
	le_put(raw + 0x100, 4, 0x10010001);
	cr_assert_eq(pci_describe_caps(raw, PCI_CFG_MAX, cap, PCI_CAPS_MAX), 2);
	cr_assert_eq(cap[1].at, 0x100, "the other chain is there");
	cr_assert_eq(pci_describe_caps(raw, 256, cap, PCI_CAPS_MAX), 1);
	raw[0x41] = 0x10; /* into the header */
	cr_assert_eq(pci_describe_caps(raw, 256, cap, PCI_CAPS_MAX), 1);
}

/* Whatever the bytes are, texts end and nothing outside is read (asan). */
Test(pci_describe, noise)
{
	srand(5720);
	for (unsigned i = 0; i < 300; i++) {
		unsigned n;

		for (size_t k = 0; k < sizeof(raw); k++)
			raw[k] = (uint8_t)(rand() >> 7);
		raw[PCI_STATUS] |= PCI_STATUS_CAP_LIST;
		n = pci_describe_caps(raw, PCI_CFG_MAX, cap, PCI_CAPS_MAX);
		for (unsigned k = 0; k < n; k++) {
			cap[k].id %= 0x30;
			pci_describe_cap(raw, &cap[k], detail);
			cr_assert_lt(strlen(detail), PCI_DETAIL_MAX);
		}
	}
	for (unsigned id = 0; id < 0x30; id++) {
		const struct pci_cap_at last = {PCI_IN_EXT, id, 0xffc, 1};

		pci_describe_cap(raw, &last, detail);
	}
}
