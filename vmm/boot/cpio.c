/* SPDX-License-Identifier: BSD-2-Clause */
/* newc members: a header of 13 hexadecimal numbers, name, data; all padded. */
#include "vmm/boot/cpio.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"

#define HDR_LEN 110 /* "070701" and 13 numbers of 8 digits */
#define TRAILER "TRAILER!!!"

void cpio_init(struct cpio *c)
{
	*c = (struct cpio){.ino = 1};
}

void cpio_fini(struct cpio *c)
{
	free(c->data);
	cpio_init(c);
}

/* Makes room for @more bytes behind @c->len and zeroes them. */
static int reserve(struct cpio *c, size_t more)
{
	size_t cap = c->cap ? c->cap : 4096;
	uint8_t *data;

	while (cap - c->len < more && cap <= SIZE_MAX / 2)
		cap *= 2;
	if (cap - c->len < more)
		return err_set(ENOMEM, "cpio archive: %zu bytes are too many",
			       more);
	data = realloc(c->data, cap);
	if (!data)
		return err_call(ENOMEM, "cpio archive", "realloc", NULL);
	c->data = data;
	c->cap = cap;
	memset(data + c->len, 0, more);
	return 0;
}

static int append(struct cpio *c, const char *name, mode_t mode,
		  const void *data, size_t len)
{
	size_t name_len = strlen(name) + 1;
	size_t data_off = align_up(HDR_LEN + name_len, 4);
	size_t total = align_up(data_off + len, 4);
	char hdr[HDR_LEN + 1];
	int rc = reserve(c, total);

	if (rc)
		return rc;
	/* ino mode uid gid nlink mtime size, device numbers, name, check */
	snprintf(hdr, sizeof(hdr),
		 "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		 c->ino, (unsigned)mode, 0, 0, 1, 0, (unsigned)len, 0, 0, 0, 0,
		 (unsigned)name_len, 0);
	memcpy(c->data + c->len, hdr, HDR_LEN);
	memcpy(c->data + c->len + HDR_LEN, name, name_len);
	if (len)
		memcpy(c->data + c->len + data_off, data, len);
	c->len += total;
	c->ino++;
	return 0;
}

static int check(const char *name, mode_t mode, size_t len)
{
	if (!name[0] || name[0] == '/')
		return err_set(EINVAL,
			       "cpio member \"%s\": give a path without its "
			       "leading /",
			       name);
	if (strlen(name) > CPIO_NAME_MAX)
		return err_set(ENAMETOOLONG,
			       "cpio member \"%.40s...\": more than %d bytes",
			       name, CPIO_NAME_MAX);
	if (!S_ISREG(mode) && !(S_ISDIR(mode) && !len))
		return err_set(EINVAL,
			       "cpio member \"%s\": mode %o with %zu bytes is "
			       "neither a directory nor a file",
			       name, (unsigned)mode, len);
	if (len > UINT32_MAX)
		return err_set(EFBIG,
			       "cpio member \"%s\": %zu bytes; the format "
			       "ends at 4 GiB",
			       name, len);
	return 0;
}

int cpio_add(struct cpio *c, const char *name, mode_t mode, const void *data,
	     size_t len)
{
	int rc = check(name, mode, len);

	return rc ? rc : append(c, name, mode, data, len);
}

int cpio_finish(struct cpio *c)
{
	c->ino = 0;
	return append(c, TRAILER, 0, NULL, 0);
}
