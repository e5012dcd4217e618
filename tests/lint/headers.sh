#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every header compiles alone, with both compilers, and those of the VMM itself
# guard themselves by a name made of their path.
. "$(dirname "$0")/lib.sh"

alone() { # HEADER
	local cc extra=()
	case $1 in guest/*) extra=(-ffreestanding -I"$(dirname "$1")") ;; esac
	for cc in gcc clang; do
		echo "#include \"$1\"" | $cc "${FLAGS[@]}" "${extra[@]}" -Werror \
			-fsyntax-only -x c - 2>&1 |
			grep -E '(error|warning): ' |
			sed "s/\$/ ($cc, header alone)/"
	done
}

guard() { # HEADER
	local want
	case $1 in tests/* | guest/*) return ;; esac
	want=$(echo "$1" | tr 'a-z/.-' 'A-Z___')
	grep -q "^#ifndef $want\$" "$1" && grep -q "^#define $want\$" "$1" ||
		echo "$1:1: wants the include guard $want"
}

case ${1-} in
--one) alone "$2"; guard "$2" ;;
*) files '*.h' "${CORE[@]}" guest tests |
	xargs -r -P "$(nproc)" -n 1 bash "$0" --one | verdict ;;
esac
