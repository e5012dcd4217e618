/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text that a user or a file gives: addresses, sizes, and a whole command
 * line of `passthru run`, its words apart by newlines.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "vfio/bdf.h"
#include "vmm/cli/opts.h"

#define WORDS 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What parses is printed, and what was printed parses to the same. */
static void try_bdf(const char *text)
{
	struct pci_addr again;
	struct pci_addr a;
	char buf[BDF_STRLEN];

	if (bdf_parse(text, &a)) {
		assert(*err_last());
		return;
	}
	assert(a.dev < 32 && a.fn < 8);
	assert(!bdf_parse(bdf_format(a, buf), &again) && bdf_eq(a, again));
}

static void try_options(char *text)
{
	static char name[] = "run";
	char *argv[WORDS + 2] = {name};
	struct run_opts o;
	int argc = 1;
	char *save;

	for (char *w = strtok_r(text, "\n", &save); w && argc <= WORDS;
	     w = strtok_r(NULL, "\n", &save))
		argv[argc++] = w;
	err_clear();
	if (opts_parse_run(&o, argc, argv))
		assert(*err_last());
	else if (!o.help)
		assert(o.cpus >= 1 && o.memory >= 64 * MiB);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint64_t bytes;
	char text[1024];

	if (len >= sizeof(text))
		return 0;
	memcpy(text, data, len);
	text[len] = '\0';
	try_bdf(text);
	if (!opts_parse_size(text, &bytes))
		assert(!(bytes >> 63));
	try_options(text);
	return 0;
}
