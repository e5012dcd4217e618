/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * File descriptors: how many, close once, read whole, write whole.
 *
 * A closed descriptor is -1; nothing here knows what is behind one.
 */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** fd_close - close *@fd unless it is -1, and make it -1; keeps errno */
void fd_close(int *fd);

/**
 * fd_raise_limit - let this process open as many files as it may
 *
 * Every vector of every device is an eventfd, and the soft limit is often 1024.
 * Tries: who opens too many all the same is told so by that call.
 */
void fd_raise_limit(void);

/**
 * fd_read_text - read a small text file whole, without its last newline
 * @path: file
 * @buf:  filled and NUL-terminated; a longer file is cut at @cap - 1 bytes
 * @cap:  size of @buf in bytes, at least 1
 *
 * Return: number of characters, or -errno of open(2) or read(2); sets no
 *         message, because a missing file is often an answer.
 */
ssize_t fd_read_text(const char *path, char *buf, size_t cap);

/**
 * fd_write_text - write a string to an existing file in one write(2)
 *
 * One write, because each write to a sysfs attribute is one command.
 * Return: 0, or -errno; sets no message.
 */
int fd_write_text(const char *path, const char *text);

/**
 * fd_write_all - write @len bytes, over short writes and EINTR
 *
 * Return: 0, or -errno; sets no message.
 */
int fd_write_all(int fd, const void *buf, size_t len);

/* Somebody who may never read what is written: a pipe, a terminal */
struct fd_sink {
	int fd;
	bool terminal;
	size_t piece; /* bytes of one write; after poll(2) none blocks */
};

/**
 * fd_sink - get ready for fd_sink_write()
 * @fd: borrowed, as long as the sink is used
 *
 * poll(2) says that a terminal takes something, not how much; and other
 * processes write to it.  So a terminal is opened once more, without blocking,
 * which on @fd itself would hold for all who share it.  Where that is refused
 * (it is another user's, or there is no /proc) bytes go to it one by one.
 * Before the sandbox, which opens nothing.
 *
 * Owns:   .fd if it is not @fd; the process's end closes it, for there is no
 *         telling when the last thread has written.
 * Return: a sink; nothing fails.
 * Source: drivers/tty/n_tty.c, process_output_block(), and drivers/tty/pty.c:
 *         a newline is a write of its own behind the text before it.
 */
struct fd_sink fd_sink(int fd);

/**
 * fd_await_room - wait until poll(2) says that @fd takes something
 * @ms: no longer than this, 0: do not wait; signals do not end it
 *
 * Return: 0, -ETIMEDOUT, or -errno of poll(2); sets no message.
 */
int fd_await_room(int fd, unsigned ms);

/**
 * fd_sink_write - fd_write_all() for a reader who may never read
 * @ms: how long to wait for room before each piece
 *
 * Return: 0; -ETIMEDOUT: nobody reads, and some of it may be written; or
 *         -errno.  Sets no message.
 */
int fd_sink_write(const struct fd_sink *to, const void *buf, size_t len,
		  unsigned ms);

#endif
