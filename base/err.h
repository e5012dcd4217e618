/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one error message of this thread.
 *
 * Functions return 0 or a negative errno; the first place that knows what went
 * wrong sets the message, callers may put a prefix before it, and only main()
 * prints it.  The message is one line without a newline at its end:
 *
 *   OBJECT: CALL: ENAME (what the C library says); CURE
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define ERR_MAX 1024 /* bytes of a message with its NUL; longer is cut */

/**
 * err_set - set the message to the text that @fmt makes
 * @err: positive or negative errno value, not 0
 *
 * Return: -|@err|, so that `return err_set(EINVAL, ...)` reads well.
 */
int err_set(int err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * err_call - message for a failed system call, in the form shown above
 * @err:    positive or negative errno value, not 0
 * @object: what it was done to: a BDF, a path, "guest RAM"
 * @call:   name of the ioctl or system call, UAPI spelling
 * @cure:   what the user types or changes next; NULL when there is none
 *
 * Return: -|@err|.
 */
int err_call(int err, const char *object, const char *call, const char *cure);

/**
 * err_prefix - put "PREFIX: " before the message
 * @rc: what the failed function returned; handed back
 */
int err_prefix(int rc, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** err_last - this thread's message; "" when none was set; not to be freed */
const char *err_last(void);

/** err_clear - forget the message */
void err_clear(void);

/** err_name - "EBUSY" for EBUSY or -EBUSY; "E?" for what has no name */
const char *err_name(int err);

#endif
