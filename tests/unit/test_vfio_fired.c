/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts out of /proc/interrupts: whose is whose, and what is not told.
 */
#include <criterion/criterion.h>

#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vfio/fired.h"

/* Two CPUs, whose counts have 32 bits each; controllers of older and newer
 * kinds */
static const char table[] =
	"           CPU0       CPU1       \n"
	"  16:          3          9  IR-IO-APIC  16-fasteoi   ehci_hcd:usb1, "
	"vfio-intx(0000:04:00.0)\n"
	"  27:         10          2  IR-PCI-MSIX-0000:02:00.0    0-edge      "
	"vfio-msix[0](0000:02:00.0)\n"
	"  28:          2 4294967295  IR-PCI-MSI 1048577-edge      "
	"vfio-msix[1](0000:02:00.0)\n"
	"  29:          5          0  IR-PCI-MSIX-0000:02:00.0   10-edge      "
	"vfio-msix[10](0000:02:00.0)\n"
	"  30:          1          6  IR-PCI-MSI-0000:03:00.0    0-edge      "
	"vfio-msi[0](0000:03:00.0)\n"
	" NMI:          1          1   Non-maskable interrupts\n"
	" ERR:          0\n";

static struct fired fired;

static void take(const char *text, size_t n)
{
	int fd = memfd_create("interrupts", MFD_CLOEXEC);

	cr_assert_eq(write(fd, text, n), (ssize_t)n);
	fired_take(&fired, fd);
	close(fd);
}

static void take_table(void)
{
	take(table, strlen(table));
}

static void give_back(void)
{
	fired_free(&fired);
	fired_free(&fired);
}

TestSuite(vfio_fired, .init = take_table, .fini = give_back);

static uint64_t msix(const char *dev, unsigned v)
{
	return fired_count(&fired, dev, VFIO_PCI_MSIX_IRQ_INDEX, v);
}

Test(vfio_fired, a_vector_of_all_cpus)
{
	cr_assert_eq(msix("0000:02:00.0", 0), 12);
	cr_assert_eq(msix("0000:02:00.0", 1), UINT64_C(4294967297));
	cr_assert_eq(msix("0000:02:00.0", 10), 5);
	cr_assert_eq(fired_count(&fired, "0000:03:00.0", VFIO_PCI_MSI_IRQ_INDEX,
				 0),
		     7);
}

Test(vfio_fired, a_line_that_is_shared)
{
	cr_assert_eq(fired_count(&fired, "0000:04:00.0",
				 VFIO_PCI_INTX_IRQ_INDEX, 0),
		     12);
}

Test(vfio_fired, what_is_not_there_is_unknown)
{
	cr_assert_eq(msix("0000:02:00.0", 2), FIRED_UNKNOWN);
	cr_assert_eq(msix("0000:02:00.1", 0), FIRED_UNKNOWN);
	cr_assert_eq(msix("000:02:00.0", 0), FIRED_UNKNOWN);
	cr_assert_eq(msix("/tmp/socket", 0), FIRED_UNKNOWN);
	cr_assert_eq(fired_count(&fired, "0000:02:00.0", VFIO_PCI_MSI_IRQ_INDEX,
				 0),
		     FIRED_UNKNOWN);
	cr_assert_eq(fired_count(&fired, "0000:02:00.0", VFIO_PCI_REQ_IRQ_INDEX,
				 0),
		     FIRED_UNKNOWN);
}

/* A name that only begins or ends so is another's */
Test(vfio_fired, a_name_is_a_whole_one)
{
	static const char text[] = " 1: 7 chip xvfio-intx(a)\n"
				   " 2: 8 chip vfio-intx(a)x\n"
				   " 3: 9 chip vfio-intx(a), vfio-intx(b)\n";

	give_back();
	take(text, strlen(text));
	cr_assert_eq(fired_count(&fired, "a", VFIO_PCI_INTX_IRQ_INDEX, 0), 9);
	cr_assert_eq(fired_count(&fired, "b", VFIO_PCI_INTX_IRQ_INDEX, 0), 9);
}

Test(vfio_fired, more_than_fits_at_first)
{
	static char text[40000];

	give_back();
	memset(text, ' ', sizeof(text));
	memcpy(text + sizeof(text) - sizeof(table), table, sizeof(table));
	take(text, sizeof(text) - 1);
	cr_assert_eq(msix("0000:02:00.0", 0), 12);
}

Test(vfio_fired, nothing_readable_is_nothing_known)
{
	give_back();
	fired_take(&fired, -1);
	cr_assert_eq(msix("0000:02:00.0", 0), FIRED_UNKNOWN);
	take("", 0);
	cr_assert_eq(msix("0000:02:00.0", 0), FIRED_UNKNOWN);
	give_back();
	take("vfio-msix[0](0000:02:00.0)", 26); /* no line of a table */
	cr_assert_eq(msix("0000:02:00.0", 0), FIRED_UNKNOWN);
}

/* A file without an end */
Test(vfio_fired, what_does_not_end_is_given_up)
{
	FILE *zero = fopen("/dev/zero", "r");

	give_back();
	fired_take(&fired, fileno(zero));
	cr_assert_null(fired.text);
	fclose(zero);
}

Test(vfio_fired, this_machines_own_can_be_read)
{
	int fd = fired_open();

	give_back();
	cr_assert_geq(fd, 0);
	fired_take(&fired, fd);
	cr_assert_not_null(fired.text);
	cr_assert(strstr(fired.text, "CPU0"));
	close(fd);
}
