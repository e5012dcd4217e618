# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What the lints share: which files there are, how they are compiled, and the
# form of a complaint.  Each lint is one file here, prints FILE:LINE: TEXT for
# each offence, nothing when there is none, and is one test of `make lint`.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit

# What is held to every rule: the product, and the device that is tested with.
CORE=(base kvm vfio vmm)
STRICT=("${CORE[@]}" tests/twin)
FLAGS=(-std=gnu11 -D_GNU_SOURCE -I. -Ibuild/release/gen -pthread -Wall -Wextra
	-Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wconversion
	-Wundef -Wswitch-enum -Wpointer-arith)

# Files under DIR... whose names match PATTERN; build output never counts
files() { # PATTERN DIR...
	local pattern=$1
	shift
	find "$@" -name "$pattern" -type f 2>/dev/null | sort
}

sources() { files '*.c' "${STRICT[@]}"; }
headers() { files '*.h' "${STRICT[@]}"; }
all_c() { files '*.[ch]' "${CORE[@]}" guest tests; }

# Every script: by its name's end, or by its first line
scripts() {
	files '*.sh' scripts tests guest
	find tests .ci scripts guest -type f ! -name '*.sh' 2>/dev/null | sort |
		while read -r f; do
			head -c 64 "$f" | head -n 1 | tr -d '\0' |
				grep -Eq '^#!.*(/| )(ba)?sh( |$)' && echo "$f"
		done
}

# Fails when there was output, which is how every lint ends
verdict() {
	! grep .
}
