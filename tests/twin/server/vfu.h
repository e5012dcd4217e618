/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A PCI device as the vfio-user server sees it: what it has, and whom to ask.
 *
 * The session offers one of these to one client.  It knows nothing of what
 * the regions contain; the device knows nothing of messages.
 */
#ifndef TESTS_TWIN_SERVER_VFU_H
#define TESTS_TWIN_SERVER_VFU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/vfio.h>

#include "base/range.h"
#include "tests/twin/server/log.h"

enum {
	VFU_REGIONS = VFIO_PCI_NUM_REGIONS,
	VFU_IRQS = VFIO_PCI_NUM_IRQS,
	VFU_VECTORS = 32, /* sub-indices of one interrupt index, at most */
	VFU_NO_IRQ = UINT8_MAX, /* for irq_wired(): no index is set up */
	VFU_AREAS = 8,          /* of a region that can be mapped, at most */
};

struct vfu_region {
	uint64_t size;  /* 0: there is no such region */
	uint32_t flags; /* VFIO_REGION_INFO_FLAG_READ, _WRITE */
};

/*
 * Memory of a region that clients may map, and then read and write without
 * asking.  The file must not be able to shrink.
 */
struct vfu_share {
	int fd;
	uint64_t offset; /* in the file: where the region begins */
	unsigned nareas; /* below VFU_AREAS; 0: all of the region */
	struct range area[VFU_AREAS]; /* in the region, whole pages */
};

struct vfu_irq {
	uint32_t count;
	uint32_t flags; /* VFIO_IRQ_INFO_* */
};

struct vfu_ops {
	/**
	 * read - a bus read
	 * @off, @len: lie inside the region
	 * @buf: filled
	 *
	 * Return: 0, or -errno, which is what the client gets.
	 * Context: of every callback but wait(): inside a handler, so no DMA.
	 */
	int (*read)(void *ctx, uint32_t region, uint64_t off, void *buf,
		    size_t len);
	/** write - a bus write, likewise */
	int (*write)(void *ctx, uint32_t region, uint64_t off, const void *buf,
		     size_t len);
	/** reset - what the client wants by DEVICE_RESET */
	int (*reset)(void *ctx);
	/**
	 * irq_wired - the client set eventfds up, or took them away
	 * @index: VFIO_PCI_INTX_IRQ_INDEX, _MSI_ or _MSIX_, or VFU_NO_IRQ;
	 *         a line of INTx that is up has to be told again
	 */
	void (*irq_wired)(void *ctx, uint32_t index);
	/**
	 * wait - DMA by message waits for the client: serve meanwhile
	 * @ms: at most so long
	 *
	 * May be NULL; then only this session's socket is served.  With two
	 * sessions it must serve both: a client may answer the one's request
	 * only after it has the answer of the other.
	 *
	 * Return: 0, or -errno to give up.
	 */
	int (*wait)(void *ctx, int ms);
};

struct vfu_dev {
	struct vfu_region region[VFU_REGIONS];
	const struct vfu_share *share[VFU_REGIONS]; /* NULL: by message only */
	struct vfu_irq irq[VFU_IRQS];
	const struct vfu_ops *ops;
	void *ctx;
	struct vfu_log *log; /* may be NULL */
	const char *name;    /* before each line of the log */
};

#endif
