/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Config space by ECAM: 4 KiB for each function (PCIe 6.0, 7.2.2); and what is
 * found there: capabilities, memory BARs, the line.
 */
#include "payload.h"

#define COMMAND        0x04
#define COMMAND_DECODE 0x03
#define STATUS         0x06
#define STATUS_CAPS    0x10
#define BAR            0x10 /* + 4 * number */
#define BAR_TYPE       0x0f
#define BAR_64         0x04
#define CAPS           0x34
#define PIN            0x3d
#define NCAPS          48 /* as many as there is room for */
#define MAP_CELLS      7  /* 3 of address, pin, phandle, GSI, sense */
#define DEVICE_IN_MAP  0xf800

static uint64_t ecam;

bool pci_init(void)
{
	uint64_t len;

	return dt_reg(dt_compatible("pci-host-ecam-generic"), &ecam, &len);
}

static uint64_t where(unsigned slot, unsigned fn, unsigned off)
{
	return ecam + (slot << 15 | fn << 12 | off);
}

uint32_t pci_get(unsigned slot, unsigned fn, unsigned off, unsigned size)
{
	uint64_t a = where(slot, fn, off);

	if (size == 1)
		return *(volatile uint8_t *)a;
	if (size == 2)
		return *(volatile uint16_t *)a;
	return *(volatile uint32_t *)a;
}

void pci_put(unsigned slot, unsigned fn, unsigned off, unsigned size,
	     uint32_t v)
{
	uint64_t a = where(slot, fn, off);

	if (size == 1)
		*(volatile uint8_t *)a = (uint8_t)v;
	else if (size == 2)
		*(volatile uint16_t *)a = (uint16_t)v;
	else
		*(volatile uint32_t *)a = v;
}

unsigned pci_cap(unsigned slot, unsigned fn, unsigned id)
{
	unsigned at;

	if (!(pci_get(slot, fn, STATUS, 2) & STATUS_CAPS))
		return 0;
	at = pci_get(slot, fn, CAPS, 1);
	for (unsigned i = 0; at && i < NCAPS; i++) {
		if (pci_get(slot, fn, at, 1) == id)
			return at;
		at = pci_get(slot, fn, at + 1, 1);
	}
	return 0;
}

/* Both halves of a BAR, or its one */
static uint64_t bar_get(unsigned slot, unsigned fn, unsigned i)
{
	uint64_t v = pci_get(slot, fn, BAR + 4 * i, 4);

	if (v & BAR_64)
		v |= (uint64_t)pci_get(slot, fn, BAR + 4 * i + 4, 4) << 32;
	return v;
}

static void bar_put(unsigned slot, unsigned fn, unsigned i, uint64_t v)
{
	bool wide = pci_get(slot, fn, BAR + 4 * i, 4) & BAR_64;

	pci_put(slot, fn, BAR + 4 * i, 4, (uint32_t)v);
	if (wide)
		pci_put(slot, fn, BAR + 4 * i + 4, 4, (uint32_t)(v >> 32));
}

uint64_t pci_bar(unsigned slot, unsigned fn, unsigned i)
{
	return bar_get(slot, fn, i) & ~(uint64_t)BAR_TYPE;
}

void pci_bar_move(unsigned slot, unsigned fn, unsigned i, uint64_t gpa)
{
	bar_put(slot, fn, i, gpa);
}

/* The lowest bit that can be set, apart from those that say the type */
uint64_t pci_bar_size(unsigned slot, unsigned fn, unsigned i)
{
	uint32_t command = pci_get(slot, fn, COMMAND, 2);
	uint64_t was = bar_get(slot, fn, i), ones;

	pci_put(slot, fn, COMMAND, 2, command & ~(uint32_t)COMMAND_DECODE);
	bar_put(slot, fn, i, UINT64_MAX);
	ones = pci_bar(slot, fn, i);
	bar_put(slot, fn, i, was);
	pci_put(slot, fn, COMMAND, 2, command);
	return ones & -ones;
}

int pci_intx_gsi(unsigned slot, unsigned fn)
{
	uint32_t pin = pci_get(slot, fn, PIN, 1);
	uint32_t len;
	const uint32_t *map = dt_prop(dt_compatible("pci-host-ecam-generic"),
				      "interrupt-map", &len);

	for (uint32_t i = 0; i + MAP_CELLS <= len / 4; i += MAP_CELLS)
		if ((__builtin_bswap32(map[i]) & DEVICE_IN_MAP) == slot << 11 &&
		    __builtin_bswap32(map[i + 3]) == pin)
			return (int)__builtin_bswap32(map[i + 5]);
	return -1;
}
