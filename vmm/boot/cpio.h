/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small cpio archive ("newc") made in memory, to go behind the initrd.
 *
 * Linux unpacks archives that lie one behind the other, so what belongs to one
 * run (the command's arguments, say) needs no new initramfs.
 */
#ifndef VMM_BOOT_CPIO_H
#define VMM_BOOT_CPIO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#define CPIO_NAME_MAX 255 /* bytes of a member's name without its NUL */

struct cpio {
	uint8_t *data; /* owned */
	size_t len;    /* bytes so far; a multiple of 4 */
	size_t cap;
	uint32_t ino; /* of the next member */
};

/** cpio_init - an empty archive; owns nothing yet */
void cpio_init(struct cpio *c);

/** cpio_fini - free what @c holds; may be called again */
void cpio_fini(struct cpio *c);

/**
 * cpio_add - append a directory or a regular file, owned by root
 * @c:    initialised, not finished
 * @name: path without a leading "/", 1..CPIO_NAME_MAX bytes; a directory comes
 *        before what lies in it
 * @mode: S_IFDIR or S_IFREG with permissions, as in stat(2)
 * @data: content of a file; borrowed for the call; NULL when @len is 0
 * @len:  bytes of @data, below 4 GiB; 0 for a directory
 *
 * Return: 0, or with a message and @c as before
 *   -EINVAL        empty or absolute name, other file type, directory with data
 *   -ENAMETOOLONG  @name has more than CPIO_NAME_MAX bytes
 *   -EFBIG         @len does not fit the format
 *   -ENOMEM
 * Source: Documentation/driver-api/early-userspace/buffer-format.rst.
 */
int cpio_add(struct cpio *c, const char *name, mode_t mode, const void *data,
	     size_t len) __attribute__((warn_unused_result));

/**
 * cpio_finish - append the trailer; @c->data and @c->len are the archive
 *
 * Return: 0, or -ENOMEM with a message.
 */
int cpio_finish(struct cpio *c) __attribute__((warn_unused_result));

#endif
