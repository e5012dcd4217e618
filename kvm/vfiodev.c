/* SPDX-License-Identifier: BSD-2-Clause */
/* The names KVM_DEV_VFIO_GROUP_* are of Linux 6.1; FILE_* has their numbers. */
#include "kvm/vfiodev.h"

#include "base/err.h"
#include "base/fd.h"
#include "base/tell.h"
#include "kvm/sys.h"

int kvm_vfiodev_open(struct kvm_vfiodev *d, struct kvm_vm *vm)
{
	struct kvm_create_device req = {.type = KVM_DEV_TYPE_VFIO};
	int rc;

	d->fd = -1;
	rc = kvm_sys_create_device(vm->fd, &req);
	if (rc < 0)
		return err_call(rc, "/dev/kvm",
				"KVM_CREATE_DEVICE(KVM_DEV_TYPE_VFIO)",
				"the kernel needs CONFIG_KVM_VFIO");
	d->fd = (int)req.fd;
	tell_name_fd(d->fd, "kvm-vfio");
	return 0;
}

void kvm_vfiodev_close(struct kvm_vfiodev *d)
{
	fd_close(&d->fd);
}

static int set_attr(struct kvm_vfiodev *d, uint64_t attr, const char *name,
		    int group_fd)
{
	struct kvm_device_attr req = {
		.group = KVM_DEV_VFIO_GROUP,
		.attr = attr,
		.addr = (uintptr_t)&group_fd,
	};
	int rc = kvm_sys_set_device_attr(d->fd, &req);

	return rc < 0 ? err_call(rc, "KVM VFIO device", name, NULL) : 0;
}

int kvm_vfiodev_add(struct kvm_vfiodev *d, int group_fd)
{
	return set_attr(d, KVM_DEV_VFIO_GROUP_ADD, "KVM_DEV_VFIO_GROUP_ADD",
			group_fd);
}

int kvm_vfiodev_del(struct kvm_vfiodev *d, int group_fd)
{
	return set_attr(d, KVM_DEV_VFIO_GROUP_DEL, "KVM_DEV_VFIO_GROUP_DEL",
			group_fd);
}
