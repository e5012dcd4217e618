/* SPDX-License-Identifier: BSD-2-Clause */
/* Says hello: the processor, the loader, the console and the exit work. */
#include "payload.h"

int payload_main(void)
{
	print("hello from the guest\n");
	return 0;
}
