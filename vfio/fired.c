/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /proc/interrupts is a table: a line with a column for each CPU that is on,
 * then one line for each interrupt: number, colon, a count for each CPU, its
 * controller, and the names of those who asked for it.
 */
#include "vfio/fired.h"

#include <fcntl.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST 16384      /* bytes; doubled while there is more */
#define MOST  (16 << 20) /* 4000 interrupts on 300 CPUs */

int fired_open(void)
{
	return open("/proc/interrupts", O_RDONLY | O_CLOEXEC);
}

/* Bytes up to the end, or -1: it cannot be read, or fills @cap */
static ssize_t read_whole(int fd, char *buf, size_t cap)
{
	size_t n = 0;
	ssize_t got;

	do {
		got = pread(fd, buf + n, cap - n, (off_t)n);
		if (got < 0)
			return -1;
		n += (size_t)got;
	} while (got && n < cap);
	return n < cap ? (ssize_t)n : -1;
}

void fired_take(struct fired *f, int fd)
{
	*f = (struct fired){0};
	for (size_t cap = FIRST; fd >= 0 && cap <= MOST; cap *= 2) {
		char *text = malloc(cap);
		ssize_t n = text ? read_whole(fd, text, cap) : -1;

		if (n >= 0) {
			text[n] = '\0';
			f->text = text;
			return;
		}
		free(text);
	}
}

void fired_free(struct fired *f)
{
	free(f->text);
	f->text = NULL;
}

/* As the kernel's driver writes it; "" for what it has no name for */
static void name_of(const char *dev, uint32_t index, unsigned vector, char *buf,
		    size_t cap)
{
	*buf = '\0';
	if (index == VFIO_PCI_INTX_IRQ_INDEX)
		snprintf(buf, cap, "vfio-intx(%s)", dev);
	else if (index == VFIO_PCI_MSI_IRQ_INDEX)
		snprintf(buf, cap, "vfio-msi[%u](%s)", vector, dev);
	else if (index == VFIO_PCI_MSIX_IRQ_INDEX)
		snprintf(buf, cap, "vfio-msix[%u](%s)", vector, dev);
}

/* The line in which @name is one of the names, from its beginning */
static const char *line_of(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	/* a list, as of a line that is shared, has commas */
	while (at && (at == text || at[-1] != ' ' ||
		      !strchr("\n,", at[strlen(name)])))
		at = strstr(at + 1, name);
	while (at && at > text && at[-1] != '\n')
		at--;
	return at;
}

/* Of all CPUs; what follows the counts is no number, as no controller is */
static uint64_t sum(const char *line)
{
	const char *p = strchr(line, ':');
	uint64_t total = 0;
	char *end;

	for (p = p ? p + 1 : line;; p = end) {
		uint64_t n = strtoull(p, &end, 10);

		if (end == p || *end != ' ')
			return total;
		total += n;
	}
}

uint64_t fired_count(const struct fired *f, const char *dev, uint32_t index,
		     unsigned vector)
{
	char name[64];
	const char *line;

	name_of(dev, index, vector, name, sizeof(name));
	line = f->text && *name ? line_of(f->text, name) : NULL;
	return line ? sum(line) : FIRED_UNKNOWN;
}
