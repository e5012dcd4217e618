/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is written in the flash: headers, directory, manufacturing data, VPD.
 *
 * Words are big-endian, checksums (CRC-32 as of Ethernet) little-endian, MAC
 * addresses in the order of the wire.  Boot code itself is left out: only its
 * head is there, with the version a driver looks for.  The VPD is longer than
 * the 256 bytes kept for it, so it lies in an area of its own, which the
 * directory names; the old place holds as much of it as has checksum and end.
 *
 *   000 magic, load address, words, offset of boot code; 010 CRC
 *   014 directory: eight of { load address, type << 24 | words, offset }
 *   074 manufacturing data with both MACs; 0fc CRC
 *   100 VPD, short   28c boot code's head   800 VPD, whole
 */
#include <string.h>

#include <libdeflate.h>

#include "base/bytes.h"
#include "tests/twin/model/chip.h"

enum {
	NV_MAGIC = 0x669955aa,
	NV_LOAD = 0x08003800,
	NV_BOOT = 0x28c,
	NV_BOOT_WORDS = 0x40,
	NV_BOOT_HEAD = 0x0c000000, /* its first word: the new format */
	NV_BOOT_VERSION = 0x10,    /* from NV_BOOT on */
	NV_CRC = 0x10,
	NV_DIR = 0x14,
	NV_DIR_EXTVPD = 20u << 24,
	NV_MFG = 0x74,
	NV_MAC0 = 0x7c,
	NV_PART = 0x84,
	NV_BOOT_REV = 0x94,
	NV_IDS = 0xa0,
	NV_FEATURE = 0xc4,
	NV_HW = 0xc8,
	NV_MAC1 = 0xcc,
	NV_SIZE = 0xf2,
	NV_MFG_CRC = 0xfc,
	NV_VPD = 0x100,
	NV_EXTVPD = 0x800,
	NV_EXTVPD_LEN = 0x200,
};

enum {
	VPD_ID_TAG = 0x82,
	VPD_RO_TAG = 0x90,
	VPD_END_TAG = 0x78,
};

/* A VPD in the making */
struct vpd {
	uint8_t *p;
	size_t at;
};

static void put_be32(uint8_t *nv, uint32_t off, uint32_t val)
{
	le_put(nv + off, 4, __builtin_bswap32(val));
}

static void vpd_bytes(struct vpd *v, const void *p, size_t len)
{
	memcpy(v->p + v->at, p, len);
	v->at += len;
}

/* Large resource: tag, length in two bytes */
static void vpd_tag(struct vpd *v, uint8_t tag, size_t len)
{
	uint8_t head[3] = {tag, (uint8_t)len, (uint8_t)(len >> 8)};

	vpd_bytes(v, head, sizeof(head));
}

/* Keyword of two letters, length in one byte, text */
static void vpd_key(struct vpd *v, const char *key, const char *text)
{
	uint8_t len = (uint8_t)strlen(text);

	vpd_bytes(v, key, 2);
	vpd_bytes(v, &len, 1);
	vpd_bytes(v, text, len);
}

/* RV fills the list up; its first byte makes the sum from the start be 0. */
static void vpd_checksum(struct vpd *v, size_t fill)
{
	uint8_t len = (uint8_t)fill;
	uint8_t sum = 0;

	vpd_bytes(v, "RV", 2);
	vpd_bytes(v, &len, 1);
	for (size_t i = 0; i < v->at; i++)
		sum = (uint8_t)(sum + v->p[i]);
	v->p[v->at] = (uint8_t)-sum;
	v->at += fill;
}

static void vpd_keys(struct vpd *v, const struct bcm_chip *chip, bool all)
{
	static const char *const more[][2] = {
		{"V1", "DSV1028VPDR.VER1.0"},
		{"V2", "NPY2"},
		{"V3", "PMT1"},
		{"V4", "NMVBroadcom Corp"},
		{"V5", "DTINIC"},
		{"V6", "DCM1001008d452101008d45"},
	};

	vpd_key(v, "PN", chip->partno);
	vpd_key(v, "MN", "1028");
	vpd_key(v, "V0", chip->vpd_v0);
	for (size_t i = 0; all && i < ARRAY_SIZE(more); i++)
		vpd_key(v, more[i][0], more[i][1]);
}

/* @len bytes at @off; @fill is the length of RV, 1 to 255 */
static void vpd_build(struct bcm_chip *chip, uint32_t off, bool all,
		      size_t fill)
{
	static const char id[] = "Broadcom NetXtreme Gigabit Ethernet";
	struct vpd v = {.p = chip->nvram + off};
	uint8_t end = VPD_END_TAG;
	size_t list;

	vpd_tag(&v, VPD_ID_TAG, strlen(id));
	vpd_bytes(&v, id, strlen(id));
	list = v.at;
	vpd_tag(&v, VPD_RO_TAG, 0);
	vpd_keys(&v, chip, all);
	le_put(v.p + list + 1, 2, v.at - list + fill);
	vpd_checksum(&v, fill);
	vpd_bytes(&v, &end, 1);
}

static void manufacturing(struct bcm_chip *chip)
{
	uint8_t *nv = chip->nvram;

	memcpy(nv + NV_MAC0 + 2, chip->opt.mac[0], 6);
	memcpy(nv + NV_MAC1 + 2, chip->opt.mac[1], 6);
	memcpy(nv + NV_PART, chip->partno, strnlen(chip->partno, 16));
	put_be32(nv, NV_BOOT_REV, 0x0127); /* 1.39 */
	put_be32(nv, NV_IDS, 0x165f14e4);
	put_be32(nv, NV_IDS + 4, 0x1f5b1028);
	put_be32(nv, NV_FEATURE, chip->opt.asf ? 0x80 : 0);
	put_be32(nv, NV_HW, 0x4014);
	nv[NV_SIZE] = 0;
	nv[NV_SIZE + 1] = BCM_NVRAM_SIZE / 1024;
	le_put(nv + NV_MFG_CRC, 4,
	       libdeflate_crc32(0, nv + NV_MFG, NV_MFG_CRC - NV_MFG));
}

void bcm_nvimage_build(struct bcm_chip *chip)
{
	static const char version[16] = "5720-v1.39";
	uint8_t *nv = chip->nvram;

	memset(nv, 0xff, BCM_NVRAM_SIZE);
	memset(nv, 0, NV_EXTVPD + NV_EXTVPD_LEN);
	put_be32(nv, 0x00, NV_MAGIC);
	put_be32(nv, 0x04, NV_LOAD);
	put_be32(nv, 0x08, NV_BOOT_WORDS);
	put_be32(nv, 0x0c, NV_BOOT);
	le_put(nv + NV_CRC, 4, libdeflate_crc32(0, nv, NV_CRC));
	put_be32(nv, NV_DIR + 4, NV_DIR_EXTVPD | NV_EXTVPD_LEN / 4);
	put_be32(nv, NV_DIR + 8, NV_EXTVPD);
	manufacturing(chip);
	put_be32(nv, NV_BOOT, NV_BOOT_HEAD);
	put_be32(nv, NV_BOOT + 8, NV_LOAD + NV_BOOT_VERSION);
	memcpy(nv + NV_BOOT + NV_BOOT_VERSION, version, sizeof(version));
	vpd_build(chip, NV_VPD, false, 64);
	vpd_build(chip, NV_EXTVPD, true, 234);
}

uint32_t bcm_vpd_read(const struct bcm_chip *chip, uint32_t addr)
{
	if (addr >= NV_EXTVPD_LEN)
		return 0;
	return (uint32_t)le_get(chip->nvram + NV_EXTVPD + (addr & ~3u), 4);
}
