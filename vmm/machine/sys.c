/* SPDX-License-Identifier: BSD-2-Clause */
/* One wrapper per call: the C library has none for most of them. */
#include "vmm/machine/sys.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What a system call returned, with errno folded in. */
static int result(long rc)
{
	return rc < 0 ? -errno : (int)rc;
}

int machine_sys_no_new_privs(void)
{
	return result(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

int machine_sys_no_dump(void)
{
	return result(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
}

int machine_sys_drop_caps(void)
{
	struct __user_cap_header_struct h = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	const struct __user_cap_data_struct none[2] = {{0}, {0}};

	return result(syscall(SYS_capset, &h, none));
}

int machine_sys_seccomp(const struct sock_fprog *f)
{
	return result(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, f));
}

int machine_sys_landlock_abi(void)
{
	return result(syscall(SYS_landlock_create_ruleset, NULL, 0,
			      LANDLOCK_CREATE_RULESET_VERSION));
}

int machine_sys_landlock_create(uint64_t access)
{
	const struct landlock_ruleset_attr attr = {.handled_access_fs = access};

	return result(syscall(SYS_landlock_create_ruleset, &attr,
			      sizeof(attr.handled_access_fs), 0));
}

int machine_sys_landlock_restrict(int ruleset_fd)
{
	return result(syscall(SYS_landlock_restrict_self, ruleset_fd, 0));
}
