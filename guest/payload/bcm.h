/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What payloads know of a BCM5720, bare: registers, status blocks, one send
 * and one receive ring without offloads.  See tests/twin for a chip to try.
 *
 * Addresses of guest memory are what the device does DMA to, so everything
 * here is handed over as it lies.
 */
#ifndef GUEST_PAYLOAD_BCM_H
#define GUEST_PAYLOAD_BCM_H

#include "payload.h"

enum {
	BCM_ID = 0x165f14e4, /* device and vendor */
	BCM_BAR_REG = 0,     /* registers: BAR numbers, 64 bits wide each */
	BCM_BAR_APE = 2,     /* management processor */
	BCM_BAR_MSIX = 4,
	BCM_BAR_SIZE = 0x10000,
	BCM_VECTORS = 5, /* interrupts, each with its status block */

	/* in configuration space */
	BCM_COMMAND = 0x04,
	BCM_COMMAND_ON = 0x406, /* memory, DMA; messages, but no line */
	BCM_COMMAND_LINE = 0x006,
	BCM_HOST_CTRL = 0x68,
	BCM_HOST_CTRL_ON = 0x298, /* as tg3 sets it: tags count */

	/* registers; the first are plain storage with a reset value of 0 */
	BCM_RX_MTU = 0x43c,
	/* + 8 * vector: 1 masks; the last tag that was seen << 24 unmasks */
	BCM_MBOX_IRQ = 0x204,
	BCM_MAC_MODE = 0x400,
	BCM_MAC_LOOPBACK = 0x10,
	BCM_MAC_ADDR = 0x410, /* two bytes, then four at + 4 */
	BCM_TX_STATUS = 0x460,
	BCM_TX_STATUS_LINK = 8,
	BCM_HOSTCC = 0x3c00,
	BCM_MSG_MODE = 0x6000,
	BCM_MSG_ON = 2,
	BCM_MSG_MANY = 0x80,        /* a message for each vector */
	BCM_MSG_NO_ONE_SHOT = 0x20, /* a message does not mask its vector */
	BCM_CORE_RESET = 0x6804,    /* bit 0 */

	BCM_DMA_ERROR = 0x4c04, /* of writes: 0, bits clear by writing ones */

	BCM_APE_SHM =
		0x4200, /* of BAR 2: from here to LAST drivers may write */
	BCM_APE_LAST = 0x4ffc,
};

/* What the chip tells by DMA, for one vector */
struct bcm_status {
	uint32_t updated; /* bit 0 */
	uint32_t tag;     /* goes up by one with each block */
	uint16_t jumbo_cons, std_cons;
	uint16_t reserved[2];
	uint16_t rx_prod, tx_cons;
	uint32_t zero[3];
};

_Static_assert(sizeof(struct bcm_status) == 32, "a status block");

struct bcm {
	unsigned slot, fn;
	uint64_t reg, ape;                  /* addresses of BARs 0 and 2 */
	volatile struct bcm_status *status; /* BCM_VECTORS of them */
	unsigned tx_prod, rx_cons, rx_posted;
};

/**
 * bcm_find - a function of the chip at slot=N of the command line
 *
 * Makes its BARs reachable and switches memory and DMA on.
 * Return: false when that is another device, or none.
 */
bool bcm_find(struct bcm *b, unsigned fn);

/** bcm_on - memory, DMA and the chip's own switches, as after a reset */
void bcm_on(struct bcm *b);

static inline uint32_t bcm_get(const struct bcm *b, uint32_t off)
{
	return mmio_get32(b->reg + off);
}

static inline void bcm_put(const struct bcm *b, uint32_t off, uint32_t v)
{
	mmio_put32(b->reg + off, v);
}

/** bcm_status_at - the block of vector @v goes to guest memory at @gpa */
void bcm_status_at(const struct bcm *b, unsigned v, uint64_t gpa);

/** bcm_status_open - where status blocks go, and that they may: cleared */
void bcm_status_open(struct bcm *b);

/** bcm_status_now - ask for the block of vector @v, and its interrupt */
void bcm_status_now(const struct bcm *b, unsigned v);

/** bcm_status_await - until the tag of vector @v is @tag; false: in no time */
bool bcm_status_await(const struct bcm *b, unsigned v, uint32_t tag);

/**
 * bcm_rings_open - rings of this function, after bcm_status_open()
 * @loopback: what is sent comes back; else it goes to the wire
 */
void bcm_rings_open(struct bcm *b, bool loopback);

/** bcm_send - one frame; it may not change until tx_cons says so */
void bcm_send(struct bcm *b, const void *frame, uint32_t len);

/**
 * bcm_receive - the next frame that comes
 * @len: filled, without FCS
 *
 * Return: the frame, good until the next call; NULL when none came for a while.
 */
const uint8_t *bcm_receive(struct bcm *b, uint32_t *len);

#endif
