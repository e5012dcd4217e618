/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UTF-8, as far as text that goes into somebody's parser must be it.
 */
#ifndef VMM_CLI_UTF8_H
#define VMM_CLI_UTF8_H

#include <stddef.h>

/**
 * utf8_printable - length of the printable character at @s
 * @s:   @len bytes
 * @len: 1 or more
 *
 * Return: 1..4 bytes; 0 for a control character (of C0, DEL or C1), for
 *         U+FFFE and U+FFFF, and for what is no UTF-8: surrogates, codes beyond
 *         U+10FFFF, a longer form than is needed, a torn one.
 * Source: RFC 3629, section 4; XML 1.0, production Char.
 */
size_t utf8_printable(const char *s, size_t len);

#endif
