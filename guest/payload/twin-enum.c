/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Both functions of a BCM5720 at slot=N as an operating system finds them, and
 * their BARs: how large, and that they answer wherever they are moved to, and
 * nowhere else.
 */
#include "bcm.h"

#define CLASS_REV     0x08
#define HEADER_TYPE   0x0e
#define PIN           0x3d
#define ETHERNET      0x020000
#define MULTIFUNCTION 0x80
#define CAP_PM        0x01
#define CAP_MSI       0x05
#define CAP_EXPRESS   0x10
#define CAP_MSIX      0x11
#define COMMAND_OFF   0x0400
#define LOW           UINT64_C(0x80000000) /* of the PCI window below 4 GiB */
#define ASIDE         0x1000000            /* from the BARs, but near */
#define ALL_ONES      UINT32_MAX
#define PATTERN       0x123

static void look(const struct bcm *b)
{
	static const uint8_t caps[] = {CAP_PM, CAP_MSI, CAP_EXPRESS, CAP_MSIX};
	uint32_t type = pci_get(b->slot, b->fn, HEADER_TYPE, 1);
	bool all = true;

	report(pci_get(b->slot, b->fn, CLASS_REV, 4) >> 8 == ETHERNET,
	       "it is an Ethernet controller");
	report(type == MULTIFUNCTION, "of several functions");
	report(pci_get(b->slot, b->fn, PIN, 1) == b->fn + 1,
	       "with a line of its own");
	for (unsigned i = 0; i < sizeof(caps); i++)
		all &= pci_cap(b->slot, b->fn, caps[i]) != 0;
	report(all, "and the capabilities PM, MSI, MSI-X, PCI Express");
}

static void size(const struct bcm *b)
{
	for (unsigned i = 0; i < 6; i += 2) { /* two registers each */
		uint64_t was = pci_bar(b->slot, b->fn, i);
		uint64_t got = pci_bar_size(b->slot, b->fn, i);

		print("BAR %u: %llx bytes at %llx\n", i,
		      (unsigned long long)got, (unsigned long long)was);
		report(got == BCM_BAR_SIZE, "its size is that of the chip's");
		report(pci_bar(b->slot, b->fn, i) == was, "it kept its place");
		report(!(was & (got - 1)), "which is a multiple of its size");
	}
}

/* The registers of @b to @gpa: they answer there, and not where they were. */
static void move(struct bcm *b, uint64_t gpa)
{
	uint64_t was = b->reg;

	bcm_put(b, BCM_RX_MTU, PATTERN + b->fn);
	pci_put(b->slot, b->fn, BCM_COMMAND, 2, COMMAND_OFF);
	report(bcm_get(b, BCM_RX_MTU) == ALL_ONES, "decoding off: all ones");
	pci_bar_move(b->slot, b->fn, BCM_BAR_REG, gpa);
	b->reg = page_map(gpa);
	report(bcm_get(b, BCM_RX_MTU) == ALL_ONES, "moved, still off: ones");
	pci_put(b->slot, b->fn, BCM_COMMAND, 2, BCM_COMMAND_ON);
	report(bcm_get(b, BCM_RX_MTU) == PATTERN + b->fn,
	       "on again: the register is at the new address");
	report(mmio_get32(was + BCM_RX_MTU) == ALL_ONES,
	       "and the old one reads all ones");
}

/* With decoding on all the time; a dword at a time, so within one 4 GiB */
static void move_live(struct bcm *b, uint64_t gpa)
{
	uint64_t was = b->reg;

	pci_bar_move(b->slot, b->fn, BCM_BAR_REG, gpa);
	b->reg = page_map(gpa);
	report(bcm_get(b, BCM_RX_MTU) == PATTERN + b->fn &&
		       mmio_get32(was + BCM_RX_MTU) == ALL_ONES,
	       "moved while it decodes, likewise");
}

int payload_main(void)
{
	struct bcm b[2];

	if (!report(irq_init(), "APICs in the device tree"))
		return 1;
	for (unsigned fn = 0; fn < 2; fn++) {
		if (!report(bcm_find(&b[fn], fn), "a BCM5720 at slot=N"))
			return 1;
		look(&b[fn]);
		size(&b[fn]);
	}
	for (unsigned fn = 0; fn < 2; fn++) {
		uint64_t first = pci_bar(b[fn].slot, fn, BCM_BAR_REG);

		move(&b[fn], LOW + fn * BCM_BAR_SIZE);
		move(&b[fn], LOW + 0x30000);
		move(&b[fn], first);
		move_live(&b[fn], first ^ ASIDE);
		move_live(&b[fn], first);
	}
	report(pci_get(b[0].slot, 2, 0, 2) == 0xffff, "there is no third one");
	return 0;
}
