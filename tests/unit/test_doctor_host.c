/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's own lines: each is red once, and then green for another reason. */
#include <criterion/criterion.h>

#include <errno.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/bytes.h"
#include "test_doctor.h"
#include "test_host_libc.h"

#define HOST DOCTOR_HOST

TestSuite(doctor_host, .init = sick_setup, .fini = sick_teardown);

#define fails(id, text, cure) sick_is(DOCTOR_FAIL, HOST, id, text, cure)
#define warns(id, text, cure) sick_is(DOCTOR_WARNING, HOST, id, text, cure)
#define fine(id, text)        sick_is(DOCTOR_OK, HOST, id, text, "")

/* ---- CPU ---- */

Test(doctor_host, cpu_of_either_kind)
{
	fine("cpu", "AMD-V");
	fake_text(&sick, "proc/cpuinfo", "flags\t\t: fpu vmx\n");
	fine("cpu", "VT-x");
}

Test(doctor_host, cpu_without_virtualization)
{
	fake_text(&sick, "proc/cpuinfo", "flags\t\t: fpu svm_lock xvmx\n");
	fails("cpu", "KVM is emulated", "nested virtualization");
	fake_rm(&sick, "dev/kvm");
	fails("cpu", "offers no virtualization", "firmware");
	fails("kvm", "is not there", "modprobe kvm-amd");
}

/* Root may open everything, so a test has to say no: to one call after another
 */
Test(doctor_host, nodes_that_this_user_may_not_open)
{
	const struct passwd *pw = getpwuid(getuid());
	bool kvm = false, vfio = false;
	char join[96];

	snprintf(join, sizeof(join), "usermod -aG kvm %s)",
		 pw ? pw->pw_name : "USER");
	for (unsigned n = 1; n < 200 && !(kvm && vfio); n++) {
		libc_fail(n, EACCES);
		sick_examine(0);
		if (strcmp(libc_failed(), "access") != 0)
			continue;
		if (strstr(libc_failed_on(), "/dev/kvm")) {
			sick_says(DOCTOR_FAIL, HOST, "kvm", "may not open it",
				  join);
			kvm = true;
		} else if (strstr(libc_failed_on(), "/dev/vfio/vfio")) {
			sick_says(DOCTOR_FAIL, HOST, "vfio-node",
				  "may not open it", "root");
			vfio = true;
		}
	}
	cr_assert(kvm && vfio);
}

/* ---- IOMMU ---- */

static void no_groups(const char *cmdline)
{
	fake_rm(&sick, "sys/kernel/iommu_groups");
	fake_text(&sick, "proc/cmdline", "%s\n", cmdline);
}

Test(doctor_host, iommu_on)
{
	fine("iommu", "on (dmar0), 1 groups");
}

Test(doctor_host, iommu_that_the_firmware_does_not_have)
{
	no_groups("intel_iommu=on");
	fake_rm(&sick, "sys/firmware/acpi/tables/DMAR");
	fails("iommu", "no ACPI table", "firmware's setup");
}

Test(doctor_host, iommu_off_by_the_command_line)
{
	static const struct {
		const char *table, *cmdline, *text, *cure;
	} rows[] = {
		{"DMAR", "ro intel_iommu=off quiet", "intel_iommu=off",
		 "put intel_iommu=on there"},
		{"DMAR", "intel_iommu=on intel_iommu=sm_on,off", "=off",
		 "take intel_iommu=off out"},
		{"DMAR", "intel_iommu=on iommu=off", "iommu=off",
		 "take iommu=off out"},
		{"DMAR", "ro quiet", "not told to use it", "intel_iommu=on"},
		{"DMAR", "xintel_iommu=off iommu=pt", "not told",
		 "intel_iommu=on"},
		{"DMAR", "intel_iommu=off intel_iommu=on", "no IOMMU groups",
		 "dmesg"},
		{"IVRS", "amd_iommu=off", "amd_iommu=off",
		 "take amd_iommu=off out"},
		{"IVRS", "amd_iommu=offline", "AMD-Vi, but", "dmesg"},
		{"IVRS", "intel_iommu=off", "AMD-Vi, but", "dmesg"},
	};
	char path[SYSFS_PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		no_groups(rows[i].cmdline);
		fake_rm(&sick, "sys/firmware/acpi/tables");
		sysfs_path(path, "sys/firmware/acpi/tables/%s", rows[i].table);
		fake_text(&sick, path, "%s", "");
		fails("iommu", rows[i].text, rows[i].cure);
	}
}

#define PLAIN "  0:   46  IO-APIC    2-edge      timer\n"
#define TYPE1 "sys/module/vfio_iommu_type1/"

Test(doctor_host, interrupt_remapping)
{
	fine("interrupt-remapping", "are remapped");
	fake_text(&sick, "proc/interrupts", PLAIN);
	fails("interrupt-remapping", "VFIO_SET_IOMMU: EPERM",
	      "echo 1 > /sys/module/vfio_iommu_type1/parameters/"
	      "allow_unsafe_interrupts");
	fake_text(&sick, TYPE1 "parameters/allow_unsafe_interrupts", "Y\n");
	warns("interrupt-remapping", "can forge interrupts", "firmware");
	fake_rm(&sick, "sys/module/vfio_iommu_type1");
	fake_rm(&sick, "sys/module/vfio");
	fails("interrupt-remapping", "VFIO_SET_IOMMU: EPERM",
	      "modprobe vfio_iommu_type1 allow_unsafe_interrupts=1");
	fake_rm(&sick, "proc/interrupts");
	warns("interrupt-remapping", "does not tell", "dmesg");
}

/* ---- modules ---- */

Test(doctor_host, modules_loaded)
{
	fine("vfio-pci", "is there");
	fine("vfio-iommu", "is there");
	fine("vfio-node", "may be opened");
}

Test(doctor_host, modules_that_bind_will_load)
{
	fake_rm(&sick, "sys/bus/pci/drivers/vfio-pci");
	fake_rm(&sick, "sys/module");
	fake_rm(&sick, "dev/vfio");
	warns("vfio-pci", "not loaded", "modprobe vfio-pci");
	warns("vfio-iommu", "comes with vfio-pci", "modprobe vfio_iommu_type1");
}

Test(doctor_host, modules_half_loaded)
{
	fake_rm(&sick, "sys/module/vfio_iommu_type1");
	fails("vfio-iommu", "though vfio is", "modprobe vfio_iommu_type1");
	fake_rm(&sick, "dev/vfio");
	fails("vfio-node", "is not there", "modprobe vfio-pci");
}

Test(doctor_host, modules_that_this_kernel_does_not_have)
{
	fake_rm(&sick, "sys/bus/pci/drivers/vfio-pci");
	fake_rm(&sick, "sys/module");
	fake_text(&sick, "modules/modules.dep",
		  "kernel/x/xvfio-pci.ko:\nkernel/x.ko: /vfio-pci.ko\n");
	fails("vfio-pci", "no such module", "CONFIG_VFIO_PCI");
	fails("vfio-iommu", "no such module", "CONFIG_VFIO_IOMMU_TYPE1");
	fake_text(&sick, "modules/modules.builtin",
		  "kernel/vfio/vfio-pci.ko\nkernel/vfio_iommu_type1.ko\n");
	warns("vfio-pci", "not loaded", NULL);
}

/* ---- memory ---- */

Test(doctor_host, memory_that_is_there_free_or_not)
{
	fine("memory", "512 MiB, 3072 MiB available");
	doctor.memory = 3584 * MiB;
	warns("memory", "3072 MiB of 4096", "smaller --memory");
	doctor.memory = 5 * GiB;
	fails("memory", "5120 MiB: this host has 4096", "smaller --memory");
}

/* @keep: capabilities that stay */
static void drop_caps(uint64_t keep)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	cr_assert_eq(syscall(SYS_capget, &head, data), 0);
	data[0].effective &= (uint32_t)keep;
	data[1].effective &= (uint32_t)(keep >> 32);
	cr_assert_eq(syscall(SYS_capset, &head, data), 0);
}

static void limit(uint64_t soft, uint64_t hard)
{
	struct rlimit lim = {soft, hard};

	cr_assert_eq(setrlimit(RLIMIT_MEMLOCK, &lim), 0);
}

/* Amounts that any user may have a limit of, though no guest would do */
Test(doctor_host, memlock)
{
	limit(16 * KiB, 64 * KiB);
	drop_caps(0);
	doctor.memory = 64 * KiB;
	fails("memlock",
	      "64 KiB to pin (0 KiB pinned already), and the limit "
	      "RLIMIT_MEMLOCK is 16 KiB",
	      "ulimit -l 64");
	doctor.memory = 68 * KiB;
	fails("memlock", "68 KiB to pin", "limits.d/passthru-");
	for (size_t i = 0; i < doctor.n; i++)
		cr_assert_null(strchr(doctor.v[i].cure, '$'), "%s",
			       doctor.v[i].cure);
	limit(64 * KiB, 64 * KiB);
	doctor.memory = 64 * KiB;
	sick_examine(0);
	sick_says(DOCTOR_OK, HOST, "memlock", "limit 64 KiB", "");
}

Test(doctor_host, memlock_of_one_who_may_lock_all)
{
	limit(64 * KiB, 64 * KiB);
	drop_caps(UINT64_C(1) << CAP_IPC_LOCK);
	fine("memlock", "no limit");
}

Test(doctor_host, huge_pages)
{
	fine("hugepages", "0 are free of the 256");
	fake_text(&sick, "sys/kernel/mm/transparent_hugepage/enabled",
		  "always madvise [never]\n");
	warns("hugepages", "4 KiB", "transparent_hugepage");
	fake_text(&sick,
		  "sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages",
		  "256\n");
	fine("hugepages", "256 of 2 MiB free");
	fake_text(&sick,
		  "sys/kernel/mm/hugepages/hugepages-2048kB/resv_hugepages",
		  "1\n");
	warns("hugepages", "4 KiB", "transparent_hugepage");
	fake_text(&sick, "sys/kernel/mm/transparent_hugepage/enabled",
		  "always [madvise] never\n");
	fine("hugepages", "255 are free of the 256");
}

Test(doctor_host, addresses)
{
	fine("iova-bits", "39 address bits");
	fake_text(&sick, "proc/meminfo", "%s", "");
	doctor.memory = 600 * GiB;
	fails("iova-bits", "has 39 address bits", "smaller --memory");
	fake_text(&sick, "proc/cpuinfo",
		  "flags : svm\naddress sizes : 36 bits physical\n");
	doctor.memory = 80 * GiB;
	fails("address-bits", "36 address bits", "smaller --memory");
}
