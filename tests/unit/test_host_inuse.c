/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does the host live on it?  A row of the table is a set of files and whether
 * 0000:02:00.0 (eth0; disk nvme0n1 with a partition) may then be taken.
 */
#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "test_host_fake.h"
#include "vfio/inuse.h"

#define NIC "0000:02:00.0"

static struct fake f;

static void setup(void)
{
	fake_init(&f);
	fake_pair(&f);
	fake_block(&f, NIC, "nvme0n1", "259:0");
	fake_text(&f, "sys/class/block/nvme0n1/nvme0n1p2/partition", "2");
	fake_text(&f, "sys/class/block/nvme0n1/queue/depth", "2");
	fake_block(&f, NIC, "nvme0n1p2", "259:2");
}

static void teardown(void)
{
	fake_fini(&f);
}

TestSuite(host_inuse, .init = setup, .fini = teardown);

static int check(void)
{
	err_clear();
	return inuse_check(&f.s, fake_addr(NIC));
}

static void refused(const char *why)
{
	cr_assert_eq(check(), -EBUSY, "not refused; should say: %s", why);
	cr_assert(strstr(err_last(), why), "%s", err_last());
	cr_assert(strstr(err_last(), NIC), "%s", err_last());
	cr_assert(strstr(err_last(), "--force"), "%s", err_last());
}

#define R4 "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
#define Z  "00000000000000000000000000000000"
#define R6(flags, dev)                                                         \
	Z " 00 " Z " 00 fe800000000000000000000000000002 00000400 00000001 "   \
	  "00000000 " flags "     " dev "\n"

static const struct {
	const char *file, *text;
	const char *why; /* NULL: free */
} tables[] = {
	{"proc/net/route",
	 R4 "eth0\t00000000\t0202000A\t0003\t0\t0\t0\t00000000\n",
	 "eth0 carries the default route"},
	{"proc/net/route",
	 R4 "eth1\t00000000\t0202000A\t0003\t0\t0\t0\t00000000\n", NULL},
	{"proc/net/route",
	 R4 "eth0\t0002000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\n", NULL},
	{"proc/net/route",
	 R4 "eth0\t00000000\t00000000\t0003\t0\t0\t0\t00000080\n", NULL},
	{"proc/net/route",
	 R4 "eth0\t00000000\t0202000A\t0002\t0\t0\t0\t00000000\n", NULL},
	{"proc/net/route",
	 R4 "eth0\t00000000\t0202000A\t0203\t0\t0\t0\t00000000\n", NULL},
	{"proc/net/route", "eth0\neth0 0 0\n\n\xff\xff\n", NULL},
	{"proc/net/ipv6_route", R6("00000003", "eth0"),
	 "eth0 carries the default route (IPv6)"},
	{"proc/net/ipv6_route", R6("00000003", "eth1"), NULL},
	{"proc/net/ipv6_route", R6("00200200", "lo"), NULL},
	{"proc/net/ipv6_route", R6("00000203", "eth0"), NULL},
	{"proc/net/ipv6_route", "0 00 eth0\n", NULL},
	{"proc/self/mountinfo",
	 "29 1 259:2 / / rw,relatime shared:1 - ext4 "
	 "/dev/nvme0n1p2 rw\n",
	 "mounted on /"},
	{"proc/self/mountinfo",
	 "29 1 8:2 / / rw,relatime - ext4 /dev/sda2 rw\n", NULL},
	{"proc/self/mountinfo", "29 1 259:21 / / rw - ext4 /dev/nvme1n1 rw\n",
	 NULL},
	{"proc/self/mountinfo",
	 "31 1 0:40 / /data rw - btrfs /dev/nvme0n1p2 rw\n",
	 "nvme0n1p2 is mounted on /data"},
	{"proc/self/mountinfo", "garbage\n - \n", NULL},
	{"proc/swaps", "Filename Type Size\n/dev/nvme0n1p2 partition 1 0 -2\n",
	 "swap"},
	{"proc/swaps", "Filename Type Size\n/dev/sda2 partition 1 0 -2\n",
	 NULL},
	{"sys/fs/btrfs/1234-abcd/devices/nvme0n1", "", "btrfs"},
	{"sys/fs/btrfs/1234-abcd/devices/sda", "", NULL},
};

Test(host_inuse, tables_of_proc)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		fake_text(&f, tables[i].file, "%s", tables[i].text);
		if (tables[i].why)
			refused(tables[i].why);
		else
			cr_assert_eq(check(), 0, "row %zu: %s", i, err_last());
		fake_rm(&f, tables[i].file);
	}
}

Test(host_inuse, an_idle_device_and_one_with_nothing_below)
{
	cr_assert_eq(check(), 0, "%s", err_last());
	fake_dev(&f, "0000:05:00.0", 0x040300, 20, NULL);
	cr_assert_eq(inuse_check(&f.s, fake_addr("05:00.0")), 0);
}

Test(host_inuse, the_other_function_is_free)
{
	fake_text(&f, "proc/net/route",
		  R4 "eth0\t00000000\t0202000A\t0003\t0\t0\t0\t00000000\n");
	cr_assert_eq(inuse_check(&f.s, fake_addr("02:00.1")), 0);
}

Test(host_inuse, default_route_on_a_vlan_on_a_bridge_above)
{
	fake_text(&f, "sys/devices/virtual/net/br0/upper_br0.7/x", "%s", "");
	fake_link(&f, "sys/class/net/br0", "../../devices/virtual/net/br0");
	fake_link(&f, "sys/class/net/eth0/upper_br0", "../x/br0");
	fake_text(&f, "proc/net/route",
		  R4 "br0.7\t00000000\t0202000A\t0003\t0\t0\t0\t00000000\n");
	refused("br0.7 carries the default route");
}

Test(host_inuse, default_route_on_a_bond_known_only_as_master)
{
	fake_link(&f, "sys/class/net/eth0/master", "../../virtual/net/bond0");
	fake_text(&f, "proc/net/route",
		  R4 "bond0\t00000000\t0202000A\t0003\t0\t0\t0\t00000000\n");
	refused("bond0");
}

#define TCP "  sl  local_address rem_address   st tx_queue rx_queue\n"

static void address_v4(char *label, const char *text)
{
	f.ifa_v4.sin_family = AF_INET;
	cr_assert_eq(inet_pton(AF_INET, text, &f.ifa_v4.sin_addr), 1);
	f.ifa.ifa_name = label;
	f.ifa.ifa_addr = (struct sockaddr *)&f.ifa_v4;
}

static char eth0[] = "eth0", eth1[] = "eth1", label[] = "eth0:1";

Test(host_inuse, ssh_over_ipv4)
{
	static const struct {
		const char *line;
		bool busy;
	} rows[] = {
		{"   0: 0F02000A:0016 0202000A:D2F0 01 00000000\n", true},
		{"   0: 0F02000A:0016 00000000:0000 0A 00000000\n", false},
		{"   0: 0F02000A:0017 0202000A:D2F0 01 00000000\n", false},
		{"   0: 1002000A:0016 0202000A:D2F0 01 00000000\n", false},
		{"   0: 0F02:0016 0202000A:D2F0 01\n", false},
	};

	address_v4(eth0, "10.0.2.15");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		fake_text(&f, "proc/net/tcp", TCP "%s", rows[i].line);
		cr_assert_eq(check(), rows[i].busy ? -EBUSY : 0, "row %zu", i);
	}
}

Test(host_inuse, ssh_over_another_interface_or_a_label)
{
	fake_text(&f, "proc/net/tcp",
		  TCP "   0: 0F02000A:0016 0202000A:D2F0 01 00000000\n");
	address_v4(eth1, "10.0.2.15");
	cr_assert_eq(check(), 0);
	address_v4(label, "10.0.2.15");
	refused("SSH session");
}

Test(host_inuse, ssh_over_ipv6_and_mapped_ipv4)
{
	f.ifa_v6.sin6_family = AF_INET6;
	cr_assert_eq(inet_pton(AF_INET6, "2001:db8::1", &f.ifa_v6.sin6_addr),
		     1);
	f.ifa.ifa_name = eth0;
	f.ifa.ifa_addr = (struct sockaddr *)&f.ifa_v6;
	fake_text(&f, "proc/net/tcp6",
		  TCP "   0: B80D0120000000000000000001000000:0016 "
		      "B80D0120000000000000000002000000:9C40 01 00000000\n");
	refused("SSH session comes in over eth0");
	address_v4(eth0, "10.0.2.15");
	cr_assert_eq(check(), 0);
	fake_text(&f, "proc/net/tcp6",
		  TCP "   0: 0000000000000000FFFF00000F02000A:0016 "
		      "0000000000000000FFFF00000202000A:9C40 01 00000000\n");
	refused("SSH session comes in over eth0");
}

Test(host_inuse, mounted_through_dm_on_a_partition)
{
	fake_text(&f, "sys/class/block/nvme0n1p2/holders/dm-0", "%s", "");
	fake_text(&f, "sys/class/block/dm-0/holders/dm-1", "%s", "");
	fake_text(&f, "sys/class/block/dm-1/dev", "254:1\n");
	fake_text(&f, "proc/self/mountinfo",
		  "29 1 254:1 / /home rw - ext4 /dev/mapper/vg-home rw\n");
	refused("dm-1 is mounted on /home");
}

Test(host_inuse, swap_on_dm)
{
	fake_text(&f, "sys/class/block/nvme0n1/holders/dm-0", "%s", "");
	fake_text(&f, "proc/swaps", "Filename\n/dev/dm-0 partition 1 0 -2\n");
	refused("dm-0 is in use for swap");
}

Test(host_inuse, a_volume_that_nobody_mounts_here)
{
	fake_text(&f, "sys/class/block/nvme0n1p2/holders/dm-0", "%s", "");
	refused("disk /dev/nvme0n1p2 is held by dm-0");
	cr_assert(strstr(err_last(), "vgchange -an"), "%s", err_last());
}

#define NUMVFS "sys/bus/pci/devices/" NIC "/sriov_numvfs"

Test(host_inuse, a_physical_function_with_virtual_ones)
{
	fake_text(&f, NUMVFS, "0\n");
	cr_assert_eq(check(), 0, "%s", err_last());
	fake_text(&f, NUMVFS, "2\n");
	refused("has virtual functions (2)");
	cr_assert(strstr(err_last(), "echo 0 >"), "%s", err_last());
	cr_assert(strstr(err_last(), NUMVFS), "%s", err_last());
	fake_text(&f, NUMVFS, "?\n");
	refused("has virtual functions (?)");
}

Test(host_inuse, a_port_of_an_open_vswitch)
{
	fake_link(&f, "sys/class/net/eth0/master", "../../virtual/net/ovs-sys");
	cr_assert_eq(check(), 0, "%s", err_last());
	fake_rm(&f, "sys/class/net/eth0/master");
	fake_link(&f, "sys/class/net/eth0/master",
		  "../../virtual/net/ovs-system");
	refused("Open vSwitch");
}

Test(host_inuse, nvme_with_several_paths)
{
	fake_block(&f, "0000:02:00.1", "nvme3c0n1", "259:9");
	fake_text(&f, "sys/class/block/nvme3n1/dev", "259:8\n");
	fake_text(&f, "proc/self/mountinfo",
		  "29 1 259:8 / /srv rw - xfs /dev/nvme3n1 rw\n");
	cr_assert_eq(inuse_check(&f.s, fake_addr("02:00.1")), -EBUSY);
	cr_assert(strstr(err_last(), "nvme3n1 is mounted on /srv"));
}

Test(host_inuse, more_interfaces_than_can_be_checked)
{
	char path[SYSFS_PATH_MAX];

	for (int i = 0; i <= SYSFS_NAMES_MAX; i++)
		fake_link(&f, sysfs_path(path, "sys/class/net/v%d", i),
			  "../../devices/pci0000:00/" NIC "/net/v");
	refused("too many network interfaces");
}

static struct inuse_holder holder(uint32_t group)
{
	struct sysfs_dev d = {.addr = fake_addr(NIC), .group = group};
	struct inuse_holder h;

	cr_assert_eq(inuse_vfio_holder(&f.s, &d, &h), 0, "%s", err_last());
	return h;
}

Test(host_inuse, who_holds_a_group)
{
	cr_assert_eq(holder(16).pid, 0);
	fake_link(&f, "proc/4711/fd/3", "/dev/null");
	fake_link(&f, "proc/4711/fd/9", "/dev/vfio/16");
	fake_link(&f, "proc/99/fd/9", "/dev/vfio/1");
	cr_assert_eq(holder(16).pid, 4711);
	cr_assert_str_eq(holder(16).file, "/dev/vfio/16");
	cr_assert_eq(holder(1).pid, 99);
	cr_assert_eq(holder(161).pid, 0);
	cr_assert_eq(holder(SYSFS_NO_GROUP).pid, 0);
}

Test(host_inuse, who_holds_a_function_by_iommufd)
{
	fake_link(&f, "proc/42/fd/7", "/dev/vfio/devices/vfio3");
	cr_assert_eq(holder(16).pid, 0);
	fake_text(&f, "sys/bus/pci/devices/" NIC "/vfio-dev/vfio3/dev",
		  "511:3\n");
	cr_assert_eq(holder(16).pid, 42);
	cr_assert_str_eq(holder(16).file, "/dev/vfio/devices/vfio3");
	cr_assert_eq(holder(SYSFS_NO_GROUP).pid, 42);
}
