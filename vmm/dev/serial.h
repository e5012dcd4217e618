/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A 16550A UART without a line: what is written is sent at once.
 *
 * Pure state: bytes leave by tx(), the interrupt pin is irq(), bytes arrive by
 * serial_rx_push(), which takes no more than the FIFO holds.  Baud rate,
 * parity and break are stored and have no effect.  No lock: whoever owns it
 * serialises the calls, and the callbacks run inside them.
 */
#ifndef VMM_DEV_SERIAL_H
#define VMM_DEV_SERIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SERIAL_NPORTS 8  /* registers, one byte each */
#define SERIAL_FIFO   16 /* bytes of the receive FIFO */

/**
 * struct serial_ops - what a UART does to its surroundings
 * @tx:   @n bytes (at least 1) leave; @buf is borrowed for the call
 * @irq:  the interrupt pin changed to @level; NULL when it is not wired
 * @room: the FIFO is empty again after serial_rx_push() or serial_rx_room()
 *        found it full: go on reading input.  NULL when nobody waits for it
 *
 * None of them may call back into the same struct serial.
 */
struct serial_ops {
	void (*tx)(void *opaque, const uint8_t *buf, size_t n);
	void (*irq)(void *opaque, bool level);
	void (*room)(void *opaque);
};

struct serial {
	const struct serial_ops *ops;
	void *opaque;
	uint8_t ier; /* bits 0..3 */
	uint8_t fcr; /* enable and trigger level bits */
	uint8_t lcr;
	uint8_t mcr; /* bits 0..4 */
	uint8_t scr;
	uint8_t dll;
	uint8_t dlm;
	uint8_t lsr_errors; /* overrun, until LSR is read */
	uint8_t msr_delta;  /* changes until MSR is read */
	bool thre_pending;  /* transmitter-empty interrupt not yet seen */
	bool irq_level;
	bool rx_waiting; /* somebody was told that there is no room */
	uint8_t rx[SERIAL_FIFO];
	unsigned rx_head; /* 0..15, index of the oldest byte */
	unsigned rx_n;    /* 0..16 */
};

/**
 * serial_init - a UART after reset, pin low, nothing received
 * @s:      filled
 * @ops:    borrowed until @s is no longer used; tx must be set
 * @opaque: handed to every callback
 */
void serial_init(struct serial *s, const struct serial_ops *ops, void *opaque);

/**
 * serial_read - guest reads @size ports from the one at @off
 * @off:  0..7; ports beyond read as 0xff
 * @size: bytes, 1, 2 or 4; more than one is so many byte accesses in order
 *
 * Return: the bytes read, the first in the low bits.
 * Source: TI PC16550D data sheet, table 1 and section 8.
 */
uint32_t serial_read(struct serial *s, unsigned off, unsigned size);

/**
 * serial_write - guest writes @size ports from the one at @off
 * @off:   0..7; ports beyond are ignored
 * @size:  bytes, 1, 2 or 4
 * @value: the first byte in the low bits
 */
void serial_write(struct serial *s, unsigned off, unsigned size,
		  uint32_t value);

/**
 * serial_write_many - @n byte writes to port 0, as by `rep outsb`
 * @buf: bytes in order; borrowed for the call
 *
 * The same as @n calls of serial_write(s, 0, 1, ...), but with one tx() for
 * all of them.
 */
void serial_write_many(struct serial *s, const uint8_t *buf, size_t n);

/**
 * serial_rx_room - how many bytes serial_rx_push() would take now
 *
 * 0 while the guest has the UART in loopback.  An answer of 0 is a promise to
 * call room() later.
 * Return: 0..16.
 */
size_t serial_rx_room(struct serial *s);

/**
 * serial_rx_push - bytes arrive on the line
 * @buf: @n bytes; borrowed for the call
 *
 * Return: how many were taken, from the first; fewer than @n is a promise to
 *         call room() later.
 */
size_t serial_rx_push(struct serial *s, const uint8_t *buf, size_t n)
	__attribute__((warn_unused_result));

#endif
