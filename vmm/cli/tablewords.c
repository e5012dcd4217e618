/* SPDX-License-Identifier: BSD-2-Clause */
/* One pass over a line; what is copied is never longer than what was read. */
#include "vmm/cli/tablewords.h"

#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "vmm/cli/utf8.h"

#define ERE_CHARS   512
#define REPEATS_MAX 1000

struct cursor {
	const char *p, *end;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static int check_text(const char *s, size_t len)
{
	for (size_t n; len; s += n, len -= n) {
		n = *s == '\t' ? 1 : utf8_printable(s, len);
		if (!n)
			return err_set(EINVAL,
				       "byte 0x%02x: only printable UTF-8 and "
				       "tabs, please",
				       (unsigned char)*s);
	}
	return 0;
}

static int unescape(struct cursor *c, char *out)
{
	static const char in[] = "\"\\nt";
	static const char is[] = "\"\\\n\t";
	const char *which = c->p < c->end ? strchr(in, *c->p) : NULL;

	if (!which)
		return err_set(EINVAL, "a backslash in quotes: write \\\\ for "
				       "it, \\\" for a quote, \\n or \\t");
	*out = is[which - in];
	c->p++;
	return 0;
}

/* Behind the opening quote; up to the closing one, which a blank follows */
static int quoted(struct cursor *c, char **out)
{
	while (c->p < c->end && *c->p != '"') {
		char ch = *c->p++;

		if (ch == '\\' && unescape(c, &ch))
			return -EINVAL;
		*(*out)++ = ch;
	}
	if (c->p == c->end)
		return err_set(EINVAL, "a quote is not closed; write another "
				       "\" at the end of the word");
	c->p++;
	if (c->p < c->end && !is_blank(*c->p))
		return err_set(EINVAL, "a word goes on behind its quote; write "
				       "a blank there, or \\\" for a quote");
	return 0;
}

static int bare(struct cursor *c, char **out)
{
	for (; c->p < c->end && !is_blank(*c->p); c->p++) {
		if (*c->p == '"')
			return err_set(EINVAL, "a quote in a word; put the "
					       "whole word in quotes, with "
					       "\\\" for this one");
		*(*out)++ = *c->p;
	}
	return 0;
}

static int take_word(struct tablewords *w, struct cursor *c)
{
	int rc;

	if (w->n == TABLEWORDS_MAX)
		return err_set(EINVAL,
			       "more than %d words; put a command or text of "
			       "several words in quotes",
			       TABLEWORDS_MAX);
	w->word[w->n++] = w->words;
	w->word[w->n] = NULL;
	if (*c->p == '"') {
		c->p++;
		rc = quoted(c, &w->words);
	} else {
		rc = bare(c, &w->words);
	}
	*w->words++ = '\0';
	return rc;
}

int tablewords_split(struct tablewords *w, const char *line, size_t len)
{
	struct cursor c = {line, line + len - (len && line[len - 1] == '\r')};
	const char *from = NULL, *to = NULL;
	int rc = check_text(c.p, (size_t)(c.end - c.p));

	w->n = 0;
	while (!rc) {
		while (c.p < c.end && is_blank(*c.p))
			c.p++;
		if (c.p == c.end || *c.p == '#')
			break;
		from = from ? from : c.p;
		rc = take_word(w, &c);
		to = c.p;
	}
	w->name = w->names;
	if (from && !rc) {
		w->names = mempcpy(w->names, from, (size_t)(to - from));
		*w->names++ = '\0';
	}
	return rc;
}

int tablewords_number(const char *text, unsigned max, unsigned *v)
{
	unsigned long n;
	char *end;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || *end || n > max)
		return -EINVAL;
	*v = (unsigned)n;
	return 0;
}

/* The larger number of "{2,3}", at its brace; what is no such thing counts 1 */
static unsigned long repeats(const char *brace)
{
	char *end;
	unsigned long least = strtoul(brace + 1, &end, 10);
	unsigned long most = *end == ',' ? strtoul(end + 1, NULL, 10) : 0;

	least = least > most ? least : most;
	return least ? least : 1;
}

static const char *too_dear(const char *ere)
{
	unsigned long n = 1;

	if (strlen(ere) > ERE_CHARS)
		return "it is longer than 512 bytes";
	for (const char *p = ere; *p; p++) {
		if (*p == '\\' && p[1] >= '1' && p[1] <= '9')
			return "back-references are not taken";
		if (*p == '{') {
			unsigned long r = repeats(p);

			n = r > REPEATS_MAX ? r : n * r;
		}
		if (n > REPEATS_MAX)
			return "it repeats more than 1000 times";
		p += *p == '\\' && p[1];
	}
	return NULL;
}

const char *tablewords_bad_ere(const char *ere)
{
	static char why[128];
	regex_t re;
	int rc;

	if (too_dear(ere))
		return too_dear(ere);
	rc = regcomp(&re, ere, REG_EXTENDED | REG_NOSUB | REG_NEWLINE);
	if (!rc) {
		regfree(&re);
		return NULL;
	}
	regerror(rc, &re, why, sizeof(why));
	return why;
}

/* Of a copy with a NUL behind it: sanitizers want one, whatever REG_STARTEND
 * says. */
int tablewords_like(const char *ere, const char *text, size_t len)
{
	regmatch_t all = {0, (regoff_t)len};
	char *copy = malloc(len + 1);
	regex_t re;
	int rc;

	if (!copy || regcomp(&re, ere, REG_EXTENDED | REG_NEWLINE)) {
		free(copy);
		return -ENOMEM;
	}
	*(char *)mempcpy(copy, text, len) = '\0';
	rc = regexec(&re, copy, 1, &all, REG_STARTEND);
	regfree(&re);
	free(copy);
	if (rc == REG_NOMATCH)
		return 0;
	return rc ? -ENOMEM : 1;
}
