#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# No file over 500 lines, no function over 60; half of all functions at most
# 15, 95 of 100 at most 45.  `size.sh --report` prints the figures.
. "$(dirname "$0")/lib.sh"

# FILE LINE LENGTH NAME of every function; its braces are in the first column
functions() {
	all_c | xargs -r awk '
		FNR == 1 { head = "" }
		/^[A-Za-z_].*\(/ && !/;[ \t]*$/ { head = $0; at = FNR }
		/^[A-Za-z_].*\) *\{$/ || /^{/ { open = FNR }
		/^}/ && open && head != "" {
			name = head
			sub(/[ \t]*\(.*/, "", name)
			sub(/.*[ \t*]/, "", name)
			print FILENAME, at, FNR - open - 1, name
			head = ""
		}
		/^}/ { open = 0 }'
}

percentile() { # P, numbers sorted on stdin
	awk -v p="$1" '{ v[NR] = $1 } END { print NR ? v[int((NR - 1) * p / 100) + 1] : 0 }'
}

core=$(functions | grep -E "^($(IFS='|'; echo "${CORE[*]}"))/" | awk '{ print $3 }' | sort -n)
median=$(percentile 50 <<<"$core")
p95=$(percentile 95 <<<"$core")

if [ "${1-}" = --report ]; then
	echo "$(wc -w <<<"$core") functions: median $median lines," \
		"95th percentile $p95, longest $(percentile 100 <<<"$core")"
	exit
fi
{
	functions | awk '$3 > 60 {
		print $1 ":" $2 ": " $4 "() has " $3 " lines, at most 60" }'
	{ all_c; scripts; } | xargs -r wc -l | awk '$1 > 500 && $2 != "total" {
		print $2 ":1: " $1 " lines, at most 500" }'
	[ "$median" -le 15 ] || echo ".:1: functions' median is $median, at most 15"
	[ "$p95" -le 45 ] || echo ".:1: functions' 95th percentile is $p95, at most 45"
} | verdict
