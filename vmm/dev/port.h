/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wide accesses to 8-bit devices.
 *
 * The ISA bus splits an access of 2 or 4 bytes at an 8-bit device into byte
 * accesses at ports that follow each other, lowest first; so do these two, and
 * every model here need only know about bytes.  Offsets are 64 bits wide so
 * that the sum below cannot wrap into the device again.
 */
#ifndef VMM_DEV_PORT_H
#define VMM_DEV_PORT_H

#include <stdint.h>

typedef uint8_t port_get_fn(void *dev, uint64_t off);
typedef void port_put_fn(void *dev, uint64_t off, uint8_t byte);

/**
 * port_read - @size reads of one byte
 * @get:  reads the port at an offset; called lowest offset first
 * @off:  offset of the first port
 * @size: bytes; more than 4 counts as 4
 *
 * Return: the bytes, the first in the low bits.
 */
static inline uint32_t port_read(port_get_fn *get, void *dev, unsigned off,
				 unsigned size)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < size && i < 4; i++)
		value |= (uint32_t)get(dev, (uint64_t)off + i) << (8 * i);
	return value;
}

/**
 * port_write - @size writes of one byte
 * @put:   writes the port at an offset; called lowest offset first
 * @off:   offset of the first port
 * @size:  bytes; more than 4 counts as 4
 * @value: the first byte in the low bits
 */
static inline void port_write(port_put_fn *put, void *dev, unsigned off,
			      unsigned size, uint32_t value)
{
	for (unsigned i = 0; i < size && i < 4; i++)
		put(dev, (uint64_t)off + i, (uint8_t)(value >> (8 * i)));
}

#endif
