/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The name of a PCI function: domain, bus, device, function.
 *
 * Parses what a user types and what sysfs lists, prints the long form that
 * the kernel uses.  Knows nothing of whether such a device exists.
 */
#ifndef VFIO_BDF_H
#define VFIO_BDF_H

#include <stdbool.h>
#include <stdint.h>

#define BDF_STRLEN 20 /* room for "10000abc:02:00.0" and its NUL */

struct pci_addr {
	uint32_t domain; /* beyond 16 bits for devices behind Intel VMD */
	uint8_t bus;
	uint8_t dev; /* 0..31 */
	uint8_t fn;  /* 0..7 */
};

/**
 * bdf_parse - read "0000:02:00.0" or "02:00.0"
 * @text: whole string; hexadecimal, 4-8 digits of domain, 2 of bus and
 *        device, 1 of function; nothing before or behind
 * @a:    filled on success; domain 0 when @text has none
 *
 * Return: 0, or -EINVAL with a message.
 */
int bdf_parse(const char *text, struct pci_addr *a)
	__attribute__((warn_unused_result));

/** bdf_try - bdf_parse() for a file name: false, and no message, if it is none
 */
bool bdf_try(const char *text, struct pci_addr *a);

/**
 * bdf_format - print @a as sysfs spells it, "0000:02:00.0"
 * @buf: BDF_STRLEN bytes, filled
 *
 * Return: @buf.
 */
const char *bdf_format(struct pci_addr a, char buf[BDF_STRLEN]);

/** bdf_cmp - <0, 0, >0 as @a sorts before, with, behind @b */
int bdf_cmp(struct pci_addr a, struct pci_addr b);

/** bdf_eq - true when both name the same function */
static inline bool bdf_eq(struct pci_addr a, struct pci_addr b)
{
	return bdf_cmp(a, b) == 0;
}

#endif
