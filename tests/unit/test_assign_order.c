/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The order of set-up and teardown, and every call of both failed once: the
 * message names the call and nothing is left.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "test_assign_guest.h"
#include "test_assign_server.h"

static struct sim_pci card;
static struct guest g;

static void setup(void)
{
	sim_reset();
	sim_bcm5720(&card, "0000:02:00.0", 7);
}

TestSuite(assign_order, .init = setup, .fini = sim_end);
TestSuite(assign_sweep, .init = setup);

static void boards(void)
{
	sim_add(&card);
	guest_boards(&g);
	sim_take("");
}

Test(assign_order, set_up)
{
	boards();
	cr_assert_eq(guest_assign(&g, &card), 0, "%s", err_last());
	cr_assert_str_eq(sim_take("o"),
			 "open /dev/vfio/vfio\n"
			 "open /dev/vfio/7\n"
			 "VFIO_GROUP_GET_STATUS 7\n"
			 "VFIO_GROUP_SET_CONTAINER 7\n"
			 "VFIO_SET_IOMMU 3\n"
			 "KVM_CREATE_DEVICE 4\n"
			 "KVM_DEV_VFIO_GROUP_ADD\n"
			 "VFIO_IOMMU_MAP_DMA 0x0+0x200000 3\n"
			 "VFIO_GROUP_GET_DEVICE_FD "
			 "0000:02:00.0\n"
			 "VFIO_IOMMU_MAP_DMA 0x8000000000+0x10000 3\n"
			 "VFIO_IOMMU_MAP_DMA 0x8000010000+0x10000 3\n"
			 "VFIO_IOMMU_MAP_DMA 0x8000022000+0xe000 3\n");
	cr_assert_eq(guest_release(&g), 0, "%s", err_last());
	guest_boards_fini(&g);
}

Test(assign_order, teardown)
{
	boards();
	cr_assert_eq(guest_assign(&g, &card), 0, "%s", err_last());
	guest_command(&g, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 0);
	guest_cfg_write(&g, 0xa2, 2, 0x8000);
	guest_vector(&g, 0, 0x40, false);
	sim_take("");
	cr_assert_eq(guest_release(&g), 0, "%s", err_last());
	cr_assert_str_eq(sim_take("oimc"),
			 "VFIO_DEVICE_SET_IRQS REQ off\n"
			 "VFIO_DEVICE_SET_IRQS ERR off\n"
			 "VFIO_DEVICE_SET_IRQS MSI-X off\n"
			 "pwrite 7 0x4/2=0x402\n"
			 "KVM_IRQFD deassign 24 ev2\n"
			 "KVM_SET_GSI_ROUTING 38 pins\n"
			 "VFIO_IOMMU_UNMAP_DMA 0x8000000000+0x10000\n"
			 "KVM_SET_USER_MEMORY_REGION 0 -\n"
			 "VFIO_IOMMU_UNMAP_DMA 0x8000010000+0x10000\n"
			 "KVM_SET_USER_MEMORY_REGION 1 -\n"
			 "VFIO_IOMMU_UNMAP_DMA 0x8000022000+0xe000\n"
			 "KVM_SET_USER_MEMORY_REGION 2 -\n"
			 "munmap BAR0 0x0+0x10000\n"
			 "munmap BAR2 0x0+0x10000\n"
			 "munmap BAR4 0x2000+0xe000\n"
			 "VFIO_IOMMU_UNMAP_DMA 0x0+0x200000\n"
			 "KVM_DEV_VFIO_GROUP_DEL\n"
			 "close 0000:02:00.0\n"
			 "VFIO_GROUP_UNSET_CONTAINER 7\n"
			 "close group 7\n"
			 "close container\n");
	guest_boards_fini(&g);
}

Test(assign_order, everything_closes_twice)
{
	boards();
	cr_assert_eq(guest_assign(&g, &card), 0);
	cr_assert_eq(guest_release(&g), 0);
	cr_assert_eq(guest_release(&g), 0);
	guest_boards_fini(&g);
}

Test(assign_order, two_functions_share_one_group)
{
	static struct sim_pci other;
	static struct assign_dev dev1;
	const struct vfio_source src = {
		.ops = &vfio_kernel, .addr = {0, 2, 0, 1}, .group = 7};

	sim_bcm5720(&other, "0000:02:00.1", 7);
	sim_add(&other);
	boards();
	cr_assert_eq(guest_assign(&g, &card), 0);
	sim_take("");
	cr_assert_eq(assign_host_attach(&g.host, &src), 0);
	cr_assert_str_eq(sim_take("o"), "", "the group is open already");
	pthread_mutex_unlock(&g.lock);
	cr_assert_eq(assign_open(&dev1, &g.env,
				 assign_host_container(&g.host, &src), &src,
				 (struct assign_place){0x0b, 0, false}),
		     0, "%s", err_last());
	cr_assert_eq(assign_quiesce(&dev1), 0);
	assign_close(&dev1);
	pthread_mutex_lock(&g.lock);
	cr_assert_eq(guest_release(&g), 0);
	guest_boards_fini(&g);
}

Test(assign_order, devices_of_two_back_ends)
{
	static struct assign_dev dev1;
	struct server *s = server_start(0);
	const struct vfio_source src = server_source(0);
	const struct vfio_source none = {0};

	boards();
	cr_assert_eq(assign_host_attach(&g.host, &src), 0);
	cr_assert_str_eq(sim_take("o"), "", "KVM need not know");
	cr_assert_eq(guest_assign(&g, &card), 0, "%s", err_last());
	cr_assert_eq(g.host.ncontainers, 2);
	cr_assert_eq(g.host.nmapped, 2, "RAM in both");
	cr_assert_eq(assign_host_container(&g.host, &src)->ops, src.ops);
	cr_assert_null(assign_host_container(&g.host, &none));
	pthread_mutex_unlock(&g.lock);
	cr_assert_eq(assign_open(&dev1, &g.env,
				 assign_host_container(&g.host, &src), &src,
				 (struct assign_place){0x0b, 0, false}),
		     0, "%s", err_last());
	cr_assert_eq(assign_quiesce(&dev1), 0);
	assign_close(&dev1);
	pthread_mutex_lock(&g.lock);
	cr_assert_eq(guest_release(&g), 0, "%s", err_last());
	server_stop(s);
	guest_boards_fini(&g);
}

Test(assign_order, what_kvm_is_told_is_limited)
{
	const struct vfio_source src = {
		.ops = &vfio_kernel, .addr = {0, 2, 0, 0}, .group = 7};

	boards();
	g.host.ntold = ASSIGN_TOLD;
	cr_assert_eq(assign_host_attach(&g.host, &src), -ENOSPC);
	g.host.ntold = 0;
	cr_assert_eq(assign_host_close(&g.host), 0, "%s", err_last());
	guest_boards_fini(&g);
}

/* Devices that no guest gets */

static void refused(int want, const char *text)
{
	int rc;

	boards();
	rc = guest_assign(&g, &card);
	cr_assert_eq(rc, want, "%d: %s", rc, err_last());
	cr_assert(strstr(err_last(), text), "%s", err_last());
	cr_assert(strstr(err_last(), "0000:02:00.0"), "%s", err_last());
	cr_assert(!vfio_device_is_open(&g.dev.vfio));
	cr_assert_eq(guest_release(&g), 0);
	guest_boards_fini(&g);
}

Test(assign_order, a_bridge)
{
	card.cfg[PCI_HEADER_TYPE] = 1;
	refused(-EINVAL, "endpoints");
}

Test(assign_order, an_msix_table_outside_its_bar)
{
	le_put(card.cfg + 0xa4, 4, 0x10004);
	refused(-EINVAL, "MSI-X");
}

Test(assign_order, a_broken_chain)
{
	card.cfg[0x49] = 0x48;
	refused(-EINVAL, "chain");
}

Test(assign_order, too_little_configuration_space)
{
	card.cfg_size = 64;
	refused(-EPROTO, "64 bytes");
}

Test(assign_order, a_bar_beyond_every_window)
{
	card.size[2] = UINT64_C(1) << 45;
	refused(-ENOSPC, "window");
}

Test(assign_order, a_device_that_answers_nothing)
{
	card.dead = true;
	refused(-EIO, "read of configuration space");
}

/*
 * Fails call after call.  What an open reports must name the call; what goes
 * on without (a slot, an interrupt) must come down in order.
 */

static void nothing_left(unsigned fds, const char *after)
{
	struct sim_count none = {0};
	struct sim_count now = sim_count();

	cr_assert(!memcmp(&now, &none, sizeof(now)),
		  "%s: files %u maps %u slots %u irqfds %u dma %u", after,
		  now.files, now.maps, now.slots, now.irqfds, now.dma);
	cr_assert_eq(open_fds(), fds, "%s: descriptors", after);
	cr_assert_str_eq(sim_blame(), "", "%s: %s", after, sim_blame());
}

static void begin(unsigned *fds)
{
	sim_reset();
	sim_add(&card);
	*fds = open_fds();
	guest_boards(&g);
	err_clear();
}

Test(assign_sweep, every_call_of_set_up_can_fail)
{
	unsigned n = 1;
	unsigned fds;
	char failed[64];
	int rc;

	for (;; n++) {
		begin(&fds);
		sim_fail(n, ENOMEM);
		rc = guest_assign(&g, &card);
		snprintf(failed, sizeof(failed), "%s", sim_failed());
		sim_fail(0, 0);
		if (rc) {
			cr_assert_lt(rc, 0);
			cr_assert(strstr(err_last(), failed), "%s: '%s'",
				  failed, err_last());
		}
		rc = guest_release(&g);
		cr_assert_eq(rc, 0, "%u, %s: %s", n, failed, err_last());
		guest_boards_fini(&g);
		nothing_left(fds, failed);
		if (!*failed)
			break;
	}
	cr_assert_gt(n, 40);
	sim_reset();
}

/* Only warned of: a slot that stays goes with the VM */
static bool must_be_reported(const char *call)
{
	return *call && strcmp(call, "close") && strcmp(call, "read") &&
	       strcmp(call, "KVM_SET_USER_MEMORY_REGION");
}

/* A BAR that stays mapped for DMA is a warning, and is unmapped later. */
static bool tried_again(const char *call)
{
	return !strcmp(call, "VFIO_IOMMU_UNMAP_DMA") && g.dev.warnings == 1 &&
	       !sim_count().dma;
}

Test(assign_sweep, every_call_of_teardown_can_fail)
{
	char failed[64];
	unsigned n = 1;
	unsigned fds;
	int rc;

	for (;; n++) {
		begin(&fds);
		cr_assert_eq(guest_assign(&g, &card), 0);
		guest_command(&g, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 0);
		guest_cfg_write(&g, 0xa2, 2, 0x8000);
		guest_vector(&g, 0, 0x40, false);
		sim_fail(n, EIO);
		rc = guest_release(&g);
		snprintf(failed, sizeof(failed), "%s", sim_failed());
		sim_fail(0, 0);
		cr_assert(rc || !must_be_reported(failed) ||
				  tried_again(failed),
			  "%s: kept quiet", failed);
		if (rc)
			cr_assert(strstr(err_last(), failed), "%s: '%s'",
				  failed, err_last());
		guest_boards_fini(&g);
		cr_assert_eq(sim_count().files, 0, "%s", failed);
		cr_assert_eq(sim_count().maps, 0, "%s", failed);
		cr_assert_eq(open_fds(), fds, "%s: descriptors", failed);
		if (!*failed)
			break;
	}
	cr_assert_eq(rc, 0);
	cr_assert_gt(n, 12);
	sim_reset();
}
