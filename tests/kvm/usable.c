/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Can this process make a virtual machine here?  If not, one line says why,
 * which becomes the reason of skipped tests, and the status is 1.
 *
 * Asks KVM by itself: had it asked the VMM, a fault of the VMM would be taken
 * for a machine without KVM.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "kvm/sys.h"

static int no(const char *what, int rc, const char *cure)
{
	printf("%s: %s (%s)\n", what, strerror(-rc), cure);
	return 1;
}

int main(void)
{
	int fd = kvm_sys_open("/dev/kvm");
	int vm;

	if (fd == -ENOENT || fd == -ENODEV)
		return no("/dev/kvm", fd, "modprobe kvm-intel or kvm-amd");
	if (fd < 0)
		return no("/dev/kvm", fd, "be root or in the group kvm");
	vm = kvm_sys_create_vm(fd);
	fd_close(&fd);
	if (vm < 0)
		return no("KVM_CREATE_VM", vm,
			  "is virtualization on, and used by nobody else?");
	fd_close(&vm);
	return 0;
}
