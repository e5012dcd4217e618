/* SPDX-License-Identifier: BSD-2-Clause */
/* The table and the JSON of `passthru list`, and names from pci.ids. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "test_host_fake.h"
#include "vmm/cli/list.h"

static struct fake f;

static void setup(void)
{
	fake_init(&f);
	fake_pair(&f);
	fake_text(&f, "pci.ids",
		  "# comment\n"
		  "10d3  Wrong: a vendor, not the device\n"
		  "8086  Intel Corporation\n"
		  "\t10d2  Before it\n"
		  "\t10d3  82574L \"Gigabit\" Network Connection\n"
		  "\t\t8086 a01f  A subsystem\n"
		  "\t10d\n\t\nzzzz\n"
		  "C 02  Network controller\n"
		  "\t10d3  Not a device\n");
}

static void teardown(void)
{
	fake_fini(&f);
}

TestSuite(host_list, .init = setup, .fini = teardown);

/* Print with @print; the caller frees */
static char *printed(void (*print)(const struct list *l, FILE *out))
{
	char ids[SYSFS_PATH_MAX], *text = NULL;
	size_t size;
	struct list l;
	FILE *out = open_memstream(&text, &size);

	sysfs_path(ids, "%s/pci.ids", f.root);
	cr_assert_eq(list_init(&l, &f.s, ids), 0, "%s", err_last());
	print(&l, out);
	list_fini(&l);
	fclose(out);
	return text;
}

Test(host_list, json_is_stable)
{
	char *text = printed(list_json);
	const char *want =
		"[\n"
		" {\"bdf\": \"0000:00:1c.0\", \"vendor\": \"8086\", "
		"\"device\": \"10d3\", \"class\": \"060400\", "
		"\"vendor_name\": \"Intel Corporation\", "
		"\"device_name\": \"82574L \\\"Gigabit\\\" Network "
		"Connection\", \"driver\": null, \"iommu_group\": 16, "
		"\"group_others\": [\"0000:02:00.0\", \"0000:02:00.1\"]},\n";

	cr_assert_eq(strncmp(text, want, strlen(want)), 0, "%s", text);
	cr_assert(strstr(text, "\"driver\": \"e1000e\""));
	cr_assert_str_eq(text + strlen(text) - 5, "]}\n]\n");
	free(text);
}

Test(host_list, json_of_a_host_without_devices_and_without_a_group)
{
	char *text;

	fake_rm(&f, "sys/bus/pci/devices");
	fake_text(&f, "sys/bus/pci/devices/.keep", "%s", "");
	text = printed(list_json);
	cr_assert_str_eq(text, "[\n]\n");
	free(text);
	fake_dev(&f, "0000:06:00.0", 0x020000, -1, NULL);
	fake_dev(&f, "0000:07:00.0", 0x020000, -1, NULL);
	text = printed(list_json);
	cr_assert(strstr(text, "\"iommu_group\": null, \"group_others\": []"));
	free(text);
}

Test(host_list, json_strings)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"", "\"\""},
		{"a\"b\\c/", "\"a\\\"b\\\\c/\""},
		{"\n\x1b[0m\x7f", "\"\\u000a\\u001b[0m\\u007f\""},
		{"\xc3\xa9", "\"\xc3\xa9\""},
		{"\xe2\x82\xac", "\"\xe2\x82\xac\""},
		{"\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\""},
		{"\xc3", "\"\\ufffd\""},
		{"\xc0\x80", "\"\\ufffd\\ufffd\""},
		{"\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""},
		{"\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""},
		{"\x80x", "\"\\ufffdx\""},
		{"\xe2\x82", "\"\\ufffd\\ufffd\""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		list_json_string(cases[i].in, out);
		fclose(out);
		cr_assert_str_eq(text, cases[i].out, "row %zu: %s", i, text);
		free(text);
	}
}

static void narrow_enough(const char *text)
{
	size_t len;

	for (; *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		cr_assert_leq(len, 100, "%.*s", (int)len, text);
	}
}

Test(host_list, table)
{
	char *text = printed(list_table);

	narrow_enough(text);
	cr_assert(strstr(text, "0000:02:00.0  8086:10d3  e1000e           16  "
			       "Intel 82574L \"Gigabit\" Network Connec  "
			       "00:1c.0 02:00.1\n"),
		  "%s", text);
	free(text);
}

Test(host_list, table_with_large_groups_long_and_nasty_names)
{
	char bdf[BDF_STRLEN], *text;

	for (int i = 0; i < 25; i++) {
		snprintf(bdf, sizeof(bdf), "0000:03:%02x.0", i);
		fake_dev(&f, bdf, 0x020000, 17, "e1000e");
	}
	fake_text(&f, "pci.ids", "8086  \x1b]0;evil\x07%0150d\n", 1);
	text = printed(list_table);
	narrow_enough(text);
	cr_assert_null(strchr(text, '\x1b'));
	cr_assert(strstr(text, "03:18.0\n"));
	free(text);
}

Test(host_list, no_pci_ids)
{
	char *text;

	fake_rm(&f, "pci.ids");
	text = printed(list_json);
	cr_assert(strstr(text, "\"vendor_name\": \"\""));
	free(text);
	text = printed(list_table);
	narrow_enough(text);
	free(text);
}
