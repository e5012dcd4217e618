/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Carriage returns and blanks alone: every terminal knows those.  A line is
 * shorter than the narrowest of them.
 */
#include "base/progress.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/tell.h"

#define WIDTH 79

int progress_ask(const struct progress_steps *steps, uint64_t done,
		 uint64_t all)
{
	return steps ? steps->ask(steps->opaque, done, all) : 0;
}

void progress_begin(struct progress *p)
{
	*p = (struct progress){.on = isatty(STDERR_FILENO) == 1 &&
				     !tell_on_terminal()};
}

/* @text over what is there, in one write */
static void put(struct progress *p, const char *text)
{
	unsigned len = (unsigned)strlen(text);
	char buf[2 * WIDTH + 4];
	int pad = p->len > len ? (int)(p->len - len) : 0;
	int n = snprintf(buf, sizeof(buf), "\r%s%*s", text, pad, "");

	(void)fd_write_all(STDERR_FILENO, buf, (size_t)n);
	p->len = len;
}

void progress_show(struct progress *p, const char *what, uint64_t done,
		   uint64_t all)
{
	char text[WIDTH + 1];

	if (!p->on)
		return;
	snprintf(text, sizeof(text), "%s: %s %llu of %llu GiB",
		 program_invocation_short_name, what,
		 (unsigned long long)(done / GiB),
		 (unsigned long long)((all + GiB - 1) / GiB));
	put(p, text);
}

void progress_end(struct progress *p)
{
	if (!p->len)
		return;
	put(p, "");
	(void)fd_write_all(STDERR_FILENO, "\r", 1);
}
