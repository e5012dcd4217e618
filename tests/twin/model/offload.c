/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the chip computes for the host: checksums, large sends, the FCS.
 */
#include <assert.h>
#include <stddef.h>

#include "tests/twin/model/chip.h"

static_assert(BCM_FRAME_MAX < 0x10000, "lengths fit in 16 bits");
