#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Scripts as shellcheck wants them (but for what it cannot know: sourced files,
# variables that cross them, QEMU arguments with commas), and `set -u` in every
# one that is run.
. "$(dirname "$0")/lib.sh"

{
	scripts | xargs -r shellcheck -x -S warning -e SC1090,SC1091,SC2034,SC2054,SC2154,SC2187 -f gcc
	scripts | while read -r f; do
		[ -x "$f" ] || continue
		grep -Eq '^[[:space:]]*set -[a-z]*u|/lib\.sh"$' "$f" ||
			echo "$f:1: wants set -eu, or set -u where it counts failures"
	done
} | verdict
