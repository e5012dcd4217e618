/* SPDX-License-Identifier: BSD-2-Clause */
/* Configuration accesses through the ports and through ECAM. */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "vmm/pci/root.h"

#define SLOT10 (0x80000000u | 0x0a << 11)

static struct pci_root r;
static char said[512]; /* "r10/4 w12/2=5 ..." */
static uint8_t space[4096];

static void say(const char *fmt, unsigned off, unsigned size, uint32_t val)
{
	size_t n = strlen(said);

	snprintf(said + n, sizeof(said) - n, fmt, off, size, val);
	cr_assert(size == 1 || size == 2 || size == 4);
	cr_assert(off % 4 + size <= 4, "crosses a dword");
}

static uint32_t fn_read(void *opaque, unsigned off, unsigned size)
{
	cr_assert_eq(opaque, space);
	say("r%x/%u ", off, size, 0);
	return (uint32_t)le_get(space + off, size);
}

static void fn_write(void *opaque, unsigned off, unsigned size, uint32_t val)
{
	cr_assert_eq(opaque, space);
	say("w%x/%u=%x ", off, size, val);
	le_put(space + off, size, val);
}

static void setup(void)
{
	pci_root_init(&r);
	for (unsigned i = 0; i < sizeof(space); i++)
		space[i] = (uint8_t)i;
	cr_assert_eq(
		pci_root_add(&r, PCI_DEVFN(0x0a, 0),
			     (struct pci_function){fn_read, fn_write, space}),
		0);
	said[0] = '\0';
}

TestSuite(pci_root, .init = setup);

static void sent(const char *want)
{
	cr_assert_str_eq(said, want);
	said[0] = '\0';
}

Test(pci_root, a_host_bridge_stands_at_zero)
{
	pci_root_port_write(&r, 0, 4, 0x80000000);
	cr_assert_eq(pci_root_port_read(&r, 4, 4), 0x00081b36);
	cr_assert_eq(pci_root_ecam_read(&r, 0x0a, 2), 0x0600);
	cr_assert_eq(pci_root_ecam_read(&r, 0x0e, 1), 0);
	cr_assert_eq(pci_root_ecam_read(&r, 0x100, 4), 0, "nothing extended");
	pci_root_ecam_write(&r, 0, 4, 0);
	cr_assert_eq(pci_root_ecam_read(&r, 0, 2), 0x1b36, "read-only");
}

Test(pci_root, ports)
{
	pci_root_port_write(&r, 0, 4, SLOT10 | 0x10);
	cr_assert_eq(pci_root_port_read(&r, 0, 4), SLOT10 | 0x10);
	cr_assert_eq(pci_root_port_read(&r, 4, 4), 0x13121110);
	cr_assert_eq(pci_root_port_read(&r, 6, 2), 0x1312);
	cr_assert_eq(pci_root_port_read(&r, 7, 1), 0x13);
	sent("r10/4 r12/2 r13/1 ");
	pci_root_port_write(&r, 5, 1, 0xff);
	sent("w11/1=ff ");
}

Test(pci_root, the_address_register_keeps_what_it_has)
{
	pci_root_port_write(&r, 0, 4, 0xffffffff);
	cr_assert_eq(pci_root_port_read(&r, 0, 4), 0x80fffffc);
	pci_root_port_write(&r, 0, 4, SLOT10);
	pci_root_port_write(&r, 0, 2, 0);
	pci_root_port_write(&r, 3, 1, 0);
	cr_assert_eq(pci_root_port_read(&r, 0, 4), SLOT10,
		     "only whole dwords are for us");
	cr_assert_eq(pci_root_port_read(&r, 0, 2), 0xffff);
	cr_assert_eq(pci_root_port_read(&r, 1, 1), 0xff);
}

Test(pci_root, nobody_answers)
{
	static const uint32_t addr[] = {
		SLOT10 & 0x7fffffff,     /* not enabled */
		SLOT10 | 0x10000,        /* bus 1 */
		0x80000000 | 0x0b << 11, /* empty slot */
		SLOT10 | 1 << 8,         /* empty function */
	};

	for (size_t i = 0; i < ARRAY_SIZE(addr); i++) {
		pci_root_port_write(&r, 0, 4, addr[i]);
		cr_assert_eq(pci_root_port_read(&r, 4, 4), 0xffffffff);
		cr_assert_eq(pci_root_port_read(&r, 4, 2), 0xffff);
		pci_root_port_write(&r, 4, 4, 0);
	}
	cr_assert_eq(pci_root_ecam_read(&r, 0x0b << 15, 8), UINT64_MAX);
	cr_assert_eq(pci_root_ecam_read(&r, 0x0b << 15, 2), 0xffff);
	pci_root_ecam_write(&r, 0x0b << 15, 4, 0);
	sent("");
}

Test(pci_root, a_port_access_stays_in_the_data_register)
{
	pci_root_port_write(&r, 0, 4, SLOT10);
	cr_assert_eq(pci_root_port_read(&r, 5, 4), 0xffffffff);
	cr_assert_eq(pci_root_port_read(&r, 7, 2), 0xffff);
	cr_assert_eq(pci_root_port_read(&r, 2, 4), 0xffffffff);
	pci_root_port_write(&r, 6, 4, 0);
	pci_root_port_write(&r, 2, 4, 0);
	sent("");
}

Test(pci_root, ecam)
{
	uint64_t at = 0x0a << 15;

	cr_assert_eq(pci_root_ecam_read(&r, at + 0x100, 4), 0x03020100);
	cr_assert_eq(pci_root_ecam_read(&r, at + 0xffc, 4), 0xfffefdfc);
	cr_assert_eq(pci_root_ecam_read(&r, at + 0x41, 1), 0x41);
	sent("r100/4 rffc/4 r41/1 ");
	pci_root_ecam_write(&r, at + 0x42, 2, 0xabcd);
	sent("w42/2=abcd ");
}

Test(pci_root, eight_bytes_are_twice_four)
{
	uint64_t at = 0x0a << 15;

	cr_assert_eq(pci_root_ecam_read(&r, at + 0x10, 8), 0x1716151413121110);
	sent("r10/4 r14/4 ");
	pci_root_ecam_write(&r, at + 0x10, 8, 0x1122334455667788);
	sent("w10/4=55667788 w14/4=11223344 ");
}

Test(pci_root, unaligned_is_split_at_the_dword)
{
	uint64_t at = 0x0a << 15;

	cr_assert_eq(pci_root_ecam_read(&r, at + 0x12, 4), 0x15141312);
	sent("r12/2 r14/2 ");
	cr_assert_eq(pci_root_ecam_read(&r, at + 0x13, 2), 0x1413);
	sent("r13/1 r14/1 ");
	cr_assert_eq(pci_root_ecam_read(&r, at + 0x11, 4), 0x14131211);
	sent("r11/1 r12/2 r14/1 ");
	cr_assert_eq(pci_root_ecam_read(&r, at + 0x13, 8), 0x1a19181716151413);
	said[0] = '\0';
	pci_root_ecam_write(&r, at + 0x13, 4, 0xaabbccdd);
	cr_assert_eq(le_get(space + 0x13, 4), 0xaabbccdd);
	cr_assert_eq(space[0x12], 0x12);
	cr_assert_eq(space[0x17], 0x17);
}

Test(pci_root, nothing_crosses_into_the_next_function)
{
	uint64_t at = 0x0a << 15;

	cr_assert_eq(pci_root_ecam_read(&r, at + 0xffd, 4), 0xffffffff);
	cr_assert_eq(pci_root_ecam_read(&r, at + 0xffc, 8), UINT64_MAX);
	pci_root_ecam_write(&r, at + 0xfff, 2, 0);
	sent("");
}

Test(pci_root, a_slot_is_taken_once)
{
	struct pci_function f = {fn_read, fn_write, space};

	cr_assert_eq(pci_root_add(&r, PCI_DEVFN(0x0a, 0), f), -EEXIST);
	cr_assert(strstr(err_last(), "0a.0"), "%s", err_last());
	cr_assert_eq(pci_root_add(&r, 0, f), -EEXIST, "the host bridge");
	cr_assert_eq(pci_root_add(&r, 256, f), -EEXIST);
	cr_assert_eq(pci_root_add(&r, PCI_DEVFN(0x0a, 1), f), 0);
}
