/* SPDX-License-Identifier: BSD-2-Clause */
/* What cannot be read is 0: without huge pages there are no such files. */
#include "base/huge.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/fd.h"

uint64_t huge_count(const char *sys, const char *leaf)
{
	char path[256], text[32];

	snprintf(path, sizeof(path),
		 "%s/kernel/mm/hugepages/hugepages-2048kB/%s", sys, leaf);
	return fd_read_text(path, text, sizeof(text)) < 0
		       ? 0
		       : strtoull(text, NULL, 10);
}

uint64_t huge_available(const char *sys)
{
	uint64_t free_pages = huge_count(sys, "free_hugepages");
	uint64_t promised = huge_count(sys, "resv_hugepages");

	return free_pages > promised ? free_pages - promised : 0;
}
