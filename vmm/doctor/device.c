/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One function: who it is, whether it may be given away at all, and what its
 * configuration space promises.  An ordinary user sees the first 64 bytes of
 * that, and is told what could not be looked at.
 */
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <linux/virtio_config.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "vmm/doctor/check.h"
#include "vmm/pci/cfg.h"
#include "vmm/pci/kind.h"
#include "vmm/pci/virtio.h"

#define CONFIG 256 /* bytes; the rest is of no interest here */

/* How many bytes we were given; 0 also when it cannot be read */
static size_t config_read(const struct sysfs *s, struct pci_addr a,
			  uint8_t raw[CONFIG])
{
	char path[SYSFS_PATH_MAX], bdf[BDF_STRLEN];
	ssize_t n;
	int fd;

	memset(raw, 0, CONFIG);
	sysfs_path(path, "%s/bus/pci/devices/%s/config", s->sys,
		   bdf_format(a, bdf));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = pread(fd, raw, CONFIG, 0);
	close(fd);
	return n < 0 ? 0 : (size_t)n;
}

int doctor_check_kinds(const struct sysfs *s, const struct pci_addr *a,
		       size_t n)
{
	uint8_t raw[CONFIG];
	char bdf[BDF_STRLEN];
	int rc = 0;

	for (size_t i = 0; !rc && i < n; i++) {
		if (config_read(s, a[i], raw) < PCI_STD_HEADER_SIZEOF)
			continue;
		rc = pci_kind_check(raw, false);
		if (rc)
			err_prefix(rc, "%s", bdf_format(a[i], bdf));
	}
	return rc;
}

/* ---- virtio ---- */

/* Bit @bit of what its driver agreed on with it: 0 or 1; -1: no driver has it
 */
static int negotiated(const struct doctor *d, struct pci_addr a, unsigned bit)
{
	char path[SYSFS_PATH_MAX], bdf[BDF_STRLEN], text[256];
	struct sysfs_names names = {.n = 0};

	bdf_format(a, bdf);
	sysfs_path(path, "%s/bus/pci/devices/%s", d->s->sys, bdf);
	if (sysfs_names_in(path, "virtio", &names) < 0 || !names.n ||
	    !check_attr(d, text, sizeof(text),
			"bus/pci/devices/%s/virtio%s/features", bdf,
			names.v[0]) ||
	    strlen(text) <= bit)
		return -1;
	return text[bit] == '1';
}

static void say_virtio(struct doctor *d, int platform)
{
	if (platform > 0) {
		check_say(d, DOCTOR_OK, "virtio",
			  "its DMA goes through the IOMMU "
			  "(VIRTIO_F_ACCESS_PLATFORM)");
	} else if (platform == 0) {
		(void)pci_virtio_refuse();
		check_error(d, DOCTOR_FAIL, "virtio");
		check_cure(d, "in QEMU: disable-legacy=on,iommu_platform=on");
	} else {
		check_say(d, DOCTOR_WARNING, "virtio",
			  "whether its DMA goes through the IOMMU is seen when "
			  "it is opened, or while its own driver has it; it "
			  "is refused if not");
		check_cure(d, "ask again while its own driver has it");
	}
}

static void check_virtio(struct doctor *d, struct pci_addr a,
			 const uint8_t *raw, size_t len)
{
	struct pci_virtio v = pci_virtio_find(raw);
	bool legacy = len == CONFIG && !v.common;

	if (v.found)
		say_virtio(d,
			   legacy ? 0
				  : negotiated(d, a, VIRTIO_F_ACCESS_PLATFORM));
}

/* ---- interrupts and BARs ---- */

static void say_interrupts(struct doctor *d, const struct pci_cfg *c,
			   const uint8_t *raw)
{
	char text[80] = "";
	size_t n = 0;
	unsigned pin = raw[PCI_INTERRUPT_PIN];

	if (c->msix)
		n += (size_t)snprintf(
			text, sizeof(text), ", MSI-X (%u)",
			(unsigned)(le_get(raw + c->msix + PCI_MSIX_FLAGS, 2) &
				   PCI_MSIX_FLAGS_QSIZE) +
				1);
	if (c->msi)
		n += (size_t)snprintf(text + n, sizeof(text) - n, ", MSI (%u)",
				      1U << ((raw[c->msi + PCI_MSI_FLAGS] &
					      PCI_MSI_FLAGS_QMASK) >>
					     1));
	if (pin >= 1 && pin <= 4)
		snprintf(text + n, sizeof(text) - n, ", INT%c#",
			 (char)('A' + pin - 1));
	check_say(d, DOCTOR_OK, "interrupts", "%s",
		  text[0] ? text + strlen(", ") : "none");
}

/* The chains of capabilities, by the rules that `run` has for them */
static void check_config(struct doctor *d, struct pci_addr a,
			 const uint8_t *raw, size_t len)
{
	const struct pci_cfg_options opt = {.rom_size = 0};
	struct pci_cfg c;

	if (len < CONFIG) {
		check_say(d, DOCTOR_WARNING, "config",
			  "interrupts and capabilities are not to be seen by "
			  "this user");
		check_cure(d, "as root: passthru doctor %s", d->subject);
		check_bars(d, a, UINT32_MAX);
		return;
	}
	if (pci_cfg_init(&c, raw, CONFIG, &opt)) {
		check_error(d, DOCTOR_FAIL, "config");
		check_cure(d, "take another device; see: passthru list");
		return;
	}
	say_interrupts(d, &c, raw);
	check_bars(d, a,
		   c.msix ? (uint32_t)le_get(raw + c.msix + PCI_MSIX_TABLE, 4)
			  : UINT32_MAX);
}

/* ---- the device ---- */

static bool check_identity(struct doctor *d, const struct sysfs_dev *dev)
{
	if (sysfs_dev_is_bridge(dev)) {
		check_say(d, DOCTOR_FAIL, "device",
			  "is a bridge (class %04x): it stays with the host",
			  dev->class >> 8);
		check_cure(d, "name the device behind it; see: passthru list");
		return false;
	}
	check_say(d, DOCTOR_OK, "device", "%04x:%04x, class %06x", dev->vendor,
		  dev->device, dev->class);
	if (sysfs_answers(d->s, dev->addr))
		return true;
	check_say(d, DOCTOR_FAIL, "device",
		  "does not answer: its configuration space is all ones");
	check_cure(d,
		   "its power or slot is off, or it is gone: dmesg; lspci "
		   "-s %s",
		   d->subject);
	return false;
}

void check_device(struct doctor *d, struct pci_addr a)
{
	struct sysfs_dev dev;
	uint8_t raw[CONFIG];
	size_t len;

	if (sysfs_dev_read(d->s, a, &dev) < 0) {
		check_error(d, DOCTOR_FAIL, "device");
		check_cure(d, "passthru list");
		return;
	}
	if (!check_identity(d, &dev))
		return;
	len = config_read(d->s, a, raw);
	if (len >= PCI_STD_HEADER_SIZEOF && pci_kind_check(raw, false)) {
		check_error(d, DOCTOR_FAIL, "kind");
		check_cure(d, "take another device; see: passthru list");
	}
	check_virtio(d, a, raw, len);
	check_config(d, a, raw, len);
	check_reset(d, &dev);
	check_group(d, &dev);
}
