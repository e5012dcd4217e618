/* SPDX-License-Identifier: BSD-2-Clause */
/* The reset of a whole bus: whom it hits, whose it must be, and once only. */
#include <criterion/criterion.h>

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "tests/fake/fake.h"
#include "vfio/container.h"
#include "vfio/device.h"
#include "vfio/hotreset.h"

static struct sim_pci card[2]; /* two functions of one bus */
static struct kernel_container c;
static struct vfio_device d;

static void setup(void)
{
	sim_reset();
	sim_knobs()->no_kvm = true;
	sim_e1000e(&card[0], "0000:02:00.0", 7);
	sim_e1000e(&card[1], "0000:02:00.1", 7);
	card[0].no_reset = card[1].no_reset = true;
	c.fd = d.fd = -1;
}

static void teardown(void)
{
	vfio_device_close(&d);
	cr_assert_eq(kernel_container_close(&c), 0, "%s", err_last());
	sim_end();
}

TestSuite(vfio_hotreset, .init = setup, .fini = teardown);

static struct vfio_source source(unsigned fn)
{
	return (struct vfio_source){.ops = &vfio_kernel,
				    .addr = {0, 2, 0, (uint8_t)fn},
				    .group = card[fn].group};
}

static void attach(unsigned fn)
{
	const struct vfio_source src = source(fn);
	int fd;

	cr_assert_eq(vfio_kernel.attach(&c.base, &src, &fd), 0, "%s",
		     err_last());
}

static void open_fn(unsigned fn)
{
	const struct vfio_source src = source(fn);

	vfio_device_close(&d);
	cr_assert_eq(vfio_device_open(&d, &c.base, &src), 0, "%s", err_last());
	sim_take("");
}

static void open_first(void)
{
	sim_add(&card[0]);
	sim_add(&card[1]);
	cr_assert_eq(kernel_container_open(&c), 0, "%s", err_last());
	attach(0);
	open_fn(0);
}

static void says(const char *what)
{
	cr_assert(strstr(err_last(), what), "'%s' is not in '%s'", what,
		  err_last());
}

Test(vfio_hotreset, resets_all_of_the_bus_once)
{
	open_first();
	cr_assert_eq(vfio_device_reset_bus(&d, &c.base), 0, "%s", err_last());
	cr_assert_str_eq(
		sim_take("o"),
		"VFIO_DEVICE_GET_PCI_HOT_RESET_INFO 0000:02:00.0 = ENOSPC\n"
		"VFIO_DEVICE_GET_PCI_HOT_RESET_INFO 0000:02:00.0\n"
		"VFIO_DEVICE_PCI_HOT_RESET 0000:02:00.0, 1 groups\n");
	cr_assert_eq(card[1].resets, 1);
	open_fn(1);
	cr_assert_eq(vfio_device_reset_bus(&d, &c.base), 0, "%s", err_last());
	cr_assert_str_eq(sim_take("o"), "", "it was reset with the other");
}

Test(vfio_hotreset, shows_the_groups_of_all)
{
	card[1].group = 8;
	open_first();
	attach(1);
	sim_take("");
	cr_assert_eq(vfio_device_reset_bus(&d, &c.base), 0, "%s", err_last());
	cr_assert(strstr(sim_take("o"), "HOT_RESET 0000:02:00.0, 2 groups"));
	cr_assert_eq(card[0].resets, 1);
	cr_assert_eq(card[1].resets, 1);
}

Test(vfio_hotreset, names_whom_else_it_would_hit)
{
	card[1].group = 8;
	open_first();
	cr_assert_eq(vfio_device_reset_bus(&d, &c.base), -EBUSY);
	says("0000:02:00.0: it has no reset of its own");
	says("also hit 0000:02:00.1 of group 8");
	says("--device 0000:02:00.1");
	cr_assert(!strstr(sim_take("o"), "PCI_HOT_RESET 0"));
	cr_assert_eq(card[0].resets, 0);
	cr_assert_eq(card[1].resets, 0);
}

Test(vfio_hotreset, is_for_those_without_their_own)
{
	card[0].no_reset = false;
	open_first();
	cr_assert_eq(vfio_device_reset_bus(&d, &c.base), 0);
	cr_assert_str_eq(sim_take("o"), "");
}

Test(vfio_hotreset, bus_without_reset)
{
	card[0].no_bus_reset = true;
	open_first();
	cr_assert_eq(vfio_device_reset_bus(&d, &c.base), -ENODEV);
	says("0000:02:00.0: VFIO_DEVICE_GET_PCI_HOT_RESET_INFO: ENODEV: it has "
	     "no reset");
}

Test(vfio_hotreset, every_call_failed_once)
{
	unsigned n = 1;
	int rc;

	open_first();
	for (;; n++) {
		sim_fail(n, EIO);
		rc = vfio_device_reset_bus(&d, &c.base);
		if (!*sim_failed())
			break;
		cr_assert_eq(rc, -EIO, "%u: %d", n, rc);
		says(sim_failed());
		says("0000:02:00.0");
	}
	cr_assert_eq(rc, 0);
	cr_assert_eq(n, 4, "two questions and a reset");
}
