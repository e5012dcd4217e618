/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The eventfds by which a client gets its interrupts.
 *
 * INTx is a level behind an eventfd that masks itself: told once, then not
 * again before the client unmasks it by message or by its resample eventfd; if
 * the line is still up then, it is told at once.  Vectors of MSI and MSI-X
 * are told each time.
 */
#ifndef TESTS_TWIN_SERVER_IRQS_H
#define TESTS_TWIN_SERVER_IRQS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/twin/server/vfu.h"
#include "vfio/userwire.h"

struct vfu_irqs {
	const struct vfu_dev *dev;
	int trigger[VFU_IRQS][VFU_VECTORS]; /* eventfds, or -1 */
	int resample;                       /* INTx unmask eventfd, or -1 */
	uint32_t wired;   /* INTx, MSI or MSI-X index, or VFU_NO_IRQ */
	uint32_t pending; /* MSI-X vectors that fired and have no eventfd */
	bool level;       /* of INTx */
	bool masked;      /* INTx, by itself or by the client */
};

/** vfu_irqs_init - nothing wired; @dev is borrowed */
void vfu_irqs_init(struct vfu_irqs *q, const struct vfu_dev *dev);

/** vfu_irqs_fini - close all eventfds; tells the device; idempotent */
void vfu_irqs_fini(struct vfu_irqs *q);

/**
 * vfu_irqs_set - do what a SET_IRQS message says
 * @set:  its fixed part
 * @data: @len bytes behind it
 * @fds:  @nfds descriptors that came with it; those taken become -1
 *
 * Return: 0, or -errno (no message): -EINVAL against the protocol or beyond
 *         what the device has, or while another kind of interrupt is wired;
 *         -ENOTTY an action that this index has not, as in the kernel.
 */
int vfu_irqs_set(struct vfu_irqs *q, const struct userwire_irq_set *set,
		 const uint8_t *data, size_t len, int *fds, unsigned nfds)
	__attribute__((warn_unused_result));

/**
 * vfu_irqs_fire - tell the client of one interrupt
 * @index, @vector: which
 *
 * A vector of MSI-X without eventfd is one that the client masks: it is told
 * when it gets one.  Others are lost.
 *
 * Return: whether there was an eventfd.
 */
bool vfu_irqs_fire(struct vfu_irqs *q, uint32_t index, uint32_t vector);

/** vfu_irqs_level - the INTx line goes up or down */
void vfu_irqs_level(struct vfu_irqs *q, bool level);

/** vfu_irqs_resample - the resample eventfd may be readable: unmask INTx */
void vfu_irqs_resample(struct vfu_irqs *q);

#endif
