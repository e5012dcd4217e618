/* SPDX-License-Identifier: BSD-2-Clause */
/* The thread's error message: a buffer and the ways to fill it. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local char message[ERR_MAX];

int err_set(int err, const char *fmt, ...)
{
	char text[ERR_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	memcpy(message, text, sizeof(message));
	return -abs(err);
}

const char *err_name(int err)
{
	const char *name = strerrorname_np(abs(err));

	return name ? name : "E?";
}

int err_call(int err, const char *object, const char *call, const char *cure)
{
	return err_set(err, "%s: %s: %s (%s)%s%s", object, call, err_name(err),
		       strerrordesc_np(abs(err)), cure ? "; " : "",
		       cure ? cure : "");
}

int err_prefix(int rc, const char *fmt, ...)
{
	char prefix[ERR_MAX / 2];
	char old[ERR_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(prefix, sizeof(prefix), fmt, ap);
	va_end(ap);
	memcpy(old, message, sizeof(old));
	snprintf(message, sizeof(message), "%s: %.*s", prefix,
		 (int)(sizeof(message) - strlen(prefix) - 3), old);
	return rc;
}

const char *err_last(void)
{
	return message;
}

void err_clear(void)
{
	message[0] = '\0';
}
