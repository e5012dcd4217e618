/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which IOVAs are mapped, and to what.
 *
 * Sorted, disjoint extents in blocks of some hundred: a change moves one
 * block's tail and at most the list of blocks, so that a hundred thousand
 * scattered pages cost no more than a search.  Neighbours that continue each
 * other are one extent, and any range can be cut out: the borders of the
 * client's maps are not kept.  No system call here.
 */
#ifndef TESTS_TWIN_SERVER_EXTENTS_H
#define TESTS_TWIN_SERVER_EXTENTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/range.h"

struct vfu_file;
struct vfu_block;

enum { VFU_EXTENTS = 1 << 20 }; /* at most */

struct vfu_extent {
	uint64_t iova;
	uint64_t last;         /* its last byte, so that 2^64 can be reached */
	struct vfu_file *file; /* NULL: reached by message only */
	uint64_t off;          /* of .iova in .file */
	uint32_t prot;         /* USERWIRE_MAP_READ, USERWIRE_MAP_WRITE */
};

struct vfu_extents {
	struct vfu_block *pool; /* .cap of them, in no order */
	uint32_t *order;        /* indices: .nblocks in use, then the others */
	size_t nblocks;
	size_t cap;
	size_t n; /* extents */
	/* told of every extent that appears (+1) or goes (-1); may be NULL */
	void (*count)(void *ctx, struct vfu_file *file, int change);
	void *ctx;
};

/** vfu_extents_fini - free it; tells nobody; zeroed it is ready again */
void vfu_extents_fini(struct vfu_extents *x);

/** vfu_extents_find - the extent with byte @iova, or NULL; until a change */
const struct vfu_extent *vfu_extents_find(const struct vfu_extents *x,
					  uint64_t iova);

/**
 * vfu_extents_add - add @e, joined to its neighbours where it continues them
 *
 * Return: 0, or -errno (no message): -EINVAL .last is below .iova; -EEXIST a
 *         byte of it is there; -ENOSPC VFU_EXTENTS are there; -ENOMEM.
 */
int vfu_extents_add(struct vfu_extents *x, struct vfu_extent e)
	__attribute__((warn_unused_result));

/**
 * vfu_extents_cut - remove what lies from @iova to @last
 * @bytes: incremented by how many were there
 *
 * Return: 0; -ENOMEM or -ENOSPC (no message) when there is no memory, or no
 *         room below VFU_EXTENTS, to make two of one.
 */
int vfu_extents_cut(struct vfu_extents *x, uint64_t iova, uint64_t last,
		    uint64_t *bytes) __attribute__((warn_unused_result));

#endif
