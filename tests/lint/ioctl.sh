#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# ioctl() is called in */sys.c only, where each has its wrapper and a fake.
# The terminal is spoken to by tcgetattr(3) and its like, not by ioctl.
. "$(dirname "$0")/lib.sh"

{
	{ sources; headers; } | grep -v '/sys\.c$' |
		xargs -r grep -HnE '(^|[^A-Za-z0-9_])ioctl[[:space:]]*\(' |
		grep -vE '^[^:]*:[0-9]*:[[:space:]]*(/?\*|//)' |
		sed -E 's/^([^:]*:[0-9]*):.*/\1: ioctl( outside of a sys.c/'
} | verdict
