/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The user's terminal while a guest has it: raw input, restored on every way
 * out, and the Ctrl-a keys.
 *
 * There is one terminal in a process, so its saved settings are the one global
 * of this file.  Reading and writing it is the event loop's.
 */
#ifndef VMM_CLI_TTY_H
#define VMM_CLI_TTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TTY_ESCAPE_KEY 0x01 /* Ctrl-a */
#define TTY_HELP_LINE                                                          \
	"Ctrl-a x: leave   Ctrl-a a: send Ctrl-a   Ctrl-a h: this line\r\n"

/** tty_is_terminal - true when @fd is a terminal */
bool tty_is_terminal(int fd);

/**
 * tty_keep - remember a terminal's settings for tty_restore()
 * @fd: open terminal; borrowed until tty_restore()
 *
 * For who starts a process that makes it raw, and may die before it undoes
 * that.  What was remembered before stays; a fork()ed child has it too.
 * Return: 0, or -errno of tcgetattr(3) with a message.
 */
int tty_keep(int fd) __attribute__((warn_unused_result));

/**
 * tty_raw_enable - hand every key to the guest
 * @fd: open terminal; borrowed until tty_restore()
 *
 * No line editing, no echo, no signal keys, no flow control; what is printed
 * is still processed (newlines return the carriage).  The first call registers
 * tty_restore() with atexit().  A second call without tty_restore() between
 * changes nothing.
 *
 * Return: 0, or -errno of tcgetattr(3), tcsetattr(3) with a message.
 */
int tty_raw_enable(int fd) __attribute__((warn_unused_result));

/**
 * tty_restore - give the terminal back as tty_keep() or tty_raw_enable() found
 *               it
 *
 * Does nothing when there is none to restore.  Keeps errno.
 * Context: any thread, exit handlers and signal handlers.
 */
void tty_restore(void);

/**
 * tty_size - size of a terminal in characters
 * @cols: set on success
 * @rows: set on success
 *
 * Return: 0, or -errno (no message); -ENOTTY also when it does not know.
 */
int tty_size(int fd, unsigned *cols, unsigned *rows)
	__attribute__((warn_unused_result));

/* State of the Ctrl-a keys; all zero at the start */
struct tty_escape {
	bool armed; /* Ctrl-a was the last key */
};

struct tty_escape_result {
	size_t n_out; /* bytes for the guest */
	bool leave;   /* Ctrl-a x; what came behind it is dropped */
	bool help;    /* Ctrl-a h: print TTY_HELP_LINE */
};

/**
 * tty_escape_feed - take the Ctrl-a keys out of what was typed
 * @e:   state, kept from call to call
 * @in:  @n bytes as read
 * @out: filled with what the guest gets; room for @n + 1 bytes (a Ctrl-a kept
 *       back by the call before may come first)
 *
 * Ctrl-a x leaves, Ctrl-a h asks for help, Ctrl-a a and Ctrl-a Ctrl-a are one
 * Ctrl-a for the guest; Ctrl-a with any other key is passed on as typed.
 */
struct tty_escape_result tty_escape_feed(struct tty_escape *e,
					 const uint8_t *in, size_t n,
					 uint8_t *out);

#endif
