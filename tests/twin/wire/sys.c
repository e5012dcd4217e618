/* SPDX-License-Identifier: BSD-2-Clause */
/* The wire's one ioctl. */
#include "tests/twin/wire/sys.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/ioctl.h>

int wire_sys_tunsetiff(int fd, const char *name)
{
	struct ifreq req = {.ifr_flags = IFF_TAP | IFF_NO_PI};

	strncpy(req.ifr_name, name, sizeof(req.ifr_name) - 1);
	return ioctl(fd, TUNSETIFF, &req) < 0 ? -errno : 0;
}
