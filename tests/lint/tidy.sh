#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# clang-tidy with the checks of .clang-tidy over what goes into the binary.
#
# A file is looked at again only when it, a file that it includes, or the rules
# changed: the stamp holds a sum of what the preprocessor makes of it.
. "$(dirname "$0")/lib.sh"

one() { # FILE
	local stamp=build/lint/tidy/$1 sum out
	sum=$({ cat .clang-tidy && clang -E "${FLAGS[@]}" "$1"; } 2>/dev/null |
		sha256sum)
	[ "$(cat "$stamp" 2>/dev/null)" != "$sum" ] || return 0
	mkdir -p "$(dirname "$stamp")"
	if out=$(clang-tidy --quiet "$1" -- "${FLAGS[@]}" 2>/dev/null); then
		echo "$sum" >"$stamp"
	else
		printf '%s\n' "$out" | grep -E '(error|warning): ' |
			sed "s|^$PWD/||"
	fi
}

case ${1-} in
--one) one "$2" ;;
*) sources | xargs -r -P "$(nproc)" -n 1 bash "$0" --one | verdict ;;
esac
