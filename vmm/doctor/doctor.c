/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The order of the checks, and the list that they fill; see doctor.h.
 *
 * A list that cannot grow is found out at the end: nobody in between has to
 * ask.
 */
#include "vmm/doctor/doctor.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/err.h"
#include "vmm/doctor/check.h"

#define STEP 32 /* findings */

/* As uname(2) has it, which the process's life does not change */
static const char *modules_dir(void)
{
	static char path[sizeof("/lib/modules/") +
			 sizeof(((struct utsname *)0)->release)];
	struct utsname u;

	if (uname(&u) < 0)
		return "/lib/modules";
	snprintf(path, sizeof(path), "/lib/modules/%s", u.release);
	return path;
}

void doctor_init(struct doctor *d, const struct sysfs *s, uint64_t memory)
{
	*d = (struct doctor){
		.s = s,
		.modules = modules_dir(),
		.root = geteuid() == 0,
		.memory = memory,
	};
	check_subject(d, NULL);
}

void doctor_fini(struct doctor *d)
{
	free(d->v);
	d->v = NULL;
	d->n = d->cap = 0;
}

static void examine_host(struct doctor *d)
{
	check_cpu(d);
	check_iommu(d);
	check_modules(d);
	check_memory(d);
}

int doctor_examine(struct doctor *d, const struct pci_addr *a, size_t n)
{
	d->dev = a;
	d->ndev = n;
	check_subject(d, NULL);
	examine_host(d);
	for (size_t i = 0; i < n; i++) {
		check_subject(d, &a[i]);
		check_device(d, a[i]);
	}
	if (!n)
		check_candidates(d);
	return d->full ? err_set(ENOMEM, "no memory for what was found") : 0;
}

size_t doctor_count(const struct doctor *d, enum doctor_level level)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++)
		n += d->v[i].level == level;
	return n;
}

const char *doctor_level_name(enum doctor_level level)
{
	static const char *const names[] = {
		[DOCTOR_OK] = "ok",
		[DOCTOR_WARNING] = "warning",
		[DOCTOR_FAIL] = "fail",
	};

	return names[level];
}

/* ---- what the checks say ---- */

void check_subject(struct doctor *d, const struct pci_addr *a)
{
	if (a)
		bdf_format(*a, d->subject);
	else
		memcpy(d->subject, DOCTOR_HOST, sizeof(DOCTOR_HOST));
}

static struct finding *add(struct doctor *d, enum doctor_level level,
			   const char *id)
{
	struct finding *f;

	if (d->n == d->cap) {
		f = realloc(d->v, (d->cap + STEP) * sizeof(*f));
		if (!f) {
			d->full = true;
			return NULL;
		}
		d->v = f;
		d->cap += STEP;
	}
	f = &d->v[d->n++];
	*f = (struct finding){.level = level, .id = id};
	memcpy(f->subject, d->subject, sizeof(f->subject));
	return f;
}

void check_say(struct doctor *d, enum doctor_level level, const char *id,
	       const char *fmt, ...)
{
	struct finding *f = add(d, level, id);
	va_list ap;

	if (!f)
		return;
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
}

void check_cure(struct doctor *d, const char *fmt, ...)
{
	va_list ap;

	if (d->full || !d->n)
		return;
	va_start(ap, fmt);
	vsnprintf(d->v[d->n - 1].cure, sizeof(d->v[0].cure), fmt, ap);
	va_end(ap);
}

/* Messages begin with the device's name; a finding has it already */
void check_error(struct doctor *d, enum doctor_level level, const char *id)
{
	const char *text = err_last();
	size_t n = strlen(d->subject);

	if (strncmp(text, d->subject, n) == 0 &&
	    strncmp(text + n, ": ", 2) == 0)
		text += n + 2;
	check_say(d, level, id, "%s", text);
}

bool check_named(const struct doctor *d, struct pci_addr a)
{
	for (size_t i = 0; i < d->ndev; i++)
		if (bdf_eq(d->dev[i], a))
			return true;
	return false;
}
