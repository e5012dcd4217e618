/* SPDX-License-Identifier: BSD-2-Clause */
/* Everything goes to a FILE; whoever opened it looks for errors. */
#include "base/jsonout.h"

#include <inttypes.h>

/* Length of the valid UTF-8 sequence at @p, 0 when there is none (RFC 3629) */
static size_t utf8_len(const unsigned char *p)
{
	size_t n = p[0] < 0x80                   ? 1
		   : p[0] >= 0xc2 && p[0] < 0xe0 ? 2
		   : (p[0] & 0xf0) == 0xe0       ? 3
		   : p[0] >= 0xf0 && p[0] < 0xf5 ? 4
						 : 0;

	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

void jsonout_string(FILE *f, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n;

	fputc('"', f);
	for (; *p; p += n ? n : 1) {
		n = utf8_len(p);
		if (*p == '"' || *p == '\\')
			fprintf(f, "\\%c", *p);
		else if (*p < ' ' || *p == 0x7f)
			fprintf(f, "\\u%04x", *p);
		else if (n)
			fwrite(p, 1, n, f);
		else
			fputs("\\ufffd", f);
	}
	fputc('"', f);
}

static void member(struct jsonout *j, const char *key)
{
	if (j->more)
		fputs(", ", j->f);
	j->more = true;
	if (!key)
		return;
	jsonout_string(j->f, key);
	fputs(": ", j->f);
}

void jsonout_open(struct jsonout *j, const char *key, char bracket)
{
	member(j, key);
	fputc(bracket, j->f);
	j->more = false;
}

void jsonout_close(struct jsonout *j, char bracket)
{
	fputc(bracket, j->f);
	j->more = true;
}

void jsonout_number(struct jsonout *j, const char *key, uint64_t v)
{
	member(j, key);
	fprintf(j->f, "%" PRIu64, v);
}

void jsonout_bool(struct jsonout *j, const char *key, bool v)
{
	member(j, key);
	fputs(v ? "true" : "false", j->f);
}

void jsonout_text(struct jsonout *j, const char *key, const char *text)
{
	member(j, key);
	if (text)
		jsonout_string(j->f, text);
	else
		fputs("null", j->f);
}

void jsonout_hex(struct jsonout *j, const char *key, uint64_t v)
{
	member(j, key);
	fprintf(j->f, "\"0x%" PRIx64 "\"", v);
}

void jsonout_ms(struct jsonout *j, const char *key, uint64_t ns)
{
	member(j, key);
	fprintf(j->f, "%" PRIu64 ".%03" PRIu64, ns / 1000000, ns / 1000 % 1000);
}
