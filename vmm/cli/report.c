/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two printers and two ways to write a string.  Only put_text() looks at bytes;
 * a table for each form says what its special characters become.
 */
#include "vmm/cli/report.h"

#include <string.h>

#include "vmm/cli/utf8.h"

/* What becomes of a character; the last row's .to is NULL */
struct escape {
	char c;
	const char *to;
};

/* clang-format off */
static const struct escape tap_name[] = {
	{'#', "\\#"}, {'\\', "\\\\"}, {'\t', " "}, {0, NULL},
};

static const struct escape yaml[] = {
	{'"', "\\\""}, {'\\', "\\\\"}, {'\n', "\\n"}, {'\t', "\\t"}, {0, NULL},
};

static const struct escape xml[] = {
	{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'\n', "\n"},
	{'\t', "&#9;"}, {0, NULL},
};

static const struct escape xml_attr[] = {
	{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"},
	{'\n', "&#10;"}, {'\t', "&#9;"}, {0, NULL},
};
/* clang-format on */

static const char *escaped(const struct escape *e, char c)
{
	while (e->to && e->c != c)
		e++;
	return e->to;
}

static void put_text(FILE *f, const struct escape *e, const char *s, size_t len)
{
	for (size_t n; len; s += n, len -= n) {
		const char *to = escaped(e, *s);

		n = to ? 1 : utf8_printable(s, len);
		if (to)
			fputs(to, f);
		else if (n)
			fwrite(s, 1, n, f);
		else
			fprintf(f, "\\x%02x", (unsigned char)*s);
		n += !n;
	}
}

static void put(FILE *f, const struct escape *e, const char *s)
{
	put_text(f, e, s, strlen(s));
}

/* The end of the output, which tells most */
static void put_output(FILE *f, const struct escape *e, const struct result *r)
{
	size_t cut =
		r->len > REPORT_OUTPUT_MAX ? r->len - REPORT_OUTPUT_MAX : 0;

	if (cut)
		fprintf(f, "[%zu bytes before] ", cut);
	put_text(f, e, r->out + cut, r->len - cut);
}

unsigned report_misses(const struct report *r)
{
	unsigned n = 0;

	for (unsigned i = 0; i < r->t->n; i++)
		n += !r->verdict[i].ok;
	return n;
}

static unsigned no_results(const struct report *r)
{
	unsigned n = 0;

	for (unsigned i = 0; i < r->t->n; i++)
		n += !r->verdict[i].there;
	return n;
}

static void tap_why(FILE *f, const struct report *r, unsigned i)
{
	fputs("  ---\n  message: \"", f);
	put(f, yaml, r->verdict[i].why);
	fputs("\"\n  at: \"", f);
	put(f, yaml, r->t->file);
	fprintf(f, ":%u\"\n", r->t->row[i].line);
	if (r->verdict[i].there) {
		fputs("  output: \"", f);
		put_output(f, yaml, &r->result[i]);
		fputs("\"\n", f);
	}
	fputs("  ...\n", f);
}

void report_tap(FILE *f, const struct report *r)
{
	fprintf(f, "TAP version 13\n1..%u\n", r->t->n);
	for (unsigned i = 0; i < r->t->n; i++) {
		fprintf(f, "%sok %u - ", r->verdict[i].ok ? "" : "not ", i + 1);
		put(f, tap_name, r->t->row[i].name);
		fputc('\n', f);
		if (!r->verdict[i].ok)
			tap_why(f, r, i);
	}
	if (r->log) {
		fputs("# the guest's console: ", f);
		put(f, yaml, r->log);
		fputc('\n', f);
	}
}

static void put_seconds(FILE *f, uint64_t cs)
{
	fprintf(f, " time=\"%llu.%02u\"", (unsigned long long)(cs / 100),
		(unsigned)(cs % 100));
}

static uint64_t all_cs(const struct report *r)
{
	uint64_t cs = 0;

	for (unsigned i = 0; i < r->t->n; i++)
		cs += r->verdict[i].there ? r->result[i].cs : 0;
	return cs;
}

static void junit_why(FILE *f, const struct report *r, unsigned i)
{
	const struct verdict *v = &r->verdict[i];
	const char *what = v->there ? "failure" : "error";

	fprintf(f, ">\n      <%s type=\"%s\" message=\"", what,
		table_verb_name(r->t->row[i].verb));
	put(f, xml_attr, v->why);
	fputs("\">", f);
	put(f, xml, r->t->file);
	fprintf(f, ":%u", r->t->row[i].line);
	if (v->there) {
		fputc('\n', f);
		put_output(f, xml, &r->result[i]);
	}
	fprintf(f, "</%s>\n    </testcase>\n", what);
}

static void junit_case(FILE *f, const struct report *r, unsigned i)
{
	const struct verdict *v = &r->verdict[i];

	fputs("    <testcase classname=\"", f);
	put(f, xml_attr, r->t->file);
	fputs("\" name=\"", f);
	put(f, xml_attr, r->t->row[i].name);
	fputc('"', f);
	put_seconds(f, v->there ? r->result[i].cs : 0);
	if (v->ok)
		fputs("/>\n", f);
	else
		junit_why(f, r, i);
}

static void junit_suite(FILE *f, const struct report *r)
{
	unsigned none = no_results(r);

	fputs("  <testsuite name=\"", f);
	put(f, xml_attr, r->t->file);
	fprintf(f, "\" tests=\"%u\" failures=\"%u\" errors=\"%u\"", r->t->n,
		report_misses(r) - none, none);
	fputs(" skipped=\"0\"", f);
	put_seconds(f, all_cs(r));
	fputs(">\n", f);
}

void report_junit(FILE *f, const struct report *r)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", f);
	junit_suite(f, r);
	for (unsigned i = 0; i < r->t->n; i++)
		junit_case(f, r, i);
	if (r->log) {
		fputs("    <system-out>the guest's console: ", f);
		put(f, xml, r->log);
		fputs("</system-out>\n", f);
	}
	fputs("  </testsuite>\n</testsuites>\n", f);
}
