/* SPDX-License-Identifier: BSD-2-Clause */
/* Error status registers as words. */
#include <criterion/criterion.h>

#include <string.h>

#include "vmm/pci/aer.h"

static const char *text(uint32_t uncor, uint32_t cor)
{
	static char buf[1024];

	pci_aer_print((struct pci_aer){uncor, cor}, buf, sizeof(buf));
	return buf;
}

Test(pci_aer, bits_have_names)
{
	cr_assert_str_eq(text(1u << 14, 0),
			 "uncorrectable 0x00004000 (Completion Timeout), "
			 "correctable 0");
	cr_assert_str_eq(text(0, 1 << 13 | 1 << 6),
			 "uncorrectable 0, correctable 0x00002040 (Bad TLP, "
			 "Advisory Non-Fatal Error)");
}

Test(pci_aer, a_bit_without_a_name_is_in_the_number)
{
	cr_assert_str_eq(text(1u << 31, 1 << 1),
			 "uncorrectable 0x80000000, correctable 0x00000002");
	cr_assert_str_eq(text(1u << 31 | 1u << 18, 0),
			 "uncorrectable 0x80040000 (Malformed TLP), "
			 "correctable 0");
}

Test(pci_aer, what_does_not_fit_is_cut)
{
	char buf[32];

	memset(buf, 'x', sizeof(buf));
	pci_aer_print((struct pci_aer){UINT32_MAX, UINT32_MAX}, buf, 20);
	cr_assert_str_eq(buf, "uncorrectable 0xfff");
	cr_assert_eq(buf[20], 'x');
	pci_aer_print((struct pci_aer){1, 1}, buf, 0);
	cr_assert_eq(buf[0], 'u', "nothing is written");
	cr_assert_lt(strlen(text(UINT32_MAX, UINT32_MAX)), 600,
		     "all of it is less than a message");
}
