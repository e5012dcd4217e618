/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vfio-user on the wire: message header, commands and payloads.
 *
 * For both ends: the server of tests/twin and a client.  Layout only; who may
 * send what, and what a good message looks like, is theirs to know.  Flags
 * that the protocol takes over from the kernel are those of linux/vfio.h.
 *
 * Source: docs/interop/vfio-user.rst of QEMU.  Integers are the host's; file
 * descriptors travel by SCM_RIGHTS with the first byte of their message.
 */
#ifndef VFIO_USERWIRE_H
#define VFIO_USERWIRE_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

enum {
	USERWIRE_MAJOR = 0,
	USERWIRE_MINOR = 0,          /* the highest that is understood here */
	USERWIRE_XFER_MAX = 1 << 20, /* default of max_data_xfer_size */
	USERWIRE_TIMEOUT_MS = 5000,  /* after that QEMU gives a device up */
};

enum userwire_cmd {
	USERWIRE_VERSION = 1,
	USERWIRE_DMA_MAP = 2,
	USERWIRE_DMA_UNMAP = 3,
	USERWIRE_GET_INFO = 4,
	USERWIRE_REGION_INFO = 5,
	USERWIRE_REGION_IO_FDS = 6,
	USERWIRE_IRQ_INFO = 7,
	USERWIRE_SET_IRQS = 8,
	USERWIRE_REGION_READ = 9,
	USERWIRE_REGION_WRITE = 10,
	USERWIRE_DMA_READ = 11,  /* server to client */
	USERWIRE_DMA_WRITE = 12, /* server to client */
	USERWIRE_RESET = 13,
	USERWIRE_WRITE_MULTI = 15,
	USERWIRE_FEATURE = 16,
	USERWIRE_MIG_READ = 17,
	USERWIRE_MIG_WRITE = 18,
};

/* struct userwire_header .flags */
enum {
	USERWIRE_TYPE = 0xf, /* mask of the two values below */
	USERWIRE_REQUEST = 0,
	USERWIRE_REPLY = 1,
	USERWIRE_NO_REPLY = 1 << 4, /* of a request: do not answer */
	USERWIRE_ERROR = 1 << 5,    /* of a reply: .err is valid */
};

struct userwire_header {
	uint16_t id; /* the sender's; a reply repeats it */
	uint16_t cmd;
	uint32_t size; /* of the message, this header included */
	uint32_t flags;
	uint32_t err; /* positive errno, may be 0 */
};
static_assert(sizeof(struct userwire_header) == 16, "header");

/* VERSION, both ways; NUL-terminated JSON may follow */
struct userwire_version {
	uint16_t major;
	uint16_t minor;
};
static_assert(sizeof(struct userwire_version) == 4, "VERSION");

/* struct userwire_map .flags */
enum { USERWIRE_MAP_READ = 1, USERWIRE_MAP_WRITE = 2 };

/* DMA_MAP, at most one descriptor; the reply is a bare header */
struct userwire_map {
	uint32_t argsz;
	uint32_t flags;
	uint64_t offset; /* in the file that comes with it */
	uint64_t iova;
	uint64_t size;
};
static_assert(sizeof(struct userwire_map) == 32, "DMA_MAP");

/* struct userwire_unmap .flags, as in linux/vfio.h */
enum { USERWIRE_UNMAP_DIRTY = 1, USERWIRE_UNMAP_ALL = 2 };

/* DMA_UNMAP, both ways */
struct userwire_unmap {
	uint32_t argsz;
	uint32_t flags;
	uint64_t iova;
	uint64_t size; /* a range may end at 2^64 */
};
static_assert(sizeof(struct userwire_unmap) == 24, "DMA_UNMAP");

/* GET_INFO, both ways: the older, shorter struct vfio_device_info */
struct userwire_info {
	uint32_t argsz;
	uint32_t flags; /* VFIO_DEVICE_FLAGS_* */
	uint32_t num_regions;
	uint32_t num_irqs;
};
static_assert(sizeof(struct userwire_info) == 16, "GET_INFO");

/* REGION_INFO, both ways: struct vfio_region_info; capabilities may follow */
struct userwire_region {
	uint32_t argsz; /* request: room for the payload; reply: its size */
	uint32_t flags; /* VFIO_REGION_INFO_FLAG_* */
	uint32_t index; /* VFIO_PCI_*_REGION_INDEX */
	uint32_t cap_offset;
	uint64_t size;
	uint64_t offset; /* for mmap(2) */
};
static_assert(sizeof(struct userwire_region) == 32, "REGION_INFO");

/* REGION_IO_FDS, both ways; sub-regions may follow */
struct userwire_io_fds {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t count;
};
static_assert(sizeof(struct userwire_io_fds) == 16, "REGION_IO_FDS");

/* IRQ_INFO, both ways: struct vfio_irq_info */
struct userwire_irq {
	uint32_t argsz;
	uint32_t flags; /* VFIO_IRQ_INFO_* */
	uint32_t index; /* VFIO_PCI_*_IRQ_INDEX */
	uint32_t count;
};
static_assert(sizeof(struct userwire_irq) == 16, "IRQ_INFO");

/* SET_IRQS: struct vfio_irq_set; the reply is a bare header */
struct userwire_irq_set {
	uint32_t argsz;
	uint32_t flags; /* VFIO_IRQ_SET_DATA_* and VFIO_IRQ_SET_ACTION_* */
	uint32_t index;
	uint32_t start;
	uint32_t count;
	/* DATA_BOOL: count bytes follow.  DATA_EVENTFD: descriptors */
};
static_assert(sizeof(struct userwire_irq_set) == 20, "SET_IRQS");

/* REGION_READ and REGION_WRITE, both ways; data may follow */
struct userwire_access {
	uint64_t offset;
	uint32_t region;
	uint32_t count;
};
static_assert(sizeof(struct userwire_access) == 16, "REGION_READ");

/* DMA_READ and DMA_WRITE, both ways; data may follow */
struct userwire_dma {
	uint64_t iova;
	uint64_t count;
};
static_assert(sizeof(struct userwire_dma) == 16, "DMA_READ");

#endif
