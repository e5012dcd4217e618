/* SPDX-License-Identifier: BSD-2-Clause */
/* Kinds of function that are refused before the guest starts. */
#include <criterion/criterion.h>

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "test_assign_guest.h"
#include "vmm/pci/kind.h"

static struct sim_pci card;
static struct guest g;

static void setup(void)
{
	sim_reset();
	sim_virtio(&card, "0000:02:00.0", 7);
}

TestSuite(assign_kind, .init = setup, .fini = sim_reset);

static void ide(uint8_t interface)
{
	le_put(card.cfg, 4, 0x70108086);
	card.cfg[PCI_CLASS_PROG] = interface;
	le_put(card.cfg + PCI_CLASS_DEVICE, 2, 0x0101);
}

static void refused(int rc, const char *reason)
{
	sim_add(&card);
	guest_boards(&g);
	sim_take("");
	cr_assert_eq(guest_assign(&g, &card), rc);
	cr_assert(strstr(err_last(), reason), "%s", err_last());
	cr_assert_eq(guest_release(&g), 0, "%s", err_last());
	guest_boards_fini(&g);
	sim_end();
}

/* The simulated one offers VIRTIO_F_ACCESS_PLATFORM */
Test(assign_kind, a_balloon_is_refused_behind_an_iommu_too)
{
	le_put(card.cfg + PCI_DEVICE_ID, 2, 0x1045);
	refused(-EPERM, "0000:02:00.0: virtio balloon");
}

Test(assign_kind, pvscsi_is_refused)
{
	le_put(card.cfg, 4, 0x07c015ad);
	refused(-EPERM, "0000:02:00.0: pvscsi");
}

Test(assign_kind, ide_at_isa_ports_is_refused)
{
	ide(0x80);
	refused(-ENOTSUP, "0000:02:00.0: IDE controller in compatibility mode");
}

Test(assign_kind, ide_in_native_mode_is_none_of_them)
{
	ide(0x8f);
	sim_add(&card);
	guest_boards(&g);
	cr_assert_eq(guest_assign(&g, &card), 0, "%s", err_last());
	cr_assert_eq(guest_release(&g), 0, "%s", err_last());
	guest_boards_fini(&g);
	sim_end();
}

Test(assign_kind, who_is_one)
{
	cr_assert_not(pci_kind_balloon(card.cfg));
	cr_assert_not(pci_kind_old_ide(card.cfg));
	cr_assert_not(pci_kind_pvscsi(card.cfg));
	le_put(card.cfg + PCI_DEVICE_ID, 2, 0x1002);
	cr_assert(pci_kind_balloon(card.cfg));
	le_put(card.cfg, 2, 0x8086);
	cr_assert_not(pci_kind_balloon(card.cfg));
	ide(0x81);
	cr_assert(pci_kind_old_ide(card.cfg), "one channel is");
	ide(0x84);
	cr_assert(pci_kind_old_ide(card.cfg), "the other one is");
	ide(0x85);
	cr_assert_not(pci_kind_old_ide(card.cfg));
	card.cfg[PCI_CLASS_PROG] = 0;
	card.cfg[PCI_CLASS_DEVICE] = 0x06; /* AHCI */
	cr_assert_not(pci_kind_old_ide(card.cfg));
}
