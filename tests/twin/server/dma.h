/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client's memory by IOVA: maps, and access to what came with a file.
 *
 * A range that came without one is somebody else's to reach, see remote.h.
 */
#ifndef TESTS_TWIN_SERVER_DMA_H
#define TESTS_TWIN_SERVER_DMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/twin/server/extents.h"
#include "tests/twin/server/files.h"
#include "vfio/userwire.h"

struct vfu_dma {
	struct vfu_extents extents;
	struct vfu_files files;
};

/** vfu_dma_init - nothing mapped; @d stays where it is until vfu_dma_fini() */
void vfu_dma_init(struct vfu_dma *d);

/** vfu_dma_fini - drop every map; idempotent */
void vfu_dma_fini(struct vfu_dma *d);

/**
 * vfu_dma_map - do what a DMA_MAP message says
 * @fd: its descriptor, borrowed, or -1 for none
 *
 * Return: 0, or -errno (no message): -EINVAL against the protocol, or behind
 *         the end of the file; -EEXIST some of it is mapped; others as of
 *         vfu_files_get() and vfu_extents_add().
 */
int vfu_dma_map(struct vfu_dma *d, const struct userwire_map *m, int fd)
	__attribute__((warn_unused_result));

/**
 * vfu_dma_unmap - do what a DMA_UNMAP message says
 * @u: .size becomes the number of bytes that had been mapped, maybe 0
 *
 * Return: 0, or -errno (no message): -EINVAL against the protocol; others as
 *         of vfu_extents_cut().
 */
int vfu_dma_unmap(struct vfu_dma *d, struct userwire_unmap *u)
	__attribute__((warn_unused_result));

/**
 * vfu_dma_piece - the first bytes of an access that lie in one extent
 * @prot: USERWIRE_MAP_READ or USERWIRE_MAP_WRITE
 * @len:  bytes wanted, at least 1; reduced to those of the piece
 * @mem:  set to where they are, NULL when only a message gets there.  Valid
 *        until the next change; its memory may be gone, see guard.h
 *
 * Return: 0; -EFAULT not mapped; -EACCES not mapped for that.  No message.
 */
int vfu_dma_piece(const struct vfu_dma *d, uint64_t iova, uint32_t prot,
		  size_t *len, uint8_t **mem)
	__attribute__((warn_unused_result));

#endif
