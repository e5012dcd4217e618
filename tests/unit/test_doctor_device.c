/* SPDX-License-Identifier: BSD-2-Clause */
/* A device's lines, each red once and green once. */
#include <criterion/criterion.h>

#include <errno.h>
#include <linux/pci_regs.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "test_doctor.h"
#include "test_host_libc.h"

#define DEV0  "sys/devices/pci0000:00/" FN0 "/"
#define DEV1  "sys/devices/pci0000:00/" FN1 "/"
#define RESV  "sys/kernel/iommu_groups/16/reserved_regions"
#define MSI   "0x00000000fee00000 0x00000000feefffff msi\n"
#define R4    "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
#define ROUTE "%s\t00000000\t0202000A\t0003\t0\t0\t0\t00000000\n"

TestSuite(doctor_device, .init = sick_setup, .fini = sick_teardown);

#define fails(id, text, cure) sick_is(DOCTOR_FAIL, FN0, id, text, cure)
#define warns(id, text, cure) sick_is(DOCTOR_WARNING, FN0, id, text, cure)
#define fine(id, text)        sick_is(DOCTOR_OK, FN0, id, text, "")

static void on_driver(const char *bdf, const char *driver)
{
	char path[SYSFS_PATH_MAX], target[SYSFS_PATH_MAX];

	sysfs_path(path, "sys/devices/pci0000:00/%s/driver", bdf);
	sysfs_path(target, "../../../bus/pci/drivers/%s", driver);
	fake_link(&sick, path, target);
}

static void both_bound(void)
{
	on_driver(FN0, "vfio-pci");
	on_driver(FN1, "vfio-pci");
	fake_text(&sick, "dev/vfio/16", "%s", "");
}

/* ---- which it is ---- */

Test(doctor_device, who_it_is)
{
	fine("device", "8086:10d3, class 020000");
	fake_text(&sick, DEV0 "class", "0x060400\n");
	fails("device", "is a bridge (class 0604)", "behind it");
	fake_rm(&sick, "sys/bus/pci/devices/" FN0);
	fails("device", "no such", "passthru list");
}

Test(doctor_device, one_that_does_not_answer)
{
	uint8_t raw[256];

	memset(raw, 0xff, sizeof(raw));
	sick_config(FN0, raw, sizeof(raw));
	fails("device", "does not answer", "dmesg");
}

static void identity(uint32_t id, uint32_t class)
{
	uint8_t raw[256] = {0};

	le_put(raw, 4, id);
	le_put(raw + PCI_CLASS_REVISION, 4, class << 8);
	sick_config(FN0, raw, sizeof(raw));
}

Test(doctor_device, kinds_that_no_guest_can_have)
{
	const struct pci_addr a[] = {fake_addr(FN1), fake_addr(FN0)};

	cr_assert_eq(doctor_check_kinds(&sick.s, a, 2), 0);
	identity(0x10451af4, 0x00ff00);
	fails("kind", "virtio balloon", NULL);
	cr_assert_eq(doctor_check_kinds(&sick.s, a, 2), -EPERM);
	cr_assert(strstr(err_last(), FN0 ": virtio balloon"));
	identity(0x07c015ad, 0x010000);
	fails("kind", "pvscsi", "another device");
	identity(0x70108086, 0x010180);
	fails("kind", "IDE controller in compatibility mode", NULL);
	cr_assert_eq(doctor_check_kinds(&sick.s, a, 2), -ENOTSUP);
	fake_rm(&sick, DEV0 "config");
	cr_assert_eq(doctor_check_kinds(&sick.s, a, 2), 0);
}

/* With the capability that only one of the present generation has */
static void virtio_config(void)
{
	uint8_t raw[256] = {0};

	le_put(raw, 4, 0x10411af4);
	raw[PCI_STATUS] = PCI_STATUS_CAP_LIST;
	raw[PCI_CAPABILITY_LIST] = 0x40;
	le_put(raw + 0x40, 4, 0x01100009);
	sick_config(FN0, raw, sizeof(raw));
}

#define FEATURES DEV0 "virtio0/features"
#define BITS     "111111111111111111111111111111111"

Test(doctor_device, virtio_and_the_iommu)
{
	identity(0x10001af4, 0x020000);
	fails("virtio", "VIRTIO_F_ACCESS_PLATFORM", "iommu_platform=on");
	virtio_config();
	warns("virtio", "seen when it is opened", "its own driver");
	fake_text(&sick, FEATURES, BITS "0111\n");
	fails("virtio", "go through the IOMMU", "iommu_platform=on");
	fake_text(&sick, FEATURES, BITS "1111\n");
	fine("virtio", "goes through the IOMMU");
	fake_text(&sick, FEATURES, BITS "\n");
	warns("virtio", "seen when it is opened", NULL);
}

/* ---- what it has ---- */

Test(doctor_device, interrupts)
{
	uint8_t raw[256] = {0};

	fine("interrupts", "MSI-X (5), MSI (4), INTA#");
	le_put(raw, 4, 0x10d38086);
	sick_config(FN0, raw, sizeof(raw));
	fine("interrupts", "none");
	raw[PCI_INTERRUPT_PIN] = 4;
	sick_config(FN0, raw, 64);
	warns("config", "not to be seen", "as root: passthru doctor " FN0);
	raw[PCI_STATUS] = PCI_STATUS_CAP_LIST;
	raw[PCI_CAPABILITY_LIST] = 0x40;
	le_put(raw + 0x40, 4, 0x00004005);
	sick_config(FN0, raw, sizeof(raw));
	fails("config", "capab", "another device");
}

Test(doctor_device, bars)
{
	fine("bars", "0: 128 KiB (mapped), 2: 32 B (ports: trapped), 3: 16 KiB "
		     "(mapped but for the MSI-X table), 4: 256 B (less than a "
		     "page: trapped), ROM: 256 KiB");
	fake_text(&sick, DEV0 "resource",
		  "0x0000000000000000 0x000000001fffffff 0x0000000020140204\n"
		  "nonsense\n0x2 0x1 0x200\n");
	fails("bars", "BAR 0 has no address", "pci=realloc");
	fake_text(&sick, DEV0 "resource", "%s", "");
	fine("bars", "none");
}

Test(doctor_device, reset_of_its_own)
{
	fine("reset", "flr pm");
	fake_rm(&sick, DEV0 "reset_method");
	fine("reset", "it has one");
}

static void no_reset(const char *dev)
{
	char path[SYSFS_PATH_MAX];

	fake_text(&sick, sysfs_path(path, "%s/reset_method", dev), "\n");
}

Test(doctor_device, no_reset_on_the_machines_own_bus)
{
	no_reset(DEV0);
	warns("reset", "none: neither",
	      "echo default > /sys/bus/pci/devices/" FN0 "/reset_method");
	fake_rm(&sick, DEV0 "reset_method");
	fake_rm(&sick, DEV0 "reset");
	warns("reset", "none: neither", "off and on");
}

/* The fake has bridge and devices side by side */
static void behind_bridge(const char *bdf)
{
	char from[SYSFS_PATH_MAX], to[SYSFS_PATH_MAX];

	sysfs_path(from, "%s/sys/devices/pci0000:00/%s", sick.root, bdf);
	sysfs_path(to, "%s/sys/devices/pci0000:00/0000:00:1c.0/%s", sick.root,
		   bdf);
	cr_assert_eq(rename(from, to), 0);
	sysfs_path(from, "sys/bus/pci/devices/%s", bdf);
	sysfs_path(to, "../../../devices/pci0000:00/0000:00:1c.0/%s", bdf);
	fake_link(&sick, from, to);
}

Test(doctor_device, reset_with_its_bus)
{
	fake_dev(&sick, "0000:02:01.0", 0x010600, 20, NULL);
	no_reset(DEV0);
	behind_bridge(FN0);
	behind_bridge(FN1);
	warns("reset", "would also hit 0000:02:01.0 of group 20",
	      "--device 0000:02:01.0");
	fake_rm(&sick, "sys/bus/pci/devices/0000:02:01.0");
	fine("reset", "with its bus");
}

/* ---- its group ---- */

/* With this user's name: who types it has another one */
static const char *owner_cure(void)
{
	static char cure[128];
	const struct passwd *pw = getpwuid(getuid());

	snprintf(cure, sizeof(cure), "as root: passthru bind --owner %s " FN0,
		 pw ? pw->pw_name : "USER");
	return cure;
}

Test(doctor_device, group_none_bound_half_bound_all_bound)
{
	fine("group", "group 16: 0000:00:1c.0 without a driver, " FN0
		      " on e1000e, " FN1 " on e1000e");
	on_driver(FN1, "vfio-pci");
	fake_text(&sick, "dev/vfio/16", "%s", "");
	warns("group", "or run with --managed", "passthru bind " FN0);
	on_driver(FN0, "vfio-pci");
	on_driver(FN1, "e1000e");
	warns("group", "not viable", "passthru bind " FN0);
	on_driver(FN1, "pci-stub");
	fine("group", FN1 " on pci-stub");
	both_bound();
	fine("group", FN0 " on vfio-pci, " FN1 " on vfio-pci");
	fine("bound", "is on vfio-pci");
	fine("group-node", "may be opened");
}

Test(doctor_device, half_a_group_for_one_who_may_not_bind)
{
	on_driver(FN0, "vfio-pci");
	fake_text(&sick, "dev/vfio/16", "%s", "");
	doctor.root = false;
	fails("group", "not viable", owner_cure());
}

Test(doctor_device, no_group)
{
	fake_rm(&sick, DEV0 "iommu_group");
	fails("group", "has no IOMMU group", "intel_iommu=on");
}

Test(doctor_device, bound_by_root_only)
{
	doctor.root = false;
	fails("bound", "only root may bind it", owner_cure());
	both_bound();
	fine("bound", "is on vfio-pci");
}

Test(doctor_device, the_groups_file)
{
	bool said = false;

	both_bound();
	for (unsigned n = 1; n < 400 && !said; n++) {
		libc_fail(n, EACCES);
		sick_examine(1);
		if (strcmp(libc_failed(), "access") != 0 ||
		    !strstr(libc_failed_on(), "/dev/vfio/16"))
			continue;
		sick_says(DOCTOR_FAIL, FN0, "group-node", "may not open it",
			  owner_cure());
		said = true;
	}
	cr_assert(said);
	libc_fail(0, 0);
	fake_rm(&sick, "dev/vfio/16");
	fails("group-node", "is not there", "devtmpfs");
}

Test(doctor_device, a_process_has_the_group_open)
{
	both_bound();
	sick_examine(1);
	sick_ready();
	fake_link(&sick, "proc/4711/fd/9", "/dev/vfio/16");
	fails("holder", "process 4711 has", "see: ps -fp 4711");
	fake_text(&sick, "proc/4711/comm", "pass\x1bthru\n");
	fails("holder", "process 4711 (pass?thru) has", "shutting it down");
}

Test(doctor_device, the_host_lives_on_it_or_on_its_neighbour)
{
	fine("in-use", "no default route");
	fake_text(&sick, "proc/net/route", R4 ROUTE, "eth0");
	fails("in-use", "eth0 carries the default route",
	      "passthru bind --force " FN0);
	fake_text(&sick, "proc/net/route", R4 ROUTE, "eth1");
	fails("in-use", FN1 ": eth1 carries the default route", "--force");
	sick_examine(2);
	sick_says(DOCTOR_OK, FN0, "in-use", NULL, "");
	sick_says(DOCTOR_FAIL, FN1, "in-use", "eth1 carries", "--force " FN1);
	sick_examine(0);
	sick_says(DOCTOR_WARNING, FN0, "candidate", "this host is using it",
		  "passthru doctor " FN0);
}

Test(doctor_device, a_mounted_disk)
{
	fake_block(&sick, FN0, "nvme0n1", "259:0");
	fake_text(&sick, "proc/self/mountinfo",
		  "29 1 259:0 / /home rw - ext4 /dev/nvme0n1 rw\n");
	fails("in-use", "nvme0n1 is mounted on /home", "--force");
}

Test(doctor_device, reserved_regions)
{
	fine("reserved", "nothing is in the way");
	fake_text(&sick, RESV,
		  MSI "0x0000000010000000 0x000000001fffffff reserved\n");
	fails("reserved", "0x10000000-0x1fffffff (reserved)", "--memory 256M");
	doctor.memory = 256 * MiB;
	fine("reserved", "nothing is in the way");
	fake_text(&sick, RESV, "0x0000000000000000 0x1000 reserved\n");
	fails("reserved", "0x0-0x1000", "device of another group");
	doctor.memory = 3 * GiB;
	fake_text(&sick, RESV, "0x0000000120000000 0x13fffffff reserved\n");
	fails("reserved", "0x120000000-0x13fffffff", "--memory 2560M");
	fake_text(&sick, RESV, "rubbish\n");
	fails("reserved", "is no region", NULL);
}

Test(doctor_device, memory_that_firmware_uses)
{
	fake_text(&sick, RESV,
		  MSI "0x00000000bf800000 0x00000000bfffffff direct\n");
	fails("direct", "0xbf800000-0xbfffffff", "firmware's setup");
	sick_says(DOCTOR_OK, FN0, "reserved", NULL, "");
	fake_text(&sick, "proc/sys/kernel/osrelease", "6.1.0-42-amd64\n");
	fails("direct", "0xbf800000-0xbfffffff", NULL);
}

/* Other IOMMUs than Intel's have such regions, too: IVMD, say */
Test(doctor_device, memory_that_firmware_uses_and_an_older_kernel)
{
	static const struct {
		const char *release;
		enum doctor_level level;
	} rows[] = {
		{"5.10.0-30-amd64", DOCTOR_WARNING},
		{"6.5.13", DOCTOR_WARNING},
		{"6.6.0", DOCTOR_FAIL},
		{"6.12.1", DOCTOR_FAIL},
		{"7.3.0-rc1", DOCTOR_FAIL},
		{"nonsense", DOCTOR_FAIL},
	};

	fake_text(&sick, RESV,
		  MSI "0x00000000bf800000 0x00000000bfffffff direct\n");
	fake_rm(&sick, "sys/class/iommu/dmar0");
	fails("direct", NULL, NULL);
	fake_text(&sick, "sys/class/iommu/ivhd0/x", "%s", "");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		fake_text(&sick, "proc/sys/kernel/osrelease", "%s\n",
			  rows[i].release);
		sick_examine(1);
		sick_says(rows[i].level, FN0, "direct", "0xbf800000",
			  "firmware's setup");
	}
}

Test(doctor_device, two_of_one_group_hear_of_it_once)
{
	sick_examine(2);
	sick_says(DOCTOR_OK, FN0, "group", NULL, NULL);
	for (size_t i = 0; i < doctor.n; i++)
		cr_assert(strcmp(doctor.v[i].subject, FN1) ||
			  strcmp(doctor.v[i].id, "group"));
}
