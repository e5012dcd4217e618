/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configuration space of a passed-through function, byte by byte.
 *
 * Every byte is either RAW (read from and written to the device) or OWN (ours:
 * a value, and a mask of the bits that the guest can change); single bits of a
 * RAW byte can be kept from the guest.  RAW is the rule; each exception is a
 * row of the table in policy.c with its reason.  BARs need no code of their
 * own: an OWN register whose writable bits are the address bits above the
 * BAR's size answers the sizing protocol by itself.
 *
 * Pure: does not know where RAW bytes come from.
 */
#ifndef VMM_PCI_CFG_H
#define VMM_PCI_CFG_H

#include <stdbool.h>
#include <stdint.h>

#define PCI_CFG_MAX  4096
#define PCI_NUM_BARS 6

/* What a write touched; several bits may be set at once */
enum pci_hook {
	PCI_HOOK_COMMAND = 1 << 0, /* memory or I/O decode may have changed */
	PCI_HOOK_BAR = 1 << 1,     /* a BAR or the ROM BAR was written */
	PCI_HOOK_POWER = 1 << 2,   /* PMCSR: the power state may change */
	PCI_HOOK_RESET = 1 << 3,   /* Device Control or AF: may hold an FLR */
	PCI_HOOK_MSI = 1 << 4,     /* MSI capability */
	PCI_HOOK_MSIX = 1 << 5,    /* MSI-X Message Control */
};

struct pci_cfg {
	unsigned size; /* 256 or 4096 */
	bool own[PCI_CFG_MAX];
	uint8_t val[PCI_CFG_MAX];  /* of OWN bytes */
	uint8_t mask[PCI_CFG_MAX]; /* bits of OWN bytes that a guest writes */
	uint8_t kept[PCI_CFG_MAX]; /* bits of RAW bytes: the host's; see val */
	uint8_t hook[PCI_CFG_MAX]; /* enum pci_hook */
	/* offsets of capabilities; 0: absent */
	unsigned pm;
	unsigned msi;
	unsigned msix;
	unsigned express;
	unsigned af;
	unsigned aer; /* extended */
};

struct pci_cfg_options {
	bool multifunction; /* functions 1..7 stand at the same guest slot */
	uint64_t bar_size[PCI_NUM_BARS]; /* bytes, power of two; 0: none */
	uint64_t rom_size;               /* bytes, power of two; 0: none */
};

/**
 * pci_cfg_init - apply the policy to a device
 * @c:   filled
 * @raw: the device's configuration space as read, @size bytes
 * @size: 256 or 4096
 * @opt: what configuration space alone does not tell
 *
 * Return: 0, or -EINVAL with a message for a capability chain that makes no
 *         sense (cycle, pointer into the header) or a bridge.
 * Source: PCI Local Bus 3.0, 6.1, 6.2.5.1 and 6.7; PCI Express 5.0, 7.
 */
int pci_cfg_init(struct pci_cfg *c, const uint8_t *raw, unsigned size,
		 const struct pci_cfg_options *opt)
	__attribute__((warn_unused_result));

/** pci_cfg_all_own - true when a read of @size bytes needs no device */
bool pci_cfg_all_own(const struct pci_cfg *c, unsigned off, unsigned size);

/**
 * pci_cfg_read - what the guest reads
 * @off:  within the space; @off + @size inside one dword
 * @size: 1, 2, 4
 * @raw:  what the device said; ignored where bytes are OWN
 */
uint32_t pci_cfg_read(const struct pci_cfg *c, unsigned off, unsigned size,
		      uint32_t raw);

/**
 * pci_cfg_kept - bits that a write of @size bytes at @off may not change
 *
 * The caller puts the device's own in their place.
 */
uint32_t pci_cfg_kept(const struct pci_cfg *c, unsigned off, unsigned size);

/** pci_cfg_hooks - which units a write of @size bytes at @off concerns */
unsigned pci_cfg_hooks(const struct pci_cfg *c, unsigned off, unsigned size);

/** pci_cfg_write - change the OWN bytes among @size bytes at @off */
void pci_cfg_write(struct pci_cfg *c, unsigned off, unsigned size,
		   uint32_t val);

/** pci_cfg_get - OWN value of @size (1, 2, 4) bytes at @off */
uint32_t pci_cfg_get(const struct pci_cfg *c, unsigned off, unsigned size);

/** pci_cfg_set - set the OWN value, whatever the mask; the bytes become OWN */
void pci_cfg_set(struct pci_cfg *c, unsigned off, unsigned size, uint32_t val);

#endif
