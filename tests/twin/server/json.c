/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recursive descent, to VFU_JSON_DEPTH.
 *
 * Every function eats what it is named after and returns whether it was there;
 * the text ends where .end is, and peek() says 0 from there on.
 */
#include "tests/twin/server/json.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

struct reader {
	const char *p, *end;
	struct vfu_json_want *want;
	size_t n;
	unsigned depth;
};

struct text {
	const char *s;
	size_t len;
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

static bool is(struct text t, const char *s)
{
	return t.len == strlen(s) && !memcmp(t.s, s, t.len);
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

static bool value(struct reader *r, struct text path);

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

/* The value at r->p, whose object's and own names match @w: take it. */
static bool take(struct reader *r, struct vfu_json_want *w)
{
	uint64_t v = 0;
	const char *p = r->p;

	for (; p < r->end && *p >= '0' && *p <= '9'; p++) {
		if (v > INT64_MAX / 10 - 1)
			return false;
		v = 10 * v + (uint64_t)(*p - '0');
	}
	if (p == r->p || (p < r->end && strchr(".eE", *p) && *p))
		return false;
	w->value = v;
	return true;
}

/* A member's value; @object is the name of the object that it is in. */
static bool member(struct reader *r, struct text object, struct text name)
{
	space(r);
	for (size_t i = 0; r->depth == 2 && i < r->n; i++)
		if (is(object, r->want[i].object) &&
		    is(name, r->want[i].member) && !take(r, &r->want[i]))
			return false;
	for (size_t i = 0; r->depth == 1 && i < r->n; i++)
		if (is(name, r->want[i].object) && peek(r) != '{')
			return false;
	return value(r, name);
}

static bool object(struct reader *r, struct text self)
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
		if (!eat(r, ':') || !member(r, self, name))
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
	if (++r->depth > VFU_JSON_DEPTH)
		return false;
	if (peek(r) == '"')
		ok = string(r, &t);
	else if (eat(r, '{'))
		ok = object(r, name);
	else if (eat(r, '['))
		ok = array(r);
	else
		ok = word(r, "true") || word(r, "false") || word(r, "null") ||
		     number(r);
	r->depth--;
	space(r);
	return ok;
}

int vfu_json_read(const char *text, size_t len, struct vfu_json_want *want,
		  size_t n)
{
	struct reader r = {.p = text, .end = text + len, .want = want, .n = n};

	space(&r);
	if (peek(&r) != '{' || !value(&r, (struct text){"", 0}))
		return -EINVAL;
	return r.p == r.end ? 0 : -EINVAL;
}
