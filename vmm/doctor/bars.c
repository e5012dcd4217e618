/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BARs as the host's kernel has placed them: `resource`, a line for each, then
 * the ROM's.
 *
 * A guest reaches whole pages of memory without an exit; ports, smaller BARs
 * and the pages of the MSI-X table are trapped.  The same is decided in
 * vmm/assign/bars.c by what VFIO says of the region.
 * Source: Documentation/ABI/testing/sysfs-bus-pci, resource; linux/ioport.h,
 *         IORESOURCE_*.
 */
#include <linux/pci_regs.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "vmm/doctor/check.h"

#define RES_IO    UINT64_C(0x100)
#define RES_MEM   UINT64_C(0x200)
#define RES_UNSET UINT64_C(0x20000000)
#define PAGE      UINT64_C(4096)
#define ROM_LINE  6

struct line {
	uint64_t start, last, flags;
};

static bool parse(const char *text, struct line *l)
{
	char start[24], last[24], flags[24];

	return sscanf(text, "%23s %23s %23s", start, last, flags) == 3 &&
	       sysfs_number(start, 16, UINT64_MAX, &l->start) &&
	       sysfs_number(last, 16, UINT64_MAX, &l->last) &&
	       sysfs_number(flags, 16, UINT64_MAX, &l->flags) &&
	       l->last > l->start;
}

/* "32 B", "16 KiB", "64 MiB" */
static const char *size_text(uint64_t size, char buf[32])
{
	static const char *const unit[] = {"B", "KiB", "MiB", "GiB"};
	unsigned u = 0;

	while (size >= KiB && size % KiB == 0 && u < ARRAY_SIZE(unit) - 1) {
		size /= KiB;
		u++;
	}
	snprintf(buf, 32, "%llu %s", (unsigned long long)size, unit[u]);
	return buf;
}

static const char *how(const struct line *l, unsigned i, uint32_t msix)
{
	uint64_t size = l->last - l->start + 1;

	if (i == ROM_LINE)
		return "";
	if (l->flags & RES_IO)
		return " (ports: trapped)";
	if (size < PAGE || l->start % PAGE)
		return " (less than a page: trapped)";
	if (msix != UINT32_MAX && (msix & PCI_MSIX_TABLE_BIR) == i)
		return " (mapped but for the MSI-X table)";
	return " (mapped)";
}

static size_t add(char *text, size_t cap, size_t n, const struct line *l,
		  unsigned i, uint32_t msix)
{
	char size[32], name[8];

	snprintf(name, sizeof(name), i == ROM_LINE ? "ROM" : "%u", i);
	size_text(l->last - l->start + 1, size);
	return n + (size_t)snprintf(text + n, cap - n, "%s%s: %s%s",
				    n ? ", " : "", name, size, how(l, i, msix));
}

/*
 * The kernel does not enable a device with such a BAR, and VFIO cannot open it.
 * Source: drivers/pci/setup-res.c, pci_enable_resources(), IORESOURCE_UNSET.
 */
static void say_unset(struct doctor *d, unsigned i)
{
	check_say(d, DOCTOR_FAIL, "bars",
		  "BAR %u has no address: the firmware or the kernel found no "
		  "room for it, and does not enable the device "
		  "(VFIO_GROUP_GET_DEVICE_FD: EINVAL)",
		  i);
	check_cure(d, "turn on \"Above 4G decoding\" in the firmware's setup, "
		      "or boot with pci=realloc");
}

void check_bars(struct doctor *d, struct pci_addr a, uint32_t msix)
{
	char bdf[BDF_STRLEN], file[2048], text[512] = "", *save = NULL, *line;
	struct line l;
	size_t n = 0;
	unsigned i = 0;

	if (!check_attr(d, file, sizeof(file), "bus/pci/devices/%s/resource",
			bdf_format(a, bdf)))
		return;
	for (line = strtok_r(file, "\n", &save); line && i <= ROM_LINE;
	     line = strtok_r(NULL, "\n", &save), i++) {
		if (!parse(line, &l) || !(l.flags & (RES_IO | RES_MEM)))
			continue;
		if (i < ROM_LINE && l.flags & RES_UNSET)
			say_unset(d, i);
		n = add(text, sizeof(text), n, &l, i, msix);
	}
	check_say(d, DOCTOR_OK, "bars", "%s", n ? text : "none");
}
