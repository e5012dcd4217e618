/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses as users type them, right and wrong. */
#include <criterion/criterion.h>

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "vfio/bdf.h"

static const struct {
	const char *text;
	const char *printed; /* NULL: refused */
} cases[] = {
	{"0000:02:00.0", "0000:02:00.0"},
	{"02:00.0", "0000:02:00.0"},
	{"ff:1f.7", "0000:ff:1f.7"},
	{"FF:1F.7", "0000:ff:1f.7"},
	{"0001:0a:0B.3", "0001:0a:0b.3"},
	{"10000:01:00.0", "10000:01:00.0"},
	{"ffffffff:ff:1f.7", "ffffffff:ff:1f.7"},
	{"", NULL},
	{":", NULL},
	{"::", NULL},
	{".", NULL},
	{"02", NULL},
	{"02:", NULL},
	{"02:00", NULL},
	{"02:00.", NULL},
	{"02:00.8", NULL},
	{"02:20.0", NULL},
	{"2:00.0", NULL},
	{"02:0.0", NULL},
	{"002:00.0", NULL},
	{"02:00.00", NULL},
	{"02:00.0 ", NULL},
	{" 02:00.0", NULL},
	{"-2:00.0", NULL},
	{"0x:00.0", NULL},
	{"000:02:00.0", NULL},
	{":02:00.0", NULL},
	{"100000000:02:00.0", NULL},
	{"0000:02:00.0/", NULL},
	{"0000:02:00.0\n", NULL},
	{"../../etc/passwd", NULL},
	{"0000:0000:02:00.0", NULL},
	{"g0:00.0", NULL},
};

Test(host_bdf, cases)
{
	char buf[BDF_STRLEN];
	struct pci_addr a;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *text = cases[i].text;

		err_clear();
		if (cases[i].printed) {
			cr_assert_eq(bdf_parse(text, &a), 0, "%s", text);
			cr_assert_str_eq(bdf_format(a, buf), cases[i].printed);
		} else {
			cr_assert_eq(bdf_parse(text, &a), -EINVAL, "%s", text);
			cr_assert(strstr(err_last(), "passthru list"));
		}
	}
}

Test(host_bdf, long_text_is_cut_in_the_message)
{
	char text[5000];
	struct pci_addr a;

	memset(text, '0', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	cr_assert_eq(bdf_parse(text, &a), -EINVAL);
	cr_assert_lt(strlen(err_last()), 200);
}

Test(host_bdf, order)
{
	struct pci_addr a = {.bus = 2}, b = {.bus = 2, .fn = 1};
	struct pci_addr far = {.domain = 1};

	cr_assert_lt(bdf_cmp(a, b), 0);
	cr_assert_gt(bdf_cmp(far, b), 0);
	cr_assert(bdf_eq(a, a));
	cr_assert(!bdf_eq(a, b));
}
