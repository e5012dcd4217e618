/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The option ROM: the smallest image that a host takes for one.
 *
 * A kernel hides a ROM whose image is not valid, so that a machine and its
 * guest would show different devices.  The image is 512 bytes and does
 * nothing: a BIOS calls its entry, which returns.  Behind it, blank flash.
 *
 * Source: PCI Firmware Specification 3.3, 5.1 (image, PCI data structure).
 */
#include <string.h>

#include "base/bytes.h"
#include "tests/twin/model/chip.h"

enum {
	ROM_ENTRY = 3,
	X86_RETF = 0xcb,
	ROM_DATA_AT = 0x18,
	ROM_DATA = 0x1c,
	ROM_SUM = BCM_ROM_IMAGE - 1,
};

static const uint8_t data[] = {
	'P', 'C',  'I',  'R',  0xe4, 0x14, 0x5f, 0x16, /* vendor, device */
	0,   0,    0x18, 0,    /* no list of devices; length */
	0,   0,    0,    0x02, /* revision; class: Ethernet */
	1,   0,    0,    0,    /* length of the image in 512 bytes; level */
	0,   0x80, 0,    0,    /* x86 code; the last image */
};

void bcm_rom_build(struct bcm_chip *chip)
{
	uint8_t *rom = chip->rom;
	uint8_t sum = 0;

	memset(rom, 0, BCM_ROM_IMAGE);
	rom[0] = 0x55;
	rom[1] = 0xaa;
	rom[2] = BCM_ROM_IMAGE / 512;
	rom[ROM_ENTRY] = X86_RETF;
	rom[ROM_DATA_AT] = ROM_DATA;
	memcpy(rom + ROM_DATA, data, sizeof(data));
	for (size_t i = 0; i < BCM_ROM_IMAGE; i++)
		sum = (uint8_t)(sum + rom[i]);
	rom[ROM_SUM] = (uint8_t)-sum;
}

uint32_t bcm_rom_read(const struct bcm_chip *chip, uint32_t off)
{
	if (off >= BCM_ROM_IMAGE)
		return UINT32_MAX;
	return (uint32_t)le_get(chip->rom + off, 4);
}
