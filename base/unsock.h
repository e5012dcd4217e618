/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UNIX sockets in the file system.
 *
 * A server that was killed leaves its socket's file behind, and bind(2) then
 * refuses the path for ever.
 */
#ifndef BASE_UNSOCK_H
#define BASE_UNSOCK_H

/**
 * unsock_clear - make @path free to be bound: a dead server's socket goes
 * @path:   at most 107 characters
 * @option: what the user types to name another path, for the message
 *
 * Return: 0, also when nothing was there; with a message:
 *   -EEXIST      there is a file that is no socket
 *   -EADDRINUSE  somebody accepts connections there, or may do so
 *   other        errno of unlink(2)
 */
int unsock_clear(const char *path, const char *option)
	__attribute__((warn_unused_result));

#endif
