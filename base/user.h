/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who runs this program, for cures that somebody else types: a shell of root
 * has another $USER.
 */
#ifndef BASE_USER_H
#define BASE_USER_H

/**
 * user_name - the name of the real user
 *
 * Return: static, good until the next call; "USER", for the reader to fill in,
 *         when the user has no name or none that a shell takes as it is.
 */
const char *user_name(void);

#endif
