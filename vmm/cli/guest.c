/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the guest's files, and packs the command into an archive of its own. */
#include "vmm/cli/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/fd.h"
#include "vmm/cli/tty.h"

#ifndef PREFIX
#define PREFIX "/usr/local"
#endif

/*
 * no_timer_check and tsc=reliable: the timer and the TSC are KVM's, and are not
 * tested against each other.  cryptomgr.notests saves half of what is left of
 * the boot under software emulation; pci=noearly saves a fifth of the exits:
 * three scans of the bus for chipsets that this machine has not.
 */
#define CMDLINE                                                                \
	"console=ttyS0 panic=-1 no_timer_check tsc=reliable "                  \
	"cryptomgr.notests pci=noearly quiet"

#define HUGE (2 * MiB)

/* Our init writes COM2 and COM3 by itself, unless a terminal is on them. */
#define ONE_PORT  " 8250.nr_uarts=1"
#define ALL_PORTS " 8250.nr_uarts=3"

static int read_all(int fd, const char *path, size_t size, uint8_t *buf)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, buf + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_call(errno, path, "read", NULL);
		if (n == 0)
			return err_set(EIO,
				       "%s: it became shorter while it "
				       "was read; try again",
				       path);
		len += (size_t)n;
	}
	return 0;
}

/* In huge pages: as small ones, the faults of 60 MB take longer than reading.
 */
static void *allocate(size_t size)
{
	size_t len = align_up(size + 1, HUGE);
	void *p = aligned_alloc(HUGE, len);

	if (p)
		(void)madvise(p, len, MADV_HUGEPAGE);
	return p;
}

static int read_fd(int fd, const char *path, struct boot_blob *b, void **data)
{
	struct stat st;

	if (fstat(fd, &st))
		return err_call(errno, path, "fstat", NULL);
	if (!S_ISREG(st.st_mode))
		return err_set(EINVAL, "%s: not a regular file; give a file",
			       path);
	*data = allocate((size_t)st.st_size);
	if (!*data)
		return err_set(ENOMEM, "%s: no memory for %lld bytes", path,
			       (long long)st.st_size);
	*b = (struct boot_blob){*data, (size_t)st.st_size, path};
	return read_all(fd, path, b->len, *data);
}

static int read_file(const char *path, const char *option, struct boot_blob *b,
		     void **data)
{
	char cure[128];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int rc;

	snprintf(cure, sizeof(cure), "give a readable file with %s", option);
	if (fd < 0)
		return err_call(errno, path, "open", cure);
	rc = read_fd(fd, path, b, data);
	fd_close(&fd);
	return rc;
}

/*
 * DIR/initrd.img and a kernel beside it.  vmlinux, which is what vmlinuz holds
 * compressed, goes first: where KVM is slow, inflating takes half of the boot.
 */
static bool found(struct guest *g, const char *dir, const char *sub)
{
	static const char *const kernel[] = {"vmlinux", "vmlinuz"};

	snprintf(g->initrd_path, GUEST_PATH_MAX, "%s/%s/initrd.img", dir, sub);
	for (unsigned i = 0; i < ARRAY_SIZE(kernel); i++) {
		snprintf(g->kernel_path, GUEST_PATH_MAX, "%s/%s/%s", dir, sub,
			 kernel[i]);
		if (access(g->kernel_path, R_OK) == 0)
			return true;
	}
	return false;
}

static int find(struct guest *g)
{
	char exe[GUEST_PATH_MAX / 2];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	const char *dir;

	exe[n < 0 ? 0 : n] = '\0';
	dir = dirname(exe);
	if (found(g, dir, "guest") || found(g, dir, "../guest") ||
	    found(g, dir, "../lib/passthru") ||
	    found(g, PREFIX, "lib/passthru"))
		return 0;
	return err_set(ENOENT,
		       "no guest to boot beside %s nor in %s/lib/passthru; "
		       "type: make guest, or give --kernel and --initrd",
		       dir, PREFIX);
}

static int choose(struct guest *g, const struct run_opts *o)
{
	int rc = 0;

	if (!o->kernel)
		rc = find(g);
	else
		g->initrd_path[0] = '\0';
	if (o->kernel)
		snprintf(g->kernel_path, GUEST_PATH_MAX, "%s", o->kernel);
	if (o->initrd)
		snprintf(g->initrd_path, GUEST_PATH_MAX, "%s", o->initrd);
	return rc;
}

static int join_cmd(const struct run_opts *o, char **text, size_t *len)
{
	char *p;

	*len = 0;
	for (int i = 0; i < o->ncmd; i++)
		*len += strlen(o->cmd[i]) + 1;
	p = *text = malloc(*len + 1); /* at least one byte */
	if (!p)
		return err_set(ENOMEM, "no memory for the guest's command");
	for (int i = 0; i < o->ncmd; i++)
		p = stpcpy(p, o->cmd[i]) + 1;
	return 0;
}

static int add_cmd(struct guest *g, const struct run_opts *o)
{
	char *text = NULL;
	size_t len;
	int rc = join_cmd(o, &text, &len);

	if (!rc)
		rc = cpio_add(&g->extra, "passthru/cmd", S_IFREG | 0400, text,
			      len);
	free(text);
	return rc;
}

static int add_tty(struct guest *g)
{
	unsigned cols = 80;
	unsigned rows = 25;
	char text[32];
	int n;

	if (tty_size(STDIN_FILENO, &cols, &rows)) {
		cols = 80;
		rows = 25;
	}
	n = snprintf(text, sizeof(text), "%u %u\n", rows, cols);
	return cpio_add(&g->extra, "passthru/tty", S_IFREG | 0400, text,
			(size_t)n);
}

static int build_extra(struct guest *g, const struct run_opts *o, bool tty)
{
	int rc = 0;

	cpio_init(&g->extra);
	if (!o->cmd && !tty)
		return 0;
	rc = cpio_add(&g->extra, "passthru", S_IFDIR | 0755, NULL, 0);
	if (!rc && o->cmd)
		rc = add_cmd(g, o);
	if (!rc && tty)
		rc = add_tty(g);
	if (!rc)
		rc = cpio_finish(&g->extra);
	g->source.extra = (struct boot_blob){g->extra.data, g->extra.len,
					     "the guest's command"};
	return rc;
}

static int build_cmdline(struct guest *g, const struct run_opts *o, bool tty)
{
	int n = snprintf(g->cmdline, sizeof(g->cmdline), "%s%s%s%s", CMDLINE,
			 tty ? ALL_PORTS : ONE_PORT, o->append ? " " : "",
			 o->append ? o->append : "");

	if (n < 0 || (size_t)n >= sizeof(g->cmdline))
		return err_set(E2BIG,
			       "kernel command line of %d bytes: %d at most; "
			       "shorten --append",
			       n, BOOT_CMDLINE_MAX - 1);
	g->source.cmdline = g->cmdline;
	return 0;
}

/* The archive with the command reaches only a kernel, not a payload. */
static int read_files(struct guest *g)
{
	int rc = read_file(g->kernel_path, "--kernel", &g->source.kernel,
			   &g->kernel);

	if (!rc && g->initrd_path[0])
		rc = read_file(g->initrd_path, "--initrd", &g->source.initrd,
			       &g->initrd);
	return rc;
}

int guest_load(struct guest *g, const struct run_opts *o, bool tty)
{
	int rc;

	*g = (struct guest){0};
	rc = choose(g, o);
	if (!rc)
		rc = read_files(g);
	if (!rc)
		rc = build_extra(g, o, tty);
	if (!rc)
		rc = build_cmdline(g, o, tty);
	if (rc)
		guest_free(g);
	return rc;
}

void guest_free(struct guest *g)
{
	free(g->kernel);
	free(g->initrd);
	g->kernel = NULL;
	g->initrd = NULL;
	cpio_fini(&g->extra);
}
