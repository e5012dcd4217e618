/* SPDX-License-Identifier: BSD-2-Clause */
/* One judge for each verb, and a table of them. */
#include "vmm/cli/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "vmm/cli/tablewords.h"

static void miss(struct verdict *v, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void miss(struct verdict *v, const char *fmt, ...)
{
	va_list ap;

	v->ok = false;
	va_start(ap, fmt);
	vsnprintf(v->why, sizeof(v->why), fmt, ap);
	va_end(ap);
}

/* Newlines at the end do not count, on neither side. */
static bool same(const struct result *r, const char *want)
{
	size_t len = r->len, n = strlen(want);

	while (len && r->out[len - 1] == '\n')
		len--;
	while (n && want[n - 1] == '\n')
		n--;
	return len == n && !memcmp(r->out, want, n);
}

static void by_status(const struct table_row *row, const struct result *r,
		      struct verdict *v)
{
	(void)row;
	if (r->status)
		miss(v, "failed with status %u", r->status);
}

static void by_fact(const struct table_row *row, const struct result *r,
		    struct verdict *v)
{
	if (r->status || !same(r, row->want))
		miss(v, "want %.200s", row->want);
}

static void by_presence(const struct table_row *row, const struct result *r,
			struct verdict *v)
{
	if (r->status)
		miss(v, "no such device");
	else if (*row->want)
		by_fact(row, r, v);
}

/* All that is sent: there may be more, which nobody saw */
static bool cut(const struct result *r)
{
	return r->len >= RESULT_OUTPUT_MAX;
}

static void by_text(const struct table_row *row, const struct result *r,
		    struct verdict *v)
{
	if (!same(r, row->want))
		miss(v, "want this output: %.200s", row->want);
	else if (cut(r))
		miss(v, "output too long to tell; want: %.200s", row->want);
}

/* What could not be looked for was not found, and is not known to be absent */
static void by_line(const struct table_row *row, const struct result *r,
		    struct verdict *v)
{
	int found = tablewords_like(row->want, r->out, r->len);
	bool none = row->op == TABLE_UNLIKE;

	if (found < 0)
		miss(v, "no memory to look for %.200s", row->want);
	else if (!none && !found)
		miss(v, "want a line that matches %.200s", row->want);
	else if (none && found)
		miss(v, "want no line that matches %.200s", row->want);
	else if (none && cut(r))
		miss(v,
		     "output too long to tell; want no line that matches "
		     "%.200s",
		     row->want);
}

static void by_output(const struct table_row *row, const struct result *r,
		      struct verdict *v)
{
	switch (row->op) {
	case TABLE_ANY:
		break;
	case TABLE_EQUAL:
		by_text(row, r, v);
		break;
	case TABLE_LIKE:
	case TABLE_UNLIKE:
		by_line(row, r, v);
		break;
	}
}

static void by_run(const struct table_row *row, const struct result *r,
		   struct verdict *v)
{
	if (r->status != row->status)
		miss(v, "status %u, want %u", r->status, row->status);
	else
		by_output(row, r, v);
}

/* clang-format off */
static void (*const judge[])(const struct table_row *row,
			     const struct result *r, struct verdict *v) = {
	[TABLE_PRESENT] = by_presence,
	[TABLE_DRIVER]  = by_fact,
	[TABLE_MAC]     = by_fact,
	[TABLE_LINK]    = by_fact,
	[TABLE_ADDRESS] = by_status,
	[TABLE_PING]    = by_status,
	[TABLE_RUN]     = by_run,
};
/* clang-format on */

void verdict_of(const struct table_row *row, const struct result *r,
		struct verdict *v)
{
	*v = (struct verdict){.ok = true, .there = true};
	judge[row->verb](row, r, v);
}

void verdict_none(const char *why, struct verdict *v)
{
	*v = (struct verdict){.there = false};
	miss(v, "%s", why);
}
