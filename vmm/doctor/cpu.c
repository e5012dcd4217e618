/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Can this CPU run a guest, and may we ask it to?
 *
 * A kernel that finds virtualization locked by the firmware takes the flag
 * away: vmx always, svm since Linux 6.7; what helps then is in the cure for a
 * missing /dev/kvm, too. A /dev/kvm without the flag is made of software: code
 * runs there, a hundred times slower.
 */
#include <errno.h>
#include <unistd.h>

#include "kvm/vm.h"
#include "vmm/doctor/check.h"

#define FLAGS_MAX 4096

static const char *virt_name(const struct doctor *d)
{
	char flags[FLAGS_MAX];

	check_field(d, "cpuinfo", "flags", flags, sizeof(flags));
	if (check_word(flags, "vmx"))
		return "VT-x (vmx)";
	return check_word(flags, "svm") ? "AMD-V (svm)" : NULL;
}

static void say_emulated(struct doctor *d)
{
	check_say(
		d, DOCTOR_FAIL, "cpu",
		"/dev/kvm is there, but the CPU has neither vmx nor svm: this "
		"KVM is emulated; small programs run in it, Linux does not "
		"come up in minutes");
	check_cure(d, "take a machine with VT-x or AMD-V; in a VM turn on "
		      "nested virtualization");
}

static void say_none(struct doctor *d)
{
	check_say(d, DOCTOR_FAIL, "cpu",
		  "the CPU offers no virtualization: neither vmx nor svm in "
		  "/proc/cpuinfo");
	check_cure(d, "turn on VT-x or AMD-V (SVM) in the firmware's setup; in "
		      "a VM turn on nested virtualization");
}

static void check_node(struct doctor *d, const char *path)
{
	char buf[KVM_VM_CURE];
	const char *cure;
	int err;

	if (access(path, R_OK | W_OK) == 0) {
		check_say(d, DOCTOR_OK, "kvm", "/dev/kvm may be opened");
		return;
	}
	err = errno;
	cure = kvm_vm_open_cure(-err, buf);
	check_say(d, DOCTOR_FAIL, "kvm",
		  err == EACCES ? "/dev/kvm: this user may not open it"
				: "/dev/kvm is not there");
	check_cure(d, "%s", cure ? cure : "");
}

void check_cpu(struct doctor *d)
{
	char path[SYSFS_PATH_MAX];
	const char *name = virt_name(d);

	sysfs_path(path, "%s/kvm", d->s->dev);
	if (name)
		check_say(d, DOCTOR_OK, "cpu", "the CPU has %s", name);
	else if (access(path, F_OK) == 0)
		say_emulated(d);
	else
		say_none(d);
	check_node(d, path);
}
