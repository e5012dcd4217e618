/* SPDX-License-Identifier: BSD-2-Clause */
/* Config space by ECAM: 4 KiB for each function (PCIe 6.0, 7.2.2). */
#include "payload.h"

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
