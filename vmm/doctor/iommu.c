/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is there an IOMMU, is it on, and if not, at which of three places: the
 * firmware, the kernel's command line, or the machine.
 *
 * Source: Documentation/admin-guide/kernel-parameters.txt, intel_iommu=,
 * amd_iommu=, iommu=, intremap=.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "vmm/doctor/check.h"

#define CMDLINE_MAX 4096
#define UNSAFE      "module/vfio_iommu_type1/parameters/allow_unsafe_interrupts"
#define REMAP_CURE                                                             \
	"turn it on in the firmware's setup (no intremap=off), or accept the " \
	"risk: "

static void cmdline_read(const struct doctor *d, char text[CMDLINE_MAX])
{
	char path[SYSFS_PATH_MAX];

	sysfs_path(path, "%s/cmdline", d->s->proc);
	if (fd_read_text(path, text, CMDLINE_MAX) < 0)
		text[0] = '\0';
}

/* Does a comma-separated list of values switch on (1) or off (0)?  -1: neither
 */
static int value_switches(const char *val)
{
	for (;; val += strspn(val, ",")) {
		size_t n = strcspn(val, ", \n");

		if (n == 2 && strncmp(val, "on", n) == 0)
			return 1;
		if (n == 3 && strncmp(val, "off", n) == 0)
			return 0;
		val += n;
		if (*val != ',')
			return -1;
	}
}

/* What the last such word of the command line says; -1: nothing */
static int switched(const char *cmdline, const char *key)
{
	int last = -1;

	for (const char *p = strstr(cmdline, key); p; p = strstr(p + 1, key)) {
		int now = value_switches(p + strlen(key));

		if (now >= 0 && (p == cmdline || p[-1] == ' '))
			last = now;
	}
	return last;
}

/* The word that turns the IOMMU off; NULL: there is none */
static const char *off_word(const char *cmdline, bool intel)
{
	if (switched(cmdline, "iommu=") == 0)
		return "iommu=off";
	if (intel)
		return switched(cmdline, "intel_iommu=") == 0
			       ? "intel_iommu=off"
			       : NULL;
	return switched(cmdline, "amd_iommu=") == 0 ? "amd_iommu=off" : NULL;
}

static void say_no_table(struct doctor *d)
{
	check_say(
		d, DOCTOR_FAIL, "iommu",
		"the firmware tells of no IOMMU (no ACPI table DMAR or IVRS): "
		"only devices from sockets can be given to a guest "
		"(--device bcm5720, --device vfio-user:PATH)");
	check_cure(d, "turn on VT-d or AMD-Vi (\"IOMMU\") in the firmware's "
		      "setup; in a VM give it an IOMMU");
}

/* There is a table: the kernel does not use it */
static void say_off(struct doctor *d, bool intel)
{
	char cmdline[CMDLINE_MAX];
	const char *word;

	cmdline_read(d, cmdline);
	word = off_word(cmdline, intel);
	if (word) {
		check_say(d, DOCTOR_FAIL, "iommu",
			  "the IOMMU is off: the kernel's command line has %s",
			  word);
		check_cure(d, "take %s out of it%s, and reboot", word,
			   intel ? ", put intel_iommu=on there" : "");
	} else if (intel && switched(cmdline, "intel_iommu=") < 0) {
		check_say(d, DOCTOR_FAIL, "iommu",
			  "the IOMMU is off: the firmware has VT-d, the "
			  "kernel was not told to use it");
		check_cure(d, "add intel_iommu=on to the kernel's command line "
			      "(Debian: GRUB_CMDLINE_LINUX in "
			      "/etc/default/grub, then update-grub) and "
			      "reboot");
	} else {
		check_say(d, DOCTOR_FAIL, "iommu",
			  "the firmware has %s, but there are no IOMMU groups",
			  intel ? "VT-d" : "AMD-Vi");
		check_cure(d, "the kernel's log says why: dmesg | grep -e DMAR "
			      "-e AMD-Vi -e IOMMU");
	}
}

/* -1: cannot be told */
static int remaps(const struct doctor *d)
{
	char path[SYSFS_PATH_MAX], *line = NULL;
	size_t cap = 0;
	int found = -1;
	FILE *f = fopen(sysfs_path(path, "%s/interrupts", d->s->proc), "re");

	if (!f)
		return -1;
	while (found <= 0 && getline(&line, &cap, f) >= 0) {
		if (strstr(line, " IR-"))
			found = 1;
		else if (strstr(line, "IO-APIC") || strstr(line, "PCI-MSI"))
			found = 0;
	}
	free(line);
	fclose(f);
	return found;
}

static void say_unremapped(struct doctor *d)
{
	check_say(d, DOCTOR_FAIL, "interrupt-remapping",
		  "none: a guest could forge interrupts to this host, and the "
		  "kernel refuses (VFIO_SET_IOMMU: EPERM)");
	if (check_exists(d, UNSAFE))
		check_cure(d, REMAP_CURE "echo 1 > /sys/" UNSAFE);
	else
		check_cure(d, REMAP_CURE "modprobe vfio_iommu_type1 "
					 "allow_unsafe_interrupts=1");
}

/*
 * The names of x86's interrupt chips begin with "IR-" where they are remapped.
 * Observed: kernels 6.1 and 7.3, IR-IO-APIC, IR-PCI-MSI.
 */
static void check_remapping(struct doctor *d)
{
	char unsafe[8];
	int found = remaps(d);

	check_attr(d, unsafe, sizeof(unsafe), UNSAFE);
	if (found > 0) {
		check_say(d, DOCTOR_OK, "interrupt-remapping",
			  "interrupts are remapped");
	} else if (found < 0) {
		check_say(d, DOCTOR_WARNING, "interrupt-remapping",
			  "/proc/interrupts does not tell whether interrupts "
			  "are remapped");
		check_cure(d, "dmesg | grep -i remapping");
	} else if (unsafe[0] == 'Y') {
		check_say(d, DOCTOR_WARNING, "interrupt-remapping",
			  "none, and allow_unsafe_interrupts is on: a guest "
			  "can forge interrupts to this host");
		check_cure(d, "turn it on in the firmware's setup, or never "
			      "run a guest that you do not trust");
	} else {
		say_unremapped(d);
	}
}

/* Entries of a directory below sysfs, and one of them; 0: none */
static size_t count(const struct doctor *d, const char *dir,
		    char one[SYSFS_NAME_MAX])
{
	char path[SYSFS_PATH_MAX];
	struct sysfs_names names = {.n = 0};

	sysfs_path(path, "%s/%s", d->s->sys, dir);
	if (sysfs_names_in(path, "", &names) < 0 || !names.n)
		return 0;
	memcpy(one, names.v[0], SYSFS_NAME_MAX);
	return names.n;
}

void check_iommu(struct doctor *d)
{
	char unit[SYSFS_NAME_MAX] = "an IOMMU", group[SYSFS_NAME_MAX];
	bool dmar = check_exists(d, "firmware/acpi/tables/DMAR");
	bool ivrs = check_exists(d, "firmware/acpi/tables/IVRS");
	size_t n = count(d, "kernel/iommu_groups", group);

	(void)count(d, "class/iommu", unit);
	if (n) {
		check_say(d, DOCTOR_OK, "iommu", "on (%s), %zu%s groups", unit,
			  n, n == SYSFS_NAMES_MAX ? " or more" : "");
		check_remapping(d);
	} else if (dmar || ivrs) {
		say_off(d, dmar);
	} else {
		say_no_table(d);
	}
}
