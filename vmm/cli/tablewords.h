/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words of a line of `passthru test`'s file, numbers and regular
 * expressions among them.
 *
 * Knows blanks, quotes and comments; not which words there are to be.
 */
#ifndef VMM_CLI_TABLEWORDS_H
#define VMM_CLI_TABLEWORDS_H

#include <stdbool.h>
#include <stddef.h>

#define TABLEWORDS_MAX 8

/* What is pointed to is in two buffers, each as large as all lines and 1 */
struct tablewords {
	char *names; /* where the next name goes */
	char *words; /* and the next word */
	char *name;  /* the line, without comment and blanks around it */
	char *word[TABLEWORDS_MAX + 1]; /* NULL-terminated */
	unsigned n;                     /* 0: nothing is said in this line */
};

/**
 * tablewords_split - the next line
 * @w:    .names and .words set before the first line, then left alone
 * @line: @len bytes without newline; a CR at the end is none of them
 *
 * Return: 0, or -EINVAL with a message: not UTF-8, a control character, a quote
 *         that is not closed or is in a word, too many words.
 */
int tablewords_split(struct tablewords *w, const char *line, size_t len)
	__attribute__((warn_unused_result));

/**
 * tablewords_number - decimal digits and nothing else
 * @v: set to 0..@max on success
 *
 * Return: 0, or -EINVAL (no message).
 */
int tablewords_number(const char *text, unsigned max, unsigned *v)
	__attribute__((warn_unused_result));

/**
 * tablewords_bad_ere - why an extended regular expression is not taken
 *
 * Beside those that are wrong these are refused: with back-references, and with
 * repetitions in braces that multiply to more than 1000, which cost more memory
 * and time than a test is worth.
 *
 * Return: NULL: it is good; else words for the user, static text.
 * Source: regex(7), regcomp(3).
 */
const char *tablewords_bad_ere(const char *ere);

/**
 * tablewords_like - does a line of @text match @ere?
 * @ere:  that tablewords_bad_ere() has nothing against
 * @text: @len bytes, NULs among them; ^ and $ are a line's, . is no newline
 *
 * Return: 1 it does, 0 none does; or -ENOMEM (no message) when there was no
 *         memory to find it out.
 */
int tablewords_like(const char *ere, const char *text, size_t len);

#endif
