/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * As much JSON as VERSION messages need: is it well formed, and what number
 * has this member?
 *
 * One pass, no memory, nesting bounded.  A library would bring a dependency
 * that a client, which reads the same messages, must not have.
 *
 * Source: RFC 8259.  Stricter: numbers that are asked for are whole and below
 * 2^63.  Laxer: strings are not checked to be UTF-8, nor names to be unique.
 */
#ifndef TESTS_TWIN_SERVER_JSON_H
#define TESTS_TWIN_SERVER_JSON_H

#include <stddef.h>
#include <stdint.h>

enum { VFU_JSON_DEPTH = 16 };

/* A member of an object inside the outermost object */
struct vfu_json_want {
	const char *object; /* "capabilities" */
	const char *member; /* "max_data_xfer_size" */
	uint64_t value;     /* kept when there is no such member */
};

/**
 * vfu_json_read - check @text whole, and pick what is wanted from it
 * @text: @len bytes, no NUL needed
 * @want: @n members to look for
 *
 * Return: 0; -EINVAL (no message) when it is not an object of JSON, is nested
 *         deeper than VFU_JSON_DEPTH, or something wanted has another type.
 */
int vfu_json_read(const char *text, size_t len, struct vfu_json_want *want,
		  size_t n) __attribute__((warn_unused_result));

#endif
