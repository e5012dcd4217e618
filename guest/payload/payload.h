/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a bare-metal payload can call.
 *
 * A payload is one file with a payload_main().  It finds the machine in the
 * device tree (dt_*), talks on COM1 and ends with a status.  No C library, no
 * floating point, one processor until cpu_start(), interrupts off but while
 * something is waited for.
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

/* Ports and memory-mapped registers; of those @at is as page_map() says */

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

static inline uint32_t mmio_get32(uint64_t at)
{
	return *(volatile uint32_t *)at;
}

static inline void mmio_put32(uint64_t at, uint32_t v)
{
	*(volatile uint32_t *)at = v;
}

static inline uint64_t mmio_get64(uint64_t at)
{
	return *(volatile uint64_t *)at;
}

static inline void mmio_put64(uint64_t at, uint64_t v)
{
	*(volatile uint64_t *)at = v;
}

/**
 * page_map - make what lies above 4 GiB reachable
 * @gpa: in a few ranges of 1 GiB each; below 4 GiB, all is already
 *
 * Return: its address, and that of what follows in the same GiB; below 4 GiB
 *         @gpa itself; 0 when there is no table left.
 */
uint64_t page_map(uint64_t gpa);

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

/** pci_cap - offset of capability @id; 0 when there is none */
unsigned pci_cap(unsigned slot, unsigned fn, unsigned id);

/** pci_bar - address in a 32- or 64-bit memory BAR @i, 0..5 */
uint64_t pci_bar(unsigned slot, unsigned fn, unsigned i);

/** pci_bar_move - write an address to it; the type bits are the device's */
void pci_bar_move(unsigned slot, unsigned fn, unsigned i, uint64_t gpa);

/**
 * pci_bar_size - how large it is, by writing ones; 0 when there is none
 *
 * Decoding is off meanwhile, and then as before.
 */
uint64_t pci_bar_size(unsigned slot, unsigned fn, unsigned i);

/** pci_intx_gsi - I/O APIC pin of a function's line, by the tree; or -1 */
int pci_intx_gsi(unsigned slot, unsigned fn);

/*
 * Interrupts
 *
 * IRQ_VECTORS of them, 0 and up, each with a counter.  How a device is to name
 * one in a message: irq_message().
 */
#define IRQ_VECTORS 16

/**
 * irq_init - load an interrupt table, mask the 8259s, switch the APIC on
 *
 * From then on an exception prints a line and exits with STATUS_TRAP.
 * Return: false when the tree has no APICs.
 */
bool irq_init(void);

/**
 * irq_route - let a line of the I/O APIC interrupt this processor, as vector 0
 * @gsi:   pin
 * @level: true: level-triggered, active low; false: edge, active high
 */
void irq_route(unsigned gsi, bool level);

/** irq_wait - sleep until vector 0 came more than @seen times; how often now */
unsigned irq_wait(unsigned seen);

/** irq_count - how often vector @n has come */
unsigned irq_count(unsigned n);

/** irq_handler - what to do at vector @n before its end of interrupt; or NULL
 */
void irq_handler(unsigned n, void (*handler)(void));

/**
 * irq_await - sleep until vector @n has come @want times since irq_init()
 *
 * Return: has it?  false after about three seconds.
 */
bool irq_await(unsigned n, unsigned want);

/** sleep_ms - let about @ms milliseconds go by, with interrupts, below 4000 */
void sleep_ms(unsigned ms);

/* A message that interrupts this processor: what to write, and where */
struct irq_message {
	uint64_t addr;
	uint32_t data;
};

/** irq_message - the one that is vector @n */
struct irq_message irq_message(unsigned n);

/**
 * cpu_start - let the second processor (--cpus 2) run @fn; after irq_init()
 *
 * It has a stack of its own, no interrupt table, and halts when @fn returns.
 * Return: false when it does not come up.
 */
bool cpu_start(void (*fn)(void));

/* Messages of a device: capabilities and table */

/**
 * msi_enable - a function's MSI, with vectors from @n on
 * @count: 1, 2, 4 or 8; @n is a multiple of it
 *
 * Return: false when it has no such capability, or not for so many.
 */
bool msi_enable(unsigned slot, unsigned fn, unsigned n, unsigned count);

/** msi_disable - and it has its INTx line again */
void msi_disable(unsigned slot, unsigned fn);

/** A function's MSI-X; of no use when .count is 0 */
struct msix {
	unsigned slot, fn, cap;
	unsigned count;      /* entries */
	uint64_t table, pba; /* addresses, as of page_map() */
};

/** msix_find - where it is */
struct msix msix_find(unsigned slot, unsigned fn);

/** msix_control - enable it or not, mask all of it or not */
void msix_control(const struct msix *m, bool enable, bool mask);

/** msix_set - entry @i becomes vector @n, and is masked or not */
void msix_set(const struct msix *m, unsigned i, unsigned n, bool mask);

/** msix_mask - only its mask bit */
void msix_mask(const struct msix *m, unsigned i, bool mask);

/** msix_pending - its bit of the PBA */
bool msix_pending(const struct msix *m, unsigned i);

#endif
