/* SPDX-License-Identifier: BSD-2-Clause */
/* One write per line, so that lines of several threads do not mix. */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void line(const char *kind, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

/* The program is named as it was called: passthru, or bcm5720 */
static void line(const char *kind, const char *fmt, va_list ap)
{
	char buf[1024];
	size_t n;

	snprintf(buf, sizeof(buf) / 2, "%s: %s", program_invocation_short_name,
		 kind);
	n = strlen(buf);
	vsnprintf(buf + n, sizeof(buf) - n - 1, fmt, ap);
	n = strlen(buf);
	buf[n++] = '\n';
	if (write(STDERR_FILENO, buf, n) < 0)
		return; /* nobody left to tell */
}

void log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line("warning: ", fmt, ap);
	va_end(ap);
}

void log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line("", fmt, ap);
	va_end(ap);
}
