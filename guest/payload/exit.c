/* SPDX-License-Identifier: BSD-2-Clause */
/* Ends with the status given as status=N on the command line, else 7. */
#include "payload.h"

int payload_main(void)
{
	return (int)arg_u32("status", 7);
}
