/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Anything as a record of what was bound.  With a first byte that is odd the
 * checksum is put behind it, so that what stands behind the checksum's check is
 * reached; what is read is written, and read again as the same.
 */
#include <assert.h>
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "vfio/journal.h"

#define NAME "0000:02:00.0"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static char dir[] = "/tmp/passthru-fuzz-XXXXXX";
static struct sysfs host;

static void cleanup(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/" NAME, dir);
	unlink(path);
	rmdir(dir);
}

static void make_dir(void)
{
	if (!mkdtemp(dir))
		err(1, "%s", dir);
	atexit(cleanup);
	host = *sysfs_host();
	host.run = dir;
}

/* FNV-1a, as journal.h says */
static uint64_t sum(const uint8_t *p, size_t len)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	while (len--)
		h = (h ^ *p++) * UINT64_C(0x100000001b3);
	return h;
}

static void store(const uint8_t *data, size_t len, bool good)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/" NAME, dir);
	f = fopen(path, "wb");
	if (!f || fwrite(data, 1, len, f) != len)
		err(1, "%s", path);
	if (good)
		fprintf(f, "end=%016" PRIx64 "\n", sum(data, len));
	fclose(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct pci_addr a = {.bus = 2};
	struct journal_rec rec, again;

	if (!len)
		return 0;
	if (!host.run)
		make_dir();
	store(data + 1, len - 1, data[0] & 1);
	err_clear();
	if (journal_read(&host, a, &rec)) {
		assert(*err_last());
		return 0;
	}
	assert(bdf_eq(rec.addr, a) && rec.up.n <= SYSFS_NAMES_MAX);
	assert(!journal_write(&host, &rec) && !journal_read(&host, a, &again));
	assert(!strcmp(rec.driver, again.driver) && rec.up.n == again.up.n);
	return 0;
}
