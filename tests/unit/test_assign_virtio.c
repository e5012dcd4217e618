/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtio functions: given to a guest only when their DMA goes through the
 * IOMMU, and then with their vendor's capabilities.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "test_assign_guest.h"
#include "vmm/pci/virtio.h"

#define COMMON  0x1000 /* in BAR 4 */
#define FEATURE 4      /* from there */

static struct sim_pci card;
static struct guest g;

static void setup(void)
{
	sim_reset();
	sim_virtio(&card, "0000:02:00.0", 7);
}

TestSuite(assign_virtio, .init = setup, .fini = sim_reset);

static void offer(uint32_t features)
{
	cr_assert_eq(pwrite(card.bar_fd[4], &features, 4, COMMON + FEATURE), 4);
}

static void refused(void)
{
	guest_boards(&g);
	cr_assert_eq(guest_assign(&g, &card), -EPERM);
	cr_assert(strstr(err_last(), "0000:02:00.0: virtio device whose DMA"),
		  "%s", err_last());
	cr_assert(strstr(err_last(), "iommu_platform=on"));
	cr_assert_eq(guest_release(&g), 0, "%s", err_last());
	guest_boards_fini(&g);
	sim_end();
}

Test(assign_virtio, one_behind_the_iommu_keeps_its_capabilities)
{
	uint32_t select = 1;

	sim_add(&card);
	offer(0x2);
	guest_boards(&g);
	cr_assert_eq(guest_assign(&g, &card), 0, "%s", err_last());
	cr_assert_eq(pread(card.bar_fd[4], &select, 4, COMMON), 4);
	cr_assert_eq(select, 0, "as it was before we asked");
	cr_assert_eq(guest_cfg(&g, 0x60, 4), 0x01104009);
	cr_assert_eq(guest_cfg(&g, 0x68, 4), COMMON);
	/* the window of configuration space: bytes as they are written */
	sim_take("");
	guest_cfg_write(&g, 0x84 + 16, 1, 0xa5);
	cr_assert_str_eq(sim_take("c"), "pwrite 7 0x94/1=0xa5\n");
	cr_assert_eq(guest_release(&g), 0, "%s", err_last());
	guest_boards_fini(&g);
	sim_end();
}

Test(assign_virtio, one_that_goes_past_the_iommu_is_refused)
{
	sim_add(&card);
	offer(0xfffffffd);
	refused();
}

Test(assign_virtio, a_legacy_one_cannot_say_and_is_refused)
{
	le_put(card.cfg + PCI_DEVICE_ID, 2, 0x1000);
	card.cfg[0x63] = 3; /* another structure */
	sim_add(&card);
	offer(0x2);
	refused();
}

Test(assign_virtio, registers_outside_the_bar_are_refused)
{
	le_put(card.cfg + 0x68, 4, 0xfffffffc);
	sim_add(&card);
	refused();
}

Test(assign_virtio, who_is_one)
{
	cr_assert(pci_virtio_find(card.cfg).common);
	cr_assert_eq(pci_virtio_find(card.cfg).bar, 4);
	le_put(card.cfg + PCI_DEVICE_ID, 2, 0x107f);
	cr_assert(pci_virtio_find(card.cfg).found);
	le_put(card.cfg + PCI_DEVICE_ID, 2, 0x1110); /* ivshmem */
	cr_assert_not(pci_virtio_find(card.cfg).found);
	le_put(card.cfg + PCI_DEVICE_ID, 2, 0x0fff);
	cr_assert_not(pci_virtio_find(card.cfg).found);
	le_put(card.cfg, 4, 0x10411af5);
	cr_assert_not(pci_virtio_find(card.cfg).found);
}

Test(assign_virtio, a_broken_chain_ends_the_search)
{
	card.cfg[0x71] = 0x84; /* in a circle */
	cr_assert_not(pci_virtio_find(card.cfg).common);
	card.cfg[0x71] = 0xfc; /* no room for a structure */
	card.cfg[0xfc] = PCI_CAP_ID_VNDR;
	cr_assert_not(pci_virtio_find(card.cfg).common);
	card.cfg[0x71] = 0x10;
	cr_assert_not(pci_virtio_find(card.cfg).common);
}
