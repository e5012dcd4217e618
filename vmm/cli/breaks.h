/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of --break; what they do is told in docs/lessons. */
#ifndef VMM_CLI_BREAKS_H
#define VMM_CLI_BREAKS_H

/**
 * breaks_parse - one word of --break
 * @word: as typed
 * @set:  its bit is added, see base/breaks.h
 *
 * Return: 0, or -EINVAL with a message: no such word, or a build that cannot.
 */
int breaks_parse(const char *word, unsigned *set)
	__attribute__((warn_unused_result));

#endif
