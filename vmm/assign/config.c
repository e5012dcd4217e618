/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest's configuration access: policy first, then the device, then us. */
#include <errno.h>
#include <linux/pci_regs.h>
#include <linux/virtio_config.h>

#include "base/breaks.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/tell.h"
#include "vmm/assign/assign.h"
#include "vmm/pci/kind.h"
#include "vmm/pci/virtio.h"

/* Bits 1:0 of PMCSR are the power state, 0 is D0 (PCI PM 1.2, 3.2.4) */
static bool read_awake(const struct assign_dev *d)
{
	if (!d->cfg.pm)
		return true;
	return !(vfio_config_read(&d->vfio, d->cfg.pm + PCI_PM_CTRL, 2) &
		 PCI_PM_CTRL_STATE_MASK);
}

static void refresh(struct assign_dev *d)
{
	d->command = (uint16_t)vfio_config_read(&d->vfio, PCI_COMMAND, 2);
	d->awake = read_awake(d);
}

static uint32_t read_policy(const struct assign_dev *d, unsigned off,
			    unsigned size)
{
	uint32_t raw = 0;

	if (d->lost || off + size > d->cfg.size)
		return (uint32_t)ones(size);
	if (!pci_cfg_all_own(&d->cfg, off, size))
		raw = vfio_config_read(&d->vfio, off, size);
	return pci_cfg_read(&d->cfg, off, size, raw);
}

/* @sep_val: what stands before the value */
static void say(const struct assign_dev *d, const char *what, unsigned off,
		unsigned size, const char *sep_val, uint32_t val)
{
	char reg[PCI_NAME_MAX];

	if (tell_on(TELL_PCI))
		tell_say(TELL_PCI, what, " %s off=0x%x size=%u reg=%s %s0x%x",
			 d->vfio.name, off, size,
			 pci_name_config(&d->names, off, reg), sep_val, val);
}

static uint32_t config_read(void *opaque, unsigned off, unsigned size)
{
	struct assign_dev *d = opaque;
	uint32_t val;

	assign_enter(d);
	tally_read(&d->tally, assign_key(VFIO_PCI_CONFIG_REGION_INDEX, off));
	val = read_policy(d, off, size);
	say(d, "CONFIG_READ", off, size, "-> ", val);
	assign_leave(d);
	return val;
}

/* For --break no-busmaster */
static uint32_t without_master(unsigned off, uint32_t val)
{
	return off == PCI_COMMAND ? val & ~(uint32_t)PCI_COMMAND_MASTER : val;
}

/* RAW bytes in one write when all are, else one by one. */
static void forward(struct assign_dev *d, unsigned off, unsigned size,
		    uint32_t val)
{
	uint32_t keep = pci_cfg_kept(&d->cfg, off, size);
	bool whole = true;

	if (breaks_has(d->env->breaks, BREAK_NO_BUSMASTER))
		val = without_master(off, val);
	if (keep)
		val = (val & ~keep) |
		      (vfio_config_read(&d->vfio, off, size) & keep);
	for (unsigned i = 0; i < size; i++)
		whole &= !d->cfg.own[off + i];
	if (whole) {
		vfio_config_write(&d->vfio, off, size, val);
		return;
	}
	for (unsigned i = 0; i < size; i++)
		if (!d->cfg.own[off + i])
			vfio_config_write(&d->vfio, off + i, 1,
					  val >> 8 * i & 0xff);
}

/* The register at @reg, @len bytes, as it will be after the write */
static uint32_t after_write(const struct assign_dev *d, unsigned reg,
			    unsigned len, unsigned off, unsigned size,
			    uint32_t val)
{
	uint8_t b[4];

	le_put(b, 4, vfio_config_read(&d->vfio, reg, len));
	for (unsigned i = 0; i < size; i++)
		if (off + i >= reg && off + i < reg + len)
			b[off + i - reg] = (uint8_t)(val >> 8 * i);
	return (uint32_t)le_get(b, len);
}

static bool closes_decode(const struct assign_dev *d, unsigned off,
			  unsigned size, uint32_t val)
{
	uint32_t now = after_write(d, PCI_COMMAND, 2, off, size, val);

	return d->command & ~now & (PCI_COMMAND_MEMORY | PCI_COMMAND_IO);
}

static bool leaves_d0(const struct assign_dev *d, unsigned off, unsigned size,
		      uint32_t val)
{
	return after_write(d, d->cfg.pm + PCI_PM_CTRL, 2, off, size, val) &
	       PCI_PM_CTRL_STATE_MASK;
}

static bool resets(const struct assign_dev *d, unsigned off, unsigned size,
		   uint32_t val)
{
	uint32_t v = 0;

	if (d->cfg.express)
		v |= after_write(d, d->cfg.express + PCI_EXP_DEVCTL, 2, off,
				 size, val) &
		     PCI_EXP_DEVCTL_BCR_FLR;
	if (d->cfg.af)
		v |= after_write(d, d->cfg.af + PCI_AF_CTRL, 1, off, size,
				 val) &
		     PCI_AF_CTRL_FLR;
	return v;
}

/*
 * The kernel takes BAR mappings away when memory decode goes off, in D3hot and
 * during a reset; a vCPU that touches a slot then fails.  So: hide before.
 */
static void before_write(struct assign_dev *d, unsigned hooks, unsigned off,
			 unsigned size, uint32_t val)
{
	if ((hooks & PCI_HOOK_COMMAND && closes_decode(d, off, size, val)) ||
	    (hooks & PCI_HOOK_POWER && leaves_d0(d, off, size, val)) ||
	    (hooks & PCI_HOOK_RESET && resets(d, off, size, val)))
		assign_bars_hide(d);
}

static void after_hooks(struct assign_dev *d, unsigned hooks)
{
	if (hooks & (PCI_HOOK_COMMAND | PCI_HOOK_POWER | PCI_HOOK_RESET))
		refresh(d);
	if (hooks & ~(unsigned)(PCI_HOOK_MSI | PCI_HOOK_MSIX))
		assign_bars_sync(d);
	if (hooks & (PCI_HOOK_MSI | PCI_HOOK_MSIX))
		assign_irqs_sync(d);
}

static void write_policy(struct assign_dev *d, unsigned off, unsigned size,
			 uint32_t val)
{
	unsigned hooks;

	if (d->lost || off + size > d->cfg.size)
		return;
	hooks = pci_cfg_hooks(&d->cfg, off, size);
	before_write(d, hooks, off, size, val);
	pci_cfg_write(&d->cfg, off, size, val);
	forward(d, off, size, val);
	after_hooks(d, hooks);
}

static void config_write(void *opaque, unsigned off, unsigned size,
			 uint32_t val)
{
	struct assign_dev *d = opaque;

	assign_enter(d);
	say(d, "CONFIG_WRITE", off, size, "value=", val);
	tally_write(&d->tally, assign_key(VFIO_PCI_CONFIG_REGION_INDEX, off));
	write_policy(d, off, size, val);
	assign_leave(d);
}

static int add_to_root(struct assign_dev *d)
{
	struct pci_function f = {config_read, config_write, d};
	int rc;

	assign_share(d);
	rc = pci_root_add(d->env->root, PCI_DEVFN(d->slot, d->fn), f);
	assign_unshare(d);
	return rc;
}

/* Why an access failed: the device is gone, or it says just no. */
static int failed(const struct assign_dev *d, int rc, const char *call)
{
	int gone = vfio_device_check(&d->vfio);

	return gone ? gone : err_call(rc, d->vfio.name, call, NULL);
}

/* All at once: a message is dear. */
static int read_space(const struct assign_dev *d, uint8_t *raw, unsigned size)
{
	int rc = vfio_region_read(&d->vfio,
				  &d->vfio.region[VFIO_PCI_CONFIG_REGION_INDEX],
				  0, raw, size);

	return rc ? failed(d, rc, "read of configuration space") : 0;
}

static uint64_t bar_size(const struct assign_dev *d, unsigned region,
			 uint64_t least)
{
	uint64_t size = least;

	while (size && size < d->vfio.region[region].size)
		size <<= 1;
	return d->vfio.region[region].size ? size : 0;
}

static bool is_64bit(const uint8_t *raw, unsigned bar)
{
	uint8_t v = raw[PCI_BASE_ADDRESS_0 + 4 * bar];

	return !(v & PCI_BASE_ADDRESS_SPACE_IO) &&
	       (v & PCI_BASE_ADDRESS_MEM_TYPE_MASK) ==
		       PCI_BASE_ADDRESS_MEM_TYPE_64;
}

/* A server's region may be of any size: what is behind it reads all ones. */
static int fill_options(struct assign_dev *d, const uint8_t *raw)
{
	uint64_t *size = d->opt.bar_size;

	for (unsigned i = 0; i < PCI_NUM_BARS; i++) {
		bool io = raw[PCI_BASE_ADDRESS_0 + 4 * i] &
			  PCI_BASE_ADDRESS_SPACE_IO;

		size[i] = bar_size(d, VFIO_PCI_BAR0_REGION_INDEX + i,
				   io ? 4 : 16);
		if (!size[i] && d->vfio.region[i].size)
			return err_set(
				EPROTO,
				"BAR %u: a region of 0x%llx bytes, "
				"beyond any BAR's size",
				i, (unsigned long long)d->vfio.region[i].size);
	}
	for (unsigned i = 0; i + 1 < PCI_NUM_BARS; i++) {
		if (!size[i] || !is_64bit(raw, i))
			continue;
		if (size[++i])
			return err_set(
				EPROTO,
				"BAR %u: is the upper half of BAR %u, yet has "
				"a region of 0x%llx bytes",
				i, i - 1,
				(unsigned long long)d->vfio.region[i].size);
	}
	d->opt.rom_size = bar_size(d, VFIO_PCI_ROM_REGION_INDEX, 2048);
	return 0;
}

/*
 * We are the firmware, which has placed the BARs: they decode from the start,
 * as a host's kernel leaves them; a device of a socket comes as after a reset.
 */
static int decode_on(const struct assign_dev *d, const uint8_t *raw)
{
	uint32_t old = (uint32_t)le_get(raw + PCI_COMMAND, 2);
	uint32_t new = old;
	int rc = 0;

	for (unsigned i = 0; i < PCI_NUM_BARS; i++)
		if (d->opt.bar_size[i])
			new |= raw[PCI_BASE_ADDRESS_0 + 4 * i] &
					       PCI_BASE_ADDRESS_SPACE_IO
				       ? PCI_COMMAND_IO
				       : PCI_COMMAND_MEMORY;
	if (new != old)
		rc = vfio_config_write(&d->vfio, PCI_COMMAND, 2, new);
	return rc ? failed(d, rc, "write of COMMAND") : 0;
}

/* Does it offer the feature?  Its registers: Virtio 1.2, 4.1.4.3 */
static bool uses_iommu(const struct assign_dev *d, struct pci_virtio v)
{
	const struct vfio_region *bar =
		&d->vfio.region[VFIO_PCI_BAR0_REGION_INDEX + v.bar];
	const uint32_t word = VIRTIO_F_ACCESS_PLATFORM / 32;
	const uint32_t first = 0;
	uint32_t features = 0;

	if (!v.common ||
	    vfio_region_write(&d->vfio, bar, v.off, &word, sizeof(word)) ||
	    vfio_region_read(&d->vfio, bar, v.off + UINT64_C(4), &features,
			     sizeof(features)))
		return false;
	if (vfio_region_write(&d->vfio, bar, v.off, &first, sizeof(first)))
		return false;
	return features & UINT32_C(1) << VIRTIO_F_ACCESS_PLATFORM % 32;
}

/* A server that shares RAM knows only the guest's addresses. */
static int check_virtio(const struct assign_dev *d, const uint8_t *raw)
{
	struct pci_virtio v = pci_virtio_find(raw);

	if (!v.found || d->vfio.ops->shares_ram || uses_iommu(d, v))
		return 0;
	return pci_virtio_refuse();
}

static int read_raw(const struct assign_dev *d, uint8_t *raw, unsigned *size)
{
	uint64_t len = d->vfio.region[VFIO_PCI_CONFIG_REGION_INDEX].size;

	*size = len >= PCI_CFG_MAX ? PCI_CFG_MAX : 256;
	if (len < 256)
		return err_set(EPROTO, "configuration space of %llu bytes",
			       (unsigned long long)len);
	memset(raw, 0, PCI_CFG_MAX);
	return read_space(d, raw, *size);
}

static int model(struct assign_dev *d, const uint8_t *raw, unsigned size)
{
	int rc = fill_options(d, raw);

	if (!rc)
		rc = pci_cfg_init(&d->cfg, raw, size, &d->opt);
	if (!rc)
		rc = pci_msix_init(&d->msix, &d->cfg, raw, d->opt.bar_size);
	if (!rc)
		pci_names_init(&d->names, raw, size);
	return rc;
}

int assign_config_look(struct assign_dev *d, uint8_t *raw)
{
	unsigned size;
	int rc = read_raw(d, raw, &size);

	if (!rc)
		rc = model(d, raw, size);
	return rc ? rc : (int)size;
}

int assign_config_attach(struct assign_dev *d)
{
	uint8_t raw[PCI_CFG_MAX] = {0};
	unsigned size;
	int rc = read_raw(d, raw, &size);

	if (!rc)
		rc = pci_kind_check(raw, d->vfio.ops->shares_ram);
	if (!rc)
		rc = model(d, raw, size);
	if (!rc)
		rc = add_to_root(d);
	if (!rc)
		rc = decode_on(d, raw);
	if (!rc)
		rc = check_virtio(d, raw);
	if (!rc)
		refresh(d);
	return rc;
}

/*
 * The kernel lets the device's DisINTx follow the bit when it changes.  Where a
 * guest has set it before, as with MSI, the device's is set, too: disabling MSI
 * clears it, and restores COMMAND after that (vfio_msi_disable(), since 5.7).
 */
int assign_config_quiet(struct assign_dev *d)
{
	uint32_t command = vfio_config_read(&d->vfio, PCI_COMMAND, 2);
	int rc = vfio_device_check(&d->vfio);

	if (rc)
		return rc;
	if (command == 0xffff) /* it does not answer: neither does its DMA */
		return err_set(EIO,
			       "%s: read of COMMAND: all ones; the device is "
			       "gone or powered off, see dmesg",
			       d->vfio.name);
	command &= ~(uint32_t)PCI_COMMAND_MASTER;
	rc = vfio_config_write(&d->vfio, PCI_COMMAND, 2,
			       command | PCI_COMMAND_INTX_DISABLE);
	return rc ? failed(d, rc, "write of COMMAND") : 0;
}
