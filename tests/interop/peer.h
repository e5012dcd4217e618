/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The device of peer.c as a driver sees it.
 *
 * BAR 0 is registers, BAR 2 memory of which one area may be mapped, BAR 4 has
 * the MSI-X table, of which nothing answers.  A write to the command register
 * starts what bits 0-7 say; when it is done and the status set, the vector of
 * bits 8-31 fires.
 */
#ifndef INTEROP_PEER_H
#define INTEROP_PEER_H

#include <stdint.h>

enum {
	PEER_VENDOR = 0xf1d0,
	PEER_DEVICE = 0x0016,
	PEER_MAGIC = 0x70656572,
	PEER_REGS_SIZE = 0x1000,
	PEER_MEMORY_SIZE = 0x4000,
	PEER_AREA = 0x1000,
	PEER_AREA_SIZE = 0x2000,
	PEER_VECTORS = 20, /* a message to libvfio-user may carry 8 */
	PEER_SEGMENTS = 4,
};

enum peer_command {
	PEER_RING = 1,         /* nothing but the interrupt */
	PEER_DMA_MAPPED = 2,   /* invert memory through its own mapping */
	PEER_DMA_MESSAGES = 3, /* invert it by DMA_READ and DMA_WRITE */
	PEER_DMA_NOW = 4,      /* likewise, before it answers; no interrupt */
	PEER_DIE = 5,          /* the server ends */
};

struct peer_regs {
	uint32_t magic;
	uint32_t command;
	uint32_t status; /* 0 or errno of the last command */
	uint32_t len;    /* bytes of DMA */
	uint64_t iova;
	uint32_t resets; /* so far, asked for by clients */
	uint32_t maps;   /* DMA regions there are */
	uint64_t mapped; /* bytes in them */
	uint64_t scratch;
};

#endif
