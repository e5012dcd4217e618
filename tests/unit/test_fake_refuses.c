/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The doubles refuse what the kernel refuses: a test over a kernel that lets
 * everything pass shows nothing.
 *
 * Source: drivers/vfio/ and virt/kvm/ of Linux 6.1.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "kvm/sys.h"
#include "tests/fake/fake.h"
#include "vfio/sys.h"

#define NAME "0000:02:00.0"

static struct sim_pci card;
static int container, group;

static void setup(void)
{
	sim_reset();
	sim_bcm5720(&card, NAME, 7);
	sim_add(&card);
	sim_knobs()->no_kvm = true;
	container = vfio_sys_open("/dev/vfio/vfio");
	group = vfio_sys_open("/dev/vfio/7");
	cr_assert_geq(container, 0);
	cr_assert_geq(group, 0);
}

static void teardown(void)
{
	vfio_sys_close(group);
	vfio_sys_close(container);
	sim_end();
}

TestSuite(fake_refuses, .init = setup, .fini = teardown);

static int map(uint64_t iova, uint64_t size, uint32_t flags)
{
	struct vfio_iommu_type1_dma_map m = {
		.argsz = sizeof(m),
		.flags = flags,
		.vaddr = 0x10000,
		.iova = iova,
		.size = size,
	};

	return vfio_sys_map_dma(container, &m);
}

static int unmap(uint64_t iova, uint64_t size)
{
	struct vfio_iommu_type1_dma_unmap u = {
		.argsz = sizeof(u), .iova = iova, .size = size};

	return vfio_sys_unmap_dma(container, &u);
}

#define BOTH (VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE)

static void join(void)
{
	cr_assert_eq(vfio_sys_group_set_container(group, container), 0);
	cr_assert_eq(vfio_sys_set_iommu(container, VFIO_TYPE1v2_IOMMU), 0);
}

static int open_card(void)
{
	int fd;

	join();
	fd = vfio_sys_group_get_device_fd(group, NAME);
	cr_assert_geq(fd, 0);
	return fd;
}

Test(fake_refuses, groups_and_containers_out_of_order)
{
	cr_assert_eq(vfio_sys_open("/dev/vfio/7"), -EBUSY);
	cr_assert_eq(vfio_sys_open("/dev/vfio/8"), -ENOENT);
	cr_assert_eq(map(0, 4096, BOTH), -EINVAL, "before SET_IOMMU");
	cr_assert_eq(unmap(0, 4096), -EINVAL);
	cr_assert_eq(vfio_sys_set_iommu(container, VFIO_TYPE1v2_IOMMU), -EINVAL,
		     "before a group is in it");
	cr_assert_eq(vfio_sys_group_unset_container(group), -EINVAL);
	cr_assert_eq(vfio_sys_group_get_device_fd(group, NAME), -EINVAL);
	cr_assert_eq(vfio_sys_group_set_container(group, container), 0);
	cr_assert_eq(vfio_sys_group_get_device_fd(group, NAME), -EINVAL);
	cr_assert_eq(vfio_sys_group_set_container(group, container), -EINVAL);
	cr_assert_eq(vfio_sys_set_iommu(container, VFIO_TYPE1v2_IOMMU), 0);
	cr_assert_eq(vfio_sys_set_iommu(container, VFIO_TYPE1v2_IOMMU), -EINVAL,
		     "twice");
	cr_assert_eq(vfio_sys_group_get_device_fd(group, "0000:02:00.1"),
		     -ENODEV);
}

Test(fake_refuses, a_group_that_is_not_viable)
{
	sim_knobs()->not_viable = true;
	cr_assert_eq(vfio_sys_group_set_container(group, container), -EPERM);
}

Test(fake_refuses, to_let_a_group_go_with_a_device_open)
{
	int fd = open_card();

	cr_assert_eq(vfio_sys_group_unset_container(group), -EBUSY);
	vfio_sys_close(fd);
	cr_assert_eq(vfio_sys_group_unset_container(group), 0);
	cr_assert_eq(map(0, 4096, BOTH), -EINVAL, "the IOMMU went with it");
}

Test(fake_refuses, descriptors_of_another_kind)
{
	struct vfio_device_info info = {.argsz = sizeof(info)};
	struct vfio_group_status st = {.argsz = sizeof(st)};

	cr_assert_eq(vfio_sys_set_iommu(group, VFIO_TYPE1v2_IOMMU), -EBADF);
	cr_assert_eq(vfio_sys_group_get_status(container, &st), -EBADF);
	cr_assert_eq(vfio_sys_device_get_info(group, &info), -EBADF);
	cr_assert_eq(vfio_sys_reset(-1), -EBADF);
}

Test(fake_refuses, mappings)
{
	join();
	cr_assert_eq(map(0, 0, BOTH), -EINVAL);
	cr_assert_eq(map(0, 4096, 0), -EINVAL);
	cr_assert_eq(map(1, 4096, BOTH), -EINVAL);
	cr_assert_eq(map(0, 100, BOTH), -EINVAL);
	cr_assert_eq(map(-UINT64_C(4096), 8192, BOTH), -EINVAL, "wraps");
	cr_assert_eq(map(0xfee00000, 4096, BOTH), -EINVAL, "MSI window");
	cr_assert_eq(map(0, 4 * 4096, BOTH), 0);
	cr_assert_eq(map(4096, 4096, BOTH), -EEXIST);
	cr_assert_eq(unmap(4096, 4096), -EINVAL, "cuts one");
	cr_assert_eq(unmap(0, 100), -EINVAL);
	cr_assert_eq(unmap(0, 8 * 4096), 0);
	cr_assert_eq(sim_count().dma, 0);
}

static int set_irqs(int fd, uint32_t index, uint32_t flags, uint32_t count,
		    int eventfd)
{
	union {
		struct vfio_irq_set set;
		uint8_t bytes[sizeof(struct vfio_irq_set) + sizeof(int)];
	} u = {.set = {.argsz = sizeof(u.bytes),
		       .flags = flags,
		       .index = index,
		       .count = count}};

	memcpy(u.bytes + sizeof(u.set), &eventfd, sizeof(eventfd));
	return vfio_sys_set_irqs(fd, &u.set);
}

#define WIRE  (VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER)
#define OFF   (VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER)
#define MASK  (VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_MASK)
#define INTX  VFIO_PCI_INTX_IRQ_INDEX
#define MSI   VFIO_PCI_MSI_IRQ_INDEX
#define MSIX  VFIO_PCI_MSIX_IRQ_INDEX
#define NOISE (VFIO_IRQ_SET_DATA_EVENTFD | OFF)

Test(fake_refuses, interrupts)
{
	int fd = open_card();
	int ev = vfio_sys_eventfd();

	cr_assert_eq(set_irqs(fd, INTX, OFF, 0, -1), -EINVAL, "not on");
	cr_assert_eq(set_irqs(fd, INTX, MASK, 1, -1), -EINVAL);
	cr_assert_eq(set_irqs(fd, VFIO_PCI_NUM_IRQS, WIRE, 1, ev), -EINVAL);
	cr_assert_eq(set_irqs(fd, INTX, WIRE, 2, ev), -EINVAL, "only one");
	cr_assert_eq(set_irqs(fd, MSI, WIRE, 1, group), -EBADF, "no eventfd");
	cr_assert_eq(set_irqs(fd, MSIX, WIRE, 1, ev), 0);
	cr_assert_eq(set_irqs(fd, MSI, WIRE, 1, ev), -EINVAL, "two kinds");
	cr_assert_eq(set_irqs(fd, INTX, WIRE, 1, ev), -EINVAL);
	cr_assert_eq(set_irqs(fd, MSIX, MASK, 1, -1), -ENOTTY);
	cr_assert_eq(set_irqs(fd, MSIX, NOISE, 1, ev), -EINVAL,
		     "two kinds of data");
	cr_assert_eq(set_irqs(fd, MSIX, VFIO_IRQ_SET_DATA_NONE, 1, -1), -EINVAL,
		     "no action");
	cr_assert_eq(set_irqs(fd, MSIX, WIRE, 0xffffffff, ev), -EINVAL);
	cr_assert_eq(set_irqs(fd, MSIX, OFF, 0, -1), 0);
	close(ev);
	vfio_sys_close(fd);
}

Test(fake_refuses, regions)
{
	const uint64_t config = (uint64_t)VFIO_PCI_CONFIG_REGION_INDEX << 40;
	int fd = open_card();
	uint32_t v = 0;

	cr_assert_eq(vfio_sys_pread(fd, &v, 4, 0), -EIO, "decode is off");
	cr_assert_eq(vfio_sys_pread(fd, &v, 4, config + 4094), -EINVAL);
	cr_assert_eq(vfio_sys_pread(fd, &v, 4, card.size[0]), -EINVAL);
	cr_assert_null(vfio_sys_mmap(fd, NULL, 4096, 1, config));
	cr_assert_null(vfio_sys_mmap(fd, NULL, 100, 1, 0));
	cr_assert_null(vfio_sys_mmap(fd, NULL, 1 << 20, 1, 0), "beyond it");
	card.no_reset = true;
	cr_assert_eq(vfio_sys_reset(fd), -EINVAL);
	vfio_sys_close(fd);
}

static int slot(int vm, uint32_t n, uint64_t gpa, uint64_t size)
{
	const struct kvm_userspace_memory_region r = {
		.slot = n,
		.guest_phys_addr = gpa,
		.memory_size = size,
		.userspace_addr = 0x100000,
	};

	return kvm_sys_set_user_memory_region(vm, &r);
}

static int irqfd(int vm, int fd, uint32_t flags)
{
	const struct kvm_irqfd q = {
		.fd = (uint32_t)fd, .gsi = 4, .flags = flags};

	return kvm_sys_irqfd(vm, &q);
}

Test(fake_refuses, kvm)
{
	int kvm = kvm_sys_open("/dev/kvm");
	int vm = kvm_sys_create_vm(kvm);
	int ev = vfio_sys_eventfd();

	cr_assert_eq(kvm_sys_create_vcpu(vm, 0), -EINVAL, "no irqchip yet");
	cr_assert_eq(irqfd(vm, ev, 0), -EAGAIN);
	cr_assert_eq(kvm_sys_create_irqchip(vm), 0);
	cr_assert_eq(kvm_sys_create_irqchip(vm), -EEXIST);
	cr_assert_eq(irqfd(vm, group, 0), -EBADF, "no eventfd");
	cr_assert_eq(irqfd(vm, ev, 0), 0);
	cr_assert_eq(irqfd(vm, ev, 0), -EBUSY);
	cr_assert_eq(irqfd(vm, ev, KVM_IRQFD_FLAG_DEASSIGN), 0);
	cr_assert_eq(slot(vm, 0, 0, 4096), 0);
	cr_assert_eq(slot(vm, 1, 0, 4096), -EEXIST);
	cr_assert_eq(slot(vm, 1, 100, 4096), -EINVAL);
	cr_assert_eq(slot(vm, 0, 0, 8192), -EINVAL, "a slot keeps its size");
	cr_assert_eq(slot(vm, 2, 0, 0), -EINVAL, "nothing to delete");
	cr_assert_eq(slot(vm, 0, 0, 0), 0);
	close(ev);
	close(vm);
	close(kvm);
}
