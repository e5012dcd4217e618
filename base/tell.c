/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines, chapters and counts; see tell.h for why this has state. */
#include "base/tell.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"

#define FDS   4096 /* those of higher numbers have no names */
#define NAME  80
#define FOLDS 32

#define READER_MS 1000 /* until the first line is dropped */

/* Calls that are counted */
struct fold {
	const struct tell_row *row;
	enum tell_area area;
	uint64_t n;
};

unsigned tell_areas;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct {
	unsigned traced; /* bits; what is explained has no choice */
	struct fd_sink trace;
	bool explained;
	struct fd_sink explain;
	int failed;   /* the first error of a write: 0 or -errno */
	bool said_so; /* that it failed */
	bool hurry;   /* what would have to wait is not told */
	enum tell_chapter chapter;
	const char *why; /* the last sentence */
	struct fold fold[FOLDS];
	unsigned nfolds;
} now;
static char fd_name[FDS][NAME]; /* "": none; its pages come when used */

#define EXPLAINED (1U << TELL_VFIO | 1U << TELL_KVM | 1U << TELL_BIND)

const char *tell_area_name(enum tell_area a)
{
	/* clang-format off */
	static const char *const name[TELL_AREAS] = {
		[TELL_VFIO] = "vfio",
		[TELL_KVM]  = "kvm",
		[TELL_PCI]  = "pci",
		[TELL_IRQ]  = "irq",
		[TELL_DMA]  = "dma",
		[TELL_BIND] = "bind",
	};
	/* clang-format on */

	return name[a];
}

static const char *heading(enum tell_chapter c)
{
	/* clang-format off */
	static const char *const text[TELL_CHAPTERS] = {
		[TELL_CH_BIND]       = "host: the device changes its driver",
		[TELL_CH_GROUP]      = "group: what the IOMMU cannot tell apart",
		[TELL_CH_CONTAINER]  = "container: groups that share mappings",
		[TELL_CH_IOMMU]      = "IOMMU: what translates for the devices",
		[TELL_CH_DMA]        = "DMA: what the devices reach",
		[TELL_CH_DEVICE]     = "device: one function of the group",
		[TELL_CH_REGIONS]    = "regions: BARs, ROM, configuration space",
		[TELL_CH_INTERRUPTS] = "interrupts: from the device to the guest",
		[TELL_CH_GUEST]      = "guest: memory, CPUs and chips by KVM",
	};
	/* clang-format on */

	return text[c] ? text[c] : "";
}

void tell_trace(unsigned areas, int fd)
{
	now.traced = areas;
	now.trace = fd_sink(fd);
	tell_areas |= areas;
}

void tell_explain(int fd)
{
	now.explained = true;
	now.explain = fd_sink(fd);
	tell_areas |= EXPLAINED;
}

bool tell_on_terminal(void)
{
	return now.trace.terminal || now.explain.terminal;
}

void tell_off(void)
{
	tell_areas = 0;
	memset(&now, 0, sizeof(now));
	memset(fd_name, 0, sizeof(fd_name));
}

void tell_anew(void)
{
	now.chapter = TELL_NO_CHAPTER;
	now.why = NULL;
}

/* ---- text ------------------------------------------------------------- */

static void append(struct tell_text *t, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

static void append(struct tell_text *t, const char *fmt, va_list ap)
{
	size_t room = sizeof(t->s) - t->n;
	int n = vsnprintf(t->s + t->n, room, fmt, ap);

	if (n > 0)
		t->n += min_u64((uint64_t)n, room - 1);
}

void tell_add(struct tell_text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	append(t, fmt, ap);
	va_end(ap);
}

void tell_hex(struct tell_text *t, const char *key, uint64_t value)
{
	tell_add(t, " %s=0x%llx", key, (unsigned long long)value);
}

void tell_bits(struct tell_text *t, const char *key, uint64_t bits,
	       const char *const *name, size_t n)
{
	const char *sep = "";

	tell_add(t, " %s=", key);
	for (size_t i = 0; i < n; i++) {
		uint64_t bit = UINT64_C(1) << i;

		if (!(bits & bit) || !name[i])
			continue;
		tell_add(t, "%s%s", sep, name[i]);
		bits &= ~bit;
		sep = "|";
	}
	if (bits)
		tell_add(t, "%s0x%llx", sep, (unsigned long long)bits);
	else if (!*sep)
		tell_add(t, "0");
}

/* ---- descriptors ------------------------------------------------------ */

void tell_name_fd(int fd, const char *fmt, ...)
{
	va_list ap;

	if (!tell_areas || fd < 0 || fd >= FDS)
		return;
	va_start(ap, fmt);
	pthread_mutex_lock(&lock);
	vsnprintf(fd_name[fd], NAME, fmt, ap);
	pthread_mutex_unlock(&lock);
	va_end(ap);
}

const char *tell_fd_name(int fd)
{
	if (fd < 0)
		return "none";
	return fd < FDS && fd_name[fd][0] ? fd_name[fd] : "fd";
}

void tell_out_fd(struct tell_text *t, const void *arg, int rc)
{
	(void)arg;
	(void)rc;
	tell_add(t, " -> fd");
}

/* ---- lines; all of these under the lock ------------------------------- */

/*
 * What is not told in full is said once, and the run goes on.  Standard error
 * may be what takes nothing: then it is said when it does again.
 */
static void say_failed(void)
{
	if (!now.failed || now.said_so || fd_await_room(STDERR_FILENO, 0))
		return;
	now.said_so = true;
	log_warn("--trace, --explain: write: %s; not all is told",
		 err_name(now.failed));
}

/* Others wait for the lock meanwhile: a reader has one second, once. */
static void put(const struct fd_sink *to, struct tell_text *line)
{
	unsigned ms = now.failed || now.hurry ? 0 : READER_MS;
	int rc;

	say_failed();
	line->s[line->n++] = '\n';
	rc = fd_sink_write(to, line->s, line->n, ms);
	if (rc && !now.failed && !(now.hurry && rc == -ETIMEDOUT))
		now.failed = rc;
	say_failed();
}

static void line(const struct fd_sink *to, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void line(const struct fd_sink *to, const char *fmt, ...)
{
	struct tell_text t = {0};
	va_list ap;

	va_start(ap, fmt);
	append(&t, fmt, ap);
	va_end(ap);
	t.n = min_u64(t.n, sizeof(t.s) - 1);
	put(to, &t);
}

static void trace(enum tell_area a, const char *name, const char *text)
{
	if (now.traced >> a & 1)
		line(&now.trace, "%s %s%s", tell_area_name(a), name, text);
}

/* A sentence that was just said holds for what follows, too. */
static void explain(enum tell_area a, const struct tell_row *row,
		    const char *why, const char *text)
{
	if (!now.explained || !(EXPLAINED >> a & 1) || !row->chapter)
		return;
	if (row->chapter != now.chapter) {
		line(&now.explain, "== %s", heading(row->chapter));
		now.why = NULL;
	}
	now.chapter = row->chapter;
	if (why && why != now.why)
		line(&now.explain, "%s", why);
	now.why = why;
	line(&now.explain, "    %s%s", row->name, text);
}

/* How often before this time? */
static uint64_t count(enum tell_area a, const struct tell_row *row)
{
	for (unsigned i = 0; i < now.nfolds; i++)
		if (now.fold[i].row == row)
			return now.fold[i].n++;
	if (now.nfolds < FOLDS)
		now.fold[now.nfolds++] = (struct fold){row, a, 1};
	return 0;
}

static void both(const struct tell_call *c)
{
	enum tell_fold fold = c->row->fold;
	uint64_t before = fold == TELL_EACH ? 0 : count(c->area, c->row);

	if (fold != TELL_COUNTED || !before)
		trace(c->area, c->row->name, c->t.s);
	if (!before)
		explain(c->area, c->row, c->why, c->t.s);
}

/* ---- calls ------------------------------------------------------------ */

const struct tell_row *tell_find(const struct tell_row *rows, size_t n,
				 const char *name)
{
	static const struct tell_row none = {.name = "unknown"};

	for (size_t i = 0; i < n; i++)
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	return &none;
}

static void fill(struct tell_call *c, enum tell_area area,
		 const struct tell_row *row, const char *who, const void *arg)
{
	bool undoes = row->undoes && row->undoes(arg);

	*c = (struct tell_call){.area = area, .row = row, .arg = arg};
	c->why = undoes ? row->undo : row->why;
	tell_add(&c->t, " %s", who);
	if (row->in)
		row->in(&c->t, arg);
}

void tell_call_begin(struct tell_call *c, enum tell_area area,
		     const struct tell_row *row, const char *who,
		     const void *arg)
{
	pthread_mutex_lock(&lock);
	fill(c, area, row, who, arg);
	c->locked = true;
}

void tell_message_begin(struct tell_call *c, enum tell_area area,
			const struct tell_row *row, const char *who,
			const void *arg)
{
	fill(c, area, row, who, arg);
}

static void add_result(struct tell_call *c, int rc)
{
	if (rc < 0)
		tell_add(&c->t, " -> %s", err_name(rc));
	else if (c->row->out)
		c->row->out(&c->t, c->arg, rc);
	else
		tell_add(&c->t, " -> %d", rc);
}

void tell_call_end(struct tell_call *c, int rc)
{
	add_result(c, rc);
	if (!c->locked)
		pthread_mutex_lock(&lock);
	both(c);
	pthread_mutex_unlock(&lock);
}

void tell_message_try_end(struct tell_call *c, int rc)
{
	add_result(c, rc);
	if (pthread_mutex_trylock(&lock))
		return;
	now.hurry = true;
	both(c);
	now.hurry = false;
	pthread_mutex_unlock(&lock);
}

int tell_ioctl(enum tell_area area, const struct tell_row *row,
	       const struct tell_ioctl *c, tell_make_fn *make)
{
	struct tell_call call;
	int rc;

	tell_call_begin(&call, area, row, tell_fd_name(c->fd),
			(const void *)c->arg);
	rc = make(c);
	tell_call_end(&call, rc);
	return rc;
}

void tell_count(enum tell_area area, const struct tell_row *row,
		const char *who)
{
	struct tell_call c;

	pthread_mutex_lock(&lock);
	fill(&c, area, row, who, NULL);
	both(&c);
	pthread_mutex_unlock(&lock);
}

void tell_say(enum tell_area area, const char *name, const char *fmt, ...)
{
	struct tell_text t = {0};
	va_list ap;

	if (!tell_on(area))
		return;
	va_start(ap, fmt);
	append(&t, fmt, ap);
	va_end(ap);
	pthread_mutex_lock(&lock);
	trace(area, name, t.s);
	pthread_mutex_unlock(&lock);
}

static void one_count(const struct fold *f)
{
	char text[32];

	snprintf(text, sizeof(text), " calls=%llu", (unsigned long long)f->n);
	if (f->row->fold == TELL_COUNTED)
		trace(f->area, f->row->name, text);
	explain(f->area, f->row, "Counted, not told one by one:", text);
}

void tell_counts(void)
{
	pthread_mutex_lock(&lock);
	for (unsigned i = 0; i < now.nfolds; i++)
		one_count(&now.fold[i]);
	now.nfolds = 0;
	say_failed();
	pthread_mutex_unlock(&lock);
}
