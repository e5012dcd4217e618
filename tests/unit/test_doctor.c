/* SPDX-License-Identifier: BSD-2-Clause */
/* The sound host of the doctor's tests, and the tests of the list itself. */
#include "test_doctor.h"

#include <criterion/criterion.h>

#include <linux/pci_regs.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

struct fake sick;
struct doctor doctor;

static char dev[80], modules[80];

/* MSI-X of 5 vectors with its table in BAR 3, MSI of 4, INTA# */
static void sound_config(const char *bdf)
{
	uint8_t raw[256] = {0};

	le_put(raw, 4, 0x10d38086);
	raw[PCI_STATUS] = PCI_STATUS_CAP_LIST;
	le_put(raw + PCI_CLASS_DEVICE, 2, 0x0200);
	raw[PCI_CAPABILITY_LIST] = 0x40;
	raw[PCI_INTERRUPT_PIN] = 1;
	le_put(raw + 0x40, 4, 0x00045011);
	le_put(raw + 0x44, 4, 3);
	le_put(raw + 0x50, 4, 0x00040005);
	sick_config(bdf, raw, sizeof(raw));
}

static void sound_device(const char *bdf)
{
	char path[SYSFS_PATH_MAX];

	sysfs_path(path, "sys/devices/pci0000:00/%s/reset_method", bdf);
	fake_text(&sick, path, "flr pm\n");
	sysfs_path(path, "sys/devices/pci0000:00/%s/reset", bdf);
	fake_text(&sick, path, "%s", "");
	sysfs_path(path, "sys/devices/pci0000:00/%s/resource", bdf);
	fake_text(&sick, path,
		  "0x00000000fe000000 0x00000000fe01ffff 0x0000000000040200\n"
		  "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
		  "0x0000000000001000 0x000000000000101f 0x0000000000040101\n"
		  "0x00000000fe020000 0x00000000fe023fff 0x0000000000040200\n"
		  "0x00000000fe024000 0x00000000fe0240ff 0x0000000000040200\n"
		  "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
		  "0x00000000fe040000 0x00000000fe07ffff 0x0000000000046200\n");
	sound_config(bdf);
}

static void sound_proc(void)
{
	fake_text(&sick, "proc/cpuinfo",
		  "processor\t: 0\nflags\t\t: fpu svm npt\n"
		  "address sizes\t: 48 bits physical, 48 bits virtual\n");
	fake_text(
		&sick, "proc/interrupts",
		"           CPU0\n  0:   46  IR-IO-APIC    2-edge      timer\n"
		" 24:    0  IR-PCI-MSI-0000:00:02.0    0-edge      eth0\n"
		"NMI:    0  Non-maskable interrupts\n");
	fake_text(&sick, "proc/cmdline", "quiet intel_iommu=on\n");
	fake_text(&sick, "proc/meminfo",
		  "MemTotal:        4194304 kB\nMemFree:          100000 kB\n"
		  "MemAvailable:    3145728 kB\n");
}

static void sound_kernel(void)
{
	fake_text(&sick, "sys/class/iommu/dmar0/intel-iommu/cap",
		  "d2008c22260686\n");
	fake_text(&sick, "sys/firmware/acpi/tables/DMAR", "%s", "");
	fake_text(&sick, "sys/module/vfio/refcnt", "1\n");
	fake_text(&sick,
		  "sys/module/vfio_iommu_type1/parameters/"
		  "allow_unsafe_interrupts",
		  "N\n");
	fake_text(&sick, "sys/kernel/mm/transparent_hugepage/enabled",
		  "always [madvise] never\n");
	fake_text(&sick, "modules/modules.dep",
		  "kernel/drivers/vfio/vfio.ko.xz:\n"
		  "kernel/drivers/vfio/vfio_iommu_type1.ko.xz: "
		  "kernel/drivers/vfio/vfio.ko.xz\n"
		  "kernel/drivers/vfio/pci/vfio-pci.ko.xz: "
		  "kernel/drivers/vfio/vfio.ko.xz\n");
	fake_text(&sick, "dev/kvm", "%s", "");
	fake_text(&sick, "dev/vfio/vfio", "%s", "");
	fake_text(&sick, "sys/kernel/iommu_groups/16/reserved_regions",
		  "0x00000000fee00000 0x00000000feefffff msi\n"
		  "0x0000000000000000 0x0000000000ffffff direct-relaxable\n");
}

void sick_setup(void)
{
	fake_init(&sick);
	fake_pair(&sick);
	snprintf(dev, sizeof(dev), "%s/dev", sick.root);
	snprintf(modules, sizeof(modules), "%s/modules", sick.root);
	sick.s.dev = dev;
	sound_proc();
	sound_kernel();
	sound_device(FN0);
	sound_device(FN1);
	doctor_init(&doctor, &sick.s, 512 * MiB);
}

void sick_teardown(void)
{
	doctor_fini(&doctor);
	fake_fini(&sick);
}

void sick_config(const char *bdf, const uint8_t *raw, size_t len)
{
	char path[SYSFS_PATH_MAX];
	FILE *f;

	sysfs_path(path, "%s/sys/devices/pci0000:00/%s/config", sick.root, bdf);
	f = fopen(path, "we");
	cr_assert(f);
	cr_assert_eq(fwrite(raw, 1, len, f), len);
	fclose(f);
}

void sick_examine(size_t ndev)
{
	const struct pci_addr a[] = {fake_addr(FN0), fake_addr(FN1)};
	uint64_t memory = doctor.memory;
	bool root = doctor.root;

	doctor_fini(&doctor);
	doctor_init(&doctor, &sick.s, memory);
	doctor.modules = modules;
	doctor.root = root;
	cr_assert_eq(doctor_examine(&doctor, a, ndev), 0);
}

void sick_says(enum doctor_level level, const char *subject, const char *id,
	       const char *text, const char *cure)
{
	const struct finding *seen = NULL;

	for (size_t i = 0; i < doctor.n; i++) {
		const struct finding *f = &doctor.v[i];

		if (strcmp(f->id, id) || strcmp(f->subject, subject))
			continue;
		seen = f;
		if (f->level == level && (!text || strstr(f->text, text)) &&
		    (!cure ||
		     (*cure ? strstr(f->cure, cure) != NULL : !f->cure[0])))
			return;
	}
	cr_assert_fail("%s: %s: want %s \"%s\" (%s); there is %s \"%s\" (%s)",
		       subject, id, doctor_level_name(level), text ?: "",
		       cure ?: "",
		       seen ? doctor_level_name(seen->level) : "none",
		       seen ? seen->text : "", seen ? seen->cure : "");
}

void sick_is(enum doctor_level level, const char *subject, const char *id,
	     const char *text, const char *cure)
{
	sick_examine(strcmp(subject, DOCTOR_HOST) ? 1 : 0);
	sick_says(level, subject, id, text, cure);
	if (level != DOCTOR_FAIL)
		sick_ready();
}

void sick_ready(void)
{
	for (size_t i = 0; i < doctor.n; i++)
		cr_assert_neq(doctor.v[i].level, DOCTOR_FAIL, "%s: %s: %s",
			      doctor.v[i].subject, doctor.v[i].id,
			      doctor.v[i].text);
	cr_assert_gt(doctor.n, 5);
}

TestSuite(doctor, .init = sick_setup, .fini = sick_teardown);

Test(doctor, a_sound_host_is_ready_and_every_line_of_it_is_ok)
{
	sick_examine(0);
	sick_ready();
	cr_assert_eq(doctor_count(&doctor, DOCTOR_WARNING), 0);
	sick_says(DOCTOR_OK, FN0, "candidate", "with 0000:02:00.1", "");
}

Test(doctor, so_is_a_device_that_is_to_be_bound)
{
	sick_examine(2);
	sick_ready();
	cr_assert_eq(doctor_count(&doctor, DOCTOR_WARNING), 2);
	sick_says(DOCTOR_WARNING, FN0, "bound", "is on e1000e",
		  "passthru bind 0000:02:00.0");
	sick_says(DOCTOR_WARNING, FN1, "bound", NULL, "0000:02:00.1");
}

Test(doctor, what_fails_or_warns_has_a_cure)
{
	fake_rm(&sick, "dev");
	fake_rm(&sick, "proc/cpuinfo");
	fake_rm(&sick, "sys/module");
	fake_text(&sick, "proc/interrupts", " 0: 1 IO-APIC 2-edge timer\n");
	doctor.root = false;
	doctor.memory = 8 * GiB;
	sick_examine(2);
	cr_assert_gt(doctor_count(&doctor, DOCTOR_FAIL), 5);
	for (size_t i = 0; i < doctor.n; i++)
		cr_assert(doctor.v[i].level == DOCTOR_OK || doctor.v[i].cure[0],
			  "%s: %s", doctor.v[i].id, doctor.v[i].text);
}

Test(doctor, more_findings_than_the_first_allocation_holds)
{
	struct pci_addr a[64];

	for (size_t i = 0; i < ARRAY_SIZE(a); i++)
		a[i] = fake_addr("0000:09:00.0");
	doctor_fini(&doctor);
	cr_assert_eq(doctor_examine(&doctor, a, ARRAY_SIZE(a)), 0);
	cr_assert_geq(doctor_count(&doctor, DOCTOR_FAIL), ARRAY_SIZE(a));
	sick_says(DOCTOR_FAIL, "0000:09:00.0", "device", "no such",
		  "passthru list");
}
