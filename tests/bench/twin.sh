#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What the software BCM5720 costs natively: nanoseconds, and where valgrind is
# installed, instructions, for each register access, frame, message and map.
#
#   tests/bench/twin.sh [PROGRAM]      build/release/twin-bench, or another
#
# Nanoseconds depend on the machine and on who else uses it; instructions, by
# callgrind, do not.  A figure that misses its goal fails nothing.
set -eu
cd "$(dirname "$0")/../.."
bench=${1:-build/release/twin-bench}
count=2000 # large enough that the first ones, which warm up, do not show

[ -x "$bench" ] || { echo "bench: no $bench (make $bench)" >&2; exit 1; }
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

# instructions NAME: each, by running it COUNT and 2 * COUNT times
instructions() {
	local n total=()
	for n in $count $((2 * count)); do
		valgrind --tool=callgrind --callgrind-out-file="$out/cg" \
			--toggle-collect='figure_*' "$bench" "$1" "$n" \
			>"$out/log" 2>&1 || { cat "$out/log" >&2; return 1; }
		total+=("$(sed -n 's/^\(summary\|totals\): *//p' "$out/cg" |
			head -n 1)")
	done
	echo $(((total[1] - total[0]) / count))
}

have=$(command -v valgrind || :)
[ -n "$have" ] ||
	echo "bench: no instruction counts (apt-get install valgrind)" >&2
"$bench" >"$out/table"
while read -r name ns rest; do
	ir=
	[ -z "$have" ] || ir="$(instructions "$name") instructions"
	printf '%-18s %7s ns  %20s  %s\n' "$name" "$ns" "$ir" "${rest#ns}"
done <"$out/table"
