/* SPDX-License-Identifier: BSD-2-Clause */
/* Knows the words of --break, and which build has them. */
#include "vmm/cli/breaks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/breaks.h"
#include "base/bytes.h"
#include "base/err.h"

#ifdef LESSONS

/* clang-format off */
static const char *const words[BREAK_BITS] = {
	[BREAK_NO_RAM]        = "no-ram",
	[BREAK_ONE_FUNCTION]  = "one-function",
	[BREAK_NO_DMA_MAP]    = "no-dma-map",
	[BREAK_SHORT_MEMLOCK] = "short-memlock",
	[BREAK_NO_BUSMASTER]  = "no-busmaster",
	[BREAK_MMAP_MSIX]     = "mmap-msix",
	[BREAK_WRONG_GSI]     = "wrong-gsi",
	[BREAK_NO_RESAMPLE]   = "no-resample",
	[BREAK_NO_REQUEST]    = "no-request",
	[BREAK_OPEN_FILE]     = "open-file",
};
/* clang-format on */

static int no_such_word(const char *word)
{
	char all[256] = "";
	size_t n = 0;

	for (unsigned i = 0; i < BREAK_BITS && n < sizeof(all); i++)
		n += (size_t)snprintf(all + n, sizeof(all) - n, "%s%s",
				      i ? ", " : "", words[i]);
	return err_set(EINVAL, "--break %s: no such word; give one of: %s",
		       word, all);
}

int breaks_parse(const char *word, unsigned *set)
{
	for (unsigned i = 0; i < BREAK_BITS; i++) {
		if (strcmp(word, words[i]) != 0)
			continue;
		*set |= 1U << i;
		return 0;
	}
	return no_such_word(word);
}

#else

int breaks_parse(const char *word, unsigned *set)
{
	(void)word;
	(void)set;
	return err_set(EINVAL, "--break: no such option in this build; for the "
			       "experiments of docs/lessons type: make "
			       "LESSONS=1");
}

#endif
