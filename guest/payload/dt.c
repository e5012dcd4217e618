/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A reader of flattened device trees, for a tree that the VMM made.
 *
 * Layout: Devicetree Specification 0.4, chapter 5.  Everything is big-endian
 * and 4-byte aligned.  Properties of a node come before its children, so a
 * walk from token to token needs no stack.
 */
#include "payload.h"

#define MAGIC 0xd00dfeed

enum token { BEGIN_NODE = 1, END_NODE, PROP, NOP, END = 9 };

static const uint8_t *structs; /* the structure block */
static const char *strings;    /* property names */
static int structs_len;

static uint32_t be32(const void *p)
{
	return __builtin_bswap32(*(const uint32_t *)p);
}

static bool same(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

static uint32_t length(const char *s)
{
	uint32_t n = 0;

	while (s[n])
		n++;
	return n;
}

/* Offset behind the token at @at. */
static int next(int at)
{
	const char *name = (const char *)structs + at + 4;

	switch (be32(structs + at)) {
	case BEGIN_NODE:
		return at + 4 + (int)((length(name) + 4) & ~3u);
	case PROP:
		return at + 12 + (int)((be32(structs + at + 4) + 3) & ~3u);
	default:
		return at + 4;
	}
}

bool dt_init(const void *fdt)
{
	const uint8_t *f = fdt;

	if (be32(f) != MAGIC)
		return false;
	structs = f + be32(f + 8);
	strings = (const char *)f + be32(f + 12);
	structs_len = (int)be32(f + 36);
	return true;
}

int dt_named(const char *name)
{
	for (int at = 0; at < structs_len; at = next(at)) {
		const char *s = (const char *)structs + at + 4;

		if (be32(structs + at) != BEGIN_NODE)
			continue;
		for (const char *n = name; *n && *s == *n; s++, n++)
			if (!n[1] && (!s[1] || s[1] == '@'))
				return next(at);
	}
	return -1;
}

const void *dt_prop(int node, const char *name, uint32_t *len)
{
	*len = 0;
	for (int at = node; at >= 0 && at < structs_len; at = next(at)) {
		const uint8_t *p = structs + at;

		if (be32(p) != PROP && be32(p) != NOP)
			break;
		if (be32(p) == PROP && same(strings + be32(p + 8), name)) {
			*len = be32(p + 4);
			return p + 12;
		}
	}
	return NULL;
}

/* "compatible" is a list of strings, each with its NUL. */
static bool lists(const char *list, uint32_t len, const char *want)
{
	for (uint32_t i = 0; i < len; i += length(list + i) + 1)
		if (same(list + i, want))
			return true;
	return false;
}

int dt_compatible(const char *compat)
{
	for (int at = 0; at < structs_len; at = next(at)) {
		const char *list;
		uint32_t len;

		if (be32(structs + at) != BEGIN_NODE)
			continue;
		list = dt_prop(next(at), "compatible", &len);
		if (lists(list, len, compat))
			return next(at);
	}
	return -1;
}

bool dt_reg(int node, uint64_t *base, uint64_t *len)
{
	uint32_t bytes;
	const uint8_t *p = dt_prop(node, "reg", &bytes);

	*base = 0;
	*len = 0;
	if (bytes < 16)
		return false;
	*base = (uint64_t)be32(p) << 32 | be32(p + 4);
	*len = (uint64_t)be32(p + 8) << 32 | be32(p + 12);
	return true;
}

const char *arg(const char *key)
{
	uint32_t len, n = length(key);
	const char *s = dt_prop(dt_named("chosen"), "bootargs", &len);

	for (uint32_t i = 0; i + n < len; i++) {
		uint32_t k = 0;

		while (k < n && s[i + k] == key[k])
			k++;
		if (k == n && s[i + n] == '=' && (!i || s[i - 1] == ' '))
			return s + i + n + 1;
	}
	return NULL;
}

uint32_t arg_u32(const char *key, uint32_t otherwise)
{
	const char *s = arg(key);
	uint32_t v = 0;

	if (!s || *s < '0' || *s > '9')
		return otherwise;
	for (; *s >= '0' && *s <= '9'; s++)
		v = v * 10 + (uint32_t)(*s - '0');
	return v;
}
