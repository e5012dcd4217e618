/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The outside of a software BCM5720 (14e4:165f): one chip, two functions.
 *
 * The model makes no system call and keeps no time.  What it does to the world
 * goes out by struct bcm_ops; what the world does to it comes in by the
 * functions below.  One thread at a time; the caller locks.
 *
 * Register writes only latch and mark work.  The work (rings, link timers,
 * interrupts) is done by bcm_run(), so that a caller can answer the bus first
 * and move data afterwards.  A DMA callback of bcm_run() may call bcm_read(),
 * bcm_write() and the reset functions again: the work in hand notices and
 * stops.  It must not call bcm_run() or bcm_frame_in().
 */
#ifndef TWIN_MODEL_BCM5720_H
#define TWIN_MODEL_BCM5720_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	BCM_FUNCS = 2,
	BCM_CFG_SIZE = 0x1000,
	BCM_BAR_SIZE = 0x10000, /* each of BAR0, BAR2 and BAR4 */
	BCM_ROM_SIZE = 0x40000,
	BCM_SHM_AT = 0x4000, /* in BAR2: memory shared with the APE */
	BCM_SHM_SIZE = 0x1000,
	BCM_MSI_VECTORS = 8,
	BCM_MSIX_VECTORS = 17, /* in the capability; the engines use 5 */
	BCM_VECTORS = 5,
	BCM_FRAME_MAX = 9600, /* longest frame on the wire, without FCS */
};

/* Numbers of VFIO_PCI_*_REGION_INDEX, linux/vfio.h */
enum bcm_region {
	BCM_BAR0 = 0, /* registers */
	BCM_BAR2 = 2, /* APE, the management processor */
	BCM_BAR4 = 4, /* MSI-X table and PBA */
	BCM_ROM = 6,
	BCM_CONFIG = 7,
};

/* How a function's interrupts reach the host */
enum bcm_irq {
	BCM_IRQ_BUS,  /* as on a bus: configuration space and table decide */
	BCM_IRQ_NONE, /* the host has wired nothing */
	BCM_IRQ_INTX,
	BCM_IRQ_MSI, /* the host wired eventfds and does the masking */
	BCM_IRQ_MSIX,
};

/* What can be made to go wrong, see bcm_fault() */
enum bcm_fault {
	BCM_FAULT_NONE,
	BCM_FAULT_DMA,       /* a DMA access fails */
	BCM_FAULT_LOST_IRQ,  /* an interrupt is not delivered */
	BCM_FAULT_NO_BOOT,   /* bootcode does not answer after a reset */
	BCM_FAULT_LINK_FLAP, /* the link goes down and comes back */
	BCM_FAULT_FLR_HANG,  /* after FLR the function reads all ones */
	BCM_FAULT_LOST_MSI,  /* no message of MSI (but MSI-X) is delivered */
	BCM_FAULT_COUNT,
};

struct bcm_ops {
	/** dma_read - @len bytes of memory at @iova: 0 or -errno */
	int (*dma_read)(void *ctx, unsigned int fn, uint64_t iova, void *buf,
			size_t len);
	/** dma_write - likewise to memory */
	int (*dma_write)(void *ctx, unsigned int fn, uint64_t iova,
			 const void *buf, size_t len);
	/**
	 * irq - an interrupt
	 * @how:   BCM_IRQ_INTX: @level is the line's new level;
	 *         BCM_IRQ_MSI or BCM_IRQ_MSIX: one message
	 * @vector: of MSI or MSI-X, below BCM_VECTORS; 0 for INTx
	 */
	void (*irq)(void *ctx, unsigned int fn, enum bcm_irq how,
		    unsigned int vector, bool level);
	/** frame_out - a frame leaves the port: Ethernet header on, no FCS */
	void (*frame_out)(void *ctx, unsigned int fn, const void *frame,
			  size_t len);
	/** now_ns - a clock that never goes back, nanoseconds */
	uint64_t (*now_ns)(void *ctx);
	/** log - one line of text, without newline; may be NULL */
	void (*log)(void *ctx, unsigned int fn, const char *line);
};

/* Speed of the wire, before negotiation */
enum bcm_link { BCM_LINK_DOWN, BCM_LINK_100, BCM_LINK_1000 };

struct bcm_options {
	uint8_t mac[BCM_FUNCS][6];
	enum bcm_link link;
	bool asf;           /* management firmware on, as in Dell servers */
	const char *partno; /* VPD PN, at most 16 characters */
	const char *vpd_v0; /* VPD V0, at most 12 characters */
	uint64_t link_ns;   /* from ANRESTART to link */
	/*
	 * BCM_SHM_SIZE bytes, zeroed, borrowed: the memory shared with the
	 * APE lies there, and others may change it at any time; NULL: its own
	 */
	uint32_t *shm;
};

struct bcm_chip;

/** bcm_options_default - MACs 34:17:eb:f0:dc:e3/e4, 1000, 100 ms, no ASF */
struct bcm_options bcm_options_default(void);

/**
 * bcm_create - a chip as after power-on: bootcode has run, link is coming
 * @ops, @ctx: borrowed until bcm_destroy()
 * @o:    copied, strings too
 *
 * Return: the chip, owned by the caller; NULL when out of memory.
 */
struct bcm_chip *bcm_create(const struct bcm_ops *ops, void *ctx,
			    const struct bcm_options *o);

/** bcm_destroy - free @chip; NULL is fine */
void bcm_destroy(struct bcm_chip *chip);

/**
 * bcm_read - a bus read
 * @r:   region
 * @off: byte offset in it
 * @buf: filled with @len bytes, little endian as on the bus
 * @len: 1 to BCM_CFG_SIZE bytes; taken apart into natural accesses
 *
 * Return: 0; -EINVAL for a range outside the region or an unknown one
 *         (@buf is then all ones, as an unclaimed read is).
 */
int bcm_read(struct bcm_chip *chip, unsigned int fn, enum bcm_region r,
	     uint64_t off, void *buf, size_t len);

/** bcm_write - a bus write; arguments and return as of bcm_read() */
int bcm_write(struct bcm_chip *chip, unsigned int fn, enum bcm_region r,
	      uint64_t off, const void *buf, size_t len);

/** bcm_region_size - bytes of region @r, 0 when there is none */
uint64_t bcm_region_size(enum bcm_region r);

/** bcm_flr - what a function level reset does to function @fn */
void bcm_flr(struct bcm_chip *chip, unsigned int fn);

/** bcm_bus_reset - what a secondary bus reset does: both functions, the PHYs */
void bcm_bus_reset(struct bcm_chip *chip);

/**
 * bcm_irq_wire - how interrupts of @fn leave from now on
 *
 * A host that owns the device by VFIO wires them itself, and its writes to the
 * capability or table need not arrive here; then it masks, not we.  A pending
 * INTx level is told again.
 */
void bcm_irq_wire(struct bcm_chip *chip, unsigned int fn, enum bcm_irq how);

/**
 * bcm_run - do the work that writes and time have made
 *
 * Bounded: at most a few hundred frames; call again while bcm_deadline() is 0.
 */
void bcm_run(struct bcm_chip *chip);

/** bcm_deadline - when bcm_run() wants to be called; 0 now, UINT64_MAX never */
uint64_t bcm_deadline(const struct bcm_chip *chip);

/**
 * bcm_rx_room - would bcm_frame_in() find a place for a frame of @len bytes?
 *
 * True too when the frame would be dropped anyway (rings down, filter): only
 * a ring that is up and momentarily has no buffer makes it false.
 */
bool bcm_rx_room(const struct bcm_chip *chip, unsigned int fn, size_t len);

/**
 * bcm_frame_in - a frame arrives at the port of @fn
 * @len: 14 to BCM_FRAME_MAX bytes without FCS; others are counted and dropped
 *
 * Context: as bcm_run(); calls DMA and irq.
 */
void bcm_frame_in(struct bcm_chip *chip, unsigned int fn, const void *frame,
		  size_t len);

/** bcm_link_set - the cable of @fn: pulled out, or in at some speed */
void bcm_link_set(struct bcm_chip *chip, unsigned int fn, enum bcm_link l);

/**
 * bcm_fault - let something go wrong
 * @at: the how-manieth occasion from now, 1 is the next
 *
 * Happens once; BCM_FAULT_NO_BOOT and BCM_FAULT_FLR_HANG last until bus reset,
 * BCM_FAULT_LOST_MSI for ever.
 */
void bcm_fault(struct bcm_chip *chip, unsigned int fn, enum bcm_fault what,
	       unsigned int at);

/** bcm_fault_name - "dma", "lost-irq", ...; NULL beyond BCM_FAULT_COUNT */
const char *bcm_fault_name(enum bcm_fault what);

#endif
