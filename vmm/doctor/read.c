/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small files of sysfs and tables of /proc, as the checks want them.
 *
 * What cannot be read is as good as absent here: each check says itself what
 * that means.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "vmm/doctor/check.h"

static void path_make(const struct doctor *d, char path[SYSFS_PATH_MAX],
		      const char *fmt, va_list ap)
{
	char rest[SYSFS_PATH_MAX];

	vsnprintf(rest, sizeof(rest), fmt, ap);
	sysfs_path(path, "%s/%s", d->s->sys, rest);
}

bool check_attr(const struct doctor *d, char *buf, size_t cap, const char *fmt,
		...)
{
	char path[SYSFS_PATH_MAX];
	va_list ap;

	va_start(ap, fmt);
	path_make(d, path, fmt, ap);
	va_end(ap);
	if (fd_read_text(path, buf, cap) >= 0)
		return true;
	buf[0] = '\0';
	return false;
}

bool check_exists(const struct doctor *d, const char *fmt, ...)
{
	char path[SYSFS_PATH_MAX];
	va_list ap;

	va_start(ap, fmt);
	path_make(d, path, fmt, ap);
	va_end(ap);
	return access(path, F_OK) == 0;
}

/* What follows the colon of @line, without the space around; "" without one */
static void value_of(char *line, char *buf, size_t cap)
{
	char *p = strchr(line, ':');
	size_t n;

	p = p ? p + 1 : line + strlen(line);
	while (isspace((unsigned char)*p))
		p++;
	n = strlen(p);
	while (n && isspace((unsigned char)p[n - 1]))
		n--;
	snprintf(buf, cap, "%.*s", (int)n, p);
}

bool check_field(const struct doctor *d, const char *table, const char *key,
		 char *buf, size_t cap)
{
	char path[SYSFS_PATH_MAX], *line = NULL;
	size_t size = 0;
	bool found = false;
	FILE *f = fopen(sysfs_path(path, "%s/%s", d->s->proc, table), "re");

	buf[0] = '\0';
	if (!f)
		return false;
	while (!found && getline(&line, &size, f) >= 0) {
		found = strncmp(line, key, strlen(key)) == 0;
		if (found)
			value_of(line, buf, cap);
	}
	free(line);
	fclose(f);
	return found;
}

bool check_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = strstr(text, word); p; p = strstr(p + 1, word))
		if ((p == text || isspace((unsigned char)p[-1])) &&
		    (!p[n] || isspace((unsigned char)p[n])))
			return true;
	return false;
}
