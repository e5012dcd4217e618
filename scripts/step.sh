# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
#
# A line for each step of a long job, for who waits at a terminal, and nothing
# where standard error is a log: source this.
#
#   step_begin WHO WHAT   "WHO: WHAT ..."
#   step_end [HOW]        "WHO: WHAT: 12 s" in its place, or HOW it ended
#
# Steps are one after another, not one in another.  Who gives up in one calls
# step_fail first, for a line of its own; harmless elsewhere.

step_name=

step_begin() {
	step_name="$1: $2"
	step_start=$(date +%s)
	[ ! -t 2 ] || printf '%s ...' "$step_name" >&2
}

step_end() {
	[ ! -t 2 ] || printf '\r%s: %s\n' "$step_name" \
		"${1:-$(($(date +%s) - step_start)) s}" >&2
	step_name=
}

step_fail() {
	[ -z "$step_name" ] || step_end failed
}
