/* SPDX-License-Identifier: BSD-2-Clause */
/* The group file may be open once only: EBUSY means somebody has it. */
#include "vfio/group.h"

#include <errno.h>
#include <stdio.h>

#include "base/err.h"
#include "base/tell.h"
#include "base/user.h"
#include "vfio/bind.h"
#include "vfio/sys.h"

static int open_failed(int rc, uint32_t id, struct pci_addr who)
{
	char bdf[BDF_STRLEN];
	char path[32];
	char cure[128];

	snprintf(path, sizeof(path), "/dev/vfio/%u", id);
	bdf_format(who, bdf);
	switch (-rc) {
	case EBUSY:
		snprintf(cure, sizeof(cure),
			 "another process has the group: fuser -v %s", path);
		break;
	case ENOENT:
		snprintf(cure, sizeof(cure), "type: passthru bind %s", bdf);
		break;
	case EACCES:
	case EPERM:
		snprintf(cure, sizeof(cure),
			 "run as root, or as root: passthru bind --owner %s %s",
			 user_name(), bdf);
		break;
	default:
		snprintf(cure, sizeof(cure), "see the kernel log: dmesg");
		break;
	}
	err_call(rc, path, "open", cure);
	return err_prefix(rc, "%s", bdf);
}

const char *vfio_group_cure(uint32_t id, char buf[GROUP_CURE],
			    const char *else_)
{
	struct range iova;

	if (!sysfs_group_direct(sysfs_host(), id, &iova))
		return else_;
	snprintf(buf, GROUP_CURE,
		 "firmware uses group %u at 0x%llx-0x%llx (direct), so the "
		 "kernel keeps it; turn off in the firmware's setup what uses "
		 "it, or take another device",
		 id, (unsigned long long)iova.start,
		 (unsigned long long)range_last(iova));
	return buf;
}

static int attach(struct vfio_group *g, struct pci_addr who, int container_fd)
{
	struct vfio_group_status st = {0};
	char bdf[BDF_STRLEN], cure[GROUP_CURE];
	int rc = vfio_sys_group_get_status(g->fd, &st);

	if (rc < 0)
		return err_call(rc, bdf_format(who, bdf),
				"VFIO_GROUP_GET_STATUS", NULL);
	if (!(st.flags & VFIO_GROUP_FLAGS_VIABLE))
		return bind_not_viable(sysfs_host(), who, g->id);
	rc = vfio_sys_group_set_container(g->fd, container_fd);
	if (rc < 0)
		return err_call(rc, bdf_format(who, bdf),
				"VFIO_GROUP_SET_CONTAINER",
				vfio_group_cure(g->id, cure,
						"see the kernel log, dmesg | "
						"tail, and: passthru doctor"));
	return 0;
}

int vfio_group_open(struct vfio_group *g, uint32_t id, struct pci_addr who,
		    int container_fd)
{
	char path[32];
	int rc;

	*g = (struct vfio_group){.fd = -1, .id = id};
	snprintf(path, sizeof(path), "/dev/vfio/%u", id);
	rc = vfio_sys_open(path);
	if (rc < 0)
		return open_failed(rc, id, who);
	g->fd = rc;
	tell_name_fd(g->fd, "group=%u", id);
	rc = attach(g, who, container_fd);
	if (rc) {
		vfio_sys_close(g->fd);
		g->fd = -1;
	}
	return rc;
}

int vfio_group_close(struct vfio_group *g)
{
	char name[32];
	int rc;

	if (g->fd < 0)
		return 0;
	snprintf(name, sizeof(name), "group %u", g->id);
	rc = vfio_sys_group_unset_container(g->fd);
	/* when its last device leaves the host, the kernel takes it out */
	if (rc == -EINVAL || rc == -ENODEV)
		rc = 0;
	if (rc < 0)
		err_call(rc, name, "VFIO_GROUP_UNSET_CONTAINER", NULL);
	vfio_sys_close(g->fd);
	g->fd = -1;
	return rc;
}
