/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line's ioctl. */
#include "vmm/cli/sys.h"

#include <errno.h>
#include <sys/ioctl.h>

int cli_sys_get_winsize(int fd, struct winsize *ws)
{
	return ioctl(fd, TIOCGWINSZ, ws) ? -errno : 0;
}
