/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file of `passthru test`, and behind its first NUL, if there is one, what a
 * guest answers to it.  What is accepted is well formed; what is reported of
 * any answer has no control character in it.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "vmm/cli/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct table t;
static struct result result[TABLE_ROWS_MAX];
static struct verdict verdict[TABLE_ROWS_MAX];

static void check_rows(void)
{
	struct pci_addr a;
	char mac[TABLE_MAC_LEN];

	assert(t.n >= 1 && t.n <= TABLE_ROWS_MAX);
	for (unsigned i = 0; i < t.n; i++) {
		const struct table_row *r = &t.row[i];

		assert(*r->name && *r->where && r->want && r->status < 256);
		assert(r->verb > TABLE_MAC || bdf_try(r->where, &a));
		assert(r->verb != TABLE_MAC || r->host ||
		       table_mac_ok(r->mac, mac));
	}
}

static void print(report_fn *format, const struct report *r)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	assert(f);
	format(f, r);
	fclose(f);
	for (size_t i = 0; i < n; i++)
		assert(text[i] == '\n' || (uint8_t)text[i] >= ' ');
	free(text);
}

static void answer(const char *text, size_t len)
{
	struct report r = {&t, result, verdict, NULL};
	unsigned n = result_read("N", text, len, result, t.n);

	for (unsigned i = 0; i < t.n; i++) {
		if (i < n)
			verdict_of(&t.row[i], &result[i], &verdict[i]);
		else
			verdict_none("no answer", &verdict[i]);
	}
	print(report_tap, &r);
	print(report_junit, &r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *nul = len ? memchr(data, 0, len) : NULL;
	size_t n = nul ? (size_t)(nul - data) : len;

	err_clear();
	if (table_parse(&t, "F", (const char *)data, n)) {
		assert(*err_last());
	} else {
		check_rows();
		answer((const char *)data + n + !!nul, len - n - !!nul);
	}
	table_fini(&t);
	return 0;
}
