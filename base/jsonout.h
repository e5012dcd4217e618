/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON that is written: strings, and the commas between members.
 *
 * Source: RFC 8259.
 */
#ifndef BASE_JSONOUT_H
#define BASE_JSONOUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/**
 * jsonout_string - @text in quotes
 *
 * Bytes that are not UTF-8 become U+FFFD, for JSON knows no others.
 */
void jsonout_string(FILE *f, const char *text);

/*
 * The members of nested objects and arrays, one after the other.  A @key of
 * NULL is for the elements of an array.
 */
struct jsonout {
	FILE *f;
	bool more; /* something stands before: a comma is due */
};

/** jsonout_open - begin an object ('{') or array ('[') */
void jsonout_open(struct jsonout *j, const char *key, char bracket);

/** jsonout_close - end it, '}' or ']' */
void jsonout_close(struct jsonout *j, char bracket);

/** jsonout_number - a whole number, 0..2^53 to be read by all */
void jsonout_number(struct jsonout *j, const char *key, uint64_t v);

/** jsonout_bool - true or false */
void jsonout_bool(struct jsonout *j, const char *key, bool v);

/** jsonout_text - a string; NULL: null */
void jsonout_text(struct jsonout *j, const char *key, const char *text);

/** jsonout_hex - a number as the string "0x..." */
void jsonout_hex(struct jsonout *j, const char *key, uint64_t v);

/** jsonout_ms - nanoseconds as milliseconds with three digits behind the point
 */
void jsonout_ms(struct jsonout *j, const char *key, uint64_t ns);

#endif
