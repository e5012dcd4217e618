/* SPDX-License-Identifier: BSD-2-Clause */
/* Reasons to stop as exit statuses and as words: two tables. */
#include "vmm/dev/stop.h"

#include <stddef.h>

int stop_exit_status(struct stop why)
{
	switch (why.reason) {
	case STOP_POWEROFF:
	case STOP_RESET:
	case STOP_USER:
		return 0;
	case STOP_EXIT:
		return why.status & 0xff;
	case STOP_SIGNAL:
		return 128 + (why.status & 0x7f);
	case STOP_TRIPLE_FAULT:
		return STOP_STATUS_TRIPLE_FAULT;
	case STOP_PANIC:
		return STOP_STATUS_PANIC;
	case STOP_TIMEOUT:
		return STOP_STATUS_TIMEOUT;
	case STOP_DEVICE:
		return STOP_STATUS_LOST;
	case STOP_NONE:
	case STOP_ERROR:
	default:
		return STOP_STATUS_ERROR;
	}
}

int stop_lost_status(struct stop why)
{
	switch (why.reason) {
	case STOP_NONE:
	case STOP_TIMEOUT:
	case STOP_SIGNAL:
	case STOP_ERROR:
		return stop_exit_status(why);
	case STOP_POWEROFF:
	case STOP_RESET:
	case STOP_USER:
	case STOP_EXIT:
	case STOP_TRIPLE_FAULT:
	case STOP_PANIC:
	case STOP_DEVICE:
	default:
		return STOP_STATUS_LOST;
	}
}

const char *stop_name(enum stop_reason reason)
{
	/* clang-format off */
	static const char *const name[] = {
		[STOP_NONE]         = "still running",
		[STOP_POWEROFF]     = "guest powered off",
		[STOP_RESET]        = "guest reset itself",
		[STOP_PANIC]        = "guest kernel panicked",
		[STOP_EXIT]         = "guest command ended",
		[STOP_TRIPLE_FAULT] = "guest triple-faulted",
		[STOP_TIMEOUT]      = "time is up",
		[STOP_USER]         = "left by Ctrl-a x",
		[STOP_SIGNAL]       = "stopped by a signal",
		[STOP_DEVICE]       = "stopped for a device",
		[STOP_ERROR]        = "stopped by an error",
	};
	/* clang-format on */

	if ((size_t)reason >= sizeof(name) / sizeof(name[0]))
		return "stopped";
	return name[reason];
}
