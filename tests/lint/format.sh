#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# All C is as clang-format leaves it (cure: clang-format -i FILE).
. "$(dirname "$0")/lib.sh"

all_c | xargs -r clang-format --dry-run -Werror 2>&1 |
	grep -E '^[^ ]+:[0-9]+:[0-9]+: ' | verdict
