/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices, groups and names as read from a made-up sysfs. */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "test_host_fake.h"
#include "vfio/dma.h"

static struct fake f;

static void setup(void)
{
	fake_init(&f);
}

static void teardown(void)
{
	fake_fini(&f);
}

TestSuite(host_sysfs, .init = setup, .fini = teardown);

Test(host_sysfs, a_device)
{
	struct sysfs_dev d;

	fake_pair(&f);
	cr_assert_eq(sysfs_dev_read(&f.s, fake_addr("02:00.1"), &d), 0, "%s",
		     err_last());
	cr_assert_eq(d.vendor, 0x8086);
	cr_assert_eq(d.device, 0x10d3);
	cr_assert_eq(d.class, 0x020000);
	cr_assert_eq(d.group, 16);
	cr_assert_str_eq(d.driver, "e1000e");
	cr_assert_str_eq(d.override, "", "(null) means none");
	cr_assert(!sysfs_dev_is_bridge(&d));
	cr_assert(!sysfs_dev_on_vfio(&d));
}

Test(host_sysfs, a_device_that_is_not_there)
{
	struct sysfs_dev d;

	cr_assert_eq(sysfs_dev_read(&f.s, fake_addr("09:00.0"), &d), -ENODEV);
	cr_assert(strstr(err_last(), "0000:09:00.0"));
}

Test(host_sysfs, bridges)
{
	static const struct {
		unsigned class;
		bool bridge;
	} cases[] = {
		{0x060400, true},  {0x060401, true},  {0x060000, true},
		{0x060100, false}, {0x020000, false}, {0x000604, false},
	};
	struct sysfs_dev d = {0};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		d.class = cases[i].class;
		cr_assert_eq(sysfs_dev_is_bridge(&d), cases[i].bridge, "%06x",
			     d.class);
	}
}

Test(host_sysfs, attributes_that_are_no_numbers)
{
	static const char *const bad[] = {"", "zz", "0x10000", "-1", "0x12 3"};
	struct sysfs_dev d;

	fake_dev(&f, "0000:03:00.0", 0x020000, -1, NULL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fake_text(&f, "sys/devices/pci0000:00/0000:03:00.0/vendor",
			  "%s", bad[i]);
		cr_assert_eq(sysfs_dev_read(&f.s, fake_addr("03:00.0"), &d),
			     -EIO, "\"%s\"", bad[i]);
		cr_assert(strstr(err_last(), "/vendor"));
	}
}

Test(host_sysfs, no_group_and_a_strange_group)
{
	struct sysfs_dev d;

	fake_dev(&f, "0000:03:00.0", 0x020000, -1, NULL);
	cr_assert_eq(sysfs_dev_read(&f.s, fake_addr("03:00.0"), &d), 0);
	cr_assert_eq(d.group, SYSFS_NO_GROUP);
	fake_link(&f, "sys/devices/pci0000:00/0000:03:00.0/iommu_group",
		  "../4294967295");
	cr_assert_eq(sysfs_dev_read(&f.s, fake_addr("03:00.0"), &d), 0);
	cr_assert_eq(d.group, SYSFS_NO_GROUP);
}

Test(host_sysfs, the_list_is_sorted_and_skips_what_is_none)
{
	struct sysfs_dev *v;
	size_t n;

	fake_pair(&f);
	fake_dev(&f, "0000:00:02.0", 0x030000, 3, NULL);
	fake_dev(&f, "10000:01:00.0", 0x010802, 4, "nvme");
	cr_assert_eq(sysfs_dev_list(&f.s, &v, &n), 0);
	cr_assert_eq(n, 5);
	for (size_t i = 1; i < n; i++)
		cr_assert_lt(bdf_cmp(v[i - 1].addr, v[i].addr), 0);
	cr_assert_eq(v[4].addr.domain, 0x10000);
	free(v);
}

Test(host_sysfs, no_pci_bus)
{
	struct sysfs_dev *v;
	size_t n;

	fake_rm(&f, "sys");
	cr_assert_eq(sysfs_dev_list(&f.s, &v, &n), -ENOENT);
	cr_assert_null(v);
}

Test(host_sysfs, group_members)
{
	struct pci_addr v[SYSFS_GROUP_MAX];
	size_t n;

	fake_pair(&f);
	fake_link(&f, "sys/kernel/iommu_groups/16/devices/soc0", "../x");
	cr_assert_eq(sysfs_group_members(&f.s, 16, v, &n), 0);
	cr_assert_eq(n, 3);
	cr_assert(bdf_eq(v[0], fake_addr("00:1c.0")));
	cr_assert(bdf_eq(v[2], fake_addr("02:00.1")));
	cr_assert_eq(sysfs_group_members(&f.s, 17, v, &n), -ENODEV);
}

Test(host_sysfs, group_type)
{
	char type[SYSFS_NAME_MAX];

	fake_text(&f, "sys/kernel/iommu_groups/16/type", "DMA-FQ\n");
	sysfs_group_type(&f.s, 16, type);
	cr_assert_str_eq(type, "DMA-FQ");
	sysfs_group_type(&f.s, 17, type);
	cr_assert_str_eq(type, "");
}

Test(host_sysfs, reserved_regions)
{
	struct sysfs_resv v[SYSFS_RESV_MAX];
	size_t n;

	fake_text(&f, "sys/kernel/iommu_groups/16/reserved_regions",
		  "0x000000007ba00000 0x000000007bbfffff direct\n"
		  "0x00000000fee00000 0x00000000feefffff msi\n"
		  "0x0000000100000000 0x00000001ffffffff new-kind\n");
	cr_assert_eq(sysfs_group_resv(&f.s, 16, v, &n), 0, "%s", err_last());
	cr_assert_eq(n, 3);
	cr_assert_eq(v[0].iova.start, 0x7ba00000);
	cr_assert_eq(v[0].iova.len, 0x200000);
	cr_assert_eq(v[0].type, SYSFS_RESV_DIRECT);
	cr_assert_eq(v[1].type, SYSFS_RESV_MSI);
	cr_assert_eq(v[2].type, SYSFS_RESV_OTHER);
	cr_assert_str_eq(sysfs_resv_name(v[1].type), "msi");
	cr_assert_eq(sysfs_group_resv(&f.s, 17, v, &n), 0);
	cr_assert_eq(n, 0);
}

Test(host_sysfs, reserved_regions_against_guest_ram)
{
	const struct range low = {0, 2048 * MiB};
	const struct range high = {4096 * MiB, 1024 * MiB};

	fake_text(&f, "sys/kernel/iommu_groups/16/reserved_regions",
		  "0x0000000000100000 0x00000000001fffff direct-relaxable\n"
		  "0x00000000fee00000 0x00000000feefffff msi\n"
		  "0x0000000100000000 0x0000000100000fff direct\n");
	cr_assert_eq(vfio_dma_check_reserved(&f.s, 16, low), 0, "%s",
		     err_last());
	cr_assert_eq(vfio_dma_check_reserved(&f.s, 16, high), -ERANGE);
	cr_assert(strstr(err_last(), "group 16"), "%s", err_last());
	cr_assert(strstr(err_last(), "0x100000000-0x100000fff (direct)"), "%s",
		  err_last());
	cr_assert(strstr(err_last(), "--memory"), "%s", err_last());
}

Test(host_sysfs, reserved_regions_that_make_no_sense)
{
	static const char *const bad[] = {
		"0x2000 0x1000 msi\n",
		"0x1000 msi\n",
		"hello there you\n",
		"0x0 0xffffffffffffffff reserved\n",
		"-1 0x10 msi\n",
		"0x10000000000000000 0x10000000000000001 msi\n",
	};
	struct sysfs_resv v[SYSFS_RESV_MAX];
	size_t n;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fake_text(&f, "sys/kernel/iommu_groups/16/reserved_regions",
			  "%s", bad[i]);
		cr_assert_eq(sysfs_group_resv(&f.s, 16, v, &n), -EIO, "%s",
			     bad[i]);
	}
}

Test(host_sysfs, more_reserved_regions_than_fit)
{
	char text[8000] = "";
	struct sysfs_resv v[SYSFS_RESV_MAX];
	size_t n;

	for (int i = 0; i <= SYSFS_RESV_MAX; i++)
		strcat(text, "0x1000 0x1fff reserved\n");
	fake_text(&f, "sys/kernel/iommu_groups/16/reserved_regions", "%s",
		  text);
	cr_assert_eq(sysfs_group_resv(&f.s, 16, v, &n), -E2BIG);
}

Test(host_sysfs, net_and_block_devices_below)
{
	struct sysfs_names names;

	fake_pair(&f);
	fake_link(&f, "sys/class/net/virt0",
		  "../../devices/pci0000:00/0000:02:00.0/virtio1/net/virt0");
	fake_link(&f, "sys/class/net/lo", "../../devices/virtual/net/lo");
	fake_block(&f, "0000:02:00.1", "sda", "8:0");
	cr_assert_eq(sysfs_netdevs(&f.s, fake_addr("02:00.0"), &names), 0);
	cr_assert_eq(names.n, 2);
	cr_assert(sysfs_names_has(&names, "eth0"));
	cr_assert(sysfs_names_has(&names, "virt0"));
	cr_assert_eq(sysfs_blocks(&f.s, fake_addr("02:00.1"), &names), 0);
	cr_assert_eq(names.n, 1);
	cr_assert_str_eq(names.v[0], "sda");
	cr_assert_eq(sysfs_blocks(&f.s, fake_addr("02:00.0"), &names), 0);
	cr_assert_eq(names.n, 0);
}

Test(host_sysfs, names_are_a_set_that_says_when_it_is_full)
{
	struct sysfs_names names = {.n = 0};
	char name[SYSFS_NAME_MAX + 1];

	for (int i = 0; i < SYSFS_NAMES_MAX; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		sysfs_names_add(&names, name);
		sysfs_names_add(&names, name);
	}
	cr_assert_eq(names.n, SYSFS_NAMES_MAX);
	cr_assert(!names.more);
	sysfs_names_add(&names, "one more");
	cr_assert(names.more);
	names.n = 0;
	names.more = false;
	memset(name, 'x', SYSFS_NAME_MAX);
	name[SYSFS_NAME_MAX] = '\0';
	sysfs_names_add(&names, name);
	cr_assert(names.more, "a name that does not fit is not cut");
}

Test(host_sysfs, a_failed_write_names_device_and_file)
{
	fake_pair(&f);
	f.fail_at = 1;
	f.fail_err = EACCES;
	cr_assert_eq(sysfs_unbind(&f.s, fake_addr("02:00.0")), -EACCES);
	cr_assert(strstr(err_last(), "0000:02:00.0: "), "%s", err_last());
	cr_assert(strstr(err_last(), "driver/unbind"));
	cr_assert(strstr(err_last(), "EACCES"));
	cr_assert(strstr(err_last(), "root"));
}

Test(host_sysfs, the_real_host_can_be_listed)
{
	struct sysfs_dev *v;
	size_t n;
	int rc = sysfs_dev_list(sysfs_host(), &v, &n);

	cr_assert(rc == 0 || rc == -ENOENT, "%s", err_last());
	free(v);
}
