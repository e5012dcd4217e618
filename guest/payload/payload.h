/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a bare-metal payload can call.
 *
 * A payload is one file with a payload_main().  It finds the machine in the
 * device tree (dt_*), talks on COM1 and ends with a status.  No C library, no
 * floating point, one processor, interrupts off until irq_enable().
 */
#ifndef GUEST_PAYLOAD_H
#define GUEST_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Fixed, so that a payload can complain about a bad device tree. */
#define PORT_COM1       0x3f8
#define PORT_DEBUG_EXIT 0xf4 /* one byte: the program's exit status */

#define STATUS_TRAP 99 /* exit status after an exception of the processor */

/**
 * payload_main - the program
 *
 * Return: exit status, 0..255; a failed report() turns 0 into 1.
 */
int payload_main(void);

/** payload_start - called by start.S with the device tree's address */
void payload_start(const void *fdt) __attribute__((noreturn));

/** payload_exit - end the run with @status, 0..255 */
void payload_exit(int status) __attribute__((noreturn));

/**
 * print - write to the console; a small printf()
 * @fmt: knows %s, %u (unsigned), %x (unsigned), %0Nx (N digits, 1..9), %llx
 *       (uint64_t) and %%
 */
void print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** report - print "PASS: NAME" or "FAIL: NAME"; returns @pass */
bool report(bool pass, const char *name);

/* Ports and memory-mapped registers */

static inline void outb(uint16_t port, uint8_t v)
{
	asm volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}

static inline uint8_t inb(uint16_t port)
{
	uint8_t v;

	asm volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline uint32_t mmio_get32(uint64_t gpa)
{
	return *(volatile uint32_t *)gpa;
}

static inline void mmio_put32(uint64_t gpa, uint32_t v)
{
	*(volatile uint32_t *)gpa = v;
}

/* Device tree; a node is the offset of its first property, -1 for none */

/** dt_init - use the tree at @fdt; false when it has no valid header */
bool dt_init(const void *fdt);

/** dt_named - first node called @name, without its unit address */
int dt_named(const char *name);

/** dt_compatible - first node that lists @compat as compatible */
int dt_compatible(const char *compat);

/**
 * dt_prop - a property's value
 * @len: filled with its bytes; 0 when there is none
 *
 * Return: pointer into the tree, or NULL.
 */
const void *dt_prop(int node, const char *name, uint32_t *len);

/**
 * dt_reg - first address of a node whose bus has two cells for each
 * @base: filled; 0 on failure
 * @len:  filled likewise
 *
 * Return: true when the node has such a "reg".
 */
bool dt_reg(int node, uint64_t *base, uint64_t *len);

/** arg - the string behind KEY= in /chosen/bootargs, up to a blank; or NULL */
const char *arg(const char *key);

/** arg_u32 - decimal number behind KEY=, or @otherwise */
uint32_t arg_u32(const char *key, uint32_t otherwise);

/* PCI: bus 0 behind the tree's ECAM host bridge */

/** pci_init - find the host bridge; false when there is none */
bool pci_init(void);

/** pci_get - @size (1, 2 or 4) bytes at @off of a function's config space */
uint32_t pci_get(unsigned slot, unsigned fn, unsigned off, unsigned size);

/** pci_put - write them */
void pci_put(unsigned slot, unsigned fn, unsigned off, unsigned size,
	     uint32_t v);

/* Interrupts */

/**
 * irq_init - load an interrupt table, mask the 8259s, switch the APIC on
 *
 * From then on an exception prints a line and exits with STATUS_TRAP.
 * Return: false when the tree has no APICs.
 */
bool irq_init(void);

/**
 * irq_route - let a line of the I/O APIC interrupt this processor
 * @gsi:   pin
 * @level: true: level-triggered, active low; false: edge, active high
 */
void irq_route(unsigned gsi, bool level);

/** irq_wait - sleep until more than @seen interrupts came; how many now */
unsigned irq_wait(unsigned seen);

#endif
