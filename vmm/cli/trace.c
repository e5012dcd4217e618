/* SPDX-License-Identifier: BSD-2-Clause */
/* Words to bits, and one open(2). */
#include "vmm/cli/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/tell.h"

#define AREAS "vfio, kvm, pci, irq, dma"

static int add_area(struct trace_opts *o, const char *word, size_t len)
{
	for (unsigned a = 0; a <= TELL_DMA; a++) {
		const char *name = tell_area_name((enum tell_area)a);

		if (strlen(name) == len && !strncmp(name, word, len)) {
			o->areas |= 1U << a;
			return 0;
		}
	}
	return err_set(EINVAL,
		       "--trace: \"%.*s\": no such area; give some of " AREAS
		       ", with commas between them",
		       (int)(len > 40 ? 40 : len), word);
}

int trace_parse(struct trace_opts *o, const char *text)
{
	size_t end = strcspn(text, ":");
	int rc = 0;

	o->areas = 0;
	o->file = text[end] ? text + end + 1 : NULL;
	if (o->file && !*o->file)
		return err_set(EINVAL, "--trace: no file behind the colon; "
				       "name one, or leave out the colon for "
				       "standard error");
	for (size_t at = 0, len; !rc && at <= end; at += len + 1) {
		len = strcspn(text + at, ",:");
		rc = add_area(o, text + at, len);
	}
	return rc;
}

/*
 * Two processes write to it in turn: each line goes to its end.  Nobody may
 * ever read a pipe: its open does not wait, its writes do as those to others.
 */
static int open_file(const char *path)
{
	int fd = open(path,
		      O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC |
			      O_NONBLOCK,
		      0644);

	if (fd < 0 && errno == ENXIO)
		return err_call(ENXIO, path, "open",
				"a pipe that nobody reads: start its reader "
				"first");
	if (fd < 0)
		return err_call(errno, path, "open",
				"give a file that can be written behind the "
				"colon of --trace");
	if (fcntl(fd, F_SETFL, O_APPEND)) {
		int err = errno;

		fd_close(&fd);
		return err_call(err, path, "fcntl",
				"give a regular file behind the colon of "
				"--trace");
	}
	return fd;
}

int trace_start(const struct trace_opts *o)
{
	int fd = STDERR_FILENO;

	if (o->areas && o->file)
		fd = open_file(o->file);
	if (fd < 0)
		return fd;
	if (o->areas)
		tell_trace(o->areas, fd);
	if (o->explain)
		tell_explain(STDERR_FILENO);
	return 0;
}
