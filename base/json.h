/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * As much JSON as vfio-user's VERSION messages need: is it well formed, and
 * what number has this member?  Both ends read them: the client in vfio/user
 * and the server of tests/twin.
 *
 * One pass, no memory, nesting bounded.
 *
 * Source: RFC 8259.  Stricter: numbers that are asked for are whole and below
 * 2^63.  Laxer: strings are not checked to be UTF-8, nor names to be unique.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stddef.h>
#include <stdint.h>

enum { JSON_DEPTH = 16 };

/* A member that is a number, or true (1) or false (0) */
struct json_want {
	/* names of objects from the outermost's member on, and its own:
	 * "capabilities.max_data_xfer_size" */
	const char *path;
	uint64_t value; /* kept when there is no such member */
};

/**
 * json_read - check @text whole, and pick what is wanted from it
 * @text: @len bytes, no NUL needed
 * @want: @n members to look for
 *
 * Return: 0; -EINVAL (no message) when it is not an object of JSON, is nested
 *         deeper than JSON_DEPTH, or something wanted, or an object on its
 *         path, has another type.
 */
int json_read(const char *text, size_t len, struct json_want *want, size_t n)
	__attribute__((warn_unused_result));

#endif
