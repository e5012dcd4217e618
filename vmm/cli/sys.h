/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one ioctl of the command line.
 *
 * termios has functions for the rest; for the window's size the C library of
 * Debian 12 has none.
 */
#ifndef VMM_CLI_SYS_H
#define VMM_CLI_SYS_H

struct winsize;

/**
 * cli_sys_get_winsize - TIOCGWINSZ
 * @fd: open terminal
 * @ws: filled on success
 *
 * Return: 0, or -errno (no message).
 * Source: ioctl_tty(2).
 */
int cli_sys_get_winsize(int fd, struct winsize *ws)
	__attribute__((warn_unused_result));

#endif
