/* SPDX-License-Identifier: BSD-2-Clause */
/* The log of calls, the n-th call that fails, descriptors and their objects. */
#include "tests/fake/fake.h"

#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"

#define LINES     4096
#define LINE_MAX_ 200
#define FILES     64
#define EVENTS    256

struct file {
	int fd; /* -1: free */
	ino_t ino;
	enum sim_kind kind;
	void *obj;
};

static struct {
	char line[LINES][LINE_MAX_]; /* the first byte is the kind */
	unsigned nlines;
	bool open_line; /* the last line is of the call under way */
	char text[LINES * 16];
	char blame[2048];
	unsigned calls;
	unsigned fail_at;
	int fail_err;
	char failed[64];
	struct file file[FILES];
	int ev[EVENTS];
	unsigned nev;
	int born[EVENTS]; /* by descriptor: how often it was an eventfd */
	struct sim_knobs knobs;
} sim;

/* The log */

static void add_line(char kind, const char *name, const char *fmt, va_list ap)
{
	char *to;
	int n;

	if (sim.nlines == LINES) {
		sim_wrong("log is full");
		return;
	}
	to = sim.line[sim.nlines++];
	*to = kind;
	n = 1 + snprintf(to + 1, LINE_MAX_ - 1, "%s%s", name,
			 *fmt && *name ? " " : "");
	vsnprintf(to + n, LINE_MAX_ - (size_t)n, fmt, ap);
	if (to[strlen(to) - 1] == ' ')
		to[strlen(to) - 1] = '\0';
}

int sim_enter(char kind, const char *name, const char *fmt, ...)
{
	va_list ap;

	sim.open_line = kind != 'x';
	if (sim.open_line) {
		va_start(ap, fmt);
		add_line(kind, name, fmt, ap);
		va_end(ap);
	}
	if (++sim.calls != sim.fail_at)
		return 0;
	name += !strcmp(name, "pread") || !strcmp(name, "pwrite");
	snprintf(sim.failed, sizeof(sim.failed), "%s", name);
	return sim_leave(-sim.fail_err);
}

int sim_leave(int rc)
{
	char *line = sim.nlines ? sim.line[sim.nlines - 1] : NULL;

	if (rc < 0 && line && sim.open_line)
		snprintf(line + strlen(line), LINE_MAX_ - strlen(line), " = %s",
			 err_name(rc));
	sim.open_line = false;
	return rc;
}

void sim_note(char kind, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_line(kind, "", fmt, ap);
	va_end(ap);
}

const char *sim_take(const char *kinds)
{
	size_t n = 0;

	sim.text[0] = '\0';
	for (unsigned i = 0; i < sim.nlines; i++)
		if (strchr(kinds, sim.line[i][0]) && n < sizeof(sim.text))
			n += (size_t)snprintf(sim.text + n,
					      sizeof(sim.text) - n, "%s\n",
					      sim.line[i] + 1);
	sim.nlines = 0;
	sim.open_line = false;
	return sim.text;
}

void sim_wrong(const char *fmt, ...)
{
	size_t n = strlen(sim.blame);
	va_list ap;

	va_start(ap, fmt);
	n += (size_t)vsnprintf(sim.blame + n, sizeof(sim.blame) - n, fmt, ap);
	va_end(ap);
	if (n + 1 < sizeof(sim.blame))
		memcpy(sim.blame + n, "\n", 2);
}

const char *sim_blame(void)
{
	return sim.blame;
}

void sim_fail(unsigned n, int err)
{
	sim.calls = 0;
	sim.fail_at = n;
	sim.fail_err = err;
	sim.failed[0] = '\0';
}

unsigned sim_calls(void)
{
	return sim.calls;
}

const char *sim_failed(void)
{
	return sim.failed;
}

/* Descriptors: a memory file each, known again by its inode */

static bool open_still(const struct file *f)
{
	struct stat st;

	return f->fd >= 0 && !fstat(f->fd, &st) && st.st_ino == f->ino;
}

int sim_file_new(enum sim_kind kind, void *obj)
{
	int fd = memfd_create("sim", MFD_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		abort();
	for (unsigned i = 0; i < FILES; i++) {
		struct file *f = &sim.file[i];

		if (open_still(f))
			continue;
		*f = (struct file){fd, st.st_ino, kind, obj};
		return fd;
	}
	abort();
}

static struct file *file_at(int fd)
{
	for (unsigned i = 0; i < FILES; i++)
		if (fd >= 0 && sim.file[i].fd == fd && open_still(&sim.file[i]))
			return &sim.file[i];
	return NULL;
}

void *sim_file(int fd, enum sim_kind kind)
{
	const struct file *f = file_at(fd);

	return f && f->kind == kind ? f->obj : NULL;
}

void *sim_file_close(int fd, enum sim_kind *kind)
{
	struct file *f = file_at(fd);
	void *obj = NULL;

	if (f) {
		obj = f->obj;
		*kind = f->kind;
		f->fd = -1;
	}
	close(fd);
	return obj;
}

bool sim_alive(enum sim_kind kind, const void *obj)
{
	for (unsigned i = 0; i < FILES; i++)
		if (sim.file[i].kind == kind && sim.file[i].obj == obj &&
		    open_still(&sim.file[i]))
			return true;
	return false;
}

/* Eventfds */

void sim_ev_new(int fd)
{
	if (sim.nev < EVENTS)
		sim.ev[sim.nev++] = fd;
	if (fd >= 0 && fd < EVENTS)
		sim.born[fd]++;
}

void sim_ev_unnamed(int fd)
{
	if (sim.nev && sim.ev[sim.nev - 1] == fd)
		sim.nev--;
}

const char *sim_ev(int fd)
{
	static char name[8][16];
	static unsigned turn;
	char *to = name[turn++ % ARRAY_SIZE(name)];

	if (fd < 0)
		return "-";
	for (unsigned i = sim.nev; i--;)
		if (sim.ev[i] == fd) {
			snprintf(to, sizeof(name[0]), "ev%u", i);
			return to;
		}
	return "ev?";
}

/* Descriptors come again, and so do the kernel's numbers of eventfds. */
long sim_ev_id(int fd)
{
	char path[40];
	char line[64];
	long id = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fd < 0 ? NULL : fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "eventfd-id:", 11))
			id = strtol(line + 11, NULL, 10);
	if (f)
		fclose(f);
	return id < 0 || fd >= EVENTS ? id : id << 20 | sim.born[fd];
}

bool sim_is_eventfd(int fd)
{
	return sim_ev_id(fd) >= 0;
}

bool sim_ev_take(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	eventfd_t count;

	return fd >= 0 && poll(&p, 1, 0) == 1 && p.revents & POLLIN &&
	       !eventfd_read(fd, &count);
}

/* The whole */

struct sim_knobs *sim_knobs(void)
{
	return &sim.knobs;
}

struct sim_count sim_count(void)
{
	struct sim_count c = {0};

	for (unsigned i = 0; i < FILES; i++)
		c.files += open_still(&sim.file[i]);
	sim_kvm_count(&c);
	sim_vfio_count(&c);
	return c;
}

void sim_reset(void)
{
	static bool begun;

	for (unsigned i = 0; i < FILES; i++) {
		if (begun && open_still(&sim.file[i]))
			close(sim.file[i].fd);
		sim.file[i].fd = -1;
	}
	begun = true;
	sim_vfio_reset();
	sim_kvm_reset();
	sim.nlines = sim.nev = 0;
	sim.blame[0] = '\0';
	sim.open_line = false;
	sim_fail(0, 0);
	sim.knobs = (struct sim_knobs){
		.kvm_version = KVM_API_VERSION,
		.no_kvm_cap = -1,
		.phys_bits = 40,
	};
}

void sim_end(void)
{
	const struct sim_count none = {0};
	struct sim_count now = sim_count();

	if (memcmp(&now, &none, sizeof(now)))
		sim_wrong("left: files %u maps %u slots %u irqfds %u routes %u "
			  "dma %u",
			  now.files, now.maps, now.slots, now.irqfds,
			  now.routes, now.dma);
	if (*sim.blame) {
		fprintf(stderr, "%s", sim.blame);
		abort();
	}
	sim_reset();
}
