/* SPDX-License-Identifier: BSD-2-Clause */
/* GSI routes and irqfds. */
#include <criterion/criterion.h>

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/err.h"
#include "base/fd.h"
#include "kvm/irq.h"
#include "tests/fake/fake.h"
#include "vfio/sys.h"

static struct kvm_vm vm;
static struct kvm_irqs irqs;

static void setup(void)
{
	sim_reset();
	cr_assert_eq(kvm_vm_open(&vm, 0xfffbc000), 0, "%s", err_last());
	cr_assert_eq(kvm_irqs_init(&irqs, &vm), 0, "%s", err_last());
}

static void teardown(void)
{
	kvm_vm_close(&vm);
	sim_end();
}

TestSuite(kvm_irq, .init = setup, .fini = teardown);

static int route(int gsi, uint64_t addr, uint32_t data)
{
	return kvm_irq_route_msi(&irqs, gsi, (struct kvm_irq_msi){addr, data});
}

Test(kvm_irq, the_pins_stand_from_the_beginning)
{
	/* 15 of the PIC (not its cascade) and 23 of the I/O APIC */
	cr_assert_str_eq(sim_take("i"), "KVM_SET_GSI_ROUTING 38 pins\n");
	cr_assert_eq(sim_count().routes, 0);
}

Test(kvm_irq, messages_begin_behind_the_pins)
{
	sim_take("");
	cr_assert_eq(route(-1, 0xfee00000, 0x41), 24);
	cr_assert_eq(route(-1, 0x1fee01000, 0x42), 25);
	cr_assert_str_eq(sim_take("i"),
			 "KVM_SET_GSI_ROUTING 38 pins 24=0:fee00000/41\n"
			 "KVM_SET_GSI_ROUTING 38 pins 24=0:fee00000/41 "
			 "25=1:fee01000/42\n");
}

Test(kvm_irq, a_route_is_changed_and_dropped)
{
	int gsi = route(-1, 0xfee00000, 0x41);

	cr_assert_eq(route(-1, 0xfee00000, 0x42), gsi + 1);
	cr_assert_eq(route(gsi, 0xfee00000, 0x51), gsi);
	sim_take("");
	cr_assert_eq(kvm_irq_route_drop(&irqs, gsi), 0);
	cr_assert_str_eq(sim_take("i"),
			 "KVM_SET_GSI_ROUTING 38 pins 25=0:fee00000/42\n");
	cr_assert_eq(route(-1, 0xfee00000, 0x61), gsi, "free again");
}

Test(kvm_irq, pins_are_not_dropped)
{
	cr_assert_eq(kvm_irq_route_drop(&irqs, 4), -EINVAL);
	cr_assert_eq(kvm_irq_route_drop(&irqs, KVM_IRQ_MAX), -EINVAL);
	cr_assert_eq(kvm_irq_route_drop(&irqs, -1), -EINVAL);
}

Test(kvm_irq, the_old_table_stays_when_the_new_one_fails)
{
	int gsi = route(-1, 0xfee00000, 0x41);

	sim_fail(1, ENOMEM);
	cr_assert_eq(route(gsi, 0xfee00000, 0x51), -ENOMEM);
	cr_assert(strstr(err_last(), "KVM_SET_GSI_ROUTING: ENOMEM"));
	cr_assert_eq(irqs.msi[gsi].data, 0x41);
	sim_fail(1, ENOMEM);
	cr_assert_eq(route(-1, 0xfee00000, 0x61), -ENOMEM);
	cr_assert_eq(route(-1, 0xfee00000, 0x61), gsi + 1, "not lost");
}

Test(kvm_irq, there_is_an_end)
{
	for (int i = KVM_IRQ_PINS; i < KVM_IRQ_MAX; i++)
		irqs.used[i] = true;
	cr_assert_eq(route(-1, 0xfee00000, 1), -ENOSPC);
	cr_assert(strstr(err_last(), "in use"));
}

Test(kvm_irq, an_eventfd_injects)
{
	int gsi = route(-1, 0xfee00000, 0x41);
	int fd = vfio_sys_eventfd();

	sim_take("");
	cr_assert_eq(kvm_irq_attach(&irqs, gsi, fd, -1), 0);
	eventfd_write(fd, 1);
	sim_kvm_pump();
	cr_assert_eq(kvm_irq_detach(&irqs, gsi, fd), 0);
	eventfd_write(fd, 1);
	sim_kvm_pump();
	cr_assert_str_eq(sim_take("i"), "KVM_IRQFD assign 24 ev0\n"
					"inject 24 0x0:fee00000/41\n"
					"KVM_IRQFD deassign 24 ev0\n");
	cr_assert_eq(sim_count().irqfds, 0);
	fd_close(&fd);
}

Test(kvm_irq, what_came_before_is_injected_at_once)
{
	int gsi = route(-1, 0xfee00000, 0x41);
	int fd = vfio_sys_eventfd();

	eventfd_write(fd, 3);
	sim_take("");
	cr_assert_eq(kvm_irq_attach(&irqs, gsi, fd, -1), 0);
	cr_assert_str_eq(sim_take("i"), "KVM_IRQFD assign 24 ev0\n"
					"inject 24 0x0:fee00000/41\n");
	fd_close(&fd);
}

Test(kvm_irq, errors_name_the_gsi_and_the_call)
{
	cr_assert_eq(kvm_irq_attach(&irqs, 16, vm.fd, -1), -EBADF);
	cr_assert_str_eq(err_last(), "GSI 16: KVM_IRQFD (assign): EBADF");
	cr_assert_eq(kvm_irq_detach(&irqs, 16, vm.fd), -EBADF);
	cr_assert_str_eq(err_last(), "GSI 16: KVM_IRQFD (deassign): EBADF");
	sim_fail(1, EIO);
	cr_assert_eq(kvm_irq_set_line(&irqs, 4, true), -EIO);
	cr_assert_str_eq(err_last(), "GSI 4: KVM_IRQ_LINE: EIO");
}
