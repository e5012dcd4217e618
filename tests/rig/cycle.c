/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opens and closes a machine with passed-through devices many times in one
 * process, and fails when that leaves open files or pinned memory behind.
 *
 *   cycle KERNEL COUNT BDF...     functions on vfio-pci already
 *
 * Knows the machine's interface and /proc/self.  Not a unit test, because it
 * is the real kernel that must have forgotten everything.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/fd.h"
#include "vfio/bind.h"
#include "vmm/machine/machine.h"

#define KERNEL_MAX (1024 * 1024)
#define WARM       2 /* cycles before the first look: caches fill up */

/* What a process holds, as the kernel counts it */
struct held {
	unsigned long long fds;
	unsigned long long locked; /* KiB */
	unsigned long long pinned; /* KiB */
	unsigned long long maps;   /* mappings */
};

static unsigned long long number(const char *text, const char *name)
{
	const char *p = strstr(text, name);

	return p ? strtoull(p + strlen(name), NULL, 10) : 0;
}

static unsigned count_dir(const char *path)
{
	DIR *d = opendir(path);
	unsigned n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

static unsigned count_lines(const char *path)
{
	FILE *f = fopen(path, "r");
	unsigned n = 0;
	int c;

	while (f && (c = fgetc(f)) != EOF)
		n += c == '\n';
	if (f)
		fclose(f);
	return n;
}

static struct held look(void)
{
	char text[4096] = "";
	struct held h;

	if (fd_read_text("/proc/self/status", text, sizeof(text)) < 0)
		fprintf(stderr, "cycle: %s\n", err_last());
	h.locked = number(text, "VmLck:");
	h.pinned = number(text, "VmPin:");
	h.maps = count_lines("/proc/self/maps");
	h.fds = count_dir("/proc/self/fd");
	printf("fds %llu VmLck %llu VmPin %llu VmRSS %llu mappings %llu\n",
	       h.fds, h.locked, h.pinned, number(text, "VmRSS:"), h.maps);
	return h;
}

/* While a machine is open its RAM is pinned: shows that we look right. */
static int cycle(const struct machine_config *cfg, bool show)
{
	static struct machine m;
	int rc = machine_open(&m, cfg);

	if (!rc && show) {
		printf("while open: ");
		if (look().locked < cfg->ram_size / KiB)
			rc = err_set(EIO, "guest RAM is not counted as locked");
	}
	return machine_close(&m) ? -1 : rc;
}

static int fill(struct machine_config *cfg, char **bdf, int n)
{
	for (int i = 0; i < n; i++) {
		struct machine_device *d = &cfg->dev[i];
		int rc = bdf_parse(bdf[i], &d->src.addr);

		d->src.ops = &vfio_kernel;
		if (!rc)
			rc = bind_check(sysfs_host(), d->src.addr,
					&d->src.group);
		if (rc)
			return rc;
		d->slot = 10 + (unsigned)i;
	}
	cfg->ndev = (unsigned)n;
	return 0;
}

static int load(const char *path, struct boot_blob *b)
{
	static char buf[KERNEL_MAX];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf));

	fd_close(&fd);
	if (n < 0)
		return err_set(EIO, "cannot read %s", path);
	*b = (struct boot_blob){buf, (size_t)n, path};
	return 0;
}

static int run(const char *kernel, unsigned count, char **bdf, int nbdf)
{
	struct machine_config cfg = {
		.ncpus = 2,
		.ram_size = 64 * MiB,
		.boot.cmdline = "",
		.out_fd = {-1, -1, -1},
		.input_fd = -1,
		.fired_fd = -1,
	};
	struct held first = {0};
	struct held last;
	int rc = load(kernel, &cfg.boot.kernel);

	if (!rc)
		rc = fill(&cfg, bdf, nbdf);
	for (unsigned i = 0; !rc && i < count; i++) {
		rc = cycle(&cfg, i == 0);
		if (i + 1 == WARM)
			first = look();
	}
	if (rc)
		return rc;
	last = look();
	return memcmp(&first, &last, sizeof(first)) == 0
		       ? 0
		       : err_set(EIO, "the process holds more than before");
}

int main(int argc, char **argv)
{
	if (argc < 4) {
		fprintf(stderr, "usage: cycle KERNEL COUNT BDF...\n");
		return 2;
	}
	if (run(argv[1], (unsigned)strtoul(argv[2], NULL, 10), argv + 3,
		argc - 3)) {
		fprintf(stderr, "cycle: %s\n", err_last());
		return 1;
	}
	return 0;
}
