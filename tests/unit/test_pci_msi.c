/* SPDX-License-Identifier: BSD-2-Clause */
/* MSI registers and the MSI-X table as a guest programs them. */
#include <criterion/criterion.h>

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "tests/fake/fake.h"
#include "vmm/pci/msi.h"

static struct sim_pci card;
static struct pci_cfg c;
static struct pci_msix m;

static int init_msix(void)
{
	struct pci_cfg_options opt = {.rom_size = card.size[SIM_ROM]};

	memcpy(opt.bar_size, card.size, sizeof(opt.bar_size));
	cr_assert_eq(pci_cfg_init(&c, card.cfg, 4096, &opt), 0);
	return pci_msix_init(&m, &c, card.cfg, opt.bar_size);
}

static void setup(void)
{
	sim_bcm5720(&card, "0000:02:00.0", 7);
	cr_assert_eq(init_msix(), 0, "%s", err_last());
}

static void teardown(void)
{
	pci_msix_fini(&m);
}

TestSuite(pci_msi, .init = setup, .fini = teardown);
TestSuite(pci_msix, .init = setup, .fini = teardown);

Test(pci_msi, count_is_the_smaller_of_wanted_and_able)
{
	static const struct {
		unsigned mmc;
		unsigned mme;
		unsigned count;
	} row[] = {{3, 0, 1}, {3, 2, 4},  {3, 3, 8}, {3, 5, 8},
		   {0, 7, 1}, {5, 5, 32}, {7, 7, 32}};

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		pci_cfg_set(&c, 0x5a, 2, row[i].mmc << 1 | row[i].mme << 4);
		cr_assert_eq(pci_msi_count(&c), row[i].count, "row %zu", i);
	}
}

Test(pci_msi, vectors_of_64_bits)
{
	struct pci_vector v;

	pci_cfg_write(&c, 0x5c, 4, 0xfee01000);
	pci_cfg_write(&c, 0x60, 4, 0x1);
	pci_cfg_write(&c, 0x64, 2, 0x4123);
	v = pci_msi_vector(&c, 0);
	cr_assert(!v.live);
	pci_cfg_write(&c, 0x5a, 2, 0x21);
	cr_assert(pci_msi_enabled(&c));
	v = pci_msi_vector(&c, 3);
	cr_assert(v.live);
	cr_assert_eq(v.addr, 0x1fee01000);
	cr_assert_eq(v.data, 0x4123, "the low two bits number the vector");
	cr_assert_eq(pci_msi_vector(&c, 1).data, 0x4121);
}

Test(pci_msi, vectors_of_32_bits_with_mask)
{
	le_put(card.cfg + 0x5a, 2, PCI_MSI_FLAGS_MASKBIT | 3 << 1);
	teardown();
	cr_assert_eq(init_msix(), 0);
	pci_cfg_write(&c, 0x5c, 4, 0xfee00000);
	pci_cfg_write(&c, 0x60, 2, 0x30);
	pci_cfg_write(&c, 0x64, 4, 0x2);
	pci_cfg_write(&c, 0x5a, 2, 0x31);
	cr_assert(pci_msi_vector(&c, 0).live);
	cr_assert(!pci_msi_vector(&c, 1).live);
	cr_assert_eq(pci_msi_vector(&c, 0).addr, 0xfee00000);
	cr_assert_eq(pci_msi_vector(&c, 5).data, 0x35);
}

Test(pci_msi, a_device_without_has_none)
{
	sim_nvme(&card, "0000:03:00.0", 8);
	teardown();
	cr_assert_eq(init_msix(), 0);
	cr_assert(!pci_msi_enabled(&c));
}

Test(pci_msix, where_the_tables_are)
{
	cr_assert_eq(m.n, 17);
	cr_assert_eq(m.table_bar, 4);
	cr_assert_eq(m.table.start, 0);
	cr_assert_eq(m.table.len, 17 * 16);
	cr_assert_eq(m.pba_bar, 4);
	cr_assert_eq(m.pba.start, 0x1000);
	cr_assert_eq(m.pba.len, 8);
}

Test(pci_msix, pba_is_whole_quadwords)
{
	sim_nvme(&card, "0000:03:00.0", 8);
	le_put(card.cfg + 0x42, 2, 64);
	teardown();
	cr_assert_eq(init_msix(), 0);
	cr_assert_eq(m.n, 65);
	cr_assert_eq(m.pba.len, 16);
}

Test(pci_msix, every_vector_begins_masked)
{
	for (unsigned v = 0; v < m.n; v++) {
		cr_assert_eq(pci_msix_read(&m, v * 16 + 12, 4), 1);
		cr_assert_eq(pci_msix_read(&m, v * 16, 8), 0);
	}
	pci_cfg_write(&c, 0xa2, 2, 0x8000);
	cr_assert(pci_msix_enabled(&c));
	cr_assert(!pci_msix_vector(&m, &c, 0).live);
}

Test(pci_msix, live_is_enabled_and_not_masked_either_way)
{
	struct pci_vector v;

	pci_msix_write(&m, 2 * 16, 8, 0xfee02000);
	pci_msix_write(&m, 2 * 16 + 8, 4, 0x42);
	pci_msix_write(&m, 2 * 16 + 12, 4, 0);
	cr_assert(!pci_msix_vector(&m, &c, 2).live, "not enabled");
	pci_cfg_write(&c, 0xa2, 2, 0xc000);
	cr_assert(!pci_msix_vector(&m, &c, 2).live, "function mask");
	pci_cfg_write(&c, 0xa2, 2, 0x8000);
	v = pci_msix_vector(&m, &c, 2);
	cr_assert(v.live);
	cr_assert_eq(v.addr, 0xfee02000);
	cr_assert_eq(v.data, 0x42);
	cr_assert(!pci_msix_vector(&m, &c, 3).live);
}

Test(pci_msix, every_access_size)
{
	pci_msix_write(&m, 16, 8, 0x1122334455667788);
	cr_assert_eq(pci_msix_read(&m, 16, 1), 0x88);
	cr_assert_eq(pci_msix_read(&m, 18, 2), 0x5566);
	cr_assert_eq(pci_msix_read(&m, 20, 4), 0x11223344);
	pci_msix_write(&m, 17 * 16 - 1, 1, 0xff);
	cr_assert_eq(pci_msix_read(&m, 17 * 16 - 8, 8), 0xff00000100000000,
		     "the last byte of all");
}

Test(pci_msix, reset_masks_again)
{
	pci_msix_write(&m, 12, 4, 0);
	pci_msix_reset(&m);
	cr_assert_eq(pci_msix_read(&m, 12, 4), 1);
}

Test(pci_msix, tables_outside_their_bar_are_refused)
{
	static const struct {
		unsigned at;
		uint32_t val;
	} bad[] = {
		{0xa4, 0xfff8 | 4},     /* table ends behind it */
		{0xa4, 0xfffffff8 | 4}, /* wraps */
		{0xa4, 6},              /* no such BAR */
		{0xa4, 7},
		{0xa8, 1},           /* upper half: no size of its own */
		{0xa8, 0x10000 | 4}, /* PBA behind it */
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		sim_bcm5720(&card, "0000:02:00.0", 7);
		le_put(card.cfg + bad[i].at, 4, bad[i].val);
		teardown();
		err_clear();
		cr_assert_eq(init_msix(), -EINVAL, "row %zu", i);
		cr_assert(strstr(err_last(), "MSI-X"), "%s", err_last());
		cr_assert_eq(m.n, 0);
		cr_assert_null(m.entry);
	}
}

Test(pci_msix, none_is_inert)
{
	card.cfg[0xa0] = PCI_CAP_ID_VNDR;
	teardown();
	cr_assert_eq(init_msix(), 0);
	cr_assert_eq(m.n, 0);
	cr_assert(!pci_msix_enabled(&c));
	pci_msix_fini(&m);
	pci_msix_fini(&m);
}
