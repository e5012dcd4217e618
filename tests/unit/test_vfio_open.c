/* SPDX-License-Identifier: BSD-2-Clause */
/* Container, group and device: order, refusals, and what they say. */
#include <criterion/criterion.h>

#include <errno.h>
#include <linux/pci_regs.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/fd.h"
#include "tests/fake/fake.h"
#include "vfio/container.h"
#include "vfio/device.h"
#include "vfio/group.h"
#include "vfio/irq.h"
#include "vfio/sys.h"

static struct sim_pci card;
static struct kernel_container c;
static struct vfio_group g;
static struct vfio_device d;
static const struct pci_addr addr = {0, 2, 0, 0};
static const struct vfio_source src = {
	.ops = &vfio_kernel, .addr = {0, 2, 0, 0}, .group = 7};

static void setup(void)
{
	sim_reset();
	sim_knobs()->no_kvm = true;
	sim_e1000e(&card, "0000:02:00.0", 7);
	sim_add(&card);
	c.fd = g.fd = d.fd = -1;
}

static void teardown(void)
{
	vfio_device_close(&d);
	vfio_group_close(&g);
	cr_assert_eq(kernel_container_close(&c), 0, "%s", err_last());
	sim_end();
}

TestSuite(vfio_open, .init = setup, .fini = teardown);
TestSuite(vfio_irq, .init = setup, .fini = teardown);

static int open_group(void)
{
	int rc = c.fd < 0 ? kernel_container_open(&c) : 0;

	err_clear();
	return rc ? rc : vfio_group_open(&g, 7, addr, c.fd);
}

static void attach(void)
{
	int fd;

	cr_assert_eq(kernel_container_open(&c), 0, "%s", err_last());
	cr_assert_eq(vfio_kernel.attach(&c.base, &src, &fd), 0, "%s",
		     err_last());
	cr_assert_eq(fd, c.group[0].fd);
	cr_assert_eq(vfio_kernel.attach(&c.base, &src, &fd), 0);
	cr_assert_eq(fd, -1, "told once");
}

static int open_src(struct pci_addr at)
{
	struct vfio_source other = src;

	other.addr = at;
	return vfio_device_open(&d, &c.base, &other);
}

static void open_device(void)
{
	attach();
	cr_assert_eq(open_src(addr), 0, "%s", err_last());
}

static void says(const char *text)
{
	cr_assert(strstr(err_last(), text), "'%s' not in '%s'", text,
		  err_last());
}

Test(vfio_open, no_vfio_has_a_cure)
{
	sim_fail(1, ENOENT);
	cr_assert_eq(kernel_container_open(&c), -ENOENT);
	says("/dev/vfio/vfio: open: ENOENT");
	says("modprobe vfio-pci");
	sim_fail(1, EACCES);
	cr_assert_eq(kernel_container_open(&c), -EACCES);
	says("run as root");
}

Test(vfio_open, strange_kernels)
{
	sim_knobs()->vfio_version = 1;
	cr_assert_eq(kernel_container_open(&c), -EPROTO);
	sim_knobs()->vfio_version = 0;
	sim_knobs()->no_type1v2 = true;
	cr_assert_eq(kernel_container_open(&c), -ENOTSUP);
	says("modprobe vfio_iommu_type1");
}

Test(vfio_open, a_group_is_opened_once)
{
	struct vfio_group again;

	cr_assert_eq(open_group(), 0);
	cr_assert_eq(vfio_group_open(&again, 7, addr, c.fd), -EBUSY);
	says("0000:02:00.0: /dev/vfio/7: open: EBUSY");
	says("fuser -v /dev/vfio/7");
	cr_assert_eq(again.fd, -1);
	cr_assert_eq(vfio_group_close(&again), 0);
}

Test(vfio_open, no_such_group)
{
	cr_assert_eq(kernel_container_open(&c), 0);
	cr_assert_eq(vfio_group_open(&g, 99, addr, c.fd), -ENOENT);
	says("passthru bind 0000:02:00.0");
}

/* Who types the cure is root, whose name is another one */
Test(vfio_open, a_group_of_another_user)
{
	const struct passwd *pw = getpwuid(getuid());
	char want[96];

	cr_assert_eq(kernel_container_open(&c), 0);
	sim_fail(1, EACCES);
	cr_assert_eq(vfio_group_open(&g, 7, addr, c.fd), -EACCES);
	snprintf(want, sizeof(want), "passthru bind --owner %s 0000:02:00.0",
		 pw ? pw->pw_name : "USER");
	says(want);
}

Test(vfio_open, a_group_that_is_not_viable)
{
	sim_knobs()->not_viable = true;
	cr_assert_eq(open_group(), -EBUSY);
	says("not viable");
	cr_assert_eq(g.fd, -1);
}

Test(vfio_open, viable_is_a_bit_among_others)
{
	cr_assert_eq(open_group(), 0);
	cr_assert_eq(vfio_group_close(&g), 0);
	cr_assert_eq(open_group(), 0, "%s", err_last());
}

Test(vfio_open, every_call_on_a_group_can_fail)
{
	static const char *const call[] = {"open", "VFIO_GROUP_GET_STATUS",
					   "VFIO_GROUP_SET_CONTAINER"};

	cr_assert_eq(kernel_container_open(&c), 0);
	for (unsigned n = 0; n < ARRAY_SIZE(call); n++) {
		sim_fail(n + 1, EPERM);
		cr_assert_eq(open_group(), -EPERM);
		says(call[n]);
		says("0000:02:00.0");
		cr_assert_eq(g.fd, -1);
	}
}

Test(vfio_open, a_group_with_an_open_device_says_so_and_closes)
{
	open_device();
	cr_assert_eq(kernel_container_close(&c), -EBUSY);
	says("group 7: VFIO_GROUP_UNSET_CONTAINER: EBUSY");
	cr_assert_eq(c.ngroups, 0);
	cr_assert_eq(c.fd, -1);
	cr_assert_eq(kernel_container_close(&c), 0);
}

Test(vfio_open, groups_are_limited)
{
	int fd;

	cr_assert_eq(kernel_container_open(&c), 0);
	for (unsigned i = 0; i < VFIO_GROUPS; i++)
		c.group[i] = (struct vfio_group){.fd = -1, .id = 100 + i};
	c.ngroups = VFIO_GROUPS;
	cr_assert_eq(vfio_kernel.attach(&c.base, &src, &fd), -ENOSPC);
	cr_assert_eq(fd, -1);
}

Test(vfio_open, a_group_that_was_not_attached)
{
	cr_assert_eq(kernel_container_open(&c), 0);
	cr_assert_eq(open_src(addr), -EINVAL);
	says("0000:02:00.0: group 7 is not in the container");
	cr_assert(!vfio_device_is_open(&d));
}

Test(vfio_open, a_container_of_the_heap)
{
	struct vfio_container *h;
	int fd;

	cr_assert_eq(vfio_kernel.container_open(&h), 0);
	cr_assert_eq(h->ops, &vfio_kernel);
	cr_assert_eq(vfio_kernel.attach(h, &src, &fd), 0);
	cr_assert_eq(vfio_kernel.container_close(h), 0);
	cr_assert_eq(vfio_kernel.container_close(NULL), 0);
	sim_fail(1, ENOENT);
	cr_assert_eq(vfio_kernel.container_open(&h), -ENOENT);
	cr_assert_null(h);
}

Test(vfio_open, set_iommu_needs_a_group_and_is_done_once)
{
	cr_assert_eq(kernel_container_open(&c), 0);
	cr_assert_eq(kernel_container_set_iommu(&c), -EINVAL);
	says("VFIO_SET_IOMMU");
	cr_assert(!c.ready);
	cr_assert_eq(open_group(), 0);
	cr_assert_eq(kernel_container_set_iommu(&c), 0);
	cr_assert_eq(kernel_container_set_iommu(&c), 0, "harmless to repeat");
	sim_take("");
	cr_assert_eq(kernel_container_set_iommu(&c), 0);
	cr_assert_str_eq(sim_take("o"), "");
}

Test(vfio_open, unsafe_interrupts_have_a_cure)
{
	cr_assert_eq(open_group(), 0);
	sim_fail(1, EPERM);
	cr_assert_eq(kernel_container_set_iommu(&c), -EPERM);
	says("allow_unsafe_interrupts");
}

Test(vfio_open, a_device_tells_what_it_has)
{
	open_device();
	cr_assert_str_eq(d.name, "0000:02:00.0");
	cr_assert_eq(d.irq[VFIO_PCI_INTX_IRQ_INDEX].count, 1);
	cr_assert_eq(d.irq[VFIO_PCI_MSIX_IRQ_INDEX].count, 5);
	cr_assert_eq(d.irq[VFIO_PCI_ERR_IRQ_INDEX].count, 1);
	cr_assert_eq(vfio_config_read(&d, 0, 4), 0x10d38086);
	cr_assert_eq(vfio_config_read(&d, 4095, 2), 0xffff);
	cr_assert_eq(vfio_config_write(&d, PCI_COMMAND, 2, 4), 0);
	cr_assert_eq(card.cfg[PCI_COMMAND], 4);
}

Test(vfio_open, a_conventional_device_has_no_err_interrupt)
{
	card.cfg[0xe0] = PCI_CAP_ID_VNDR;
	open_device();
	cr_assert_eq(d.irq[VFIO_PCI_ERR_IRQ_INDEX].count, 0);
	cr_assert_eq(d.irq[VFIO_PCI_REQ_IRQ_INDEX].count, 1);
}

Test(vfio_open, busy_is_tried_again)
{
	card.busy = 3;
	open_device();
	cr_assert_eq(card.busy, 0);
}

Test(vfio_open, busy_for_ever_is_an_error)
{
	attach();
	card.busy = 1000;
	cr_assert_eq(open_src(addr), -EAGAIN);
	says("0000:02:00.0: VFIO_GROUP_GET_DEVICE_FD: EAGAIN");
	cr_assert_gt(card.busy, 900, "bounded");
}

Test(vfio_open, a_device_that_the_kernel_cannot_switch_on)
{
	attach();
	sim_fail(1, EINVAL);
	cr_assert_eq(open_src(addr), -EINVAL);
	says("0000:02:00.0: VFIO_GROUP_GET_DEVICE_FD: EINVAL");
	says("the kernel cannot switch it on");
}

Test(vfio_open, a_device_that_is_not_on_vfio_pci)
{
	attach();
	cr_assert_eq(open_src((struct pci_addr){0, 3, 0, 0}), -ENODEV);
	says("0000:03:00.0");
	says("passthru bind");
}

Test(vfio_open, every_call_on_a_device_can_fail)
{
	unsigned n = 1;
	int rc;

	attach();
	for (;; n++) {
		sim_fail(n, EIO);
		err_clear();
		rc = open_src(addr);
		if (!*sim_failed())
			break;
		cr_assert_eq(rc, -EIO, "%s", sim_failed());
		says(sim_failed());
		says("0000:02:00.0");
		cr_assert_eq(d.fd, -1);
		cr_assert(!vfio_device_is_open(&d));
	}
	cr_assert_eq(rc, 0);
	cr_assert_gt(n, 18);
}

Test(vfio_open, reset)
{
	open_device();
	cr_assert_eq(vfio_device_reset(&d), 0);
	cr_assert_eq(card.resets, 1);
	sim_fail(1, EAGAIN);
	cr_assert_eq(vfio_device_reset(&d), -EAGAIN);
	says("VFIO_DEVICE_RESET: EAGAIN");
	d.flags = VFIO_DEVICE_FLAGS_PCI;
	cr_assert_eq(vfio_device_reset(&d), -ENOTSUP);
	says("0000:02:00.0: the device has no reset");
}

/* Interrupts */

Test(vfio_irq, one_index_at_a_time)
{
	int fd = vfio_sys_eventfd();

	open_device();
	cr_assert_eq(vfio_irq_enable(&d, VFIO_PCI_INTX_IRQ_INDEX, 0, &fd, 1),
		     0);
	cr_assert_eq(vfio_irq_enable(&d, VFIO_PCI_MSIX_IRQ_INDEX, 0, &fd, 1),
		     -EINVAL);
	cr_assert_str_eq(err_last(), "0000:02:00.0: VFIO_DEVICE_SET_IRQS "
				     "(enable MSI-X): EINVAL; "
				     "see the kernel log: dmesg | tail");
	cr_assert_eq(vfio_irq_disable(&d, VFIO_PCI_INTX_IRQ_INDEX), 0);
	cr_assert_eq(vfio_irq_enable(&d, VFIO_PCI_MSIX_IRQ_INDEX, 0, &fd, 1),
		     0);
	cr_assert_eq(vfio_irq_disable(&d, VFIO_PCI_MSI_IRQ_INDEX), -EINVAL);
	cr_assert_eq(vfio_irq_disable(&d, VFIO_PCI_MSIX_IRQ_INDEX), 0);
	fd_close(&fd);
}

Test(vfio_irq, fewer_vectors_is_a_positive_number)
{
	int fds[4] = {-1, -1, -1, -1};

	card.grant = 2;
	open_device();
	cr_assert_eq(vfio_irq_enable(&d, VFIO_PCI_MSIX_IRQ_INDEX, 0, fds, 4),
		     2);
	cr_assert_eq(card.irq, -1, "none was enabled");
}

Test(vfio_irq, counts_are_checked)
{
	int fds[6] = {-1, -1, -1, -1, -1, -1};

	open_device();
	cr_assert_eq(vfio_irq_enable(&d, VFIO_PCI_MSIX_IRQ_INDEX, 0, fds, 0),
		     -EINVAL);
	cr_assert_eq(vfio_irq_enable(&d, VFIO_PCI_MSIX_IRQ_INDEX, 0, fds,
				     VFIO_IRQ_MAX + 1),
		     -EINVAL);
	cr_assert_eq(vfio_irq_enable(&d, VFIO_PCI_MSIX_IRQ_INDEX, 0, fds, 6),
		     -EINVAL, "five there are");
	cr_assert_eq(vfio_irq_enable(&d, VFIO_PCI_MSIX_IRQ_INDEX, 5, fds, 1),
		     -EINVAL);
}

Test(vfio_irq, masking_is_for_intx)
{
	int fd = vfio_sys_eventfd();

	open_device();
	cr_assert_eq(vfio_irq_mask(&d), -EINVAL, "not enabled");
	cr_assert_eq(vfio_irq_enable(&d, VFIO_PCI_INTX_IRQ_INDEX, 0, &fd, 1),
		     0);
	cr_assert_eq(vfio_irq_mask(&d), 0);
	cr_assert(card.masked);
	cr_assert_eq(vfio_irq_unmask(&d), 0);
	cr_assert(!card.masked);
	cr_assert_eq(vfio_irq_unmask_on(&d, d.fd), -EBADF);
	cr_assert_str_eq(err_last(), "0000:02:00.0: VFIO_DEVICE_SET_IRQS "
				     "(unmask by eventfd INTx): EBADF; "
				     "see the kernel log: dmesg | tail");
	fd_close(&fd);
}

Test(vfio_irq, names)
{
	cr_assert_str_eq(vfio_irq_name(VFIO_PCI_INTX_IRQ_INDEX), "INTx");
	cr_assert_str_eq(vfio_irq_name(VFIO_PCI_MSIX_IRQ_INDEX), "MSI-X");
	cr_assert_str_eq(vfio_irq_name(99), "interrupt");
}
