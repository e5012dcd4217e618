/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recursive descent, to JSON_DEPTH.
 *
 * Every function eats what it is named after and returns whether it was there;
 * the text ends where .end is, and peek() says 0 from there on.
 */
#include "base/json.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

struct text {
	const char *s;
	size_t len;
};

struct reader {
	const char *p, *end;
	struct json_want *want;
	size_t n;
	unsigned depth; /* values around this one */
	/* each one's name in the next outer one; "" in an array */
	struct text name[JSON_DEPTH + 1];
};

static int peek(const struct reader *r)
{
	return r->p < r->end ? (unsigned char)*r->p : '\0';
}

static void space(struct reader *r)
{
	while (peek(r) == ' ' || peek(r) == '\t' || peek(r) == '\r' ||
	       peek(r) == '\n')
		r->p++;
}

static bool eat(struct reader *r, char c)
{
	if (peek(r) != c)
		return false;
	r->p++;
	return true;
}

static bool word(struct reader *r, const char *w)
{
	size_t n = strlen(w);

	if ((size_t)(r->end - r->p) < n || memcmp(r->p, w, n) != 0)
		return false;
	r->p += n;
	return true;
}

static bool digits(struct reader *r)
{
	const char *from = r->p;

	while (peek(r) >= '0' && peek(r) <= '9')
		r->p++;
	return r->p > from;
}

static bool escape(struct reader *r)
{
	static const char hex[] = "0123456789abcdefABCDEF";

	if (!eat(r, 'u')) {
		if (!peek(r) || !strchr("\"\\/bfnrt", peek(r)))
			return false;
		r->p++;
		return true;
	}
	for (unsigned i = 0; i < 4; i++, r->p++)
		if (!peek(r) || !strchr(hex, peek(r)))
			return false;
	return true;
}

static bool string(struct reader *r, struct text *t)
{
	if (!eat(r, '"'))
		return false;
	t->s = r->p;
	while (peek(r) != '"') {
		if (peek(r) < ' ')
			return false; /* the end, too */
		if (eat(r, '\\') ? !escape(r) : !r->p++)
			return false;
	}
	t->len = (size_t)(r->p++ - t->s);
	return true;
}

static bool number(struct reader *r)
{
	eat(r, '-');
	if (!eat(r, '0') && !digits(r))
		return false;
	if (eat(r, '.') && !digits(r))
		return false;
	if (eat(r, 'e') || eat(r, 'E')) {
		if (!eat(r, '+'))
			eat(r, '-');
		return digits(r);
	}
	return true;
}

static bool value(struct reader *r, struct text name);

static bool array(struct reader *r)
{
	space(r);
	if (eat(r, ']'))
		return true;
	do {
		if (!value(r, (struct text){"", 0}))
			return false;
	} while (eat(r, ','));
	return eat(r, ']');
}

/*
 * How the names down to this value compare with @path: what is left of it,
 * "" when it is this value, NULL when it is elsewhere.
 */
static const char *path_left(const struct reader *r, const char *path)
{
	for (unsigned i = 2; i <= r->depth; i++) {
		struct text t = r->name[i];

		if (i > 2 && *path++ != '.')
			return NULL;
		if (!t.len || memchr(t.s, '.', t.len) ||
		    strncmp(path, t.s, t.len) != 0)
			return NULL;
		path += t.len;
		if (*path && *path != '.')
			return NULL;
	}
	return path;
}

/* The scalar at r->p, which is wanted: take it. */
static bool take(const struct reader *r, uint64_t *value)
{
	struct reader ahead = *r;
	const char *p = r->p;
	uint64_t v = 0;

	if (word(&ahead, "true") || word(&ahead, "false")) {
		*value = *p == 't';
		return true;
	}
	for (; p < r->end && *p >= '0' && *p <= '9'; p++) {
		if (v > INT64_MAX / 10 - 1)
			return false;
		v = 10 * v + (uint64_t)(*p - '0');
	}
	if (p == r->p || (p < r->end && strchr(".eE", *p) && *p))
		return false;
	*value = v;
	return true;
}

/* If the value at r->p is wanted, or on the way to what is: is it fit? */
static bool look(struct reader *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const char *left = path_left(r, r->want[i].path);

		if (!left)
			continue;
		if (*left ? peek(r) != '{' : !take(r, &r->want[i].value))
			return false;
	}
	return true;
}

static bool object(struct reader *r)
{
	struct text name;

	space(r);
	if (eat(r, '}'))
		return true;
	do {
		space(r);
		if (!string(r, &name))
			return false;
		space(r);
		if (!eat(r, ':') || !value(r, name))
			return false;
	} while (eat(r, ','));
	return eat(r, '}');
}

/* Any value and the space around it; @name is its member's name, if any */
static bool value(struct reader *r, struct text name)
{
	struct text t;
	bool ok;

	space(r);
	if (++r->depth > JSON_DEPTH)
		return false;
	r->name[r->depth] = name;
	if (!look(r))
		return false;
	if (peek(r) == '"')
		ok = string(r, &t);
	else if (eat(r, '{'))
		ok = object(r);
	else if (eat(r, '['))
		ok = array(r);
	else
		ok = word(r, "true") || word(r, "false") || word(r, "null") ||
		     number(r);
	r->depth--;
	space(r);
	return ok;
}

int json_read(const char *text, size_t len, struct json_want *want, size_t n)
{
	struct reader r = {.p = text, .end = text + len, .want = want, .n = n};

	space(&r);
	if (peek(&r) != '{' || !value(&r, (struct text){"", 0}))
		return -EINVAL;
	return r.p == r.end ? 0 : -EINVAL;
}
