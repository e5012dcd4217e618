/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client's memory files, each mapped once however often it is sent.
 *
 * Behind an emulated IOMMU every page arrives with a descriptor of its own,
 * all of them of the same file: keeping them would exhaust RLIMIT_NOFILE, and
 * mapping each the number of mappings.  So a file is known by device and inode
 * (which cannot be reused while it is mapped), mapped whole, and closed.
 */
#ifndef TESTS_TWIN_SERVER_FILES_H
#define TESTS_TWIN_SERVER_FILES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/range.h"

enum { VFU_FILES = 256 }; /* different ones at a time */

struct vfu_file {
	dev_t dev;
	ino_t ino;
	uint8_t *base; /* byte 0 of the file */
	uint64_t size; /* bytes that may be accessed */
	uint64_t len;  /* bytes that are mapped */
	bool writable;
	uint64_t refs; /* extents */
	struct vfu_file *next;
};

struct vfu_files {
	struct vfu_file *head;
	unsigned n;
};

/**
 * vfu_files_get - the mapping of the file behind @fd
 * @fd:    borrowed; nothing keeps it open
 * @r:     bytes of the file that will be accessed
 * @write: whether they will be written, too
 * @file:  set; NULL when @fd is no file that can be mapped, so that access
 *         must be by message
 *
 * The mapping is taken with one more reference, see vfu_files_put().
 *
 * Return: 0, or -errno (no message):
 *   -EINVAL  @r reaches behind the file's end
 *   -EACCES  @fd was not opened for that
 *   -ENOSPC  VFU_FILES are mapped already
 *   other    of fstat(2), fcntl(2), mmap(2)
 */
int vfu_files_get(struct vfu_files *fs, int fd, struct range r, bool write,
		  struct vfu_file **file) __attribute__((warn_unused_result));

/** vfu_files_ref - one more reference to @file, which may be NULL */
void vfu_files_ref(struct vfu_file *file);

/** vfu_files_put - one less; the last one unmaps; @file may be NULL */
void vfu_files_put(struct vfu_files *fs, struct vfu_file *file);

#endif
